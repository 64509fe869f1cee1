"""Writing what is guessed as a mapping file, with its questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from innograph.loader.merging.guessing_columns import Column, is_unit, units
from innograph.loader.merging.guessing_layout import Guess, aggregates, unit_in
from innograph.loader.merging.guessing_words import ESTIMATE, FORECAST, PEOPLE, are_divisions_of_china
from innograph.loader.merging.statuses import read_status
from innograph.loader.paths import DATA
from innograph.loader.turtle import read_turtle
from innograph.ontology.figures.multipliers import split_multiplier
from innograph.ontology.figures.names import score
from innograph.ontology.figures.periods import parse_period
from innograph.ontology.namespaces import DEFAULT_BASE, SKOS

_MANY = 12
_SOURCE = ("title", "licence", "publisher", "language", "url", "issued")


def quoted(text: str) -> str:
    """A TOML string: a basic one, in whatever letters."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", escaped) + '"'


def key(text: str) -> str:
    """A TOML key, quoted where it must be."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else quoted(text)


def draft(groups: list[tuple[tuple[str, ...], Guess]], described: Mapping[str, str]) -> str:
    """The mapping of tables in groups of one layout each."""
    lines = [
        '# A draft of a mapping: docs/merging.md explains its keys. Lines that begin with "# ?" ask what the files',
        "# do not say: answer each (or remove it), then merge with --mapping.",
    ]
    if len(groups) == 1:
        lines += ["", *_layout(groups[0][1])]
    lines += ["", *_source(described)]
    if len(groups) == 1:
        lines += _values(groups[0][1], "values")
        lines += _conditions(groups[0][1], "")
    else:
        for names, guess in groups:
            lines += ["", "[[tables]]", f"name = [{', '.join(quoted(name) for name in names)}]"]
            lines += [*_layout(guess), *_values(guess, "tables.values"), *_conditions(guess, "tables.")]
    for _, guess in groups:
        lines += _indicators(guess)
    for _, guess in groups:
        lines += _units(guess)
    return "\n".join(lines) + "\n"


def _source(described: Mapping[str, str]) -> Iterator[str]:
    yield "[source]"
    for name in _SOURCE:
        value = described.get(name, "")
        if value:
            yield f"{name} = {quoted(value)}"
        elif name in ("title", "licence", "publisher"):
            yield f'# {name} = "…"  # not stated beside the file; unknown is a warning, never a guess'
    if (said := described.get("encoding", "")) and said not in ("utf-8", "utf-8-sig", "utf-16"):
        yield ""
        yield "[read]"
        yield f"encoding = {quoted(said)}  # found out by its letters: look whether names are right"


def _layout(guess: Guess) -> Iterator[str]:
    yield from _place(guess)
    yield from _period(guess)
    if guess.indicator is not None:
        yield f"indicator = {_indicator_role(guess)}"
    elif guess.long or len(guess.values) == 1 or "indicator" not in guess.match:
        if guess.long and not guess.dimensions:
            yield '# ? indicator = {words = "…"}  # what is measured? no column says it'
        elif guess.long or (guess.match and guess.dimensions):
            yield f"indicator = {{template = {quoted(' / '.join('{' + c.name + '}' for c in guess.dimensions))}}}"
        elif guess.match or guess.header_places:
            yield '# ? indicator = {words = "…"}  # what is measured? no column says it'
    if not guess.values:
        yield '# ? value = "…"  # which column holds the figures?'
    elif guess.long:
        yield from _value(guess)
    if guess.unit is not None:
        label = guess.label_of(guess.unit)
        chosen = label if label is not None and label.units > guess.unit.units else guess.unit
        yield f"unit = {quoted(chosen.name)}"
    elif guess.long and not _unit_of(guess, guess.values[0]):
        yield f'# ? unit = {{words = "…"}}  # in what unit are the values? {_range(guess.values[0])}'
    elif guess.long:
        yield f"unit = {{words = {quoted(_unit_of(guess, guess.values[0]))}}}"
    if guess.multiplier is not None:
        yield f"multiplier = {quoted(guess.multiplier.name)}"
    yield from _status(guess)
    if guess.note is not None:
        yield f"note = {quoted(guess.note.name)}"
    for column in guess.dimensions:
        yield from _dimension(guess, column)


def _place(guess: Guess) -> Iterator[str]:
    place = guess.place
    if guess.header_places:
        return
    if place is None and not guess.identifiers:
        near = [c.name for c in guess.columns if not c.numeric()]
        yield f'# ? place = "…"  # which column names the places? (or {{words = "Berlin"}} for all rows); words are in {near}'
        return
    parts = []
    label = guess.label_of(place) if place is not None else None
    if place is not None:
        parts.append(f"column = {quoted((label or place).name)}")
    schemes = dict(guess.identifiers)
    if place is not None and (label is not None or _is_code(place)) and (scheme := _scheme(place)):
        schemes.setdefault(scheme, place)
    if schemes:
        parts.append(
            "identifiers = {" + ", ".join(f"{key(s)} = {quoted(c.name)}" for s, c in schemes.items()) + "}"
        )
    names = set(place.distinct) if place is not None else set()
    if guess.country is not None and guess.country is not place:
        parts.append(f"country = {{column = {quoted(guess.country.name)}}}")
    if are_divisions_of_china(names):
        parts += ['country = "CN"', 'level = "region"', 'language = "zh"']
    elif "nuts" in schemes:
        parts.append('nuts_version = "2021"')
    if len(parts) == 1:
        yield f"place = {parts[0].partition(' = ')[2]}"
    else:
        yield f"place = {{{', '.join(parts)}}}"
    if "nuts" in schemes:
        yield "# ? which version of NUTS are the codes of? correct nuts_version"
    if (
        place is not None
        and place.places < 0.3
        and not schemes
        and not are_divisions_of_china(names)
        and not place.roles.get("place", 0) >= 0.8
    ):
        yield f"# ? are these places: {_some(place)}?"


def _is_code(column: Column) -> bool:
    cells = list(column.distinct)[:50]
    return bool(cells) and all(re.fullmatch(r"[A-Z0-9_:-]{2,10}", cell) for cell in cells)


def _scheme(column: Column) -> str:
    """The identifier scheme of codes, where their form leaves one only."""
    if column.scheme:
        return column.scheme
    cells = list(column.distinct)[:100]
    forms = (
        ("iso3166-2", r"[A-Z]{2}-[A-Z0-9]{1,3}"),
        ("wikidata", r"(?:http.*/)?Q[1-9]\d*"),
        ("nuts", r"[A-Z]{2}[A-Z0-9]{1,3}"),
    )
    for scheme, form in forms:
        if scheme == "nuts" and not any(re.search(r"\d", cell) for cell in cells):
            continue
        if cells and all(re.fullmatch(form, cell) for cell in cells):
            return scheme
    return (
        "iso3166-1"
        if cells and all(re.fullmatch(r"[A-Z]{2,3}", cell) for cell in cells) and column.places < 0.3
        else ""
    )


def _period(guess: Guess) -> Iterator[str]:
    if "<period>" in guess.match:
        cells = [match["period"] for c in guess.values if (match := re.fullmatch(guess.match, c.name))]
        column = None
    elif guess.period is None:
        yield '# ? period = "…"  # which column says when? (or {words = "2020"} for all rows)'
        return
    else:
        column, cells = guess.period, list(guess.period.distinct)
    fiscal = open_days = False
    for cell in cells:
        try:
            parse_period(cell)
        except ValueError as error:
            fiscal = fiscal or "fiscal year" in str(error)
            open_days = open_days or "which the month" in str(error)
    if fiscal:
        name = quoted(column.name) if column else ""
        yield f'# ? period = {{{f"column = {name}, " if name else ""}fiscal_start = "…"}}  # in which month do the fiscal years start ("04")?'
    elif column is not None:
        yield f"period = {quoted(column.name)}"
    if column is not None and len(cells) > 1 and all(re.fullmatch(r"\d{4}-01-01", cell) for cell in cells):
        yield f'# ? all dates are the first of January: are years meant? period = {{column = {quoted(column.name)}, as = "year"}}'
    if open_days:
        yield f"# ? dates such as {cells[0]} leave open which number is the month: write them as YYYY-MM-DD"


def _indicator_role(guess: Guess) -> str:
    indicator = guess.indicator
    assert indicator is not None
    label = guess.label_of(indicator)
    name = (label or indicator).name
    extra = [c for c in guess.dimensions if len(c.distinct) <= 200]
    many = not guess.long and not guess.match and len(guess.values) > 1
    if extra or many:
        parts = [name, *(c.name for c in extra), *(["@column"] if many else [])]
        return f"{{template = {quoted(' / '.join('{' + part + '}' for part in parts))}}}"
    return quoted(name)


def _value(guess: Guess) -> Iterator[str]:
    column = guess.values[0]
    parts = [f"column = {quoted(column.name)}", *_number_options(guess, column)]
    yield f"value = {{{', '.join(parts)}}}" if len(parts) > 1 else f"value = {quoted(column.name)}"
    yield from _noise([column])


def _told(guess: Guess, column: Column) -> Iterator[str]:
    """What the metadata says of a column."""
    for name in ("title", "description"):
        if said := guess.described.get(f"{name}:{column.name}", ""):
            yield f"# {name}: {' '.join(said.split())[:200]}"


def _number_options(guess: Guess, column: Column) -> list[str]:
    comma = column.comma_numbers > column.numbers and guess.described.get("typed") != "yes"
    stated = guess.described.get("decimal", "")
    return ['decimal = ","'] if comma or stated == "," else []


def _noise(columns: list[Column]) -> Iterator[str]:
    if any(column.decimals() >= 6 for column in columns):
        yield "# Some values have six decimals and more: if these are noise of a conversion, state value = {…, round = 2}."


def _status(guess: Guess) -> Iterator[str]:
    flagged = [c for c in guess.values if c.flagged >= 0.8 > c.numbers]
    if flagged or guess.described.get("kind") == "Eurostat":
        yield "status = {in_value = true}"
        return
    if guess.status is None:
        return
    unknown = []
    for flag in guess.status.distinct:
        try:
            read_status(flag, {})
        except ValueError:
            unknown.append(flag)
    if unknown:
        codes = ", ".join(f'{quoted(flag)} = "A"' for flag in unknown[:_MANY])
        yield f"# ? status = {{column = {quoted(guess.status.name)}, codes = {{{codes}}}}}  # A normal, E estimated, F forecast?"
    else:
        yield f"status = {quoted(guess.status.name)}"


def _dimension(guess: Guess, column: Column) -> Iterator[str]:
    if guess.indicator is None and not (guess.long or guess.match):
        yield f"# ? what does {quoted(column.name)} tell apart ({_some(column)})? name one of them under [only], or make it part of the indicator"


def _values(guess: Guess, name: str) -> Iterator[str]:
    if guess.long or not guess.values:
        return
    columns = guess.values
    if guess.match:
        yield from ("", f"[[{name}]]", f"match = '{guess.match}'")
        yield from _noise(columns)
        if guess.unit is None and "indicator" not in guess.match:
            yield f'# ? unit = "…"  # in what unit are the values? {_range(columns[0])}'
        return
    others = [c.name for c in guess.columns if c not in columns]
    if guess.header_places or (guess.indicator is not None and len(columns) > _MANY):
        group = "(?P<place>.+)" if guess.header_places else ".+"
        without = "|".join(re.escape(other) for other in others)
        yield from (
            "",
            f"[[{name}]]",
            f"match = '(?!(?:{without})$){group}'"
            if "'" not in without
            else f"match = {quoted(f'(?!(?:{without})$){group}')}",
        )
        yield from _noise(columns)
        if guess.unit is None:
            yield f'# ? unit = "…"  # in what unit are the values? {_range(columns[0])}'
        return
    yield from _noise(columns)
    for column in columns:
        yield from ("", f"[[{name}]]", f"column = {quoted(column.name)}")
        yield from _told(guess, column)
        if FORECAST.search(column.name):
            yield 'status = "F"  # by its name a forecast'
            twin = _twin(column, columns)
            if twin is not None:
                yield f"indicator = {quoted(twin.name)}  # ... of the same indicator"
        elif ESTIMATE.search(column.name):
            yield 'status = "E"  # by its name an estimate'
        if guess.unit is None:
            unit = _unit_of(guess, column)
            yield (
                f"unit = {quoted(unit)}"
                if unit
                else f'# ? unit = "{"people" if PEOPLE.search(column.name) else "…"}"  # in what unit? {_range(column)}'
            )
        if _number_options(guess, column):
            yield '# ? its decimal sign seems to be ",": state value = {decimal = ","} above'


def _twin(column: Column, columns: list[Column]) -> Column | None:
    plain = FORECAST.sub("", column.name)
    others = [(score(plain, other.name), other) for other in columns if other is not column]
    best = max(others, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] > 0.85 else None


def _unit_of(guess: Guess, column: Column) -> str:
    stated = guess.described.get(f"unit:{column.name}", "")
    if stated:
        return stated
    beside = [unit_words for unit_words in (_beside(cell) for cell in column.cells[:50]) if unit_words]
    if beside and len(beside) == len(column.cells[:50]) and len(set(beside)) == 1:
        return beside[0]
    return unit_in(column.name)


def _beside(cell: str) -> str:
    match = re.fullmatch(r"[\d.,\s]+(\D.*)", cell)
    return match[1].strip() if match and is_unit(match[1].strip()) else ""


def _conditions(guess: Guess, prefix: str) -> Iterator[str]:
    if guess.place is not None:
        chosen = guess.label_of(guess.place) or guess.place
        if found := aggregates(chosen):
            yield from (
                "",
                f"[{prefix}leave_out]",
                f"{key(chosen.name)} = [{', '.join(map(quoted, found))}]  # a nation or a sum among places",
            )


def _indicators(guess: Guess) -> Iterator[str]:
    """A section for each indicator whose name is like one of ours, which is never decided here."""
    if guess.indicator is not None and not guess.dimensions:
        words = list((guess.label_of(guess.indicator) or guess.indicator).distinct)
    else:
        words = [c.name for c in guess.values] if not guess.long and not guess.match else []
    if len(words) > _MANY:
        yield from (
            "",
            f'# {len(words)} indicators: each becomes one of its own. Where one is ours, say so: [indicators."…"] is = "…"',
        )
        return
    for word in words:
        near = [(round(score(word, label), 2), slug, label) for slug, label in ours().items()]
        yield from (
            "",
            f'# [indicators.{key(word)}]  # becomes an indicator of its own; if it is one of ours: is = "…"',
        )
        if near and (best := max(near))[0] >= 0.6:
            yield f"# is = {quoted(best[1])}  # {best[2]}: the names are alike, which alone does not say that it is the same"
        yield '# new = {label = "…", definition = "…", kind = "stock, flow, rate or ratio"}'


def _units(guess: Guess) -> Iterator[str]:
    """The words of units, with what they are read as."""
    if guess.unit is None:
        return
    label = guess.label_of(guess.unit)
    chosen = label if label is not None and label.units > guess.unit.units else guess.unit
    for word in list(chosen.distinct)[:30]:
        found = units().read(word)
        if len(found) == 1:
            unit = found[0].unit
            slug = unit.iri.removeprefix("http://qudt.org/vocab/unit/")
            name = f"unit:{slug}" if slug != unit.iri else unit.iri.removeprefix(f"{DEFAULT_BASE}unit/")
            yield from ("", f"[units.{key(word)}]", f"is = {quoted(name)}  # {unit.label()}")
            if found[0].power:
                yield f"multiplier = {found[0].power}"
        else:
            multiplier = split_multiplier(word)[0]
            yield from (
                "",
                f'# ? [units.{key(word)}]  # what is it? is = "unit:…"'
                + (f", multiplier = {multiplier}" if multiplier else ""),
            )


@cache
def ours() -> dict[str, str]:
    """The indicators of the reference data: slug → English label."""
    triples = read_turtle(DATA / "reference" / "indicators.ttl", DEFAULT_BASE)
    return {
        triple.subject.value.rpartition("/")[2]: triple.object.value
        for triple in triples
        if triple.predicate == SKOS.prefLabel
        and getattr(triple.object, "language", "") == "en"
        and "/indicator/" in str(triple.subject)
    }


def _some(column: Column) -> str:
    cells = list(column.distinct)
    return ", ".join(cells[:5]) + (" …" if len(cells) > 5 else "")


def _range(column: Column) -> str:
    return f"({column.cells[0]} is one)" if column.cells else ""
