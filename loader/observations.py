"""Observation tables: a tidy CSV with its CSVW metadata, one observation a row.

`docs/model.md` has the columns. The `csvw` package reads and checks the cells by the metadata beside
the table (CSVW, "Metadata Vocabulary for Tabular Data"); this module gives the rows their RDF.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode, Triple

from innograph.loader.errors import InputError, Problem
from innograph.loader.evidence import Anchor, evidence
from innograph.loader.period_terms import period_term
from innograph.ontology.namespaces import (
    INNO,
    PREFIXES,
    PROV,
    QB,
    RDF,
    SDMX_ATTRIBUTE,
    SDMX_CODE,
    SDMX_DIMENSION,
    SDMX_MEASURE,
    XSD,
    Names,
)

if TYPE_CHECKING:
    from csvw import Table

_PLACE = re.compile(r".*?:(?P<line>\d+):(?P<column>\d+) (?P<rest>.*)", re.DOTALL)
MEND = "correct the cell; the columns are described in the metadata file beside the table"
_SLUG = re.compile(r"[\w.~-]+")


Row = dict[str, Any]


def read_rows(metadata: Path, take: Callable[[int, Row], None]) -> None:
    """Give `take` each row of one source's tables, with its line number; it may refuse one by a ValueError.

    `metadata` is the CSVW file.

    Raises:
        InputError: every bad cell, with line and column.
    """
    problems = _Problems()
    try:
        for table in _tables(metadata):
            path = metadata.parent / str(table.url)
            problems.path = path
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # an unspecified column is a mistake, not a remark
                for _, line, row in table.iterdicts(log=problems.log, with_metadata=True):
                    try:
                        take(line, row)
                    except ValueError as error:
                        problems.add(str(error), line)
    except (ValueError, UserWarning, OSError) as error:
        problems.add(str(error), None)
    if problems.found:
        raise InputError(problems.found)


def _tables(metadata: Path) -> list[Table]:
    """The tables that a metadata file describes: it is a table group, or one table (section 5.2)."""
    from csvw import Table, TableGroup  # takes a while, and only whoever reads needs it

    described = json.loads(metadata.read_text("utf-8"))
    if "tables" in described:
        return list(TableGroup.from_file(metadata).tables)
    return [Table.from_file(metadata)]


def observation(row: Row, source: str, names: Names) -> Iterator[Triple]:
    """The triples of one row.

    Raises:
        ValueError: a cell that is well-formed but has no meaning here.
    """
    city, indicator, period = key(row)
    fact = names.observation(source, city, indicator, period)
    digits = str(row["value"])
    yield Triple(fact, RDF.type, QB.Observation)
    yield Triple(fact, RDF.type, INNO.CityObservation)
    yield Triple(fact, QB.dataSet, names.dataset(source))
    yield Triple(fact, SDMX_DIMENSION.refArea, names.iri(f"city/{city}"))
    yield Triple(fact, INNO.indicator, names.iri(f"indicator/{indicator}"))
    yield Triple(fact, SDMX_DIMENSION.refPeriod, period_term(period))
    yield Triple(fact, SDMX_MEASURE.obsValue, Literal(digits, datatype=XSD.decimal))
    yield Triple(fact, INNO.valueAsStated, Literal(digits))
    yield Triple(fact, SDMX_ATTRIBUTE.decimals, _integer(len(digits.partition(".")[2])))
    yield Triple(fact, SDMX_ATTRIBUTE.unitMeasure, _unit(row["unit"], names))
    yield Triple(fact, SDMX_ATTRIBUTE.unitMult, _integer(row.get("multiplier") or 0))
    yield Triple(fact, SDMX_ATTRIBUTE.obsStatus, SDMX_CODE[f"obsStatus-{row.get('status') or 'A'}"])
    yield Triple(fact, PROV.wasDerivedFrom, names.source(source))
    yield from evidence(fact, names.source(source), _anchors(row))
    for name in row.get("not_stated") or ():
        yield Triple(fact, INNO.notStated, prefixed(name))


def key(row: Row) -> tuple[str, str, str]:
    """The city, indicator and period of a row: what its observation is called by.

    Raises:
        ValueError: one of them is no slug.
    """
    return _slug(row, "city"), _slug(row, "indicator"), _slug(row, "period")


def prefixed(name: str) -> NamedNode:
    """A prefixed name as its IRI; a bare name is a term of `inno:`.

    Raises:
        ValueError: an unknown prefix.
    """
    prefix, colon, local = name.rpartition(":")
    if not colon:
        return INNO[local]
    if prefix not in PREFIXES:
        raise ValueError(f"unknown prefix in {name!r}: use one of {', '.join(PREFIXES)}")
    return PREFIXES[prefix][local]


def _unit(name: str, names: Names) -> NamedNode:
    return prefixed(name) if ":" in name else names.iri(f"unit/{name}")


def _slug(row: Row, column: str) -> str:
    text = str(row[column])
    if not _SLUG.fullmatch(text):
        raise ValueError(f"{column} {text!r} is not a slug: use letters, digits, '-', '_', '.' or '~'")
    return text


def _anchors(row: Row) -> Iterable[Anchor]:
    quotes, starts, ends = (row.get(column) or [] for column in ("quote", "start", "end"))
    if not len(quotes) == len(starts) == len(ends):
        raise ValueError(
            f"{len(quotes)} phrases, {len(starts)} starts and {len(ends)} ends: "
            "columns quote, start and end need as many entries each, separated by '|'; "
            f"`innograph source locate` fills them in from the text"
        )
    for quote, start, end in zip(quotes, starts, ends, strict=True):
        if start is None or end is None:
            raise ValueError(
                f"phrase {quote!r} has no place: `innograph source locate` fills it in from the text"
            )
    return [Anchor(int(s), int(e), quote) for quote, s, e in zip(quotes, starts, ends, strict=True)]


def _integer(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)


class _Problems:
    """Collects what `csvw` reports, which it does as log lines 'file:line:column name: message'."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.path = Path()
        self.log = logging.Logger("csvw")
        handler = logging.Handler()
        handler.emit = self._emit  # type: ignore[method-assign]
        self.log.addHandler(handler)

    def add(self, what: str, line: int | None, column: int | None = None) -> None:
        self.found.append(Problem(self.path, what, MEND, line, column))

    def _emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        match = _PLACE.fullmatch(message)
        if match:
            self.add(f"column {match['rest']}", int(match["line"]), int(match["column"]))
        else:
            self.add(message, None)
