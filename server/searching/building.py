"""Build the search index of a release: `python -m innograph.server.searching.building RELEASE`.

It runs as a process of its own, of low priority, and ends when its parent does (its standard input
closes). The index appears at once and whole, by renaming; who comes second finds the lock held, and leaves.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Store

from innograph.server.searching import fields
from innograph.server.searching.documents import (
    BY_IRI,
    SCHEMA,
    Text,
    Writer,
    classes_of,
    found_as,
    names_of,
)
from innograph.server.searching.updating import follow

FILE = "search.sqlite3"
LOCK = "search.lock"
_INDICATOR, _CITY, _PERIOD = fields.FIGURE_PARTS
_FIGURES = f"""SELECT ?figure ?indicator ?city ?period WHERE {{
  ?figure a {fields.FIGURE} ; {_INDICATOR} ?indicator ; {_CITY} ?city ; {_PERIOD} ?period }}"""


def build(release: Path) -> bool:
    """Build the index of a release's folder; False where somebody else is at it, or it is there."""
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context((release / LOCK).open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        target = release / FILE
        if target.exists():
            return False
        draft = release / f"{FILE}.new"
        store = Store.read_only(str(release / "store"))
        if not follow(draft, release, FILE, store):
            draft.unlink(missing_ok=True)
            with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as connection:
                fill(connection, store)
        os.replace(draft, target)
        return True


def is_locked(release: Path) -> bool:
    """Whether somebody builds the index of a release's folder."""
    try:
        with (release / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, or the release was pruned meanwhile
        return True
    return False


def fill(connection: sqlite3.Connection, store: Store) -> None:
    """Write everything that a store says in words into an empty index."""
    connection.executescript(SCHEMA)
    connection.execute("CREATE TEMP TABLE text (iri TEXT, field INTEGER, language TEXT, value TEXT)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO text VALUES (?, ?, ?, ?)", _texts(store))
    connection.execute("CREATE INDEX temp.text_of ON text (iri, field)")
    writer = Writer(connection)
    rows = connection.execute("SELECT iri, field, language, value FROM text ORDER BY iri, field")
    for iri, group in groupby(rows, key=lambda row: row[0]):
        texts: list[Text] = list(dict.fromkeys((f, lang, value) for _, f, lang, value in group))
        if fields.FIGURE.value not in classes_of(store, iri):  # figures follow below
            writer.write_thing(store, iri, texts)
    of_figure = "SELECT field, language, value FROM text WHERE iri = ? ORDER BY field"
    for iri, name in _figures(store):
        writer.write_figure(iri, name, list(dict.fromkeys(connection.execute(of_figure, (iri,)).fetchall())))
    connection.execute(BY_IRI)
    connection.execute("COMMIT")


def _texts(store: Store) -> Iterator[tuple[str, int, str, str]]:
    """Every text with the thing that it is found as."""
    for predicate, field in fields.PROPERTIES.items():
        for quad in store.quads_for_pattern(None, predicate, None, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                iri = quad.subject.value
                if field == fields.QUOTED:
                    iri = found_as(iri)
                yield iri, field, quad.object.language or "", quad.object.value


def _figures(store: Store) -> Iterator[tuple[str, list[Text]]]:
    """Each figure with what it is called: few cities, indicators and periods are parts of many names."""
    names: dict[Any, list[Text]] = {}
    solutions: Any = store.query(_FIGURES, use_default_graph_as_union=True)
    for figure, *parts in solutions:
        for part in parts:
            if part not in names:
                names[part] = names_of(store, part)
        yield figure.value, [text for part in parts for text in names[part]]


def _end_with_parent() -> None:
    os.read(0, 1)  # not sys.stdin: its lock would be held when the interpreter ends
    os._exit(1)


def main() -> None:
    """Build the index of the release whose folder is named."""
    os.nice(10)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    build(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
