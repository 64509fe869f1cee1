"""Anchors of a text that has changed: found again, or refused where their words are gone.

The old text is not kept, so its other anchors are the context. Long phrases that stand in the new text
once, in the order of the old one, tell how far the text around them has shifted; a short phrase (a
figure, say) is taken to have moved only to where its neighbours say, never to the same digits elsewhere.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from innograph.loader.evidence import Anchor
from innograph.loader.sources.locating import Place, figures, nearest, occurrences, place

TELLING = 10  # letters and digits from which a phrase that stands once is trusted to be the same words
NEAR = 400  # how far from where its neighbours say a short phrase may have gone

STANDS, MOVED, CHANGED, AMBIGUOUS = "stands", "moved", "changed", "ambiguous"


@dataclass(frozen=True, slots=True)
class Move:
    """What became of an anchor: `to` is its new start; else `now` or `places` tell what is there now."""

    anchor: Anchor
    state: str
    to: int | None = None
    now: Place | None = None
    places: tuple[Place, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a person has to look."""
        return self.to is None

    @property
    def place(self) -> tuple[int, int] | None:
        """The new offsets."""
        return None if self.to is None else (self.to, self.to + len(self.anchor.phrase))

    def in_words(self) -> str:
        """The move as a line of a report."""
        anchor = self.anchor
        was = f"{anchor.start}-{anchor.end} {anchor.phrase!r}" if anchor.end else repr(anchor.phrase)
        if self.place:
            return (
                f"{was} moved to {self.place[0]}-{self.place[1]}" if self.state == MOVED else f"{was} stands"
            )
        if self.state == AMBIGUOUS:
            where = ", ".join(f"{p.start} ({p.context})" for p in self.places[:5])
            return f"{was} may be at {where}: choose its start yourself"
        now = self.now
        what = f"has changed: the text now reads {now.words!r} at {now.start}-{now.end}" if now else "is gone"
        elsewhere = ", ".join(str(p.start) for p in self.places[:5])
        return f"{was} {what}" + (f" (the old words stand elsewhere, at {elsewhere})" if elsewhere else "")

    def as_json(self) -> dict[str, Any]:
        """The move for programs."""
        told: dict[str, Any] = {"state": self.state}
        if self.place:
            told |= {"to": {"start": self.place[0], "end": self.place[1]}}
        if self.now:
            told |= {"now": {"start": self.now.start, "end": self.now.end, "words": self.now.words}}
        if self.places:
            told |= {"places": [{"start": p.start, "end": p.end, "context": p.context} for p in self.places]}
        return told


def moves(anchors: Iterable[Anchor], text: str) -> dict[Anchor, Move]:
    """What became of each anchor in a new text."""
    distinct = sorted(set(anchors))
    found = {anchor: occurrences(text, anchor.phrase) for anchor in distinct}
    shifts = _Shifts([(a, found[a][0]) for a in distinct if len(found[a]) == 1 and _telling(a.phrase)])
    return {anchor: _move(anchor, found[anchor], shifts, text) for anchor in distinct}


def _move(anchor: Anchor, starts: Sequence[int], shifts: _Shifts, text: str) -> Move:
    expected = shifts.expected(anchor)
    if len(starts) == 1 and (_telling(anchor.phrase) or not expected):
        return _to(anchor, starts[0])
    low = min(expected, default=anchor.start)
    high = max(expected, default=anchor.start)
    by_distance = sorted((_distance(start, low, high), start) for start in starts)
    near = [(distance, start) for distance, start in by_distance if distance <= NEAR]
    if len(near) == 1 or (len(near) > 1 and near[0][0] * 2 < near[1][0]):
        start = near[0][1]
        other = None if start in expected else _other_figure(anchor, expected, text)
        if other:
            return Move(anchor, CHANGED, now=other, places=_places(anchor, list(starts), text))
        return _to(anchor, start)
    if near:
        return Move(anchor, AMBIGUOUS, places=_places(anchor, [start for _, start in near], text))
    around = nearest(text, anchor.phrase, max(0, low - NEAR), high + len(anchor.phrase) + NEAR)
    now = _other_figure(anchor, expected, text) or around or nearest(text, anchor.phrase)
    return Move(anchor, CHANGED, now=now, places=_places(anchor, list(starts), text))


def _telling(phrase: str) -> bool:
    """Whether a phrase is long enough not to be there twice by chance; an ideograph tells more than a letter."""
    return sum(1 if c < "\u1100" else 2.5 for c in phrase) >= TELLING


def _to(anchor: Anchor, start: int) -> Move:
    return Move(anchor, STANDS if start == anchor.start else MOVED, start)


def _distance(start: int, low: int, high: int) -> int:
    """How far a start is from where it is expected: anywhere between two shifts is right."""
    return max(low - start, start - high, 0)


def _places(anchor: Anchor, starts: list[int], text: str) -> tuple[Place, ...]:
    return tuple(place(text, start, start + len(anchor.phrase)) for start in starts)


def _other_figure(anchor: Anchor, expected: Sequence[int], text: str) -> Place | None:
    """Another figure at the very place where a figure is expected."""
    if not figures(anchor.phrase):
        return None
    for start in expected:
        found = nearest(text, anchor.phrase, max(0, start - 2), start + len(anchor.phrase) + 2)
        stands = found or _number_at(text, start)
        if stands and figures(stands.words) and figures(stands.words) != figures(anchor.phrase):
            return stands
    return None


def _number_at(text: str, start: int) -> Place | None:
    end = start
    while end < len(text) and (
        text[end].isdigit() or (text[end] in ".," and text[end + 1 : end + 2].isdigit())
    ):
        end += 1
    return place(text, start, end) if 0 <= start < end else None


class _Shifts:
    """How far the text has moved, known at the phrases that are found again for certain."""

    def __init__(self, pairs: list[tuple[Anchor, int]]) -> None:
        kept = _in_order(pairs)
        self._starts = [anchor.start for anchor, _ in kept]
        self._kept = kept

    def expected(self, anchor: Anchor) -> list[int]:
        """Where an anchor should start, by its neighbours before and after it; empty where there are none."""
        before = bisect_right(self._starts, anchor.start) - 1
        after = bisect_left(self._starts, anchor.end)
        inside = [n for n in range(max(before - 3, 0), before + 1) if self._kept[n][0].end >= anchor.end]
        neighbours = inside[-1:] or [n for n in (before, after) if 0 <= n < len(self._kept)]
        return sorted({anchor.start + self._kept[n][1] - self._starts[n] for n in neighbours})


def _in_order(pairs: list[tuple[Anchor, int]]) -> list[tuple[Anchor, int]]:
    """The longest series of phrases that stand in the new text in the order of the old one."""
    tails: list[int] = []  # the last place of the best series of each length
    ends: list[int] = []
    previous: list[int] = []
    for number, (_, start) in enumerate(pairs):
        at = bisect_left(tails, start)
        previous.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [start]
        ends[at : at + 1] = [number]
    series, number = [], ends[-1] if ends else -1
    while number >= 0:
        series.append(pairs[number])
        number = previous[number]
    return series[::-1]
