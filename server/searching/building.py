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

from pyoxigraph import Literal, NamedNode, Store

from innograph.ontology.namespaces import RDF, SKOS
from innograph.server.searching import fields
from innograph.server.searching.documents import (
    INDEXES,
    SCHEMA,
    Text,
    Writer,
    found_as,
    names_of,
)
from innograph.server.searching.updating import follow

FILE = "search.sqlite3"
LOCK = "search.lock"
# What is said of a thing beside its texts (`fields.COLUMNS`).
CLASS, SCHEME, PARTS = -1, -2, -3
IRI = "<"


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
    """Write everything that a store says in words into an empty index.

    What is needed is read property by property and put in order by SQLite: at a million things far
    faster than asking the store about each.
    """
    connection.executescript(SCHEMA)
    connection.execute("CREATE TEMP TABLE said (iri TEXT, field INTEGER, language TEXT, value TEXT)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO said VALUES (?, ?, ?, ?)", _said(store))
    # With all columns, so that what follows reads it from beginning to end.
    connection.execute("CREATE INDEX temp.said_of ON said (iri, field, language, value)")
    writer = Writer(connection)
    names: dict[tuple[str, str], list[Text]] = {}  # few cities, indicators and periods name many figures
    rows = connection.execute("SELECT DISTINCT iri, field, language, value FROM said ORDER BY 1, 2, 3, 4")
    for iri, group in groupby(rows, key=lambda row: row[0]):
        about = [row[1:] for row in group]
        texts: list[Text] = [text for text in about if text[0] >= 0]
        classes = {value for field, _, value in about if field == CLASS}
        if fields.FIGURE.value in classes:
            parts = [(mark, value) for field, mark, value in about if field <= PARTS]
            for part in parts:
                if part not in names:
                    names[part] = names_of(store, NamedNode(part[1]) if part[0] == IRI else Literal(part[1]))
            writer.write_figure(iri, [text for part in parts for text in names[part]], texts)
        elif texts:
            writer.write_thing(iri, classes, [value for field, _, value in about if field == SCHEME], texts)
    connection.execute("COMMIT")
    connection.executescript(INDEXES)


def _said(store: Store) -> Iterator[tuple[str, int, str, str]]:
    """Every text with the thing that it is found as, every class, and the parts of every figure."""
    for predicate, field in fields.PROPERTIES.items():
        for quad in store.quads_for_pattern(None, predicate, None, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                iri = quad.subject.value
                if field == fields.QUOTED:
                    iri = found_as(iri)
                yield iri, field, quad.object.language or "", quad.object.value
    parts = {predicate: PARTS - place for place, predicate in enumerate(fields.FIGURE_PARTS)}
    for predicate, field in ({RDF.type: CLASS, SKOS.inScheme: SCHEME} | parts).items():
        for quad in store.quads_for_pattern(None, predicate, None, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                mark = IRI if isinstance(quad.object, NamedNode) else ""
                yield quad.subject.value, field, mark, quad.object.value


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
