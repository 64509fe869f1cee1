"""`/catalog` and `/.well-known/void`: what is here, in DCAT and VoID, with the release that is served."""

from __future__ import annotations

from flask import Blueprint, Response, request
from pyoxigraph import Literal, NamedNode, Triple

from innograph.ontology.namespaces import ADMS, DCAT, DCTERMS, SPDX, XSD, Names
from innograph.server import negotiation
from innograph.server.context import context
from innograph.server.engine import ReleaseInfo, Snapshot
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
    snapshot = context().engine.snapshot()
    if form is negotiation.HTML:
        return catalog_page(snapshot)
    return rdf_response(described(snapshot), snapshot.release)


@blueprint.get("/.well-known/void")
def void() -> Response:
    """The VoID description at its well-known place (VoID, section 6.2)."""
    snapshot = context().engine.snapshot()
    return rdf_response(described(snapshot), snapshot.release)


def described(snapshot: Snapshot) -> list[Triple]:
    """The stored catalogue, and what only the server knows: which release this is."""
    names = Names(snapshot.release.base)
    triples = snapshot.construct(_CATALOG, catalog=names.graph("catalog"))
    return [*triples, *release_triples(snapshot.release, names)]


def release_triples(release: ReleaseInfo, names: Names) -> list[Triple]:
    """The whole dataset's version: number, date and checksum of the release, where they are known."""
    if not release.identity:
        return []
    whole, checksum = names.iri("dataset/all"), names.iri("dataset/all/checksum")
    triples = [
        Triple(whole, DCAT.version, Literal(str(release.number))),
        Triple(whole, DCTERMS.issued, Literal(release.created, datatype=XSD.dateTime)),
        Triple(whole, ADMS.versionNotes, Literal(release.message, language="en")),
    ]
    if release.checksum:
        value = Literal(release.checksum, datatype=XSD.hexBinary)
        triples += [
            Triple(whole, SPDX.checksum, checksum),
            Triple(checksum, SPDX.algorithm, NamedNode(f"{SPDX}checksumAlgorithm_sha256")),
            Triple(checksum, SPDX.checksumValue, value),
        ]
    return triples
