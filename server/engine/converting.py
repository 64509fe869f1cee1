"""Results of a remote store, rewritten as they arrive where it cannot write what the client wants."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import IO, cast

from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
    serialize,
)

from innograph.server import negotiation
from innograph.server.engine import EngineError, Kind, UpstreamError

CHUNK = 1 << 16
FIRST_CHUNK = 1 << 12
STACK = 64 << 20  # what is nested may be deep (RDF 1.2 triple terms)

# What is asked for beside what the client wants, best first. TSV is never asked for: what Virtuoso
# calls so is none. CSV tells no types, so that nothing can be made of it.
_READABLE: dict[Kind, tuple[str, ...]] = {
    "solutions": ("application/sparql-results+json", "application/sparql-results+xml"),
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "graph": ("application/n-triples", "text/turtle", "application/rdf+xml"),
}
_ASKED = frozenset(
    {"application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/turtle"}
    | {"application/n-triples", "application/rdf+xml", "application/ld+json"}
)
_FORMATS = {"solutions": negotiation.SOLUTIONS, "boolean": negotiation.SOLUTIONS, "graph": negotiation.GRAPH}


def accept(kind: Kind, wanted: str) -> str:
    """The Accept header for a store: what the client wants, and what that can be made of."""
    asked = [wanted] if wanted in _ASKED and kind != "boolean" else []
    asked += [media for media in _READABLE[kind] if media not in asked]
    return ", ".join(f"{media};q={1 - rank / 5:g}" for rank, media in enumerate(asked))


def recognized(kind: Kind, content_type: str) -> str:
    """The media type of a store's answer, by the name that we call it.

    Raises:
        UpstreamError: an answer of this kind is not written so.
    """
    media = content_type.partition(";")[0].strip().lower()
    form = negotiation.by_name(_FORMATS[kind], media)
    if form is None:
        raise UpstreamError(f"the store answered a query for a {kind} with {media or 'no Content-Type'}")
    return form.media_type


def boolean(body: bytes, media_type: str, wanted: str) -> bytes:
    """The answer of an ASK. Virtuoso writes it as a solution with one number, which is understood too."""
    truth = truth_of(body, media_type)
    written = parse_query_results(
        b'{"head":{},"boolean":%s}' % (b"true" if truth else b"false"), format=QueryResultsFormat.JSON
    )
    return cast(bytes, written.serialize(format=QueryResultsFormat.from_media_type(wanted)))


def truth_of(body: bytes, media_type: str) -> bool:
    """What an ASK answered.

    Raises:
        UpstreamError: it is no boolean.
    """
    try:
        results = parse_query_results(body, format=QueryResultsFormat.from_media_type(media_type))
        if isinstance(results, QueryBoolean):
            return bool(results)
        rows = list(results)
    except (SyntaxError, ValueError) as error:
        raise _malformed(error) from None
    return bool(rows) and getattr(rows[0][0], "value", "0") not in ("0", "false")


def converted(
    source: Iterator[bytes], stop: Callable[[], None], kind: Kind, media_type: str, wanted: str
) -> Generator[bytes, None, None]:
    """A result in another format, an item of about `CHUNK` bytes at a time.

    `stop` makes `source` end at once, from another thread: a client went away.

    The parser and the serializer of the engine pull and push, so they run in a thread between two ends
    of a short queue; nothing is held whole.

    Raises:
        EngineError: what `source` raised, or that it is malformed.
    """
    pipe = _Pipe()
    reading = _Reader(source)

    def work() -> None:
        try:
            _rewrite(reading, pipe, kind, media_type, wanted)
            pipe.end(None)
        except _AbandonedError:
            pass
        except BaseException as error:
            pipe.end(reading.failure or _malformed(error))

    with _THREADS:
        before = threading.stack_size(STACK)
        thread = threading.Thread(target=work, name="converting", daemon=True)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
    try:
        yield from pipe.items()
    except GeneratorExit:
        pipe.abandon()
        stop()
        raise
    finally:
        thread.join()


_THREADS = threading.Lock()


class _AbandonedError(Exception):
    """Nobody reads the result any more."""


class _Reader:
    """A binary file of what an iterator gives; `failure` is what the iterator raised."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._left = b""
        self.failure: EngineError | None = None

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, at least one before the end."""
        while not self._left:
            try:
                self._left = next(self._source)
            except StopIteration:
                return b""
            except EngineError as error:
                self.failure = error
                raise
        if size < 0:
            size = len(self._left)
        taken, self._left = self._left[:size], self._left[size:]
        return taken


class _Pipe:
    """A binary file to write to at one end, and the chunks of it at the other."""

    def __init__(self) -> None:
        self._queue: queue.Queue[bytes | EngineError | None] = queue.Queue(maxsize=2)
        self._buffer = bytearray()
        self._limit = FIRST_CHUNK
        self._abandoned = threading.Event()

    def write(self, data: bytes) -> int:
        """Take bytes; they go on when there are enough."""
        self._buffer += data
        if len(self._buffer) >= self._limit:
            self._limit = CHUNK
            self._put(bytes(self._buffer))
            self._buffer.clear()
        return len(data)

    def flush(self) -> None:
        """Bytes go on when there are enough, or with the end."""

    def end(self, failure: EngineError | None) -> None:
        """Send what is left, and the end; nothing is left of a result that failed."""
        with contextlib.suppress(_AbandonedError):
            if self._buffer:
                self._put(bytes(self._buffer))
            self._put(failure)

    def items(self) -> Iterator[bytes]:
        """What was written, until its end."""
        while (item := self._queue.get()) is not None:
            if isinstance(item, EngineError):
                raise item
            yield item

    def abandon(self) -> None:
        """Let the writing end stop."""
        self._abandoned.set()
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait()

    def _put(self, item: bytes | EngineError | None) -> None:
        if self._abandoned.is_set():
            raise _AbandonedError
        self._queue.put(item)
        if self._abandoned.is_set():
            raise _AbandonedError


def _rewrite(reading: _Reader, pipe: _Pipe, kind: Kind, media_type: str, wanted: str) -> None:
    source, target = cast(IO[bytes], reading), cast(IO[bytes], pipe)
    if kind == "graph":
        triples = parse(source, format=_rdf(media_type))
        serialize((quad.triple for quad in triples), target, _rdf(wanted))
        return
    results = parse_query_results(source, format=QueryResultsFormat.from_media_type(media_type))
    if not isinstance(results, QuerySolutions):
        raise UpstreamError("the store answered a SELECT with a boolean")
    results.serialize(target, QueryResultsFormat.from_media_type(wanted))


def _rdf(media_type: str) -> RdfFormat:
    form = RdfFormat.from_media_type(media_type)
    assert form is not None
    return form


def _malformed(error: BaseException) -> EngineError:
    if isinstance(error, EngineError):
        return error
    return UpstreamError(f"the store's answer is malformed: {error}")
