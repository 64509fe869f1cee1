"""The pool of evaluators: who works, who waits, and who is ended.

A query has one evaluator to itself, of which some are always ready and more are started while all work.
After `BRISK` seconds a query must yield the processor to younger ones: its priority is lowered, and its
evaluator is retired afterwards. So a small question is answered at once however many big ones run. A
query may use its whole deadline only while nobody waits: once others have waited for `PATIENCE`, queries
that have run longest, if longer than a grace that shrinks with the queue, are ended for them. When all
together use more memory than they may, the largest is ended.

Evaluators are handed to those who wait in their order; while more wait than can work, to the newest
first: whoever has waited long has the least patience left, and a small question is answered at once.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable

from innograph.server.engine.errors import OverloadError
from innograph.server.engine.process import Evaluator

PATIENCE = 0.25
GRACE, LEAST_GRACE = 1.0, 0.25
BRISK = 0.5
TICK = 0.05
MOMENT = 0.1
LONGEST_WAIT = 10.0


class _Waiter:
    """Somebody who waits for an evaluator."""

    __slots__ = ("deadline", "evaluator", "handed", "since")

    def __init__(self, deadline: float) -> None:
        self.since = time.monotonic()
        self.deadline = deadline
        self.evaluator: Evaluator | None = None
        self.handed = threading.Event()


class Pool:
    """At most `size` evaluators that work, and `ready` more that wait for work.

    `memory` is what each may use, `together` what all that work may use, in bytes.
    """

    def __init__(
        self,
        size: int,
        ready: int,
        memory: int,
        together: int,
        on_end: Callable[[str], None] | None = None,
    ) -> None:
        self.size = size
        self.ready = ready
        self.memory = memory
        self.together = together
        self._on_end = on_end or (lambda reason: None)
        self._changed = threading.Condition(threading.RLock())
        self._idle: collections.deque[Evaluator] = collections.deque()
        self._busy: set[Evaluator] = set()
        self._waiting: collections.deque[_Waiter] = collections.deque()
        self._dead: collections.deque[Evaluator] = collections.deque()
        self._closed = False
        self._threads = [
            threading.Thread(target=work, name=f"evaluator {name}", daemon=True)
            for name, work in (("starter", self._start), ("keeper", self._keep))
        ]
        for thread in self._threads:
            thread.start()

    def acquire(self, deadline: float) -> Evaluator:
        """An evaluator for a query that must end by `deadline` (a `time.monotonic()` instant).

        Raises:
            OverloadError: none became free in time.
        """
        waiter = _Waiter(deadline)
        with self._changed:
            self._waiting.append(waiter)
            self._hand_out()
            if waiter.evaluator is None:
                self._changed.notify_all()
        waiter.handed.wait(min(deadline - time.monotonic(), LONGEST_WAIT))
        with self._changed:
            if waiter.evaluator is None:
                self._waiting.remove(waiter)
                raise OverloadError("all evaluators are busy with other queries: try again later")
            return waiter.evaluator

    def release(self, evaluator: Evaluator) -> None:
        """Give back an evaluator whose answer was read to its end."""
        with self._changed:
            surplus = len(self._idle) >= self.ready and not self._waiting
            if evaluator.ended is None and not self._closed and not evaluator.yielding and not surplus:
                self._busy.discard(evaluator)
                self._idle.appendleft(evaluator)  # the warmest works next
                self._hand_out()
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
        for thread in self._threads:
            thread.join(timeout=10)

    def _hand_out(self) -> None:
        """Give idle evaluators to those who wait."""
        while self._waiting and len(self._busy) < self.size and self._living():
            overloaded = len(self._waiting) > self.size
            waiter = self._waiting.pop() if overloaded else self._waiting.popleft()
            evaluator = self._idle.popleft()
            evaluator.since = time.monotonic()
            evaluator.deadline = waiter.deadline
            self._busy.add(evaluator)
            waiter.evaluator = evaluator
            waiter.handed.set()
            if self._short():
                self._changed.notify_all()  # another gets ready, unless this one is back in a moment

    def _living(self) -> bool:
        """Whether an idle evaluator is alive; those that died by themselves are put aside."""
        while self._idle and not self._idle[0].alive:
            dead = self._idle.popleft()
            dead.connection.close()
            self._dead.append(dead)
            self._changed.notify_all()
        return bool(self._idle)

    def _end(self, evaluator: Evaluator, reason: str) -> None:
        """End a busy evaluator; its place is free at once, whatever its reader does."""
        with self._changed:
            evaluator.end(reason)
            if evaluator in self._busy:
                self._busy.discard(evaluator)
                self._dead.append(evaluator)
                self._on_end(evaluator.ended or reason)
                self._hand_out()
                self._changed.notify_all()

    def _start(self) -> None:
        """Keep as many evaluators alive as there should be; they join the idle when they are ready."""
        while True:
            with self._changed:
                while not self._closed and not self._short():
                    self._changed.wait()
                if not self._waiting and len(self._idle) + len(self._busy) >= self.ready:
                    # Most queries are over in a moment, and their evaluators are back.
                    self._changed.wait_for(lambda: self._closed or bool(self._waiting), MOMENT)
                if self._closed:
                    return
                if not self._short():
                    continue
            evaluator = Evaluator(self.memory)
            ready = evaluator.wait_until_ready()
            with self._changed:
                closed = self._closed
                if ready and not closed and (self._waiting or self._short()):
                    self._idle.append(evaluator)
                    self._hand_out()
                else:
                    evaluator.connection.close()
                    if not closed:
                        self._dead.append(evaluator)
                self._changed.notify_all()
            if closed:  # who buries the dead may have left already
                evaluator.dispose()

    def _short(self) -> bool:
        """Whether fewer evaluators are ready than there should be."""
        return len(self._idle) < self.ready

    def _keep(self) -> None:
        """Mind the long and the late, bury the dead; at the end, everybody."""
        while True:
            with self._changed:
                while not (self._closed or self._dead):
                    self._changed.wait(TICK if self._waiting else PATIENCE if self._busy else None)
                    self._mind()
                closed = self._closed
                if closed:
                    for evaluator in self._idle:
                        evaluator.connection.close()
                    self._dead.extend([*self._idle, *self._busy])
                    self._idle.clear()
                    self._busy.clear()
                dead = list(self._dead)
                self._dead.clear()
            for evaluator in dead:
                evaluator.dispose()
            if closed:
                return

    def _mind(self) -> None:
        """End what is late (its reader minds that too, unless its client is slow), and what others wait for."""
        now = time.monotonic()
        for evaluator in list(self._busy):
            if now > evaluator.deadline + GRACE:
                self._end(evaluator, "deadline")
                continue
            if now > evaluator.since + BRISK and not evaluator.yielding:
                evaluator.yield_to_others()
            if evaluator.stream is not None:
                evaluator.stream.mind(now)
        sizes = {evaluator: evaluator.resident() for evaluator in self._busy if evaluator.yielding}
        if sum(sizes.values()) > self.together:
            self._end(max(sizes, key=lambda evaluator: sizes[evaluator]), "memory")
        impatient = sum(now - waiter.since >= PATIENCE for waiter in self._waiting)
        grace = max(LEAST_GRACE, GRACE * self.size / max(self.size, len(self._waiting)))
        # Nobody is ended before another is ready to take the place: that also bounds how fast it goes.
        for evaluator in sorted(self._busy, key=lambda e: e.since)[: min(impatient, len(self._idle))]:
            if now - evaluator.since > grace:
                self._end(evaluator, "fairness")
