"""What the graph computes from what its sources state: changes, growth, verdicts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from innograph.loader.deriving import derive, root
from innograph.loader.observations import observation
from innograph.loader.paths import DATA
from innograph.ontology.namespaces import INNO, PROV, RDF, RDFS, SCHEMA, SKOS, XSD, Names

NAMES = Names()
CLAIM = NAMES.iri("claim/s/grew")


def figures(*values: tuple[str, str], multiplier: int = 0) -> Store:
    """A store with one series: (period, digits) each."""
    store = Store()
    store.add(Quad(NAMES.iri("city/x"), RDFS.label, Literal("X", language="en"), NAMES.graph("reference")))
    store.add(Quad(NAMES.iri("indicator/i"), SKOS.prefLabel, Literal("I", language="en"), NAMES.graph("s")))
    for period, digits in values:
        row = {"city": "x", "indicator": "i", "period": period, "value": digits, "unit": "unit:NUM"}
        for t in observation(row | {"multiplier": multiplier}, "s", NAMES):
            store.add(Quad(t.subject, t.predicate, t.object, NAMES.graph("s")))
    return store


def claim(store: Store, start: str, end: str, factor: str | None) -> None:
    """A growth claim on two of the figures."""
    facts: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF.type, INNO.GrowthClaim),
        (RDF.type, SCHEMA.Claim),
        (PROV.wasDerivedFrom, NAMES.source("s")),
    ]
    facts += [
        (RDFS.label, Literal("It grew", language="en")),
        (INNO.fromObservation, NAMES.observation("s", "x", "i", start)),
        (INNO.toObservation, NAMES.observation("s", "x", "i", end)),
    ]
    for predicate, value in facts:
        store.add(Quad(CLAIM, predicate, value, NAMES.graph("s")))
    if factor is not None:
        store.add(Quad(CLAIM, INNO.factorAbove, Literal(factor, datatype=XSD.decimal), NAMES.graph("s")))


def derived(store: Store, kind: NamedNode) -> dict[str, dict[str, str]]:
    """The derived things of a class: local predicate names and values, by IRI."""
    triples = derive(store, DATA / "derivations", NAMES.base)
    things = {t.subject for t in triples if t.predicate == RDF.type and t.object == kind}
    return {
        thing.value: {  # type: ignore[union-attr]
            t.predicate.value.rpartition("#")[2]: t.object.value  # type: ignore[union-attr]
            for t in triples
            if t.subject == thing
        }
        for thing in things
    }


def test_a_change_has_ratio_difference_and_compound_growth() -> None:
    [change] = derived(figures(("2014", "48.2"), ("2023", "262.9")), INNO.Change).values()
    assert (change["ratio"], change["difference"], change["annualGrowthRate"]) == (
        "5.454357",
        "214.7",
        "20.74",
    )


def test_a_series_gives_each_step_and_the_whole_way() -> None:
    changes = derived(figures(("2014", "10"), ("2016", "20"), ("2020", "40")), INNO.Change)
    assert sorted(iri.rpartition("/")[2] for iri in changes) == ["2014-2016", "2014-2020", "2016-2020"]


def test_growth_from_nothing_has_no_ratio() -> None:
    changes = derived(figures(("2014", "0"), ("2023", "5")), INNO.Change)
    assert all("ratio" not in change for change in changes.values())


@pytest.mark.parametrize(
    ("start", "end", "factor", "verdict"),
    [
        ("48.2", "262.9", "5", "supported"),
        ("48.2", "262.9", "6", "refuted"),
        ("48.2", "262.9", None, "undecidable"),
        ("313.6", "853.69", "1", "supported"),
        ("100", "90", "1", "refuted"),
        ("1.0", "5.0", "5", "undecidable"),  # 4.95 / 1.05 is below, 5.05 / 0.95 above
    ],
)
def test_a_growth_claim_is_held_against_its_figures(
    start: str, end: str, factor: str | None, verdict: str
) -> None:
    store = figures(("2014", start), ("2023", end))
    claim(store, "2014", "2023", factor)
    [review] = derived(store, SCHEMA.ClaimReview).values()
    assert review["verdict"] == f"{NAMES.base}verdict/{verdict}"
    assert review["reading"]


def test_the_same_figures_in_billions_give_the_same_growth() -> None:
    [plain] = derived(figures(("2014", "313.6"), ("2023", "853.69")), INNO.Change).values()
    [billions] = derived(figures(("2014", "313.6"), ("2023", "853.69"), multiplier=9), INNO.Change).values()
    assert plain["ratio"] == billions["ratio"] == "2.722226"
    assert plain["annualGrowthRate"] == billions["annualGrowthRate"] == "11.77"


def decimal(value: object) -> Literal:
    return Literal(str(value), datatype=XSD.decimal)


@given(st.decimals("0.0001", "10000", places=6), st.integers(1, 60))
def test_a_root_raised_to_its_degree_is_the_number(x: Decimal, degree: int) -> None:
    found = root(decimal(x), decimal(degree))
    assert found is not None
    assert found.datatype == XSD.decimal
    assert abs(Decimal(found.value) ** degree / x - 1) < Decimal("1e-6")


@pytest.mark.parametrize(("x", "degree"), [("0", "2"), ("-8", "3"), ("2", "0"), ("2", "-1"), ("x", "2")])
def test_where_there_is_no_root_there_is_no_result(x: str, degree: str) -> None:
    assert root(Literal(x), decimal(degree)) is None


def test_what_is_gone_is_a_change_to_nothing() -> None:
    [change] = derived(figures(("2014", "293.15"), ("2023", "0")), INNO.Change).values()
    assert (change["ratio"], change["difference"]) == ("0", "-293.15")
    assert "annualGrowthRate" not in change


def test_what_has_no_english_name_changes_too() -> None:
    store = figures(("2014", "10"), ("2023", "20"))
    for predicate, text in ((RDFS.label, "某市"), (SKOS.prefLabel, None)):
        for quad in list(store.quads_for_pattern(None, predicate, None)):
            store.remove(quad)
            if text:
                store.add(Quad(quad.subject, predicate, Literal(text, language="zh"), quad.graph_name))
    [change] = derived(store, INNO.Change).values()
    assert change["label"] == "i: 某市, 2014 to 2023"
