"""The reader's language, by `?lang=` or Accept-Language, and the words of the interface in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import request
from pyoxigraph import Literal

LANGUAGES = {"en": "English", "zh": "中文", "ja": "日本語"}
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """Words with the language they are in; empty where they are in none (a code, a number)."""

    value: str
    language: str = ""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of the interface in one language: ``words("not_stated")``."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key, with values put in."""
        forms = translations()[key]
        return forms[self.language].format(**values) if values else forms[self.language]

    def __getattr__(self, key: str) -> str:
        if key not in translations():
            raise AttributeError(key)
        return self(key)


@cache
def translations() -> dict[str, dict[str, str]]:
    """Every fixed word in every language, from `words.json`."""
    found: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "words.json").read_text("utf-8"))
    return found


def chosen_language() -> str:
    """The language of the page that a request asks for."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(list(LANGUAGES), FALLBACK) or FALLBACK


def best(labels: list[Literal], language: str) -> Text | None:
    """The label of several that a reader of a language should see: theirs, else English, else any."""
    for wanted in (language, FALLBACK):
        for label in labels:
            if (label.language or "").partition("-")[0].lower() == wanted:
                return Text(label.value, label.language or "")
    return Text(labels[0].value, labels[0].language or "") if labels else None
