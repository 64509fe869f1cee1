"""A result on its way to its client, which may read slower than the evaluator writes.

Reading from the evaluator is done by whoever sends to the client. When the client has not taken a chunk
for `STALLED` seconds, a thread sets the rest aside (in memory, then on disk), so that the evaluator is
free for others and the deadline is that of the query, not of the client's line.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Generator

from innograph.server.engine import EngineError, UnavailableError, frames
from innograph.server.engine.process import Evaluator

STALLED = 0.5
IN_MEMORY = 1 << 20
SET_ASIDE = 256 << 20
CHUNK = 1 << 16


class ResultStream:
    """The bytes of an answer. Iterate `chunks` once; close it whatever happens."""

    def __init__(
        self,
        evaluator: Evaluator,
        begun: bytes,
        *,
        max_bytes: int,
        ended: Callable[[Evaluator, BaseException], EngineError],
        done: Callable[[Evaluator], None],
        error: Callable[[dict[str, str]], EngineError],
    ) -> None:
        """`begun` came already; `ended`, `done` and `error` are what the engine does at an end."""
        self._evaluator = evaluator
        self._begun = begun
        self._max_bytes = max_bytes
        self._ended, self._done, self._error = ended, done, error
        self._turn = threading.Lock()
        self._received = len(begun)
        self._failure: EngineError | None = None
        self._finished = False
        self._aside: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._aside_read = self._aside_written = 0
        self._waiting_since: float | None = None
        evaluator.stream = self

    def chunks(self) -> Generator[bytes, None, None]:
        """The bytes after an empty first item. Raises where they break off."""
        try:
            yield b""  # so that closing it unread ends the evaluator
            if self._begun:
                yield from self._offered(self._begun)
            while True:
                with self._turn:
                    chunk = self._from_aside() or self._receive()
                if not chunk:
                    if self._failure is not None:
                        raise self._failure
                    return
                yield from self._offered(chunk)
        finally:
            with self._turn:
                self._abandon()

    def mind(self, now: float) -> None:
        """Set the rest aside if the client is slow (called by the pool's keeper)."""
        since = self._waiting_since
        if since is not None and now - since > STALLED and self._aside is None and not self._finished:
            self._aside = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed by `_abandon`
            threading.Thread(target=self._set_aside, name="slow reader", daemon=True).start()

    def _offered(self, chunk: bytes) -> Generator[bytes, None, None]:
        self._waiting_since = time.monotonic()
        yield chunk
        self._waiting_since = None

    def _set_aside(self) -> None:
        while True:
            with self._turn:
                if self._aside is None or self._aside_written - self._aside_read > SET_ASIDE:
                    return
                chunk = self._receive()
                if not chunk:
                    return
                self._aside.seek(self._aside_written)
                self._aside.write(chunk)
                self._aside_written += len(chunk)

    def _from_aside(self) -> bytes:
        if self._aside is None or self._aside_read == self._aside_written:
            return b""
        self._aside.seek(self._aside_read)
        chunk = self._aside.read(CHUNK)
        self._aside_read += len(chunk)
        return chunk

    def _receive(self) -> bytes:
        """The next bytes from the evaluator; empty at the end, after which `_failure` tells how it ended."""
        if self._finished:
            return b""
        try:
            left = self._evaluator.deadline - time.monotonic()
            self._evaluator.connection.settimeout(max(left, 0.001))
            kind, payload = self._evaluator.frames.next()
            self._received += len(payload)
            if kind == frames.DATA and self._received <= self._max_bytes:
                return payload
            if kind == frames.DATA:
                self._failure = UnavailableError(f"the result is larger than {self._max_bytes} bytes")
                self._abandon()
                return b""
            self._finish()
            self._done(self._evaluator)
            if kind == frames.ERROR:
                self._failure = self._error(json.loads(payload))
        except (OSError, EOFError) as failure:
            self._finish()
            self._failure = self._ended(self._evaluator, failure)
        return b""

    def _abandon(self) -> None:
        if not self._finished:
            self._finish()
            self._ended(self._evaluator, ConnectionAbortedError())
        if self._aside is not None:
            self._aside.close()
            self._aside = None

    def _finish(self) -> None:
        self._finished = True
        self._evaluator.stream = None
