"""Observations that a text may state, proposed as rows of `observations.csv` for a person to accept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from innograph.ontology.figures.sentences.described import unit_of
from innograph.ontology.figures.sentences.lexicon import Lexicon
from innograph.ontology.figures.sentences.reading import read
from innograph.ontology.figures.sentences.records import FigureClaim, Found
from innograph.ontology.figures.units import Units
from innograph.ontology.namespaces import UNIT, Names


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row that is proposed, by column; `doubts` tell what a person must decide before it can be accepted."""

    row: dict[str, str]
    claim: FigureClaim
    doubts: tuple[str, ...] = ()


def propose(text: str, lexicon: Lexicon, units: Units, names: Names) -> tuple[list[Proposal], list[Found]]:
    """The observations that a text may state, and the rest of what was read in it.

    Rows have the columns of `observations.csv`: lists in a cell are separated by `|`, offsets are code
    points. Nothing is certain about a row until a person has read its words.
    """
    proposals, rest = [], []
    for claim in read(text, lexicon).found:
        proposal = _proposal(claim, text, lexicon, units, names) if isinstance(claim, FigureClaim) else None
        if proposal is None:
            rest.append(claim)
        else:
            proposals.append(proposal)
    return proposals, rest


def _proposal(claim: FigureClaim, text: str, lexicon: Lexicon, units: Units, names: Names) -> Proposal | None:
    indicator = claim.indicator.iri
    if not indicator or claim.told.negated:
        return None
    own = [unit for iri in lexicon.things[indicator].units if (unit := units.by_iri(iri))]
    unit, _ = unit_of(claim.amount, own, claim.per, units)
    anchors = sorted(claim.anchors, key=lambda span: (span.start, span.end))
    row = {
        "city": _slug(claim.place.iri, "city/", names),
        "indicator": _slug(indicator, "indicator/", names),
        "period": claim.period,
        "value": claim.amount.digits,
        "unit": _unit_name(unit.iri, names) if unit else "",
        "multiplier": str(claim.amount.multiplier),
        "status": "A",
        "quote": "|".join(text[span.start : span.end] for span in anchors),
        "start": "|".join(str(span.start) for span in anchors),
        "end": "|".join(str(span.end) for span in anchors),
        "not_stated": "",
    }
    return Proposal(row, claim, tuple(_doubts(claim, row)))


def _doubts(claim: FigureClaim, row: dict[str, str]) -> Iterator[str]:
    if not row["city"]:
        yield f"the place is not certain: {claim.place.missing or claim.place.words}"
    elif claim.place.carried:
        yield f"the place “{claim.place.words}” is named in an earlier sentence"
    for column in ("period", "unit"):
        if not row[column]:
            yield f"no {column} is stated"
    if claim.amount.comparator != "is":
        yield f"the text says “{claim.amount.comparator}”: is this a figure, or only a bound?"
    if claim.told.quoted or claim.told.reported:
        yield "somebody else is quoted as saying this: is the source's author its claimant?"
    if "|" in claim.indicator.words:
        yield "the words hold a “|”, which separates lists in a cell"


def _slug(iri: str, kind: str, names: Names) -> str:
    return (names.relative(iri) or iri).removeprefix(kind) if iri else ""


def _unit_name(iri: str, names: Names) -> str:
    if iri.startswith(str(UNIT)):
        return f"unit:{iri.removeprefix(str(UNIT))}"
    return (names.relative(iri) or iri).removeprefix("unit/")
