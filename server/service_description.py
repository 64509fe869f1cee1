"""The service description of the endpoint (SPARQL 1.1 Service Description, section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from innograph.ontology.namespaces import DCTERMS, FORMATS, RDF, RDFS, SCHEMA, SD, VOID, XSD
from innograph.server.context import context
from innograph.server.engine import ReleaseInfo
from innograph.server.limits import limits

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
# The vocabulary's languages end with SPARQL 1.1.
SPECIFICATIONS = (
    "https://www.w3.org/TR/sparql11-protocol/",
    "https://www.w3.org/TR/sparql11-query/",
    "https://www.w3.org/TR/sparql12-query/",
)
MAX_GRAPHS = 1000  # a store may have any number; the description stays small


def describe_service() -> Iterator[Triple]:
    """The triples that describe the endpoint; it is addressed as its clients see it."""
    endpoint = context().address("sparql")
    release = context().engine.snapshot().release
    service, dataset = NamedNode(f"{endpoint}#service"), NamedNode(f"{endpoint}#dataset")
    yield Triple(service, RDF.type, SD.Service)
    yield Triple(service, SD.endpoint, NamedNode(endpoint))
    yield Triple(service, SD.supportedLanguage, SD.SPARQL11Query)
    if context().settings.scratch:
        yield Triple(service, SD.feature, SD.EmptyGraphs)
    else:
        yield Triple(service, SD.feature, SD.UnionDefaultGraph)
    for name in RESULT_FORMATS:
        yield Triple(service, SD.resultFormat, FORMATS[name])
    for specification in SPECIFICATIONS:
        yield Triple(service, DCTERMS.conformsTo, NamedNode(specification))
    yield Triple(service, RDFS.seeAlso, NamedNode(context().address("reconcile")))
    for limit in limits(context().settings):
        node = NamedNode(f"{endpoint}#limit-{limit.name}")
        yield Triple(service, SCHEMA.additionalProperty, node)
        yield Triple(node, RDF.type, SCHEMA.PropertyValue)
        yield Triple(node, SCHEMA.name, Literal(limit.name))
        yield Triple(node, SCHEMA.description, Literal(limit.about, language="en"))
        yield Triple(node, SCHEMA.maxValue, _number(limit.value))
        yield Triple(node, SCHEMA.unitCode, Literal(limit.unit_code))
    yield Triple(service, SD.defaultDataset, dataset)
    yield from _describe_dataset(endpoint, dataset, release)


def _describe_dataset(endpoint: str, dataset: NamedNode, release: ReleaseInfo) -> Iterator[Triple]:
    default = NamedNode(f"{endpoint}#default-graph")
    union = not context().settings.scratch
    yield Triple(dataset, RDF.type, SD.Dataset)
    yield Triple(dataset, SD.defaultGraph, default)
    if release.identity:
        yield Triple(dataset, DCTERMS.hasVersion, Literal(release.identity))
    yield Triple(default, RDF.type, SD.Graph)
    count = release.quads if union else release.quads - sum(release.graphs.values())
    yield Triple(default, VOID.triples, _integer(count))
    for iri, count in sorted(release.graphs.items())[:MAX_GRAPHS]:
        name = quote(iri, safe="")
        named, graph = NamedNode(f"{endpoint}#named-{name}"), NamedNode(f"{endpoint}#graph-{name}")
        yield Triple(dataset, SD.namedGraph, named)
        yield Triple(named, RDF.type, SD.NamedGraph)
        yield Triple(named, SD.name, NamedNode(iri))
        yield Triple(named, SD.graph, graph)
        yield Triple(graph, RDF.type, SD.Graph)
        yield Triple(graph, VOID.triples, _integer(count))


def _number(value: float) -> Literal:
    if value == int(value):
        return _integer(int(value))
    return Literal(f"{value:.12g}", datatype=XSD.decimal)


def _integer(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
