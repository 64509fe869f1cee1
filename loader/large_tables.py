"""Tables of authored sources that are too large to be held in memory: their rows on disk, as a build reads them.

A row is a line, which begins with its series, so that sorting the lines brings a series together.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from pyoxigraph import Triple

from innograph.loader.observations import Row, key, observation
from innograph.ontology.namespaces import Names

LARGE = 1_000  # rows; the judge takes seconds for a thousand


class Written(NamedTuple):
    """A row, and the table and line that it is written in."""

    table: str
    line: int
    row: Row


class Rows:
    """Takes the rows of one source's tables. Many are written to a file below `folder`, few become triples.

    So do those of series that the rest of the graph speaks of (`mentioned`, as the part of an IRI below that of
    the source's observations): whoever judges that needs them beside it.
    """

    def __init__(
        self, slug: str, names: Names, folder: Path | None, mentioned: Collection[str], large: int
    ) -> None:
        self.slug = slug
        self.names = names
        self.path = None if folder is None else folder / f"{slug}.rows"
        self.mentioned = mentioned
        self.large = large
        self.table = ""
        self._held: list[tuple[Written, list[Triple]]] = []
        self._file: IO[bytes] | None = None

    def take(self, line: int, row: Row) -> None:
        """Take a row of the table that `table` tells.

        Raises:
            ValueError: a cell has no meaning here.
        """
        written = Written(self.table, line, row)
        if self._file is not None and _series(row) not in self.mentioned:
            self._put(written)
            return
        self._held.append((written, list(observation(row, self.slug, self.names))))
        if self._file is None and self.path is not None and len(self._held) > self.large:
            self._file = self.path.open("wb")
            held, self._held = self._held, []
            for early, triples in held:
                if _series(early.row) in self.mentioned:
                    self._held.append((early, triples))
                else:
                    self._put(early)

    def held(self) -> Iterator[tuple[str, list[Triple]]]:
        """The place and the triples of each row that was not written to the file."""
        yield from ((f"{written.table}:{written.line}", triples) for written, triples in self._held)

    def close(self) -> bool:
        """Nothing more is taken; whether a file was written."""
        if self._file is None:
            return False
        self._file.close()
        return True

    def _put(self, written: Written) -> None:
        assert self._file is not None
        said = json.dumps(written, ensure_ascii=False, default=str)
        sorts = f"{_series(written.row)}\t{written.row['period']}\t{written.line:012}"
        self._file.write(f"{sorts}\t{said}\n".encode())


def read_line(line: bytes) -> Written:
    """Read what `Rows` wrote."""
    return Written(*json.loads(line.split(b"\t", 3)[3]))


def _series(row: Row) -> str:
    city, indicator, _ = key(row)
    return f"{city}/{indicator}/"
