"""Tables of Eurostat's bulk download: "freq,unit,geo\\TIME_PERIOD" in one cell, a flag behind each value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from innograph.loader.merging.records import Table

_FOLDED = re.compile(r"[\w,]+\\\w+")


def unfolded(table: Table) -> Table:
    """The table with one column for each dimension; other tables as they are."""
    first = table.columns[0]
    if not _FOLDED.fullmatch(first):
        return table
    dimensions = tuple(first.partition("\\")[0].split(","))

    def rows() -> Iterator[tuple[int, tuple[str | None, ...]]]:
        for number, cells in table.rows:
            yield number, (*(part or None for part in (cells[0] or "").split(",")), *cells[1:])

    described = {**table.described, "header dimension": first.partition("\\")[2], "kind": "Eurostat"}
    return replace(table, columns=(*dimensions, *table.columns[1:]), rows=rows(), described=described)
