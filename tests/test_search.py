"""Search: what is a word, what is found in which order, and how an index comes and goes, over real HTTP."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from harness import BASE, SLUG, Site, serving, wait_until, within
from hypothesis import given, settings
from hypothesis import strategies as st
from indexing import release_with_index
from pyoxigraph import Literal, NamedNode, Quad, Store

from innograph.loader import changing
from innograph.loader.changing import Mode
from innograph.loader.publishing import Publisher
from innograph.server.engine.local import LocalEngine
from innograph.server.searching.building import FILE, build, fill
from innograph.server.searching.index import search
from innograph.server.searching.keeping import Keeper, State
from innograph.server.searching.scanning import scan
from innograph.server.searching.text import expression, indexed, words
from innograph.server.searching.updating import follow

HEAD = """@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix schema: <https://schema.org/> .
@base <https://example.org/> .
"""
THINGS = """
<city/tokyo> a schema:City ; rdfs:label "Tokyo"@en, "東京都"@ja ; skos:altLabel "Edo"@en .
<person/ito> a schema:Person ; rdfs:label "Itō Müller"@en ; schema:jobTitle "Director of patents"@en .
<concept/patent> a skos:Concept ; rdfs:label "patent"@en, "专利"@zh ;
  skos:definition "A right granted for an invention of Tokyo and elsewhere."@en .
<concept/tokyo-tower> a skos:Concept ; rdfs:label "Tower of Tokyo"@en .
<quotation/one> a schema:Quotation ; schema:text "科技创新中心将迈上新台阶"@zh ; rdfs:label "A word on the future"@en .
<concept/full> a skos:Concept ; rdfs:label "ＡＢＣ ﾃｸﾉﾛｼﾞｰ"@ja .
<concept/korean> a skos:Concept ; rdfs:label "서울특별시"@ko .
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a release of a handful of things, with its index."""
    root = tmp_path_factory.mktemp("searched")
    return release_with_index(root, HEAD + THINGS)


def found(folder: Path, text: str) -> list[str]:
    return [hit.iri.removeprefix("https://example.org/") for hit in search(folder, text, 10).hits]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("tokyo", "city/tokyo"),  # the name itself before names that hold it
        ("tok", "city/tokyo"),
        ("東京", "city/tokyo"),
        ("東京都", "city/tokyo"),
        ("京都", "city/tokyo"),  # two characters inside a run
        ("東", "city/tokyo"),
        ("edo", "city/tokyo"),
        ("tower", "concept/tokyo-tower"),
        ("tokyo tow", "concept/tokyo-tower"),
        ("ITO muller", "person/ito"),  # without accents and capitals
        ("Itō", "person/ito"),
        ("director", "person/ito"),
        ("patents", "person/ito"),  # a job title has that very word
        ("专利", "concept/patent"),
        ("invention right", "concept/patent"),
        ("创新中心", "quotation/one"),
        ("新台", "quotation/one"),
        ("abc", "concept/full"),
        ("テクノロジー", "concept/full"),  # half-width and full-width are one
        ("서울", "concept/korean"),
        ("特别 ", None),
        ("Tower of Tok", "concept/tokyo-tower"),
        ("okyo", None),  # words are found by their beginning
        ("东京", None),
        ("tokyo nothing", None),
        ("", None),
        ("!!! --", None),
    ],
)
def test_words_find_things(folder: Path, typed: str, first: str | None) -> None:
    hits = found(folder, typed)
    assert (hits[0] if hits else None) == first


def test_plurals_find_the_singular_where_nothing_else_is_found(folder: Path) -> None:
    assert found(folder, "towers") == ["concept/tokyo-tower"]
    assert found(folder, "inventions") == ["concept/patent"]


def test_what_was_found_is_told_where_it_is_not_the_name(folder: Path) -> None:
    hit = search(folder, "创新中心", 1).hits[0]
    assert (hit.match, hit.match_language) == ("科技创新中心将迈上新台阶", "zh")
    assert "invention" in search(folder, "invention", 1).hits[0].match


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_any_text_can_be_asked_for(folder: Path, text: str) -> None:
    assert len(search(folder, text, 5).hits) <= 5


@settings(max_examples=200)
@given(st.text(alphabet="北京市東abé 1-", min_size=1, max_size=12))
def test_every_text_has_the_words_that_are_asked_for_when_it_is_typed(text: str) -> None:
    tokens = f" {indexed(text)} ".replace("-", " ")
    for part in filter(None, expression(words(text)).split(" AND ")):
        phrase = part.rstrip(" *").strip('"')
        assert f" {phrase}" in tokens


def get(site: Site, path: str, **parameters: str) -> Any:
    reply = site.get(f"{path}?{urlencode(parameters)}", Accept="application/json")
    assert reply.status == 200, reply.text
    return reply.json()


@pytest.fixture(scope="module")
def searched(site: Site) -> Site:
    """The shared server, when its index is there."""
    wait_until(lambda: site.get("/search?q=x&format=json").status == 200)
    return site


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("beij", "/city/beijing.html"),
        ("北京", "/city/beijing.html"),
        ("patents per", "/indicator/patents-per-10000-people.html"),
        ("每万人专利", "/indicator/patents-per-10000-people.html"),
        ("特許件数", "/indicator/patents-per-10000-people.html"),
        ("Zhang", "/person/zhang-jihong.html"),
        ("262.9", f"/observation/{SLUG}/beijing/patents-per-10000-people/2023.html"),
        ("10,400", f"/observation/{SLUG}/beijing/national-high-tech-enterprises/2014.html"),
    ],
)
def test_the_published_graph_is_found_by_its_words(searched: Site, typed: str, path: str) -> None:
    results = get(searched, "/search", q=typed)["results"]
    assert results[0]["url"] == path
    assert searched.get(path, Accept="text/html").status == 200


def test_figures_are_found_by_what_they_are_of(searched: Site) -> None:
    results = get(searched, "/search", q="high-tech enterprises beijing 2014")["results"]
    assert f"/observation/{SLUG}/beijing/national-high-tech-enterprises/2014.html" in {
        r["url"] for r in results
    }


def test_suggestions_are_in_the_language_of_the_reader(searched: Site) -> None:
    result = get(searched, "/search", q="beijing", lang="zh", limit="1")["results"]
    assert [(r["label"], r["language"], r["url"]) for r in result] == [
        ("北京市", "zh", "/city/beijing.html?lang=zh")
    ]


def test_a_search_is_a_page_and_json_with_the_tag_of_its_release(searched: Site) -> None:
    for accept, kind in (
        ("text/html", "text/html"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
    ):
        reply = searched.get("/search?q=beijing", Accept=accept)
        assert reply.media_type == kind
        assert reply.headers["etag"]
        again = searched.get("/search?q=beijing", Accept=accept, If_None_Match=reply.headers["etag"])
        assert again.status == 304
    page = searched.get("/search?q=" + quote("<b>beijing</b>"), Accept="text/html").text
    assert "<b>" not in page
    assert 'value="&lt;b&gt;beijing&lt;/b&gt;"' in page
    nothing = searched.get("/search?q=qqqq", Accept="text/html")
    assert nothing.status == 200
    assert "Nothing has all of these words" in nothing.text
    assert searched.get("/search?q=a&limit=x").status == 400
    assert searched.get("/search?q=a&release=99", Accept="application/json").status == 404


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Site]]:
    """A store of this module's own, which is written to, and a server over it."""
    store = tmp_path_factory.mktemp("own") / "store"
    within("build", "--store", store)
    with serving(store, INNOGRAPH_TOKEN="secret") as site:
        yield store, site


def indexes(store: Path) -> list[str]:
    return sorted(path.parent.name for path in store.glob(f"releases/*/{FILE}"))


def test_an_index_is_built_beside_each_release_and_goes_with_it(own: tuple[Path, Site]) -> None:
    store, site = own
    first = site.get("/search?q=beijing&format=json")
    page = site.get("/search?q=beijing", Accept="text/html")
    if first.status != 200:  # it is told honestly, until it is there
        assert first.status == 503
        assert first.media_type == "application/problem+json"
        assert "being built" in first.json()["detail"]
        assert int(first.headers["retry-after"]) > 0
    if page.status != 200:
        assert page.status == 503
        assert "being built" in page.text
        assert page.headers["cache-control"] == "no-store"
    wait_until(lambda: site.get("/search?q=beijing&format=json").status == 200)
    assert indexes(store) == ["0001"]

    label = '<http://www.w3.org/2000/01/rdf-schema#label> "Zweistromland"@de'
    update = f"INSERT DATA {{ GRAPH <{BASE}graph/reference> {{ <{BASE}city/beijing> {label} }} }}"
    done = site.request(
        "POST", "/update", update, Authorization="Bearer secret", Content_Type="application/sparql-update"
    )
    assert done.status in (200, 204), done.text
    wait_until(lambda: site.get("/search?q=zweistrom&format=json").status == 200)
    hits = site.get("/search?q=zweistrom&format=json").json()["results"]
    assert hits[0]["iri"] == f"{BASE}city/beijing"
    assert site.get("/search?q=zweistrom&format=json&release=1").json()["results"] == []
    assert indexes(store) == ["0001", "0002"]
    assert not list(store.glob("releases/*/*.new"))

    within("prune", "--store", store, "--keep", "1")
    assert indexes(store) == ["0002"]
    assert site.get("/search?q=beijing&release=1&format=json").status == 404


def test_a_page_has_the_index_built_before_anybody_searches(tmp_path: Path, store: Path) -> None:
    copy = tmp_path / "store"
    shutil.copytree(store, copy, symlinks=True, ignore=shutil.ignore_patterns("search.*"))
    with serving(copy) as site:
        assert not (copy / "releases" / "0001" / FILE).exists()
        assert site.get("/", Accept="text/html").status == 200
        wait_until((copy / "releases" / "0001" / FILE).exists)


def test_a_store_elsewhere_is_looked_through_without_an_index(store: Path) -> None:
    engine = LocalEngine(store, evaluators=1)
    try:
        snapshot = engine.snapshot()
        assert [hit.iri for hit in scan(snapshot, "BEIJ", 1).hits] == [f"{BASE}city/beijing"]
        assert scan(snapshot, 'no" such) thing', 5).hits == []
        assert scan(snapshot, "北京市", 5).hits[0].names[0][1] == "北京市"
        keeper = Keeper(store)
        assert keeper.want(1, snapshot.release.identity) in (State.READY, State.BUILDING)
        assert keeper.want(1, "another store's release 1") is State.ELSEWHERE
        assert keeper.want(99, snapshot.release.identity) is State.ELSEWHERE
    finally:
        engine.close()


def test_a_name_is_found_among_however_many_that_begin_so(tmp_path: Path) -> None:
    release = tmp_path / "0001"
    release.mkdir()
    store = Store(str(release / "store"))
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    many = (
        Quad(NamedNode(f"https://example.org/{n:05}"), label, Literal(f"Apple {n}")) for n in range(3_000)
    )
    store.extend([*many, Quad(NamedNode("https://example.org/z"), label, Literal("Apple", language="en"))])
    store.flush()
    del store
    assert build(release)
    found = search(release, "apple", 3)
    assert found.hits[0].iri == "https://example.org/z"
    assert found.more
    assert found.total >= 1_000


def test_two_builders_do_not_meet(folder: Path) -> None:
    assert not build(folder)


def write(root: Path, text: str) -> Path:
    """Do an update as the server does; the folder of the release that holds it."""
    publisher = Publisher(root)
    mode = Mode("https://example.org/", rules=False)
    outcome = changing.write(publisher, [changing.Update(text)], mode)[0]
    assert outcome.error is None
    assert outcome.release
    return outcome.release.path


def everything(index: Path) -> set[tuple[str, ...]]:
    """What an index holds: each thing with its kind, its texts and its rank."""
    with contextlib.closing(sqlite3.connect(index)) as connection:
        rows = connection.execute("SELECT iri, kind, texts, id >> 40 FROM document").fetchall()
    return {
        (iri, kind, json.dumps(sorted(map(tuple, json.loads(texts)))), rank)
        for iri, kind, texts, rank in rows
    }


FIGURE = """PREFIX i: <https://w3id.org/innograph/ontology#> PREFIX d: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX schema: <https://schema.org/>
BASE <https://example.org/>
"""
WRITES = (
    # A new figure with words, found by what it is of and by them.
    "INSERT DATA { <o/1> a i:CityObservation ; d:refArea <city/tokyo> ; i:indicator <concept/patent> ;"
    " d:refPeriod 1999 ; i:evidence <o/1/evidence/1> . <o/1/evidence/1> oa:hasSelector <o/1/evidence/1/quote> ."
    ' <o/1/evidence/1/quote> oa:exact "forty-two grants" }',
    'INSERT DATA { <person/new> a schema:Person ; rdfs:label "Nova Nemo"@en }',
    'DELETE DATA { <person/new> rdfs:label "Nova Nemo"@en } ; INSERT DATA { <person/new> rdfs:label "Vera"@en }',
    "DELETE WHERE { <person/new> ?p ?o }",
    'DELETE DATA { <o/1/evidence/1/quote> oa:exact "forty-two grants" } ;'
    ' INSERT DATA { <o/1/evidence/1/quote> oa:exact "forty-three grants" }',
    # What figures are called by: they are called otherwise, too.
    'INSERT DATA { <city/tokyo> rdfs:label "Tokio"@de }',
    'DELETE { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(STRSTARTS(STR(?s), "https://example.org/o/1")) }',
)


def test_an_index_follows_small_writes_as_if_it_were_built_anew(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "store"
    shutil.copytree(folder.parents[1], root, symlinks=True)
    followed = []
    for text in WRITES:
        release = write(root, FIGURE + text)
        draft = release / "followed"
        followed.append(follow(draft, release, FILE, Store.read_only(str(release / "store"))))
        assert build(release)
        with contextlib.closing(sqlite3.connect(tmp_path / "whole", isolation_level=None)) as whole:
            fill(whole, Store.read_only(str(release / "store")))
        assert everything(release / FILE) == everything(tmp_path / "whole"), text
        for typed in (
            "tokyo",
            "patent tokyo 1999",
            "grants",
            "nova",
            "vera",
            "tokio",
            "tokio patent",
            "东京",
            "Itō",
        ):
            anew = tmp_path / FILE
            shutil.copyfile(tmp_path / "whole", anew)
            assert [hit.iri for hit in search(release, typed, 20).hits] == [
                hit.iri for hit in search(tmp_path, typed, 20).hits
            ], (text, typed)
        (tmp_path / "whole").unlink()
    assert followed == [True, True, True, True, True, False, True]


def test_an_index_is_found_some_releases_back(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "store"
    shutil.copytree(folder.parents[1], root, symlinks=True)
    for number in range(3):
        release = write(
            root, FIGURE + f'INSERT DATA {{ <person/n{number}> rdfs:label "Number {number}"@en }}'
        )
    assert follow(release / "followed", release, FILE, Store.read_only(str(release / "store")))
    assert build(release)
    assert search(release, "number", 5).total == 3
