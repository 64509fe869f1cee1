"""What is a word, for the index and for what people type: the same rules on both sides.

SQLite's tokenizers see a Chinese or Japanese sentence as one word. So a run of such characters is
written as its overlapping pairs, and its last character alone: 北京市 becomes 北京 京市 市. Any two
characters are then found by one token, longer words as a phrase of pairs, and a single character as the
beginning of a token.
"""

from __future__ import annotations

import re
import unicodedata

# Han, kana and Hangul: written without spaces, or with endings joined to the word.
_JOINED = (
    "\u1100-\u11ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_JOINED}]+")
# What the tokenizer of the index takes for parts of words: letters, digits and marks.
_WORD = re.compile(r"[^\W_]+")
LONGEST = 16  # words of a question; further ones are left out
ENDINGS = (("ies", 3), ("es", 2), ("s", 1))


def folded(text: str) -> str:
    """A text as it is compared: full-width and half-width forms alike, no capitals, no accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = (c for c in plain if unicodedata.category(c) != "Mn" or c in "\u3099\u309a")
    return unicodedata.normalize("NFC", "".join(kept))


def indexed(text: str) -> str:
    """A text as the index gets it."""
    return _RUN.sub(lambda run: f" {_pairs(run[0], alone=True)} ", folded(text))


def words(text: str) -> list[str]:
    """The words of what somebody typed; a run of joined characters is one."""
    found: list[str] = []
    for word in _WORD.findall(folded(text)):
        place = 0
        for run in _RUN.finditer(word):
            found += [part for part in (word[place : run.start()], run[0]) if part]
            place = run.end()
        found += [word[place:]] if word[place:] else []
    return list(dict.fromkeys(found))[:LONGEST]


def expression(question: list[str]) -> str:
    """The index's query for words: all of them, each as the beginning of a word (FTS5, section 3)."""
    parts = []
    for word in question:
        if not _RUN.fullmatch(word) or len(word) == 1:
            parts.append(f'"{word}" *')
        else:
            parts.append(f'"{_pairs(word, alone=False)}"')
    return " AND ".join(parts)


def shortened(question: list[str]) -> list[str]:
    """The words without English endings of the plural: `cities` finds `city`, `patents` finds `patent`."""
    found = []
    for word in question:
        cut = next((n for ending, n in ENDINGS if word.endswith(ending) and len(word) > n + 2), 0)
        found.append(word[: len(word) - cut])
    return found


def _pairs(run: str, *, alone: bool) -> str:
    pairs = [run[place : place + 2] for place in range(len(run) - 1)]
    return " ".join([*pairs, run[-1]] if alone or not pairs else pairs)
