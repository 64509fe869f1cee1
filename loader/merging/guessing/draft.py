"""Writing what is guessed as a mapping file, with its questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from innograph.loader.merging.guessing.columns import countries, units
from innograph.loader.merging.guessing.layout import Guess, aggregates
from innograph.loader.merging.guessing.roles import by_indicator, key, likely_unit, quoted, roles, unit_column
from innograph.loader.merging.guessing.stated_units import unit_above, unit_in
from innograph.loader.merging.guessing.values import values
from innograph.loader.merging.reading.options import Options
from innograph.loader.paths import DATA
from innograph.loader.turtle import read_turtle
from innograph.ontology.figures.multipliers import split_multiplier
from innograph.ontology.figures.names import score
from innograph.ontology.namespaces import DEFAULT_BASE, SKOS

_MANY = 12
_SOURCE = ("title", "licence", "publisher", "language", "url", "issued")
_START = """\
# A draft of a mapping: docs/merging.md explains its keys. Lines that begin with "# ?" ask what the files do
# not say: answer each (or remove it), then merge with --mapping.
"""


def draft(groups: list[tuple[tuple[str, ...], Guess]], described: Mapping[str, str], options: Options) -> str:
    """The mapping of tables, in groups of one layout each, that were read with these options."""
    lines = [_START.rstrip()]
    every = groups
    if any(guess.values for _, guess in groups):
        groups = [group for group in groups if group[1].values]
    without = (
        [name for names, guess in every if not guess.values for name in names] if every != groups else []
    )
    alone = len(every) == 1
    if without:
        lines += ["#", f"# Passed over, since no column of theirs holds figures: {', '.join(without)}."]
    if alone:
        lines += ["", *roles(groups[0][1])]
    lines += ["", *_source(described), *_read(described, options)]
    if alone:
        lines += [*values(groups[0][1], "values"), *_conditions(groups[0][1], "")]
    else:
        for names, guess in groups:
            lines += ["", "[[tables]]", f"name = [{', '.join(quoted(name) for name in names)}]"]
            lines += [*roles(guess), *values(guess, "tables.values"), *_conditions(guess, "tables.")]
    said: set[str] = set()
    for _, guess in groups:
        lines += _indicators(guess)
        lines += _units(guess, said)
    return "\n".join(lines) + "\n"


def _source(described: Mapping[str, str]) -> Iterator[str]:
    yield "[source]"
    for name in _SOURCE:
        if value := described.get(name, ""):
            yield f"{name} = {quoted(value)}"
        elif name in ("title", "licence", "publisher"):
            yield f'# {name} = "…"  # not stated beside the file: unknown is said, never guessed'


def _read(described: Mapping[str, str], options: Options) -> Iterator[str]:
    encoding = described.get("encoding", "")
    doubtful = encoding not in ("", "utf-8", "utf-8-sig", "utf-16", "utf-32")
    if not (doubtful or options.header):
        return
    yield from ("", "[read]")
    if doubtful:
        yield f"encoding = {quoted(encoding)}  # found out by its letters: look whether names are right"
    if options.header:
        yield f"header = {list(options.header)}  # names in two rows: they are joined"


def _conditions(guess: Guess, prefix: str) -> Iterator[str]:
    if guess.place is not None:
        chosen = guess.label_of(guess.place) or guess.place
        found, others = aggregates(chosen), _no_countries(guess)
        if found or others:
            yield from ("", f"[{prefix}leave_out]")
        if found:
            yield f"{key(chosen.name)} = [{', '.join(map(quoted, found))}]  # a nation or a sum among places"
        if others:
            name = key(guess.identifiers["iso3166-1"].name)
            yield f"{name} = [{', '.join(map(quoted, others))}]  # codes of no country"


def _no_countries(guess: Guess) -> list[str]:
    """What stands among codes of countries and is none: groups of countries."""
    column = guess.identifiers.get("iso3166-1")
    codes = list(column.distinct) if column is not None else []
    found = [code for code in codes if not countries().code(code)]
    return found if len(found) < 0.5 * len(codes) else []


def _indicators(guess: Guess) -> Iterator[str]:
    """What becomes of each indicator. Whether it is one of ours is never decided here."""
    if words := by_indicator(guess):
        yield from _with_units(guess, words)
        return
    if guess.header_places:
        return
    if guess.indicator is not None and not guess.dimensions:
        words = list((guess.label_of(guess.indicator) or guess.indicator).distinct)
    elif "<indicator>" in guess.match:
        found = (re.fullmatch(guess.match, column.name) for column in guess.values)
        words = list(dict.fromkeys(match["indicator"] for match in found if match))
        yield from _with_units(guess, words)
        return
    elif guess.long or guess.match:
        words = []
    else:
        words = [column.name for column in guess.values]
    if len(words) > _MANY:
        yield from ("", f"# {len(words)} indicators: each becomes one of its own. Where one is ours, say so:")
        yield '# [indicators."…"]'
        yield '# is = "…"'
        return
    for word in words:
        yield from (
            "",
            f"# [indicators.{key(word)}]  # becomes an indicator of its own, unless you say what it is",
        )
        yield from _near(word)
        yield '# new = {label = "…", definition = "…", kind = "stock, flow, rate or ratio"}'


def _near(word: str) -> Iterator[str]:
    """The indicator of ours that is called most like a word, for a person to look at."""
    found = max(((round(score(word, label), 2), slug, label) for slug, label in ours().items()), default=None)
    if found is not None and found[0] >= 0.6:
        yield f"# is = {quoted(found[1])}  # {found[2]}: names alike do not say that it is the same"


def _with_units(guess: Guess, words: list[str]) -> Iterator[str]:
    """Indicators of column names that hold a period too, each with the unit that its words state."""
    for word in words if guess.unit is None else ():
        unit = unit_in(word) or unit_above(guess.described)
        yield from ("", f"[indicators.{key(word)}]")
        yield from _near(word)
        if unit:
            yield f"unit = {quoted(unit)}"
        else:
            yield f'# ? unit = "{likely_unit(word)}"  # in what unit is {quoted(word)}?'


def _units(guess: Guess, said: set[str]) -> Iterator[str]:
    """The words of a column of units, with what they are read as."""
    column = unit_column(guess)
    for word in list(column.distinct)[:30] if column is not None else ():
        if word in said:
            continue
        said.add(word)
        found = units().read(word)
        if len(found) != 1:
            multiplier = split_multiplier(word)[0]
            more = f", multiplier = {multiplier}" if multiplier else ""
            yield from ("", f'# ? [units.{key(word)}]  # what is it? is = "unit:…"{more}')
            continue
        iri = found[0].unit.iri
        slug = iri.removeprefix("http://qudt.org/vocab/unit/")
        name = f"unit:{slug}" if slug != iri else iri.removeprefix(f"{DEFAULT_BASE}unit/")
        yield from ("", f"[units.{key(word)}]", f"is = {quoted(name)}  # {found[0].unit.label()}")
        if found[0].power:
            yield f"multiplier = {found[0].power}"


@cache
def ours() -> dict[str, str]:
    """The indicators of the reference data: slug → English label."""
    found = {}
    for triple in read_turtle(DATA / "reference" / "indicators.ttl", DEFAULT_BASE):
        slug = re.fullmatch(r"<.*/indicator/(.+)>", str(triple.subject))
        if slug and triple.predicate == SKOS.prefLabel and getattr(triple.object, "language", "") == "en":
            found[slug[1]] = str(getattr(triple.object, "value", ""))
    return found
