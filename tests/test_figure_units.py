"""Units: what their words mean in five languages, and how they convert."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, Store, parse

from innograph.ontology.figures.units import QUERY, Unit, Units
from innograph.ontology.namespaces import DEFAULT_BASE, UNIT, Names

FILE = Path(__file__).parents[1] / "data" / "reference" / "units.ttl"
NAMES = Names()
UNITS = Units.of(
    (quad.triple for quad in parse(path=str(FILE), format=RdfFormat.TURTLE, base_iri=DEFAULT_BASE)), NAMES
)


def short(unit: Unit) -> str:
    return unit.iri.removeprefix(str(UNIT)).removeprefix(DEFAULT_BASE)


def unit(name: str) -> Unit:
    found = UNITS.by_iri(f"{DEFAULT_BASE}{name}") or UNITS.by_iri(f"{UNIT}{name}")
    assert found, name
    return found


@pytest.mark.parametrize(
    ("words", "name", "power"),
    [
        ("万元", "CCY_CNY", 4),
        ("（亿元）", "CCY_CNY", 8),
        ("单位：万元", "CCY_CNY", 4),
        ("千亿元", "CCY_CNY", 11),
        ("亿美元", "CCY_USD", 8),
        ("100 million yuan", "CCY_CNY", 8),
        ("RMB 100 million", "CCY_CNY", 8),
        ("10 000 yuan", "CCY_CNY", 4),
        ("億円", "CCY_JPY", 8),
        ("百万円", "CCY_JPY", 6),
        ("兆円", "CCY_JPY", 12),
        ("Mio. EUR", "CCY_EUR", 6),
        ("Mrd. €", "CCY_EUR", 9),
        ("TEUR", "CCY_EUR", 3),
        ("EURm", "CCY_EUR", 6),
        ("milliards d’euros", "CCY_EUR", 9),
        ("MIO_EUR", "CCY_EUR", 6),
        ("million US$", "CCY_USD", 6),
        ("US$ bn (current prices)", "CCY_USD", 9),
        ("£ thousand", "CCY_GBP", 3),
        ("CNY, millions", "CCY_CNY", 6),
        ("Swiss francs", "CCY_CHF", 0),
        ("%", "PERCENT", 0),
        ("percent of regional GDP", "PERCENT", 0),
        ("占GDP比重（%）", "PERCENT", 0),
        ("Prozent", "PERCENT", 0),
        ("‰", "PERMILLE", 0),
        ("项", "NUM", 0),
        ("万人", "NUM", 4),
        ("persons (thousands)", "NUM", 3),
        ("Tsd. Personen", "NUM", 3),
        ("milliers d'habitants", "NUM", 3),
        ("THS_PER", "NUM", 3),
        ("per 100,000 people", "unit/per-100000-people", 0),
        ("per 100,000", "unit/per-100000-people", 0),
        ("patent applications per million people", "unit/per-1000000-people", 0),
        ("件/万人", "unit/per-10000-people", 0),
        ("每十万人", "unit/per-100000-people", 0),
        ("人口10万人当たり", "unit/per-100000-people", 0),
        ("je 100.000 Einwohner", "unit/per-100000-people", 0),
        ("pour 1 000 habitants", "unit/per-1000-people", 0),
        ("P_HTHAB", "unit/per-100000-people", 0),
        ("元/人", "unit/ccy-cny-per-person", 0),
        ("万元/人", "unit/ccy-cny-per-person", 4),
        ("€ je Einwohner", "unit/ccy-eur-per-person", 0),
        ("tCO2e", "TONNE", 0),
        ("MtCO2", "TONNE", 6),
        ("万吨", "TONNE", 4),
        ("tonnes of CO2 equivalent per capita", "unit/tonne-per-person", 0),
        ("km²", "KiloM2", 0),
        ("平方公里", "KiloM2", 0),
        ("inhabitants per sq. km", "NUM-PER-KiloM2", 0),
        ("人/平方公里", "NUM-PER-KiloM2", 0),
        ("10³ m³", "M3", 3),
        ("亿千瓦时", "KiloW-HR", 8),
        ("kW.h", "KiloW-HR", 0),
        ("GWh", "GigaW-HR", 0),
        ("千克", "KiloGM", 0),
        ("min", "MIN", 0),
        ("companies per day", "PER-DAY", 0),
        ("km per hour", "KiloM-PER-HR", 0),
        ("kWh per capita", "unit/kilow-hr-per-person", 0),
    ],
)
def test_words_mean_one_unit_and_a_power_of_ten(words: str, name: str, power: int) -> None:
    assert [(short(reading.unit), reading.power) for reading in UNITS.read(words)] == [(name, power)]
    assert [short(found) for found in UNITS.find(words)] == [name]


@pytest.mark.parametrize(
    "words",
    [
        "index (2015 = 100)",
        "constant 2015 US$",
        "per 1,000",
        "per 1,000 live births",
        "foo",
        "PPP $",
        "",
        "M",
    ],
)
def test_what_is_not_known_is_not_guessed(words: str) -> None:
    assert UNITS.read(words) == []


def test_a_sign_of_many_currencies_is_decided_by_country_or_language_only() -> None:
    assert len(UNITS.find("million $")) > 2
    assert [short(found) for found in UNITS.find("million $", country="CA")] == ["CCY_CAD"]
    assert [short(found) for found in UNITS.find("¥")] == ["CCY_CNY", "CCY_JPY"]
    assert [short(found) for found in UNITS.find("¥", language="ja")] == ["CCY_JPY"]
    assert [short(found) for found in UNITS.find("萬元", country="TW")] == ["CCY_TWD"]


def test_a_billion_is_what_the_language_says() -> None:
    assert [reading.power for reading in UNITS.read("billion EUR")] == [9]
    assert [reading.power for reading in UNITS.read("Billion EUR", language="de")] == [12]


def test_the_store_gives_the_same_units_as_the_file() -> None:
    store = Store()
    store.load(path=str(FILE), format=RdfFormat.TURTLE, base_iri=DEFAULT_BASE)
    rows = [tuple(solution) for solution in store.query(QUERY)]  # type: ignore[union-attr]
    again = Units.of_rows(rows, NAMES)
    assert again.known.keys() == UNITS.known.keys()
    assert {iri: again.known[iri].factor for iri in again.known} == {
        i: u.factor for i, u in UNITS.known.items()
    }


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("unit/per-1000000-people", "unit/per-10000-people", "0.01"),
        ("unit/per-10000-people", "unit/per-person", "0.0001"),
        ("KiloM2", "HA", "100"),
        ("MegaW-HR", "KiloW-HR", "1000"),
        ("CCY_CNY", "CCY_CNY", "1"),
    ],
)
def test_units_of_one_kind_convert_by_their_factors(one: str, other: str, factor: str) -> None:
    assert UNITS.convertible(unit(one), unit(other))
    assert UNITS.factor(unit(one), unit(other)) == Decimal(factor)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CCY_CNY", "CCY_USD"),
        ("PERCENT", "unit/per-100-people"),
        ("NUM", "PERCENT"),
        ("PER-DAY", "PERCENT"),
        ("KiloM", "KiloM2"),
    ],
)
def test_what_measures_other_things_does_not_convert(one: str, other: str) -> None:
    assert not UNITS.convertible(unit(one), unit(other))
    with pytest.raises(ValueError, match="does not convert"):
        UNITS.factor(unit(one), unit(other))


def test_a_zero_point_of_its_own_converts_as_qudt_says() -> None:
    kelvin = Unit(f"{UNIT}K", (("en", "kelvin"),), unit("DEG_C").dimension)
    assert UNITS.convert(Decimal("20.5"), unit("DEG_C"), kelvin) == Decimal("293.65")
    assert UNITS.convert(Decimal("293.65"), kelvin, unit("DEG_C")) == Decimal("20.5")
    with pytest.raises(ValueError, match="zero points"):
        UNITS.factor(unit("DEG_C"), kelvin)


def test_made_units_convert_among_themselves_and_describe_themselves() -> None:
    [one], [other] = UNITS.find("kWh per capita"), UNITS.find("MWh per 1,000 people")
    assert UNITS.factor(other, one) == 1
    again = Units.of([*one.triples(NAMES), *other.triples(NAMES)], NAMES)
    assert again.convertible(*again.known.values())
    assert again.known[one.iri].factor == one.factor
    [yuan], [yen] = UNITS.find("元/人"), UNITS.find("円/人")
    assert (yuan.currency, yen.currency) == ("CNY", "JPY")
    assert not UNITS.convertible(yuan, yen)


@given(st.text(alphabet=st.sampled_from("万亿百千元人/每当 per10,.%()€$kMtCO2-'eu "), max_size=24))
def test_every_text_is_read_and_the_same_each_time(text: str) -> None:
    assert UNITS.read(text) == UNITS.read(text)
