"""Processes that do batches: as many as there are processors, each ending with its parent.

They are spawned, not forked, so that neither threads nor open stores are inherited. Few batches are
under way at a time, so memory does not grow with their number; results come in the order of the batches.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice

from innograph.loader.errors import LoaderError
from innograph.loader.merging.batches import Done, Setting, Workshop

ALONE = 4  # with fewer batches, starting processes takes longer than the work
AHEAD = 3  # batches of each worker that wait or work


class WorkerLostError(LoaderError):
    """A worker process ended before its work was done: killed for lack of memory, most likely."""


def done(setting: Setting, batches: Iterable[list[bytes]], workers: int | None = None) -> Iterator[Done]:
    """Do batches, in processes where there are many.

    Raises:
        WorkerLostError: a process was killed.
    """
    source = iter(batches)
    first = list(islice(source, ALONE))
    if len(first) < ALONE:
        workshop = Workshop(setting)
        yield from map(workshop.do, first)
        return
    yield from _in_processes(setting, chain(first, source), workers or os.cpu_count() or 1)


def _in_processes(setting: Setting, batches: Iterable[list[bytes]], workers: int) -> Iterator[Done]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _begin, (setting,))
    waiting: deque[Future[Done]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(_do, batch))
            if len(waiting) > AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise WorkerLostError(
            "a worker process was killed, for lack of memory most likely: "
            "nothing was published; try again with --workers 1"
        ) from None
    finally:
        # What works finishes its batch, which takes less than a second; nothing else is begun.
        pool.shutdown(wait=True, cancel_futures=True)


_workshop: Workshop | None = None


def _begin(setting: Setting) -> None:
    """Prepare a worker process."""
    global _workshop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent minds it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _workshop = Workshop(setting)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(batch: list[bytes]) -> Done:
    assert _workshop is not None
    return _workshop.do(batch)
