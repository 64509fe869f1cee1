"""The life of an HTTP process: it leaves with the process that started it, and takes along what it started.

Evaluators and the writer end by themselves when this process is gone, however it went; ending them
here only makes sure that nothing is left when an orderly stop is over.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.util import Finalize


def take_signals() -> None:
    """Take SIGTERM in a thread of our own, and only once; leave Ctrl-C to the main process.

    A terminal and a service manager signal every process of the group, and then the main process tells
    its workers again. The server's handler takes a lock: the second signal, if it came while the first
    was being handled in the same thread, would wait for that lock for ever.

    The processes that are started later inherit the mask. To be called in the main thread, before
    others are started.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    threading.Thread(target=_handle_once, name="signals", daemon=True).start()


def _handle_once() -> None:
    number = signal.sigwait({signal.SIGTERM})
    handler = signal.getsignal(number)  # the server's own, installed once the application is loaded
    if callable(handler):
        handler(number, None)


def at_exit(close: Callable[[], None]) -> None:
    """Call `close` when this process ends in order (`atexit` does not run in forked workers)."""
    Finalize(None, close, exitpriority=0)


def follow_parent(grace: float) -> None:
    """Stop when the main process is gone without having said so: running answers get their grace."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(
            target=_follow, args=(parent.sentinel, grace), name="parent watch", daemon=True
        ).start()


def _follow(sentinel: int, grace: float) -> None:
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    os._exit(1)
