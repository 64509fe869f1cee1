"""Backups: published releases as a folder or a tar file, and back.

A release never changes, but it may be pruned while it is copied. So its files are linked into a folder
of our own first, which takes milliseconds; what takes long reads those links, and nobody waits. Pruning
takes a release out of the state before it removes files: if the state still names the release once its
files are linked, then all of them were. A backup holds

    releases/0007/release.json, releases/0007/store/…
    backup.json          which release was current, and the SHA-256 of every file

Files that releases share are stored once. Restoring checks every file, then publishes a release like any
other writer.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from innograph.loader.backup_files import (
    FORMAT,
    MANIFEST,
    BackupError,
    FolderWriter,
    Manifest,
    Reader,
    TarWriter,
    copy,
    reading,
)
from innograph.loader.errors import NoReleaseError
from innograph.loader.publishing import Publisher, sync_folder, sync_tree
from innograph.loader.releases import DESCRIPTION_FILE, Description, Release, Releases

ATTEMPTS = 20


def backup(root: Path, target: Path, numbers: Sequence[int] = (), *, everything: bool = False) -> Manifest:
    """Copy releases (default: the current one) to a new folder, or to a tar file where `target` ends so.

    Raises:
        BackupError: the target is there already, or releases are pruned faster than they can be linked.
        NoReleaseError: a release is not published.
    """
    if target.exists():
        raise BackupError(f"{target} is there already: name a new one, or remove it")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    _remove(part)
    try:
        with _linked(Releases(root), numbers, everything) as (folder, current, releases):
            writer = TarWriter(part) if target.suffix == ".tar" else FolderWriter(part)
            files = {}
            with writer:
                for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                    name = path.relative_to(folder).as_posix()
                    files[name] = writer.add(path, name)
                created = datetime.now(UTC).isoformat(timespec="seconds")
                manifest = Manifest(FORMAT, created, current, releases, files)
                text = folder / MANIFEST
                text.write_text(json.dumps(asdict(manifest), indent=1) + "\n", "utf-8")
                writer.add(text, MANIFEST)
        _sync(part)
        os.rename(part, target)
        sync_folder(target.parent)
        return manifest
    finally:
        _remove(part)


def restore(
    source: Path, root: Path, number: int | None = None, *, everything: bool = False
) -> list[Release]:
    """Publish releases of a backup (default: the one that was current) as new releases of a store.

    Raises:
        BackupError: a file is missing, changed or unreadable, or the store is about another base IRI.
        NoReleaseError: the backup does not hold the release.
    """
    publisher = Publisher(root)
    root.mkdir(parents=True, exist_ok=True)
    with reading(source) as reader, _staging(root) as staging:
        manifest = reader.manifest()
        wanted = manifest.releases if everything else [number or manifest.current]
        missing = [n for n in wanted if n not in manifest.releases]
        if missing:
            kept = ", ".join(map(str, manifest.releases))
            raise NoReleaseError(f"release {missing[0]} is not in {source}; it holds: {kept}")
        for one in wanted:
            _unpack(reader, manifest, one, staging)
        return [_publish(publisher, staging, one, source) for one in wanted]


def _publish(publisher: Publisher, staging: Path, number: int, source: Path) -> Release:
    folder = staging / _name(number)
    description = Description(**json.loads((folder / DESCRIPTION_FILE).read_text("utf-8")))
    current = publisher.releases.state().current
    if current is not None and (base := publisher.releases.get(current).description.base) != description.base:
        raise BackupError(
            f"the backup's base IRI is {description.base}, that of {publisher.root} is {base}: "
            "restore into another store"
        )
    with publisher.draft(description.base, clone=folder / "store") as draft:
        held = len(draft.store)
        if held != description.quads:
            raise BackupError(
                f"release {number} of {source} has {held} quads and not the {description.quads} that it had"
            )
        return draft.publish(
            kind="restore",
            message=f"{description.message} (release {number} of {description.created})",
            graphs=description.graphs,
            checksum=description.checksum,
            checksums=description.checksums,
        )


def _unpack(reader: Reader, manifest: Manifest, number: int, staging: Path) -> None:
    """Copy a release out of a backup, checking every file."""
    names = [name for name in manifest.files if name.startswith(f"{_name(number)}/")]
    for name in names:
        if ".." in PurePosixPath(name).parts:
            raise BackupError(f"the backup names a file outside itself: {name}")
        path = staging / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with reader.open(name) as read, path.open("wb") as written:
            if copy(read, written) != manifest.files[name]:
                raise BackupError(
                    f"{name} is not as it was backed up: its SHA-256 differs. Use another backup"
                )
    if not names or not (staging / _name(number) / DESCRIPTION_FILE).is_file():
        raise BackupError(f"release {number} has no files in the backup. Use another backup")
    sync_tree(staging)


@contextlib.contextmanager
def _linked(
    releases: Releases, numbers: Sequence[int], everything: bool
) -> Iterator[tuple[Path, int, list[int]]]:
    """Links to the files of releases, in a folder of the store that no writer touches."""
    with _staging(releases.root) as staging:
        for attempt in range(ATTEMPTS):
            current = releases.current().number
            chosen = list(releases.state().published if everything else numbers or [current])
            folder = staging / str(attempt)
            try:
                for number in chosen:
                    shutil.copytree(releases.get(number).path, folder / _name(number), copy_function=os.link)
                for number in chosen:
                    releases.get(number)
            except (NoReleaseError, FileNotFoundError, shutil.Error):
                if numbers:
                    for number in numbers:
                        releases.get(number)
                continue
            yield folder, current, chosen
            return
        raise BackupError("releases are pruned faster than they can be linked: pin them, then try again")


@contextlib.contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """A folder below a store, removed in the end; what ended processes left of theirs is removed first."""
    if not root.is_dir():
        raise NoReleaseError(f"nothing is published in {root}: run `innograph build`")
    for left in root.glob("staging-*"):
        if not _runs(int(left.name.split("-")[1])):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"staging-{os.getpid()}-", dir=root) as folder:
        yield Path(folder)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's
        return True
    return True


def _name(number: int) -> str:
    return f"releases/{number:04d}"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    if path.is_dir():
        sync_tree(path)
    else:
        with path.open("rb") as file:
            os.fsync(file.fileno())
