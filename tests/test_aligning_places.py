"""Places: identifiers of every scheme, names in any language, ambiguous names, and levels."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from aligned import NAMES, aligner, described, gazetteer, place_of, reference, short, stated
from pyoxigraph import Quad

from innograph.loader.merging.aligning import Aligner
from innograph.loader.merging.records import Name, Refused

SAMPLES = Path(__file__).with_name("data") / "merging"


def by(
    label: str = "", *, level: str = "", country: str = "", language: str = "", **identifiers: str
) -> Name:
    schemes = tuple((scheme.replace("_", "-"), value) for scheme, value in identifiers.items())
    return Name(label, schemes, country, language, level)


@pytest.mark.parametrize(
    "name",
    [
        by(wikidata="Q956"),
        by(wikidata="https://www.wikidata.org/wiki/Q956"),
        by(geonames="2038349"),
        by(geonames="https://sws.geonames.org/2038349/"),
        by(iso3166_2="cn-bj"),
        by(innograph="beijing"),
        by(innograph="city/beijing"),
        by(innograph=f"{NAMES.base}city/beijing"),
        by("some other words", wikidata="Q956"),
        by("Beijing"),
        by("BEIJING", level="city"),
        by("北京"),
        by("北京市", language="ja"),
        by("北京", level="region"),
        by("北京", level="region", country="China"),
        by("Peking", country="CN"),
    ],
)
def test_ours_is_found_for_certain(name: Name) -> None:
    match = place_of(name)
    assert (short(match.iri), match.certainty) == ("city/beijing", "certain")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (by(geonames="1816670"), "city/beijing-populated-place"),
        (by("Beijing", geonames="1816670"), "city/beijing-populated-place"),
        (by("Beijing", level="populated-place"), "city/beijing-populated-place"),
        (by("上海", level="region"), "city/shanghai"),
        (by("上海", level="city"), "city/shanghai"),
        (by("Shanghai", level="populated-place"), "city/shanghai-populated-place"),
        (by("吉林", level="region"), "city/jilin-cn-jl"),
        (by("吉林市", level="city"), "city/jilin"),
        (by("广西", level="region"), "city/guangxi"),
        (by("内蒙古自治区", level="region"), "city/inner-mongolia"),
        (by("東京", level="region"), "city/tokyo-jp-13"),
        (by("大阪府"), "city/osaka-jp-27"),
        (by("大阪", level="city"), "city/osaka"),
        (by("北海道", level="region"), "city/hokkaido"),
        (by("Bayern", level="region"), "city/bavaria"),
        (by("Bavière", level="region"), "city/bavaria"),
        (by("München"), "city/munich"),
        (by("Sao Paulo", level="city"), "city/sao-paulo"),
        (by("London", country="GB"), "city/london"),
        (by("London", country="Canada"), "city/london-ca"),
        (by("Germany", level="country"), "city/germany"),
        (by("德国", level="country"), "city/germany"),
        (by(iso3166_1="DEU"), "city/germany"),
        (by(iso3166_1="276"), "city/germany"),
        (by("Turkey", level="country"), "city/turkiye"),
        (by("Korea, Rep.", level="country"), "city/south-korea"),
        (by("Luxembourg", level="country"), "city/luxembourg-country"),
        (by("Luxembourg", level="city"), "city/luxembourg"),
        (by("New York", level="region"), "city/new-york"),
        (by("New York", level="city"), "city/new-york-city"),
        (by("Kyoto"), "city/kyoto"),
        (by("Kiev"), "city/kyiv"),
        (by("London", innograph="city/london-ca"), "city/london-ca"),
        (by("London", iso3166_1="CA"), "city/london-ca"),
        (by("London", iso3166_1="GBR", level="city"), "city/london"),
        (by("Guangzhou", iso3166_2="CN-GD", level="city"), "city/guangzhou"),
        (by("Germany", iso3166_1="DE"), "city/germany"),
        (by("Guangdong", iso3166_2="CN-GD"), "city/guangdong"),
        (by("Bonn", nuts="DEA22", level="city"), "city/bonn"),
        (by("Springfield, IL"), "city/springfield-us-il"),
        (by("London, Ontario"), "city/london-ca"),
        (by("London (UK)"), "city/london"),
        (by("Guangdong Province", level="region"), "city/guangdong"),
        (by("Catalonia", level="region"), "city/catalonia"),
        (by(iso3166_2="DE-BE"), "city/berlin-de-be"),
    ],
)
def test_what_everybody_knows_is_named_by_what_it_is_and_not_by_who_merged_it(name: Name, path: str) -> None:
    match = place_of(name)
    assert (short(match.iri), match.certainty) == (path, "certain")
    assert place_of(name, aligner(source="another")).iri == match.iri


def test_the_country_of_ours_is_found_for_other_names() -> None:
    assert place_of(by("中国", level="country")).iri == "http://www.wikidata.org/entity/Q148"
    assert place_of(by(iso3166_1="CHN")).iri == "http://www.wikidata.org/entity/Q148"


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        (by("London"), ["city/london", "city/london-ca"]),
        (by("Springfield", country="US"), ["city/springfield", "city/springfield-us-ma"]),
        (by("Luxembourg"), ["city/luxembourg", "city/luxembourg-country"]),
        (by("Beijng"), ["city/beijing"]),
        (by("New York"), ["city/new-york", "city/new-york-city"]),
        (by("Georgia"), ["city/georgia", "city/georgia-us-ga"]),
        (by("Greater Manchester", country="GB"), ["city/manchester"]),
        (by("Beijing", wikidata="Q1"), []),
    ],
)
def test_what_may_be_several_or_only_resembles_is_asked_and_stays_apart(
    name: Name, candidates: list[str]
) -> None:
    match = place_of(name)
    assert match.certainty == ("uncertain" if candidates else "new")
    assert {short(candidate.iri) for candidate in match.candidates} >= set(candidates)
    assert short(match.iri) not in candidates
    assert match.iri != place_of(name, aligner(source="another")).iri or not candidates


def test_a_name_of_another_level_is_another_place() -> None:
    assert place_of(by("Guangdong", level="city")).certainty == "new"
    assert place_of(by("广东", level="region")).iri != place_of(by("广东", level="city")).iri
    assert place_of(by("Munich", level="region")).certainty == "new"


def test_unknown_places_are_new_and_keep_what_the_file_says() -> None:
    using = aligner()
    match = place_of(
        by("Nowhere Zone", level="region", country="DE", nuts="DEZZ1", nuts_version="2021"), using
    )
    assert (short(match.iri), match.certainty) == ("city/nowhere-zone", "new")
    told = described(using.minted(), "city/nowhere-zone")
    schema, owl = "https://schema.org/", "http://www.w3.org/2002/07/owl#"
    assert f'<{schema}identifier> "NUTS 2021:DEZZ1"' in told
    assert f"<{owl}sameAs> <http://data.europa.eu/nuts/code/DEZZ1>" in told
    assert f"<{schema}containedInPlace> <{NAMES.base}city/germany>" in told
    assert described(using.minted(), "city/germany")


def test_codes_of_two_versions_of_nuts_are_two_areas_until_a_person_says_otherwise() -> None:
    store = reference(
        (
            "older",
            """<city/one> a schema:AdministrativeArea ; rdfs:label "One"@en ; schema:identifier "NUTS 2013:FR24" .
            <city/two> a schema:AdministrativeArea ; rdfs:label "Two"@en ; schema:identifier "NUTS 2021:FR24" .
            <city/solo> a schema:AdministrativeArea ; rdfs:label "Solo"@en ; schema:identifier "NUTS 2016:FRB0" .""",
        )
    )
    assert short(place_of(by(nuts="FR24", nuts_version="2013"), aligner(store)).iri) == "city/one"
    assert short(place_of(by(nuts="FR24", nuts_version="2021"), aligner(store)).iri) == "city/two"
    unclear = place_of(by(nuts="FR24"), aligner(store))
    assert unclear.certainty == "uncertain"
    assert {short(c.iri) for c in unclear.candidates} == {"city/one", "city/two"}
    assert short(place_of(by(nuts="FRB0"), aligner(store)).iri) == "city/solo"
    later = place_of(by(nuts="FRB0", nuts_version="2021"), aligner(store))
    assert (later.certainty, [short(c.iri) for c in later.candidates]) == ("uncertain", ["city/solo"])
    assert short(later.iri) != "city/solo"


def test_a_code_of_unlocode_gives_the_country_and_is_found_again() -> None:
    using = aligner()
    match = place_of(by("London", unlocode="GB LON"), using)
    assert (short(match.iri), match.certainty) == ("city/london", "certain")
    store = reference()
    store.extend(_quads(using, "census"))
    assert short(place_of(by(unlocode="GBLON"), aligner(store, "later")).iri) == "city/london"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        (by(""), "no place"),
        (by("X", geonames="none"), "GeoNames"),
        (by("X", iso3166_2="Bavaria"), "ISO 3166-2"),
        (by("X", country="Atlantis"), "Atlantis"),
        (by("X", innograph="city/no-such-place"), "no-such-place"),
        (by("Beijing", wikidata="Q956", geonames="1816670"), "different places"),
        (by("Beijing", geonames="2038349", iso3166_2="CN-GD", level="region"), "different places"),
        (by("X", level="village green"), "level"),
    ],
)
def test_what_names_no_place_is_refused_with_a_mend(name: Name, word: str) -> None:
    refused = aligner().align(stated(name))
    assert isinstance(refused, Refused)
    assert word in refused.reason
    assert refused.mend
    assert refused.row == 2


def _quads(using: Aligner, source: str) -> list[Quad]:
    return [Quad(*triple, NAMES.graph(source)) for triple in using.minted()]


def test_two_merges_describe_a_city_alike_and_either_is_whole_without_the_other() -> None:
    first = aligner(source="one")
    place_of(by("上海", level="region"), first)
    store = reference()
    store.extend(_quads(first, "one"))
    second = aligner(store, "two")
    assert place_of(by("Shanghai"), second).certainty == "certain"
    told = described(first.minted(), "city/shanghai")
    assert told
    assert described(second.minted(), "city/shanghai") == told
    again = aligner(store, "one")  # what it put there itself is not looked at
    place_of(by("上海", level="region"), again)
    assert again.minted() == first.minted()


def test_identifiers_that_a_file_states_of_a_certain_match_are_kept() -> None:
    using = aligner()
    berlin = place_of(by("Berlin", level="city", country="DE", wikidata="Q64"), using)
    assert (short(berlin.iri), berlin.certainty) == ("city/berlin", "certain")
    assert place_of(by("Beijing", wikidata="Q956", unlocode="CNBJS"), using).certainty == "certain"
    same = "<http://www.w3.org/2002/07/owl#sameAs> <http://www.wikidata.org/entity/Q64>"
    assert same in described(using.minted(), "city/berlin")
    told = described(using.minted(), "city/beijing")
    assert told == {'<https://schema.org/identifier> "UN/LOCODE:CNBJS"'}


def test_two_names_of_one_identifier_are_one_new_place() -> None:
    using = aligner()
    one = place_of(by("Somewhere", wikidata="Q4242"), using)
    other = place_of(by("Quelque part", wikidata="Q4242", language="fr"), using)
    assert one.iri == other.iri


def test_a_stated_identifier_without_level_and_country_is_a_question() -> None:
    match = place_of(by("Berlin", wikidata="Q64"))
    assert match.certainty == "uncertain"
    assert short(match.candidates[0].iri) == "city/berlin"


def test_what_the_reference_data_describes_is_not_described_again() -> None:
    using = aligner()
    place_of(by("Beijing"), using)
    assert not described(using.minted(), "city/beijing")


def test_a_settlement_merged_before_is_not_taken_for_the_city() -> None:
    first = aligner(source="geonames")
    place_of(by("Tianjin", geonames="1792947"), first)
    store = reference()
    store.extend(_quads(first, "geonames"))
    assert short(place_of(by("Tianjin"), aligner(store, "two")).iri) == "city/tianjin"
    assert (
        short(place_of(by(geonames="1792947"), aligner(store, "two")).iri) == "city/tianjin-populated-place"
    )


def test_every_place_of_the_gazetteer_has_a_name_of_its_own() -> None:
    slugs = list(gazetteer().slugs.values())
    assert len(slugs) == len(set(slugs)) > 30_000


def test_all_provinces_of_a_real_table_are_regions() -> None:
    with (SAMPLES / "technology-market.csv").open(encoding="utf-8") as table:
        provinces = {row["province"] for row in csv.DictReader(table)}
    using = aligner()
    found = {
        label: place_of(by(label, level="region", country="CN"), using) for label in provinces - {"全国"}
    }
    assert len({match.iri for match in found.values()}) == len(found) == 31
    assert {match.certainty for match in found.values()} == {"certain"}
    assert place_of(by("全国", level="region", country="CN"), using).certainty == "new"


def test_names_that_are_romanized_alike_stay_two_places() -> None:
    ours = aligner()
    found = [ours.align(stated(place=Name(label))) for label in ("宿州", "Suzhou", "宿州")]
    first, second, again = [record.place for record in found if not isinstance(record, Refused)]
    assert first == again != second


def test_what_another_source_left_unclear_makes_no_question() -> None:
    text = '<city/london-in-survey> a schema:City ; rdfs:label "London"@en .'
    match = place_of(by("London", country="GB"), aligner(reference(("survey", text))))
    assert (short(match.iri), match.certainty) == ("city/london", "certain")


def test_a_country_is_known_in_the_language_of_the_file() -> None:
    assert [gazetteer().country_code(name) for name in ("España", "Нидерланды", "Frankrijk", "Atlantis")] == [
        "ES",
        "NL",
        "FR",
        "",
    ]
