"""The query operation of the SPARQL 1.1 Protocol over HTTP (section 2.1), by its own words."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
import rdflib
from harness import BASE, SLUG, Site
from pyoxigraph import RdfFormat, parse
from scratch import ONE, graphs, scratch, write

SELECT = "SELECT ?s WHERE { ?s a <https://schema.org/City> }"
ASK = "ASK { ?s a <https://schema.org/City> }"
CONSTRUCT = "CONSTRUCT { ?s a <https://schema.org/City> } WHERE { ?s a <https://schema.org/City> }"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def test_a_query_is_sent_in_three_ways(site: Site) -> None:
    by_get = site.query(SELECT)
    by_form = site.request("POST", "/sparql", urlencode({"query": SELECT}), Content_Type=FORM)
    by_body = site.request("POST", "/sparql", SELECT, Content_Type=f"{QUERY}; charset=utf-8")
    assert by_get.json() == by_form.json() == by_body.json()
    assert by_get.json()["results"]["bindings"][0]["s"]["value"] == BASE + "city/beijing"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
    ],
)
def test_solutions_come_in_every_result_format(site: Site, accept: str, media_type: str) -> None:
    reply = site.query(SELECT, accept)
    assert (reply.status, reply.media_type) == (200, media_type)
    assert "city/beijing" in reply.text
    if accept == "text/csv":
        assert list(csv.reader(io.StringIO(reply.text))) == [["s"], [BASE + "city/beijing"]]
    if accept.endswith("xml"):
        assert ElementTree.fromstring(reply.text).tag.endswith("sparql")


@pytest.mark.parametrize("suffix", ["ttl", "nt", "jsonld", "rdf", "trig", "nq"])
def test_graphs_come_in_every_rdf_format(site: Site, suffix: str) -> None:
    reply = site.query(CONSTRUCT, "*/*", format=suffix)
    form = RdfFormat.from_extension(suffix)
    assert form is not None
    assert reply.media_type == form.media_type
    assert len(list(parse(reply.body, format=form))) == 1


def test_ask_answers_with_a_boolean_and_has_no_csv(site: Site) -> None:
    assert site.query(ASK).json()["boolean"] is True
    assert site.query(ASK, "text/csv").status == 406


def test_a_graph_that_is_asked_for_as_a_table_is_not_acceptable(site: Site) -> None:
    assert site.query(CONSTRUCT, "application/sparql-results+json").status == 406
    assert site.query(SELECT, "text/turtle").status == 406


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "status"),
    [
        ("GET", f"/sparql?query={quote(SELECT)}&query={quote(SELECT)}", None, None, 400),
        ("GET", "/sparql?default-graph-uri=http%3A%2F%2Fexample.org%2F", None, None, 400),
        ("GET", "/sparql?update=CLEAR%20ALL", None, None, 400),
        ("GET", "/sparql?query=%FF", None, None, 400),
        ("POST", "/sparql", "update=CLEAR%20ALL", FORM, 400),
        ("POST", "/sparql", "", FORM, 400),
        ("POST", "/sparql", f"query={quote(SELECT)}&query={quote(SELECT)}", FORM, 400),
        ("POST", f"/sparql?query={quote(SELECT)}", SELECT, QUERY, 400),
        ("POST", "/sparql", b"SELECT * { ?s ?p '\xff' }", QUERY, 400),
        ("POST", "/sparql", SELECT, "text/plain", 415),
        ("POST", "/sparql", SELECT, None, 415),
        ("POST", "/sparql", "CLEAR ALL", "application/sparql-update", 415),
        ("PUT", "/sparql", SELECT, QUERY, 405),
        ("DELETE", "/sparql", None, None, 405),
        ("GET", f"/sparql?query={quote(SELECT)}&release=99", None, None, 404),
        ("GET", f"/sparql?query={quote(SELECT)}&release=x", None, None, 400),
        ("GET", f"/sparql?query={quote(SELECT)}&release=1.5", None, None, 400),
        ("GET", f"/sparql?query={quote(SELECT)}&release=1e300", None, None, 400),
        ("GET", f"/sparql?query={quote(SELECT)}&using-graph-uri=urn:x", None, None, 400),
        ("GET", f"/sparql?query={quote(SELECT)}&timeout=-1", None, None, 400),
        ("GET", f"/sparql?query={quote(SELECT)}&default-graph-uri=not%20an%20iri", None, None, 400),
        (
            "GET",
            f"/sparql?query={quote('SELECT * { SERVICE <http://127.0.0.1:9/> {?s ?p ?o} }')}",
            None,
            None,
            403,
        ),
    ],
)
def test_what_the_protocol_forbids_is_refused(
    site: Site, method: str, path: str, body: str | None, content_type: str | None, status: int
) -> None:
    headers = {"Content_Type": content_type} if content_type else {}
    reply = site.request(method, path, body, **headers)
    assert reply.status == status, reply.text
    problem = reply.json()
    assert reply.media_type == "application/problem+json"
    assert problem["status"] == status
    assert problem["detail"]
    assert "Traceback" not in reply.text
    if status == 405:
        assert "POST" in reply.headers["allow"]


def test_a_syntax_error_is_told_with_its_place(site: Site) -> None:
    reply = site.query("SELECT * WHERE {\n  ?s ?p\n}")
    assert reply.status == 400
    problem = reply.json()
    assert problem["line"] == 3
    assert problem["detail"].startswith(f"line 3, column {problem['column']}: ")


def test_a_query_longer_than_the_limit_is_refused(site: Site) -> None:
    reply = site.request("POST", "/sparql", "#" * (2 << 20), Content_Type=QUERY)
    assert reply.status == 413
    assert str(1 << 20) in reply.json()["detail"]


def test_the_default_graph_is_the_union_of_all_named_graphs(site: Site) -> None:
    [union] = site.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    [named] = site.rows("SELECT (COUNT(*) AS ?n) { { SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } } }")
    assert union == named


def test_from_selects_the_default_graph(site: Site) -> None:
    graph = f"{BASE}graph/reference"
    [own] = site.rows(f"SELECT (COUNT(*) AS ?n) FROM <{graph}> {{ ?s ?p ?o }}")
    [named] = site.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
    assert own == named
    assert site.rows(f"SELECT * FROM <{graph}> {{ ?s a <https://schema.org/Quotation> }}") == []


def test_the_dataset_of_the_protocol_beats_that_of_the_query(site: Site) -> None:
    reference, source = f"{BASE}graph/reference", f"{BASE}graph/{SLUG}"
    query = f"SELECT (COUNT(*) AS ?n) FROM <{source}> {{ ?s a <https://schema.org/City> }}"

    def count(**parameters: str) -> str:
        value: str = site.query(query, **parameters).json()["results"]["bindings"][0]["n"]["value"]
        return value

    assert count() == "0"
    assert count(**{"default-graph-uri": reference}) == "1"
    assert count(**{"named-graph-uri": reference}) == "0"


def test_named_graphs_of_the_protocol_are_all_that_graph_sees(site: Site) -> None:
    reference = f"{BASE}graph/reference"
    reply = site.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", **{"named-graph-uri": reference})
    assert [row["g"]["value"] for row in reply.json()["results"]["bindings"]] == [reference]


def test_without_a_query_programs_get_the_service_description(site: Site) -> None:
    reply = site.get("/sparql", Accept="text/turtle")
    graph = rdflib.Graph().parse(data=reply.text, format="turtle")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    assert list(graph.objects(None, sd.endpoint)) == [rdflib.URIRef(f"{site.url}/sparql")]
    assert rdflib.URIRef(f"{BASE}graph/{SLUG}") in set(graph.objects(None, sd.name))
    assert (None, sd.feature, sd.UnionDefaultGraph) in graph


def test_a_strong_tag_makes_a_second_request_cheap(site: Site) -> None:
    first = site.query(SELECT)
    tag = first.headers["etag"]
    assert not tag.startswith("W/")
    path = f"/sparql?{urlencode({'query': SELECT})}"
    again = site.get(path, Accept="application/sparql-results+json", If_None_Match=tag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert site.get(path, Accept="text/csv", If_None_Match=tag).status == 200
    assert first.headers["innograph-release"] == "1"


def test_an_answer_that_depends_on_the_moment_has_no_tag(site: Site) -> None:
    reply = site.query("SELECT (NOW() AS ?now) {}")
    assert "etag" not in reply.headers
    assert reply.headers["cache-control"] == "no-store"


def test_head_says_what_get_would(site: Site) -> None:
    path = f"/sparql?{urlencode({'query': SELECT})}"
    head = site.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == site.get(path).headers["content-type"]


def test_other_origins_may_read(site: Site) -> None:
    assert site.query(SELECT).headers["access-control-allow-origin"] == "*"
    preflight = site.request(
        "OPTIONS", "/sparql", Origin="https://example.org", Access_Control_Request_Method="POST"
    )
    assert preflight.status == 204
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]
    assert "POST" in preflight.headers["access-control-allow-methods"]


def test_answers_are_compressed_when_the_client_allows_it(site: Site) -> None:
    import gzip

    query = f"/sparql?{urlencode({'query': 'SELECT * { ?s ?p ?o }'})}"
    plain, packed = site.get(query), site.get(query, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != plain.headers["etag"]
    assert json.loads(gzip.decompress(packed.body)) == plain.json()
    assert len(packed.body) < len(plain.body) / 3
    assert site.get(query, Accept_Encoding="gzip;q=0").headers.get("content-encoding") is None


def test_answers_vary_by_what_was_accepted(site: Site) -> None:
    for reply in (site.query(SELECT), site.query("nonsense"), site.get("/graphs?default")):
        assert {name.strip() for name in reply.headers["vary"].split(",")} >= {"Accept", "Accept-Encoding"}
    tags = {site.query(SELECT, accept).headers["etag"] for accept in ("text/csv", "application/json")}
    assert len(tags) == 2


def test_a_preflight_allows_what_clients_send(site: Site) -> None:
    for path in ("/sparql", "/update", "/graphs", "/graphs/x"):
        reply = site.request(
            "OPTIONS",
            path,
            Origin="https://example.org",
            Access_Control_Request_Method="PUT",
            Access_Control_Request_Headers="authorization, content-type, if-match",
        )
        assert reply.status == 204
        allowed = {name.strip().lower() for name in reply.headers["access-control-allow-headers"].split(",")}
        assert allowed >= {"authorization", "content-type", "if-match", "if-none-match", "accept"}


def test_behind_a_proxy_the_addresses_are_those_of_its_clients() -> None:
    with scratch(INNOGRAPH_PUBLIC_URL="https://data.example.org/") as proxied:
        text = proxied.get("/sparql", Accept="application/n-triples").text
        endpoint = "<http://www.w3.org/ns/sparql-service-description#endpoint>"
        assert f"{endpoint} <https://data.example.org/sparql> ." in text
        made = write(proxied, "POST", "/graphs", ONE, Content_Type="text/turtle")
        assert made.headers["location"].startswith("https://data.example.org/graphs/")
        assert write(proxied, "PUT", "/graphs/x", ONE, Content_Type="text/turtle").status == 201
        assert graphs(proxied) == {made.headers["location"], "https://data.example.org/graphs/x"}


def test_a_query_may_be_sent_by_the_method_that_is_made_for_it(site: Site) -> None:
    reply = site.request("QUERY", "/sparql", SELECT, Content_Type=QUERY)
    assert reply.json() == site.query(SELECT).json()


def test_a_dataset_may_be_named_beside_a_form(site: Site) -> None:
    graph = quote(f"{BASE}graph/{SLUG}", safe="")
    path, body = f"/sparql?default-graph-uri={graph}", urlencode({"query": SELECT})
    assert site.request("POST", path, body, Content_Type=FORM).json()["results"]["bindings"] == []
