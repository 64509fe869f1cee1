"""A first draft of a mapping, from the files themselves: `innograph merge --guess FILE`.

What is sure is written as a key; what is not, as a comment line that begins with "# ?" and asks. A draft
without such a line can be merged as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from innograph.loader.errors import InputError, Problem
from innograph.loader.merging.guessing.columns import column_of, is_number
from innograph.loader.merging.guessing.draft import draft
from innograph.loader.merging.guessing.layout import Guess, guess_layout
from innograph.loader.merging.mapping import MISSING
from innograph.loader.merging.reading import Options, read
from innograph.loader.merging.records import Table
from innograph.ontology.figures.periods import parse_period

SAMPLE = 1000
FARTHEST = 500_000
QUESTION = "# ?"


Rows = list[tuple[str | None, ...]]


def guess(paths: Iterable[Path | str], options: Options | None = None) -> str:
    """A commented draft of the mapping of these files, as TOML.

    Raises:
        InputError: a file cannot be read, or has no table.
    """
    sources, options = list(paths), options or Options()
    found = _samples(sources, options)
    header = _header(found, sources, options)
    if header != options.header:
        options = replace(options, header=header)
        found = _samples(sources, options)
    groups: dict[tuple[tuple[str, ...], str], tuple[list[str], Guess]] = {}
    described: dict[str, str] = {}
    for table, rows in found:
        described = {**table.described, **described}
        name = table.name or table.described.get("file", "")
        layout = _guess(table, rows)
        if layout.period is None and "<period>" not in layout.match:
            layout.stated_period, layout.likely_period = _period_of(name, table.described.get("above", ""))
        group = (table.columns, layout.stated_period or layout.likely_period)
        if group in groups:
            groups[group][0].append(name)
        else:
            groups[group] = ([name], layout)
    if found and not any(rows for _, rows in found):
        mend = "is it the right file? give one with figures in it"
        raise InputError([Problem(Path(sources[0]), "has names of columns, and no row below them", mend)])
    return draft([(tuple(names), layout) for names, layout in groups.values()], described, options)


def _period_of(name: str, above: str) -> tuple[str, str]:
    """When the figures of a table without periods hold: what its name is, and what its name or title has.

    The name of a sheet or a file that is a period says it; a year in other words is only likely.
    """
    stem = re.sub(r"\.[A-Za-z]\w*$", "", name.rpartition("/")[2])
    try:
        if re.search(r"\d{4}", stem):
            parse_period(stem)
            return stem, ""
    except ValueError:
        pass
    years = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", f"{stem} {above}"))
    return "", years.pop() if len(years) == 1 else ""


def _samples(sources: list[Path | str], options: Options) -> list[tuple[Table, Rows]]:
    return [(table, _sample(table)) for source in sources for table in read(source, options)]


def _sample(table: Table) -> Rows:
    """The first rows and an even choice of the later ones: a long file is often sorted by place or indicator."""
    first: Rows = []
    later: Rows = []
    stride = 1
    for count, (_, cells) in enumerate(islice(table.rows, FARTHEST)):
        if count < SAMPLE:
            first.append(cells)
        elif count % stride == 0:
            later.append(cells)
            if len(later) == SAMPLE:
                later, stride = later[::2], stride * 2
    return first + later


def _guess(table: Table, rows: Rows) -> Guess:
    whole = [
        cells
        for cells in rows
        if len(cells) == len(table.columns) and (any(cells[1:]) or len(cells) == 1)  # others are remarks
    ]
    columns = [
        column_of(name, index, (cells[index] for cells in whole)) for index, name in enumerate(table.columns)
    ]
    return guess_layout(columns, table.described)


def _header(found: list[tuple[Table, Rows]], sources: list[Path | str], options: Options) -> tuple[int, ...]:
    """The rows of the header: two, where names stand under names that span them, or units under names."""
    if len(found) != 1 or options.header:
        return options.header
    table, rows = found[0]
    header = table.described.get("header", "")
    if len(rows) < 3 or not header.isdigit():
        return ()
    number = int(header)
    if number > 1 and _repeated(table.columns):
        spanned = replace(options, header=(number - 1, number))
        if not _repeated(next(iter(read(sources[0], spanned))).columns):
            return spanned.header
    return (number, number + 1) if _continues(rows) else ()


def _repeated(columns: tuple[str, ...]) -> bool:
    return any(name.endswith(" (2)") and name.removesuffix(" (2)") in columns for name in columns)


def _continues(rows: Rows) -> bool:
    """Whether the first row has words where figures stand below it."""
    words = 0
    for index, first in enumerate(rows[0]):
        below = [cell for cells in rows[1:50] if index < len(cells) and (cell := cells[index]) is not None]
        figures = [cell for cell in below if is_number(cell, ".") or is_number(cell, ",")]
        if len(figures) > 1 and len(figures) >= 0.9 * len(below):
            if first is None or is_number(first, ".") or first.casefold() in MISSING:
                return False
            words += 1
    return words > 1


def questions(draft: str) -> list[str]:
    """What a draft asks."""
    return [
        line.removeprefix(QUESTION).strip()
        for line in map(str.strip, draft.splitlines())
        if line.startswith(QUESTION)
    ]


def certain(draft: str) -> bool:
    """Whether everything that a merge needs was told by the files themselves."""
    return not questions(draft)
