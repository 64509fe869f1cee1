"""A server as an operator runs it: its process, its log, and what is left of its process group."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from harness import ADDRESS_SPACE, Site, ready, wait_until


@dataclass
class Operated:
    """A running server; its log is a file."""

    site: Site
    process: subprocess.Popen[str]
    log: Path

    def group(self) -> list[psutil.Process]:
        """What runs in the server's process group."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if os.getpgid(process.pid) == self.process.pid and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def entries(self) -> list[dict[str, Any]]:
        """The JSON lines of the log (the first line says where it serves)."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]


@contextlib.contextmanager
def operating(store: Path, log: Path, *options: object, **environment: str) -> Iterator[Operated]:
    """A server process over a store, in a process group of its own, with limited memory."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "innograph.loader", "serve", "--store", store, "--port", port, *options]
    with log.open("w") as file:
        process = subprocess.Popen(
            ["prlimit", f"--as={ADDRESS_SPACE}", "--", *map(str, command)],
            env=os.environ | environment,
            stdout=file,
            stderr=file,
            text=True,
            start_new_session=True,
        )
    operated = Operated(Site(f"http://127.0.0.1:{port}", process.pid), process, log)
    try:
        wait_until(lambda: ready(operated.site) or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield operated
    finally:
        for left in operated.group():
            with contextlib.suppress(psutil.Error):
                left.send_signal(signal.SIGKILL)
        process.wait(timeout=15)
