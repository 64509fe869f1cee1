"""`/graphs`: the SPARQL 1.1 Graph Store HTTP Protocol.

A graph is named by `?graph=IRI` or `?default` (section 4.2, indirect), or is the request's own address
below `/graphs/` (section 4.1, direct).
"""

from __future__ import annotations

import uuid
from urllib.parse import quote

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from innograph.server import caching, negotiation, openapi
from innograph.server.authorization import require_token
from innograph.server.context import context
from innograph.server.engine import Precondition
from innograph.server.engine.errors import BadQueryError, NotAcceptableError
from innograph.server.memento import asked_release
from innograph.server.preconditions import graph_tag, precondition
from innograph.server.protocol import Parameters, ProtocolError, method_not_allowed, parameters
from innograph.server.responses import empty, options
from innograph.server.truncation import unmistakable
from innograph.server.uploads import documents

blueprint = Blueprint("graph_store", __name__)

METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"]
WRITTEN = {
    "201": {"description": "done: the graph is new"},
    "204": {"description": "done: the graph was there"},
}
READ = {"200": {"description": "the graph", "content": openapi.content(openapi.TRIPLES)}}
SENT = openapi.body(
    openapi.TRIPLES,
    multipart={"type": "object", "additionalProperties": {"type": "string", "format": "binary"}},
)
NAMED = (
    openapi.parameter("graph", openapi.IRI, "the graph's IRI"),
    openapi.parameter("default", {"type": "string", "maxLength": 0}, "means the default graph"),
)


def _operations(*named: openapi.Object) -> dict[str, openapi.Object]:
    """What may be done with a graph that is named by some parameters."""
    write = {"token": True, "parameters": named, "body": SENT, "responses": WRITTEN}
    return {
        "get": {"parameters": (*named, openapi.FORMAT, openapi.RELEASE), "responses": READ},
        "put": write | {"summary": "Put a document in place of the graph."},
        "post": write | {"summary": "Merge a document into the graph, or make a graph of it."},
        "delete": {
            "summary": "Delete the graph.",
            "token": True,
            "parameters": named,
            "responses": {"204": {"description": "done"}},
        },
    }


ALLOW = "DELETE, GET, HEAD, OPTIONS, POST, PUT"


@blueprint.route("/graphs", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
@openapi.documented(**_operations(*NAMED))
def indirect() -> Response:
    """An operation on the graph that the address's parameters name, or on the store itself."""
    url = parameters(request.query_string)
    default, graph = url.all("default"), url.one("graph")
    if default and graph is not None:
        raise ProtocolError(400, "Bad request", "both ?default and ?graph are given: name one graph")
    if default:
        return operation(None, url)
    if graph is not None:
        return operation(_iri(graph), url)
    if request.method == "OPTIONS":
        return options(ALLOW)
    if request.method == "POST":
        return _create()
    if request.method in ALLOW.split(", "):
        raise ProtocolError(400, "Bad request", "name a graph: ?default, or ?graph= and its IRI")
    raise method_not_allowed(request.method, ALLOW)


@blueprint.route("/graphs/<path:path>", methods=METHODS, provide_automatic_options=False)
@openapi.documented(**_operations())
def direct(path: str) -> Response:
    """An operation on the graph that the address is the IRI of."""
    url = parameters(request.query_string)
    if url.all("default") or url.all("graph"):
        raise ProtocolError(400, "Bad request", "two graphs are named: by the path and by a parameter")
    # The bytes that the path stands for, encoded as they were: %2531 is not %31.
    encoded = quote(request.environ["PATH_INFO"].encode("latin-1"), safe="/:@!$&'()*+,;=~")
    return operation(_iri(context().address(encoded.lstrip("/"))), url)


def operation(graph: str | None, url: Parameters) -> Response:
    """Do what the method asks with one graph; None is the default graph (section 5)."""
    if request.method == "OPTIONS":
        return options(ALLOW)
    if request.method in ("GET", "HEAD"):
        return _read(graph, url)
    if request.method not in ("PUT", "POST", "DELETE"):
        raise method_not_allowed(request.method, ALLOW)
    require_token()
    wanted = precondition(graph)
    if request.method == "DELETE":
        context().engine.delete_graph(graph, wanted)
        return empty(204)
    if request.method == "POST" and _nothing_sent():
        return empty(204)
    base = graph or context().address("graphs")
    created = _write(graph, base, replace=request.method == "PUT", wanted=wanted)
    return empty(201 if created else 204)


def _write(graph: str | None, base: str, *, replace: bool, wanted: Precondition | None = None) -> bool:
    with documents(request, context().settings.max_upload_bytes) as sent:
        try:
            return context().engine.write_graph(graph, sent, base, replace=replace, precondition=wanted)
        except BadQueryError as error:
            if request.content_type:
                raise
            told = f"{error} (read as RDF/XML, since no Content-Type says what it is)"
            raise BadQueryError(told, error.line, error.column) from None


def _nothing_sent() -> bool:
    """Whether there is no body: a merge of nothing (section 5.5)."""
    return request.content_length == 0


def _read(graph: str | None, url: Parameters) -> Response:
    wanted, accept = url.one("format"), request.headers.get("Accept")
    offered = negotiation.TRIPLES
    form = negotiation.by_name(offered, wanted) if wanted else negotiation.choose(offered, accept)
    if form is None:
        raise NotAcceptableError(f"a graph is served as one of {', '.join(f.media_type for f in offered)}")
    number = asked_release(url)
    info = context().engine.snapshot(number).release
    tag = graph_tag(info.identity, graph, form)
    answer = context().engine.graph(graph, form.media_type, number)
    if unchanged := caching.not_modified(tag):
        answer.close()
        return unchanged
    body = answer.body if isinstance(answer.body, list) else unmistakable(answer.body, answer.media_type)
    response = Response(body, content_type=form.content_type)
    response.call_on_close(answer.close)
    response.headers["Innograph-Release"] = str(info.number)
    return caching.tagged(response, tag) if answer.release.identity == info.identity else response


def _create() -> Response:
    """Make a graph of what is posted to the store itself (section 5.5); its address is in Location."""
    require_token()
    if _nothing_sent():
        return empty(204)
    graph = context().address(f"graphs/{uuid.uuid4()}")
    _write(graph, graph, replace=False)
    response = empty(201)
    response.headers["Location"] = graph
    return response


def _iri(text: str) -> str:
    try:
        return NamedNode(text).value
    except ValueError as error:
        raise ProtocolError(400, "Bad request", f"{text!r} is no absolute IRI: {error}") from None
