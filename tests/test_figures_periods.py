"""Periods as people, ISO 8601 and SDMX write them, and what is refused because it leaves something open."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from innograph.ontology.figures.periods import FiscalYear, Period, parse_period, span
from innograph.ontology.namespaces import RDF, TIME, XSD, Names

NAMES = Names()
SAME = {
    "2014": "2014|2014.0|2014年|２０１４年|二〇一四年|平成26年|H26|民國103年|2014-01-01/2014-12-31|2014-A1|2014 г."
    "|2014년",
    "2014-03": "2014-03|2014M03|2014-M03|201403|2014年3月|2014/03|03/2014|March 2014|Mar-14|März 2014"
    "|mars 2014|2014년 3월",
    "2014-03-31": "2014-03-31|20140331|31.03.2014|31/03/2014|3/31/2014|2014年3月31日|31 March 2014|March 31, 2014"
    "|2014-03-31T00:00:00|2014-D090|31 de marzo de 2014",
    "2014-12-31": "2014年末|end of 2014",
    "2014-Q1": "2014-Q1|2014Q1|Q1 2014|1Q14|Q1/2014|2014年第1季度|2014年一季度|2014年第1四半期"
    "|1er trimestre 2014|1. Quartal 2014|first quarter of 2014|Jan-Mar 2014|2014-01-01/P3M|2014年1-3月|I квартал 2014",
    "2014-H2": "2014-H2|2014-S2|H2 2014|2014年下半年|second half of 2014|2014-07/2014-12",
    "2014-W05": "2014-W05|2014W5",
    "2012--2014": "2012-2014|2012–2014|2012/2014|from 2012 to 2014|2012年至2014年|2012年から2014年|2012-14",
    "2014-05--2014-08": "2014-T2",
    "FY2014-2015-04": "FY2014-2015-04|2014-04-01/P1Y|2014-04-01/2015-03-31",
}


@pytest.mark.parametrize(("text", "written"), [(k, w) for k, forms in SAME.items() for w in forms.split("|")])
def test_forms_of_one_period_are_one_period(text: str, written: str) -> None:
    assert parse_period(written).text == text


@pytest.mark.parametrize(
    ("written", "fiscal", "text"),
    [
        ("2014/15", FiscalYear(4), "FY2014-2015-04"),
        ("2014-15", FiscalYear(7), "FY2014-2015-07"),
        ("2011-12", FiscalYear(4), "FY2011-2012-04"),
        ("2011-12", None, "2011-12"),
        ("1999/00", FiscalYear(4), "FY1999-2000-04"),
        ("FY2014/15", FiscalYear(4, 6), "FY2014-2015-0406"),
        ("FY2014", FiscalYear(10, named_by="end"), "FY2013-2014-10"),
        ("FY14", FiscalYear(4, named_by="start"), "FY2014-2015-04"),
        ("平成26年度", FiscalYear(4), "FY2014-2015-04"),
        ("FY2014", FiscalYear(1), "2014"),
        ("2014", FiscalYear(4), "2014"),
    ],
)
def test_fiscal_years_are_kept_apart(written: str, fiscal: FiscalYear | None, text: str) -> None:
    found = parse_period(written, fiscal_start=fiscal)
    assert found.text == text
    assert parse_period(text) == found  # the canonical text needs nothing beside it


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("n/a", "not a period"),
        ("", "not a period"),
        ("14", "not a period"),
        ("2014-13", "not a period"),
        ("2014*", "not a period"),
        ("listopad 2014", "not a period"),  # October in Croatian, November in Polish
        ("3500", "mend the year"),
        ("2014-15", "fiscal year whose start is not stated"),
        ("2011/12", "fiscal year whose start is not stated"),
        ("2014-2015", "fiscal year whose start is not stated"),
        ("FY2014", "fiscal year whose start is not stated"),
        ("2014年度", "fiscal year whose start is not stated"),
        ("03/04/2014", "which is the day and which the month"),
        ("Feb 30 2014", "not a date that exists"),
        ("2014-Q5", "a year has no Q5"),
        ("2014-W60", "has no week 60"),
        ("2014/2012", "ends before it begins"),
        ("H2", "part of a year or a year of an era"),  # the second half, or Heisei 2
        ("T4", "part of a year or a year of an era"),
        ("M12", "part of a year or a year of an era"),
    ],
)
def test_what_leaves_something_open_is_refused(written: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_period(written)


def test_a_single_fiscal_year_needs_to_know_which_end_names_it() -> None:
    with pytest.raises(ValueError, match="starts or the one that ends in 2014"):
        parse_period("FY2014", fiscal_start=4)
    with pytest.raises(ValueError, match="not understood"):
        FiscalYear.parse("13-01")
    assert FiscalYear.parse("04-06", "end") == FiscalYear(4, 6, "end")


def test_terms_and_descriptions() -> None:
    assert parse_period("2014").term(NAMES) == Literal("2014", datatype=XSD.gYear)
    assert parse_period("March 2014").term(NAMES) == Literal("2014-03", datatype=XSD.gYearMonth)
    assert parse_period("31.03.2014").term(NAMES) == Literal("2014-03-31", datatype=XSD.date)
    assert not list(parse_period("2014").triples(NAMES))
    quarter = parse_period("2014Q1")
    term = quarter.term(NAMES)
    assert term == NamedNode(f"{NAMES.base}period/2014-Q1")
    described = {(str(triple.predicate), str(triple.object)) for triple in quarter.triples(NAMES)}
    assert (str(RDF.type), str(TIME.ProperInterval)) in described
    assert (str(TIME.hasEnd), f"<{NAMES.base}day/2014-03-31>") in described
    assert quarter.label() == "2014, quarter 1"
    assert (
        parse_period("2014/15", fiscal_start=FiscalYear(4, 6)).label()
        == "fiscal year 2014–2015 (from 6 April)"
    )


@settings(max_examples=60)
@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 3000))
def test_every_canonical_text_is_read_back(start: date, days: int) -> None:
    period = span(start, start + timedelta(days=days))
    assert parse_period(period.text) == period
    assert (period.start, period.end) == (start, start + timedelta(days=days))


@settings(max_examples=60)
@given(st.text(max_size=20) | st.from_regex(r"[0-9年月FYQ/. -]{1,14}", fullmatch=True))
def test_any_text_is_a_period_or_a_value_error(text: str) -> None:
    try:
        found = parse_period(text)
    except ValueError:
        return
    assert isinstance(found, Period)
    assert parse_period(found.text) == found
