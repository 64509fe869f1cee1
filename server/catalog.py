"""`/catalog` and `/.well-known/void`: what is here, in DCAT and VoID, with the release that is served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode, Triple

from innograph.ontology.namespaces import DCAT, Names
from innograph.server import downloads, negotiation, versions
from innograph.server.context import context
from innograph.server.engine import Snapshot
from innograph.server.memento import asked_snapshot
from innograph.server.pages import catalog_page
from innograph.server.writing import rdf_response

blueprint = Blueprint("catalog", __name__)

_CATALOG = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?catalog { ?s ?p ?o } }"


@blueprint.get("/catalog")
def catalog() -> Response:
    """The catalogue, as a page or as RDF."""
    offered = (*negotiation.GRAPH, negotiation.HTML)
    wanted = request.args.get("format")
    accept = request.headers.get("Accept")
    form = negotiation.by_name(offered, wanted) if wanted else negotiation.choose(offered, accept)
    snapshot = asked_snapshot()
    if form is negotiation.HTML:
        return catalog_page(snapshot)
    return _rdf(snapshot)


@blueprint.get("/.well-known/void")
def void() -> Response:
    """The VoID description at its well-known place (VoID, section 6.2)."""
    return _rdf(asked_snapshot())


def _rdf(snapshot: Snapshot) -> Response:
    triples = [*described(snapshot), *downloads.distributions(snapshot.release)]
    response = rdf_response(triples, snapshot.release)
    if context().exports.awaited(snapshot.release):
        response.headers["Cache-Control"] = "no-cache"  # it will say more as soon as the files are written
    return response


def described(snapshot: Snapshot) -> list[Triple]:
    """The stored catalogue, and what only the server knows: which release this is."""
    release, names = snapshot.release, Names(snapshot.release.base)
    triples = snapshot.construct(_CATALOG, catalog=names.graph("catalog"))
    if not release.identity:  # a store elsewhere that does not tell which release it holds
        return triples
    triples += list(_addressed(triples, names))
    sources = {triple.object for triple in triples if triple.predicate == DCAT.dataset}
    return [*triples, *versions.whole(release, names, sources)]


def _addressed(triples: Iterable[Triple], names: Names) -> Iterator[Triple]:
    """Where the endpoint really is: what is stored names it by the base of the graph's IRIs."""
    stored, real = names.iri("sparql"), NamedNode(context().address("sparql"))
    for triple in triples:
        if triple.object == stored and real != stored:
            yield Triple(triple.subject, triple.predicate, real)
