"""Periods as they are stored: a year, a month or a day as its XSD type."""

from __future__ import annotations

import re

from pyoxigraph import Literal

from innograph.ontology.namespaces import XSD

_PERIODS = (
    (re.compile(r"-?\d{4}"), XSD.gYear),
    (re.compile(r"\d{4}-(0[1-9]|1[0-2])"), XSD.gYearMonth),
    (re.compile(r"\d{4}-\d\d-\d\d"), XSD.date),
)


def period_term(period: str) -> Literal:
    """A year, a month or a day as its XSD type.

    Raises:
        ValueError: none of these.
    """
    for pattern, datatype in _PERIODS:
        if pattern.fullmatch(period):
            return Literal(period, datatype=datatype)
    raise ValueError(f"period {period!r} is not a year (2014), a month (2014-03) or a day (2014-03-31)")
