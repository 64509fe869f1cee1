"""The answer to one claim, and how it is told to programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Protocol

LANGUAGES = ("en", "zh", "ja")


class Verdict(StrEnum):
    """What checking a claim found."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    DISPUTED = "disputed"
    NOT_IN_GRAPH = "not in the graph"
    TOO_VAGUE = "too vague"


class Told(Protocol):
    """A sentence in every language of the interface."""

    def told(self, language: str = "en") -> str:
        """The sentence in a language."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence of ours: its key in `messages.json`, and what is put into it."""

    key: str
    values: tuple[tuple[str, str | Told], ...] = ()

    def told(self, language: str = "en") -> str:
        """The sentence in a language."""
        values = {
            name: value if isinstance(value, str) else value.told(language) for name, value in self.values
        }
        return messages()[self.key][language].format(**values)


@dataclass(frozen=True, slots=True)
class Listed:
    """Several sentences or words of ours, one after the other."""

    parts: tuple[Told, ...]

    def told(self, language: str = "en") -> str:
        """The parts in a language, with commas between."""
        return (", " if language == "en" else "、").join(part.told(language) for part in self.parts)


def roles(names: Iterable[str]) -> Listed:
    """What a claim has to say (place, indicator, ranking, period, value, unit), as words of each language."""
    return Listed(tuple(Message(f"role_{name}") for name in names))


def message(key: str, **values: object) -> Message:
    """A sentence of ours with values put in; those that are told in every language stay so."""
    return Message(
        key,
        tuple((name, value if hasattr(value, "told") else str(value)) for name, value in values.items()),
    )


@cache
def messages() -> dict[str, dict[str, str]]:
    """Every sentence of ours in every language."""
    found: dict[str, dict[str, str]] = json.loads(
        (Path(__file__).parent / "messages.json").read_text("utf-8")
    )
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """An observation (or a ranking claim) that a claim was compared with; `agrees` is None where that is open."""

    iri: str
    value: Decimal | None
    unit: str
    period: str
    status: str
    source: str
    agrees: bool | None
    shown: str = ""


@dataclass
class Answer:
    """What was found about one claim.

    `claim` is the claim as understood. `difference` is how far it is from the nearest observation compared
    (from the nearest that differs, where only some do), in the claim's unit, and in parts of the observed value.
    """

    verdict: Verdict
    claim: dict[str, Any]
    compared: list[Compared] = field(default_factory=list)
    rule: Message | None = None
    reason: Told | None = None
    difference: dict[str, Any] | None = None
    likely_error: dict[str, Any] | None = None
    likely: Message | None = None
    candidates: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    evidence: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def off(self) -> Message | None:
        """How far a figure that is refuted or disputed is from what it was compared with, as a sentence."""
        told = self.difference
        if told is None or self.verdict not in (Verdict.REFUTED, Verdict.DISPUTED):
            return None
        if "computed" in told:
            ends = {name: f"{told[name]:,.6g}" for name in ("computed", "least", "greatest")}
            return message("computed", quantity=Message(f"quantity_{_slug(told['quantity'])}"), **ends)
        if not told["value"] or told["relative"] is None:
            return None
        return message("off", value=f"{told['value']:+,.15g}", relative=f"{100 * told['relative']:+,.3g}")

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """The answer as plain values."""
        likely = None
        if self.likely_error is not None:
            likely = {**self.likely_error, "words": self.likely.told(language) if self.likely else ""}
        return {
            "verdict": self.verdict.value,
            "claim": self.claim,
            "observations": [self._observation(one) for one in self.compared],
            "rule": self.rule.told(language) if self.rule else None,
            "reason": self.reason.told(language) if self.reason else None,
            "difference": self.difference,
            "likely_error": likely,
            "missing": self.missing,
            "candidates": self.candidates,
        }

    def _observation(self, one: Compared) -> dict[str, Any]:
        return {
            "iri": one.iri,
            "value": number(one.value),
            "unit": one.unit or None,
            "stated": one.shown,
            "period": one.period,
            "status": one.status,
            "source": one.source,
            "source_title": self.titles.get(one.source, ""),
            "agrees": one.agrees,
            "evidence": self.evidence.get(one.iri, []),
        }


def _slug(name: str) -> str:
    return name.replace(" ", "_")


def number(value: Decimal | None) -> int | float | None:
    """A decimal as a number of JSON: whole where it is whole."""
    if value is None:
        return None
    if value == value.to_integral_value():
        return int(value)
    return float(value)
