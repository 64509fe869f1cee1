"""The outermost WSGI layer: each request gets an id, and is counted and logged when its answer has ended."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from innograph.server import metrics

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID = "innograph.request_id"
OUTCOME = "innograph.outcome"  # set where an answer's status does not tell how it ended
QUERY = "innograph.query"  # the text of the query, for the log's fingerprint
ROUTE = "innograph.route"  # the rule of the route that answers
SHOWN = 200
WRITING = ("PUT", "POST", "DELETE", "PATCH")
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

log = logging.getLogger("innograph.request")


def request_id(environ: WSGIEnvironment) -> str:
    """The id that the client or a proxy gave: X-Request-Id, or traceparent's trace-id (W3C Trace Context,
    section 3.2); else a new one.
    """
    given = environ.get("HTTP_X_REQUEST_ID")
    if given and _ID.fullmatch(given):
        return str(given)
    trace = environ.get("HTTP_TRACEPARENT")
    if trace and (match := _TRACE.fullmatch(trace)):
        return match[1]
    return f"{random.getrandbits(64):016x}"  # no secret, and asks no system call


def register(app: Flask) -> None:
    """Tell the layer which route of an application answers."""
    app.before_request(_note_route)


def _note_route() -> None:
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


class Observed:
    """A WSGI application whose requests are counted and logged."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        exchange = _Exchange(environ)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            exchange.status = int(status[:3])
            exchange.headers = headers
            return start_response(status, [*headers, ("X-Request-Id", exchange.identifier)], exc_info)

        body = self.application(environ, start)
        if isinstance(body, list):
            exchange.end(sum(map(len, body)))
            return body
        return _Counted(body, exchange)


class _Exchange:
    """One request and what became of it."""

    __slots__ = ("begun", "environ", "headers", "identifier", "status")

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.begun = time.perf_counter()
        self.environ = environ
        self.identifier = environ[REQUEST_ID] = request_id(environ)
        self.status = 500
        self.headers: list[tuple[str, str]] = []

    def end(self, size: int, outcome: str | None = None) -> None:
        """Count and log the request."""
        seconds = time.perf_counter() - self.begun
        environ = self.environ
        outcome = environ.get(OUTCOME) or outcome or _outcome(self.status)
        route = environ.get(ROUTE, "none")
        metrics.answered(route, outcome, seconds, size)
        method = environ["REQUEST_METHOD"]
        if method in WRITING and route.startswith(("/update", "/graphs")):
            metrics.writes.labels(outcome).inc()
        level = logging.ERROR if self.status == 500 else logging.INFO
        if log.isEnabledFor(level):
            log.log(level, "request", extra={"fields": self._fields(route, outcome, seconds, size)})

    def _fields(self, route: str, outcome: str, seconds: float, size: int) -> dict[str, Any]:
        environ = self.environ
        fields: dict[str, Any] = {
            "event": "request",
            "request_id": self.identifier,
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"].encode("latin-1", "replace").decode("utf-8", "replace"),
            "route": route,
            "status": self.status,
            "outcome": outcome,
            "seconds": round(seconds, 6),
            "bytes": size,
        }
        release = next((value for name, value in self.headers if name == "Innograph-Release"), None)
        if release is not None:
            fields["release"] = int(release)
        query = environ.get(QUERY)
        if query is not None:
            fields["query"] = blake2b(query.encode(), digest_size=8).hexdigest()
            if log.isEnabledFor(logging.DEBUG):
                fields["query_text"] = query[:SHOWN]
        return fields


class _Counted:
    """A body on its way; its end, or its client's leaving, ends the exchange."""

    def __init__(self, body: Iterable[bytes], exchange: _Exchange) -> None:
        self._body = body
        self._chunks = iter(body)
        self._exchange: _Exchange | None = exchange
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._end(None)
            raise
        self._size += len(chunk)
        return chunk

    def close(self) -> None:
        """Close the body; one that was not read to its end was abandoned (HEAD has none to read)."""
        try:
            close = getattr(self._body, "close", None)
            if close:
                close()
        finally:
            exchange = self._exchange
            head = exchange is not None and exchange.environ["REQUEST_METHOD"] == "HEAD"
            self._end(None if head else "abandoned")

    def _end(self, outcome: str | None) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.end(self._size, outcome)


def _outcome(status: int) -> str:
    if status == 304:
        return "not modified"
    if status < 400:
        return "ok"
    return "client error" if status < 500 else "server error"
