"""The service description of the endpoint (SPARQL 1.1 Service Description, section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from innograph.ontology.namespaces import DCTERMS, FORMATS, RDF, SD, VOID, XSD
from innograph.server.context import context

RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
    "TriG",
    "N-Quads",
)


def describe_service() -> Iterator[Triple]:
    """The triples that describe the endpoint; it is addressed as its clients see it."""
    endpoint = context().address("sparql")
    release = context().engine.snapshot().release
    service, dataset, default = (
        NamedNode(f"{endpoint}#{part}") for part in ("service", "dataset", "default-graph")
    )
    yield Triple(service, RDF.type, SD.Service)
    yield Triple(service, SD.endpoint, NamedNode(endpoint))
    yield Triple(service, SD.supportedLanguage, SD.SPARQL11Query)
    yield Triple(service, SD.feature, SD.UnionDefaultGraph)
    for name in RESULT_FORMATS:
        yield Triple(service, SD.resultFormat, FORMATS[name])
    yield Triple(service, SD.defaultDataset, dataset)
    yield Triple(dataset, RDF.type, SD.Dataset)
    yield Triple(dataset, SD.defaultGraph, default)
    if release.identity:
        yield Triple(dataset, DCTERMS.hasVersion, Literal(release.identity))
    yield Triple(default, RDF.type, SD.Graph)
    yield Triple(default, VOID.triples, _integer(release.quads))
    for iri, count in release.graphs.items():
        named = NamedNode(f"{endpoint}#{iri.rpartition('/')[2]}")
        yield Triple(dataset, SD.namedGraph, named)
        yield Triple(named, RDF.type, SD.NamedGraph)
        yield Triple(named, SD.name, NamedNode(iri))
        yield Triple(named, SD.graph, NamedNode(f"{named.value}-graph"))
        yield Triple(NamedNode(f"{named.value}-graph"), RDF.type, SD.Graph)
        yield Triple(NamedNode(f"{named.value}-graph"), VOID.triples, _integer(count))


def _integer(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
