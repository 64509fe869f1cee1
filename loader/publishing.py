"""A write is a copy: how a new release comes to be.

Every write takes the one lock file, works on a draft (an empty store, or a clone of the current
release by hard links), and either publishes it whole or leaves nothing behind:

    with Publisher(root).draft(base, clone=True) as draft:
        draft.store.update(...)
        draft.publish(kind="update", message="…")

`publish` closes and syncs the draft, renames it to the next number and then moves the link `current` to
a state that names it. That is the moment of publication. A draft that is not published is deleted;
after a crash the next writer deletes what the state does not name.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from pyoxigraph import NamedNode, Store

from innograph.loader.errors import BusyError
from innograph.loader.releases import DESCRIPTION_FILE, Description, Release, Releases, State

KEEP = 20
REMEMBERED = 1000  # changes of the current release that a state tells


class Draft:
    """A release in the making: `store` is open for writing until it is published or dropped."""

    def __init__(
        self, publisher: Publisher, folder: Path, number: int, parent: int | None, base: str
    ) -> None:
        self.publisher = publisher
        self.folder = folder
        self.number = number
        self.parent = parent
        self.base = base
        self.started = time.monotonic()
        self.store: Store = Store(str(folder / "store"))
        self.published: Release | None = None

    def empty(self) -> None:
        """Begin again with an empty store."""
        self.store = None  # type: ignore[assignment]
        shutil.rmtree(self.folder / "store")
        self.store = Store(str(self.folder / "store"))

    def publish(
        self,
        *,
        kind: str,
        message: str,
        graphs: dict[str, int] | None = None,
        checksum: str | None = None,
        checksums: dict[str, str] | None = None,
        compact: bool = False,
    ) -> Release:
        """Make the draft the current release.

        `graphs` are quad counts by graph IRI (counted when not given); for `checksum` and `checksums`
        see `Description`; `compact` pays RocksDB's compaction now, so that no later small write has to.
        """
        if compact:
            self.store.optimize()
        self.store.flush()
        # Closing it takes that nobody else holds it: what is still open must not be renamed.
        if sys.getrefcount(self.store) > 2:
            _let_go(self.store)
        if sys.getrefcount(self.store) > 2:
            raise RuntimeError("the draft's store is still held by somebody: it cannot be published")
        counts = graphs if graphs is not None else count_by_graph(self.store)
        self.store = None  # type: ignore[assignment]  # closes it: the clone must be complete on disk
        description = Description(
            number=self.number,
            identity=f"{self.number}-{secrets.token_hex(6)}",
            created=_now(),
            kind=kind,
            message=message,
            base=self.base,
            parent=self.parent,
            quads=sum(counts.values()),
            graphs=counts,
            checksum=checksum,
            checksums=checksums or {},
            seconds=round(time.monotonic() - self.started, 3),
        )
        (self.folder / DESCRIPTION_FILE).write_text(description.to_json(), "utf-8")
        self.published = self.publisher._publish(self, description.created)
        return self.published


class Publisher:
    """Writes releases into a store folder. One writer at a time, in whatever process it runs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.releases = Releases(root)

    @contextlib.contextmanager
    def lock(self, wait: float = 60.0) -> Iterator[None]:
        """Hold the store's write lock; whatever a crashed writer left is removed first.

        Raises:
            BusyError: another writer held it for all of `wait` seconds.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            deadline = time.monotonic() + wait
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise BusyError(f"another writer has held {self.root} for {wait:.0f} s") from None
                    time.sleep(0.005)
            self._remove_orphans()
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def draft(self, base: str, *, clone: bool | Path, wait: float = 60.0) -> Iterator[Draft]:
        """A draft under the write lock: an empty store, a clone of the current release, or of the store at
        a path on the same disk.

        Raises:
            BusyError: see `lock`.
            NoReleaseError: `clone` was asked and nothing is published yet.
        """
        with self.lock(wait):
            state = self.releases.state()
            folder = self.root / "releases" / f"draft-{os.getpid()}-{secrets.token_hex(4)}"
            folder.mkdir(parents=True)
            try:
                if clone:
                    source = clone if isinstance(clone, Path) else self.releases.current().store
                    Store.read_only(str(source)).backup(str(folder / "store"))
                draft = Draft(self, folder, state.last + 1, state.current, base)
                try:
                    yield draft
                finally:
                    # Closed before its files go: RocksDB waits a second over a file that has vanished.
                    draft.store = None  # type: ignore[assignment]
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def rollback(self, number: int) -> Release:
        """Make an older release current again: only the name moves.

        Raises:
            NoReleaseError: no such release is published.
        """
        with self.lock():
            release = self.releases.get(number)
            self._write_state(_moved(self.releases.state(), number, _now()))
            return release

    def pin(self, number: int, pinned: bool = True) -> None:
        """Keep a release through every pruning, or stop keeping it.

        Raises:
            NoReleaseError: no such release is published.
        """
        with self.lock():
            self.releases.get(number)
            state = self.releases.state()
            pins = set(state.pinned) | {number} if pinned else set(state.pinned) - {number}
            self._write_state(replace(state, pinned=tuple(sorted(pins))))

    def prune(self, keep: int = KEEP) -> list[int]:
        """Remove all but the last `keep` releases, the current one and the pinned ones."""
        with self.lock():
            return self._prune(keep)

    def _publish(self, draft: Draft, created: str) -> Release:
        target = self.releases.folder(draft.number)
        sync_tree(draft.folder)
        os.rename(draft.folder, target)
        sync_folder(target.parent)
        state = self.releases.state()
        published = (*state.published, draft.number)
        state = replace(state, published=published, last=draft.number)
        self._write_state(_moved(state, draft.number, created))
        self._prune(KEEP)
        return self.releases.get(draft.number)

    def _write_state(self, state: State) -> None:
        folder = self.root / "states"
        folder.mkdir(exist_ok=True)
        earlier = sorted(folder.iterdir())
        number = int(earlier[-1].stem) + 1 if earlier else 1
        path = folder / f"{number:08d}.json"
        with path.open("w", encoding="utf-8") as file:
            file.write(state.to_json())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)
        temporary = self.root / "current.new"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(f"states/{path.name}")
        os.replace(temporary, self.releases.link)
        sync_folder(self.root)
        for old in earlier[:-1]:  # the last but one stays for readers that are just looking
            old.unlink(missing_ok=True)

    def _prune(self, keep: int) -> list[int]:
        state = self.releases.state()
        kept = (
            {*state.published[-keep:], *state.pinned, state.current}
            if keep
            else {*state.pinned, state.current}
        )
        removed = [number for number in state.published if number not in kept]
        if removed:
            published = tuple(number for number in state.published if number in kept)
            history = tuple(entry for entry in state.history if entry[1] in kept)
            self._write_state(replace(state, published=published, history=history))
            for number in removed:
                shutil.rmtree(self.releases.folder(number), ignore_errors=True)
        return removed

    def _remove_orphans(self) -> None:
        named = {self.releases.folder(number).name for number in self.releases.state().published}
        folder = self.root / "releases"
        if folder.is_dir():
            for entry in os.scandir(folder):
                if entry.name not in named:
                    shutil.rmtree(entry.path, ignore_errors=True)


def _moved(state: State, current: int, since: str) -> State:
    """A state with another current release, and when it became that."""
    return replace(state, current=current, history=(*state.history, (since, current))[-REMEMBERED:])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _let_go(store: Store) -> None:
    """Empty the frames of functions that have returned and still hold a store.

    An error that somebody keeps (a library that could not import an optional part, say) keeps the frame
    that it was raised in, and with it those of all callers.
    """
    gc.collect()
    for holder in gc.get_referrers(store):
        if isinstance(holder, FrameType):
            with contextlib.suppress(RuntimeError):  # it is still running
                holder.clear()


def count_by_graph(store: Store) -> dict[str, int]:
    """Quads of each named graph, by graph IRI."""
    counts = {
        graph.value: sum(1 for _ in store.quads_for_pattern(None, None, None, graph))
        for graph in store.named_graphs()
        if isinstance(graph, NamedNode)
    }
    return dict(sorted(counts.items()))


def sync_tree(folder: Path) -> None:
    """Flush every new file below a folder, and the folders, to the disk.

    Files with more links than one belong to an earlier release, which synced them.
    """
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if os.stat(path).st_nlink == 1:
                with open(path, "rb") as file:
                    os.fsync(file.fileno())
        sync_folder(Path(parent))


def sync_folder(folder: Path) -> None:
    """Flush a folder's own entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
