"""Finding what a name may mean: by the search index, or by labels where the data is in a store elsewhere.

What has the very name comes first, then what begins so, then what has all its words. Only where nothing has
the name are words left out or respelled: that costs more, and is what typing errors need.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pyoxigraph import Literal
from rapidfuzz import process
from rapidfuzz.distance import OSA

from innograph.ontology.figures.names import alternatives
from innograph.ontology.namespaces import DCTERMS, RDFS, SCHEMA, SKOS
from innograph.server.engine import Snapshot
from innograph.server.pages.language import LANGUAGES
from innograph.server.searching import fields
from innograph.server.searching.building import FILE
from innograph.server.searching.documents import APART, NAME
from innograph.server.searching.scanning import scan
from innograph.server.searching.text import expression, folded, words

SAME, BEGIN, WORDS, SOME = (
    60,
    60,
    100,
    50,
)  # candidates by the name, its beginning, all its words, some of them
TERMS = 20_000  # words of the index that one word is compared with
RESPELLED = 8  # words that one word may stand for
STEPS = 5_000  # instructions of SQLite between two looks at the clock
NAMES = (RDFS.label, SKOS.prefLabel, DCTERMS.title, SCHEMA.name, SKOS.altLabel, SCHEMA.alternateName)

Text = tuple[int, str, str]  # field of the index, language, value


@dataclass(slots=True)
class Candidate:
    """A thing that may be meant, with the names it has; `identified` where it was not found by a name."""

    iri: str
    names: list[Text] = field(default_factory=list)
    identified: bool = False


class Finder(Protocol):
    """Where candidates come from."""

    def find(self, text: str, ranks: frozenset[int], *, loosely: bool = True) -> list[Candidate]:
        """The things that a text may name, at most some hundreds.

        `loosely` also finds by some of the words; without it, the text is the beginning of a name.
        """
        ...

    def close(self) -> None:
        """Free what is open."""
        ...


class IndexFinder:
    """Candidates from the search index of a release.

    Raises:
        FileNotFoundError: there is no index.
    """

    def __init__(self, release: Path, seconds: float) -> None:
        try:
            self._connection = sqlite3.connect(
                f"{(release / FILE).absolute().as_uri()}?mode=ro&immutable=1", uri=True
            )
        except sqlite3.OperationalError:
            raise FileNotFoundError(release / FILE) from None
        self._seconds, self._deadline = seconds, 0.0
        self._connection.set_progress_handler(lambda: time.monotonic() > self._deadline, STEPS)

    def close(self) -> None:
        """Close the index."""
        self._connection.close()

    def find(self, text: str, ranks: frozenset[int], *, loosely: bool = True) -> list[Candidate]:
        """See `Finder.find`.

        Raises:
            TimeoutError: the time for the whole batch is used up.
        """
        question = words(text)
        if not question:
            return []
        self._deadline = self._deadline or time.monotonic() + self._seconds  # of all that is asked
        found: dict[int, Candidate] = {}
        try:
            exact = self._named(text, ranks)
            self._take(found, exact)
            if not loosely:
                self._take(found, self._begun(text, ranks))
            for begin, end in _ranges(ranks):
                self._take(found, self._matching(expression(question), begin, end, WORDS))
            if loosely and not exact:
                self._take(found, self._loosely(question, ranks))
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise TimeoutError from None
            raise
        return list(found.values())

    def _named(self, text: str, ranks: frozenset[int]) -> list[int]:
        """The numbers of the documents that have the name; what begins so is found by its words, too."""
        numbers: list[int] = []
        for form in dict.fromkeys((folded(text), *alternatives(text))):
            typed = " ".join(form.split())[:NAME]
            rows = self._connection.execute("SELECT id FROM name WHERE text = ? LIMIT ?", (typed, SAME))
            numbers += [number for (number,) in rows if number // APART in ranks]
        return list(dict.fromkeys(numbers))

    def _begun(self, text: str, ranks: frozenset[int]) -> list[int]:
        """The numbers of documents whose name begins so, in the order of the alphabet."""
        typed = " ".join(folded(text).split())[:NAME]
        rows = self._connection.execute(
            "SELECT id FROM name WHERE text > ? AND text < ? ORDER BY text LIMIT ?",
            (typed, typed + "\U0010ffff", BEGIN),
        )
        return [number for (number,) in rows if number // APART in ranks]

    def _matching(self, match: str, begin: int, end: int, limit: int) -> list[int]:
        # By number, so that reading stops early.
        rows = self._connection.execute(
            "SELECT rowid FROM word WHERE word MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?",
            (f"{{name other}} : ({match})", begin, end, limit),
        )
        return [number for (number,) in rows]

    def _loosely(self, question: list[str], ranks: frozenset[int]) -> list[int]:
        """What has some of the words, or words that differ from them by a letter or two."""
        spelled = [[word, *self._respelled(word)] for word in question]
        match = " OR ".join(expression([word]) for forms in spelled for word in forms)
        numbers: list[int] = []
        for begin, end in _ranges(ranks):
            rows = self._connection.execute(
                "SELECT rowid FROM word WHERE word MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rank LIMIT ?",
                (f"{{name other}} : ({match})", begin, end, SOME),
            )
            numbers += [number for (number,) in rows]
        return numbers

    def _respelled(self, word: str) -> list[str]:
        """Words of the index that a word may be a misspelling of: they begin with the same letter."""
        if len(word) < 4 or not word.isascii() or not word.isalpha():
            return []
        self._connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'word', 'row')"
        )
        rows = self._connection.execute(
            "SELECT term FROM temp.vocabulary WHERE term >= ? AND term < ? LIMIT ?",
            (word[0], word[0] + "\U0010ffff", TERMS),
        )
        terms = [term for (term,) in rows]
        near = process.extract(
            word, terms, scorer=OSA.distance, score_cutoff=1 if len(word) < 8 else 2, limit=RESPELLED
        )
        return [term for term, _, _ in near if term != word]

    def _take(self, found: dict[int, Candidate], numbers: Iterable[int]) -> None:
        new = [number for number in numbers if number not in found]
        marks = ", ".join("?" * len(new))
        rows = self._connection.execute(f"SELECT id, iri, texts FROM document WHERE id IN ({marks})", new)
        read = {number: (iri, texts) for number, iri, texts in rows}
        for number in new:
            if number in read:  # the words of what is gone may still be there
                iri, texts = read[number]
                names = [tuple(text) for text in json.loads(texts) if text[0] in (fields.NAME, fields.OTHER)]
                found[number] = Candidate(iri, names)


def _ranges(ranks: frozenset[int]) -> Iterator[tuple[int, int]]:
    """The numbers of the documents of some ranks, as few ranges."""
    ordered = sorted(ranks)
    while ordered:
        first = last = ordered.pop(0)
        while ordered and ordered[0] == last + 1:
            last = ordered.pop(0)
        yield first * APART, (last + 1) * APART - 1


class LabelFinder:
    """Candidates by their labels, asked of any store: the very label, else labels with all the words."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def close(self) -> None:
        """Nothing is open."""

    def find(self, text: str, ranks: frozenset[int], *, loosely: bool = True) -> list[Candidate]:
        """See `Finder.find`; ranks are the index's and mean nothing here."""
        forms = dict.fromkeys((text, " ".join(text.split()), text.title(), text.lower(), text.capitalize()))
        literals = [
            str(Literal(form, language=language) if language else Literal(form))
            for form in forms
            for language in ("", *LANGUAGES)
        ]
        rows = self._snapshot.select(
            f"SELECT ?thing ?label WHERE {{ VALUES ?label {{ {' '.join(literals)} }} ?thing ?p ?label"
            f" FILTER(?p IN ({', '.join(map(str, NAMES))})) }} LIMIT {SAME}"
        )
        found: dict[str, Candidate] = {}
        for row in rows:
            label, iri = row["label"], row["thing"].value
            language = (label.language or "") if isinstance(label, Literal) else ""
            found.setdefault(iri, Candidate(iri)).names.append((fields.NAME, language, label.value))
        if not (found and loosely):
            for hit in scan(self._snapshot, text, WORDS).hits:
                names = [(fields.NAME, language, value) for language, value in hit.names]
                found.setdefault(hit.iri, Candidate(hit.iri, names))
        return list(found.values())
