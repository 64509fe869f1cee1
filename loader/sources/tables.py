"""The anchors of an observation table: the cells `quote`, `start` and `end` of its rows, edited in place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from innograph.loader.errors import InputError, Problem
from innograph.loader.sources.anchors import Written
from innograph.loader.sources.editing import Edit, line_column, read

QUOTE, START, END = "quote", "start", "end"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: its value, and the stretch of the file that it takes (quotes included)."""

    start: int
    end: int
    value: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written, as its CSVW metadata says (CSVW, "Metadata", section 5.9)."""

    delimiter: str = ","
    quote: str = '"'
    separator: str = "|"

    @classmethod
    def of(cls, metadata: Path) -> Dialect:
        """What a metadata file says of the table beside it."""
        described: dict[str, Any] = json.loads(metadata.read_text("utf-8"))
        dialect = described.get("dialect", {})
        columns = described.get("tableSchema", {}).get("columns", [])
        separators = [c["separator"] for c in columns if c.get("name") == QUOTE and "separator" in c]
        return cls(dialect.get("delimiter", ","), dialect.get("quoteChar") or '"', (separators or ["|"])[0])


class AnchorTable:
    """The anchors of one table; each has a number that counts them through the file.

    Raises:
        InputError: a column is missing, or the cells of a row have unlike numbers of entries.
    """

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self.path = path
        self.text = read(path)
        self._dialect = dialect
        self._rows: list[tuple[list[Cell], list[str], list[str], list[str]]] = []
        records = rows(self.text, dialect)
        header = next(records, [])
        self._columns = {cell.value.removeprefix("\ufeff").strip(): n for n, cell in enumerate(header)}
        problems = [
            Problem(path, f"there is no column {name}", "add it to the first line and to each row", 1)
            for name in (QUOTE, START, END)
            if name not in self._columns
        ]
        if not problems:
            for cells in records:
                problems += self._read(cells)
        if problems:
            raise InputError(problems)

    def anchors(self) -> Iterator[Written]:
        """The anchors in the order of the file; a place that is not filled in is None."""
        number = 0
        for cells, phrases, starts, ends in self._rows:
            cell = cells[self._columns[QUOTE]]
            at = cell.start + cell.quoted
            for phrase, start, end in zip(phrases, starts, ends, strict=True):
                line, column = line_column(self.text, at)
                yield Written(self.path, line, column, number, phrase, _number(start), _number(end))
                doubled = phrase.count(self._dialect.quote) if cell.quoted else 0
                at += len(phrase) + doubled + len(self._dialect.separator)
                number += 1

    def edits(self, places: Mapping[int, tuple[int, int] | None]) -> list[Edit]:
        """The edits that put anchors, by number, at these places; None empties a place."""
        found: list[Edit] = []
        number = 0
        for cells, phrases, starts, ends in self._rows:
            new_starts, new_ends = list(starts), list(ends)
            for n in range(len(phrases)):
                if number in places:
                    to = places[number]
                    new_starts[n], new_ends[n] = ("", "") if to is None else (str(to[0]), str(to[1]))
                number += 1
            found += self._changes(cells, {START: (starts, new_starts), END: (ends, new_ends)})
        return found

    def _changes(self, cells: list[Cell], values: dict[str, tuple[list[str], list[str]]]) -> Iterator[Edit]:
        missing: list[str] = []
        for name, (old, new) in sorted(values.items(), key=lambda item: self._columns[item[0]]):
            if old == new:
                continue
            column, words = self._columns[name], self._dialect.separator.join(new)
            if not "".join(new):
                words = ""
            if column < len(cells):
                cell, quote = cells[column], self._dialect.quote
                yield Edit(cell.start, cell.end, f"{quote}{words}{quote}" if cell.quoted else words)
            else:  # the row ends before this column: write what was left off
                written = len(cells) + len(missing)
                missing += [""] * (column - written) + [words]
        if missing:
            delimiter = self._dialect.delimiter
            yield Edit(cells[-1].end, cells[-1].end, delimiter + delimiter.join(missing))

    def _read(self, cells: list[Cell]) -> Iterator[Problem]:
        quote = self._columns[QUOTE]
        if quote >= len(cells) or not cells[quote].value:
            return
        phrases = cells[quote].value.split(self._dialect.separator)
        starts, ends = (self._entries(cells, name, len(phrases)) for name in (START, END))
        for name, entries in ((START, starts), (END, ends)):
            line, column = line_column(self.text, cells[quote].start)
            if len(entries) != len(phrases):
                what = f"{len(phrases)} phrases, but {len(entries)} entries in column {name}"
                mend = "leave the place of an unknown one empty (382||480), or empty the whole cell"
                yield Problem(self.path, what, mend, line, column)
            bad = [entry for entry in entries if entry.strip() and not entry.strip().isascii()]
            bad += [entry for entry in entries if entry.strip().isascii() and not _is_number(entry)]
            for entry in bad:
                what = f"column {name} has {entry!r}, which is no whole number"
                yield Problem(self.path, what, "count code points from 0, or leave it empty", line, column)
        self._rows.append((cells, phrases, starts, ends))

    def _entries(self, cells: list[Cell], name: str, count: int) -> list[str]:
        column = self._columns[name]
        value = cells[column].value if column < len(cells) else ""
        return value.split(self._dialect.separator) if value.strip() else [""] * count


def rows(text: str, dialect: Dialect) -> Iterator[list[Cell]]:
    """The rows of a delimited text (RFC 4180) that are not empty, each cell with its place."""
    at, cells = 0, []
    while at < len(text):
        cell, at = _cell(text, at, dialect)
        cells.append(cell)
        if at < len(text) and text[at] == dialect.delimiter:
            at += 1
            if at < len(text):
                continue
            cells.append(Cell(at, at, ""))
        elif text.startswith("\r\n", at):
            at += 2
        else:
            at += 1
        if len(cells) > 1 or cells[0].value:
            yield cells
        cells = []


def _cell(text: str, at: int, dialect: Dialect) -> tuple[Cell, int]:
    """The cell that begins at an offset, and where it ends."""
    quote = dialect.quote
    begin = at
    if text.startswith(quote, at):
        end = at + 1
        while (end := text.find(quote, end)) >= 0 and text.startswith(quote * 2, end):
            end += 2
        end = len(text) if end < 0 else end + 1
        value = text[at + 1 : end - 1].replace(quote * 2, quote)
        # What follows a closing quote belongs to the cell still, as lenient readers have it.
        while end < len(text) and text[end] not in (dialect.delimiter, "\r", "\n"):
            value += text[end]
            end += 1
        return Cell(begin, end, value, quoted=True), end
    while at < len(text) and text[at] not in (dialect.delimiter, "\r", "\n"):
        at += 1
    return Cell(begin, at, text[begin:at]), at


def _is_number(entry: str) -> bool:
    return not entry.strip() or entry.strip().isdigit()


def _number(entry: str) -> int | None:
    return int(entry) if entry.strip() else None
