"""Where a phrase stands in a text: at one place, at several, or nowhere (and then what is nearest).

Places are code points, start inclusive, end exclusive, as in the Web Annotation Data Model
(section 4.2.5, text position selectors).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rapidfuzz import fuzz

CONTEXT = 30  # code points that are shown on either side of a place
LIKENESS = 60.0  # of 100: below this nothing in the text is worth showing as the nearest


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a text; line and column count from one, `context` shows it between its neighbours."""

    start: int
    end: int
    line: int
    column: int
    words: str
    context: str


@dataclass(frozen=True, slots=True)
class Located:
    """The phrase stands at one place."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The phrase stands at several places."""

    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The phrase stands nowhere; `nearest` is what resembles it most, `hint` tells how it differs."""

    nearest: Place | None
    hint: str = ""


def locate(text: str, phrase: str) -> Located | Ambiguous | Absent:
    """Find a phrase, letter for letter. What would cut a number or a word is no place of it."""
    starts = occurrences(text, phrase)
    if len(starts) == 1:
        return Located(starts[0], starts[0] + len(phrase))
    if starts:
        return Ambiguous(tuple(place(text, start, start + len(phrase)) for start in starts))
    found = nearest(text, phrase)
    return Absent(found, _hint(phrase, found.words) if found else "")


def occurrences(text: str, phrase: str) -> list[int]:
    """Where a phrase starts: whole words if it stands anywhere as such, never a part of a number."""
    if not phrase:
        return []
    found, start = [], text.find(phrase)
    while start >= 0:
        found.append(start)
        start = text.find(phrase, start + 1)
    whole = [s for s in found if not _cuts(text, s) and not _cuts(text, s + len(phrase))]
    return whole or [s for s in found if not _splits(text, s) and not _splits(text, s + len(phrase))]


def nearest(text: str, phrase: str, low: int = 0, high: int | None = None) -> Place | None:
    """What resembles a phrase most between two offsets, in whole words; None where nothing does."""
    part = text[low:high]
    if not phrase or not part:
        return None
    found = fuzz.partial_ratio_alignment(phrase, part)
    if found is None or found.score < LIKENESS:
        return None
    start, end = low + found.dest_start, low + found.dest_end
    while start > 0 and _cuts(text, start):
        start -= 1
    while end < len(text) and _cuts(text, end):
        end += 1
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return place(text, start, end) if start < end else None


def place(text: str, start: int, end: int) -> Place:
    """A stretch of a text with its line, column and surroundings."""
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    words = text[start:end]
    context = (
        f"{'…' if start > CONTEXT else ''}{before}»{words}«{after}{'…' if end + CONTEXT < len(text) else ''}"
    )
    line = text.count("\n", 0, start) + 1
    return Place(
        start, end, line, start - (text.rfind("\n", 0, start) + 1) + 1, words, " ".join(context.split())
    )


def figures(phrase: str) -> list[str]:
    """The runs of digits of a phrase: what makes it another figure when they change."""
    runs = "".join(c if c.isdigit() else " " for c in phrase)
    return runs.split()


def _cuts(text: str, at: int) -> bool:
    """Whether an offset lies inside a number, or inside a word of a script that parts words by spaces."""
    if not 0 < at < len(text):
        return False
    return _splits(text, at) or (_letter(text[at - 1]) and _letter(text[at]))


def _splits(text: str, at: int) -> bool:
    """Whether an offset lies inside a number: between digits, or at a point or comma between digits."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before.isdigit() and after.isdigit():
        return True
    if before.isdigit() and after in ".,":
        return at + 1 < len(text) and text[at + 1].isdigit()
    return after.isdigit() and before in ".," and at > 1 and text[at - 2].isdigit()


def _letter(character: str) -> bool:
    """A letter of an alphabet; ideographs and syllables of unspaced scripts (Lo) part nothing."""
    return unicodedata.category(character) in ("Lu", "Ll", "Lt")


def _hint(phrase: str, words: str) -> str:
    """How two phrases differ, where it is only in what the eye passes over."""
    if "".join(phrase.split()) == "".join(words.split()):
        return "they differ in white space: a phrase within one line of the text has none that is special"
    if _plain(phrase) == _plain(words):
        return "they differ in letter case, quotation marks or width of characters"
    return ""


_QUOTES = str.maketrans("“”„«»‘’‚´`–—−", "\"\"\"\"\"'''''---")


def _plain(phrase: str) -> str:
    text = unicodedata.normalize("NFKC", phrase).translate(_QUOTES).casefold()
    return "".join(text.split())
