"""Releases over HTTP: what each is, what changed between two, and the graph as it was at a date."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from harness import BASE, Reply, Site, serving
from pyoxigraph import RdfFormat, Store, parse
from states import FIGURE, GRAPH, published_thrice

from innograph.loader.canonical import canonical_lines
from innograph.loader.releases import Releases

DCAT, SPDX = "http://www.w3.org/ns/dcat#", "http://spdx.org/rdf/terms#"
VALUE = f"SELECT ?v WHERE {{ <{FIGURE}> <https://w3id.org/innograph/ontology#valueAsStated> ?v }}"
DOCUMENT = "/" + FIGURE.removeprefix(BASE) + ".nt"


@pytest.fixture(scope="module")
def root(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served") / "store"
    published_thrice(store, root)
    for number, minute in ((1, 0), (2, 10), (3, 20)):  # as if time had passed between them
        spread(root, number, minute)
    return root


def spread(root: Path, number: int, minute: int) -> None:
    """Set when a release was made, in its description and in the state."""
    path = root / "releases" / f"{number:04d}" / "release.json"
    created = Releases(root).get(number).description.created
    when = f"2026-01-02T03:{minute:02d}:05.678+00:00"
    for file in (path, root / (root / "current").readlink()):
        file.write_text(file.read_text("utf-8").replace(created, when), "utf-8")


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[Site]:
    with serving(root) as running:
        yield running


def at(minute: int, second: int = 5) -> str:
    return format_datetime(datetime(2026, 1, 2, 3, minute, second, tzinfo=UTC), usegmt=True)


def links(reply: Reply) -> dict[str, list[str]]:
    """The targets of a Link header by each of their relations."""
    found: dict[str, list[str]] = {}
    for target, relations in re.findall(r'<([^>]*)>; rel="([^"]*)"', reply.headers.get("link", "")):
        for relation in relations.split():
            found.setdefault(relation, []).append(target)
    return found


def test_releases_are_listed_with_their_checksums_and_what_they_were_made_from(
    served: Site, root: Path
) -> None:
    listed = served.get("/releases").json()
    assert [(r["number"], r["current"], r["previous"]) for r in listed] == [
        (1, False, None),
        (2, False, 1),
        (3, True, 2),
    ]
    for told, release in zip(listed, Releases(root).all(), strict=True):
        assert told["sha256"] == release.description.checksum
        assert {g["graph"]: g["sha256"] for g in told["graphs"]} == release.description.checksums
    one = served.get("/releases/2").json()
    assert one == listed[1]
    assert one["changes"] == f"{served.url}/releases/1..2"
    assert served.get("/releases/9").status == 404
    assert served.get("/releases/2", If_None_Match=served.get("/releases/2").headers["etag"]).status == 304


def test_the_catalogue_tells_versions_and_the_checksum_of_each_source(served: Site, root: Path) -> None:
    triples = set(parse(served.get("/catalog?format=nt").body, RdfFormat.N_TRIPLES))
    found = {(t.subject.value, t.predicate.value): t.object.value for t in triples}
    whole, site = f"{BASE}dataset/all", served.url
    assert found[whole, f"{DCAT}version"] == "3"
    assert found[whole, f"{DCAT}previousVersion"] == f"{site}/releases/2"
    assert found[whole, f"{DCAT}hasCurrentVersion"] == f"{site}/releases/3"
    described = Releases(root).get(3).description
    source = GRAPH.replace("/graph/", "/dataset/")
    for dataset, checksum in ((whole, described.checksum), (source, described.checksums[GRAPH])):
        node = found[dataset, f"{SPDX}checksum"]
        assert found[node, f"{SPDX}checksumValue"] == checksum
        document = set(parse(served.get(f"/{dataset.removeprefix(BASE)}.nt").body, RdfFormat.N_TRIPLES))
        assert {t for t in triples if t.subject.value == node} <= document
    page = served.get("/catalog", Accept="text/html").text
    assert described.checksums[GRAPH] in page
    cited = served.get(f"/{source.removeprefix(BASE)}.cite.txt").text
    assert described.checksums[GRAPH] in cited
    older = served.get("/releases/1?format=ttl").text
    assert described.checksums[GRAPH] not in older
    assert Releases(root).get(1).description.checksums[GRAPH] in older


def test_a_patch_over_http_makes_the_one_release_of_the_other(served: Site, root: Path) -> None:
    plain = served.get("/releases/1..3", Accept="application/rdf-patch")
    assert (plain.status, plain.media_type) == (200, "application/rdf-patch")
    packed = served.get("/releases/1..3?format=rdfp", Accept_Encoding="gzip")
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    first = Releases(root).get(1)
    lines = set(canonical_lines(Store.read_only(str(first.store))))
    removed = served.get("/releases/1..3/removed.nq").body.splitlines(keepends=True)
    added = served.get("/releases/1..3/added.nq").body.splitlines(keepends=True)
    made = (lines - set(removed)) | set(added)
    digest = hashlib.sha256(b"".join(sorted(made))).hexdigest()
    assert digest == served.get("/releases/3").json()["sha256"]
    assert (
        served.get("/releases/1..3", If_None_Match=served.get("/releases/1..3").headers["etag"]).status == 304
    )
    refused = served.get("/releases/1..3", Accept="application/n-quads")
    assert (refused.status, "/releases/1..3/added.nq" in refused.text) == (406, True)
    assert served.get("/releases/1..9").status == 404
    assert served.get("/releases/1..3").json()["added"] == len(added)
    assert served.get("/releases/2..2").json()["graphs"] == []


@pytest.mark.parametrize(("language", "word"), [("en", "changed"), ("zh", "修改"), ("ja", "変更")])
def test_people_read_what_changed(served: Site, language: str, word: str) -> None:
    reply = served.get(f"/releases/1..2?lang={language}", Accept="text/html")
    assert reply.status == 200
    assert ">Article on Beijing&#39;s innovation, 2014 to 2023</a>" in reply.text
    assert "<del>262.9</del>" in reply.text
    assert "<ins>263.1</ins>" in reply.text
    assert word in reply.text
    for path in ("/releases", "/releases/2"):
        page = served.get(f"{path}?lang={language}", Accept="text/html")
        assert page.status == 200
        assert f'lang="{language}"' in page.text
    assert "/releases/2..3" in served.get("/releases", Accept="text/html").text


def test_a_date_chooses_the_release_that_was_current_then(served: Site) -> None:
    def asked(moment: str) -> tuple[str, str]:
        reply = served.get(DOCUMENT, Accept_Datetime=moment)
        assert reply.status == 200
        assert "accept-datetime" in reply.headers["vary"].lower()
        return reply.headers["innograph-release"], reply.headers["memento-datetime"]

    assert asked(at(0)) == ("1", at(0))
    assert asked(at(9, 59)) == ("1", at(0))
    assert asked(at(10)) == ("2", at(10))
    assert asked("Sat, 01 Jan 2000 00:00:00 GMT") == ("1", at(0))  # before the first: the first
    later = format_datetime(datetime.now(UTC) + timedelta(days=999), usegmt=True)
    assert asked(later) == ("3", at(20))
    assert '"262.9"' in served.get(DOCUMENT, Accept_Datetime=at(5)).text
    assert '"263.1"' in served.get(DOCUMENT, Accept_Datetime=at(15)).text


def test_queries_tables_and_the_catalogue_are_asked_as_of_a_date_too(served: Site) -> None:
    path = f"/sparql?{urlencode({'query': VALUE})}"
    assert served.get(path).json()["results"]["bindings"][0]["v"]["value"] == "263.1"  # now in the cache
    then = served.get(path, Accept_Datetime=at(5))
    assert then.json()["results"]["bindings"][0]["v"]["value"] == "262.9"
    assert then.headers["memento-datetime"] == at(0)
    posted = served.request(
        "POST", "/sparql", VALUE, Content_Type="application/sparql-query", Accept_Datetime=at(5)
    )
    assert posted.json() == then.json()
    assert posted.headers["memento-datetime"] == at(0)
    table = served.get("/indicator/patents-per-10000-people.csv", Accept_Datetime=at(5))
    assert ",262.9," in table.text
    assert served.get("/catalog?format=nt", Accept_Datetime=at(5)).headers["innograph-release"] == "1"
    graph = served.get(f"/graphs?{urlencode({'graph': GRAPH})}", Accept_Datetime=at(5), Accept="text/turtle")
    assert "262.9" in graph.text
    page = served.get("/catalog", Accept="text/html", Accept_Datetime=at(5)).text
    assert 'class="notice"' in page  # an older release says so


def test_a_memento_links_to_its_neighbours_and_stays_at_its_address(served: Site) -> None:
    then = served.get(DOCUMENT, Accept_Datetime=at(15))
    address = f"{served.url}{DOCUMENT}"
    assert then.headers["content-location"] == f"{address}?release=2"
    found = links(then)
    assert found["original"] == found["timegate"] == [address]
    assert found["timemap"] == [f"{served.url}/timemap{DOCUMENT}"]
    assert (found["first"], found["prev"]) == ([f"{address}?release=1"],) * 2
    assert (found["last"], found["next"]) == ([f"{address}?release=3"],) * 2
    assert sorted(found["memento"]) == [f"{address}?release={number}" for number in (1, 2, 3)]
    # Where both are given, the address says which (RFC 7089, section 4.5.2).
    named = served.get(f"{DOCUMENT}?release=2", Accept_Datetime=at(0))
    assert (named.body, named.headers["memento-datetime"]) == (then.body, at(10))
    assert "content-location" not in named.headers
    now = served.get(DOCUMENT)
    assert "memento-datetime" not in now.headers
    assert links(now)["timegate"] == [address]
    thing = served.get(DOCUMENT.removesuffix(".nt"), Accept="application/n-triples", Accept_Datetime=at(15))
    assert (thing.status, thing.headers["location"]) == (303, f"{DOCUMENT}?release=2")


def test_the_states_of_an_address_are_listed(served: Site) -> None:
    listed = served.get(f"/timemap{DOCUMENT}")
    assert (listed.status, listed.media_type) == (200, "application/link-format")
    mementos = re.findall(r'<([^>]*)>; rel="[^"]*memento"; datetime="([^"]*)"', listed.text)
    assert mementos == [
        (f"{served.url}{DOCUMENT}?release={number}", at(minute))
        for number, minute in ((1, 0), (2, 10), (3, 20))
    ]
    for address, moment in mementos:
        reply = served.get(address.removeprefix(served.url))
        assert (reply.status, reply.headers["memento-datetime"]) == (200, moment)
    query = f"/timemap/sparql?{urlencode({'query': VALUE})}"
    assert len(re.findall("memento", served.get(query).text)) == 3
    assert served.get("/timemap/nothing/here").status == 404
    assert served.get("/timemap/").status == 200


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "2026-01-02T03:04:05Z",
        "Fri, 32 Jan 2026 00:00:00 GMT",
        "Fri, 02 Jan 2026 03:04:05 +0100",
        "",
    ],
)
def test_what_is_no_date_is_refused_with_how_to_write_one(served: Site, moment: str) -> None:
    reply = served.get(DOCUMENT, Accept_Datetime=moment)
    assert reply.status == 400
    assert "Tue, 20 Mar 2001 20:35:00 GMT" in reply.json()["detail"]


def test_a_link_header_cannot_be_forged_by_an_address(served: Site) -> None:
    reply = served.get(f"{DOCUMENT}?x=%3E%0d%0aX:%201&y=b%3e;rel=next,c&release=1")
    assert reply.status == 200
    assert set(links(reply)) == {
        "original",
        "timegate",
        "timemap",
        "first",
        "last",
        "next",
        "memento",
        "describes",
    }
    assert "x" not in reply.headers
