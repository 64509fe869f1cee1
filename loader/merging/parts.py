"""The packed output of batches, kept on disk until it is loaded."""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from innograph.loader.merging.batches import unpacked


class Parts:
    """A file of packed parts, written once and read any number of times in the same order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] = path.open("wb")

    def add(self, data: bytes) -> None:
        """Append a part that `batches.packed` packed."""
        if data:
            self._file.write(len(data).to_bytes(8) + data)

    def close(self) -> None:
        """Nothing more is added."""
        self._file.close()

    def __iter__(self) -> Iterator[bytes]:
        """The parts, unpacked."""
        self._file.flush()
        with self.path.open("rb") as file:
            while head := file.read(8):
                yield unpacked(file.read(int.from_bytes(head)))

    def lines(self) -> Iterator[bytes]:
        """The lines of all parts."""
        for part in self:
            yield from part.splitlines(keepends=True)


class Stream:
    """Blocks of bytes as a file that can be read once: what `Store.bulk_load` takes."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes (all where it is negative); nothing at the end."""
        if size < 0:
            return bytes(self._rest) + b"".join(self._blocks)
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._rest = memoryview(block)
        found, self._rest = self._rest[:size], self._rest[size:]
        return bytes(found)


def sha256_between(head: list[bytes], parts: Parts) -> str:
    """The SHA-256 of sorted lines and of parts that follow one another in the same order."""
    digest = hashlib.sha256()
    waiting = deque(head)
    for part in parts:
        if waiting and waiting[0] < part[part.rfind(b"\n", 0, -1) + 1 :]:  # its last line
            lines = part.splitlines(keepends=True)
            while waiting and waiting[0] < lines[-1]:
                place = bisect(lines, waiting[0])
                digest.update(b"".join([*lines[:place], waiting.popleft()]))
                lines = lines[place:]
            part = b"".join(lines)
        digest.update(part)
    digest.update(b"".join(waiting))
    return digest.hexdigest()
