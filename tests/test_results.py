"""Results by their own specifications: SPARQL 1.1 JSON, XML, CSV and TSV, and RDF 1.2 as far as it goes."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from harness import Site
from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results
from scratch import canonical, empty, update, wire

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
DATA = """PREFIX : <http://example.org/>
INSERT DATA {
  :a :text "a,b\\"c\\n\\td" ; :big 123456789012345678901234567890 ; :decimal 1.50 ; :double 1e3 ; :true true ;
     :lang "chat"@fr ; :direction "x"@ar--rtl ; :chinese "北京" ;
     :year "2023"^^<http://www.w3.org/2001/XMLSchema#gYear> ;
     :says <<( :s :p "o" )>> ; :node _:b .
}"""
ALL = "PREFIX : <http://example.org/> SELECT ?p ?o ?none { :a ?p ?o } ORDER BY ?p"
ONE = "PREFIX : <http://example.org/> SELECT ?o {{ :a :{} ?o }}"


@pytest.fixture(scope="module")
def site(general: Site) -> Site:
    empty(general)
    assert update(general, DATA).status == 204
    return general


def test_json_has_every_kind_of_term(site: Site) -> None:
    found = {
        row["p"]["value"].rpartition("/")[2]: row["o"]
        for row in site.query(ALL).json()["results"]["bindings"]
    }
    xsd = "http://www.w3.org/2001/XMLSchema#"
    assert found["text"] == {"type": "literal", "value": 'a,b"c\n\td'}
    assert found["big"] == {
        "type": "literal",
        "value": "123456789012345678901234567890",
        "datatype": f"{xsd}integer",
    }
    assert found["lang"] == {"type": "literal", "value": "chat", "xml:lang": "fr"}
    assert found["direction"] == {"type": "literal", "value": "x", "xml:lang": "ar", "its:dir": "rtl"}
    assert found["year"]["datatype"] == f"{xsd}gYear"
    assert found["node"]["type"] == "bnode"
    triple = found["says"]
    assert triple["type"] == "triple"
    assert triple["value"]["object"] == {"type": "literal", "value": "o"}
    assert "北京" in site.query(ALL).text


def test_unbound_variables_are_in_the_head_and_nowhere_else(site: Site) -> None:
    answer = site.query(ALL).json()
    assert answer["head"]["vars"] == ["p", "o", "none"]
    assert all("none" not in row for row in answer["results"]["bindings"])
    rows = list(csv.reader(io.StringIO(site.query(ALL, CSV).text)))
    assert rows[0] == ["p", "o", "none"]
    assert all(row[2] == "" for row in rows[1:])


def test_csv_has_plain_values_and_ends_lines_as_rfc_4180_says(site: Site) -> None:
    text = site.query(ALL, CSV).body.decode()
    assert text.startswith("p,o,none\r\n")
    assert text.endswith("\r\n")
    rows = {row[0].rpartition("/")[2]: row[1] for row in csv.reader(io.StringIO(text, newline=""))}
    assert rows["text"] == 'a,b"c\n\td'
    assert rows["big"] == "123456789012345678901234567890"
    assert rows["true"] == "true"
    assert rows["lang"] == "chat"
    assert rows["chinese"] == "北京"
    assert rows["node"].startswith("_:")


def test_tsv_has_terms_as_turtle_writes_them(site: Site) -> None:
    head, *lines = site.query(ALL, TSV).text.splitlines()
    assert head == "?p\t?o\t?none"
    rows = {line.split("\t")[0].rpartition("/")[2]: line.split("\t")[1] for line in lines}
    assert rows["text>"] == '"a,b\\"c\\n\\td"'
    assert rows["big>"] == "123456789012345678901234567890"
    assert rows["true>"] == "true"
    assert rows["lang>"] == '"chat"@fr'
    assert rows["direction>"] == '"x"@ar--rtl'
    assert rows["says>"] == '<<( <http://example.org/s> <http://example.org/p> "o" )>>'


@pytest.mark.parametrize("media_type", [JSON, XML, TSV])
def test_the_same_solutions_come_in_every_format_that_keeps_terms(site: Site, media_type: str) -> None:
    reply = site.query(ALL, media_type)
    assert reply.media_type == media_type
    form = QueryResultsFormat.from_media_type(media_type)
    assert form is not None
    solutions = parse_query_results(reply.body, format=form)
    assert isinstance(solutions, QuerySolutions)
    rows = [[str(row["p"]), str(row["o"]), row["none"]] for row in solutions]
    assert len(rows) == 11
    assert all(row[2] is None for row in rows)


def test_xml_is_in_the_namespace_of_results(site: Site) -> None:
    root = ElementTree.fromstring(site.query(ALL, XML).body)
    space = "{http://www.w3.org/2005/sparql-results#}"
    assert root.tag == f"{space}sparql"
    assert [v.get("name") for v in root.iter(f"{space}variable")] == ["p", "o", "none"]
    assert len(list(root.iter(f"{space}result"))) == 11
    assert len(list(root.iter(f"{space}triple"))) == 1


def test_what_xml_cannot_write_is_not_sent_as_xml(site: Site) -> None:
    query = 'SELECT ("a\\u0000b" AS ?x) {}'
    assert site.query(query).json()["results"]["bindings"][0]["x"]["value"] == "a\0b"
    reply = site.query(query, XML)
    assert reply.status == 406
    assert "JSON" in reply.json()["detail"]
    text = 'CONSTRUCT { <http://e/s> <http://e/p> "\\uFFFF" } {}'
    assert site.query(text, "application/rdf+xml").status == 406
    assert site.query(text, "text/turtle").status == 200


@pytest.mark.parametrize(("accept", "text"), [(CSV, "x,y\r\n"), (TSV, "?x\t?y\n")])
def test_no_solutions_still_have_a_head(site: Site, accept: str, text: str) -> None:
    query = "SELECT ?x ?y { ?x <http://example.org/absent> ?y }"
    assert site.query(query, accept).text == text
    assert site.query(query).json() == {"head": {"vars": ["x", "y"]}, "results": {"bindings": []}}
    assert len(ElementTree.fromstring(site.query(query, XML).body)[1]) == 0


def test_a_solution_without_variables_is_one_solution(site: Site) -> None:
    assert site.query("SELECT * {}").json() == {"head": {"vars": []}, "results": {"bindings": [{}]}}
    assert site.query("SELECT * {}", CSV).text == "\r\n\r\n"


def test_ask_answers_in_json_and_xml_only(site: Site) -> None:
    assert site.query("ASK {}").json() == {"head": {}, "boolean": True}
    root = ElementTree.fromstring(site.query("ASK { FILTER(false) }", XML).body)
    assert [child.text for child in root] == [None, "false"]
    for accept in (CSV, TSV, "text/turtle"):
        assert site.query("ASK {}", accept).status == 406


@pytest.mark.parametrize("suffix", ["ttl", "nt", "rdf", "trig", "nq"])
def test_triple_terms_are_written_where_the_format_has_them(site: Site, suffix: str) -> None:
    reply = site.query("CONSTRUCT WHERE { <http://example.org/a> ?p ?o }", "*/*", format=suffix)
    form = RdfFormat.from_extension(suffix)
    assert form is not None
    assert reply.media_type == form.media_type
    triples = "\n".join(f"{quad.triple} ." for quad in parse(reply.body, format=form))
    turtle = site.query("CONSTRUCT WHERE { <http://example.org/a> ?p ?o }", "text/turtle")
    assert canonical(triples) == canonical(turtle.body)
    assert "<<(" in triples


def test_json_ld_has_no_triple_terms(site: Site) -> None:
    query = "CONSTRUCT WHERE {{ <http://example.org/a> <http://example.org/{}> ?o }}"
    assert site.query(query.format("lang"), "application/ld+json").status == 200
    assert site.query(query.format("says"), "application/ld+json").status == 406


@pytest.mark.parametrize(
    "query",
    [
        'VERSION "1.2" SELECT * { ?s ?p <<( ?a ?b ?c )>> }',
        "SELECT (TRIPLE(?s, ?p, ?o) AS ?t) { ?s ?p ?o }",
        'SELECT (STRLANGDIR("x", "ar", "rtl") AS ?x) {}',
        "SELECT (LANGDIR(?o) AS ?d) { ?s ?p ?o FILTER(HASLANGDIR(?o)) }",
        "SELECT * { ?s ?p ?o ~ ?r {| ?q ?z |} }",
    ],
)
def test_queries_of_sparql_1_2_are_understood(site: Site, query: str) -> None:
    assert site.query(query).status == 200
    assert site.query(query, version="1.2").status == 200


def test_a_version_may_be_announced_and_must_be_known(site: Site) -> None:
    for version in ("1.0", "1.1", "1.2", "1.2-basic"):
        assert site.query("ASK {}", version=version).status == 200
        sent = site.request(
            "POST", "/sparql", "ASK {}", Content_Type=f'application/sparql-query;version="{version}"'
        )
        assert sent.status == 200
        accepted = site.query("ASK {}", f"{JSON};version={version}")
        assert accepted.headers["content-type"] == JSON
    assert "1.2" in site.query("ASK {}", version="2").json()["detail"]
    assert site.get("/sparql?query=ASK%7B%7D&version=1.1&version=1.2").status == 400
    form = urlencode([("query", "ASK {}"), ("version", "9")])
    assert (
        site.request("POST", "/sparql", form, Content_Type="application/x-www-form-urlencoded").status == 400
    )


def test_several_accept_headers_are_one(site: Site) -> None:
    query = quote("SELECT * {}")

    def chosen(*accept: str) -> bytes:
        lines = "".join(f"Accept: {value}\r\n" for value in accept)
        head, _ = wire(
            site,
            f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n".encode(),
        )
        [line] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-type:")]
        return line.partition(b":")[2].strip().partition(b";")[0]

    assert chosen(CSV, f"{JSON};q=0.5") == CSV.encode()
    assert chosen(f"{CSV};q=0.5", JSON) == JSON.encode()
    assert chosen("text/html;q=0.1", f"{XML};q=0.2") == XML.encode()
    assert chosen() == JSON.encode()


def test_big_results_come_whole_and_head_matches(site: Site) -> None:
    values = " ".join(map(str, range(200)))
    query = f"SELECT * {{ VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} }}"
    reply = site.request("POST", "/sparql", query, Content_Type="application/sparql-query", Accept=CSV)
    assert reply.text.count("\r\n") == 40_001
    path = f"/sparql?{urlencode({'query': 'SELECT * { ?s ?p ?o }'})}"
    got, head = site.get(path), site.request("HEAD", path)
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["etag"] == got.headers["etag"]


def test_limits_are_stated_in_every_answer(site: Site) -> None:
    for reply in (site.query("ASK {}"), site.query("nonsense"), site.get("/sparql", Accept="text/turtle")):
        stated = dict(item.split("=") for item in reply.headers["innograph-limits"].split(", "))
        assert stated["deadline"] == "30"
        assert int(stated["query-bytes"]) == 1 << 20
        assert 'rel="describedby"' in reply.headers["link"]
    description = site.get("/sparql", Accept="text/turtle").text
    assert '"deadline"' in description
    assert "schema:maxValue 30" in description


def test_a_query_that_is_ended_says_when_to_come_back(site: Site) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{i} {{ {'1 ' * 99} }}" for i in range(9)) + " }"
    reply = site.query(slow, timeout="0.2")
    assert reply.status == 503
    assert int(reply.headers["retry-after"]) > 0
    problem = json.loads(reply.text)
    assert problem["status"] == 503
    assert "0.2 s" in problem["detail"]


def test_answers_with_new_blank_nodes_have_no_tag(site: Site) -> None:
    assert "etag" not in site.query("CONSTRUCT { [] ?p ?o } WHERE { ?s ?p ?o }", "text/turtle").headers
    stored = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    assert "etag" in site.query(stored, "text/turtle").headers
    assert site.query(stored, "text/turtle").body == site.query(stored, "text/turtle").body


def test_documents_are_the_same_bytes_whoever_writes_them(site: Site) -> None:
    for suffix in ("ttl", "rdf", "trig", "nt", "jsonld"):
        one, other = (site.get(f"/sparql?format={suffix}") for _ in range(2))
        assert (one.body, one.headers["etag"]) == (other.body, other.headers["etag"])
    text = site.get("/sparql?format=ttl").text
    prefixes = [line.split()[1] for line in text.splitlines() if line.startswith("@prefix")]
    assert prefixes == sorted(prefixes)
    assert all(text.count(prefix) > 1 for prefix in prefixes)
