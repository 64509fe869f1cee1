"""Linked data: every stored IRI leads to its documents, in every format, on whatever host."""

from __future__ import annotations

import csv
import io
import json

import pytest
import rdflib
from harness import BASE, SLUG, Site
from pyoxigraph import Dataset, Literal, NamedNode, RdfFormat, parse

from innograph.ontology.namespaces import OA, RDFS, SDMX_MEASURE

CITY = f"{BASE}city/beijing"
FIGURE = f"observation/{SLUG}/beijing/technology-contract-value/2023"


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("text/turtle", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "rdf"),
        ("text/csv", "csv"),
        ("application/json", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("*/*", "html"),
    ],
)
def test_a_thing_is_not_a_document_but_leads_to_one(site: Site, accept: str, suffix: str) -> None:
    reply = site.get("/city/beijing", Accept=accept)
    assert (reply.status, reply.headers["location"]) == (303, f"/city/beijing.{suffix}")
    assert "Accept" in reply.headers["vary"]
    assert site.get(reply.headers["location"]).status == 200


def test_the_release_that_was_asked_for_stays_asked_for(site: Site) -> None:
    reply = site.get("/city/beijing?release=1&format=ttl")
    assert reply.headers["location"] == "/city/beijing.ttl?release=1"
    assert site.get("/city/beijing?release=77").status == 404


@pytest.mark.parametrize("suffix", ["ttl", "nt", "jsonld", "rdf"])
def test_a_document_says_what_is_known_in_every_format(site: Site, suffix: str) -> None:
    reply = site.get(f"/{FIGURE}.{suffix}")
    form = RdfFormat.from_extension(suffix)
    assert form is not None
    assert reply.media_type == form.media_type
    document = Dataset(parse(reply.body, format=form))
    [value] = [q.object.value for q in document.quads_for_predicate(SDMX_MEASURE.obsValue)]  # type: ignore[union-attr]
    assert value == "853.69"
    assert Literal("853.69 billion yuan") in {q.object for q in document.quads_for_predicate(OA.exact)}
    labels = {q.object for q in document.quads_for_subject(NamedNode(CITY)) if q.predicate == RDFS.label}
    assert Literal("Beijing", language="en") in labels


def test_what_links_to_a_thing_is_in_its_document(site: Site) -> None:
    graph = rdflib.Graph().parse(data=site.get("/city/beijing.ttl").text, format="turtle")
    area = rdflib.URIRef("http://purl.org/linked-data/sdmx/2009/dimension#refArea")
    assert len(list(graph.subjects(area, rdflib.URIRef(CITY)))) > 8


@pytest.mark.parametrize(
    "path",
    ["city/beijing", "indicator/technology-contract-value", f"source/{SLUG}", f"dataset/{SLUG}", FIGURE],
)
def test_where_there_are_observations_there_are_tables(site: Site, path: str) -> None:
    table = list(csv.DictReader(io.StringIO(site.get(f"/{path}.csv").text)))
    rows = json.loads(site.get(f"/{path}.json").text)
    assert [row["observation"] for row in table] == [row["observation"] for row in rows]
    [row] = [row for row in rows if row["observation"] == BASE + FIGURE]
    assert (row["value"], row["multiplier"], row["amount"]) == ("853.69", 9, 853_690_000_000)
    assert (row["city_label"], row["period"], row["status"]) == ("Beijing", "2023", "A")
    assert (row["quote"], row["start"], row["end"]) == ("853.69 billion yuan", 572, 591)


def test_a_thing_without_observations_has_no_table(site: Site) -> None:
    assert site.get("/person/zhang-jihong.csv").status == 404
    assert site.get("/person/zhang-jihong", Accept="text/csv").status == 406


@pytest.mark.parametrize(
    "path", ["/city/atlantis", "/city/beijing.pdf", "/city", "/%00", "/city/%FF", "/a b"]
)
def test_what_is_unknown_is_not_found(site: Site, path: str) -> None:
    reply = site.get(path.replace(" ", "%20"))
    assert reply.status in (400, 404)
    assert "Traceback" not in reply.text


def test_the_vocabulary_is_served_whole(site: Site) -> None:
    reply = site.get("/ontology", Accept="text/turtle")
    assert (reply.status, reply.headers["location"]) == (303, "/ontology.ttl")
    graph = rdflib.Graph().parse(data=site.get("/ontology.ttl").text, format="turtle")
    term = rdflib.URIRef("https://w3id.org/innograph/ontology#CityObservation")
    assert (term, rdflib.RDF.type, rdflib.OWL.Class) in graph


def test_a_document_is_cached_by_its_tag(site: Site) -> None:
    for suffix in ("ttl", "csv", "html"):
        first = site.get(f"/city/beijing.{suffix}")
        again = site.get(f"/city/beijing.{suffix}", If_None_Match=first.headers["etag"])
        assert (again.status, again.body) == (304, b"")


def test_every_document_carries_the_security_headers(site: Site) -> None:
    for path in ("/", "/city/beijing.html", "/city/beijing.ttl", "/nothing"):
        headers = site.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["access-control-allow-origin"] == "*"


def test_the_catalogue_counts_what_is_there(site: Site) -> None:
    graph = rdflib.Graph().parse(data=site.get("/catalog", Accept="text/turtle").text, format="turtle")
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    cube = rdflib.URIRef(f"{BASE}dataset/{SLUG}")
    [row] = site.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{BASE}graph/{SLUG}> {{ ?s ?p ?o }} }}")
    assert str(graph.value(cube, void.triples)) == row["n"]
    assert (None, void.linkPredicate, rdflib.OWL.sameAs) in graph
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    assert str(graph.value(rdflib.URIRef(f"{BASE}dataset/all"), dcat.version)) == "1"


def test_void_is_at_its_well_known_place(site: Site) -> None:
    reply = site.get("/.well-known/void", Accept="text/turtle")
    assert reply.status == 200
    assert "void:sparqlEndpoint" in reply.text


def test_health_is_told(site: Site) -> None:
    assert site.get("/health/live").json() == {"status": "live"}
    assert site.get("/health/ready").json()["release"] == 1
