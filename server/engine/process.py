"""One evaluator process, as the server sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from typing import Protocol

from innograph.server.engine.frames import READY, Frames

STACK = 512 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")


class Stream(Protocol):
    """A result on its way to a client, which may be slow."""

    def mind(self, now: float) -> None:
        """Look whether the client is slow, and do something about it."""
        ...


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
        )
        theirs.close()
        os.close(life_theirs)
        self.connection = ours
        self.frames = Frames(ours)
        self.since = 0.0
        self.deadline = 0.0
        self.stream: Stream | None = None
        self.ended: str | None = None
        self.yielding = False

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def wait_until_ready(self, seconds: float = 30.0) -> bool:
        """Wait for its word that it is ready; False where it ends or says nothing in time."""
        self.connection.settimeout(seconds)
        try:
            return self.frames.next()[0] == READY
        except (EOFError, OSError):
            return False

    def yield_to_others(self) -> None:
        """Lower the priority of every thread; a process that is not root cannot raise it again."""
        self.yielding = True
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{self.process.pid}/task"):
                os.setpriority(os.PRIO_PROCESS, int(task), 19)

    def resident(self) -> int:
        """The memory that the process uses, in bytes; 0 where that cannot be told."""
        try:
            with open(f"/proc/{self.process.pid}/statm", "rb") as statistics:
                return int(statistics.read().split()[1]) * PAGE
        except (OSError, IndexError):
            return 0

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
