"""What the answer to a request depends on: pure functions from a request to the key of its answer.

Every way to ask a query (GET, POST of a form, POST of the text) and every Accept header that chooses the
same formats have one key. Everything else is keyed by what the request says, word for word.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from innograph.server import negotiation
from innograph.server.engine import Accepted
from innograph.server.protocol import (
    FORM,
    Parameters,
    ProtocolError,
    QueryOperation,
    media_type,
    parameters,
    query_operation,
)
from innograph.server.sparql import wants_page

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

Key = tuple[Any, ...]


class Normal(NamedTuple):
    """A query, the formats that its client takes, and the request's parameters that are not the protocol's."""

    operation: QueryOperation
    accepted: Accepted
    others: tuple[tuple[str, str], ...]


class Asked(NamedTuple):
    """What the answer to a request depends on, but for the release.

    `held` is how many characters of the request the key may hold; `query` is None where it asks none.
    """

    key: Key
    held: int
    query: Normal | None


MAX_BODY = 1 << 16  # a longer POST is not looked up
REMEMBERED = 4096  # the longest request whose normal form is remembered
SHORT = 200  # the longest Accept-Encoding that is remembered
OF_A_QUERY = frozenset({"query", "default-graph-uri", "named-graph-uri", "format", "timeout"})
# Requests for something else than the whole answer, or whose body is not what it seems.
PASSED_ON = frozenset(
    {
        "HTTP_ACCEPT_DATETIME",
        "HTTP_RANGE",
        "HTTP_IF_MATCH",
        "HTTP_IF_UNMODIFIED_SINCE",
        "HTTP_IF_MODIFIED_SINCE",
        "HTTP_CONTENT_ENCODING",
    }
)


def asked_by(environ: WSGIEnvironment) -> Asked | None:
    """What a request asks; None where the answer is not one to keep."""
    if not PASSED_ON.isdisjoint(environ):
        return None
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    content_type, body = None, b""
    if method == "POST" and path == "/sparql" and "HTTP_IF_NONE_MATCH" not in environ:
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdecimal() or int(length) > MAX_BODY:
            return None
        content_type = environ.get("CONTENT_TYPE")
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
    elif method not in ("GET", "HEAD"):
        return None
    text, accept = environ.get("QUERY_STRING", ""), environ.get("HTTP_ACCEPT")
    host = environ.get("HTTP_HOST", "")  # some answers name the address that they were asked at
    held = len(path) + len(text) + len(body) + len(accept or "") + len(host)
    where = (environ["wsgi.url_scheme"], host, gzip(environ.get("HTTP_ACCEPT_ENCODING")))
    if path == "/sparql":
        query = _normal_query(method, text, content_type, body, accept)
        if query is not None:
            # one flat tuple, because it is hashed several times for each request
            return Asked((*where, *query.operation, *query.accepted, query.others), held, query)
    if method == "POST":
        return None
    language = environ.get("HTTP_ACCEPT_LANGUAGE")
    return Asked((*where, path, text, accept, language), held + len(language or ""), None)


def gzip(accept_encoding: str | None) -> bool:
    """Whether a client takes gzip."""
    if not accept_encoding:
        return False
    return (_gzip_remembered if len(accept_encoding) <= SHORT else _gzip)(accept_encoding)


def _gzip(accept_encoding: str) -> bool:
    return parse_accept_header(accept_encoding, Accept).quality("gzip") > 0


def _normal_query(
    method: str, text: str, content_type: str | None, body: bytes, accept: str | None
) -> Normal | None:
    """What a request of the query endpoint asks; None where it is no query, or its answer is a page."""
    if len(text) + len(body) + len(accept or "") > REMEMBERED:
        return _normalize(method, text, content_type, body, accept)
    return _remembered(method, text, content_type, body, accept)


def _normalize(
    method: str, text: str, content_type: str | None, body: bytes, accept: str | None
) -> Normal | None:
    try:
        url = parameters(text.encode("latin-1"))
        operation = query_operation(method, url, content_type, body)
        if operation is None:
            return None
        form = media_type(content_type) == FORM
        extras = Parameters(url.pairs + parameters(body).pairs) if form else url
        if wants_page(extras, operation, accept):
            return None
        extras.positive("timeout")  # a senseless one is refused, however well the answer is known
        accepted = negotiation.accepted(accept, extras.one("format"))
    except (ProtocolError, UnicodeError):
        return None
    return Normal(operation, accepted, tuple(pair for pair in extras.pairs if pair[0] not in OF_A_QUERY))


_remembered = lru_cache(maxsize=1024)(_normalize)
_gzip_remembered = lru_cache(maxsize=256)(_gzip)
