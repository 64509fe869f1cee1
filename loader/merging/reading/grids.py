"""From a grid of cells (lines of a CSV, a sheet) to a table: where the column names are, and the rows below.

Titles above the header and empty rows are not data. A row keeps the number of cells that it has: one that
does not fit the header is told by whoever maps it, with its number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from innograph.loader.merging.reading.opening import Content
from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.records import Table

Row = tuple[int, tuple[str | None, ...]]
LOOK_AHEAD = 200


def cell(text: str) -> str | None:
    """A cell as it is passed on: without surrounding white space, None where nothing is left."""
    return text.strip() or None


def table(
    content: Content, name: str, rows: Iterable[Row], options: Options, described: Mapping[str, str]
) -> Table | None:
    """The table of a grid, or None where there are no two rows.

    `rows` are all rows from the first line on, each with its number.

    Raises:
        InputError: the header that the options state is not there.
    """
    iterator = iter(rows)
    ahead: list[Row] = []
    for row in iterator:
        ahead.append(row)
        if len(ahead) >= max(LOOK_AHEAD, *options.header, 0):
            break
    header = options.header or _header(ahead)
    if not header:
        return None
    named = [cells for number, cells in ahead if number in header]
    if len(named) < len(header):
        raise content.problem(
            f"has no row {header[-1]} for the header that is stated",
            "correct header under [read] in the mapping",
        )
    above = [" ".join(filter(None, cells)) for number, cells in ahead if number < min(header) and any(cells)]
    above = [line for line in above if not line.startswith("sep=")]  # what Excel wants to be told
    said = {"above": "\n".join(above)[:2000]} if above else {}
    last = max(header) + options.skip_after_header
    below = (row for row in chain(ahead, iterator) if row[0] > last and any(row[1]) and not _is_rule(row[1]))
    columns = column_names(named)
    said["header"] = ",".join(map(str, header))
    return Table(name, columns, trimmed(below, len(columns)), {**described, **said})


def _header(rows: list[Row]) -> tuple[int, ...]:
    """The first row that is as wide as the table below it."""
    widths = Counter(_filled(cells) for _, cells in rows if _filled(cells) > 1)
    if not widths:
        return ()
    usual = max(widths, key=lambda width: (widths[width], width))
    for number, cells in rows:
        if _filled(cells) >= max(2, (usual + 1) // 2) and _extent(cells) >= usual:
            return (number,)
    return ()


def _is_rule(cells: tuple[str | None, ...]) -> bool:
    """A line drawn with dashes, as below the header of a table in plain text."""
    said = [cell for cell in cells if cell is not None]
    return bool(said) and all(re.fullmatch(r":?[-=_]{3,}:?|:-+:?|-+:", cell) for cell in said)


def _filled(cells: tuple[str | None, ...]) -> int:
    return sum(cell is not None for cell in cells)


def _extent(cells: tuple[str | None, ...]) -> int:
    return max((index + 1 for index, cell in enumerate(cells) if cell is not None), default=0)


def column_names(headers: list[tuple[str | None, ...]]) -> tuple[str, ...]:
    """One distinct name for each column: several header rows are joined, a merged cell spans the empty ones."""
    width = max(_extent(cells) for cells in headers)
    parts: list[list[str]] = [[] for _ in range(width)]
    for depth, cells in enumerate(headers):
        spanning = None
        for index in range(width):
            found = cells[index] if index < len(cells) else None
            if depth < len(headers) - 1:
                spanning = found or spanning
                found = spanning
            if found and found not in parts[index]:
                parts[index].append(found)
    names = [
        re.sub(r"\s+", " ", " / ".join(part)) or f"column {index + 1}" for index, part in enumerate(parts)
    ]
    return distinct(names)


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Names made distinct: the second "value" is "value (2)"."""
    taken: set[str] = set()
    found = []
    for name in names:
        candidate, count = name, 1
        while candidate in taken:
            count += 1
            candidate = f"{name} ({count})"
        taken.add(candidate)
        found.append(candidate)
    return tuple(found)


def trimmed(rows: Iterable[Row], width: int) -> Iterator[Row]:
    """Rows without the empty cells that delimiters at the end of a line make."""
    for number, cells in rows:
        yield number, cells if len(cells) <= width or any(cells[width:]) else cells[:width]


def fitted(rows: Iterable[Row], width: int) -> Iterator[Row]:
    """Rows of a rectangular grid at one width: a spreadsheet has no ragged rows, only empty cells."""
    for number, cells in rows:
        if any(cells[width:]):
            yield number, cells
        else:
            yield number, (*cells[:width], *(None,) * (width - len(cells)))
