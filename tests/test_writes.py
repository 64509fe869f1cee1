"""Writes over HTTP: validated, published whole or refused whole, serialized, and never lost."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from harness import BASE, SLUG, Reply, Site, serving, within

from innograph.loader.publishing import Publisher
from innograph.loader.releases import Releases

TOKEN = "a-token-for-tests"
GRAPH = f"<{BASE}graph/{SLUG}>"
FIGURE = f"<{BASE}observation/{SLUG}/beijing/patents-per-10000-people/2023>"
PREFIXES = """PREFIX inno: <https://w3id.org/innograph/ontology#>
PREFIX sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
"""


def correction(old: str, new: str) -> str:
    """An update that replaces the figure of 2023 whole."""
    return f"""{PREFIXES} WITH {GRAPH}
    DELETE {{ {FIGURE} sdmx-measure:obsValue {old} ; inno:valueAsStated "{old}" }}
    INSERT {{ {FIGURE} sdmx-measure:obsValue {new} ; inno:valueAsStated "{new}" }}
    WHERE {{ {FIGURE} sdmx-measure:obsValue {old} }}"""


def remark(name: str) -> str:
    """An update that adds a person with two facts that belong together."""
    person = f"<{BASE}person/{name}>"
    return f"""{PREFIXES} INSERT DATA {{ GRAPH {GRAPH} {{
      {person} a schema:Person ; rdfs:label "{name}"@en ; schema:jobTitle "{name}"@en }} }}"""


def update(site: Site, text: str, **headers: str) -> Reply:
    sent = {"Authorization": f"Bearer {TOKEN}", "Content_Type": "application/sparql-update"} | headers
    return site.request("POST", "/update", text, **sent)


def figure(site: Site) -> str:
    [row] = site.rows(f"{PREFIXES} SELECT ?v {{ {FIGURE} sdmx-measure:obsValue ?v }}")
    return row["v"]


@pytest.fixture
def own(store: Path, tmp_path: Path) -> Path:
    """A store of one's own with the published graph."""
    return Path(shutil.copytree(store, tmp_path / "own"))


@pytest.fixture
def site(own: Path) -> Iterator[Site]:
    with serving(own, INNOGRAPH_TOKEN=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def untouched(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store to which nothing is ever written, for all that must be refused."""
    return Path(shutil.copytree(store, tmp_path_factory.mktemp("untouched") / "store"))


@pytest.fixture(scope="module")
def refusing(untouched: Path) -> Iterator[Site]:
    with serving(untouched, INNOGRAPH_TOKEN=TOKEN) as running:
        yield running


def test_an_update_is_published_as_a_release_and_read_at_once(site: Site) -> None:
    assert figure(site) == "262.9"
    before = site.get("/city/beijing.ttl").headers["etag"]
    written = update(site, correction("262.9", "263.1"))
    assert (written.status, written.headers["innograph-release"]) == (204, "2")
    assert figure(site) == "263.1"
    assert site.get("/city/beijing.ttl", If_None_Match=before).status == 200
    assert site.query(f"{PREFIXES} SELECT ?v {{ {FIGURE} sdmx-measure:obsValue ?v }}", release="1").json()[
        "results"
    ]["bindings"][0]["v"]["value"] == ("262.9")


def test_what_is_derived_and_counted_follows(site: Site, own: Path) -> None:
    update(site, correction("262.9", "96.4"))
    [change] = site.rows(
        f"{PREFIXES} SELECT ?ratio {{ ?c inno:toObservation {FIGURE} ; inno:ratio ?ratio ; a inno:Change }}"
    )
    assert change["ratio"] == "2"
    verdicts = site.rows(f"""{PREFIXES} SELECT ?verdict {{ ?r a schema:ClaimReview ; inno:verdict ?verdict ;
        schema:itemReviewed [ inno:factorAbove 5 ] }}""")
    assert [row["verdict"] for row in verdicts] == [f"{BASE}verdict/refuted"]
    void = "http://rdfs.org/ns/void#"
    [told] = site.rows(f"SELECT ?n {{ <{BASE}dataset/{SLUG}> <{void}triples> ?n }}")
    [real] = site.rows(f"SELECT (COUNT(*) AS ?n) {{ GRAPH {GRAPH} {{ ?s ?p ?o }} }}")
    assert told == real
    described = Releases(own).current().description
    assert described.quads == sum(described.graphs.values())
    dumped = within("dump", "--store", own, "--canonical").stdout.encode()
    import hashlib

    assert hashlib.sha256(dumped).hexdigest() == described.checksum


def test_an_update_that_would_break_the_graph_is_refused_whole(refusing: Site, untouched: Path) -> None:
    spoiling = f"""{remark("innocent")} ;
      {PREFIXES} DELETE WHERE {{ GRAPH {GRAPH} {{ {FIGURE} sdmx-measure:obsValue ?v }} }}"""
    refused = update(refusing, spoiling)
    assert refused.status == 422
    problem = refused.json()
    assert problem["title"] == "Invalid graph"
    assert FIGURE[1:-1] in {finding["focus"] for finding in problem["findings"]}
    assert all(finding["message"] for finding in problem["findings"])
    assert figure(refusing) == "262.9"
    assert refusing.rows(f"SELECT ?p {{ <{BASE}person/innocent> ?p ?o }}") == []
    assert Releases(untouched).state().published == (1,)
    assert [p.name for p in (untouched / "releases").iterdir()] == ["0001"]


def test_the_report_is_rdf_where_rdf_is_wanted(refusing: Site) -> None:
    spoiling = f"{PREFIXES} DELETE WHERE {{ GRAPH {GRAPH} {{ {FIGURE} sdmx-measure:obsValue ?v }} }}"
    refused = update(refusing, spoiling, Accept="text/turtle")
    assert (refused.status, refused.media_type) == (422, "text/turtle")
    graph = rdflib.Graph().parse(data=refused.text, format="turtle")
    sh = rdflib.Namespace("http://www.w3.org/ns/shacl#")
    assert (None, rdflib.RDF.type, sh.ValidationReport) in graph
    assert rdflib.URIRef(FIGURE[1:-1]) in set(graph.objects(None, sh.focusNode))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("INSERT DATA { <http://example.org/a> <http://example.org/b> 1 }", 422),  # in no source's graph
        ("INSERT DATA {", 400),
        ("LOAD <http://127.0.0.1:9/>", 403),
        ("LOAD <file:///etc/passwd>", 403),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403),
        (f"CREATE GRAPH {GRAPH}", 409),
        ("DROP ALL", 403),  # derived facts and the catalogue are computed
        (f"CLEAR GRAPH <{BASE}graph/derived>", 403),
    ],
)
def test_what_cannot_be_done_is_said_so(refusing: Site, untouched: Path, text: str, status: int) -> None:
    reply = update(refusing, text)
    assert reply.status == status, reply.text
    assert reply.json()["detail"]
    assert Releases(untouched).state().published == (1,)


def test_writing_needs_the_token(refusing: Site, store: Path) -> None:
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        reply = refusing.request(
            "POST", "/update", remark("x"), Content_Type="application/sparql-update", **header
        )
        assert reply.status == 401
        assert reply.headers["www-authenticate"].startswith("Bearer")
    assert figure(refusing) == "262.9"


def test_without_a_token_nobody_writes(store: Path) -> None:
    with serving(store) as readonly:
        assert update(readonly, remark("x")).status == 403
        assert (
            readonly.request("PUT", "/graphs?graph=http://e/g", "", Content_Type="text/turtle").status == 403
        )


def test_blank_nodes_get_iris_of_ours(site: Site) -> None:
    person = '[] a schema:Person ; rdfs:label "somebody"@en'
    assert update(site, f"{PREFIXES} INSERT DATA {{ GRAPH {GRAPH} {{ {person} }} }}").status == 204
    [row] = site.rows(f'{PREFIXES} SELECT ?s {{ ?s rdfs:label "somebody"@en }}')
    assert row["s"].startswith(f"{BASE}.well-known/genid/")
    assert site.get(row["s"].removeprefix(BASE[:-1]), Accept="text/turtle").status == 303


def test_an_update_that_changes_nothing_makes_no_release(refusing: Site) -> None:
    assert (
        update(refusing, f"DELETE DATA {{ GRAPH {GRAPH} {{ <http://e/x> <http://e/y> 1 }} }}").status == 204
    )
    assert update(refusing, "").status == 204
    assert refusing.get("/health/ready").json()["release"] == 1


def test_many_writers_are_serialized_and_none_is_lost(site: Site, own: Path) -> None:
    statuses: list[int] = []
    reads: list[int] = []
    done = threading.Event()

    def writes(writer: int) -> None:
        statuses.extend(update(site, remark(f"writer-{writer}-{turn}")).status for turn in range(3))

    def keep_reading() -> None:
        while not done.is_set():
            reads.append(site.query("ASK { ?s a <https://schema.org/City> }").status)

    reader = threading.Thread(target=keep_reading)
    writers = [threading.Thread(target=writes, args=[n]) for n in range(16)]
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert statuses == [204] * 48
    assert set(reads) == {200}
    found = site.rows(f'{PREFIXES} SELECT ?n {{ ?s rdfs:label ?n FILTER(STRSTARTS(?n, "writer-")) }}')
    assert len(found) == 48
    assert Releases(own).current().number < 49, "waiting updates share a release"


def test_a_bad_update_among_good_ones_is_refused_alone(site: Site) -> None:
    replies: dict[str, int] = {}

    def send(name: str, text: str) -> None:
        replies[name] = update(site, text).status

    spoiling = f"{PREFIXES} DELETE WHERE {{ GRAPH {GRAPH} {{ {FIGURE} sdmx-measure:obsValue ?v }} }}"
    texts = {f"good-{n}": remark(f"good-{n}") for n in range(6)} | {"bad": spoiling, "broken": "INSERT {"}
    threads = [threading.Thread(target=send, args=item) for item in texts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == {f"good-{n}": 204 for n in range(6)} | {"bad": 422, "broken": 400}
    assert figure(site) == "262.9"


def test_the_command_line_writes_while_the_server_runs(site: Site, own: Path) -> None:
    done = within("update", "--store", own, correction("262.9", "264.5"))
    assert "release 2" in done.stdout
    assert figure(site) == "264.5"
    refused = within("update", "--store", own, f"DELETE WHERE {{ {FIGURE} ?p ?o }}", check=False)
    assert refused.returncode == 0, "the default graph holds nothing to delete"
    spoiling = f"DELETE WHERE {{ GRAPH ?g {{ {FIGURE} <http://purl.org/linked-data/sdmx/2009/measure#obsValue> ?o }} }}"
    refused = within("update", "--store", own, spoiling, check=False)
    assert refused.returncode == 1
    assert "to mend" in refused.stderr or "give sdmx-measure:obsValue" in refused.stderr


def test_a_rollback_followed_by_a_write_forgets_what_was_rolled_back(site: Site, own: Path) -> None:
    update(site, correction("262.9", "200.0"))
    Publisher(own).rollback(1)
    assert figure(site) == "262.9"
    update(site, remark("later"))
    assert figure(site) == "262.9"
    assert site.rows(f"SELECT ?p {{ <{BASE}person/later> ?p ?o }}") != []


def test_a_write_in_turtle_replaces_a_graph_whole_or_not_at_all(site: Site) -> None:
    address = f"/graphs?graph={BASE}graph/{SLUG}"
    held = site.get(address, Accept="text/turtle")
    assert held.status == 200
    credentials = {"Authorization": f"Bearer {TOKEN}", "Content_Type": "text/turtle"}
    changed = held.text.replace('"262.9"', '"262.5"').replace("obsValue> 262.9", "obsValue> 262.5")
    changed = changed.replace("sdmx-measure:obsValue 262.9", "sdmx-measure:obsValue 262.5")
    assert site.request("PUT", address, changed, **credentials).status == 204
    assert figure(site) == "262.5"
    broken = site.request("PUT", address, changed + "\n<x> <y>", **credentials)
    assert broken.status == 400
    assert broken.json()["line"] > 10
    assert site.request("PUT", address, "<http://e/a> <http://e/b> 1 .", **credentials).status == 422
    assert figure(site) == "262.5"


def test_small_writes_keep_the_store_small(own: Path) -> None:
    """Two thousand updates, by the writer itself; many share a release, as they do over HTTP."""
    from innograph.loader.changing import write
    from innograph.loader.requests import Mode, Update

    publisher, mode = Publisher(own), Mode(BASE, rules=False)
    sizes = []
    for turn in range(100):
        name = turn * 20
        requests = [
            Update(f'INSERT DATA {{ GRAPH {GRAPH} {{ <{BASE}person/n{name + n}> <{BASE}p> "{n}" }} }}')
            for n in range(20)
        ]
        assert all(outcome.error is None for outcome in write(publisher, requests, mode))
        files = [path for path in (Releases(own).current().path / "store").iterdir() if path.is_file()]
        sizes.append((len(files), sum(path.stat().st_size for path in files)))
    assert Releases(own).current().description.quads == Releases(own).all()[0].description.quads + 19 * 20
    assert max(count for count, _ in sizes) < 120
    assert sizes[-1][1] < 20 << 20
    assert len(list((own / "releases").iterdir())) == 20


def test_a_writer_that_runs_out_of_memory_hurts_nobody(own: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12)
    )
    bomb += (
        ']><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
        '<rdf:Description rdf:about="http://e/x"><e:p>&a12;</e:p></rdf:Description></rdf:RDF>'
    )
    deep = (
        "<http://e/s> <http://e/p> "
        + "<<( <http://e/s> <http://e/p> " * 20_000
        + "1"
        + " )>>" * 20_000
        + " ."
    )
    limits = {"INNOGRAPH_WRITER_MEMORY": str(600 << 20), "INNOGRAPH_WRITE_DEADLINE": "10"}
    with serving(own, INNOGRAPH_TOKEN=TOKEN, **limits) as site:
        for body, kind in ((bomb, "application/rdf+xml"), (deep, "application/n-triples")):
            reply = site.request(
                "PUT", "/graphs?graph=http://e/g", body, Authorization=f"Bearer {TOKEN}", Content_Type=kind
            )
            assert reply.status in (400, 422, 503), reply.text
            assert update(site, remark(f"after-{reply.status}-{kind[-7:-4]}")).status == 204
        assert figure(site) == "262.9"


def test_remote_contexts_are_never_fetched(refusing: Site) -> None:
    body = json.dumps({"@context": "http://127.0.0.1:9/context.jsonld", "@id": "http://e/x", "name": "x"})
    reply = refusing.request(
        "PUT",
        "/graphs?graph=http://e/g",
        body,
        Authorization=f"Bearer {TOKEN}",
        Content_Type="application/ld+json",
    )
    assert reply.status == 400, "an answer, and not the 503 of a writer that waits for an address"
