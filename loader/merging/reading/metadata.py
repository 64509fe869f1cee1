"""What stands beside a CSV: CSVW metadata or a Frictionless data package.

Both say how the text is cut into cells, which words mark a missing value, what columns mean, and who
published it under which licence. Keys of `described`: title, description, licence, publisher, language,
issued, url, source; and for a column `unit:NAME`, `title:NAME`, `description:NAME`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from innograph.loader.merging.records import Table


@dataclass(frozen=True)
class Metadata:
    """What is known of a table before its text is looked at; empty where nothing is."""

    described: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    double_quote: bool = True
    comment: str = ""
    header_rows: int | None = None
    skip_rows: int = 0
    columns: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    missing_in: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def renamed(self, table: Table) -> Table:
        """The table with its missing markers as empty cells (CSVW section 5.7, `null`)."""
        if not self.missing and not self.missing_in:
            return table
        marks = [self.missing_in.get(name, self.missing) for name in table.columns]

        def rows() -> Iterator[tuple[int, tuple[str | None, ...]]]:
            for number, cells in table.rows:
                if len(cells) == len(marks):
                    cells = tuple(
                        [None if cell in mark else cell for cell, mark in zip(cells, marks, strict=True)]
                    )
                yield number, cells

        return replace(table, rows=rows())
