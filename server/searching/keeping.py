"""Who sees to it that releases have their index: one building process at a time, begun when one is missed."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from enum import Enum
from pathlib import Path

from innograph.loader.errors import NoReleaseError
from innograph.loader.releases import Release, Releases
from innograph.server.searching.building import is_locked
from innograph.server.searching.index import is_built

AGAIN = 60.0  # seconds after which what failed is tried again
log = logging.getLogger("innograph")


class State(Enum):
    """Whether a release can be searched."""

    READY = "ready"
    BUILDING = "building"
    FAILED = "failed"
    ELSEWHERE = "elsewhere"  # its data is not on this machine


class Keeper:
    """Builds the indexes of a store's releases in the background, each when it is first wanted."""

    def __init__(self, root: Path) -> None:
        self._releases = Releases(root)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._building: Path | None = None
        self._failed: dict[Path, float] = {}
        self._ready: set[tuple[Path, str]] = set()

    def folder(self, number: int) -> Path:
        """The folder of a release."""
        return self._releases.folder(number)

    def want(self, number: int, identity: str) -> State:
        """Whether a release's index is there; begins to build it where it is not. Never waits."""
        folder = self.folder(number)
        if (folder, identity) in self._ready:
            return State.READY
        if not self._is_here(number, identity):
            return State.ELSEWHERE
        if is_built(folder):
            self._ready.add((folder, identity))
            return State.READY
        with self._lock:
            self._look_after()
            if time.monotonic() - self._failed.get(folder, -AGAIN) < AGAIN:
                return State.FAILED
            if self._process is None and not is_built(folder) and not is_locked(folder):
                command = [sys.executable, "-m", "innograph.server.searching.building", str(folder)]
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE)
                self._building = folder
        return State.BUILDING

    def _is_here(self, number: int, identity: str) -> bool:
        """Whether it is this folder's release: a store elsewhere counts its own."""
        try:
            return Release(number, self.folder(number)).description.identity == identity
        except NoReleaseError:
            return False

    def _look_after(self) -> None:
        if self._process is None or self._process.poll() is None:
            return
        code, folder = self._process.returncode, self._building
        if self._process.stdin:
            self._process.stdin.close()
        self._process = self._building = None
        if code and folder is not None and folder.exists():
            log.error("the search index of %s could not be built: exit status %s", folder, code)
            self._failed[folder] = time.monotonic()
