"""Clients that people use, each against a real server: they must not notice which server it is."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import rdflib
from harness import Site
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from scratch import AUTHORIZED, TOKEN, empty, update
from SPARQLWrapper import CSV, JSON, POST, POSTDIRECTLY, TURTLE, XML, SPARQLWrapper

CLIENTS = Path(__file__).parent / "clients"
S, P = rdflib.URIRef("http://example.org/s"), rdflib.URIRef("http://example.org/p")
SELECT = "SELECT ?o { <http://example.org/s> <http://example.org/p> ?o } ORDER BY ?o"
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
INSERT = 'INSERT DATA { <http://example.org/s> <http://example.org/p> 1 , "北京"@zh }'


@pytest.fixture
def site(general: Site) -> Site:
    empty(general)
    assert update(general, INSERT).status == 204
    return general


def curl(*arguments: str) -> str:
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "30", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(site: Site, tmp_path: Path) -> None:
    endpoint, token = f"{site.url}/sparql", f"Authorization: Bearer {TOKEN}"
    wanted = "o\n1\n北京\n"
    by_get = curl("--get", endpoint, "--data-urlencode", f"query={SELECT}", "-H", "Accept: text/csv")
    assert by_get.replace("\r", "") == wanted
    assert curl(endpoint, "--data-urlencode", f"query={SELECT}", "-H", "Accept: text/csv") == by_get
    direct = ("-H", "Content-Type: application/sparql-query", "--data-binary", SELECT)
    assert curl(endpoint, *direct, "-H", "Accept: text/csv") == by_get
    assert curl("--compressed", f"{endpoint}?format=csv", *direct) == by_get
    assert json.loads(curl(endpoint, *direct))["head"] == {"vars": ["o"]}
    file = tmp_path / "data.ttl"
    file.write_text("<http://example.org/s> <http://example.org/p> 2 .")
    graph = f"{site.url}/graphs?graph=http://example.org/g"
    curl("-T", str(file), graph, "-H", token, "-H", "Content-Type: text/turtle")
    curl("-F", f"file=@{file};type=text/turtle", graph, "-H", token)
    assert curl(graph, "-H", "Accept: application/n-triples").count("\n") == 1
    assert curl("--head", graph).startswith("HTTP/1.1 200")
    curl("-X", "DELETE", graph, "-H", token)
    curl(f"{site.url}/update", "-H", token, "--data-urlencode", "update=CLEAR ALL")
    assert site.query("ASK { ?s ?p ?o }").json()["boolean"] is False


def test_sparqlwrapper(site: Site) -> None:
    client = SPARQLWrapper(f"{site.url}/sparql", updateEndpoint=f"{site.url}/update")
    client.addCustomHttpHeader("Authorization", f"Bearer {TOKEN}")
    client.setQuery(SELECT)
    client.setReturnFormat(JSON)
    for method, request in (("GET", None), (POST, None), (POST, POSTDIRECTLY)):
        client.setMethod(method)
        if request:
            client.setRequestMethod(request)
        values = [row["o"]["value"] for row in client.queryAndConvert()["results"]["bindings"]]
        assert values == ["1", "北京"]
    client.setReturnFormat(XML)
    assert len(client.queryAndConvert().getElementsByTagName("result")) == 2
    client.setReturnFormat(CSV)
    assert client.queryAndConvert().decode().splitlines() == ["o", "1", "北京"]
    client.setQuery(CONSTRUCT)
    client.setReturnFormat(TURTLE)
    assert len(rdflib.Graph().parse(data=client.queryAndConvert(), format="turtle")) == 2
    client.setQuery("ASK { ?s ?p 1 }")
    client.setReturnFormat(JSON)
    assert client.queryAndConvert()["boolean"] is True
    client.setMethod(POST)
    client.setQuery("DELETE WHERE { ?s ?p 1 }")
    client.query()
    assert [row["o"] for row in site.rows(SELECT)] == ["北京"]


def test_rdflib_as_a_reader(site: Site) -> None:
    for method in ("GET", "POST", "POST_FORM"):
        graph = rdflib.Graph(SPARQLStore(f"{site.url}/sparql", method=method))
        assert set(graph.objects(S, P)) == {rdflib.Literal(1), rdflib.Literal("北京", lang="zh")}
        assert len(graph.query(CONSTRUCT).graph or ()) == 2
        assert graph.query("ASK { ?s ?p 1 }").askAnswer is True


def test_rdflib_as_a_writer(site: Site) -> None:
    store = SPARQLUpdateStore(f"{site.url}/sparql", f"{site.url}/update", headers=AUTHORIZED)
    graph = rdflib.Graph(store, identifier=rdflib.URIRef("http://example.org/g"))
    graph.add((S, P, rdflib.Literal("a 'quoted' \\ text\nof \"lines\"")))
    graph.add((S, P, rdflib.Literal(1.5)))
    assert len(graph) == 2
    graph.remove((S, P, rdflib.Literal(1.5)))
    assert [str(value) for value in graph.objects(S, P)] == ["a 'quoted' \\ text\nof \"lines\""]
    store.update(
        "INSERT DATA { GRAPH <http://example.org/h> { <http://example.org/s> a <http://example.org/T> } }"
    )
    assert {str(context) for context in store.contexts()} >= {
        "http://example.org/g",
        "http://example.org/h",
    }
    graph.remove((None, None, None))
    assert len(graph) == 0


def test_a_spreadsheet(site: Site) -> None:
    rows = list(csv.DictReader(io.StringIO(site.query(SELECT, "text/csv").text)))
    assert rows == [{"o": "1"}, {"o": "北京"}]


@pytest.fixture(scope="session")
def comunica() -> Path:
    """The script, with what it needs installed once, exactly as the lock file says."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout
    if int(version.lstrip("v").partition(".")[0]) < 18:
        pytest.skip(f"node {version.strip()} is older than 18")
    installed, lock = CLIENTS / "node_modules" / ".package-lock.json", CLIENTS / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, timeout=300, check=False)
        if any(code in done.stderr for code in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT")):
            pytest.skip("the npm registry cannot be reached")
        assert done.returncode == 0, done.stderr
    return CLIENTS / "comunica.mjs"


def test_comunica(site: Site, comunica: Path) -> None:
    def ask(query: str) -> str:
        command = ["node", str(comunica), f"{site.url}/sparql", query]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    bindings = json.loads(ask(SELECT))["results"]["bindings"]
    assert [row["o"]["value"] for row in bindings] == ["1", "北京"]
    assert json.loads(ask("ASK { ?s ?p 2 }"))["boolean"] is False
    assert ask(CONSTRUCT).count("\n") == 2
