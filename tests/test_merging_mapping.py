"""A mapping says what columns and words mean; what it cannot take is told with row, reason and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from innograph.loader.errors import InputError
from innograph.loader.merging.mapping import Counts, Meaning
from innograph.loader.merging.mapping.file import LAYOUT_KEYS, parse_mapping, read_mapping
from innograph.loader.merging.mapping.rows import mapped
from innograph.loader.merging.reading import Options, read
from innograph.loader.merging.records import Name, Refused, Stated, Table
from innograph.loader.paths import DATA

SAMPLES = Path(__file__).parent / "data" / "merging" / "samples"
MAPPINGS = DATA / "mappings"
LONG = 'place = "place"\nperiod = "year"\nvalue = "v"\nunit = {words = "km2"}\nindicator = {words = "area"}\n'
Line = Sequence[str | None]


def table(columns: Sequence[str], *lines: Line, name: str = "") -> Table:
    numbered = ((number, tuple(cells)) for number, cells in enumerate(lines, 2))
    return Table(name, tuple(columns), numbered, {"file": "made-up.csv"})


def run(
    mapping: str, columns: Sequence[str], *lines: Line, name: str = ""
) -> tuple[list[Stated | Refused], Counts]:
    counts = Counts()
    return list(mapped(table(columns, *lines, name=name), parse_mapping(mapping), counts)), counts


def stated(mapping: str, columns: Sequence[str], *lines: Line) -> list[Stated]:
    found, _ = run(mapping, columns, *lines)
    assert not [record for record in found if isinstance(record, Refused)]
    return [record for record in found if isinstance(record, Stated)]


def one(mapping: str, columns: Sequence[str], *line: str | None) -> Stated:
    (record,) = stated(mapping, columns, line)
    return record


def merged(mapping: str, file: str) -> tuple[list[Stated], Counts]:
    said, counts = read_mapping(MAPPINGS / f"{mapping}.toml"), Counts()
    found = [record for found in read(SAMPLES / file, said.read) for record in mapped(found, said, counts)]
    return [record for record in found if isinstance(record, Stated)], counts


# Real files with the mappings of the project


def test_the_sellers_side_is_the_articles_indicator() -> None:
    found, counts = merged("china-technology-market-push", "MarketPush.csv")
    assert (counts.rows, counts.left_out, counts.refused) == (120, 30, 0)
    assert counts.missing > 0
    assert counts.stated == len(found) == 90 - counts.missing
    beijing = {(r.period, r.multiplier, r.digits) for r in found if r.place.label == "北京" and r.multiplier}
    assert {("2014", 4, "31371853.967038"), ("2023", 4, "85369394.0")} <= beijing
    value = next(r for r in found if r.multiplier)
    assert value.indicator.identifiers == (("innograph", "technology-contract-value"),)
    assert value.unit == Name("万元", (("qudt", "CCY_CNY"),), language="zh")
    assert (value.place.country, value.place.level, value.place.language) == ("CN", "region", "zh")
    assert "全国" not in {record.place.label for record in found}


def test_the_buyers_side_is_an_indicator_of_its_own() -> None:
    found, _ = merged("china-technology-market-pull", "MarketPull.csv")
    new = read_mapping(MAPPINGS / "china-technology-market-pull.toml").new_indicators()
    assert {record.indicator.label for record in found} == set(new)
    assert not any(record.indicator.identifiers for record in found)
    assert new["v4_cg_jssr_je"].close == ("technology-contract-value",)
    assert dict(new["v4_cg_jssr_je"].labels)["zh"] == "技术输入合同金额"


def test_two_scales_of_one_currency() -> None:
    found, _ = merged("china-rd-intensity", "RDIntense.csv")
    assert {(r.unit.label, r.multiplier) for r in found} == {("亿元", 8), ("%", 0)}


def test_estimates_and_projections_are_columns_of_one_indicator() -> None:
    found, counts = merged("owid-city-populations", "owid-city-populations.csv")
    assert counts.missing == len(found) == 36
    assert {(r.period > "2015", r.status) for r in found} == {(False, "E"), (True, "F")}
    assert len({r.indicator for r in found}) == 1
    assert {r.multiplier for r in found} == {6}


def test_a_nested_survey_gives_its_totals_only() -> None:
    found, counts = merged("berlin-innovation", "innovationserhebung.json")
    assert {record.place for record in found} == {Name("Berlin", (("wikidata", "Q64"),), "DE", "de", "city")}
    assert {(record.indicator.label, record.unit.label, record.multiplier) for record in found} == {
        ("anzahl_unternehmen_insgesamt", "Unternehmen", 0),
        ("umsatz_mio", "Mio. EUR", 6),
    }
    assert counts.refused == 0


@pytest.mark.parametrize(
    ("mapping", "file", "count"),
    [
        ("owid-c40-city-emissions", "owid-c40-city-emissions.csv", 20),
        ("owid-patent-rates", "owid-patent-rates/patent-and-publication-rates.csv", 200),
        ("geonames-cities", "cities.csv", 7),
    ],
)
def test_other_mappings_fit_their_files(mapping: str, file: str, count: int) -> None:
    found, counts = merged(mapping, file)
    assert len(found) >= count
    assert counts.refused == 0


def test_every_mapping_of_the_project_is_read() -> None:
    paths = sorted(MAPPINGS.glob("*.toml"))
    assert len(paths) == 8
    for path in paths:
        mapping = read_mapping(path)
        assert mapping.source.title
        assert mapping.source.licence
        assert all(new.definitions for new in mapping.new_indicators().values())


# Roles


def test_words_templates_and_identifiers() -> None:
    mapping = """
    place = {column = "n", identifiers = {geonames = "id", nuts = "u"}, nuts_version = "2021", country = {column = "c"}}
    period = {template = "{y}-Q{q}"}
    indicator = {template = "{a} / {b}"}
    value = "v"
    unit = {words = "EUR"}
    multiplier = "m"
    note = "remark"
    [source]
    language = "de"
    """
    columns = ("n", "id", "u", "c", "y", "q", "a", "b", "v", "m", "remark")
    found = one(
        mapping, columns, "Köln", "2886242.0", "DEA23", "DE", "2014", "3", "x", "y", "12.50", "millions", "hm"
    )
    assert found.place == Name(
        "Köln", (("geonames", "2886242"), ("nuts", "DEA23"), ("nuts-version", "2021")), "DE", "de"
    )
    assert (found.period, found.indicator.label, found.digits) == ("2014-Q3", "x / y", "12.50")
    assert (found.unit.label, found.multiplier, found.note, found.row) == ("EUR", 6, "hm", 2)


def test_wide_tables_by_column() -> None:
    mapping = """
    place = "city"
    period = "year"
    [[values]]
    column = "Pop"
    unit = "people"
    multiplier = 3
    [[values]]
    column = "Pop (forecast)"
    indicator = "Pop"
    unit = "people"
    status = "F"
    round = 1
    """
    found = stated(
        mapping,
        ("city", "year", "Pop", "Pop (forecast)"),
        ("X", "2014", "5", None),
        ("X", "2040", "..", "6.25"),
    )
    assert [(r.row, r.indicator.label, r.period, r.digits, r.multiplier, r.status) for r in found] == [
        (2, "Pop", "2014", "5", 3, "A"),
        (3, "Pop", "2040", "6.3", 0, "F"),
    ]


def test_wide_tables_by_pattern() -> None:
    mapping = """
    place = "city"
    [[values]]
    match = '(?P<indicator>\\w+) (?P<period>\\d{4}) \\((?P<unit>.+)\\)'
    """
    found = stated(mapping, ("city", "GDP 2014 (亿元)", "GDP 2015 (亿元)", "other"), ("X", "1", "2", "3"))
    assert [(r.indicator.label, r.period, r.unit.label, r.digits) for r in found] == [
        ("GDP", "2014", "亿元", "1"),
        ("GDP", "2015", "亿元", "2"),
    ]
    by_place = 'period = "year"\nindicator = {words = "x"}\n[[values]]\nmatch = \'(?!year$)(?P<place>.+)\'\n'
    found = stated(by_place, ("year", "A", "B"), ("2014", "1", "2"))
    assert [(r.place.label, r.digits) for r in found] == [("A", "1"), ("B", "2")]


def test_a_template_may_name_the_column_of_the_figure() -> None:
    mapping = 'place = "p"\nperiod = "y"\nindicator = {template = "{m}: {@column}"}\n[[values]]\nmatch = "food|wood"\n'
    found = stated(mapping, ("p", "y", "m", "food", "wood"), ("X", "2014", "turnover", "1", "2"))
    assert [r.indicator.label for r in found] == ["turnover: food", "turnover: wood"]


def test_rows_that_are_left_out_filled_or_remarks() -> None:
    mapping = LONG + 'fill_down = "place"\n[only]\nsex = "T"\n[leave_out]\nplace = {match = "全国|Total.*"}\n'
    columns = ("place", "year", "sex", "v")
    lines = [
        ("X", "2014", "T", "1"),
        (None, "2015", "T", "2"),
        (None, "2015", "M", "9"),
        ("Total of all", "2014", "T", "3"),
        ("全国", "2014", "T", "4"),
    ]
    found, counts = run(mapping, columns, *lines)
    assert [(r.place.label, r.digits) for r in found if isinstance(r, Stated)] == [("X", "1"), ("X", "2")]
    assert (counts.rows, counts.left_out, counts.stated) == (5, 3, 2)
    found, counts = run(
        LONG, ("place", "year", "v"), ("Source: an office", None, None), ("A note",), ("X", "2014", "1")
    )
    assert (len(found), counts.remarks) == (1, 2)


@pytest.mark.parametrize("cell", [None, "-", "…", "N/A", "NaN", "无", "k. A."])
def test_missing_values_are_counted_not_refused(cell: str | None) -> None:
    found, counts = run(LONG, ("place", "year", "v"), ("X", "2014", cell))
    assert (found, counts.missing) == ([], 1)


def test_missing_markers_of_a_mapping_replace_the_usual_ones() -> None:
    found, counts = run(
        LONG + 'missing = ["-99"]\n', ("place", "year", "v"), ("X", "2014", "-99"), ("X", "2015", "n/a")
    )
    assert counts.missing == 1
    assert isinstance(found[0], Refused)


def test_footnotes_are_removed_and_noted() -> None:
    mapping = LONG + 'footnotes = {"*" = "provisional", "[#]" = "", "①" = "new borders"}\n'
    first, second = stated(
        mapping, ("place", "year", "v"), ("X①", "2014*", "1,234 [12]"), ("X", "2015", "5*")
    )
    assert (first.place.label, first.period, first.digits) == ("X", "2014", "1234")
    assert (second.digits, second.note) == ("5", "provisional")
    found, _ = run(LONG, ("place", "year", "v"), ("X", "2014", "5*"))
    assert isinstance(found[0], Refused)
    assert "footnotes" in found[0].mend


def test_statuses() -> None:
    mapping = LONG + 'status = {column = "flag", codes = {x = "E"}}\n'
    lines = [("X", "2014", "1", flag) for flag in ("A", "F", "p", "x", None, "be", "预测", "??")]
    found, _ = run(mapping, ("place", "year", "v", "flag"), *lines)
    said = [(r.status, r.note) if isinstance(r, Stated) else r.column for r in found]
    assert said == [
        *(
            ("A", ""),
            ("F", ""),
            ("A", "provisional"),
            ("E", ""),
            ("A", ""),
            ("E", "break in the series"),
            ("F", ""),
        ),
        "status",
    ]
    flagged = LONG + "status = {in_value = true}\n"
    found, counts = run(
        flagged, ("place", "year", "v"), ("X", "2014", "12.3 p"), ("X", "2015", ": c"), ("X", "2016", "4 e")
    )
    assert [(r.digits, r.status, r.note) for r in found if isinstance(r, Stated)] == [
        ("12.3", "A", "provisional"),
        ("4", "E", ""),
    ]
    assert counts.missing == 1


def test_periods_of_a_mapping() -> None:
    columns = ("place", "year", "v")
    fiscal = LONG.replace('"year"', '{column = "year", fiscal_start = "04"}')
    assert one(fiscal, columns, "X", "2014/15", "1").period == "FY2014-2015-04"
    found, _ = run(LONG, columns, ("X", "2014/15", "1"))
    assert isinstance(found[0], Refused)
    assert (found[0].column, "fiscal years start" in found[0].mend) == ("period", True)
    assert (
        one(LONG.replace('"year"', '{column = "year", as = "year"}'), columns, "X", "2014-01-01", "1").period
        == "2014"
    )
    later = stated(LONG + 'forecast_after = "2018"\n', columns, ("X", "2018", "1"), ("X", "2019", "1"))
    assert [record.status for record in later] == ["A", "F"]


def test_units_beside_numbers_and_of_words() -> None:
    mapping = LONG.replace('unit = {words = "km2"}\n', "")
    found = one(mapping, ("place", "year", "v"), "X", "2014", "8,536.9亿元")
    assert (found.digits, found.multiplier, found.unit.label) == ("8536.9", 8, "元")
    other, _ = run(LONG, ("place", "year", "v"), ("X", "2014", "5 kg"))
    assert isinstance(other[0], Refused)
    assert (other[0].reason, other[0].column) == ("the value is in 'kg' where its unit is 'km2'", "unit")
    # The word says ten thousand, also where the mapping states its unit only.
    known = LONG.replace("km2", "万元") + '[units."万元"]\nis = "unit:CCY_CNY"\n'
    assert one(known, ("place", "year", "v"), "X", "2014", "5").multiplier == 4
    ours = LONG.replace("km2", "x") + '[units.x]\nis = "unit/per-10000-people"\n'
    assert one(ours, ("place", "year", "v"), "X", "2014", "5").unit.identifiers == (
        ("innograph", "per-10000-people"),
    )


def test_words_that_are_left_out_and_labels_that_replace() -> None:
    mapping = LONG.replace('{words = "area"}', '"i"') + (
        '[indicators.skip]\nleave_out = true\n[indicators.a]\nlabel = "Area"\n'
        '[places.ber]\nlabel = "Berlin"\nwikidata = "Q64"\n'
    )
    found, counts = run(
        mapping, ("place", "year", "i", "v"), ("ber", "2014", "a", "1"), ("ber", "2014", "skip", "2")
    )
    (record,) = found
    assert isinstance(record, Stated)
    assert (record.indicator.label, record.place.label, record.place.identifiers) == (
        "Area",
        "Berlin",
        (("wikidata", "Q64"),),
    )
    assert counts.left_out == 1


def test_decimal_commas_and_rounding() -> None:
    mapping = LONG.replace('value = "v"', 'value = {column = "v", decimal = ",", round = 2}')
    assert one(mapping, ("place", "year", "v"), "X", "2014", "31.371.853,967038").digits == "31371853.97"
    assert one(mapping, ("place", "year", "v"), "X", "2014", "5,1").digits == "5.1"
    found, _ = run(mapping, ("place", "year", "v"), ("X", "2014", "1,234.5"))
    assert isinstance(found[0], Refused)


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (("X", "2014"), "", "has 2 cells where the header has 3"),
        (("X", "2014", "1", "2"), "", "has 4 cells where the header has 3"),
        (("X", "2014", "abc"), "v", "'abc' is not a number"),
        (("X", "soon", "1"), "period", "'soon' is not a period"),
        (("X", None, "1"), "period", "the period is empty"),
        ((None, "2014", "1"), "place", "the place is empty"),
    ],
)
def test_refused_rows_say_where_why_and_how_to_mend(line: Line, column: str, reason: str) -> None:
    found, counts = run(LONG, ("place", "year", "v"), line)
    (record,) = found
    assert isinstance(record, Refused)
    assert (record.row, record.column, record.reason, record.cells) == (2, column, reason, tuple(line))
    assert record.mend
    assert counts.refused == 1


# Several tables, and mistakes in mappings


def test_tables_have_layouts_of_their_own() -> None:
    mapping = """
    period = {words = "2014"}
    indicator = {words = "x"}
    [[tables]]
    name = "A*"
    place = "p"
    value = "v"
    [[tables]]
    name = ["B [1]"]
    place = "q"
    value = "w"
    """
    first, _ = run(mapping, ("p", "v"), ("X", "1"), name="A one")
    second, _ = run(mapping, ("q", "w"), ("Y", "2"), name="B [1]")
    third, _ = run(mapping, ("q", "w"), ("Y", "2"), name="C")
    assert [record.place.label for record in (*first, *second) if isinstance(record, Stated)] == ["X", "Y"]
    assert third == []


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("place = ", "is no TOML"),
        ("plcae = 'x'\n", "do you mean 'place'"),
        (LONG + "[source]\nlicense = 'x'\n", "do you mean 'licence'"),
        (LONG + "[units.x]\nif = 'x'\n", 'units."x".if'),
        ("place = 'x'\n", "value: is not given"),
        (LONG.replace('"v"', '{column = "v", decimal = ";"}'), "value.decimal"),
        (LONG + "[[values]]\nunit = 'x'\n", "needs a column or a match"),
        (LONG + "[[values]]\nmatch = '('\n", "no regular expression"),
        (LONG + 'status = {column = "s", codes = {p = "P"}}\n', "use A (normal)"),
        (LONG.replace('"year"', '{column = "year", fiscal_start = "13"}'), "fiscal_start"),
        (LONG.replace('"year"', '{column = "year", words = "2014"}'), "give one of"),
        (LONG.replace('"year"', '{column = "year", as = "day"}'), "period.as"),
        (LONG + 'forecast_after = "soon"\n', "forecast_after"),
        (LONG + "[indicators.x]\nis = 'a'\nnew = {label = 'b'}\n", "ours and new at once"),
        (LONG + "[indicators.x]\nnew = {definition = 'b'}\n", "has no label"),
        (LONG + "[places]\nx = 'y'\n", "is no section"),
        (LONG + "[read]\nheader = 'x'\n", "whole number"),
        (LONG + "[leave_out]\nx = {match = '['}\n", "no regular expression"),
        (
            'place = {column = "x", identifiers = {wikidat = "y"}}\n' + LONG.partition("\n")[2],
            "do you mean 'wikidata'",
        ),
    ],
)
def test_mistakes_name_the_key(mapping: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        parse_mapping(mapping)
    assert says in str(error.value)
    assert "to mend: " in str(error.value)


def test_mistakes_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(LONG + "\n[source]\ntitle = 'x'\nlicense = 'y'\n", "utf-8")
    with pytest.raises(InputError, match=r"m\.toml:9: source\.license"):
        read_mapping(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        (LONG.replace('"place"', '"plaec"', 1), "do you mean 'place'"),
        ('place = "place"\nperiod = "year"\n[[values]]\nmatch = "x+"\n', "no column matches"),
        ('period = "year"\nvalue = "v"\n', "which place"),
        ('place = "place"\nvalue = "v"\n', "when a figure holds"),
    ],
)
def test_a_mapping_that_does_not_fit_its_table_is_told(mapping: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        run(mapping, ("place", "year", "v"), ("X", "2014", "1"))
    assert says in str(error.value)


def test_the_mappings_of_the_documentation_are_mappings() -> None:
    text = (Path(__file__).parents[1] / "docs" / "merging.md").read_text("utf-8")
    found = [
        parse_mapping(block) for block in re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]
    assert len(found) >= 6
    known = {*LAYOUT_KEYS, *Options.__dataclass_fields__, *Meaning.__dataclass_fields__} - {
        "limit",
        "identifiers",
    }
    assert known <= set(re.findall(r"\w+", text))  # nothing that a mapping may say is kept secret
