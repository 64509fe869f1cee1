"""Requests to the remote store, and what can go wrong with them as errors of the engine."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import urllib3

from innograph.loader.remote_store import (
    Body,
    Credentials,
    StoreClient,
    TimeExceededError,
    UnreachableError,
    allow,
)
from innograph.server.engine import (
    BadQueryError,
    DeadlineError,
    EngineError,
    NotAcceptableError,
    OverloadError,
    UnavailableError,
    UpstreamError,
    place,
)

CHUNK = 1 << 16
TOLD = 2000  # characters of a store's words that are passed on
ATTEMPTS = 2
FORM = "application/x-www-form-urlencoded"

_LINE = re.compile(r"\bline:? (\d+)(?:,? col(?:umn)?:? (\d+))?", re.I)
_WORDS = ("exception", "detailedMessage", "message", "detail", "error")


class Reply:
    """An answer of the store with a good status: read `chunks` once, or `close` it."""

    def __init__(self, answer: urllib3.BaseHTTPResponse, deadline: float, timeout: float) -> None:
        self._answer = answer
        self._deadline = deadline
        self._timeout = timeout
        self.status = answer.status
        self.headers = answer.headers
        self.content_type = answer.headers.get("Content-Type", "")

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives. A connection that is not read to its end is closed, not kept.

        Raises:
            EngineError: it breaks off.
        """
        whole = False
        try:
            while True:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    raise late(self._timeout)
                allow(self._answer, left)
                data = self._answer.read1(CHUNK)
                if not data:
                    break
                yield data
            whole = True
        except urllib3.exceptions.TimeoutError:
            raise late(self._timeout) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise UpstreamError(f"the store broke its answer off: {error}") from None
        finally:
            if whole:
                self._answer.release_conn()
            else:
                self.close()

    def whole(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            EngineError: it breaks off, or is larger than `limit` bytes.
        """
        body = bytearray()
        chunks = self.chunks()
        for chunk in chunks:
            body += chunk
            if len(body) > limit:
                self.stop()
                raise UnavailableError(f"the store's answer is larger than {limit} bytes")
        return bytes(body)

    def stop(self) -> None:
        """Make whoever reads the body come to its end at once; the store sees that nobody listens."""
        wire = getattr(self._answer.connection, "wire", None)
        if wire is not None:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection: a store that notices stops working for it."""
        self.stop()
        self._answer.close()


class Upstream:
    """The store's addresses, asked with deadlines; reads are tried again where that is safe."""

    def __init__(self, credentials: Credentials) -> None:
        self._client = StoreClient(credentials)

    def read(
        self, url: str, fields: Sequence[tuple[str, str]], accept: str, timeout: float, deadline: float
    ) -> Reply:
        """Send a query as a form, which every store takes at any length (Protocol, section 2.1.2).

        A query changes nothing, so one that failed before a byte of its answer came is sent again, once.

        Raises:
            EngineError: see `failure`.
        """
        body = urlencode(fields).encode()
        for attempt in range(ATTEMPTS):
            try:
                return self._send(
                    "POST", url, body, {"Accept": accept, "Content-Type": FORM}, timeout, deadline, False
                )
            except UnreachableError as error:
                if attempt + 1 == ATTEMPTS or time.monotonic() > deadline:
                    raise UpstreamError(f"the store behind this server does not answer: {error}") from None
                time.sleep(min(0.1, max(deadline - time.monotonic(), 0)))
        raise AssertionError("unreachable")

    def write(self, method: str, url: str, body: Body, headers: Mapping[str, str], timeout: float) -> Reply:
        """Send a write, once, whatever happens.

        Raises:
            EngineError: see `failure`; where the connection failed, the write may have been done.
        """
        try:
            return self._send(method, url, body, headers, timeout, time.monotonic() + timeout, True)
        except UnreachableError as error:
            doubt = ": whether it has been done is not known" if error.sent else "; nothing was changed"
            raise UpstreamError(f"the store behind this server does not answer: {error}{doubt}") from None

    def close(self) -> None:
        """Close the connections that are kept."""
        self._client.close()

    def _send(
        self,
        method: str,
        url: str,
        body: Body,
        headers: Mapping[str, str],
        timeout: float,
        deadline: float,
        fresh: bool,
    ) -> Reply:
        left = deadline - time.monotonic()
        if left <= 0:
            raise late(timeout)
        try:
            answer = self._client.send(method, url, body, headers, left, fresh=fresh)
        except TimeExceededError:
            raise late(timeout) from None
        reply = Reply(answer, deadline, timeout)
        if 200 <= answer.status < 300:
            return reply
        try:
            told = words(reply.whole(1 << 20), reply.content_type)
        except EngineError:
            told = ""
        raise failure(answer.status, told, answer.headers.get("Retry-After"))


def late(timeout: float) -> DeadlineError:
    """The error of a query whose time is over."""
    return DeadlineError(f"the query took longer than its {timeout:g} s; ask for less, or narrow it")


def words(body: bytes, content_type: str) -> str:
    """What a store says in the body of an error, in whatever way it says it."""
    text = body.decode("utf-8", "replace").strip()
    if "html" in content_type:
        return ""
    if "json" in content_type:
        with contextlib.suppress(ValueError):
            content: Any = json.loads(text)
            if isinstance(content, dict):
                text = next((str(content[word]) for word in _WORDS if content.get(word)), text)
    text = text.partition("\n\nSPARQL query:")[0]  # Virtuoso repeats the query
    return text if len(text) <= TOLD else text[:TOLD] + " …"


def failure(status: int, told: str, retry_after: str | None = None) -> EngineError:
    """The error of the engine for a status of the store's and its words."""
    if status in (408, 504) or (
        status >= 500 and re.search(r"time ?-?out|timed out|S1T00|exceeds the limit", told)
    ):
        return DeadlineError(f"the store ended the query: {told or 'it took too long'}")
    error: EngineError
    if status == 429:
        error = OverloadError(f"the store is too busy: {told or 'try again later'}")
    elif status == 503:
        error = UnavailableError(f"the store is not available: {told or 'try again later'}")
    elif status in (401, 403):
        return UpstreamError(
            "the store refuses this server's credentials: mend INNOGRAPH_ENGINE_TOKEN or _USER"
        )
    elif status == 406:
        return NotAcceptableError(f"the store cannot write such a result: {told}")
    elif status in (404, 405, 410) or 300 <= status < 400:
        return UpstreamError(f"the store answered {status}: is INNOGRAPH_ENGINE its query address?")
    elif status < 500:
        return _malformed(told or f"the store refused the query with {status}")
    else:
        return UpstreamError(f"the store failed with {status}: {told}")
    if retry_after and retry_after.isdecimal():
        error.retry_after = int(retry_after)
    return error


def _malformed(told: str) -> BadQueryError:
    message, line, column = place(told)
    if line is None and (named := _LINE.search(told)) and named[2]:
        line, column = int(named[1]), int(named[2])
    return BadQueryError(message, line, column)
