"""A text made ready for rules: folded without moving a character, cut into paragraphs and sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# What is written in several ways, each one character for one, so that offsets stay.
_SAME = str.maketrans(
    {
        **dict.fromkeys("’‘＇ʼ", "'"),
        **dict.fromkeys("“”„«»＂「」『』", '"'),
        **dict.fromkeys("‐‑‒–—―−－﹣", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\t", " "),
        **dict.fromkeys("～〜∼", "~"),
        "￥": "¥",
        "﹪": "%",
        "萬": "万",
        "億": "亿",
    }
)
CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_DIGIT_GAP = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))|(?<=[０-９])，(?=[０-９]{3}(?!\d))")
_PARAGRAPH = re.compile(r"\n+")
# A full stop ends a sentence where a space and no small letter follow; CJK stops need neither.
_STOP = re.compile(
    r"""[。！？!?]+["'”’)\]」』]*|(?<!\b[Nn]o)(?<!\bvs)(?<!\bapprox)(?<!\bca)\.["'”’)\]]*(?=\s+(?![a-z])|$)"""
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text."""

    start: int
    end: int

    def holds(self, other: Span) -> bool:
        """Whether another stretch lies within this one."""
        return self.start <= other.start and other.end <= self.end

    def meets(self, other: Span) -> bool:
        """Whether two stretches share a character."""
        return self.start < other.end and other.start < self.end


def fold(text: str) -> str:
    """A text of the same length in small letters, half-width, with one kind of quote, dash and space."""
    spaced = _DIGIT_GAP.sub(",", text)
    return "".join(_one(character) for character in spaced)


def _one(character: str) -> str:
    if character < "\x80":
        return character.lower() if character != "\t" else " "
    same = character.translate(_SAME)
    if same != character or character == "，":  # which is not the comma that parts thousands
        return same
    plain = unicodedata.normalize("NFKC", character)
    small = plain.lower()
    return small if len(small) == 1 else plain if len(plain) == 1 else character


def is_cjk(text: str) -> bool:
    """Whether a text has Chinese or Japanese letters."""
    return bool(re.search(f"[{CJK}]", text))


def paragraphs(text: str) -> Iterator[Span]:
    """The paragraphs of a text: what line breaks part."""
    begin = 0
    for match in _PARAGRAPH.finditer(text):
        if match.start() > begin:
            yield Span(begin, match.start())
        begin = match.end()
    if begin < len(text):
        yield Span(begin, len(text))


def sentences(text: str, within: Span) -> Iterator[Span]:
    """The sentences of one paragraph of a text as given (capitals tell), without the blanks around them."""
    begin = within.start
    for match in _STOP.finditer(text, within.start, within.end):
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, within.end)


def _trimmed(text: str, begin: int, end: int) -> Iterator[Span]:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end:
        yield Span(begin, end)
