"""A source's files brought after its text: offsets, checksum and length, in place.

What is refused loses its offsets, so that nothing can be built from it until a person has looked: the
other anchors are right then, and `innograph source locate` fills in those that were mended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from innograph.loader.evidence import Anchor
from innograph.loader.sources.anchors import Written
from innograph.loader.sources.creating import read_text
from innograph.loader.sources.editing import Edit
from innograph.loader.sources.folder import Places, SourceFolder
from innograph.loader.sources.locating import Absent, Ambiguous, Located, locate
from innograph.loader.sources.moving import AMBIGUOUS, CHANGED, MOVED, STANDS, Move, moves
from innograph.ontology.namespaces import Names


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a source's anchors in a new text; `changed` are the files that were written."""

    source: str
    old: str
    new: str
    length: int
    moves: list[tuple[Written, Move]]
    changed: list[Path]

    @property
    def refused(self) -> list[tuple[Written, Move]]:
        """The anchors that a person has to look at."""
        return [(written, move) for written, move in self.moves if move.refused]

    def lines(self) -> Iterator[str]:
        """The report in words; what is refused comes first."""
        for written, move in self.refused:
            yield f"{written.path}:{written.line}:{written.column}: {move.in_words()}"
        if self.refused:
            yield "  to mend: correct the value and the phrase, then run innograph source locate"
        states = [move.state for _, move in self.moves]
        yield (
            f"{self.source}: of {len(states)} phrases {states.count(STANDS)} stand, {states.count(MOVED)} moved,"
            f" {len(self.refused)} refused"
        )
        if self.changed:
            yield "written: " + ", ".join(map(str, self.changed))

    def as_json(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "source": self.source,
            "holds": not self.refused,
            "sha256": {"expected": self.old, "actual": self.new},
            "anchors": [
                {
                    "file": str(written.path),
                    "line": written.line,
                    "column": written.column,
                    "start": written.start,
                    "end": written.end,
                    "phrase": written.phrase,
                    **move.as_json(),
                }
                for written, move in self.moves
            ],
            "written": [str(path) for path in self.changed],
        }


def follow(data: Path, slug: str, names: Names, text: Path) -> Followed:
    """Write a source's files anew after its text has changed.

    Raises:
        LoaderError: no such source, or the text is not UTF-8.
        InputError: a table whose anchors cannot be told apart.
    """
    content, words = read_text(text)
    folder = SourceFolder(data, slug, names, words)
    facts = folder.text_facts()
    new = hashlib.sha256(content).hexdigest()
    found = _moves(folder.anchors(), words)
    places: Places = {(written.path, written.number): move.place for written, move in found}
    edits = folder.edits(places)
    of_text = [Edit(facts.sha256.start, facts.sha256.end, facts.sha256.raw.replace(facts.sha256.value, new))]
    if facts.length:
        of_text.append(Edit(facts.length.start, facts.length.end, str(len(words))))
    edits[facts.path] = [*edits.get(facts.path, ()), *of_text]
    changed = folder.save(edits)
    return Followed(folder.iri, facts.sha256.value, new, len(words), found, changed)


def _moves(written: list[Written], text: str) -> list[tuple[Written, Move]]:
    placed = {
        w: Anchor(w.start, w.end, w.phrase) for w in written if w.start is not None and w.end is not None
    }
    moved = moves(placed.values(), text)
    return [(w, moved[placed[w]] if w in placed else _unplaced(w, text)) for w in written]


def _unplaced(written: Written, text: str) -> Move:
    """An anchor that has no place yet is located."""
    anchor = Anchor(written.start or 0, written.end or 0, written.phrase)
    match locate(text, written.phrase):
        case Located(start):
            return Move(anchor, MOVED, start)
        case Ambiguous(places):
            return Move(anchor, AMBIGUOUS, places=places)
        case Absent(nearest):
            return Move(anchor, CHANGED, now=nearest)
