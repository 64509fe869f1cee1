"""`/sparql`: the query operation of the SPARQL 1.1 Protocol, and the service description."""

from __future__ import annotations

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from innograph.server import caching, limits, negotiation, openapi
from innograph.server.context import context
from innograph.server.engine import Query
from innograph.server.memento import asked_release
from innograph.server.observing import QUERY
from innograph.server.pages import query_page
from innograph.server.protocol import (
    QUERY_METHODS,
    Parameters,
    QueryOperation,
    parameters,
    query_operation,
)
from innograph.server.responses import options
from innograph.server.service_description import describe_service
from innograph.server.truncation import unmistakable
from innograph.server.writing import rdf_response

blueprint = Blueprint("sparql", __name__)


@blueprint.after_request
def state_limits(response: Response) -> Response:
    """Say on every answer, refusals too, what the endpoint allows and where it is described (RFC 8631)."""
    response.headers["Innograph-Limits"] = limits.header(context().settings)
    response.headers["Link"] = (
        '</sparql>; rel="describedby"; type="text/turtle",'
        ' </openapi.json>; rel="service-desc"; type="application/json"'
    )
    return response


METHODS = ["GET", "POST", "QUERY", "PUT", "PATCH", "DELETE", "OPTIONS"]
DATASET = (
    openapi.parameter("default-graph-uri", openapi.IRIS, "graphs that make up the default graph"),
    openapi.parameter("named-graph-uri", openapi.IRIS, "graphs that GRAPH sees"),
)
OURS = (
    openapi.FORMAT,
    openapi.RELEASE,
    openapi.parameter("timeout", {"type": "number", "exclusiveMinimum": 0}, "seconds that it may take"),
)
ANSWERS = {
    "200": {
        "description": "the result; without a query the service description",
        "content": openapi.content(f.media_type for f in (*negotiation.SOLUTIONS, *negotiation.GRAPH)),
    }
}


@blueprint.route("/sparql", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
@openapi.documented(
    get={
        "parameters": (openapi.parameter("query", openapi.STRING, "SPARQL"), *DATASET, *OURS),
        "responses": ANSWERS,
    },
    post={
        "parameters": (*DATASET, *OURS),
        "body": openapi.body(
            ["application/sparql-query"],
            form={"type": "object", "properties": {"query": openapi.STRING}, "required": ["query"]},
        ),
        "responses": ANSWERS,
    },
)
def sparql() -> Response:
    """Answer a query; without one, the editor for a browser, the service description for the rest."""
    if request.method == "OPTIONS":
        return options(QUERY_METHODS)
    request.max_content_length = context().settings.max_query_bytes
    url = parameters(request.query_string)
    body = request.get_data() if request.method in ("POST", "QUERY") else b""
    operation = query_operation(request.method, url, request.content_type, body)
    extras = Parameters(url.pairs + _form(body)) if body else url
    if wants_page(extras, operation, request.headers.get("Accept")):
        return query_page(operation, extras)
    if operation is None:
        service = NamedNode(context().address("sparql#service"))
        return rdf_response(describe_service(), context().engine.snapshot().release, about=service)
    return answer(operation, extras)


def answer(operation: QueryOperation, extras: Parameters) -> Response:
    """Evaluate a query and stream its result.

    `extras` are our own parameters: `format`, `release`, `timeout`.
    """
    request.environ[QUERY] = operation.text
    query = engine_query(operation, extras)
    release = context().engine.snapshot(query.release).release
    tag = caching.etag(release, *operation, *query.accepted)
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
    return Query(
        operation.text,
        negotiation.accepted(request.headers.get("Accept"), extras.one("format")),
        release=asked_release(extras),
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
    return negotiation.prefers_page(accept, query=operation is not None)
