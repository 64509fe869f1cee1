"""Headers that every response carries: CORS, negotiation, security; and compression of bodies."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from flask import Flask, Response, request

from innograph.server.responses import empty

SMALL = 600
COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/problem+json",
    "application/sparql-results",
    "image/svg+xml",
)
RDF = (
    "application/ld+json",
    "application/rdf+xml",
    "application/n-triples",
    "application/trig",
    "application/n-quads",
)
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; font-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
EXPOSED = (
    "Accept-Ranges, Content-Disposition, Content-Location, Content-Range, ETag, Link, Location, Memento-Datetime,"
    " Retry-After, Vary, Innograph-Limits, Innograph-Release, X-Request-Id"
)


def register(app: Flask) -> None:
    """Give every response of an application these headers."""
    app.before_request(preflight)
    app.after_request(finish)


def preflight() -> Response | None:
    """Answer a CORS preflight (Fetch standard, "CORS-preflight fetch")."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    response = empty(204)
    response.headers["Access-Control-Allow-Methods"] = "DELETE, GET, HEAD, OPTIONS, POST, PUT, QUERY"
    response.headers["Access-Control-Allow-Headers"] = (
        "Accept, Accept-Datetime, Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id, traceparent"
    )
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def finish(response: Response) -> Response:
    """Add what belongs on every response; compress it where the client allows it."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = EXPOSED
    response.vary.update(("Accept", "Accept-Encoding"))
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    if request.accept_encodings.quality("gzip") > 0 and _worth_compressing(response):
        compress(response)
    return response


def _worth_compressing(response: Response) -> bool:
    if response.status_code != 200 or "Content-Encoding" in response.headers:
        return False
    if "no-transform" in response.headers.get("Cache-Control", ""):  # RFC 9111, section 5.2.2.6
        return False
    if not response.is_streamed and (response.calculate_content_length() or 0) < SMALL:
        return False
    return (response.mimetype or "").startswith(COMPRESSIBLE + RDF)


def compress(response: Response) -> None:
    """Compress a body; the compressed variant has a strong tag of its own."""
    response.headers["Content-Encoding"] = "gzip"
    tag, weak = response.get_etag()
    if tag and not weak:
        response.set_etag(f"{tag}-gzip")
    if response.is_streamed:
        response.headers.pop("Content-Length", None)
        chunks = response.response
        response.response = _gzip_stream(chunks)  # type: ignore[arg-type]
        close = getattr(chunks, "close", None)
        if close:
            response.call_on_close(close)
    elif request.method != "HEAD":
        response.set_data(_gzip(response.get_data()))


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(5, wbits=31)
    return packer.compress(data) + packer.flush()


def _gzip_stream(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Compress as it comes; the first bytes are not held back."""
    packer = zlib.compressobj(1, wbits=31)
    first = True
    for chunk in chunks:
        packed = packer.compress(chunk)
        if first:
            packed += packer.flush(zlib.Z_SYNC_FLUSH)
            first = False
        if packed:
            yield packed
    yield packer.flush()
