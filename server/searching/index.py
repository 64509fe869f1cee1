"""Reading a release's search index: candidates by SQLite, order by how well they fit."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from innograph.server.searching import fields
from innograph.server.searching.building import FILE
from innograph.server.searching.documents import APART, NAME
from innograph.server.searching.text import expression, folded, shortened, words

NAMED = 200  # things whose name begins with what was typed, which are always among those compared
CANDIDATES = 1_000  # things that are compared; beyond, the lower ranks are not looked at
SECONDS = 2.0
SNIPPET = 160
MISSED = 99  # how well a text fits that has not all of the words


class TooBroadError(Exception):
    """What was asked for matches more than can be looked through in time."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found: `texts` are (language, value) by column, `column` is where it fits best."""

    iri: str
    kind: str
    names: list[tuple[str, str]]
    column: int
    match: str
    match_language: str


@dataclass(frozen=True, slots=True)
class Found:
    """The best hits, how many there are, and whether there may be more than were compared."""

    hits: list[Hit]
    total: int
    more: bool


def is_built(release: Path) -> bool:
    """Whether the index of a release's folder is there."""
    return (release / FILE).exists()


def search(release: Path, text: str, limit: int) -> Found:
    """The things whose words begin with all the words of a text.

    Raises:
        TooBroadError: it took too long.
        FileNotFoundError: there is no index.
    """
    question = words(text)
    if not question:
        return Found([], 0, False)
    try:
        connection = sqlite3.connect(f"{(release / FILE).absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.OperationalError:
        raise FileNotFoundError(release / FILE) from None
    try:
        deadline = time.monotonic() + SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > deadline, 20_000)
        rows = _candidates(connection, question)
        more = len(rows) >= CANDIDATES
        rows = list(dict.fromkeys([*_named(connection, text), *rows]))
        if not rows and (shorter := shortened(question)) != question:
            question = shorter
            rows = _candidates(connection, question)
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise TooBroadError from None
        raise
    finally:
        connection.close()
    scored = sorted((_scored(row, question) for row in rows), key=lambda pair: pair[0])
    return Found([hit for _, hit in scored[:limit]], len(rows), more)


def _candidates(connection: sqlite3.Connection, question: list[str]) -> list[tuple[int, str, str, str]]:
    # By number, so that reading stops early: numbers go by rank.
    return connection.execute(
        "SELECT id, iri, kind, texts FROM word JOIN document ON document.id = word.rowid"
        " WHERE word MATCH ? ORDER BY word.rowid LIMIT ?",
        (expression(question), CANDIDATES),
    ).fetchall()


def _named(connection: sqlite3.Connection, text: str) -> list[tuple[int, str, str, str]]:
    """Things whose name is what was typed, or begins so: in the order of the alphabet, the name itself first."""
    typed = " ".join(folded(text).split())[:NAME]
    return connection.execute(
        "SELECT document.id, iri, kind, texts FROM name JOIN document USING (id)"
        " WHERE name.text >= ? AND name.text < ? ORDER BY name.text LIMIT ?",
        (typed, typed + "\U0010ffff", NAMED),
    ).fetchall()


def _scored(
    row: tuple[int, str, str, str], question: list[str]
) -> tuple[tuple[int, int, int, int, str], Hit]:
    """How well a candidate fits, the lowest first, and what is shown of it."""
    number, iri, kind, content = row
    texts = [tuple(text) for text in json.loads(content)]
    whole = " ".join(question)
    best = (MISSED, 0)
    column, match, language = fields.NAME, "", ""
    for field, lang, value in texts:
        fit = _fit(folded(value), whole, question) + 3 * field
        if not match or (fit, len(value)) < best:
            best, column, match, language = (fit, len(value)), field, value, lang
    names = [(lang, value) for field, lang, value in texts if field == fields.NAME]
    rank = number // APART
    if rank == fields.FIGURES:
        best = (0, 0)  # known by what it is made of
    hit = Hit(iri, kind, names, column, snippet(match, question), language)
    return (best[0] // 3, rank, best[0], best[1], iri), hit


def _fit(value: str, whole: str, question: list[str]) -> int:
    """0: it is what was typed, 1: it begins so, 2: it has all words; else some are elsewhere."""
    if value == whole:
        return 0
    if value.startswith(whole):
        return 1
    return 2 if all(_begins(word, value) for word in question) else MISSED


def _begins(word: str, value: str) -> bool:
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(word)}", value))


def snippet(text: str, question: list[str]) -> str:
    """The part of a text around the first word that was asked for."""
    text = " ".join(text.split())
    if len(text) <= SNIPPET:
        return text
    plain = folded(text)
    places = [place for word in question if (place := plain.find(word)) >= 0]
    start = max(min(places, default=0) - 50, 0)
    if start:
        space = text.find(" ", start, start + 20)
        start = space + 1 if space >= 0 else start
    end = start + SNIPPET
    return ("…" if start else "") + text[start:end].rstrip() + ("…" if end < len(text) else "")
