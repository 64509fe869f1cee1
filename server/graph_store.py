"""`/graphs`: the SPARQL 1.1 Graph Store HTTP Protocol.

A graph is named by `?graph=IRI` or `?default` (section 4.2, indirect), or is the request's own address
below `/graphs/` (section 4.1, direct).
"""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from innograph.server import caching, negotiation
from innograph.server.authorization import require_token
from innograph.server.context import context
from innograph.server.engine import Document, NotAcceptableError
from innograph.server.protocol import ProtocolError, media_type, parameters
from innograph.server.truncation import unmistakable

blueprint = Blueprint("graph_store", __name__)

METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH"]
ALLOW = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
MULTIPART = "multipart/form-data"


@blueprint.route("/graphs", methods=METHODS)
def indirect() -> Response:
    """An operation on the graph that the address's parameters name, or on the store itself."""
    url = parameters(request.query_string)
    default, graph = url.all("default"), url.one("graph")
    if default and graph is not None:
        raise ProtocolError(400, "Bad request", "both ?default and ?graph are given: name one graph")
    if default:
        return operation(None)
    if graph is not None:
        return operation(_iri(graph))
    if request.method == "POST":
        return _create()
    raise ProtocolError(400, "Bad request", "name a graph: ?default, or ?graph= and its IRI")


@blueprint.route("/graphs/<path:path>", methods=METHODS)
def direct(path: str) -> Response:
    """An operation on the graph that the address is the IRI of."""
    return operation(_iri(context().address("graphs/" + quote(path, safe="/:@!$&'()*+,;=~%-._"))))


def operation(graph: str | None) -> Response:
    """Do what the method asks with one graph; None is the default graph (section 5)."""
    if request.method in ("GET", "HEAD"):
        return _read(graph)
    if request.method not in ("PUT", "POST", "DELETE"):
        raise ProtocolError(
            405, "Method not allowed", f"{request.method} is not an operation here", {"Allow": ALLOW}
        )
    require_token()
    if request.method == "DELETE":
        context().engine.delete_graph(graph)
        return _done(204)
    with _documents() as documents:
        base = graph or context().address("graphs")
        created = context().engine.write_graph(graph, documents, base, replace=request.method == "PUT")
    return _done(201 if created else 204)


def _read(graph: str | None) -> Response:
    url = parameters(request.query_string)
    wanted, accept = url.one("format"), request.headers.get("Accept")
    offered = negotiation.TRIPLES
    form = negotiation.by_name(offered, wanted) if wanted else negotiation.choose(offered, accept)
    if form is None:
        raise NotAcceptableError(f"a graph is served as one of {', '.join(f.media_type for f in offered)}")
    release = url.positive("release")
    number = int(release) if release else None
    info = context().engine.snapshot(number).release
    tag = caching.etag(info, "graph", graph, form.name)
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
    graph = context().address(f"graphs/{uuid.uuid4()}")
    with _documents() as documents:
        context().engine.write_graph(graph, documents, graph, replace=False)
    response = _done(201)
    response.headers["Location"] = graph
    return response


@contextlib.contextmanager
def _documents() -> Iterator[list[Document]]:
    """The documents of a request, put into files: they are parsed elsewhere.

    Raises:
        ProtocolError: 415 for what is not RDF triples.
    """
    request.max_content_length = context().settings.max_upload_bytes
    request.max_form_memory_size = context().settings.max_upload_bytes
    if request.content_encoding:
        raise ProtocolError(415, "Unsupported media type", "send the body without Content-Encoding")
    with tempfile.TemporaryDirectory(prefix="innograph-") as folder:
        documents = []
        if request.mimetype == MULTIPART:
            for number, part in enumerate(request.files.values()):
                path = Path(folder) / str(number)
                part.save(path)
                documents.append(Document(path, _triples_type(part.content_type or _by_name(part.filename))))
            for number, (_, text) in enumerate(request.form.items(multi=True)):
                path = Path(folder) / f"field-{number}"
                path.write_text(text, "utf-8")
                documents.append(Document(path, "text/turtle"))
            if not documents:
                raise ProtocolError(400, "Bad request", "the multipart body has no part")
        else:
            form = _triples_type(request.content_type)
            path = Path(folder) / "body"
            path.write_bytes(request.get_data(cache=False))
            documents.append(Document(path, form))
        yield documents


def _triples_type(content_type: str | None) -> str:
    kind = media_type(content_type)
    form = next((f for f in negotiation.TRIPLES if kind == f.media_type or kind in f.aliases), None)
    if form is None:
        names = ", ".join(f.media_type for f in negotiation.TRIPLES)
        raise ProtocolError(
            415, "Unsupported media type", f"a graph is sent as one of {names}, not as {kind or 'nothing'}"
        )
    return form.media_type


def _by_name(filename: str | None) -> str | None:
    suffix = (filename or "").rpartition(".")[2]
    form = negotiation.by_name(negotiation.TRIPLES, suffix)
    return form.media_type if form else None


def _iri(text: str) -> str:
    try:
        return NamedNode(text).value
    except ValueError as error:
        raise ProtocolError(400, "Bad request", f"{text!r} is no absolute IRI: {error}") from None


def _done(status: int) -> Response:
    response = Response(status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
