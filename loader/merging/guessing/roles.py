"""The lines of a draft for place, period, indicator, value, unit and status."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from innograph.loader.merging.guessing.columns import Column, country_names, is_unit
from innograph.loader.merging.guessing.layout import Guess
from innograph.loader.merging.guessing.stated_units import unit_above, unit_in
from innograph.loader.merging.guessing.words import FORECAST, PEOPLE, are_divisions_of_china, is_aggregate
from innograph.loader.merging.mapping.statuses import read_status
from innograph.ontology.figures.names import folded
from innograph.ontology.figures.numbers import parse_number
from innograph.ontology.figures.periods import parse_period
from innograph.ontology.figures.unit_words import is_counted

_CODES = (
    ("iso3166-2", r"[A-Z]{2}-[A-Z0-9]{1,3}"),
    ("wikidata", r"(?:http.*/)?Q[1-9]\d*"),
    ("iso3166-1", r"[A-Z]{2,3}"),
    ("nuts", r"[A-Z]{2}[A-Z0-9]{0,3}"),
)


def quoted(text: str) -> str:
    """A TOML string: a basic one, in whatever letters."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'


def key(text: str) -> str:
    """A TOML key, quoted where it must be."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else quoted(text)


def roles(guess: Guess) -> Iterator[str]:
    """The roles of one layout, a key each."""
    for line in guess.described.get("above", "").splitlines()[:10]:
        yield f"# above the header: {' '.join(line.split())[:200]}"
    yield from _place(guess)
    yield from _period(guess)
    yield from _indicator(guess)
    yield from _value(guess)
    yield from _unit(guess)
    if guess.multiplier is not None:
        yield f"multiplier = {quoted(guess.multiplier.name)}"
    yield from _status(guess)
    marked = [*guess.values, *(c for c in (guess.period, guess.place) if c is not None)]
    if marks := dict.fromkeys(mark for column in marked for mark in column.footnotes()):
        yield f"footnotes = [{', '.join(map(quoted, marks))}]  # kept as notes; what do they mean?"
    if guess.note is not None:
        yield f"note = {quoted(guess.note.name)}"
    for column in guess.dimensions if guess.values else ():
        yield f"# ? what does {quoted(column.name)} tell apart ({some(column)})? take one of them by"
        yield "#   [only], or leave it as a part of the indicator's name"


def unit_column(guess: Guess) -> Column | None:
    """The column of units: that of labels, where the codes say less."""
    label = guess.label_of(guess.unit) if guess.unit is not None else None
    return (
        label
        if label is not None and guess.unit is not None and label.units >= guess.unit.units
        else guess.unit
    )


def unit_of(guess: Guess, column: Column) -> str:
    """The unit of a column of figures by metadata, by words beside each figure, or by its header."""
    if stated := guess.described.get(f"unit:{column.name}", ""):
        return stated
    beside = {_beside(cell) for cell in column.cells[:50]}
    if len(beside) == 1 and beside != {""}:
        return beside.pop()
    return unit_in(column.name) or unit_above(guess.described)


def likely_unit(words: str, *columns: Column) -> str:
    """What the unit of an indicator may be, for a person to look at: "…" where its words do not tell.

    Parts of people are thousands or millions of them.
    """
    parts = (
        "… " if any(column.decimals() and "," not in "".join(column.cells[:9]) for column in columns) else ""
    )
    if PEOPLE.search(words):
        return f"{parts}people"
    return f"{parts}number" if is_counted(words) else "…"


def example(column: Column) -> str:
    """A figure of a column, to be thought about."""
    return f"({column.cells[0]} is one)" if column.cells else ""


def some(column: Column) -> str:
    """Some cells of a column."""
    cells = [cell if len(cell) < 25 else f"{cell[:24]}…" for cell in list(column.distinct)[:4]]
    return ", ".join(cells) + (" …" if len(column.distinct) > len(cells) else "")


def number_options(guess: Guess, column: Column) -> list[str]:
    """The decimal sign of a column, where it is a comma."""
    typed = guess.described.get("typed") == "yes"
    comma = column.comma_numbers > column.numbers and not typed
    return ['decimal = ","'] if comma or guess.described.get("decimal", "") == "," else []


def thousands(guess: Guess, column: Column) -> Iterator[str]:
    """Asks where every separator could be a decimal sign as well as part thousands."""
    if guess.described.get("typed") == "yes" or "sheet" in guess.described:
        return
    if any(number_options(guess, other) for other in guess.values):
        return
    parted = [cell for cell in column.cells if re.search(r"[.,]", cell)]
    if len(parted) < 2 or any(cell.lstrip("-").startswith("0") for cell in parted):
        return
    for sign, word in ((".", "thousands"), (",", "decimals")):
        doubtful = sign == "." or guess.described.get("delimiter") == ";"
        if doubtful and all(re.fullmatch(rf"-?\d{{1,3}}{re.escape(sign)}\d{{3}}", cell) for cell in parted):
            yield f'# ? does {sign!r} in {quoted(column.name)} part {word} ({parted[0]})? then decimal = ","'


def noise(columns: list[Column]) -> Iterator[str]:
    """A remark on many decimals."""
    if any(column.decimals() >= 6 for column in columns):
        yield "# Some values have six decimals and more: where that is noise of a conversion, state round = 2 (say)."


def _place(guess: Guess) -> Iterator[str]:
    place, schemes = guess.place, dict(guess.identifiers)
    if guess.header_places:
        return
    if place is None and not schemes:
        yield '# ? place = "…"  # which column names the places? (or {words = "Berlin"} for all rows)'
        return
    label = guess.label_of(place) if place is not None else None
    names = set((label or place).distinct) if place is not None else set()
    parts = [f"column = {quoted((label or place).name)}"] if place is not None else []
    if place is not None and guess.area is not None:
        form = f"{{{(label or place).name}}}, {{{guess.area.name}}}"
        parts = [f"template = {quoted(form)}"]
    if place is not None and (label is not None or place.is_code()) and (scheme := _scheme(place)):
        schemes.setdefault(scheme, place)
    if schemes:
        inner = ", ".join(f"{key(scheme)} = {quoted(column.name)}" for scheme, column in schemes.items())
        parts.append(f"identifiers = {{{inner}}}")
    if guess.country is not None and guess.country is not place:
        parts.append(f"country = {{column = {quoted(guess.country.name)}}}")
    of_china = are_divisions_of_china(names)
    if of_china:
        parts += ['country = "CN"', 'level = "region"', 'language = "zh"']
    elif names and _are_countries(names):
        parts.append('level = "country"')
    if "nuts" in schemes:
        parts.append('nuts_version = "2021"')
    alone = len(parts) == 1 and place is not None and guess.area is None
    yield f"place = {parts[0].removeprefix('column = ') if alone else '{' + ', '.join(parts) + '}'}"
    if "nuts" in schemes:
        yield "# ? which version of NUTS are the codes of? correct nuts_version"
    named = place is None or place.roles.get("place", 0) >= 0.8 or place.places >= 0.3 or label is not None
    if not (named or schemes or of_china or guess.described.get(f"role:{place.name if place else ''}")):
        yield f"# ? are these places: {some(place) if place else ''}?"


def _are_countries(names: set[str]) -> bool:
    """Whether names, but for sums among them, are names of countries."""
    single = [name for name in names if not is_aggregate(name)]
    return bool(single) and sum(folded(name) in country_names() for name in single) >= 0.8 * len(single)


def _scheme(column: Column) -> str:
    """The identifier scheme of codes, where their form leaves one only."""
    cells = list(column.distinct)[:100]
    if column.scheme or not cells:
        return column.scheme
    for scheme, form in _CODES:
        if all(re.fullmatch(form, cell) for cell in cells):
            digits = scheme != "nuts" or any(re.search(r"\d", cell) for cell in cells)
            return scheme if digits else ""
    return ""


def _period(guess: Guess) -> Iterator[str]:
    column = None if "<period>" in guess.match else guess.period
    if column is not None:
        cells = list(column.distinct)
    elif "<period>" in guess.match:
        cells = [found["period"] for c in guess.values if (found := re.fullmatch(guess.match, c.name))]
    elif guess.stated_period:
        yield f"period = {{words = {quoted(guess.stated_period)}}}"
        return
    elif guess.likely_period:
        yield f"# ? period = {{words = {quoted(guess.likely_period)}}}  # is this when the figures hold?"
        return
    else:
        yield '# ? period = "…"  # which column says when? (or {words = "2020"} for all rows)'
        return
    problems = " ".join(_problem(cell) for cell in cells)
    name = quoted(column.name) if column is not None else ""
    if "whose start is not stated" in problems:
        inside = f"column = {name}, " if name else ""
        yield f'# ? period = {{{inside}fiscal_start = "…"}}  # in which month do fiscal years start ("04")?'
    elif column is not None and guess.period_part is not None:
        part = guess.period_part
        quarters = set(part.distinct) <= {"1", "2", "3", "4"} and "month" not in part.name.casefold()
        form = f"{{{column.name}}}-Q{{{part.name}}}" if quarters else f"{{{column.name}}}年{{{part.name}}}月"
        yield f"period = {{template = {quoted(form)}}}"
    elif column is not None:
        yield f"period = {name}"
    first = [cell for cell in cells if re.fullmatch(r"\d{4}-01-01(?:T00:00:00Z?)?", cell)]
    years = [cell for cell in cells if re.fullmatch(r"\d{4}", cell)]
    if column is not None and len(cells) > 1 and first and len(first) + len(years) == len(cells):
        yield f'# ? all dates are the first of January: are years meant? period = {{column = {name}, as = "year"}}'
    if "which the month" in problems:
        yield f"# ? dates such as {cells[0]} leave open which number is the month: write them as YYYY-MM-DD"
    later = sorted(cell for cell in cells if cell[:4].isdigit() and cell[:4] > str(date.today().year))
    if later and guess.status is None and not any(FORECAST.search(column.name) for column in guess.columns):
        yield f'# ? are figures for {later[0]} and later forecasts? forecast_after = "{date.today().year}"'


def _problem(cell: str) -> str:
    try:
        parse_period(cell)
    except ValueError as error:
        return str(error)
    return ""


def _indicator(guess: Guess) -> Iterator[str]:
    several = not guess.long and not guess.match and not guess.header_places
    parts = [column.name for column in guess.dimensions]
    if guess.indicator is not None:
        parts.insert(0, (guess.label_of(guess.indicator) or guess.indicator).name)
    if several and parts and (len(guess.values) > 1 or guess.indicator is None):
        parts.append("@column")
    if "<indicator>" in guess.match or (several and not parts):
        return
    title = quoted(_title(guess) or "…")
    if not parts:
        yield f"# ? indicator = {{words = {title}}}  # what is measured? no column says it"
    elif guess.indicator is None and "@column" not in parts:
        form = " / ".join("{" + part + "}" for part in parts)
        yield f"# ? indicator = {{template = {quoted(f'… / {form}')}}}  # what is measured? no column says it"
    elif len(parts) == 1 and guess.indicator is not None:
        yield f"indicator = {quoted(parts[0])}"
    else:
        yield f"indicator = {{template = {quoted(' / '.join('{' + part + '}' for part in parts))}}}"


def _title(guess: Guess) -> str:
    """What a table is called, by metadata or by the line nearest above its header that is not of units."""
    lines = [guess.described.get("title", ""), *guess.described.get("above", "").splitlines()[::-1]]
    found = next((line for line in lines if line and not unit_above({"above": line})), "")
    found = found or next(filter(None, lines), "")
    return " ".join(re.sub(r"^(?:指标|指標|indicators?)\s*[:：]", "", found, flags=re.I).split())[:200]


def _value(guess: Guess) -> Iterator[str]:
    if not guess.values:
        yield '# ? value = "…"  # which column holds the figures?'
        return
    options = next((found for column in guess.values if (found := number_options(guess, column))), [])
    column = guess.values[0]
    if not guess.long:
        if options:
            yield f"value = {{{', '.join(options)}}}"
        return
    parts = [f"column = {quoted(column.name)}", *options]
    yield f"value = {{{', '.join(parts)}}}" if options else f"value = {quoted(column.name)}"
    yield from thousands(guess, column)
    yield from noise([column])


def _unit(guess: Guess) -> Iterator[str]:
    column = unit_column(guess)
    if column is not None:
        yield f"unit = {quoted(column.name)}"
    elif guess.long and guess.values:
        unit = unit_of(guess, guess.values[0])
        if unit:
            yield f"unit = {{words = {quoted(unit)}}}"
        elif by_indicator(guess) or has_units(guess.values[0]):
            return
        else:
            yield f'# ? unit = {{words = "…"}}  # in what unit are the values? {example(guess.values[0])}'


def by_indicator(guess: Guess) -> list[str]:
    """The words of a column of indicators that nothing but themselves tells the unit of."""
    if guess.indicator is None or guess.dimensions or guess.unit is not None or not guess.values:
        return []
    if not (guess.long or guess.match) or any(
        unit_of(guess, column) or has_units(column) for column in guess.values
    ):
        return []
    words = list((guess.label_of(guess.indicator) or guess.indicator).distinct)
    return words if len(words) <= 60 else []


def _status(guess: Guess) -> Iterator[str]:
    if guess.described.get("kind") == "Eurostat" or any(c.flagged >= 0.8 > c.numbers for c in guess.values):
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
        codes = ", ".join(f'{quoted(flag)} = "A"' for flag in unknown[:12])
        yield f"# ? status = {{column = {quoted(guess.status.name)}, codes = {{{codes}}}}}"
        yield "#   which are A (normal), E (estimated), F (forecast)?"
    else:
        yield f"status = {quoted(guess.status.name)}"


def _beside(cell: str) -> str:
    try:
        found = parse_number(cell).unit_words
    except ValueError:
        return ""
    return found if found and is_unit(found) else ""


def has_units(column: Column) -> bool:
    """Whether every figure has its unit beside it, one or the other."""
    return bool(column.cells) and all(_beside(cell) for cell in column.cells[:300])
