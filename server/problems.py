"""What goes wrong, said to the client: problem details (RFC 9457), or a plain page for a browser."""

from __future__ import annotations

import json
import logging
from typing import Any

from flask import Flask, Response, request
from pyoxigraph import RdfFormat, parse
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from innograph.server import negotiation
from innograph.server.engine import BadQueryError, EngineError, InvalidGraphError
from innograph.server.observing import OUTCOME, REQUEST_ID
from innograph.server.pages import problem_page
from innograph.server.protocol import ProtocolError
from innograph.server.writing import write

PROBLEM = negotiation.Format("problem", "application/problem+json", ("application/json",))
DRAINED = 32 << 20
log = logging.getLogger("innograph")


def register(app: Flask) -> None:
    """Answer every error of an application as a problem; nothing ends in a traceback."""
    app.register_error_handler(EngineError, engine_error)
    app.register_error_handler(ProtocolError, protocol_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """A problem as its own media type, or as a page where the client prefers HTML."""
    if negotiation.choose((PROBLEM, negotiation.HTML), request.headers.get("Accept")) is negotiation.HTML:
        body = problem_page(status, title, detail, more)
        response = Response(body, status, content_type=negotiation.HTML.content_type)
    else:
        content = {"type": "about:blank", "title": title, "status": status, "detail": detail} | more
        if REQUEST_ID in request.environ:
            content["request_id"] = request.environ[REQUEST_ID]
        response = Response(
            json.dumps(content, ensure_ascii=False) + "\n", status, content_type=PROBLEM.media_type
        )
    response.headers["Cache-Control"] = "no-store"
    return response


def engine_error(error: EngineError) -> Response:
    """The problem of a query: a parse error has its line and column, an ended query a time to wait."""
    more: dict[str, Any] = {}
    detail = str(error)
    request.environ[OUTCOME] = error.title.lower()
    if isinstance(error, BadQueryError) and error.line is not None:
        more = {"line": error.line, "column": error.column}
        detail = f"line {error.line}, column {error.column}: {detail}"
    if isinstance(error, InvalidGraphError):
        report = negotiation.choose((PROBLEM, *negotiation.TRIPLES), request.headers.get("Accept"))
        if report is not None and report is not PROBLEM:
            return _report(error, report)
        more = {"findings": error.findings}
    drain()
    response = problem(error.status, error.title, detail, **more)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _report(error: InvalidGraphError, form: negotiation.Format) -> Response:
    """What is wrong as a `sh:ValidationReport` (SHACL, section 3.6)."""
    body = write(parse(error.report, format=RdfFormat.N_TRIPLES), form)
    response = Response(body, error.status, content_type=form.content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def protocol_error(error: ProtocolError) -> Response:
    """The problem of a request that the protocol does not allow."""
    drain()
    response = problem(error.status, error.title, str(error))
    response.headers.update(error.headers)
    return response


def http_error(error: HTTPException) -> Response:
    """The problem of what Flask itself refuses, with the headers that belong to it (Allow, say)."""
    drain()
    detail = error.description or error.name
    if isinstance(error, RequestEntityTooLarge) and request.max_content_length:
        detail = f"the request is longer than the {request.max_content_length} bytes that are read here"
    response = problem(error.code or 500, error.name, detail)
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def drain() -> None:
    """Read for a while what nobody wanted, so that the client can finish sending and read the answer."""
    if request.method not in ("POST", "PUT", "PATCH", "QUERY"):
        return
    remaining = DRAINED
    body = request.environ["wsgi.input"]
    while remaining > 0 and (chunk := body.read(min(remaining, 1 << 16))):
        remaining -= len(chunk)


def unexpected(error: Exception) -> Response:
    """A defect of ours: logged whole, told in one sentence."""
    log.exception("unexpected error in request %s", request.environ.get(REQUEST_ID))
    return problem(500, "Internal error", "something of ours went wrong; it has been logged")
