"""A build of large authored tables gives what it gives of small ones, and tells the same mistakes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from harness import BASE, SLUG

from innograph.loader import building
from innograph.loader.authored import read_authored
from innograph.loader.checking import check_release
from innograph.loader.errors import InputError, InvalidError
from innograph.loader.paths import DATA
from innograph.loader.publishing import Publisher
from innograph.ontology.namespaces import Names

CITY = '@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n@prefix schema: <https://schema.org/> .\n' + "".join(
    f'<city/made-up-{n}> a schema:City ; rdfs:label "Made-up {n}"@en, "甲{n}"@zh, "乙{n}"@ja .\n' for n in range(3)
)  # fmt: skip


def rows(values: dict[tuple[str, str, int], str]) -> str:
    return "".join(
        f"{city},{indicator},{year},{value},{'unit:CCY_CNY' if 'contract' in indicator else 'per-10000-people'},0,A,"
        f"{value},10,{10 + len(value)},\n"
        for (city, indicator, year), value in values.items()
    )


FIGURES = {
    (city, indicator, year): f"{number}.{year % 7}"
    for number, (city, indicator) in enumerate(
        (city, indicator)
        for city in ("beijing", "made-up-0", "made-up-1", "made-up-2")
        for indicator in ("patents-per-10000-people", "technology-contract-value")
    )
    for year in (2010, 2011, 2012, 2015, 2016, 2017, 2018, 2019)
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The authored data and a second source: a table that compares with the first, and a claim on it."""
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    (folder / "reference" / "made-up.ttl").write_text(CITY, "utf-8")
    first, second = folder / "sources" / SLUG, folder / "sources" / "yearbook"
    second.mkdir()
    for name in ("source.ttl", "growth-claims.ttl"):
        text = (first / name).read_text("utf-8").replace(SLUG, "yearbook").replace("70a839b6", "80a839b6")
        (second / name).write_text(text, "utf-8")
    shutil.copy(first / "observations.csv-metadata.json", second)
    text = (first / "observations.csv").read_text("utf-8")
    (second / "observations.csv").write_text(text + rows(FIGURES), "utf-8")
    return folder


def table(data: Path) -> Path:
    return data / "sources" / "yearbook" / "observations.csv"


def inputs(data: Path, large: int) -> building.Inputs:
    return building.Inputs(BASE, data, large=large)


def test_a_large_table_gives_the_graph_of_a_small_one(data: Path, tmp_path: Path) -> None:
    release, outcome = building.build(tmp_path / "batches", inputs(data, 20))
    whole, expected = building.build(tmp_path / "whole", inputs(data, 10_000))
    assert outcome.quads == release.description.quads == whole.description.quads
    assert outcome.findings == expected.findings
    assert release.description.checksums == whole.description.checksums
    assert release.description.checksum == whole.description.checksum
    assert all(checksum.holds for checksum in check_release(release))


def test_series_that_claims_are_about_are_held_beside_them(data: Path, tmp_path: Path) -> None:
    held = read_authored(Names(BASE), data, folder=tmp_path, large=20)
    assert set(held.rows) == {"yearbook"}
    written = held.rows["yearbook"].read_bytes()
    assert b"beijing/" not in written
    assert b"made-up-2/" in written
    assert f"{BASE}observation/yearbook/beijing/patents-per-10000-people/2011" in held.origins


def test_rows_of_a_large_table_do_not_depend_on_their_order(data: Path, tmp_path: Path) -> None:
    first, _ = building.build(tmp_path / "first", inputs(data, 20))
    lines = table(data).read_text("utf-8").splitlines()
    table(data).write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n", "utf-8")
    second, _ = building.build(tmp_path / "second", inputs(data, 20))
    assert first.description.checksum == second.description.checksum


@pytest.mark.parametrize(("year", "value"), [("1815", "1.5"), ("2015", "8.5")])
def test_what_breaks_a_rule_is_told_with_its_place(data: Path, tmp_path: Path, year: str, value: str) -> None:
    """A year that is too early; a second value for a key."""
    text = table(data).read_text("utf-8")
    bad = f"made-up-1,patents-per-10000-people,{year},{value},per-10000-people,0,A,{value},10,13,\n"
    table(data).write_text(text + bad, "utf-8")
    line = len(text.splitlines()) + 1
    told = []
    for large in (20, 10_000):
        with pytest.raises(InvalidError) as refused:
            building.build(tmp_path / "store", inputs(data, large))
        assert f"{table(data)}:{line}" in refused.value.origins.values()
        told.append(set(refused.value.findings))
        assert building.check(inputs(data, large)).findings == refused.value.findings
    assert told[0] == told[1]
    assert Publisher(tmp_path / "store").releases.state().current is None


def test_a_cell_that_means_nothing_is_told_with_its_place(data: Path, tmp_path: Path) -> None:
    text = table(data).read_text("utf-8")
    bad = "made-up-1,patents-per-10000-people,2021,1.5,nowhere:unit,0,A,1.5,10,13,\n"
    table(data).write_text(text + bad, "utf-8")
    with pytest.raises(InputError) as refused:
        building.build(tmp_path / "store", inputs(data, 20))
    [problem] = refused.value.problems
    assert (problem.path, problem.line) == (table(data), len(text.splitlines()) + 1)
