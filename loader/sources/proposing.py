"""What the rules for sentences find in a new text, as rows to accept: none is accepted by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import Quad, Store

from innograph.loader.sources.drafting import Proposal
from innograph.loader.turtle import read_turtle
from innograph.ontology.figures.sentences.described import described, lexicon, unit_of
from innograph.ontology.figures.sentences.lexicon import Lexicon
from innograph.ontology.figures.sentences.reading import read
from innograph.ontology.figures.sentences.records import FigureClaim, NotUnderstood
from innograph.ontology.figures.units import Units
from innograph.ontology.namespaces import UNIT, Names


@dataclass(frozen=True, slots=True)
class Proposed:
    """Rows to accept, what else claims something, and numbers that no rule understands: (start, words, why)."""

    rows: tuple[Proposal, ...]
    further: int
    open: tuple[tuple[int, str, str], ...]


def propose(text: str, data: Path, names: Names) -> Proposed:
    """Read a text with the names of the reference data in a data folder.

    Raises:
        InputError: reference data that cannot be read.
    """
    reference = [
        t for path in sorted((data / "reference").glob("*.ttl")) for t in read_turtle(path, names.base)
    ]
    store = Store()
    store.extend(Quad(triple.subject, triple.predicate, triple.object) for triple in reference)

    def select(query: str) -> list[dict[str, Any]]:
        solutions: Any = store.query(query)
        return [{v.value: solution[v] for v in solutions.variables} for solution in solutions]

    units = Units.of(reference, names)
    known = lexicon(described(select, names), units)
    rows: list[Proposal] = []
    further = 0
    unread: list[tuple[int, str, str]] = []
    for found in read(text, known).found:
        if isinstance(found, NotUnderstood):
            unread.append((found.start, found.words, str(found.why)))
        elif isinstance(found, FigureClaim) and _plain(found):
            rows.append(_row(found, text, known, units, names))
        else:
            further += 1
    return Proposed(tuple(rows), further, tuple(unread))


def _plain(claim: FigureClaim) -> bool:
    """Whether a claim states one number as a fact: no denial, no question, no range."""
    return not (claim.told.negated or claim.told.question or claim.amount.upper is not None)


def _row(claim: FigureClaim, text: str, known: Lexicon, units: Units, names: Names) -> Proposal:
    """A claim as a row of an observation table; what is not certain stays empty."""
    amount, indicator = claim.amount, claim.indicator.iri
    own = [u for iri in (known.things[indicator].units if indicator else ()) if (u := units.by_iri(iri))]
    unit, _ = unit_of(amount, own, claim.per, units)
    return Proposal(
        city=_slug(claim.place.iri, "city/", names),
        indicator=_slug(indicator, "indicator/", names),
        period=claim.period,
        value=amount.digits,
        unit=_unit_name(unit.iri, names) if unit else "",
        multiplier=amount.multiplier,
        anchors=tuple(dict.fromkeys((s.start, s.end, text[s.start : s.end]) for s in claim.anchors)),
        sentence=text[claim.start : claim.end],
    )


def _slug(iri: str, kind: str, names: Names) -> str:
    path = names.relative(iri) or ""
    return path.removeprefix(kind) if path.startswith(kind) else ""


def _unit_name(iri: str, names: Names) -> str:
    local = iri.removeprefix(str(UNIT))
    return _slug(iri, "unit/", names) if local == iri else f"unit:{local}"
