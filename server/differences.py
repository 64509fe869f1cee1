"""What changed between two releases, as a program of the loader has written it.

`python -m innograph.loader.differing` compares them in a process of its own, once; what it wrote is kept
beside the later of the two names in the address, and goes with that release.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from innograph.loader.releases import Releases
from innograph.server.engine import ReleaseInfo
from innograph.server.programs import Programs

FOLDER, SUMMARY, PATCH = "differences", "difference.json", "patch.rdfp.gz"
PROGRAM = "innograph.loader.differing"
PATIENCE = 10.0  # seconds to wait for a comparison: where only small writes lie between, it takes one
CHUNK = 1 << 16


class Differences:
    """The differences between the releases of one store."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._releases = Releases(root)
        self._programs = Programs(PROGRAM)

    def folder(self, before: ReleaseInfo, after: ReleaseInfo) -> Path | None:
        """Where the difference of two releases is; None while it is being found out."""
        folder = self._releases.folder(after.number) / FOLDER / f"{before.number:04d}"
        arguments = (str(self._root), str(before.number), str(after.number))
        return folder if self._programs.done(arguments, (folder / SUMMARY).exists, PATIENCE) else None


def summary(folder: Path) -> dict[str, Any]:
    """What a difference comes to.

    Raises:
        FileNotFoundError: its release was pruned meanwhile.
    """
    found: dict[str, Any] = json.loads((folder / SUMMARY).read_text("utf-8"))
    return found


def patch(folder: Path, *, packed: bool) -> Iterator[bytes]:
    """The patch in chunks, `packed` by gzip as it is kept, or not.

    Raises:
        FileNotFoundError: its release was pruned meanwhile.
    """
    path = folder / PATCH
    file = path.open("rb") if packed else cast(IO[bytes], gzip.open(path))  # noqa: SIM115  # closed with the response

    def chunks() -> Iterator[bytes]:
        with file:
            while chunk := file.read(CHUNK):
                yield chunk

    return chunks()


def n_quads(folder: Path, *, added: bool) -> Iterator[bytes]:
    """The N-Quads that a patch adds, or removes.

    Raises:
        FileNotFoundError: its release was pruned meanwhile.
    """
    file = gzip.open(folder / PATCH)  # noqa: SIM115  # closed with the response
    sign = b"A " if added else b"D "

    def lines() -> Iterator[bytes]:
        with file:
            for line in file:
                if line.startswith(sign):
                    yield line[2:]

    return lines()
