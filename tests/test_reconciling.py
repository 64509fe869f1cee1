"""Reconciliation: who is found, how well it fits, and when it is certain, over a store of namesakes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from harness import BASE
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from indexing import release_with_index

from innograph.ontology.authorities import AUTHORITIES, recognized, same, spellings
from innograph.server.application import create_app
from innograph.server.engine.local import LocalEngine
from innograph.server.pages.language import Words
from innograph.server.protocol import ProtocolError
from innograph.server.reconciliation import requests, views
from innograph.server.reconciliation.candidates import Finder, IndexFinder, LabelFinder
from innograph.server.reconciliation.extending import extend
from innograph.server.reconciliation.matching import coordinates, distance
from innograph.server.reconciliation.reconciling import reconcile
from innograph.server.reconciliation.suggesting import entities
from innograph.server.settings import Settings

HEAD = """@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> .
@prefix qudt: <http://qudt.org/schema/qudt/> .
@prefix schema: <https://schema.org/> .
@prefix wd: <http://www.wikidata.org/entity/> .
"""
THINGS = f"""@base <{BASE}> .
wd:Q148 a schema:Country ; rdfs:label "China"@en, "中国"@zh .
wd:Q30 a schema:Country ; rdfs:label "United States of America"@en ; schema:identifier "ISO 3166-1:US" .
<state/illinois> a schema:AdministrativeArea ; rdfs:label "Illinois"@en ; schema:containedInPlace wd:Q30 .
<city/springfield-illinois> a schema:City ; rdfs:label "Springfield"@en ;
  schema:containedInPlace <state/illinois> ; geo:lat 39.8017 ; geo:long -89.6436 .
<city/springfield-missouri> a schema:City ; rdfs:label "Springfield"@en ;
  schema:containedInPlace wd:Q30 ; geo:lat 37.1950 ; geo:long -93.2860 .
<city/springfield-unknown> a schema:City ; rdfs:label "Springfield"@en .
<city/beijing> a schema:City ; rdfs:label "Beijing"@en, "北京市"@zh ; skos:altLabel "Peking"@en ;
  owl:sameAs wd:Q956, <https://sws.geonames.org/2038349/> ; rdfs:seeAlso <https://sws.geonames.org/1816670/> ;
  schema:containedInPlace wd:Q148 ; geo:lat 39.9042 ; geo:long 116.4072 .
<city/zurich> a schema:City ; rdfs:label "Zürich"@de, "Zurich"@en ; owl:sameAs <http://www.wikidata.org/entity/Q72> .
<city/york> a schema:City ; rdfs:label "City of York"@en .
<city/sao-paulo> a schema:City ; rdfs:label "São Paulo"@pt .
<city/nature> a schema:City ; rdfs:label "Nature"@en .
<organization/nature> a schema:Periodical ; rdfs:label "Nature"@en ; schema:issn "0028-0836" .
<person/zhang> a schema:Person ; rdfs:label "Zhang Jihong"@en ; schema:jobTitle "Director"@en .
<scheme/indicators> a skos:ConceptScheme ; rdfs:label "Indicators"@en .
<indicator/patents> a skos:Concept ; skos:inScheme <scheme/indicators> ; skos:prefLabel "Patents"@en, "专利数"@zh ;
  skos:definition "How many patents there are in Springfield and elsewhere."@en .
<unit/yuan> a qudt:Unit ; skos:prefLabel "Chinese yuan"@en ; qudt:currencyCode "CNY" .
<claim/one> a schema:Claim ; rdfs:label "Springfield grew"@en .
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalEngine, Path]]:
    """An engine over a store of namesakes, and the folder of its release, with its index."""
    root = tmp_path_factory.mktemp("namesakes")
    release = release_with_index(root, HEAD + THINGS)
    found = LocalEngine(root / "store", evaluators=1, ready=1)
    yield found, release
    found.close()


@pytest.fixture(scope="module")
def ask(engine: tuple[LocalEngine, Path]) -> Any:
    """Ask one query of the index: its candidates, with the beginning of their IRIs left out."""

    def asked(query: str = "", finder: Finder | None = None, **more: Any) -> list[dict[str, Any]]:
        batch = {"q": {"query": query, **more} if query else more}
        with closing(finder or IndexFinder(engine[1], 10)) as opened:
            answer = reconcile(engine[0].snapshot(), opened, requests.batch(json.dumps(batch)), Words("en"))
        found: list[dict[str, Any]] = answer["q"]["result"]
        return [one | {"id": one["id"].removeprefix(BASE)} for one in found]

    return asked


def where(pid: str, *values: Any) -> list[dict[str, Any]]:
    return [{"pid": pid, "v": list(values)}]


def certain(found: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in found if one["match"]]


@pytest.mark.parametrize(
    ("query", "first", "match"),
    [
        ("Beijing", "city/beijing", True),
        ("  beijing ", "city/beijing", True),
        ("BEIJING", "city/beijing", True),
        ("北京市", "city/beijing", True),
        ("北京", "city/beijing", False),  # a form of the name, not the name
        ("Peking", "city/beijing", True),
        ("Bejing", "city/beijing", False),
        ("Beijng", "city/beijing", False),
        ("Beijing City", "city/beijing", False),
        ("Beijing, China", "city/beijing", False),
        ("Beijing (municipality)", "city/beijing", False),
        ("Zürich", "city/zurich", True),
        ("ZURICH", "city/zurich", True),
        ("Sao Paulo", "city/sao-paulo", False),
        ("Sao Paolo", "city/sao-paulo", False),
        ("York", "city/york", False),
        ("Chinese", "unit/yuan", False),  # all its words are there
        ("专利数", "indicator/patents", True),
        ("Zhang Jihong", "person/zhang", True),
        ("CNY", "unit/yuan", True),
        ("Q956", "city/beijing", True),
        ("http://www.wikidata.org/entity/Q956", "city/beijing", True),
        ("https://www.wikidata.org/wiki/Q956", "city/beijing", True),
        ("https://www.geonames.org/2038349/beijing-shi.html", "city/beijing", True),
        ("https://sws.geonames.org/1816670/", None, False),  # the populated place is another thing
        (f"{BASE}city/beijing", "city/beijing", True),
        ("city/beijing", "city/beijing", True),
        ("https://example.org/beijing", None, False),
        ("Qwertz", None, False),
        ("!!!", None, False),
        ("Springfield grew", "city/springfield-illinois", False),  # a claim is nothing to match with
    ],
)
def test_a_name_finds_its_thing(ask: Any, query: str, first: str | None, match: bool) -> None:
    found = ask(query)
    assert (found[0]["id"] if found else None) == first
    assert bool(certain(found)) == match
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    assert all(0 < one["score"] <= 100 for one in found)


def test_a_condition_that_leaves_one_makes_it_certain(ask: Any) -> None:
    found = ask("Zhang Jihong", properties=where("schema:jobTitle", "Director"))
    assert certain(found) == ["person/zhang"]
    found = ask("Beijing", properties=[*where("country", "CN"), *where("coordinates", "39.9 116.4")])
    assert certain(found) == ["city/beijing"]


def test_namesakes_are_never_certain(ask: Any) -> None:
    found = ask("Springfield", type="schema:City")
    assert {one["id"] for one in found} == {
        f"city/springfield-{at}" for at in ("illinois", "missouri", "unknown")
    }
    assert {one["score"] for one in found} == {100.0}
    assert not certain(found)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("schema:City", "city/nature"),
        ("https://schema.org/City", "city/nature"),
        ("city", "city/nature"),
        ("schema:Place", "city/nature"),
        ("schema:Organization", "organization/nature"),
        ("schema:Periodical", "organization/nature"),
        ("scheme/indicators", None),
        ("schema:Nothing", None),
        ("no type", None),
    ],
)
def test_a_type_restricts(ask: Any, asked: str, found: str | None) -> None:
    assert [one["id"] for one in ask("Nature", type=asked)] == ([found] if found else [])
    assert certain(ask("Nature")) == []


def test_several_types_are_any_or_all(ask: Any) -> None:
    both = ["schema:City", "schema:Organization"]
    assert len(ask("Nature", type=both)) == 2
    assert len(ask("Nature", type=both, type_strict="any")) == 2
    assert ask("Nature", type=both, type_strict="all") == []
    assert len(ask("Nature", type=["schema:City", "schema:Place"], type_strict="all")) == 1


@pytest.mark.parametrize(
    ("conditions", "left"),
    [
        (where("country", "United States"), ["illinois", "missouri", "unknown"]),
        (where("schema:containedInPlace", "US"), ["illinois", "missouri", "unknown"]),
        (where("country", {"id": "http://www.wikidata.org/entity/Q30"}), ["illinois", "missouri", "unknown"]),
        (where("country", "China"), ["unknown"]),  # nothing is known of it: possible, never certain
        (where("country", "Illinois"), ["illinois", "unknown"]),
        (where("country", "Nowhere", "Illinois"), ["illinois", "unknown"]),
        (where("country", "Nowhere"), ["illinois", "missouri", "unknown"]),  # nobody knows it: no answer
        (where("country", "USA"), ["illinois", "missouri", "unknown"]),
        (where("country", "ISO 3166-1:US"), ["illinois", "missouri", "unknown"]),
        (where("country", "United Kingdom"), ["unknown"]),  # however alike the names are
        (where("country", "Canada"), ["unknown"]),  # a country, though not one of the graph's
        (where("coordinates", "39.78, -89.65"), ["illinois", "unknown"]),
        (where("coordinates", "POINT(-93.29 37.2)"), ["missouri", "unknown"]),
        (where("geo:lat", 37.195), ["missouri", "unknown"]),
        (where("geo:lat", "37.195"), ["missouri", "unknown"]),
        (where("coordinates", "somewhere"), ["illinois", "missouri", "unknown"]),
    ],
)
def test_conditions_tell_namesakes_apart(ask: Any, conditions: Any, left: list[str]) -> None:
    found = ask("Springfield", type="schema:City", properties=conditions)
    assert sorted(one["id"].rpartition("-")[2] for one in found) == left
    assert certain(found) == []  # the third may be anywhere


@pytest.mark.parametrize(
    ("query", "conditions", "found", "match"),
    [
        ("", where("owl:sameAs", "http://www.wikidata.org/entity/Q956"), ["city/beijing"], True),
        ("", where("wikidata", "Q956"), ["city/beijing"], True),
        ("", where("wikidata", "https://www.wikidata.org/wiki/Q956"), ["city/beijing"], True),
        ("", where("geonames", 2038349), ["city/beijing"], True),
        ("", where("geonames", "2038349"), ["city/beijing"], True),
        ("Pékin", where("wikidata", "Q956"), ["city/beijing"], True),
        ("Beijing", where("geonames", "1816670"), [], False),  # the populated place
        ("Beijing", where("owl:sameAs", "https://sws.geonames.org/1816670/"), [], False),
        ("Beijing", where("owl:sameAs", "http://dbpedia.org/resource/Beijing"), ["city/beijing"], False),
        ("", where("qudt:currencyCode", "CNY"), ["unit/yuan"], True),
        ("", where("schema:issn", "0028-0836"), ["organization/nature"], True),
        ("", where("schema:jobTitle", "Director"), ["person/zhang"], False),
        ("Zhang Jihong", where("schema:jobTitle", "director"), ["person/zhang"], True),
        ("Zhang Jihong", where("schema:jobTitle", "Minister"), [], False),
        ("Nature", [*where("schema:issn", "0028-0836")], ["organization/nature", "city/nature"], True),
        ("Nature", where("wikidata", "Q180445"), ["city/nature", "organization/nature"], False),
    ],
)
def test_identifiers_and_other_values(
    ask: Any, query: str, conditions: Any, found: list[str], match: bool
) -> None:
    answer = ask(query, properties=conditions)
    assert [one["id"] for one in answer] == found
    assert bool(certain(answer)) == match


def test_an_identifier_that_contradicts_the_name_is_not_certain(ask: Any) -> None:
    found = ask("Zürich", properties=where("wikidata", "Q956"))
    assert [one["id"] for one in found] == ["city/beijing"]  # the other one's identifier is known
    found = ask("York", properties=where("wikidata", "Q956"))
    assert found[0]["id"] == "city/beijing"
    assert certain(ask("Nature", properties=where("wikidata", "Q956"))) == []


def test_the_limit_holds_and_features_are_told(ask: Any) -> None:
    assert len(ask("Springfield", limit=2)) == 2
    (one,) = ask("Beijing", properties=where("country", "China"))
    told = {feature["id"]: feature["value"] for feature in one["features"]}
    assert told == {"name": 1.0, "same_name": True, "identifier": False, "property:country": 1.0}
    assert one["description"] == "City, China"
    assert {"id": "schema:City", "name": "City"} in one["type"]


def test_without_an_index_labels_are_asked(engine: tuple[LocalEngine, Path], ask: Any) -> None:
    def elsewhere(query: str, **more: Any) -> list[str]:
        return [one["id"] for one in ask(query, LabelFinder(engine[0].snapshot()), **more)]

    assert elsewhere("Beijing") == ["city/beijing"]
    assert elsewhere("beijing") == ["city/beijing"]
    assert elsewhere("北京市", type="city") == ["city/beijing"]
    assert elsewhere("city york") == ["city/york"]
    assert elsewhere("Qwertz") == []
    assert certain(ask("Beijing", LabelFinder(engine[0].snapshot()))) == ["city/beijing"]


def test_suggestions_begin_with_what_was_typed(engine: tuple[LocalEngine, Path]) -> None:
    snapshot = engine[0].snapshot()

    def suggested(prefix: str, kind: str = "", cursor: int = 0) -> list[str]:
        with closing(IndexFinder(engine[1], 10)) as finder:
            found = entities(snapshot, finder, prefix, kind, cursor, Words("en"))
        return [one["id"].removeprefix(BASE) for one in found]

    assert suggested("spr") == [f"city/springfield-{at}" for at in ("illinois", "missouri", "unknown")]
    assert suggested("spr", cursor=1) == ["city/springfield-missouri", "city/springfield-unknown"]
    assert suggested("nat", "schema:Organization") == ["organization/nature"]
    assert suggested("北") == ["city/beijing"]
    assert suggested("Q956") == suggested(f"{BASE}city/beijing") == ["city/beijing"]
    assert suggested("") == suggested("bejing") == []


def test_values_of_things_are_told_by_their_kind(engine: tuple[LocalEngine, Path]) -> None:
    asked = {
        "ids": [f"{BASE}city/beijing", "unit/yuan", "nothing here"],
        "properties": [
            {"id": name} for name in ("wikidata", "country", "geo:lat", "qudt:currencyCode", "rdfs:seeAlso")
        ],
    }
    rows = extend(engine[0].snapshot(), requests.extension(json.dumps(asked)), Words("zh"))["rows"]
    assert rows[f"{BASE}city/beijing"] == {
        "wikidata": [{"str": "Q956"}],
        "country": [{"id": "http://www.wikidata.org/entity/Q148", "name": "中国"}],
        "geo:lat": [{"float": 39.9042}],
        "qudt:currencyCode": [],
        "rdfs:seeAlso": [{"str": "https://sws.geonames.org/1816670/"}],
    }
    assert rows["unit/yuan"]["qudt:currencyCode"] == [{"str": "CNY"}]
    assert set(map(len, rows["nothing here"].values())) == {0}


def test_finding_ends_when_its_time_is_up(engine: tuple[LocalEngine, Path]) -> None:
    def find() -> None:
        with closing(IndexFinder(engine[1], -1)) as finder:
            for _ in range(100):
                finder.find("springfield city of nature", frozenset(range(5)))

    with pytest.raises(TimeoutError):
        find()


def test_who_comes_when_too_many_ask_is_told_to_wait(
    engine: tuple[LocalEngine, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(store=engine[1].parent.parent, scratch=True)
    client = create_app(settings, engine[0]).test_client()
    monkeypatch.setattr(views, "PATIENCE", 0.1)
    asked = {"queries": json.dumps({"q": {"query": "Beijing"}})}
    assert client.post("/reconcile", data=asked).status_code == 200
    with contextlib.ExitStack() as others:
        for _ in range(views.AT_ONCE):
            others.enter_context(views.turns)
        refused = client.post("/reconcile", data=asked)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert client.get("/reconcile").status_code == 200
    assert client.post("/reconcile", data=asked).status_code == 200


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 400),
        ("[]", 400),
        ("{", 400),
        ('{"q": []}', 400),
        ('{"q": {}}', 400),
        ('{"q": {"query": ""}}', 400),
        ('{"q": {"query": 1}}', 400),
        ('{"q": {"query": "a", "limit": 0}}', 400),
        ('{"q": {"query": "a", "limit": 1.5}}', 400),
        ('{"q": {"query": "a", "limit": true}}', 400),
        ('{"q": {"query": "a", "limit": 1e999}}', 400),
        ('{"q": {"query": "a", "limit": NaN}}', 400),
        ('{"q": {"query": "a", "limit": ' + "9" * 5000 + "}}", 400),
        ('{"q": {"query": "a", "type": 1}}', 400),
        ('{"q": {"query": "a", "type_strict": "none"}}', 400),
        ('{"q": {"query": "a", "unknown": 1}}', 400),
        ('{"q": {"query": "a", "properties": {}}}', 400),
        ('{"q": {"query": "a", "properties": [{"pid": "p"}]}}', 400),
        ('{"q": {"query": "a", "properties": [{"pid": "p", "v": null}]}}', 400),
        ('{"q": {"query": "a", "properties": [{"pid": "p", "v": {"name": "x"}}]}}', 400),
        ('{"q": {"query": "\\ud800"}}', 400),
        ('{"\\ud800": {"query": "a"}}', 400),
        ("[" * 100_000, 400),
        ('{"q": {"query": "' + "a" * 501 + '"}}', 413),
        ('{"q": {"query": "a", "type": ' + json.dumps(["t"] * 21) + "}}", 413),
        (json.dumps({f"q{n}": {"query": "a"} for n in range(51)}), 413),
        (json.dumps({"k" * 600: {"query": "a"}}), 413),
    ],
)
def test_what_is_no_batch_is_refused(text: str, status: int) -> None:
    with pytest.raises(ProtocolError) as caught:
        requests.batch(text)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("{}", 400),
        ('{"ids": [], "properties": {}}', 400),
        ('{"ids": [1], "properties": []}', 400),
        ('{"ids": ["a"], "properties": [{}]}', 400),
        ('{"ids": ["a"], "properties": [{"id": "b", "settings": []}]}', 200),  # forms send empty ones so
        ('{"ids": ["a"], "properties": [{"id": "b", "settings": [1]}]}', 400),
        ('{"ids": ["a"], "properties": [{"id": "b", "settings": {"x": {}}}]}', 400),
        (json.dumps({"ids": ["a"] * 501, "properties": []}), 413),
        (json.dumps({"ids": [], "properties": [{"id": "a"}] * 51}), 413),
    ],
)
def test_what_is_no_extension_is_refused(text: str, status: int) -> None:
    if status == 200:
        assert requests.extension(text).properties[0].settings == {}
        return
    with pytest.raises(ProtocolError) as caught:
        requests.extension(text)
    assert caught.value.status == status


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["query", "type", "properties", "pid", "v", "id", "limit", "q"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(PLAIN)
def test_any_json_is_answered_or_refused(engine: tuple[LocalEngine, Path], value: Any) -> None:
    try:
        batch = requests.batch(json.dumps(value))
        with closing(IndexFinder(engine[1], 10)) as finder:
            answer = reconcile(engine[0].snapshot(), finder, batch, Words("en"))
    except ProtocolError:
        return
    assert answer.keys() == batch.keys()


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_asked_for(engine: tuple[LocalEngine, Path], query: str, value: str) -> None:
    batch = {
        "q": requests.Asked(query, conditions=(requests.Condition("schema:jobTitle", (value,)),)),
        "r": requests.Asked("", conditions=(requests.Condition("owl:sameAs", (value, query)),)),
    }
    with closing(IndexFinder(engine[1], 10)) as finder:
        assert reconcile(engine[0].snapshot(), finder, batch, Words("en")).keys() == batch.keys()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("39.9, 116.4", (39.9, 116.4)),
        ("39.9;116.4", (39.9, 116.4)),
        ("-33.9 18.4", (-33.9, 18.4)),
        ("POINT(116.4 39.9)", (39.9, 116.4)),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> Point(116.4 39.9)", (39.9, 116.4)),
        ("139.9, 116.4", None),
        ("39.9", None),
        ("north", None),
    ],
)
def test_coordinates_are_read(text: str, place: tuple[float, float] | None) -> None:
    assert coordinates(text) == place


def test_distances_are_those_of_the_globe() -> None:
    assert distance((39.9042, 116.4072), (31.2304, 121.4737)) == pytest.approx(1068, abs=3)
    assert distance((0, 179.9), (0, -179.9)) == pytest.approx(22.2, abs=0.1)


def test_one_entity_has_many_spellings() -> None:
    every = [
        "http://www.wikidata.org/entity/Q956",
        "https://www.wikidata.org/entity/Q956",
        "https://www.wikidata.org/wiki/Q956",
        "https://m.wikidata.org/wiki/Q956?uselang=zh#P31",
        "wd:Q956",
    ]
    assert {recognized(text) for text in every} == {(AUTHORITIES["wikidata"], "Q956")}
    assert same(every[0], every[2])
    assert not same(every[0], "http://www.wikidata.org/entity/Q9560")
    assert "https://sws.geonames.org/2038349/" in spellings("http://www.geonames.org/2038349")
    assert recognized("2038349") is None
    assert recognized("https://example.org/Q956") is None
    assert AUTHORITIES["geonames"].identifier("2038349") == "2038349"
    assert AUTHORITIES["wikidata"].identifier("2038349") is None
