"""The queue of writes: waiting ones travel together to a writer process, which publishes one release for them.

The writer is the loader's own program; it is started when the first write comes, ended when it exceeds
its time or its memory, and started again for the next. Only what it has acknowledged was written.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from innograph.server.engine import (
    BadQueryError,
    ConflictError,
    EngineError,
    InvalidGraphError,
    OverloadError,
    PreconditionError,
    RefusedError,
    UnavailableError,
    UnknownGraphError,
    place,
)

TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Written:
    """What a write came to: the release that holds it, and whether it made a new graph."""

    release: int
    created: bool


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: dict[str, Any]
    base: str
    done: Future[Written]


class Writer:
    """Writes to one store, from any number of threads."""

    def __init__(
        self, root: Path, *, rules: bool, memory: int, deadline: float, allow_load: Sequence[str] = ()
    ) -> None:
        self._command = [
            *(sys.executable, "-m", "innograph.loader.writer", "--store", str(root)),
            *("--memory", str(memory), *(() if rules else ("--general",))),
            *(argument for address in allow_load for argument in ("--allow-load", address)),
        ]
        self._deadline = deadline
        self._queue: queue.Queue[_Waiting | None] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def write(self, request: dict[str, Any], base: str) -> Written:
        """Hand in a request (see `innograph.loader.writer`) and wait for what becomes of it.

        Raises:
            EngineError: it was refused, or could not be done.
        """
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
                self._thread.start()
        waiting = _Waiting(request, base, Future())
        self._queue.put(waiting)
        return waiting.done.result()

    def close(self) -> None:
        """End the writer process once what waits is done."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(timeout=self._deadline)
        self._end()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            with contextlib.suppress(queue.Empty):
                while len(batch) < TOGETHER and (more := self._queue.get_nowait()) is not None:
                    batch.append(more)
            try:
                self._write_together(batch)
            except Exception as error:  # whatever it is, nobody may wait for ever
                for waiting in batch:
                    if not waiting.done.done():
                        waiting.done.set_exception(UnavailableError(f"the write failed: {error}"))

    def _write_together(self, batch: Sequence[_Waiting]) -> None:
        try:
            outcomes = self._ask([waiting.request for waiting in batch], batch[0].base)
        except UnavailableError as error:
            if len(batch) == 1:
                batch[0].done.set_exception(error)
                return
            for waiting in batch:  # one of them ended the writer: only that one shall fail
                self._write_together([waiting])
            return
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if outcome["error"] is None:
                waiting.done.set_result(Written(outcome["release"], outcome["created"]))
            else:
                waiting.done.set_exception(_error(outcome["error"]))

    def _ask(self, requests: list[dict[str, Any]], base: str) -> list[dict[str, Any]]:
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Timer(self._deadline, process.kill)
        late.start()
        try:
            process.stdin.write(json.dumps({"requests": requests, "base": base}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            late.cancel()
        if not line:
            self._end()
            raise UnavailableError(
                f"the write took more than its {self._deadline:g} s or than its memory: make it smaller"
            )
        outcomes: list[dict[str, Any]] = json.loads(line)["outcomes"]
        return outcomes

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
            process.kill()
            process.wait()


def _error(error: dict[str, Any]) -> EngineError:
    kind, message = error["kind"], error["message"]
    if kind == "invalid":
        return InvalidGraphError(message, error["findings"], error["report"])
    if kind == "malformed":
        return BadQueryError(*place(message))
    if kind == "refused":
        return RefusedError(message)
    if kind == "missing":
        return UnknownGraphError(message)
    if kind == "changed":
        return PreconditionError(message)
    if kind == "conflict":
        return ConflictError(message)
    if kind == "busy":
        return OverloadError(message)
    return UnavailableError(message)
