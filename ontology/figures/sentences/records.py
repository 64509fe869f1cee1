"""What is found in a text: claims that can be checked, and what is not understood."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

from innograph.ontology.figures.sentences.quantities import Amount
from innograph.ontology.figures.sentences.text import Span


@dataclass(frozen=True, slots=True)
class Why:
    """Why words are not understood: a key, the words that are in the way, and the name that they stand by.

    Keys: no-rule, no-indicator, other-number, between, unit, plan, denial, form, long, table, twice; of places: place,
    places, places-before, place-narrowed, place-stranger, place-aside; of indicators: beside.
    """

    key: str
    words: str = ""
    name: str = ""

    def told(self, language: str = "en") -> str:
        """The reason as a sentence in a language: en, zh or ja."""
        return _reasons()[self.key][language].format(words=self.words, name=self.name)

    def __str__(self) -> str:
        return self.told()


@cache
def _reasons() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "why.json").read_text("utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """What a claim names: `iris` are the things that the words may mean (one where that is certain).

    `unknown` says that the words name something that the lexicon does not know; `missing` tells what would
    make it certain ("per 10,000 people"). `carried` names come from an earlier sentence.
    """

    words: str = ""
    iris: tuple[str, ...] = ()
    unknown: bool = False
    certain: bool = True
    missing: str = ""
    carried: bool = False
    why: Why | None = None  # why nothing is named

    @property
    def iri(self) -> str:
        """The thing, where it is certain which."""
        return self.iris[0] if len(self.iris) == 1 and self.certain and not self.unknown else ""


NOTHING = Named()


@dataclass(frozen=True, slots=True)
class Told:
    """How a claim is told: what may keep it from being a plain statement of the speaker's own."""

    negated: bool = False
    quoted: bool = False
    reported: str = ""  # the words that hand it to somebody else ("according to", 据)
    question: bool = False


PLAIN = Told()


@dataclass(frozen=True, slots=True)
class Claim(Span):
    """Something that a stretch of text claims of a place; `start` and `end` are the whole stretch."""

    place: Named
    told: Told


@dataclass(frozen=True, slots=True)
class FigureClaim(Claim):
    """A place has a figure of an indicator in a period ("" where none is certain).

    `per` is the denominator that the words state: what ("person", "day") and how many, or None. `anchors`
    are the places of the words that it rests on: indicator, number, period.
    """

    indicator: Named
    amount: Amount
    period: str = ""
    period_words: str = ""
    per: tuple[str, int] | None = None
    anchors: tuple[Span, ...] = ()


class Relation(StrEnum):
    """How a growth claim relates the later figure to the earlier one."""

    RATIO = "ratio"  # later / earlier
    BY = "by times"  # later / earlier − 1
    EITHER = "ratio or by"  # "grew five times": read both ways
    PERCENT = "percent"  # (later / earlier − 1) × 100
    ANNUAL = "percent a year"  # compound
    POINTS = "percentage points"  # later − earlier, of percentages
    DIFFERENCE = "difference"  # later − earlier
    UP = "up"  # later > earlier
    DOWN = "down"
    LARGE = "vague"  # "sharp increase": no threshold


@dataclass(frozen=True, slots=True)
class GrowthClaim(Claim):
    """A place's figure grew or fell between two periods. `falls` turns the amount's direction round."""

    indicator: Named
    relation: Relation
    amount: Amount | None = None
    since: str = ""
    until: str = ""
    period_words: str = ""
    falls: bool = False
    per: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class RankClaim(Claim):
    """A place has a rank in a ranking; `period` is "" where none is stated."""

    ranking: Named
    rank: int
    period: str = ""


@dataclass(frozen=True, slots=True)
class NotUnderstood(Span):
    """Words that may claim something and that no rule fits: `why` says what is in the way."""

    words: str
    why: Why


Found = FigureClaim | GrowthClaim | RankClaim | NotUnderstood


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: claims and what is not understood, in the order of the text; `cut` where it was too long."""

    found: tuple[Found, ...] = field(default=())
    cut: bool = False
