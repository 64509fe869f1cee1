"""The index after a small write: that of the release before, with the things that were touched written anew."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

from pyoxigraph import NamedNode, Store

from innograph.loader.errors import NoReleaseError
from innograph.loader.releases import Release
from innograph.server.searching import fields
from innograph.server.searching.documents import (
    Writer,
    classes_of,
    figure_name,
    found_as,
    names_of,
    schemes_of,
    texts_of,
)

STEPS = 50  # releases back to one that has an index
TOUCHED = 5_000  # things; when more were touched, everything is written anew
GONE = 0.25  # share of documents that are gone, from which on everything is written anew


def follow(draft: Path, release: Path, name: str, store: Store) -> bool:
    """Make a release's index of the index of one before; False where that does not pay, or there is none."""
    found = _index_before(release, name)
    if found is None:
        return False
    index, touched = found
    try:
        shutil.copyfile(index, draft)
    except FileNotFoundError:  # that release was pruned meanwhile
        return False
    with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        connection.execute("BEGIN")
        things = sorted({found_as(iri) for iri in touched})
        if any(_names_figures(connection, store, iri) for iri in things) or not _apply(
            connection, store, things
        ):
            return False
        connection.execute("COMMIT")
    return True


def _index_before(release: Path, name: str) -> tuple[Path, set[str]] | None:
    """The nearest index before a release, and what was touched since."""
    touched: set[str] = set()
    for _ in range(STEPS):
        here = Release(int(release.name), release)
        try:
            parent, subjects = here.description.parent, here.touched
        except NoReleaseError:
            return None
        if parent is None or subjects is None:
            return None
        touched.update(subjects)
        release = release.parent / f"{parent:04d}"
        if len(touched) > TOUCHED:
            return None
        if (release / name).exists():
            return release / name, touched
    return None


def _names_figures(connection: sqlite3.Connection, store: Store, iri: str) -> bool:
    """Whether a thing is called otherwise than before, and figures are called by it."""
    node = NamedNode(iri)
    parts = (next(iter(store.quads_for_pattern(None, p, node, None)), None) for p in fields.FIGURE_PARTS)
    if all(part is None for part in parts):
        return False
    row = connection.execute("SELECT texts FROM document WHERE iri = ?", (iri,)).fetchone()
    naming = (fields.NAME, fields.OTHER)
    before = {(lang, value) for field, lang, value in json.loads(row[0] if row else "[]") if field in naming}
    now = {(lang, value) for field, lang, value in texts_of(store, iri) if field in naming}
    return before != now and bool(names_of(store, node) or before)


def _apply(connection: sqlite3.Connection, store: Store, things: list[str]) -> bool:
    """Write things anew. The words of what is gone stay, without a document; False when these are many."""
    writer = Writer(connection)
    for iri in things:
        connection.execute("DELETE FROM document WHERE iri = ?", (iri,))
        texts, classes = texts_of(store, iri), classes_of(store, iri)
        if fields.FIGURE.value in classes:
            writer.write_figure(iri, figure_name(store, iri), texts)
        elif texts:
            writer.write_thing(iri, classes, schemes_of(store, iri), texts)
    (words,) = connection.execute("SELECT count(*) FROM word_docsize").fetchone()
    (documents,) = connection.execute("SELECT count(*) FROM document").fetchone()
    return bool(words - documents <= max(documents * GONE, 1_000))
