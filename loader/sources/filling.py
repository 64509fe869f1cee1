"""Phrases that were typed without offsets, located in the text; what is not certain is left to a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from innograph.loader.sources.anchors import Written
from innograph.loader.sources.locating import Absent, Ambiguous, Located, locate


@dataclass(frozen=True, slots=True)
class Filled:
    """An anchor and what came of looking for it; `new` tells that its file has other offsets, or none."""

    anchor: Written
    found: Located | Ambiguous | Absent
    new: bool

    @property
    def certain(self) -> bool:
        """Whether its place is known."""
        return isinstance(self.found, Located)

    def lines(self) -> Iterator[str]:
        """What is to be mended, in words; nothing where it is certain."""
        anchor, found = self.anchor, self.found
        if isinstance(found, Located):
            return
        where = f"{anchor.path}:{anchor.line}:{anchor.column}: {anchor.phrase!r}"
        if anchor.start is not None:
            where += f" does not stand at {anchor.start}; it"
        if isinstance(found, Ambiguous):
            yield f"{where} stands at {len(found.places)} places:"
            for place in found.places[:10]:
                yield f"    start {place.start} (line {place.line}, column {place.column}): {place.context}"
            if len(found.places) > 10:
                yield f"    … and at {len(found.places) - 10} more"
            yield f"  to mend: {_choose(anchor)}, or make the phrase longer"
            return
        yield f"{where} stands nowhere in the text"
        if found.nearest:
            place = found.nearest
            yield f"    nearest, at {place.start} (line {place.line}, column {place.column}): {place.words!r}"
        yield f"  to mend: {found.hint or 'write the phrase letter for letter as the text has it'}"

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        anchor, found = self.anchor, self.found
        told: dict[str, Any] = {
            "file": str(anchor.path),
            "line": anchor.line,
            "column": anchor.column,
            "phrase": anchor.phrase,
        }
        match found:
            case Located(start, end):
                return told | {"state": "located" if self.new else "stands", "start": start, "end": end}
            case Ambiguous(places):
                shown = [
                    {"start": p.start, "end": p.end, "line": p.line, "column": p.column, "context": p.context}
                    for p in places
                ]
                return told | {"state": "ambiguous", "places": shown}
            case Absent(near, hint):
                nearest = near and {"start": near.start, "end": near.end, "words": near.words}
                return told | {"state": "absent", "nearest": nearest, "hint": hint}


def fill(anchors: list[Written], text: str) -> list[Filled]:
    """Look for every anchor: those with offsets are held against the text, the others are located."""
    return [_fill(anchor, text) for anchor in anchors]


def _fill(anchor: Written, text: str) -> Filled:
    length = len(anchor.phrase)
    start = anchor.start
    if start is None and anchor.end is not None:
        start = anchor.end - length
    found: Located | Ambiguous | Absent
    if start is not None and start >= 0 and text[start : start + length] == anchor.phrase:
        found = Located(start, start + length)
    else:
        found = locate(text, anchor.phrase)  # a miscounted place that only one can be meant by is mended
    placed = isinstance(found, Located) and (anchor.start, anchor.end) == (found.start, found.end)
    return Filled(anchor, found, new=not placed)


def _choose(anchor: Written) -> str:
    if anchor.path.suffix == ".ttl":
        return 'write the start that is meant before the phrase ("START- the words")'
    return "write the start that is meant into this phrase's place in column start (its end stays empty)"
