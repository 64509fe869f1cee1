"""A difference on disk: `patch.rdfp.gz`, and `difference.json` with what it comes to.

`python -m innograph.loader.differing STORE M N` writes it once into the folder of release N, from where it
is served; it goes when that release goes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from pyoxigraph import Store

from innograph.loader.differing import patches
from innograph.loader.differing.finding import changes
from innograph.loader.differing.telling import Difference, Line, ordered, tell
from innograph.loader.exporting.files import alone
from innograph.loader.exporting.graphs import compressed
from innograph.loader.releases import Release, Releases

FOLDER, SUMMARY, PATCH = "differences", "difference.json", "patch.rdfp.gz"
WRITING = "being-written"
KEPT = 8  # differences from others that a release keeps


def write(releases: Releases, before: Release, after: Release, folder: Path) -> Difference:
    """Write the files of a difference into a folder, and tell what it comes to.

    Raises:
        NoReleaseError: one of the releases was pruned meanwhile.
        OSError: the disk.
    """
    told = asdict(before.description), asdict(after.description)
    difference = Difference(*told)
    old, new = Store.read_only(str(before.store)), Store.read_only(str(after.store))
    with compressed(folder / PATCH) as output:
        output.writelines(patches.head(before.description, after.description))

        def written() -> Iterator[Line]:
            for line in ordered(changes(releases, before, after), folder):
                output.write(patches.line(line))
                yield line

        tell(written(), difference, old, new)
        output.write(patches.TAIL)
    text = json.dumps(asdict(difference), indent=1, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", "utf-8")
    return difference


def place(release: Path, before: int) -> Path:
    """Where the difference from another release is, in the folder of a release."""
    return release / FOLDER / f"{before:04d}"


def keep(root: Path, before: int, after: int) -> Path:
    """Write a difference to its place in the store unless it is there; the oldest make room.

    What is at its place is complete: it gets its name at the end.

    Raises:
        NoReleaseError: one of the releases is not published.
        OSError: the disk.
    """
    releases = Releases(root)
    one, other = releases.get(before), releases.get(after)
    target = place(other.path, before)
    with alone(root):
        if target.exists():
            return target
        folder = target.with_name(WRITING)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            write(releases, one, other, folder)
            os.rename(folder, target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        others = (path for path in target.parent.iterdir() if path != target)
        for path in sorted(others, key=lambda path: path.stat().st_mtime)[: -KEPT + 1]:
            shutil.rmtree(path, ignore_errors=True)
    return target
