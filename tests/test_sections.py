"""What a page reads at once is what it would read for each section and each series alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from harness import BASE
from merged import with_second_source
from pyoxigraph import Literal, NamedNode, Quad, Store

from innograph.loader.releases import Releases
from innograph.ontology.namespaces import INNO, PROV, RDF, SDMX_ATTRIBUTE, SDMX_DIMENSION, SDMX_MEASURE, XSD
from innograph.server.engine import ReleaseInfo
from innograph.server.engine.snapshot import LocalSnapshot
from innograph.server.pages.drawing import CHARTS, facts_drawn, key_of
from innograph.server.pages.figures import FIGURE_NEEDS
from innograph.server.pages.kinds import KINDS
from innograph.server.pages.reading import ROWS, Facts, facts_of, items, with_prefixes
from innograph.server.pages.sections import ASKED, listed
from innograph.server.tables import rows

INFO = ReleaseInfo(1, "1", BASE, "2026-01-01T00:00:00Z", 0)


def snapshot_of(store: Store) -> LocalSnapshot:
    return LocalSnapshot(INFO, store, union=True)


@pytest.fixture(scope="module")
def published(store: Path, tmp_path_factory: pytest.TempPathFactory) -> LocalSnapshot:
    """The published graph with a second source, so that there are comparisons."""
    root = with_second_source(store, tmp_path_factory.mktemp("sections") / "store")
    return snapshot_of(Store.read_only(str(Releases(root).current().store)))


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("schema:City", "city/beijing"),
        ("scheme/indicators", "indicator/technology-contract-value"),
        ("source/", "source/beijing-innovation-2014-2023"),
        ("void:Dataset", "dataset/yearbook"),
        ("prov:Agent", "person/zhang-jihong"),
    ],
)
@pytest.mark.parametrize("page", [1, 2])
def test_sections_found_together_are_those_found_alone(
    published: LocalSnapshot, kind: str, thing: str, page: int
) -> None:
    [sections] = [one.sections for one in KINDS if one.key == kind]
    alone = [items(published, one.pattern, BASE + thing, page, one.of) for one in sections]
    assert listed(published, sections, BASE + thing, page) == alone
    assert any(found.total for found in alone)


@pytest.mark.parametrize("others", [3, ASKED + 1])
def test_classes_are_told_of_whatever_is_named_otherwise(others: int) -> None:
    """Observations of a cube that is not ours, changes, and things whose IRIs tell nothing."""
    store = Store()
    city = NamedNode(f"{BASE}city/x")
    named = [
        *((f"observation/ours/x/i/{year}", True) for year in range(9)),
        *((f"observation/foreign/x/i/{year}", False) for year in range(9)),
        *((f"figure/{number}", number % 2 == 0) for number in range(others)),
    ]
    for iri, is_ours in named:
        store.add(Quad(NamedNode(BASE + iri), SDMX_DIMENSION.refArea, city))
        store.add(Quad(NamedNode(BASE + iri), RDF.type, INNO.CityObservation if is_ours else INNO.Growth))
    for year in range(5):
        store.add(Quad(NamedNode(f"{BASE}change/ours/x/i/1-{year}"), SDMX_DIMENSION.refArea, city))
        store.add(Quad(NamedNode(f"{BASE}change/ours/x/i/1-{year}"), RDF.type, INNO.Change))
    [sections] = [one.sections for one in KINDS if one.key == "schema:City"]
    snapshot = snapshot_of(store)
    alone = [items(snapshot, one.pattern, city.value, 1, one.of) for one in sections]
    assert listed(snapshot, sections, city.value, 1) == alone
    assert alone[0].total == sum(is_ours for _, is_ours in named)


def test_the_rows_of_a_table_are_in_the_order_of_the_engine(published: LocalSnapshot) -> None:
    for thing in ("city/beijing", "source/beijing-innovation-2014-2023", "dataset/yearbook"):
        iri = NamedNode(BASE + thing)
        ordered = published.select(
            with_prefixes(
                "SELECT DISTINCT ?o ?city ?indicator ?period ?source WHERE {"
                " { ?o sdmx-dimension:refArea ?thing } UNION { ?o prov:wasDerivedFrom ?thing } UNION"
                " { ?o qb:dataSet ?thing } ?o a inno:CityObservation ; sdmx-dimension:refArea ?city ;"
                " inno:indicator ?indicator ; sdmx-dimension:refPeriod ?period ; prov:wasDerivedFrom ?source }"
                " ORDER BY ?city ?indicator ?period ?source"
            ),
            thing=iri,
        )
        assert ordered
        assert [row["observation"] for row in rows(published, iri)] == [row["o"].value for row in ordered]


def made_up(iri: str, indicator: str, year: int, value: int, unit: str = "people") -> list[Quad]:
    """An observation of one city."""
    this = NamedNode(BASE + iri)
    return [
        Quad(this, RDF.type, INNO.CityObservation),
        Quad(this, SDMX_DIMENSION.refArea, NamedNode(f"{BASE}city/x")),
        Quad(this, INNO.indicator, NamedNode(f"{BASE}indicator/{indicator}")),
        Quad(this, SDMX_DIMENSION.refPeriod, Literal(str(year), datatype=XSD.gYear)),
        Quad(this, SDMX_MEASURE.obsValue, Literal(str(value), datatype=XSD.decimal)),
        Quad(this, INNO.valueAsStated, Literal(str(value))),
        Quad(this, SDMX_ATTRIBUTE.unitMult, Literal(0)),
        Quad(this, SDMX_ATTRIBUTE.unitMeasure, NamedNode(f"{BASE}unit/{unit}")),
        Quad(this, PROV.wasDerivedFrom, NamedNode(f"{BASE}source/s")),
    ]


def series_of(iris: Sequence[str], facts: dict[str, Facts]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for iri in iris:
        if iri in facts:
            found.setdefault(key_of(facts[iri]), []).append(iri)
    return found


@pytest.mark.parametrize("path", ["observation/s/x/{indicator}/{year}", "figure/{year}-{indicator}"])
def test_the_first_series_are_read_whole_and_of_each_other_one_figure(path: str) -> None:
    store = Store()
    for number in range(12):
        for year in range(2000, 2006):
            indicator = f"i{number:02}"
            # The first has one figure below zero, and of the second the unit changes: a series for each.
            value = -1 if number == 0 and year == 2003 else year
            unit = "new" if number == 1 and year > 2002 else "people"
            iri = path.format(indicator=indicator, year=year)
            store.extend(made_up(iri, indicator, year, value, unit))
    # One figure lacks what most have.
    lacking = NamedNode(BASE + path.format(indicator="i02", year=2001))
    store.remove(next(store.quads_for_pattern(lacking, SDMX_ATTRIBUTE.unitMult, None)))
    snapshot = snapshot_of(store)
    iris = sorted(quad.subject.value for quad in store.quads_for_pattern(None, RDF.type, None))  # type: ignore[union-attr]
    whole = facts_of(snapshot, iris, FIGURE_NEEDS)
    known = {iri: whole[iri] for iri in iris[:ROWS]}
    read = facts_drawn(snapshot, iris, known, {})
    every, some = series_of(iris, whole), series_of(iris, read)
    assert list(some) == list(every)
    drawable = [key for key in every if "i00" not in key[0]]
    assert {key: some[key] for key in drawable[:CHARTS]} == {key: every[key] for key in drawable[:CHARTS]}
    complete = {iri for key in drawable[:CHARTS] for iri in every[key]}
    assert {iri: read[iri] for iri in complete} == {iri: whole[iri] for iri in complete}
    if path.startswith("observation/"):
        assert [len(some[key]) for key in drawable[CHARTS:]] == [1] * (len(drawable) - CHARTS)
