"""A WSGI layer in front of Flask that answers again what was answered before on the same release.

What may be kept says so itself: a 200 with a strong tag made of the release's identity (`caching.etag`)
and `Cache-Control: public`. Errors, writes, volatile queries and answers about older releases have
none. The key holds the identity of the current release, read for each request, so that no answer
outlives its release.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.http import parse_cache_control_header, parse_etags

from innograph.server import metrics
from innograph.server.cache_keys import Key, asked_by
from innograph.server.engine import Engine
from innograph.server.engine.errors import EngineError
from innograph.server.observing import OUTCOME, QUERY, ROUTE

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

# What a request asks, the current release, and the tag of a whole answer that may be kept as it is.
ASKED, SNAPSHOT, TAG = "innograph.asked", "innograph.snapshot", "innograph.tag"

SHARE = 64  # one answer takes at most this part of the memory,
ON_THE_WAY = 4  # and all that are still on their way, together, as much again as this part
REMEMBERED = 1 << 13  # look-ups asked once, of which it is known that they were
OVERHEAD = 1500  # of an entry: its headers, key and objects
KEYED_BY = frozenset({"accept", "accept-encoding", "accept-language", "accept-datetime"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole answer as it is sent."""

    headers: Headers
    body: bytes
    tag: str
    route: str
    query: str | None
    held: int  # characters of the request, of which its key is made


class Store:
    """The answers used last, within a number of bytes and of entries. For any number of threads."""

    def __init__(self, max_bytes: int, max_entries: int) -> None:
        self.max_bytes = max_bytes
        self.max_entries = max_entries
        self.size = 0
        self._borrowed = 0
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Entry | None:
        """An entry, which is the one used last from now on."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def borrow(self, size: int) -> bool:
        """Take memory for an answer on its way; whether there was any left. `size` below 0 gives back."""
        with self._lock:
            if size > 0 and self._borrowed + size > self.max_bytes // ON_THE_WAY:
                return False
            self._borrowed += size
            return True

    def put(self, key: Key, entry: Entry) -> None:
        """Keep an entry; the ones used longest ago make room."""
        with self._lock:
            former = self._entries.pop(key, None)
            self._entries[key] = entry
            self.size += _size(entry) - (_size(former) if former else 0)
            while self.size > self.max_bytes or len(self._entries) > self.max_entries:
                self.size -= _size(self._entries.popitem(last=False)[1])
            metrics.cache_bytes.set(self.size)


def _size(entry: Entry) -> int:
    return OVERHEAD + len(entry.body) + 2 * entry.held


class ResponseCache:
    """A WSGI application with a response cache in front."""

    def __init__(
        self, application: WSGIApplication, engine: Engine, max_bytes: int, max_entries: int
    ) -> None:
        self.application = application
        self.engine = engine
        self.store = Store(max_bytes, max_entries)
        self.largest = max_bytes // SHARE
        self._lately: set[int] = set()
        self._before: set[int] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        control = environ.get("HTTP_CACHE_CONTROL")
        directives = parse_cache_control_header(control) if control else None
        asked = None if directives is not None and directives.no_store else asked_by(environ)
        if asked is None:
            return self.application(environ, start_response)
        try:
            snapshot = self.engine.snapshot()
        except EngineError:
            return self.application(environ, start_response)
        identity = snapshot.release.identity
        if not identity:  # nobody knows when the data changes
            return self.application(environ, start_response)
        key = (identity, *asked.key)
        if directives is None or not directives.no_cache:
            entry = self.store.get(key)
            if entry is not None:
                metrics.count(metrics.cache_hits)
                return _answer(entry, environ, start_response)
        environ[ASKED], environ[SNAPSHOT] = asked, snapshot
        return self._ask(key, asked.held, environ, start_response)

    def _asked_before(self, key: Key) -> bool:
        """Whether this was asked lately, so that it may be asked once more.

        What takes little to find is kept from the second time on: most look-ups never come again, and to keep
        them all would cost as much as to find them, and the room of answers that took long.
        """
        mark = hash(key)
        if mark in self._lately or mark in self._before:
            return True
        if len(self._lately) >= REMEMBERED:
            self._lately, self._before = set(), self._lately
        self._lately.add(mark)
        return False

    def _ask(
        self, key: Key, held: int, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Have the application answer, and keep what may be kept."""
        begun: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            begun[:] = [(status, headers)]
            return start_response(status, headers, exc_info)

        body = self.application(environ, start)
        if environ["REQUEST_METHOD"] == "HEAD" or not begun:
            return body
        status, headers = begun[0]
        tag = environ.get(TAG)
        if tag is not None and isinstance(body, list):  # a look-up: all that it needs is known
            if self._asked_before(key):
                metrics.count(metrics.cache_misses)
                self.store.put(key, Entry(headers, body[0], tag, environ[ROUTE], environ[QUERY], held))
            return body
        tag = _tag_of_release(status, headers, key[0])
        if tag is None:
            return body

        def keep(content: bytes) -> None:
            if OUTCOME in environ:  # it broke off
                return
            kept = [*(h for h in headers if h[0].lower() not in ("content-length", "date"))]
            kept.append(("Content-Length", str(len(content))))
            entry = Entry(kept, content, tag, environ.get(ROUTE, "none"), environ.get(QUERY), held)
            metrics.count(metrics.cache_misses)
            self.store.put(key, entry)

        length = next((int(value) for name, value in headers if name.lower() == "content-length"), None)
        if length is None:
            return _Recorded(body, self.store, self.largest, keep)
        if length > self.largest:
            return body
        try:
            content = b"".join(body)
        finally:
            close = getattr(body, "close", None)
            if close:
                close()
        keep(content)
        return [content]


class _Recorded:
    """A body on its way that is kept when it has ended, unless it grew too large or too many are on their way."""

    def __init__(
        self, body: Iterable[bytes], store: Store, largest: int, keep: Callable[[bytes], None]
    ) -> None:
        self._body = body
        self._chunks = iter(body)
        self._store = store
        self._largest = largest
        self._keep = keep
        self._seen: list[bytes] | None = []
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            seen = self._seen
            self._forget()
            if seen is not None:
                self._keep(b"".join(seen))
            raise
        if self._seen is not None:
            size = len(chunk)
            if self._size + size > self._largest or not self._store.borrow(size):
                self._forget()
            else:
                self._size += size
                self._seen.append(chunk)
        return chunk

    def _forget(self) -> None:
        self._seen = None
        self._store.borrow(-self._size)
        self._size = 0

    def close(self) -> None:
        """Close the body."""
        self._forget()
        close = getattr(self._body, "close", None)
        if close:
            close()


def _answer(entry: Entry, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Send an entry, or 304 to a client that holds it (RFC 9110, section 15.4.5)."""
    environ[ROUTE] = entry.route
    if entry.query is not None:
        environ[QUERY] = entry.query
    held = environ.get("HTTP_IF_NONE_MATCH")
    if held is not None and parse_etags(held).contains_weak(entry.tag):
        kept = [h for h in entry.headers if not h[0].lower().startswith("content-")]
        start_response("304 NOT MODIFIED", kept)
        return []
    start_response("200 OK", entry.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [entry.body]


def _tag_of_release(status: str, headers: Headers, identity: str) -> str | None:
    """The tag of an answer that may be kept while this release is the current one; None of any other."""
    if not status.startswith("200"):
        return None
    found = {name.lower(): value for name, value in headers}
    control = found.get("cache-control", "")
    tag = found.get("etag", "")
    vary = {name.strip().lower() for name in found.get("vary", "").split(",")} - {""}
    if "public" not in control or "no-store" in control or "set-cookie" in found or not vary <= KEYED_BY:
        return None
    return tag[1:-1] if tag.startswith(f'"{identity}-') else None
