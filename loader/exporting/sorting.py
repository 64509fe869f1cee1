"""Sorting more lines than memory holds: sorted runs on disk, merged as they are read."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

RUN = 200_000  # lines that are sorted in memory: some tens of megabytes
FAN_IN = 200  # runs that are open at once


def sorted_lines(lines: Iterable[bytes], folder: Path, run: int = RUN) -> Iterator[bytes]:
    """Lines (each with its line end) in order of their bytes; `folder` takes the runs meanwhile."""
    source = iter(lines)
    first = sorted(islice(source, run))
    if len(first) < run:
        yield from first
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix="sorting-") as scratch:
        runs = [_write(Path(scratch) / "0", first)]
        while more := sorted(islice(source, run)):
            runs.append(_write(Path(scratch) / str(len(runs)), more))
        merges = 0
        while len(runs) > FAN_IN:
            merges += 1
            merged = _write(Path(scratch) / f"merged-{merges}", _merge(runs[:FAN_IN]))
            runs = [*runs[FAN_IN:], merged]
        yield from _merge(runs)


def _write(path: Path, lines: Iterable[bytes]) -> Path:
    with path.open("wb") as file:
        file.writelines(lines)
    return path


def _merge(runs: list[Path]) -> Iterator[bytes]:
    with ExitStack() as opened:
        yield from heapq.merge(*(opened.enter_context(path.open("rb")) for path in runs))
