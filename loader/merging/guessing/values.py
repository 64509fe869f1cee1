"""The lines of a draft for columns of figures: [[values]]."""

from __future__ import annotations

import re
from collections.abc import Iterator

from innograph.loader.merging.guessing.columns import Column
from innograph.loader.merging.guessing.layout import Guess
from innograph.loader.merging.guessing.roles import (
    by_indicator,
    example,
    has_units,
    likely_unit,
    noise,
    number_options,
    quoted,
    thousands,
    unit_of,
)
from innograph.loader.merging.guessing.words import ESTIMATE, FORECAST
from innograph.ontology.figures.names import score

_MANY = 12


def values(guess: Guess, name: str) -> Iterator[str]:
    """The columns of a wide table: one pattern for all, or each with what its header says."""
    columns = guess.values
    if guess.long or not columns:
        return
    if guess.match:
        yield from _pattern(guess, name, guess.match)
    elif guess.header_places or len(columns) > _MANY:
        others = "|".join(re.escape(column.name) for column in guess.columns if column not in columns)
        group = "(?P<place>.+)" if guess.header_places else ".+"
        yield from _pattern(guess, name, f"(?!(?:{others})$){group}" if others else group)
    else:
        yield from noise(columns)
        for column in columns:
            yield from ("", f"[[{name}]]", f"column = {quoted(column.name)}")
            yield from _column(guess, column)


def _pattern(guess: Guess, name: str, pattern: str) -> Iterator[str]:
    plain = "'" not in pattern and "\n" not in pattern
    yield from ("", f"[[{name}]]", f"match = '{pattern}'" if plain else f"match = {quoted(pattern)}")
    yield from noise(guess.values)
    if (
        guess.unit is None
        and "<unit>" not in pattern
        and "<indicator>" not in pattern
        and not by_indicator(guess)
    ):
        units = {unit_of(guess, column) for column in guess.values}
        unit = units.pop() if len(units) == 1 else ""
        if unit:
            yield f"unit = {quoted(unit)}"
        elif not all(map(has_units, guess.values)):
            yield f'# ? unit = "…"  # in what unit? {example(guess.values[0])}'


def _column(guess: Guess, column: Column) -> Iterator[str]:
    for told in ("title", "description"):
        if said := guess.described.get(f"{told}:{column.name}", ""):
            yield f"# {told}: {' '.join(said.split())[:200]}"
    if FORECAST.search(column.name):
        yield 'status = "F"  # by its name a forecast'
        twin = _twin(column, guess.values)
        if twin is not None:
            yield f"indicator = {quoted(twin.name)}  # … of the same indicator"
    elif ESTIMATE.search(column.name):
        yield 'status = "E"  # by its name an estimate'
    unit = unit_of(guess, column)
    if guess.unit is None and (unit or not has_units(column)):
        likely = likely_unit(column.name, column)
        yield (
            f"unit = {quoted(unit)}"
            if unit
            else f'# ? unit = "{likely}"  # in what unit is {quoted(column.name)}? {example(column)}'
        )
    if number_options(guess, column) == []:
        yield from thousands(guess, column)


def _twin(column: Column, columns: list[Column]) -> Column | None:
    """The column whose name is that of a forecast without the word for it."""
    plain = FORECAST.sub("", column.name)
    others = [(score(plain, other.name), -other.index, other) for other in columns if other is not column]
    best = max(others, key=lambda found: found[:2], default=None)
    return best[2] if best is not None and best[0] > 0.85 else None
