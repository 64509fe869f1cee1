"""Serving a store elsewhere over HTTP, writing to it, and publishing to it by `build --to`."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from engines.stores import Addresses, free_port, oxigraph
from harness import BASE, SLUG, Site, innograph, serving
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from innograph.loader.publishing import Publisher
from innograph.loader.releases import Releases
from innograph.loader.remote_publishing import Target, publish
from innograph.loader.remote_store import StoreError
from innograph.server.application import create_app
from innograph.server.settings import Settings

REFERENCE = f"{BASE}graph/reference"
CITY = f"SELECT ?p ?o WHERE {{ <{BASE}city/beijing> ?p ?o }} ORDER BY ?p ?o"
TOKEN = "only-for-this-test"
TURTLE = "text/turtle"
DERIVED = NamedNode(f"{BASE}graph/derived")


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def there(store: Path) -> Iterator[Addresses]:
    """Oxigraph's own server, read-only over a release: a store that tells no release."""
    with oxigraph(store / "releases" / "0001" / "store") as addresses:
        yield addresses


@pytest.fixture(scope="module")
def front(there: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of ours over it."""
    with serving(tmp_path_factory.mktemp("none"), "--engine", there.query) as running:
        yield running


@pytest.mark.parametrize(
    "path", ["city/beijing", f"observation/{SLUG}/beijing/technology-contract-value/2023"]
)
def test_documents_are_those_of_the_local_engine(front: Site, site: Site, path: str) -> None:
    triples = [
        set(parse(served.get(f"/{path}.nt").body, format=RdfFormat.N_TRIPLES)) for served in (front, site)
    ]
    assert triples[0] == triples[1]
    assert front.get(f"/{path}.csv").body == site.get(f"/{path}.csv").body


def test_a_store_elsewhere_is_reconciled(front: Site, site: Site) -> None:
    """Without an index: the same thing is certain, and the same values are fetched."""
    batch = {
        "name": {"query": "beijing", "type": "schema:City", "properties": [{"pid": "country", "v": "CN"}]},
        "other": {"query": "北京市"},
        "identifier": {"properties": [{"pid": "geonames", "v": "2038349"}]},
        "nothing": {"query": "Qwertz"},
    }
    wanted = {"ids": ["city/beijing"], "properties": [{"id": "wikidata"}, {"id": "country"}]}
    for fields in ({"queries": batch}, {"extend": wanted}):
        body = urlencode({name: json.dumps(value) for name, value in fields.items()})
        kind = "application/x-www-form-urlencoded"
        there, here = (s.request("POST", "/reconcile", body, Content_Type=kind).json() for s in (front, site))
        if "queries" in fields:
            there, here = (
                {key: [one["id"] for one in found["result"] if one["match"]] for key, found in answer.items()}
                for answer in (there, here)
            )
            assert here["name"] == here["other"] == here["identifier"] == [f"{BASE}city/beijing"]
        assert there == here
    prefix = "/reconcile/suggest/entity?prefix=beij"
    assert front.get(prefix).json()["result"][0] == site.get(prefix).json()["result"][0]


def test_answers_are_those_of_the_local_engine(front: Site, site: Site) -> None:
    for accept in ("application/sparql-results+json", "text/csv", "text/tab-separated-values"):
        assert front.query(CITY, accept).body == site.query(CITY, accept).body
    for path in (
        "/",
        "/city/beijing.html",
        "/city/beijing.bib",
        "/city/beijing/chart.svg",
        "/download",
        "/catalog",
        "/health/ready",
        "/.well-known/void",
    ):
        assert front.get(path).status == 200
    assert front.get("/city/nowhere").status == 404
    assert front.get("/download/1/all.csv").status == 404


def test_without_a_release_nothing_is_kept_by_caches(front: Site) -> None:
    for reply in (front.query(CITY), front.get("/city/beijing.ttl"), front.get("/catalog", Accept=TURTLE)):
        assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
        assert "etag" not in reply.headers
    assert front.query(CITY, release="1").status == 404


@pytest.mark.parametrize("text", ["SELECT ?s WHERE {\n ?s ?p }", "SELECT ?s WHERE { <a> ?p }", "ASK {{}"])
def test_the_stores_words_about_a_bad_query_are_those_of_the_local_engine(
    front: Site, site: Site, text: str
) -> None:
    problem = front.query(text)
    assert (problem.status, problem.media_type) == (400, "application/problem+json")
    assert problem.json() | {"request_id": ""} == site.query(text).json() | {"request_id": ""}


def test_a_store_that_is_down_is_a_502_and_not_ready(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}/sparql"
    started = innograph("serve", "--engine", "ftp://x", check=False)
    assert (started.returncode, "INNOGRAPH_ENGINE" in started.stderr) == (2, True)
    client = create_app(Settings(store=tmp_path, engine=address)).test_client()
    assert client.get("/sparql", query_string={"query": CITY}).status_code == 502
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200


def test_writes_are_refused_where_no_writing_address_is_given(there: Addresses, tmp_path: Path) -> None:
    with serving(tmp_path, "--engine", there.query, INNOGRAPH_TOKEN=TOKEN) as site:
        bearer = f"Bearer {TOKEN}"
        update = site.request(
            "POST", "/update", "CLEAR ALL", Content_Type="application/sparql-update", Authorization=bearer
        )
        assert (update.status, "INNOGRAPH_ENGINE_UPDATE" in update.json()["detail"]) == (403, True)
        put = site.request("PUT", f"/graphs?graph={REFERENCE}", "", Content_Type=TURTLE, Authorization=bearer)
        assert (put.status, "INNOGRAPH_ENGINE_GRAPHS" in put.json()["detail"]) == (403, True)


def test_a_release_is_published_with_tags_and_writes_take_them_away(tmp_path: Path) -> None:
    with oxigraph() as there:
        build = ("build", "--store", tmp_path / "store", "--to", there.graphs)
        first = json.loads(innograph(*build, "--json").stdout)
        assert len(first["remote"]["sent"]) == len(first["graphs"])
        release = Releases(tmp_path / "store").current()
        again = publish(release, Target(there.graphs), quiet)
        assert (again.sent, len(again.kept)) == ([], len(first["graphs"]))

        written = {"INNOGRAPH_ENGINE_UPDATE": there.update, "INNOGRAPH_ENGINE_GRAPHS": there.graphs}
        settings = ("--engine", there.query)
        with serving(tmp_path / "none", *settings, INNOGRAPH_TOKEN=TOKEN, **written) as site:
            reply = site.query(CITY)
            assert reply.headers["innograph-release"] == str(first["number"])
            assert reply.headers["etag"].strip('"').startswith(first["identity"])
            unchanged = site.get(
                "/city/beijing.ttl", If_None_Match=site.get("/city/beijing.ttl").headers["etag"]
            )
            assert unchanged.status == 304

            bearer = f"Bearer {TOKEN}"
            graph = f"/graphs?graph={BASE}graph/new"
            text = "<urn:a> <urn:b> 1 ."
            assert site.request("PUT", graph, text, Content_Type=TURTLE, Authorization=bearer).status == 201
            assert site.get(graph, Accept="application/n-triples").text.startswith("<urn:a> <urn:b>")
            assert "etag" not in site.query(CITY).headers
            more = "INSERT DATA { GRAPH <graph/new> { <urn:a> <urn:b> 2 } }"
            done = site.request(
                "POST", "/update", more, Content_Type="application/sparql-update", Authorization=bearer
            )
            assert done.status == 204
            assert len(site.rows("SELECT ?o WHERE { <urn:a> <urn:b> ?o }")) == 2
            assert site.request("DELETE", graph, Authorization=bearer).status == 204
            assert site.get(graph).status == 404
            assert site.request("DELETE", graph, Authorization=bearer).status == 404

            # Nobody knows any more what the store holds: all of it is sent.
            assert len(publish(release, Target(there.graphs), quiet).sent) == len(first["graphs"])
            assert site.query(CITY).headers["etag"].strip('"').startswith(first["identity"])


def test_publishing_counts_and_mends(store: Path) -> None:
    release = Releases(store).current()
    with oxigraph() as there:
        for target in (Target(there.graphs), Target(there.graphs, there.query)):
            publish(release, target, quiet, everything=True)
            Site(there.graphs).request(
                "POST", f"/store?graph={REFERENCE}", "<urn:a> <urn:b> 1 .", Content_Type=TURTLE
            )
            with pytest.raises(StoreError, match=f"{REFERENCE}: .* with --everything"):
                publish(release, target, quiet)
            assert publish(release, target, quiet, everything=True).kept == []
            assert publish(release, target, quiet).sent == []


def test_a_graph_that_is_no_more_is_removed(store: Path, tmp_path: Path) -> None:
    publisher = Publisher(tmp_path / "store")
    first = Releases(store).current()
    with oxigraph() as there:
        target = Target(there.graphs)
        assert len(publish(first, target, quiet).sent) == 5
        with publisher.draft(BASE, clone=False) as draft:
            draft.store.extend(q for q in Store.read_only(str(first.store)) if q.graph_name != DERIVED)
            release = draft.publish(kind="test", message="without what is derived")
        published = publish(release, target, quiet)
        assert (published.sent, published.removed) == ([], [DERIVED.value])
        assert Site(there.graphs).get(f"/store?graph={DERIVED.value}").status == 404


def test_publishing_goes_on_where_it_was_broken_off(store: Path) -> None:
    release = Releases(store).current()
    with oxigraph() as there:
        with breaking_after(6, there) as broken, pytest.raises(StoreError, match="507"):
            publish(release, Target(broken), quiet)
        mark = (
            Site(there.graphs).get(f"/store?graph={BASE}graph/release", Accept="application/n-triples").text
        )
        assert "checksumValue" in mark
        assert "dcat#version" not in mark
        published = publish(release, Target(there.graphs), quiet)
        assert published.kept
        assert published.sent
        assert len(published.sent) + len(published.kept) == 5


@contextlib.contextmanager
def breaking_after(requests: int, there: Addresses) -> Iterator[str]:
    """The address of a gateway to a graph store that hands on so many requests, and fails from then on."""
    seen = iter(range(requests))

    class Gateway(BaseHTTPRequestHandler):
        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if next(seen, None) is None:
                self.send_error(507)
                return
            connection = http.client.HTTPConnection(urlsplit(there.graphs).netloc)
            sent = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection.request(self.command, self.path, body, sent)
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.getheader("Content-Type", "text/plain"))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            connection.close()

        do_GET = do_PUT = do_POST = do_DELETE = forward

        def log_message(self, *_: object) -> None:
            pass

    gateway = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=gateway.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{gateway.server_address[1]}/store"
    finally:
        gateway.shutdown()
        gateway.server_close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "nonsense"], "no http(s) address"),
        (["--to", "http://me:secret@127.0.0.1/"], "credentials do not belong into an address"),
        (["--everything"], "go with --to"),
    ],
)
def test_what_is_wrong_with_the_address_is_said(tmp_path: Path, arguments: list[str], words: str) -> None:
    refused = innograph("build", "--store", tmp_path / "store", *arguments, check=False)
    assert (refused.returncode, words in refused.stderr) == (2, True)
    assert "secret" not in refused.stderr
