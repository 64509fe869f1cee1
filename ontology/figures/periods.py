"""When a figure holds: years, months, days, and what is none of these.

Calendar years, months and days are literals of XML Schema. A half, a quarter, a week, a fiscal year or a
span is an interval with its bounds (OWL-Time, section 4.2), named after its canonical text. Two texts for
the same days are the same period (2014-01-01/2014-12-31 is the year 2014), so that figures of different
sources meet; a fiscal year that is not the calendar year is never taken for one.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from pyoxigraph import Literal, NamedNode, Triple

from innograph.ontology.namespaces import RDF, RDFS, TIME, XSD, Names

LITERALS = {"year": XSD.gYear, "month": XSD.gYearMonth, "day": XSD.date}


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """When fiscal years start, and whether "2014" is the one that starts or the one that ends in 2014.

    `named_by` is "start" (Japan), "end" (United States), or "" where the source does not say.
    """

    month: int
    day: int = 1
    named_by: str = ""

    @classmethod
    def parse(cls, text: str, named_by: str = "") -> FiscalYear:
        """From "04" or "04-06".

        Raises:
            ValueError: no month of a year, or no day that every year has.
        """
        match = re.fullmatch(r"(?:--)?(\d\d?)(?:-(\d\d?))?", text.strip())
        try:
            found = match and cls(int(match[1]), int(match[2] or 1), named_by)
            if not found or named_by not in ("", "start", "end"):
                raise ValueError
            date(2015, found.month, found.day)
        except ValueError:
            raise ValueError(
                f"fiscal year start {text!r} (named by {named_by!r}) is not understood: give the month, or month "
                'and day, as "04" or "04-06", and "start" or "end" for the year that a single number names'
            ) from None
        return found


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both bounds included.

    `kind` is year, half, quarter, month, week, day, fiscal-year or span. `text` is canonical:
    "2014", "2014-H1", "2014-Q1", "2014-03", "2014-W05", "2014-03-31", "FY2014-2015-04" (the start of a
    fiscal year belongs to its name, since countries differ), "2012--2014", "2014-01-15--2014-02-14".
    """

    kind: str
    text: str
    start: date
    end: date

    def term(self, names: Names) -> Literal | NamedNode:
        """What an observation refers to: a literal, or the IRI of the interval."""
        if self.kind in LITERALS:
            return Literal(self.text, datatype=LITERALS[self.kind])
        return names.iri(f"period/{self.text}")

    def triples(self, names: Names) -> Iterator[Triple]:
        """The description of an interval; a literal needs none."""
        term = self.term(names)
        if isinstance(term, Literal):
            return
        yield Triple(term, RDF.type, TIME.ProperInterval)
        yield Triple(term, RDFS.label, Literal(self.label(), language="en"))
        for bound, day in ((TIME.hasBeginning, self.start), (TIME.hasEnd, self.end)):
            instant = names.iri(f"day/{day.isoformat()}")
            yield Triple(term, bound, instant)
            yield Triple(instant, RDF.type, TIME.Instant)
            yield Triple(instant, TIME.inXSDDate, Literal(day.isoformat(), datatype=XSD.date))

    def label(self) -> str:
        """What an English page calls it."""
        if self.kind == "fiscal-year":
            first = f"{self.start.day} {self.start:%B}" if self.start.day > 1 else f"{self.start:%B}"
            return f"fiscal year {self.start.year}–{self.end.year} (from {first})"
        if self.kind == "span":
            return self.text.replace("--", " to ")
        names = {"half": "half", "quarter": "quarter"}
        if self.kind in names:
            return f"{self.text[:4]}, {names[self.kind]} {self.text[-1]}"
        return f"{self.text[:4]}, week {self.text[-2:]}" if self.kind == "week" else self.text


def parse_period(text: str, *, fiscal_start: FiscalYear | int | None = None) -> Period:
    """The period that a text names, in any of the usual forms and languages.

    `fiscal_start` says that years such as 2014/15 are fiscal ones, and when they start (a month, or more).

    Raises:
        ValueError: no period, or one of which the text leaves open which days it has; says how to mend it.
    """
    if isinstance(fiscal_start, int):
        fiscal_start = FiscalYear(fiscal_start)
    return _parse(text, fiscal_start)


@lru_cache(maxsize=4096)
def _parse(text: str, fiscal: FiscalYear | None) -> Period:
    from innograph.ontology.figures import period_forms

    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    try:
        found = period_forms.read(plain, fiscal)
    except OverflowError:
        found = None
    if found is None:
        raise ValueError(
            f"{text!r} is not a period: write a year (2014), month (2014-03), day (2014-03-31), quarter (2014-Q1), "
            "half (2014-H1), fiscal year (FY2014/15, with its start) or span (2012/2014)"
        )
    if not 1000 <= found.start.year <= found.end.year <= 2200:
        raise ValueError(f"{text!r} is not between the years 1000 and 2200: mend the year")
    return found


def year(number: int) -> Period:
    """A calendar year."""
    return Period("year", f"{number:04}", date(number, 1, 1), date(number, 12, 31))


def months(number: int, first: int, count: int) -> Period:
    """`count` months of a year (or past its end) from the month `first`, as the period they are."""
    index = number * 12 + first - 1 + count - 1
    last_year, last_month = divmod(index, 12)
    end = date(last_year, last_month + 1, monthrange(last_year, last_month + 1)[1])
    return span(date(number, first, 1), end)


def fiscal_year(number: int, fiscal: FiscalYear) -> Period:
    """The fiscal year that starts in the year `number`: the calendar year, if it starts with January."""
    start = date(number, fiscal.month, fiscal.day)
    end = date(number + 1, fiscal.month, fiscal.day) - timedelta(days=1)
    if start.month == start.day == 1:
        return year(number)
    day = f"{fiscal.month:02}" + (f"{fiscal.day:02}" if fiscal.day > 1 else "")
    return Period("fiscal-year", f"FY{number}-{number + 1}-{day}", start, end)


def week(number: int, ordinal: int) -> Period:
    """A week of ISO 8601: Monday to Sunday.

    Raises:
        ValueError: the year has no such week.
    """
    try:
        start = date.fromisocalendar(number, ordinal, 1)
    except ValueError:
        raise ValueError(f"the year {number} has no week {ordinal}: mend the number") from None
    return Period("week", f"{number}-W{ordinal:02}", start, start + timedelta(days=6))


def span(start: date, end: date) -> Period:
    """The days from one to another, as the year, half, quarter, month or day that they make, if they do.

    Raises:
        ValueError: the end lies before the start.
    """
    if end < start:
        raise ValueError(f"the period from {start} to {end} ends before it begins: swap the two or mend one")
    if start == end:
        return Period("day", start.isoformat(), start, end)
    whole = start.day == 1 and (end + timedelta(days=1)).day == 1
    if not whole:
        return Period("span", f"{start}--{end}", start, end)
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    name = f"{start.year}"
    if count == 12 and start.month == 1:
        return year(start.year)
    if count == 6 and start.month in (1, 7):
        return Period("half", f"{name}-H{start.month // 6 + 1}", start, end)
    if count == 3 and start.month % 3 == 1:
        return Period("quarter", f"{name}-Q{start.month // 3 + 1}", start, end)
    if count == 1:
        return Period("month", f"{start:%Y-%m}", start, end)
    if count == 12:
        return fiscal_year(start.year, FiscalYear(start.month))
    if start.month == 1 and end.month == 12:
        return Period("span", f"{start.year}--{end.year}", start, end)
    return Period("span", f"{start:%Y-%m}--{end:%Y-%m}", start, end)
