"""Plots of a query's result: one for each column of numbers, over the words of the other columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from innograph.server.pages.links import expand
from innograph.server.pages.plots import Plot, Series, Value, bars, plot
from innograph.server.pages.results import ResultCell, Solutions

ROWS = 40  # bars that can still be told apart
COLUMNS = 3
NUMBERS = {expand(f"xsd:{name}") for name in ("integer", "decimal", "double", "float")}
_PERIOD = re.compile(r"\d{4}(-\d\d(-\d\d)?)?$")


def plots(solutions: Solutions, cells: Sequence[Sequence[ResultCell | None]]) -> list[Plot]:
    """What can be drawn of a result: nothing where it has no column of numbers.

    A column of periods makes lines, one for each of the other columns' values; otherwise rows are bars.
    """
    numeric = [name for name in solutions.names if _is_numeric(solutions, name)]
    places = {name: place for place, name in enumerate(solutions.names)}
    words = [name for name in solutions.names if name not in numeric]
    if len(solutions.rows) < 2 and len(numeric) < 2:
        return []
    period = next((name for name in words if _is_period(solutions, name)), None)
    others = [places[name] for name in words if name != period]
    found = []
    for column in numeric[:COLUMNS]:
        groups: dict[str, list[Value]] = {}
        shown = 0
        for row, line in zip(solutions.rows, cells, strict=False):
            cell, amount = line[places[column]], _amount(row.get(column))
            if cell is None or amount is None:
                continue
            name = " · ".join(_name(line[place]) for place in others if line[place])
            where = row[period]["value"] if period and period in row else ""
            if period is not None or shown < ROWS:
                groups.setdefault(name, []).append(Value(where, amount, cell.text))
            shown += 1
        series = _series(groups, period is not None)
        draw = plot if period else bars
        drawn = draw(f"plot-{places[column]}", column, series) if series else None
        if drawn:
            found.append(drawn if period else replace(drawn, left_out=max(shown - ROWS, 0)))
    return found


def _series(groups: dict[str, list[Value]], over_time: bool) -> list[Series]:
    """Series by name. Several figures for one period cannot be one line: then nothing is drawn."""
    if over_time:
        if any(len({value.place for value in values}) < len(values) for values in groups.values()):
            return []
        return [Series(name, sorted(values, key=lambda v: v.place)) for name, values in groups.items()]
    return [
        Series(name, [Value(name, v.amount, v.written)]) for name, values in groups.items() for v in values
    ]


def _name(cell: ResultCell | None) -> str:
    return (cell.label or cell.text) if cell else ""


def _terms(solutions: Solutions, name: str) -> list[dict[str, Any]]:
    return [row[name] for row in solutions.rows if name in row]


def _is_numeric(solutions: Solutions, name: str) -> bool:
    terms = _terms(solutions, name)
    return bool(terms) and all(term.get("datatype", "") in NUMBERS for term in terms)


def _is_period(solutions: Solutions, name: str) -> bool:
    terms = _terms(solutions, name)
    return bool(terms) and all(_PERIOD.match(term["value"]) and term["type"] != "uri" for term in terms)


def _amount(term: dict[str, Any] | None) -> Decimal | None:
    try:
        found = Decimal(term["value"]) if term else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None
