"""Names of places and indicators as people write them: which are equal, and how alike the others are.

Two names are *equal* when only their typography differs. Forms that often name the same thing (北京 and
北京市, "Zürich" and "Zurich", "Guangdong" and "Guangdong Province") score high but below 1, because they may
also tell two things apart (the city and the province of one name): who matches decides by more than the name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from anyascii import anyascii
from rapidfuzz import fuzz, process

T = TypeVar("T")

EQUAL = 1.0
FOLDED = 0.98  # differ in accents only
SHORTENED = 0.95  # differ in the word for the kind of area only
_MOST_ALIKE = 0.94  # what differs otherwise

_APOSTROPHES = re.compile("['\u2018\u2019\u02bb\u02bc\u02be\u02bf\u02b9`\u00b4\u30fb]")
_CJK = (
    "\u2e80-\u2fdf\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
_SPACE_IN_CJK = re.compile(f"(?<=[{_CJK}]) (?=[{_CJK}])")
_NO_WORD = re.compile("[^a-z0-9]+")
_ACCENT = re.compile("[\u0300-\u036f]")
# Letters that no decomposition takes apart.
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
)

# The words for a kind of area that Chinese, Japanese and Korean put behind a name. Longest first.
_CJK_KINDS = (
    "维吾尔自治区|壮族自治区|回族自治区|維吾爾自治區|壯族自治區|回族自治區|特别行政区|特別行政區|自治区|自治區|自治州"
    "|특별자치도|특별자치시|특별시|광역시|地区|省|市|県|都|府|州|县|縣|区|區|시|도"
)
_CJK_AREA = re.compile(f"^([{_CJK}]{{2,}}?)(?:{_CJK_KINDS})$")
# … and that other languages put before or behind it, in the spelling of `folded`.
_BEFORE = re.compile(
    r"^(?:(?:the )?(?:greater )?(?:city|municipality|province|prefecture|state|county|region|district) of (?:the )?"
    r"|(?:greater|ciudad de|ville de|stadt|provincia de|province de|province du|land|comune di|gemeente) )(?=\w{2})"
)
_BEHIND = re.compile(
    r"(?<=\w\w) (?:city|municipality|metropolitan city|special city|province|prefecture|state|county|oblast|krai"
    r"|autonomous region|special administrative region|sar|shi|sheng|zizhiqu|ken|fu|to|do|stadt|metropolis"
    r"|(?:uygur|uyghur|zhuang|hui|huizu|zhuangzu)(?: autonomous region| zizhiqu))$"
)


@lru_cache(maxsize=1 << 16)
def normalized(text: str) -> str:
    """The name without what typography adds: NFKC, case folded, punctuation as one space.

    Accents stay: "Zürich" is not "Zurich" (see `folded`), and 北京市 is not 北京 (see `alternatives`).
    """
    text = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text)).casefold()
    text = unicodedata.normalize("NFKC", text)  # folding may leave what composes again
    parts = "".join(" " if unicodedata.category(c)[0] in "PZC" else c for c in text).split()
    return _SPACE_IN_CJK.sub("", " ".join(parts))


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """`normalized`, without accents on Latin, Greek and Cyrillic letters."""
    name = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", normalized(text))))
    return name.translate(_LETTERS)


@lru_cache(maxsize=1 << 16)
def alternatives(text: str) -> tuple[str, ...]:
    """Shorter forms of a name, without the word for its kind of area: 北京市 → 北京, "City of York" → "york".

    Empty when the name has no such word.
    """
    name = folded(text)
    found = []
    if match := _CJK_AREA.match(name):
        found.append(match[1])
    for pattern in (_BEFORE, _BEHIND):
        shorter = pattern.sub("", name)
        if shorter != name:
            found.append(shorter)
    both = _BEHIND.sub("", _BEFORE.sub("", name))
    if both != name and both not in found:
        found.append(both)
    return tuple(found)


def slug(text: str, longest: int = 60) -> str:
    """A name for IRIs: small ASCII letters, digits and hyphens; transliterated, the same for the same text."""
    ascii_ = _APOSTROPHES.sub("", text)
    if not ascii_.isascii():
        ascii_ = anyascii(unicodedata.normalize("NFKC", ascii_))
    words = _NO_WORD.sub("-", ascii_.lower()).strip("-")
    if len(words) > longest:  # cut at a word where there is one, and told apart by what was cut
        kept = words[: longest - 9]
        return f"{kept.rpartition('-')[0] or kept}-{_digest(text)}"
    return words or f"x-{_digest(text)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def language_of(text: str, country: str = "") -> str:
    """The language of a label of which nobody says it: by its script where that tells, else undetermined."""
    if text.isascii():
        return "en"
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in text if character.isalpha()}
    if scripts & {"HIRAGANA", "KATAKANA"}:
        return "ja"
    if "HANGUL" in scripts:
        return "ko"
    if "CJK" in scripts:
        return {"JP": "ja", "KR": "ko"}.get(country, "zh")
    return "und"


def score(asked: str, label: str) -> float:
    """How alike two names are: 1 equal, 0.98 but for accents, 0.95 but for the word for a kind of area.

    Names that differ otherwise get at most 0.94, by the letters that they share, in any order of words.
    """
    if not normalized(asked) or not normalized(label):
        return 0.0
    if normalized(asked) == normalized(label):
        return EQUAL
    one, other = folded(asked), folded(label)
    if one == other:
        return FOLDED
    if {one, *alternatives(asked)} & {other, *alternatives(label)}:
        return SHORTENED
    return _alike(one, other)


def _alike(one: str, other: str) -> float:
    share = max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other)) / 100
    return round(min(share, _MOST_ALIKE), 4)


def best(asked: str, candidates: Iterable[str], limit: int = 10) -> list[tuple[str, float]]:
    """The candidates that are most like a name, best first, each with its score; ties in their order."""
    scored = ((candidate, score(asked, candidate)) for candidate in candidates)
    return sorted((pair for pair in scored if pair[1]), key=lambda pair: -pair[1])[:limit]


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A thing found by a name: the label that matched, and how well (0…1)."""

    thing: T
    label: str
    score: float


@dataclass
class Index(Generic[T]):
    """Labels of many things, to be looked up by any of their forms without comparing with each.

    Things must be hashable. A look-up of a known name costs a dictionary access; only `near` compares.
    """

    _labels: dict[str, list[tuple[T, str]]] = field(default_factory=dict)

    def add(self, label: str, thing: T) -> None:
        """Let a thing be found by a label, with and without accents and the word for its kind."""
        forms = dict.fromkeys((normalized(label), folded(label), *alternatives(label)))
        for form in forms:
            if form:
                self._labels.setdefault(form, []).append((thing, label))

    def find(self, asked: str) -> list[Found[T]]:
        """The things that have this name or a form of it, best first (0.95 to 1), each once."""
        forms = dict.fromkeys((normalized(asked), folded(asked), *alternatives(asked)))
        hits = (hit for form in forms for hit in self._labels.get(form, ()))
        return _ranked(Found(thing, label, score(asked, label)) for thing, label in hits)

    def near(self, asked: str, limit: int = 5, least: float = 0.8) -> list[Found[T]]:
        """The things whose names are alike, best first: what to suggest where `find` finds nothing."""
        name = folded(asked)
        if not name:
            return []
        close = process.extract(
            name, list(self._labels), scorer=fuzz.ratio, limit=4 * limit, score_cutoff=100 * least
        )
        hits = (hit for form, _, _ in close for hit in self._labels[form])
        return _ranked(Found(thing, label, score(asked, label)) for thing, label in hits)[:limit]


def _ranked(found: Iterable[Found[T]]) -> list[Found[T]]:
    """Each thing once, by the best of its labels; ties in the order of entry."""
    things: dict[T, Found[T]] = {}
    for hit in found:
        if hit.thing not in things or hit.score > things[hit.thing].score:
            things[hit.thing] = hit
    return sorted(things.values(), key=lambda hit: -hit.score)
