"""The documents of an index: what is written of one thing, from what a store says of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from pyoxigraph import Literal, NamedNode, Store

from innograph.ontology.namespaces import INNO, OA, RDF, RDFS, SKOS
from innograph.server.searching import fields
from innograph.server.searching.text import folded, indexed

EVIDENCE = "/evidence/"
LONGEST = 20_000  # characters of one text that are indexed
NAME = 60  # characters by which a name is found whole
APART = 1 << 40  # numbers that each rank has: documents are numbered by rank

SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
PRAGMA cache_size = -65536;
CREATE TABLE document (id INTEGER PRIMARY KEY, iri TEXT NOT NULL, kind TEXT NOT NULL, texts TEXT NOT NULL);
CREATE VIRTUAL TABLE word USING fts5({", ".join(fields.COLUMNS)}, content='', prefix='1 2 3',
  tokenize='unicode61 remove_diacritics 2');
CREATE TABLE name (text TEXT NOT NULL, id INTEGER NOT NULL);
INSERT INTO word (word, rank) VALUES ('hashsize', 67108864);
"""
# Made when everything is written: that is faster.
INDEXES = """
CREATE INDEX document_iri ON document (iri);
CREATE INDEX name_text ON name (text, id);
"""

Text = tuple[int, str, str]  # field, language, value


def found_as(iri: str) -> str:
    """The thing that a text is found as: words of evidence as the fact that they support."""
    return iri.partition(EVIDENCE)[0]


class Writer:
    """Writes documents into an index, each with the next number of its rank."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._numbers = [self._last(rank) for rank in range(fields.FIGURES + 1)]

    def _last(self, rank: int) -> int:
        # Numbers of documents that are gone are not given out again: the index still has their words.
        begin = rank * APART
        row = self._connection.execute(
            "SELECT max(id) FROM word_docsize WHERE id > ? AND id < ?", (begin, begin + APART)
        ).fetchone()
        return int(row[0] or begin)

    def write(self, iri: str, rank: int, kind: str, kept: list[Text], searched: list[Text]) -> int:
        """Write the document of a thing: the texts that are kept to be shown, and those it is found by.

        Returns its number.
        """
        self._numbers[rank] += 1
        number = self._numbers[rank]
        columns = [""] * len(fields.COLUMNS)
        for column in {field for field, _, _ in searched}:
            columns[column] = indexed("\n".join(value[:LONGEST] for f, _, value in searched if f == column))
        self._connection.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?)",
            (number, iri, kind, json.dumps(kept, ensure_ascii=False)),
        )
        self._connection.execute(
            "INSERT INTO word (rowid, name, other, about, quoted) VALUES (?, ?, ?, ?, ?)", (number, *columns)
        )
        return number

    def write_thing(
        self, iri: str, classes: Collection[str], schemes: Sequence[str], texts: list[Text]
    ) -> None:
        """Write the document of a thing that is no figure. A concept is called a kind of its scheme's."""
        told = ordered(classes)
        kind = schemes[0] if schemes and SKOS.Concept.value in classes else next(iter(told), "")
        number = self.write(iri, rank_of(classes), kind, texts, texts)
        names = {folded(value)[:NAME] for field, _, value in texts if field in (fields.NAME, fields.OTHER)}
        self._connection.executemany("INSERT INTO name VALUES (?, ?)", [(name, number) for name in names])

    def write_figure(self, iri: str, name: list[Text], texts: list[Text]) -> None:
        """Write the document of a figure, which is found by what it is of."""
        self.write(iri, fields.FIGURES, fields.FIGURE.value, texts, [*name, *texts])


def texts_of(store: Store, iri: str) -> list[Text]:
    """Every text of one thing, with the words of its evidence."""
    node = NamedNode(iri)
    found: list[Text] = []
    for predicate, field in fields.PROPERTIES.items():
        found += _texts(store, node, predicate, field)
    for evidence in _objects(store, node, INNO.evidence):
        if found_as(evidence.value) == iri:
            for selector in _objects(store, evidence, OA.hasSelector):
                found += _texts(store, selector, OA.exact, fields.QUOTED)
    return sorted(dict.fromkeys(found), key=lambda text: text[0])


def classes_of(store: Store, iri: str) -> list[str]:
    """The classes of a thing."""
    return [kind.value for kind in _objects(store, NamedNode(iri), RDF.type)]


def schemes_of(store: Store, iri: str) -> list[str]:
    """The schemes of a concept."""
    return sorted(scheme.value for scheme in _objects(store, NamedNode(iri), SKOS.inScheme))


def ordered(classes: Collection[str]) -> list[str]:
    """Classes, those that decide the rank of a thing first."""
    known = [kind.value for kinds in fields.RANKS for kind in kinds if kind.value in classes]
    return list(dict.fromkeys((*known, *sorted(classes))))


def rank_of(classes: Collection[str]) -> int:
    """The rank of a thing of these classes."""
    for rank, kinds in enumerate(fields.RANKS):
        if any(kind.value in classes for kind in kinds):
            return rank
    return fields.OTHERS


def figure_name(store: Store, iri: str) -> list[Text]:
    """What a figure is called: the words of its indicator, its city and its period."""
    return [
        text
        for predicate in fields.FIGURE_PARTS
        for quad in store.quads_for_pattern(NamedNode(iri), predicate, None, None)
        for text in names_of(store, quad.object)
    ]


def names_of(store: Store, term: Any) -> list[Text]:
    """What a part of a figure is called."""
    if isinstance(term, Literal):
        return [(fields.NAME, "", term.value)]
    named = (RDFS.label, SKOS.prefLabel, SKOS.altLabel)
    return [text for predicate in named for text in _texts(store, term, predicate, fields.NAME)]


def _texts(store: Store, node: NamedNode, predicate: NamedNode, field: int) -> list[Text]:
    return [
        (field, quad.object.language or "", quad.object.value)
        for quad in store.quads_for_pattern(node, predicate, None, None)
        if isinstance(quad.object, Literal)
    ]


def _objects(store: Store, node: NamedNode, predicate: NamedNode) -> list[NamedNode]:
    return [
        quad.object
        for quad in store.quads_for_pattern(node, predicate, None, None)
        if isinstance(quad.object, NamedNode)
    ]
