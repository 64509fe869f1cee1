"""Processes that do batches: as many as there are processors, each ending with its parent.

Few batches are under way at a time, so memory does not grow with their number; results come in the order
of the batches.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice

from innograph.loader.errors import LoaderError
from innograph.loader.merging.batches import Done, Setting, Workshop
from innograph.loader.merging.batches.worker import receive, send

ALONE = 4  # with fewer batches, starting processes takes longer than the work
AHEAD = 3  # batches of each worker that wait or work


class WorkerLostError(LoaderError):
    """A worker process ended before its work was done: killed for lack of memory, most likely."""

    def __init__(self) -> None:
        super().__init__(
            "a worker process has ended (its words are above, or it was killed for lack of memory): nothing"
            " is published; try again with --workers 1"
        )


def done(
    setting: Setting, batches: Iterable[list[bytes]], workers: int | None = None
) -> Generator[Done, None, None]:
    """Do batches, in processes where there are many. Closing the iterator ends the processes.

    Raises:
        WorkerLostError: a process was killed.
    """
    source = iter(batches)
    first = list(islice(source, ALONE))
    if len(first) < ALONE:
        workshop = Workshop(setting)
        yield from map(workshop.do, first)
        return
    crew = _Crew(setting)
    count = workers or os.cpu_count() or 1
    waiting: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(count) as threads:  # each waits for a process of its own
        try:
            for batch in chain(first, source):
                waiting.append(threads.submit(crew.do, batch))
                if len(waiting) > AHEAD * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            crew.end()


class _Crew:
    """The processes, one for each thread that asks."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._own = threading.local()
        self._lock = threading.Lock()
        self._all: list[subprocess.Popen[bytes]] = []
        self._ended = False

    def do(self, batch: list[bytes]) -> Done:
        """Have a batch done by this thread's process."""
        try:
            process = self._process()
            assert process.stdin is not None
            assert process.stdout is not None
            send(process.stdin, batch)
            result: Done = receive(process.stdout)
        except (EOFError, OSError, ValueError):
            raise WorkerLostError from None
        return result

    def _process(self) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] | None = getattr(self._own, "process", None)
        if process is None:
            command = [sys.executable, "-m", "innograph.loader.merging.batches.worker"]
            with self._lock:
                if self._ended:
                    raise EOFError
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                self._all.append(process)
            assert process.stdin is not None
            send(process.stdin, self._setting)
            self._own.process = process
        return process

    def end(self) -> None:
        """End the processes, whatever they do."""
        with self._lock:
            self._ended = True
            for process in self._all:
                process.kill()
        for process in self._all:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                try:
                    if pipe is not None:
                        pipe.close()
                except OSError:  # what was not sent yet has nobody to read it
                    pass
