"""Programs of the loader that write files beside a release: each is run once, and not too many at a time.

They are processes of their own, so that the server neither waits for them nor grows with them.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable

AT_ONCE = 2  # programs of one kind that one HTTP process runs
RETRY = 60.0  # seconds after a failure in which nobody tries again
log = logging.getLogger("innograph")

Arguments = tuple[str, ...]


class Programs:
    """The running programs of one module."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._running: dict[Arguments, subprocess.Popen[bytes]] = {}
        self._failed: dict[Arguments, float] = {}
        self._lock = threading.Lock()

    def done(self, arguments: Arguments, ready: Callable[[], bool], patience: float) -> bool:
        """Whether what a program writes is there; it is begun where it is not, and waited for.

        `patience` is in seconds.
        """
        deadline = time.monotonic() + patience
        while not ready():
            running = self._begin(arguments)
            if not running or time.monotonic() >= deadline:
                return ready()
            time.sleep(0.05)
        with self._lock:
            self._collect()
        return True

    def _begin(self, arguments: Arguments) -> bool:
        """See to it that the program runs, or will; False where it has just failed."""
        with self._lock:
            self._collect()
            if arguments in self._running:
                return True
            if time.monotonic() - self._failed.get(arguments, -RETRY) < RETRY:
                return False
            if len(self._running) < AT_ONCE:
                command = [sys.executable, "-m", self._module, *arguments]
                self._running[arguments] = subprocess.Popen(command, stdin=subprocess.DEVNULL)
            return True

    def _collect(self) -> None:
        """Forget programs that have ended; remember those that failed."""
        for arguments, process in list(self._running.items()):
            code = process.poll()
            if code is None:
                continue
            del self._running[arguments]
            if code:
                log.error("%s %s ended with %s", self._module, " ".join(arguments[1:]), code)
                now = time.monotonic()
                self._failed = {a: t for a, t in self._failed.items() if now - t < RETRY} | {arguments: now}
