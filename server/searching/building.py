"""Build the search index of a release: `python -m innograph.server.searching.building RELEASE`.

It runs as a process of its own, of low priority, and ends when its parent does (its standard input
closes). The index appears at once and whole, by renaming; who comes second finds the lock held, and leaves.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Store

from innograph.ontology.namespaces import RDF, RDFS, SKOS
from innograph.server.searching import fields
from innograph.server.searching.text import indexed

FILE = "search.sqlite3"
LOCK = "search.lock"
EVIDENCE = "/evidence/"
LONGEST = 20_000  # characters of one text that are indexed
APART = 1 << 40  # numbers that each rank has: documents are numbered by rank

_SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
CREATE TABLE document (id INTEGER PRIMARY KEY, iri TEXT NOT NULL, kind TEXT NOT NULL, texts TEXT NOT NULL);
CREATE VIRTUAL TABLE word USING fts5({", ".join(fields.COLUMNS)}, content='', prefix='1 2 3',
  tokenize='unicode61 remove_diacritics 2');
CREATE TEMP TABLE text (iri TEXT, field INTEGER, language TEXT, value TEXT);
"""
_INDICATOR, _CITY, _PERIOD = fields.FIGURE_PARTS
_FIGURES = f"""SELECT ?figure ?indicator ?city ?period WHERE {{
  ?figure a {fields.FIGURE} ; {_INDICATOR} ?indicator ; {_CITY} ?city ; {_PERIOD} ?period }}"""

Text = tuple[int, str, str]  # field, language, value


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
        draft.unlink(missing_ok=True)
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            fill(connection, Store.read_only(str(release / "store")))
        finally:
            connection.close()
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
    connection.executescript(_SCHEMA)
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO text VALUES (?, ?, ?, ?)", _texts(store))
    connection.execute("CREATE INDEX temp.text_of ON text (iri, field)")
    rows = connection.execute("SELECT iri, field, language, value FROM text ORDER BY iri, field")
    numbers = [rank * APART for rank in range(fields.FIGURES + 1)]
    # A cursor of its own reads on while documents are written.
    for iri, group in groupby(rows, key=lambda row: row[0]):
        texts: list[Text] = list(dict.fromkeys((f, lang, value) for _, f, lang, value in group))
        classes = _classes(store, iri)
        if fields.FIGURE.value in classes:
            continue  # below, with what it is called
        rank = _rank(classes)
        numbers[rank] += 1
        _write(connection, numbers[rank], iri, _kind(store, iri, classes), texts, texts)
    of_figure = "SELECT field, language, value FROM text WHERE iri = ? ORDER BY field"
    for iri, name in _figures(store):
        texts = list(dict.fromkeys(connection.execute(of_figure, (iri,)).fetchall()))
        numbers[fields.FIGURES] += 1
        _write(connection, numbers[fields.FIGURES], iri, fields.FIGURE.value, texts, [*name, *texts])
    connection.execute("COMMIT")


def _write(
    connection: sqlite3.Connection, number: int, iri: str, kind: str, kept: list[Text], searched: list[Text]
) -> None:
    columns = [
        indexed("\n".join(value[:LONGEST] for field, _, value in searched if field == column))
        for column in range(len(fields.COLUMNS))
    ]
    connection.execute(
        "INSERT INTO document VALUES (?, ?, ?, ?)", (number, iri, kind, json.dumps(kept, ensure_ascii=False))
    )
    connection.execute(
        "INSERT INTO word (rowid, name, other, about, quoted) VALUES (?, ?, ?, ?, ?)", (number, *columns)
    )


def _texts(store: Store) -> Iterator[tuple[str, int, str, str]]:
    """Every text with the thing that it is found as."""
    for predicate, field in fields.PROPERTIES.items():
        for quad in store.quads_for_pattern(None, predicate, None, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                iri = quad.subject.value
                if field == fields.QUOTED:
                    iri = iri.partition(EVIDENCE)[0]
                yield iri, field, quad.object.language or "", quad.object.value


def _classes(store: Store, iri: str) -> list[str]:
    """The classes of a thing, those that decide its rank first."""
    found = {
        quad.object
        for quad in store.quads_for_pattern(NamedNode(iri), RDF.type, None, None)
        if isinstance(quad.object, NamedNode)
    }
    known = [kind for kinds in fields.RANKS for kind in kinds if kind in found]
    return [kind.value for kind in dict.fromkeys((*known, *sorted(found, key=str)))]


def _kind(store: Store, iri: str, classes: list[str]) -> str:
    """What a thing is called a kind of: its class, or the scheme of a concept, which says more."""
    if SKOS.Concept.value in classes:
        for quad in store.quads_for_pattern(NamedNode(iri), SKOS.inScheme, None, None):
            if isinstance(quad.object, NamedNode):
                return quad.object.value
    return classes[0] if classes else ""


def _rank(classes: list[str]) -> int:
    for rank, kinds in enumerate(fields.RANKS):
        if any(kind.value in classes for kind in kinds):
            return rank
    return fields.OTHERS


def _figures(store: Store) -> Iterator[tuple[str, list[Text]]]:
    """Each figure with the words of its name: those of its indicator, its city and its period."""
    names: dict[Any, list[Text]] = {}

    def name_of(term: Any) -> list[Text]:
        if term not in names:
            names[term] = _labels(store, term)
        return names[term]

    solutions: Any = store.query(_FIGURES, use_default_graph_as_union=True)
    for figure, *parts in solutions:
        yield figure.value, [text for part in parts for text in name_of(part)]


def _labels(store: Store, term: Any) -> list[Text]:
    if isinstance(term, Literal):
        return [(fields.NAME, "", term.value)]
    return [
        (fields.NAME, quad.object.language or "", quad.object.value)
        for predicate in (RDFS.label, SKOS.prefLabel, SKOS.altLabel)
        for quad in store.quads_for_pattern(term, predicate, None, None)
        if isinstance(quad.object, Literal)
    ]


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
