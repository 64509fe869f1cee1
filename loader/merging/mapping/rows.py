"""Applying a mapping: rows of text → observations in the file's own words, or the reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from innograph.loader.errors import InputError, Problem
from innograph.loader.merging.mapping import Counts, Layout, Mapping, Meaning, PlaceRole, Role, Values
from innograph.loader.merging.mapping.statuses import Status, read_status
from innograph.loader.merging.records import Name, Refused, Stated, Table
from innograph.ontology.figures.multipliers import split_multiplier
from innograph.ontology.figures.numbers import parse_number
from innograph.ontology.figures.periods import Period, months, parse_period, year

Cells = tuple[str | None, ...]
Getter = Callable[[Cells], str]
_NOTHING = Meaning()


def mapped(table: Table, mapping: Mapping, counts: Counts | None = None) -> Iterator[Stated | Refused]:
    """The observations of a table, in the order of its rows; a value that is not understood is `Refused`.

    Empty values, and those marked as missing, are counted and otherwise passed over. A table that no
    [[tables]] of the mapping names gives nothing.

    Raises:
        InputError: the mapping names a column that the table does not have.
    """
    counts = counts if counts is not None else Counts()
    for layout in mapping.layouts:
        name = table.name or table.described.get("file", "")
        if not layout.tables or any(name == pattern or fnmatch(name, pattern) for pattern in layout.tables):
            yield from _Reading(table, mapping, layout, counts).records()
            return


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of figures, with where the parts of its observations come from."""

    index: int
    name: str
    place: Callable[[Cells], Name | None]
    indicator: Getter
    period: Getter
    unit: Getter
    status: Getter
    note: Getter
    multiplier: int
    round: int | None


class _Reading:
    def __init__(self, table: Table, mapping: Mapping, layout: Layout, counts: Counts) -> None:
        self.table, self.mapping, self.layout, self.counts = table, mapping, layout, counts
        self.language = layout.place.language or mapping.source.language
        self.places: dict[tuple[str, ...], Name | None] = {}
        self.indicators: dict[str, Name | None] = {}
        self.units: dict[str, tuple[Name, int]] = {}
        self.columns = [column for values in layout.values for column in self.resolved(values)]
        self.only = [(self.index(test.column, "only"), test) for test in layout.only]
        self.left_out = [(self.index(test.column, "leave_out"), test) for test in layout.leave_out]
        self.fill = [self.index(column, "fill_down") for column in layout.fill_down]
        self.multiplier = self.getter(layout.multiplier, "multiplier")

    def records(self) -> Iterator[Stated | Refused]:
        width, above = len(self.table.columns), dict[int, str | None]()
        before, apart = None, False
        for row, cells in self.table.rows:
            self.counts.rows += 1
            # Below an empty line, rows of half the width or less are notes that the publisher adds.
            apart = len(cells) * 2 <= width and (apart or (before is not None and row > before + 1))
            before = row
            if len(cells) != width:
                if apart or _remark(cells):
                    self.counts.remarks += 1
                else:
                    yield self.refused(
                        row,
                        cells,
                        f"has {len(cells)} cells where the header has {width}",
                        "mend delimiters and quotes",
                        "",
                    )
                continue
            for index in self.fill:
                above[index] = cells[index] or above.get(index)
            if self.fill:
                cells = tuple(cell or above.get(index) for index, cell in enumerate(cells))
            if any(not test(cells[index]) for index, test in self.only) or any(
                test(cells[index]) for index, test in self.left_out
            ):
                self.counts.left_out += len(self.columns)
                continue
            if _remark(cells):
                self.counts.remarks += 1
                continue
            for column in self.columns:
                record = self.record(row, cells, column)
                if record is not None:
                    yield record

    def record(self, row: int, cells: Cells, column: _Column) -> Stated | Refused | None:
        raw = cells[column.index]
        if raw is None or raw.casefold() in self.layout.missing:
            self.counts.missing += 1
            return None
        at = column.name
        try:
            value, notes = self.without_marks(raw)
            value, flag = self.flagged(value) if self.layout.status_in_value else (value, "")
            if not value or value.casefold() in self.layout.missing:
                self.counts.missing += 1
                return None
            at = "status"
            status = read_status(flag or column.status(cells), self.layout.status_codes)
            at = column.name
            number = parse_number(value, decimal=self.layout.decimal)
            at = "place"
            place = column.place(cells)
            at = "indicator"
            indicator = self.indicator(column.indicator(cells))
            if place is None or indicator is None:
                self.counts.left_out += 1
                return None
            at = "period"
            period = self.period(column.period(cells))
            at = "unit"
            unit, power = self.unit(column.unit(cells), number.unit_words, indicator.label)
            at = "multiplier"
            power += number.multiplier + column.multiplier + self.power(self.multiplier(cells))
        except ValueError as error:
            what, _, mend = str(error).partition(": ")
            return self.refused(row, cells, what, mend or "mend the cell", at)
        if self.layout.forecast_after and period.start > self.layout.forecast_after.end:
            status = Status("F", status.note)
        self.counts.stated += 1
        note = "; ".join(dict.fromkeys(part for part in (column.note(cells), status.note, *notes) if part))
        digits = _rounded(number.digits, column.round)
        return Stated(
            self.table.name, row, place, indicator, period.text, digits, unit, power, status.code, note
        )

    def refused(self, row: int, cells: Cells, what: str, mend: str, column: str) -> Refused:
        self.counts.refused += 1
        return Refused(self.table.name, row, what, mend, cells, column)

    # Where the parts come from

    def resolved(self, values: Values) -> Iterator[_Column]:
        if values.match is None:
            yield self.column(self.index(values.column, "value"), values, {})
            return
        used = False
        for index, name in enumerate(self.table.columns):
            if (match := values.match.fullmatch(name)) is not None:
                used = True
                yield self.column(
                    index, values, {key: text for key, text in match.groupdict().items() if text}
                )
        if not used:
            raise self.wrong(
                f"no column matches {values.match.pattern!r}", "correct match under [[values]] in the mapping"
            )

    def column(self, index: int, values: Values, groups: dict[str, str]) -> _Column:
        layout, name = self.layout, self.table.columns[index]

        def either(role: str, own: Role, common: Role) -> Getter:
            said = Role(words=groups[role]) if role in groups else own or common
            return self.getter(replace(said, template=said.template.replace("{@column}", name)), role)

        place = Role(words=groups["place"]) if "place" in groups else values.place
        names = PlaceRole(place, language=self.language) if place else layout.place
        if not names.name and not names.identifiers:
            raise self.wrong("the mapping does not say which place a figure is about", 'add place = "COLUMN"')
        indicator = either("indicator", values.indicator, layout.indicator or Role(words=name))
        if not (values.period or layout.period or "period" in groups):
            raise self.wrong(
                "the mapping does not say when a figure holds", 'add period = "COLUMN" or {words = "2020"}'
            )
        return _Column(
            index,
            name,
            self.place(names),
            indicator,
            either("period", values.period, layout.period),
            either("unit", values.unit, layout.unit),
            either("status", values.status, layout.status),
            either("note", values.note, layout.note),
            values.multiplier or 0,
            layout.round if values.round is None else values.round,
        )

    def index(self, column: str, role: str) -> int:
        try:
            return self.table.columns.index(column)
        except ValueError:
            near = get_close_matches(column, self.table.columns, 1, 0.5)
            shown = ", ".join(repr(name) for name in self.table.columns[:30])
            mend = (f"do you mean {near[0]!r}? " if near else "") + f"its columns are {shown}"
            raise self.wrong(f"has no column {column!r}, which the mapping names for {role}", mend) from None

    def wrong(self, what: str, mend: str) -> InputError:
        file, name = self.table.described.get("file", ""), self.table.name
        where = f"table {name!r}: " if name else ""
        return InputError([Problem(Path(file or name), where + what, mend)])

    def getter(self, role: Role, name: str) -> Getter:
        if role.column:
            index = self.index(role.column, name)
            return lambda cells: cells[index] or ""
        if role.template:
            indices = [self.index(column, name) for column in role.columns()]
            form = re.sub(r"\{[^{}]+\}", "{}", role.template.replace("{}", ""))
            return lambda cells: form.format(*(cells[index] or "" for index in indices))
        return lambda cells: role.words

    # What their words mean

    def place(self, role: PlaceRole) -> Callable[[Cells], Name | None]:
        schemes = [scheme for scheme, _ in role.identifiers]
        getters = [self.getter(role.name, "place"), self.getter(role.country, "place.country")]
        getters += [
            self.getter(role.level, "place.level"),
            *(self.getter(r, f"place.{s}") for s, r in role.identifiers),
        ]

        def found(cells: Cells) -> Name | None:
            said = tuple(get(cells) for get in getters)
            if said not in self.places:
                self.places[said] = self.named(said, schemes, role)
            return self.places[said]

        return found

    def named(self, said: tuple[str, ...], schemes: list[str], role: PlaceRole) -> Name | None:
        label, country, level = _closed(self.without_marks(said[0])[0]), said[1], said[2]
        meaning = self.mapping.places.get(said[0]) or self.mapping.places.get(label) or _NOTHING
        if meaning.leave_out:
            return None
        identifiers = [
            (scheme, _identifier(text)) for scheme, text in zip(schemes, said[3:], strict=True) if text
        ]
        if role.nuts_version and any(scheme == "nuts" for scheme, _ in identifiers):
            identifiers.append(("nuts-version", role.nuts_version))
        if not label and not identifiers:
            raise ValueError("the place is empty: fill the cell, or leave the row out")
        return Name(
            meaning.label or label,
            meaning.identifiers or tuple(identifiers),
            meaning.country or country,
            self.language,
            meaning.level or level,
        )

    def indicator(self, word: str) -> Name | None:
        if word not in self.indicators:
            meaning = self.mapping.indicators.get(word, _NOTHING)
            if not word:
                raise ValueError("the indicator is empty: fill the cell, or leave the row out")
            label = (
                word if meaning.new else meaning.label or word
            )  # a new indicator is described under its word
            self.indicators[word] = (
                None
                if meaning.leave_out
                else Name(label, meaning.identifiers, language=self.mapping.source.language)
            )
        return self.indicators[word]

    def unit(self, word: str, beside: str, indicator: str) -> tuple[Name, int]:
        """The unit and the power that its word has by the mapping; a word beside the number must be the same."""
        if not word:
            word = self.mapping.indicators.get(indicator, _NOTHING).unit
        if word and beside and split_multiplier(word)[1].casefold() != beside.casefold():
            raise ValueError(f"the value is in {beside!r} where its unit is {word!r}: correct one of them")
        word = word or beside
        if word not in self.units:
            meaning = self.mapping.units.get(word, _NOTHING)
            power = meaning.multiplier or 0
            if beside and not meaning.identifiers:
                power = 0
            self.units[word] = (
                Name(meaning.label or word, meaning.identifiers, language=self.mapping.source.language),
                power,
            )
        unit, power = self.units[word]
        own = self.mapping.indicators.get(indicator, _NOTHING).multiplier or 0
        return unit, power + own

    def period(self, text: str) -> Period:
        if not text:
            raise ValueError("the period is empty: fill the cell, or leave the row out")
        found = parse_period(self.without_marks(text)[0], fiscal_start=self.layout.fiscal)
        if self.layout.period_as == "year":
            return year(found.start.year)
        return months(found.start.year, found.start.month, 1) if self.layout.period_as == "month" else found

    def power(self, text: str) -> int:
        """The power of ten in a multiplier column: 6, "6.0", "millions"."""
        if not text:
            return 0
        if re.fullmatch(r"-?\d{1,2}(?:\.0+)?", text):
            return int(float(text))
        power, rest = split_multiplier(text)
        if rest or not (power or text.casefold() in ("units", "unit", "one", "ones")):
            raise ValueError(f"the multiplier {text!r} is no power of ten: write 6 or millions")
        return power

    def without_marks(self, text: str) -> tuple[str, list[str]]:
        notes = []
        for mark, meaning in self.layout.footnotes:
            if found := mark.search(text):
                notes.append(meaning or f"footnote {found[0].strip()}")
                text = mark.sub("", text)
        return text.strip(), notes

    def flagged(self, value: str) -> tuple[str, str]:
        """A value without the flag behind it, and the flag: "12.3 p"."""
        match = re.fullmatch(r"(.*[\d:])\s*([a-zA-Z]{1,3})", value)
        return (match[1].strip(), match[2]) if match else (value, "")


def _remark(cells: Cells) -> bool:
    """A row with nothing but its first cell: a heading between rows, a source below them."""
    return len(cells) > 0 and cells[0] is not None and not any(cells[1:])


def _closed(text: str) -> str:
    """A name without the spaces that yearbooks set into short Chinese names (北　京) and with single ones elsewhere."""
    return re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", " ".join(text.split()))


def _identifier(text: str) -> str:
    """An identifier without what a spreadsheet or a browser adds to it."""
    return re.sub(r"(?<=\d)\.0+$", "", text.strip())


@lru_cache(maxsize=65536)
def _rounded(digits: str, places: int | None) -> str:
    if places is None or len(digits.partition(".")[2]) <= max(places, 0) <= places:
        return digits
    rounded = Decimal(digits).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return format(rounded, "f")
