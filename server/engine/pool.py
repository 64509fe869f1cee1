"""The pool of evaluators: who works, who waits, and who is ended.

A query has one evaluator to itself. After `BRISK` seconds it must yield the processor to younger ones
(its priority is lowered, and its evaluator is retired afterwards). It may use its whole deadline only while nobody waits: once
others have waited longer than `PATIENCE`, the query that has run longest, if longer than `GRACE`, is
ended for them. An ended evaluator is replaced by a spare at once, and the spare by a new process.
"""

from __future__ import annotations

import collections
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from innograph.server.engine import OverloadError
from innograph.server.engine.frames import Frames

PATIENCE = 0.25
GRACE = 1.0
BRISK = 0.5
STACK = 512 << 20


class Evaluator:
    """A running evaluator process and our end of its socket pair."""

    def __init__(self, memory: int) -> None:
        ours, theirs = socket.socketpair()
        life_theirs, self._life = os.pipe()
        command = [
            sys.executable,
            "-m",
            "innograph.server.engine.evaluator",
            *map(str, (theirs.fileno(), life_theirs, memory, STACK)),
        ]
        self.process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno(), life_theirs],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=False,
        )
        theirs.close()
        os.close(life_theirs)
        self.connection = ours
        self.frames = Frames(ours)
        self.since = 0.0
        self.deadline = 0.0
        self.ended: str | None = None
        self.yielding = False

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def yield_to_others(self) -> None:
        """Lower the priority of every thread; a process that is not root cannot raise it again."""
        self.yielding = True
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{self.process.pid}/task"):
                os.setpriority(os.PRIO_PROCESS, int(task), 10)

    def end(self, reason: str) -> None:
        """End the process now; whoever reads from it finds the connection closed and `ended` set."""
        if self.ended is None:
            self.ended = reason
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)

    def dispose(self) -> None:
        """Free what the process leaves. Our end of the socket is closed by whoever holds the evaluator."""
        self.end("disposed")
        os.close(self._life)
        self.process.wait()


class Pool:
    """A fixed number of evaluators that work, and a few spares that wait to replace one."""

    def __init__(
        self, size: int, spares: int, memory: int, on_end: Callable[[str], None] | None = None
    ) -> None:
        self.size = size
        self.memory = memory
        self._target = size + spares
        self._on_end = on_end or (lambda reason: None)
        self._changed = threading.Condition(threading.RLock())
        self._idle: collections.deque[Evaluator] = collections.deque()
        self._busy: set[Evaluator] = set()
        self._waiting: collections.deque[object] = collections.deque()
        self._dead: collections.deque[Evaluator] = collections.deque()
        self._closed = False
        self._keeper = threading.Thread(target=self._keep, name="evaluator keeper", daemon=True)
        self._keeper.start()

    def acquire(self, deadline: float) -> Evaluator:
        """An idle evaluator, first come first served; `deadline` is a `time.monotonic()` instant.

        Raises:
            OverloadError: none became free in time.
        """
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                begun = time.monotonic()
                while not (self._waiting[0] is ticket and self._living() and len(self._busy) < self.size):
                    now = time.monotonic()
                    if now >= deadline or self._closed:
                        raise OverloadError("all evaluators are busy with other queries: try again later")
                    if now - begun >= PATIENCE and self._waiting[0] is ticket:
                        self._end_longest(now)
                    self._changed.wait(min(deadline - now, PATIENCE))
                evaluator = self._idle.popleft()
                evaluator.since = time.monotonic()
                evaluator.deadline = deadline
                self._busy.add(evaluator)
                return evaluator
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def release(self, evaluator: Evaluator) -> None:
        """Give back an evaluator whose answer was read to its end."""
        with self._changed:
            if evaluator.ended is None and not self._closed and not evaluator.yielding:
                self._busy.discard(evaluator)
                self._idle.appendleft(evaluator)  # the warmest works next
                self._changed.notify_all()
                return
        self.discard(evaluator, "closed" if self._closed else "retired")

    def discard(self, evaluator: Evaluator, reason: str) -> None:
        """End an evaluator that is in the middle of a query, or is found dead."""
        self._end(evaluator, reason)
        evaluator.connection.close()

    def close(self) -> None:
        """End every evaluator."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._keeper.join(timeout=10)

    def _living(self) -> bool:
        """Whether an idle evaluator is alive; those that died by themselves are put aside."""
        while self._idle and not self._idle[0].alive:
            dead = self._idle.popleft()
            dead.connection.close()
            self._dead.append(dead)
            self._changed.notify_all()
        return bool(self._idle)

    def _end_longest(self, now: float) -> None:
        longest = min(self._busy, key=lambda evaluator: evaluator.since, default=None)
        if longest is not None and now - longest.since > GRACE:
            self._end(longest, "fairness")

    def _end(self, evaluator: Evaluator, reason: str) -> None:
        """End a busy evaluator; its place is free at once, whatever its reader does."""
        with self._changed:
            evaluator.end(reason)
            if evaluator in self._busy:
                self._busy.discard(evaluator)
                self._dead.append(evaluator)
                self._on_end(evaluator.ended or reason)
                self._changed.notify_all()

    def _keep(self) -> None:
        """Keep as many evaluators alive as there should be, end the late, bury the dead.

        The reader of an answer minds its deadline too; this is for readers whose client is slow.
        """
        while True:
            with self._changed:
                while not (self._closed or self._dead or len(self._idle) + len(self._busy) < self._target):
                    self._changed.wait(PATIENCE if self._busy else None)
                    now = time.monotonic()
                    for evaluator in list(self._busy):
                        if now > evaluator.deadline + GRACE:
                            self._end(evaluator, "deadline")
                        elif now > evaluator.since + BRISK and not evaluator.yielding:
                            evaluator.yield_to_others()
                dead = list(self._dead)
                self._dead.clear()
                closed = self._closed
                if closed:
                    for evaluator in self._idle:
                        evaluator.connection.close()
                    dead += [*self._idle, *self._busy]
                    self._idle.clear()
                    self._busy.clear()
                missing = self._target - len(self._idle) - len(self._busy)
            for evaluator in dead:
                evaluator.dispose()
            if closed:
                return
            if missing > 0:
                evaluator = Evaluator(self.memory)
                with self._changed:
                    self._idle.append(evaluator)
                    self._changed.notify_all()
