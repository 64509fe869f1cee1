"""The two forms of a backup, a folder and a tar file: its files by their names, with a manifest that comes last."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from innograph.loader.errors import LoaderError

MANIFEST = "backup.json"
FORMAT = 1
_BLOCK = 1 << 20


class BackupError(LoaderError):
    """A backup that cannot be written, or cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: `files` is the SHA-256 of each file by its path."""

    format: int
    created: str
    current: int
    releases: list[int]
    files: dict[str, str]


def copy(read: IO[bytes], written: IO[bytes] | None) -> str:
    """Copy a file's bytes (nowhere: only read them); returns their SHA-256."""
    digest = hashlib.sha256()
    while block := read.read(_BLOCK):
        digest.update(block)
        if written is not None:
            written.write(block)
    return digest.hexdigest()


class FolderWriter:
    """Writes a backup as a folder; files that are one on disk stay one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[int, tuple[Path, str]] = {}

    def __enter__(self) -> FolderWriter:
        self._folder.mkdir()
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is open."""

    def add(self, path: Path, name: str) -> str:
        """Add a file; returns its SHA-256."""
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        inode = path.stat().st_ino
        if inode in self._seen:
            first, digest = self._seen[inode]
            os.link(first, target)
            return digest
        with path.open("rb") as read, target.open("wb") as written:
            digest = copy(read, written)
        self._seen[inode] = (target, digest)
        return digest


class TarWriter:
    """Writes a backup as a tar file, which keeps files that are one on disk once."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path, "w")  # noqa: SIM115  # closed by __exit__
        self._seen: dict[int, str] = {}

    def __enter__(self) -> TarWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self._tar.close()

    def add(self, path: Path, name: str) -> str:
        """Add a file; returns its SHA-256."""
        inode = path.stat().st_ino
        if inode not in self._seen:
            with path.open("rb") as read:
                self._seen[inode] = copy(read, None)
        self._tar.add(path, name, recursive=False)
        return self._seen[inode]


class Reader:
    """Reads a backup, be it a folder or a tar file."""

    def __init__(self, source: Path, tar: tarfile.TarFile | None) -> None:
        self._source = source
        self._tar = tar

    def open(self, name: str) -> IO[bytes]:
        """A file of the backup.

        Raises:
            BackupError: it is not there.
        """
        try:
            if self._tar is None:
                return (self._source / name).open("rb")
            file = self._tar.extractfile(name)
        except (OSError, KeyError, tarfile.TarError):
            file = None
        if file is None:
            raise BackupError(f"{self._source} lacks {name}: it is no (whole) backup")
        return file

    def manifest(self) -> Manifest:
        """What the backup holds.

        Raises:
            BackupError: that cannot be told.
        """
        with self.open(MANIFEST) as file:
            try:
                manifest = Manifest(**json.load(file))
            except (ValueError, TypeError):
                raise BackupError(f"{self._source}: its {MANIFEST} is not one of ours") from None
        if manifest.format != FORMAT:
            raise BackupError(
                f"{self._source} has format {manifest.format}; this version of innograph reads {FORMAT}"
            )
        return manifest


@contextlib.contextmanager
def reading(source: Path) -> Iterator[Reader]:
    """Open a backup.

    Raises:
        BackupError: there is none, or it is no tar file.
    """
    if source.is_dir():
        yield Reader(source, None)
        return
    try:
        with tarfile.open(source) as tar:
            yield Reader(source, tar)
    except FileNotFoundError:
        raise BackupError(f"there is no backup at {source}") from None
    except tarfile.TarError as error:
        raise BackupError(f"{source} is no (whole) tar file: {error}") from None
