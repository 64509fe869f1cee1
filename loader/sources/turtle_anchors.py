"""The anchors of a Turtle file: `inno:anchor "550-568 the words"`, edited in place.

An offset that is not known yet is left out: `"the words"`, or `"550- the words"` to choose among places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from innograph.loader.evidence import ANCHOR
from innograph.loader.sources.anchors import Written
from innograph.loader.sources.editing import Edit, line_column, read
from innograph.loader.sources.statements import Term, statements

_PLACE = re.compile(r"(\d+)-(\d*) (?=.)", re.DOTALL)


class TurtleAnchors:
    """The anchors of one Turtle file; each has a number that counts them through the file."""

    def __init__(self, path: Path, base: str, source: str) -> None:
        """`source` is the text that the anchors point into."""
        self.path = path
        self._source = source
        self.text = read(path)
        self._terms = [s.object for s in statements(self.text, base) if s.predicate.value == ANCHOR.value]

    def anchors(self) -> Iterator[Written]:
        """The anchors in the order of the file; a place that is not written is None."""
        for number, term in enumerate(self._terms):
            line, column = line_column(self.text, term.start)
            match = self._placed(term.value)
            if match is None:
                yield Written(self.path, line, column, number, term.value, None, None)
            else:
                start, end = int(match[1]), int(match[2]) if match[2] else None
                yield Written(self.path, line, column, number, term.value[match.end() :], start, end)

    def edits(self, places: Mapping[int, tuple[int, int] | None]) -> list[Edit]:
        """The edits that put anchors, by number, at these places; None takes the offsets away."""
        return [
            edit
            for number, term in enumerate(self._terms)
            if number in places
            for edit in self._edit(term, places[number])
        ]

    def _edit(self, term: Term, to: tuple[int, int] | None) -> Iterator[Edit]:
        quotes = 3 if term.raw[:3] in ('"""', "'''") else 1
        match = self._placed(term.value)  # digits need no escapes: the raw text begins alike
        start = term.start + quotes
        words = "" if to is None else f"{to[0]}-{to[1]} "
        old = match[0] if match else ""
        if words != old:
            yield Edit(start, start + len(old), words)

    def _placed(self, value: str) -> re.Match[str] | None:
        """The offsets that an anchor begins with; words such as "2014-2023 plan" are not taken for them."""
        match = _PLACE.match(value)
        if match and match[2] and int(match[2]) - int(match[1]) != len(value) - match.end():
            return None if value in self._source else match
        return match
