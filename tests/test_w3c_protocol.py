"""Every case of the W3C's SPARQL 1.1 protocol suites, over HTTP against `innograph serve --scratch`."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
import rdflib
from harness import Reply, Site
from pyoxigraph import RdfFormat, parse
from scratch import AUTHORIZED, canonical, empty, put
from w3c_cases import FOLDER, Case, Step, cases, prose

PROTOCOL = cases("protocol/manifest.ttl")
GRAPH_STORE = [
    *cases("graph-store-protocol/manifest-direct.ttl"),
    *cases("graph-store-protocol/manifest-indirect.ttl"),
]
FORMATS = {
    "boolean": {"application/sparql-results+xml", "application/sparql-results+json"},
    "tabular": {
        "application/sparql-results+xml",
        "application/sparql-results+json",
        "text/csv",
        "text/tab-separated-values",
    },
    "RDF": {"application/rdf+xml", "text/turtle", "application/n-triples", "text/html"},
}
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")


@pytest.fixture
def store(general: Site) -> Site:
    return general


def send(site: Site, step: Step, path: str, put_in: dict[str, str]) -> Reply:
    """Send a request with its placeholders replaced; writes are authorized."""

    def filled(text: str) -> str:
        for placeholder, value in put_in.items():
            text = text.replace(placeholder, value)
        return text

    headers = {name: filled(value) for name, value in step.headers.items()}
    body = step.body
    if body is not None and b"\0" not in body:
        body = filled(body.decode()).encode()
    reply = site.request(step.method, filled(path), body, **headers, **AUTHORIZED)
    told = f"{step.method} {path}: {reply.status} {reply.text}"
    assert str(reply.status).startswith(step.statuses), told
    if step.content_type is not None:
        assert reply.headers["content-type"] == step.content_type, told
    if step.format is not None:
        assert reply.media_type in FORMATS[step.format], told
    if step.boolean is not None:
        assert reply.json()["boolean"] is step.boolean, told
    if step.expected is not None:
        assert canonical(reply.body) == canonical(filled(step.expected), site.url + filled(path)), told
    if step.location is not None:
        put_in[step.location] = reply.headers["location"]
    return reply


def test_no_case_is_left_out() -> None:
    assert len(PROTOCOL) == 34
    assert len(GRAPH_STORE) == 13
    assert len(list(prose())) == 18


@pytest.mark.parametrize("case", PROTOCOL, ids=lambda case: case.name)
def test_protocol(store: Site, case: Case) -> None:
    empty(store)
    for graph, file in case.data:
        assert put(store, graph, file.read_bytes(), "application/n-triples").status == 201
    for number, step in enumerate(case.steps):
        updates = "update" in case.name and number == 0
        send(store, step, step.path.replace("/sparql/", "/update" if updates else "/sparql", 1), {})


def test_an_update_by_get_is_refused_at_the_query_address_too(store: Site) -> None:
    [step] = next(case for case in PROTOCOL if case.name == "bad_update_get").steps
    assert put(store, "http://example.org/kept", "<http://example.org/s> a <http://example.org/T> .").status
    send(store, step, step.path.replace("/sparql/", "/sparql", 1), {})
    assert store.query("ASK { GRAPH <http://example.org/kept> { ?s ?p ?o } }").json()["boolean"] is True


@pytest.mark.parametrize("case", GRAPH_STORE, ids=lambda case: case.name)
def test_graph_store_protocol(store: Site, case: Case) -> None:
    empty(store)
    put_in: dict[str, str] = {}
    for step in case.steps:
        send(store, step, step.path.replace("/gsp", "/graphs", 1), put_in)


def test_the_older_graph_store_cases_in_their_order(store: Site) -> None:
    empty(store)
    put_in = {
        "http://$HOST$/$GRAPHSTORE$": f"{store.url}/graphs",
        "$GRAPHSTORE$": "/graphs",
        "$HOST$": store.host,
    }
    existing = f"{store.url}/graphs/person/2.ttl"
    assert put(store, existing, "<http://example.org/s> a <http://example.org/T> .").status == 201
    for case in prose():
        [step] = case.steps
        reply = send(store, step, step.path, put_in)
        if step.location:  # "$NEWPATH$" is asked for directly
            put_in[step.location] = urlsplit(reply.headers["location"]).path


def test_the_endpoint_returns_rdf(store: Site) -> None:
    for accept in ("text/turtle", "application/rdf+xml", "application/n-triples", "*/*"):
        reply = store.get("/sparql", Accept=accept)
        assert reply.status == 200
        form = RdfFormat.from_media_type(reply.media_type)
        assert form is not None
        assert list(parse(reply.body, format=form))
    assert store.get("/sparql").media_type == "text/turtle"


def test_the_description_has_a_matching_endpoint(store: Site) -> None:
    graph = rdflib.Graph().parse(data=store.get("/sparql").text, format="turtle")
    endpoints = set(graph.objects(None, SD.endpoint))
    assert endpoints == {rdflib.URIRef(f"{store.url}/sparql")}


def test_the_description_conforms_to_its_schema(store: Site) -> None:
    """Every term is one of the vocabulary, and stands where its domain and range allow it."""
    assert put(store, "http://example.org/g", "<http://example.org/s> a <http://example.org/T> .").status
    assert (FOLDER / "service-description" / "manifest.ttl").exists()
    graph = rdflib.Graph().parse(data=store.get("/sparql").text, format="turtle")
    domains = {
        SD.endpoint: SD.Service,
        SD.feature: SD.Service,
        SD.supportedLanguage: SD.Service,
        SD.languageExtension: SD.Service,
        SD.resultFormat: SD.Service,
        SD.inputFormat: SD.Service,
        SD.defaultDataset: SD.Service,
        SD.availableGraphs: SD.Service,
        SD.defaultGraph: SD.Dataset,
        SD.namedGraph: SD.Dataset,
        SD.name: SD.NamedGraph,
        SD.graph: SD.NamedGraph,
    }
    ranges = {SD.defaultDataset: SD.Dataset, SD.namedGraph: SD.NamedGraph, SD.graph: SD.Graph}
    ranges[SD.defaultGraph] = SD.Graph
    values = {
        SD.supportedLanguage: {SD.SPARQL11Query, SD.SPARQL11Update, SD.SPARQL10Query},
        SD.feature: {SD.UnionDefaultGraph, SD.DereferencesURIs, SD.BasicFederatedQuery, SD.EmptyGraphs},
    }
    for subject, term, value in graph:
        if str(term).startswith(str(SD)):
            assert domains[term] in set(graph.objects(subject, rdflib.RDF.type)), term
            if term in ranges:
                assert ranges[term] in set(graph.objects(value, rdflib.RDF.type)), term
            assert term not in values or value in values[term], value
    assert (None, SD.name, rdflib.URIRef("http://example.org/g")) in graph
    [service] = graph.subjects(rdflib.RDF.type, SD.Service)
    assert len(list(graph.objects(service, SD.endpoint))) == 1
    assert quote(str(service), safe=":/#") == str(service)
