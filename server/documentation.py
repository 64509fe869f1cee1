"""`/docs/` and `/shapes`: the documentation and the rules, as pages of the site.

The documents are those of `docs/`, which is a part of the package; the rules are read from `shapes/`.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request

from innograph.server import caching, negotiation
from innograph.server.memento import asked_snapshot
from innograph.server.pages import documents, rules
from innograph.server.writing import write

blueprint = Blueprint("documentation", __name__)


@blueprint.get("/docs/")
def index() -> Response:
    """What there is to read."""
    return documents.index_page(asked_snapshot())


@blueprint.get("/docs/<path:name>")
def document(name: str) -> Response:
    """One document as a page; pictures, notebooks and texts beside them as files."""
    if name.endswith((".md", ".html")):
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return redirect(f"/docs/{name.rpartition('.')[0]}{query}", 301)  # type: ignore[return-value]
    if name in documents.documents():
        return documents.document_page(asked_snapshot(), name)
    found = documents.attachment(name)
    if found is None:
        abort(404, f"there is no document {name}; /docs/ lists what there is")
    content, media_type, version = found
    response = Response(content, content_type=media_type)
    response.set_etag(version)
    response.headers["Cache-Control"] = "public, no-cache"
    return response.make_conditional(request.environ)  # type: ignore[return-value]


@blueprint.get("/shapes")
def shapes() -> Response:
    """The rules, as a page or as RDF: the document that the IRIs of the shapes lead to."""
    offered = (*negotiation.TRIPLES, negotiation.HTML)
    wanted = request.args.get("format")
    accept = request.headers.get("Accept")
    form = negotiation.by_name(offered, wanted) if wanted else negotiation.choose(offered, accept)
    if form is None:
        abort(406, f"this is served as one of {', '.join(offer.media_type for offer in offered)}")
    if form is negotiation.HTML:
        return rules.rules_page(asked_snapshot())
    snapshot = asked_snapshot()
    tag = caching.etag(snapshot.release, "shapes", rules.edition(), form.name)
    if unchanged := caching.not_modified(tag):
        return unchanged
    return caching.tagged(Response(write(rules.triples(), form), content_type=form.content_type), tag)


@blueprint.get("/shapes/<path:name>")
def rule(name: str) -> Response:
    """One rule, with an example that breaks it."""
    if name not in rules.rules():
        abort(404, f"there is no rule {name}; /shapes lists what there is")
    return rules.rule_page(asked_snapshot(), name)
