"""`/sparql`: the query operation of the SPARQL 1.1 Protocol, and the service description."""

from __future__ import annotations

from flask import Blueprint, Response, request

from innograph.server import caching, negotiation
from innograph.server.context import context
from innograph.server.engine import Query
from innograph.server.observing import QUERY
from innograph.server.pages import query_page
from innograph.server.protocol import Parameters, QueryOperation, parameters, query_operation
from innograph.server.service_description import describe_service
from innograph.server.truncation import unmistakable
from innograph.server.writing import rdf_response

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def sparql() -> Response:
    """Answer a query; without one, the editor for a browser, the service description for the rest."""
    request.max_content_length = context().settings.max_query_bytes
    url = parameters(request.query_string)
    body = request.get_data() if request.method == "POST" else b""
    operation = query_operation(request.method, url, request.content_type, body)
    extras = url if operation is None or request.method == "GET" else Parameters(url.pairs + _form(body))
    if wants_page(extras, operation, request.headers.get("Accept")):
        return query_page(operation, extras)
    if operation is None:
        return rdf_response(describe_service(), context().engine.snapshot().release)
    return answer(operation, extras)


def answer(operation: QueryOperation, extras: Parameters) -> Response:
    """Evaluate a query and stream its result.

    `extras` are our own parameters: `format`, `release`, `timeout`.
    """
    request.environ[QUERY] = operation.text
    query = engine_query(operation, extras)
    release = context().engine.snapshot(query.release).release
    tag = caching.etag(release, operation, query.accepted)
    steady = not caching.volatile(operation.text)
    if steady and (unchanged := caching.not_modified(tag)):
        return unchanged
    result = context().engine.query(query)
    body = result.body if isinstance(result.body, list) else unmistakable(result.body, result.media_type)
    response = Response(body, content_type=negotiation.content_type(result.media_type))
    response.call_on_close(result.close)
    response.headers["Innograph-Release"] = str(result.release.number)
    if steady and result.release.identity == release.identity:
        return caching.tagged(response, tag)
    response.headers["Cache-Control"] = "no-store"
    return response


def engine_query(operation: QueryOperation, extras: Parameters) -> Query:
    """The engine's query of an operation and our own parameters.

    Raises:
        ProtocolError: a parameter makes no sense.
    """
    release = extras.positive("release")
    return Query(
        operation.text,
        negotiation.accepted(request.headers.get("Accept"), extras.one("format")),
        release=int(release) if release else None,
        default_graphs=operation.default_graphs,
        named_graphs=operation.named_graphs,
        timeout=extras.positive("timeout"),
    )


def _form(body: bytes) -> tuple[tuple[str, str], ...]:
    form = request.mimetype == "application/x-www-form-urlencoded"
    return parameters(body).pairs if form else ()


def wants_page(extras: Parameters, operation: QueryOperation | None, accept: str | None) -> bool:
    """Whether a person asks: HTML is wanted before any RDF or result format, and no format is named."""
    if extras.all("format"):
        return extras.one("format") == "html"
    offered = negotiation.GRAPH if operation is None else (*negotiation.SOLUTIONS, *negotiation.GRAPH)
    return negotiation.choose((*offered, negotiation.HTML), accept) is negotiation.HTML
