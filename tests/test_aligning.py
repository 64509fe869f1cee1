"""Aligning whole records: indicators, units, periods, and what a graph must hold for them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from aligned import NAMES, PEOPLE, aligned, aligner, described, reference, short, stated
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from innograph.loader.merging.aligning import Aligner, Match
from innograph.loader.merging.records import Aligned, Name, NewIndicator, Refused, Stated
from innograph.loader.validation import fast, graph_rules
from innograph.ontology.namespaces import (
    INNO,
    PROV,
    QB,
    RDF,
    RDFS,
    SDMX_ATTRIBUTE,
    SDMX_CODE,
    SDMX_DIMENSION,
    SDMX_MEASURE,
    XSD,
)

SAMPLES = Path(__file__).with_name("data") / "merging"
BEIJING = Name("Beijing")
PATENTS = "indicator/patents-per-10000-people"
CONTRACTS = Name("金额", (("innograph", "technology-contract-value"),))


def one(using: Aligner, kind: str) -> Match:
    [match] = [match for match in using.matches() if match.kind == kind]
    return match


# --- indicators


@pytest.mark.parametrize(
    "name",
    [
        Name("whatever", (("innograph", "patents-per-10000-people"),)),
        Name("whatever", (("innograph", f"{NAMES.base}{PATENTS}"),)),
        Name("Patents per 10,000 people"),
        Name("patents per 10,000 PEOPLE"),
        Name("每万人专利数"),
    ],
)
def test_an_indicator_is_ours_by_the_mapping_or_by_the_very_label(name: Name) -> None:
    using = aligner()
    record = aligned(using.align(stated(BEIJING, name, unit=Name("per 10,000 people"))))
    assert short(record.indicator) == PATENTS
    assert one(using, "indicator").certainty == "certain"


def test_similar_words_never_make_two_indicators_one() -> None:
    using = aligner()
    record = aligned(using.align(stated(BEIJING, Name("Patents per 10.000 persons"), unit=Name("件/万人"))))
    match = one(using, "indicator")
    assert match.certainty == "uncertain"
    assert short(match.candidates[0].iri) == PATENTS
    assert short(record.indicator) == "indicator/patents-per-10-000-persons"


def test_a_new_indicator_is_described_with_the_units_of_its_figures() -> None:
    declared = {
        "买": NewIndicator(
            (("en", "Technology contracts bought"), ("zh", "技术买入额")),
            (("en", "What buyers of the area pay."),),
            "flow",
            close=("technology-contract-value",),
        )
    }
    using = aligner(declared=declared)
    for unit in ("万元", "million US$"):
        using.align(stated(BEIJING, Name("买"), unit=Name(unit)))
    told = described(using.minted(), "indicator/technology-contracts-bought")
    skos, qudt = "http://www.w3.org/2004/02/skos/core#", "http://qudt.org/schema/qudt/"
    assert f'<{skos}prefLabel> "技术买入额"@zh' in told
    assert f'<{skos}definition> "What buyers of the area pay."@en' in told
    assert f"<{skos}closeMatch> <{NAMES.base}indicator/technology-contract-value>" in told
    assert f"<http://purl.org/dc/terms/type> <{NAMES.base}indicator-kind/flow>" in told
    assert {line for line in told if "hasUnit" in line} == {
        f"<{qudt}hasUnit> <http://qudt.org/vocab/unit/CCY_{code}>" for code in ("CNY", "USD")
    }


def test_an_indicator_of_another_merge_is_the_same_by_its_label_and_described_again() -> None:
    first = aligner(source="one")
    first.align(stated(BEIJING, Name("Theatre seats"), unit=Name("seats")))
    store = reference()
    store.extend(Quad(*triple, NAMES.graph("one")) for triple in first.minted())
    second = aligner(store, "two")
    second.align(stated(BEIJING, Name("theatre seats"), unit=Name("seats")))
    assert one(second, "indicator").certainty == "certain"
    path = "indicator/theatre-seats"
    assert described(second.minted(), path) == described(first.minted(), path) != set()
    assert described(second.minted(), "unit/seats") == described(first.minted(), "unit/seats") != set()


@pytest.mark.parametrize(
    ("name", "declared", "word"),
    [
        (Name(""), {}, "no indicator"),
        (Name("x", (("innograph", "patents"),)), {}, "patents"),
        (Name("x"), {"x": NewIndicator((("en", "Patents per 10,000 people"),))}, "has this label"),
    ],
)
def test_an_indicator_that_cannot_be_is_refused(
    name: Name, declared: dict[str, NewIndicator], word: str
) -> None:
    refused = aligner(declared=declared).align(stated(BEIJING, name))
    assert isinstance(refused, Refused)
    assert word in refused.reason
    assert refused.column == "indicator"


# --- units


@pytest.mark.parametrize(
    ("unit", "path", "power"),
    [
        (Name("万元"), "http://qudt.org/vocab/unit/CCY_CNY", 4),
        (Name("Mio. EUR"), "http://qudt.org/vocab/unit/CCY_EUR", 6),
        (Name("", (("iso4217", "CHF"),)), "http://qudt.org/vocab/unit/CCY_CHF", 0),
        (Name("", (("qudt", "unit:KiloM2"),)), "http://qudt.org/vocab/unit/KiloM2", 0),
        (
            Name("", (("qudt", "http://qudt.org/vocab/unit/FURLONG"),)),
            "http://qudt.org/vocab/unit/FURLONG",
            0,
        ),
        (Name("", (("ucum", "t"),)), "http://qudt.org/vocab/unit/TONNE", 0),
        (Name("", (("innograph", "per-10000-people"),)), "unit/per-10000-people", 0),
        (Name("tCO2 per capita"), "unit/tonne-per-person", 0),
        (Name("million $", country="CA"), "http://qudt.org/vocab/unit/CCY_CAD", 6),
    ],
)
def test_units_are_found_by_words_and_codes(unit: Name, path: str, power: int) -> None:
    using = aligner()
    record = using.align(
        Stated("", 2, BEIJING, Name("A thing"), "2020", "1.50", unit, multiplier=1, status="E", note="n")
    )
    record = aligned(record)
    assert (short(record.unit), record.multiplier, record.digits) == (path, 1 + power, "1.50")
    assert (record.status, record.note) == ("E", "n")
    assert one(using, "unit").certainty == "certain"


def test_a_sign_of_many_currencies_is_asked() -> None:
    using = aligner()
    record = aligned(using.align(stated(BEIJING, Name("Budget"), unit=Name("million $"))))
    match = one(using, "unit")
    assert match.certainty == "uncertain"
    assert {c.iri.rsplit("_", 1)[-1] for c in match.candidates} >= {"USD", "CAD", "AUD"}
    assert short(record.unit).startswith("unit/")


@pytest.mark.parametrize(
    ("unit", "word"),
    [
        (Name(""), "no unit"),
        (Name("", (("iso4217", "ZZZ"),)), "ZZZ"),
        (Name("%"), "do not fit"),
        (Name("persons"), "do not fit"),
        (Name("万元"), "do not fit"),
    ],
)
def test_a_unit_that_cannot_be_is_refused(unit: Name, word: str) -> None:
    refused = aligner().align(stated(BEIJING, Name("Patents per 10,000 people"), unit=unit))
    assert isinstance(refused, Refused)
    assert word in refused.reason


def test_figures_keep_their_unit_and_conversions_are_told() -> None:
    using = aligner()
    record = aligned(
        using.align(stated(BEIJING, Name("Patents per 10,000 people"), unit=Name("per million people")))
    )
    assert short(record.unit) == "unit/per-1000000-people"
    using.align(stated(BEIJING, CONTRACTS, unit=Name("亿元")))
    told = {(c.stated, short(c.unit), c.power, short(c.into), c.factor) for c in using.conversions()}
    yuan = "http://qudt.org/vocab/unit/CCY_CNY"
    assert told == {
        ("per million people", "unit/per-1000000-people", 0, "unit/per-10000-people", "0.01"),
        ("亿元", yuan, 8, yuan, "1"),
    }


# --- periods


def test_years_are_themselves_and_quarters_are_described() -> None:
    using = aligner()
    assert aligned(using.align(stated(BEIJING, period="2014"))).period == "2014"
    quarter = aligned(using.align(stated(BEIJING, period="2014-Q1"))).period
    assert short(quarter) == "period/2014-Q1"
    assert described(using.minted(), "period/2014-Q1")
    refused = using.align(stated(BEIJING, period="sometime"))
    assert isinstance(refused, Refused)
    assert refused.column == "period"


# --- whole files


def table(indicator: Name = CONTRACTS) -> list[Stated]:
    with (SAMPLES / "technology-market.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Stated(
            "",
            number,
            Name(row["province"], country="CN", level="region"),
            indicator,
            row["year"],
            row["value"],
            Name(row["units"], language="zh"),
        )
        for number, row in enumerate(rows, 2)
        if row["value"]
    ]


def observation(record: Aligned, source: str) -> list[Triple]:
    decimals = len(record.digits.partition(".")[2])
    this = NAMES.iri(f"observation/{source}/{record.row}")
    whole = {
        RDF.type: QB.Observation,
        QB.dataSet: NAMES.dataset(source),
        SDMX_DIMENSION.refArea: NamedNode(record.place),
        INNO.indicator: NamedNode(record.indicator),
        SDMX_DIMENSION.refPeriod: Literal(record.period, datatype=XSD.gYear),
        SDMX_MEASURE.obsValue: Literal(record.digits, datatype=XSD.decimal),
        INNO.valueAsStated: Literal(record.digits),
        SDMX_ATTRIBUTE.decimals: Literal(str(decimals), datatype=XSD.integer),
        SDMX_ATTRIBUTE.unitMeasure: NamedNode(record.unit),
        SDMX_ATTRIBUTE.unitMult: Literal(str(record.multiplier), datatype=XSD.integer),
        SDMX_ATTRIBUTE.obsStatus: NamedNode(f"{SDMX_CODE}obsStatus-{record.status}"),
        PROV.wasDerivedFrom: NAMES.source(source),
        INNO.evidence: NamedNode(f"{NAMES.source(source).value}/file.csv#row={record.row}"),
    }
    return [Triple(this, RDF.type, INNO.CityObservation), *(Triple(this, p, o) for p, o in whole.items())]


def merged(store: Store, source: str, records: list[Stated]) -> Store:
    """The store with a source's graph: observations, what was minted for them, and the source itself."""
    using = aligner(store, source)
    graph = NAMES.graph(source)
    triples = [triple for record in records for triple in observation(aligned(using.align(record)), source)]
    dataset, this = NAMES.dataset(source), NAMES.source(source)
    triples += [
        *using.minted(),
        Triple(this, RDF.type, PROV.Entity),
        Triple(dataset, RDF.type, QB.DataSet),
        Triple(dataset, QB.structure, NAMES.iri("structure/city-indicator")),
        Triple(dataset, PROV.wasDerivedFrom, this),
        Triple(dataset, RDFS.label, Literal("A table", language="en")),
    ]
    store.extend(Quad(*triple, graph) for triple in triples)
    return store


def test_what_two_merges_mint_passes_every_rule_together_and_alone() -> None:
    odd = [
        Stated("", 900, Name("London"), Name("Odd thing"), "2020", "1", Name("oddities")),
        Stated(
            "", 901, Name("Paris", country="FR"), Name("CO2 per head"), "2020", "4.1", Name("tCO2 per capita")
        ),
        Stated("", 902, Name("World", level="country"), Name("Budget"), "2020", "3", Name("million $")),
        Stated("", 903, Name("Beijing", (("geonames", "1816670"),)), Name("Population"), "2020", "9", PEOPLE),
    ]
    store = merged(reference(), "one", [*table(), *odd])
    store = merged(store, "two", [*table(Name("技术合同金额")), *odd])
    for gone in (None, "one"):
        if gone:
            store.clear_graph(NAMES.graph(gone))
        findings = [f for f in (*fast(store), *graph_rules(store)) if f.severity == "Violation"]
        assert [f for f in findings if not f.focus.startswith(NAMES.source("").value)] == []


def test_the_same_file_gives_the_same_triples_in_any_run() -> None:
    def run(store: Store) -> list[Triple]:
        using = aligner(store, "one")
        for record in table():
            aligned(using.align(record))
        return using.minted()

    store = reference()
    first = run(store)
    store.extend(Quad(*triple, NAMES.graph("one")) for triple in first)
    assert run(store) == first == run(reference())


def test_an_unknown_unit_keeps_its_power_of_ten() -> None:
    ours = aligner()
    found = [ours.align(stated(Name("Beijing"), unit=Name(words))) for words in ("million TEU", "TEU")]
    assert [(short(record.unit), record.multiplier) for record in found if isinstance(record, Aligned)] == [
        ("unit/teu", 6),
        ("unit/teu", 0),
    ]
