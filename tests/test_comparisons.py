"""Figures of several sources for one city, indicator and period: held against each other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

from innograph.loader.comparing import comparisons_of
from innograph.loader.deriving import derive
from innograph.loader.observations import observation
from innograph.loader.paths import DATA
from innograph.ontology.figures.precision import Figure, agree, relative_difference
from innograph.ontology.namespaces import INNO, PROV, QB, QUDT, RDF, RDFS, SKOS, UNIT, Names

NAMES, QUERIES = Names(), DATA / "derivations"
UNITS = """
@prefix qudt: <http://qudt.org/schema/qudt/> .
@prefix unit: <http://qudt.org/vocab/unit/> .
unit:NUM a qudt:CountingUnit, qudt:Unit ; qudt:conversionMultiplier 1.0 ; qudt:hasQuantityKind <q/count> .
unit:DOZEN a qudt:CountingUnit, qudt:Unit ; qudt:conversionMultiplier 12 ; qudt:hasQuantityKind <q/count> .
unit:PERCENT a qudt:Unit ; qudt:conversionMultiplier 0.01 ; qudt:hasQuantityKind <q/ratio> .
unit:PERMILLE a qudt:Unit ; qudt:conversionMultiplier 0.001 ; qudt:hasQuantityKind <q/ratio> .
unit:KiloM a qudt:Unit ; qudt:conversionMultiplier 1000.0 ; qudt:hasQuantityKind <q/length> .
unit:MI a qudt:Unit ; qudt:conversionMultiplier 1609.344 ; qudt:hasQuantityKind <q/length> .
unit:CentiM a qudt:Unit ; qudt:conversionMultiplier 0.01 ; qudt:hasQuantityKind <q/length> .
unit:DEG_C a qudt:Unit ; qudt:conversionMultiplier 1.0 ; qudt:conversionOffset 273.15 ; qudt:hasQuantityKind <q/heat> .
unit:DEG_F a qudt:Unit ; qudt:conversionMultiplier 0.5 ; qudt:conversionOffset 459.67 ; qudt:hasQuantityKind <q/heat> .
unit:CCY_CNY a qudt:CurrencyUnit, qudt:Unit ; qudt:currencyCode "CNY" .
unit:CCY_USD a qudt:CurrencyUnit, qudt:Unit ; qudt:currencyCode "USD" .
<unit/yuan> a qudt:CurrencyUnit, qudt:Unit ; qudt:currencyCode "CNY" .
<unit/yuan-each> a qudt:Unit ; qudt:currencyCode "CNY" ; qudt:conversionMultiplier 1.0 ; qudt:hasQuantityKind <q/each> .
unit:UNKNOWN a qudt:Unit .
"""


class World:
    """A store to compare in."""

    def __init__(self) -> None:
        self.store = Store()
        self.store.load(UNITS, RdfFormat.TURTLE, base_iri=NAMES.base, to_graph=NAMES.graph("reference"))

    def state(
        self, source: str, digits: str, unit: str = "unit:NUM", multiplier: int = 0, **key: str
    ) -> NamedNode:
        """Let a source state a figure."""
        row = {"city": "x", "indicator": "i", "period": "2020", "status": "A"} | key
        graph = NAMES.graph(source)
        self.store.add(Quad(NAMES.dataset(source), RDF.type, QB.DataSet, graph))
        row |= {"value": digits, "unit": unit, "multiplier": multiplier}  # type: ignore[dict-item]
        for t in observation(row, source, NAMES):
            self.store.add(Quad(t.subject, t.predicate, t.object, graph))
        return NAMES.observation(source, row["city"], row["indicator"], row["period"])

    def match(self, one: str, other: str) -> None:
        """Say that two concepts are one."""
        links = (NAMES.iri(one), SKOS.exactMatch, NAMES.iri(other))
        self.store.add(Quad(*links, NAMES.graph("reference")))

    def comparisons(self, triples: Any = None) -> list[dict[str, Any]]:
        """What is derived, each comparison with its local names and plain values."""
        found: dict[Any, dict[str, Any]] = {}
        for t in triples or derive(self.store, QUERIES, NAMES.base, only={"comparisons"}):
            about = found.setdefault(t.subject, {"iri": NAMES.relative(t.subject.value), "inputs": set()})
            if t.predicate == PROV.wasDerivedFrom:
                about["inputs"].add(t.object.value.removeprefix(NAMES.base + "observation/"))
            value = str(getattr(t.object, "value", "")).removeprefix(NAMES.base)
            about[t.predicate.value.rpartition("#")[2]] = value
        return [about for about in found.values() if about.get("type") == "ontology#Comparison"]

    def verdict(self) -> tuple[str, str | None]:
        """The one verdict, with the difference or the reason."""
        [found] = self.comparisons()
        told = found.get("relativeDifference") or found.get("reason", "").removeprefix("reason/")
        return found["verdict"].removeprefix("verdict/"), told or None


def test_the_official_series_agrees_for_one_year_and_differs_for_another() -> None:
    world = World()
    for source, multiplier, year, digits in (
        ("article", 9, "2014", "313.6"),
        ("article", 9, "2023", "853.69"),
        ("office", 4, "2014", "31371853.967038"),
        ("office", 4, "2023", "85369394"),
    ):
        world.state(source, digits, "unit:CCY_CNY", multiplier, period=year)
    found = {
        c["label"]: (c["verdict"], c["relativeDifference"], c["relativeTo"]) for c in world.comparisons()
    }
    assert found == {
        "i: x, 2014: article and office": ("verdict/differs", "0.000378", "observation/article/x/i/2014"),
        "i: x, 2023: article and office": ("verdict/agrees", "0.000005", "observation/article/x/i/2023"),
    }


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (("17200",), ("17201",), ("differs", "0.000058")),
        (("17.2", "unit:NUM", 3), ("17201",), ("agrees", "0.000058")),
        (("5", "unit:PERCENT"), ("50", "unit:PERMILLE"), ("agrees", "0")),
        (("1", "unit:MI"), ("1.609", "unit:KiloM"), ("agrees", "-0.000214")),
        (("20.0", "unit:DEG_C"), ("126.63", "unit:DEG_F"), ("agrees", "0")),
        (("20.0", "unit:DEG_C"), ("127.63", "unit:DEG_F"), ("differs", "0.001706")),
        (("3", "unit:CCY_CNY"), ("3", "yuan"), ("agrees", "0")),
        (("3", "unit:CCY_CNY"), ("3", "unit:CCY_USD"), ("not-comparable", "currencies")),
        (("3", "unit:CCY_CNY"), ("3", "yuan-each"), ("not-comparable", "no-conversion")),
        (("3", "unit:CCY_CNY"), ("3", "unit:NUM"), ("not-comparable", "kinds")),
        (("3", "unit:PERCENT"), ("3", "unit:NUM"), ("not-comparable", "kinds")),
        (("3", "unit:UNKNOWN"), ("3", "unit:NUM"), ("not-comparable", "no-conversion")),
        (("3", "unit:UNKNOWN"), ("3", "unit:UNKNOWN"), ("agrees", "0")),
        (("0", "unit:KiloM"), ("0.3", "unit:KiloM"), ("agrees", None)),
        (("1", "unit:KiloM", 30), ("1", "unit:KiloM", -30), ("not-comparable", "out-of-range")),
    ],
)
def test_figures_are_compared_in_one_unit(one: Any, other: Any, verdict: tuple[str, str | None]) -> None:
    world = World()
    world.state("a", *one)
    world.state("b", *other)
    assert world.verdict() == verdict


def test_a_forecast_is_compared_with_forecasts_alone() -> None:
    world = World()
    world.state("a", "3", status="F")
    world.state("b", "3", status="A")
    world.state("c", "3", status="F")
    verdicts = {tuple(sorted(c["inputs"])): c["verdict"] for c in world.comparisons()}
    assert verdicts == {
        ("a/x/i/2020", "b/x/i/2020"): "verdict/not-comparable",
        ("a/x/i/2020", "c/x/i/2020"): "verdict/agrees",
        ("b/x/i/2020", "c/x/i/2020"): "verdict/not-comparable",
    }


def test_other_cities_periods_and_indicators_are_other_things() -> None:
    world = World()
    world.state("a", "3")
    world.state("b", "3", city="y")
    world.state("c", "3", period="2021")
    world.state("d", "3", indicator="j")
    assert world.comparisons() == []


@pytest.mark.parametrize("links", [[("i", "j")], [("j", "i")], [("i", "k"), ("j", "k")]])
def test_indicators_that_match_exactly_are_one(links: list[tuple[str, str]]) -> None:
    world = World()
    world.state("a", "3")
    world.state("b", "3", indicator="j")
    for one, other in links:
        world.match(f"indicator/{one}", f"indicator/{other}")
    assert world.verdict() == ("agrees", "0")
    [comparison] = world.comparisons()
    assert comparison["iri"] == "comparison/a/x/i/2020/b/x/j/2020"


def test_names_are_english_or_any() -> None:
    world = World()
    world.state("a", "3")
    world.state("b", "3")
    graph = NAMES.graph("b")
    for node, predicate, text, language in (
        ("city/x", RDFS.label, "某市", "zh"),
        ("indicator/i", SKOS.prefLabel, "Firms", "en"),
        ("indicator/i", SKOS.prefLabel, "企业", "zh"),
    ):
        world.store.add(Quad(NAMES.iri(node), predicate, Literal(text, language=language), graph))
    assert [c["label"] for c in world.comparisons()] == ["Firms: 某市, 2020: a and b"]


units = st.sampled_from(
    ["unit:NUM", "unit:DOZEN", "unit:KiloM", "unit:MI", "unit:CentiM", "unit:DEG_C", "unit:DEG_F"]
)
figures = st.tuples(
    st.builds(
        lambda number, places: f"{Decimal(number).scaleb(-places):.{places}f}",
        st.one_of(st.integers(-20, 20), st.integers(-(10**7), 10**7)),
        st.integers(0, 3),
    ),
    units,
    st.integers(-1, 4),
)


@st.composite
def near(draw: st.DrawFn) -> tuple[Any, Any]:
    """Two figures; often the second is the first one's digits a little changed, in a unit that converts."""
    one, other = draw(figures), draw(figures)
    if draw(st.booleans()):
        return one, other
    digits, unit, multiplier = one
    unit_of_last_digit = Decimal(1).scaleb(-len(digits.partition(".")[2]))
    moved = Decimal(digits) + draw(st.sampled_from([0, 1, -1, 2])) * unit_of_last_digit
    return one, (f"{moved:f}", unit, multiplier)


def known(unit: str) -> tuple[Decimal, Decimal, str]:
    """Factor, offset and kind of a unit of this test."""
    store = World().store
    node = UNIT[unit.removeprefix("unit:")]

    def value(predicate: NamedNode, default: str) -> str:
        return next((q.object.value for q in store.quads_for_pattern(node, predicate, None)), default)  # type: ignore[union-attr]

    return (
        Decimal(value(QUDT.conversionMultiplier, "1")),
        Decimal(value(QUDT.conversionOffset, "0")),
        value(QUDT.hasQuantityKind, ""),
    )


KNOWN = {
    unit: known(unit)
    for unit in ("unit:NUM", "unit:DOZEN", "unit:KiloM", "unit:MI", "unit:CentiM", "unit:DEG_C", "unit:DEG_F")
}


@settings(max_examples=15, deadline=None)
@given(st.lists(near(), min_size=20, max_size=40))
def test_the_query_and_the_program_have_one_rule(pairs: list[tuple[Any, Any]]) -> None:
    world = World()
    for number, (one, other) in enumerate(pairs):
        world.state("a", *one, city=f"c{number}")
        world.state("b", *other, city=f"c{number}")
    found = {c["iri"].split("/")[2]: c for c in world.comparisons()}
    for number, pair in enumerate(pairs):
        comparison = found[f"c{number}"]
        same_unit = pair[0][1] == pair[1][1]
        built = []
        for digits, unit, multiplier in pair:
            factor, offset, _ = KNOWN[unit]
            exact = unit == "unit:NUM" and multiplier == 0 and "." not in digits
            built.append(
                Figure(digits, multiplier, exact=exact)
                if same_unit
                else Figure(digits, multiplier, factor, exact, offset)
            )
        if KNOWN[pair[0][1]][2] != KNOWN[pair[1][1]][2]:
            assert comparison["reason"] == "reason/kinds"
            continue
        expected = "agrees" if agree(*built) else "differs"
        assert comparison["verdict"] == f"verdict/{expected}", (pair, comparison)
        difference = relative_difference(*built)
        told = comparison.get("relativeDifference")
        if (
            told is None and difference is not None
        ):  # a million times it is more than the engine's decimals hold
            assert abs(difference) * 10**6 * 10**18 >= 2**127
            continue
        assert (difference is None) == (told is None)
        if difference is not None and told is not None:
            assert abs(Decimal(told) - difference) <= Decimal("0.00000050001")


keys = st.tuples(
    st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from("ijk"), st.sampled_from(["2020", "2021"])
)


@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(keys, st.sampled_from(["1", "2", "2.0"]), min_size=2),
    st.sets(st.sampled_from([("i", "j"), ("k", "j"), ("j", "i")])),
)
def test_a_part_is_compared_as_in_the_whole(
    stated: dict[tuple[str, ...], str], links: set[tuple[str, str]]
) -> None:
    world = World()
    observations = [
        world.state(source, digits, city=city, indicator=indicator, period=period)
        for (source, city, indicator, period), digits in stated.items()
    ]
    for one, other in links:
        world.match(f"indicator/{one}", f"indicator/{other}")
    whole = set(derive(world.store, QUERIES, NAMES.base, only={"comparisons"}))
    by_subject = {t.subject: {u for u in whole if u.subject == t.subject} for t in whole}

    def about(given: set[NamedNode]) -> set[Any]:
        compared = {t.subject for t in whole if t.predicate == INNO.observation and t.object in given}
        return {t for subject in compared for t in by_subject[subject]}

    def told(triples: Any) -> set[Any]:
        return {t for t in triples if t.subject.value.startswith(NAMES.base + "comparison/")}

    for observation_ in observations:
        assert told(comparisons_of(world.store, [observation_], NAMES, QUERIES)) == about({observation_})
    assert told(comparisons_of(world.store, observations, NAMES, QUERIES)) == told(whole)
