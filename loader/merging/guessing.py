"""A first draft of a mapping, from the files themselves: `innograph merge --guess FILE`.

What is sure is written as a key; what is not, as a comment line that begins with "# ?" and asks. A draft
without such a line can be merged as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from innograph.loader.merging.guessing_columns import column_of, is_number
from innograph.loader.merging.guessing_draft import draft
from innograph.loader.merging.guessing_layout import Guess, guess_layout
from innograph.loader.merging.mapping import MISSING
from innograph.loader.merging.reading import Options, read
from innograph.loader.merging.records import Table

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
    groups: dict[tuple[str, ...], tuple[list[str], Guess]] = {}
    described: dict[str, str] = {}
    for table, rows in found:
        described = {**table.described, **described}
        name = table.name or table.described.get("file", "")
        if table.columns in groups:
            groups[table.columns][0].append(name)
        else:
            groups[table.columns] = ([name], _guess(table, rows))
    return draft([(tuple(names), layout) for names, layout in groups.values()], described, options)


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
    whole = [cells for cells in rows if len(cells) == len(table.columns)]
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
