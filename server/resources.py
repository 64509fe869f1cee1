"""Linked data: `/{path of a stored IRI}` redirects to the thing's document (303), in the format wanted.

An IRI names a thing, which is not a document (Cool URIs for the Semantic Web, section 4.2). Documents
are at suffixes: `.html .ttl .jsonld .nt .rdf`, and `.csv .json` where there are observations.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, request
from pyoxigraph import NamedNode

from innograph.ontology.namespaces import INNO
from innograph.server import caching, negotiation, tables, versions
from innograph.server.context import context
from innograph.server.describing import describe, describe_vocabulary, exists
from innograph.server.engine import ReleaseInfo, Snapshot
from innograph.server.engine.errors import NotAcceptableError
from innograph.server.memento import asked_snapshot, dated
from innograph.server.negotiation import Format
from innograph.server.pages import resource_page
from innograph.server.pages.links import SAFE
from innograph.server.writing import rdf_response

blueprint = Blueprint("resources", __name__)

TABLES = (Format("csv", "text/csv", (), charset=True), Format("json", "application/json"))
DOCUMENTS = (negotiation.HTML, *negotiation.TRIPLES)
PLACES = ("", "sparql", "catalog", ".well-known/void", "search", "compare", "about", "download", "graphs")
VOCABULARY = NamedNode(str(INNO).rstrip("#"))


@blueprint.get("/<path:path>")
def resource(path: str) -> Response:
    """The document at a suffixed path, or the way to it for a thing."""
    snapshot = asked_snapshot()
    thing = stored_iri(snapshot, path)
    if thing is not None:
        return _see_other(snapshot, thing, path)
    stem, dot, suffix = path.rpartition(".")
    form = next((f for f in (*DOCUMENTS, *TABLES) if f.name == suffix), None)
    thing = stored_iri(snapshot, stem) if dot and form else None
    if thing is None or form is None:
        abort(404, f"nothing is known of /{path}; the home page leads to what there is")
    return document(snapshot, thing, form, stem)


def stored_iri(snapshot: Snapshot, path: str) -> NamedNode | None:
    """The IRI at a path of this site, if the graph knows it, whatever host the site runs on.

    The path arrives decoded: the IRI may have its characters encoded, or as they are.
    """
    if path == "ontology" and exists(snapshot, VOCABULARY):
        return VOCABULARY
    for form in dict.fromkeys((quote(path, safe=SAFE), path)):
        try:
            iri = NamedNode(snapshot.release.base + form)
        except ValueError:  # not an IRI at all
            continue
        if exists(snapshot, iri):
            return iri
    return None


def is_served(path: str, published: Sequence[ReleaseInfo]) -> bool:
    """Whether there is, or was in a release that is kept, something at a path whose answer depends on the data."""
    if path in PLACES:
        return True
    stem, dot, suffix = path.rpartition(".")
    known = dot and suffix in {form.name for form in (*DOCUMENTS, *TABLES)}
    for release in reversed(published):
        snapshot = context().engine.snapshot(release.number)
        if stored_iri(snapshot, path) or (known and stored_iri(snapshot, stem)):
            return True
    return False


def document(snapshot: Snapshot, thing: NamedNode, form: Format, path: str) -> Response:
    """The document of a thing in one format."""
    if form is negotiation.HTML:
        return resource_page(snapshot, thing, path)
    if form in TABLES:
        return _signposted(_table(snapshot, thing, form), path, "collection")
    vocabulary = thing == VOCABULARY
    triples = describe_vocabulary(snapshot, thing) if vocabulary else describe(snapshot, thing)
    if path.startswith("dataset/") and snapshot.release.identity:
        triples += versions.of_dataset(thing, snapshot.release)
    return _signposted(rdf_response(triples, snapshot.release, form, about=thing), path, "describes")


def _signposted(response: Response, path: str, relation: str) -> Response:
    """A document that leads back to the page of its thing (Signposting, level 1)."""
    page = f"/{quote(path, safe=SAFE)}.html"
    response.headers["Link"] = f'<{page}>; rel="{relation}"; type="text/html"'
    return response


def _see_other(snapshot: Snapshot, thing: NamedNode, path: str) -> Response:
    offered: tuple[Format, ...] = DOCUMENTS
    if tables.has_rows(snapshot, thing):
        offered += TABLES
    wanted = request.args.get("format")
    accept = request.headers.get("Accept")
    form = negotiation.by_name(offered, wanted) if wanted else negotiation.choose(offered, accept)
    if form is None:
        raise NotAcceptableError(f"this is served as one of {', '.join(f.media_type for f in offered)}")
    pairs = [p for p in request.query_string.decode("latin-1").split("&") if not p.startswith("format=")]
    if dated():
        pairs.append(f"release={snapshot.release.number}")
    kept = "&".join(filter(None, pairs))
    location = f"/{quote(path, safe=SAFE)}.{form.name}" + (f"?{kept}" if kept else "")
    response = redirect(location, 303)
    response.headers["Cache-Control"] = "public, no-cache"
    return response  # type: ignore[return-value]


def _table(snapshot: Snapshot, thing: NamedNode, form: Format) -> Response:
    if not tables.has_rows(snapshot, thing):
        abort(
            404, "this thing has no observations: tables exist for cities, indicators, sources and datasets"
        )
    tag = caching.etag(snapshot.release, request.path, form.name)
    if unchanged := caching.not_modified(tag):
        return unchanged
    rows = tables.rows(snapshot, thing)
    content = tables.as_csv(rows) if form.name == "csv" else tables.as_json(rows)
    response = Response(content, content_type=form.content_type)
    response.headers["Innograph-Release"] = str(snapshot.release.number)
    return caching.tagged(response, tag)
