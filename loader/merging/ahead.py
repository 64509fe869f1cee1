"""Loading the parts of a source while its batches are still being done, and what a store was like without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from queue import SimpleQueue
from threading import Thread
from typing import Any

from pyoxigraph import Quad, RdfFormat, Store

from innograph.loader.merging.batches import unpacked
from innograph.loader.merging.parts import Stream

# The engine's bulk loader writes what it was given when that ends, or at a million quads. Loads that begin small
# and grow with what is there already keep it busy, its memory low, and its files few.
LEAST, MOST = 12 << 20, 96 << 20  # bytes of a load, unpacked
SHARE = 8


class Ahead:
    """A thread that loads packed parts into a store as they come."""

    def __init__(self, store: Store) -> None:
        self._loaded = 0
        self._ended = False
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._failed: Exception | None = None
        self._stopped = False
        self._thread = Thread(target=self._load, args=(store,))
        self._thread.start()

    def add(self, part: bytes) -> None:
        """Another part (see `batches.packed`)."""
        if part:
            self._waiting.put(part)

    def finish(self) -> None:
        """Wait until all is loaded.

        Raises:
            OSError: the disk.
        """
        self._waiting.put(None)
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def stop(self) -> None:
        """Load no more: the store will not be used."""
        self._stopped = True
        self._waiting.put(None)
        self._thread.join()

    def _load(self, store: Store) -> None:
        try:
            while not self._ended:
                load(store, self._parts(min(max(LEAST, self._loaded // SHARE), MOST)))
        except Exception as error:  # told to whoever waits
            self._failed = error

    def _parts(self, size: int) -> Iterator[bytes]:
        """Parts until they are `size` bytes, or there are no more."""
        until = self._loaded + size
        while self._loaded < until:
            packed = self._waiting.get()
            if self._stopped:  # an error, so that the engine does not load what it has gathered
                raise InterruptedError
            if packed is None:
                self._ended = True
                return
            part = unpacked(packed)
            self._loaded += len(part)
            yield part


def load(store: Store, parts: Iterable[bytes]) -> None:
    """Load parts, unpacked: lenient, because the engine wrote these lines itself."""
    store.bulk_load(Stream(parts), RdfFormat.N_QUADS, lenient=True)  # type: ignore[arg-type]


class Beside:
    """A store and quads beside it, which it lacks, as one: to look things up in."""

    def __init__(self, store: Store, quads: Iterable[Quad]) -> None:
        self._stores = store, Store()
        self._stores[1].extend(quads)

    def quads_for_pattern(self, *pattern: Any) -> Iterator[Quad]:
        """As that of a store."""
        return chain.from_iterable(store.quads_for_pattern(*pattern) for store in self._stores)
