"""A first draft of a mapping, from the files themselves: `innograph merge --guess FILE`.

What is sure is written as a key; what is not, as a comment line that begins with "# ?" and asks. A draft
without such a line can be merged as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from innograph.loader.merging.guessing_columns import column_of
from innograph.loader.merging.guessing_draft import draft
from innograph.loader.merging.guessing_layout import Guess, guess_layout
from innograph.loader.merging.reading import Options, read
from innograph.loader.merging.records import Table

SAMPLE = 2000
QUESTION = "# ?"


@dataclass(frozen=True)
class Group:
    """Tables with the same columns, and what is guessed of them."""

    names: tuple[str, ...]
    guess: Guess


def guess(paths: Iterable[Path | str], options: Options | None = None) -> str:
    """A commented draft of the mapping of these files, as TOML.

    Raises:
        InputError: a file cannot be read, or has no table.
    """
    groups: dict[tuple[str, ...], Group] = {}
    described: dict[str, str] = {}
    for path in paths:
        for table in read(path, options):
            known = groups.get(table.columns)
            for key, value in table.described.items():
                described.setdefault(key, value)
            name = table.name or table.described.get("file", "")
            if known is not None:
                groups[table.columns] = Group((*known.names, name), known.guess)
            else:
                groups[table.columns] = Group((name,), _guess(table))
    return draft([(group.names, group.guess) for group in groups.values()], described)


def _guess(table: Table) -> Guess:
    width = len(table.columns)
    rows = [cells for _, cells in islice(_spread(table), SAMPLE) if len(cells) == width]
    columns = [
        column_of(name, index, (cells[index] for cells in rows)) for index, name in enumerate(table.columns)
    ]
    return guess_layout(columns, table.described)


def _spread(table: Table) -> Iterator[tuple[int, tuple[str | None, ...]]]:
    """The first rows, then ever fewer of the later ones: a long file is often sorted by place or indicator."""
    for count, row in enumerate(table.rows):
        if count < SAMPLE // 2 or count % max(1, count // (SAMPLE // 2)) == 0:
            yield row


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
