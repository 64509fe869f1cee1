"""Words that may stand between a name and its number without changing what the number counts.

Where other words stand there, the number may be of something else: it is not bound to the name. The words
are in `links.json`: whole words of English, and of Chinese and Japanese pieces (patterns) of any length;
`subject` are those that may stand only between a place and the name of what it has.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from innograph.ontology.figures.sentences.text import CJK

_WORDS: dict[str, list[str]] = json.loads((Path(__file__).parent / "links.json").read_text("utf-8"))
_LINKS = frozenset(" ".join(_WORDS["latin"]).split())
_SUBJECT = frozenset(" ".join(_WORDS["subject"]).split())
_TOKEN = re.compile(r"[a-z]+")
# The longest first, so that no word is eaten by its beginning.
_HAN = re.compile("|".join(sorted(" ".join(_WORDS["han"]).split(), key=len, reverse=True)))
_LETTERS = re.compile(f"[{CJK}]+")


def is_link(word: str) -> bool:
    """Whether an English word only links."""
    return word in _LINKS


def of_subject(word: str) -> bool:
    """Whether an English word between a place and what it has only says that it has it."""
    return word in _LINKS or word in _SUBJECT


def residue(folded: str) -> str:
    """What is left of a stretch of folded text without the words that link, or nothing."""
    left = [word for word in _TOKEN.findall(folded) if word not in _LINKS and len(word) > 1]
    for run in _LETTERS.findall(folded):
        rest = _HAN.sub("", run)
        if rest:
            left.append(rest)
    return " ".join(left)
