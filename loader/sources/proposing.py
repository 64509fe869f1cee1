"""What the rules for sentences find in a new text, as rows to accept: none is accepted by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from innograph.loader.sources.drafting import Proposal
from innograph.loader.turtle import read_turtle
from innograph.ontology.figures.sentences import rates
from innograph.ontology.figures.sentences.lexicon import INDICATOR, PLACE, Lexicon, Thing
from innograph.ontology.figures.sentences.reading import read
from innograph.ontology.figures.sentences.records import FigureClaim, NotUnderstood
from innograph.ontology.figures.sentences.text import fold
from innograph.ontology.figures.units import Unit, Units
from innograph.ontology.namespaces import QUDT, RDF, RDFS, SCHEMA, SKOS, UNIT, Names

_LABELS = (SKOS.prefLabel, RDFS.label, SCHEMA.name, SKOS.altLabel)
_PLACES = (SCHEMA.City, SCHEMA.AdministrativeArea)


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
    known = _Known(reference, names)
    rows: list[Proposal] = []
    further = 0
    unread: list[tuple[int, str, str]] = []
    for found in read(text, known.lexicon).found:
        if isinstance(found, NotUnderstood):
            why = ": ".join(filter(None, (found.why.key.replace("-", " "), found.why.words)))
            unread.append((found.start, found.words, why))
        elif isinstance(found, FigureClaim) and not (found.told.negated or found.told.question):
            rows.append(known.row(found, text))
        else:
            further += 1
    return Proposed(tuple(rows), further, tuple(unread))


class _Known:
    """The places, indicators and units of the reference data."""

    def __init__(self, triples: list[Triple], names: Names) -> None:
        self.names = names
        self.units = Units.of(triples, names)
        self.units_of: dict[str, list[str]] = {}
        labels: dict[str, list[tuple[str, str]]] = {}
        kinds: dict[str, str] = {}
        scheme = names.iri("scheme/indicators")
        for triple in sorted(triples, key=_preferred):
            subject, value = triple.subject, triple.object
            if not isinstance(subject, NamedNode):
                continue
            if triple.predicate in _LABELS and isinstance(value, Literal):
                labels.setdefault(subject.value, []).append((value.value, value.language or ""))
            elif triple.predicate == RDF.type and value in _PLACES:
                kinds[subject.value] = PLACE
            elif triple.predicate == SKOS.inScheme and value == scheme:
                kinds[subject.value] = INDICATOR
            elif triple.predicate == QUDT.hasUnit and isinstance(value, NamedNode):
                self.units_of.setdefault(subject.value, []).append(value.value)
        things = (self._thing(iri, kind, labels.get(iri, [])) for iri, kind in kinds.items())
        self.lexicon = Lexicon.of(things, {})

    def row(self, claim: FigureClaim, text: str) -> Proposal:
        """A claim as a row of an observation table."""
        amount = claim.amount
        return Proposal(
            city=self._slug(claim.place.iri, "city"),
            indicator=self._slug(claim.indicator.iri, "indicator"),
            period=claim.period,
            value=amount.digits,
            unit=self._unit(claim),
            multiplier=amount.multiplier,
            anchors=tuple(dict.fromkeys(_anchors(claim, text))),
            sentence=text[claim.start : claim.end],
        )

    def _thing(self, iri: str, kind: str, labels: list[tuple[str, str]]) -> Thing:
        units = [unit for name in self.units_of.get(iri, ()) if (unit := self.units.by_iri(name))]
        return Thing(
            iri,
            kind,
            tuple(dict.fromkeys(labels)),
            money=any(unit.currency for unit in units),
            percent=any(unit.iri.endswith("/PERCENT") for unit in units),
            unit_rate=next((rate for unit in units if (rate := _rate(unit))), None),
        )

    def _slug(self, iri: str, kind: str) -> str:
        path = self.names.relative(iri) or ""
        return path.removeprefix(f"{kind}/") if path.startswith(f"{kind}/") else ""

    def _unit(self, claim: FigureClaim) -> str:
        """The currency that is stated, else the unit of the indicator where it has one only."""
        codes = [unit.iri for code in claim.amount.units if (unit := self.units.currency(code))]
        found = codes or self.units_of.get(claim.indicator.iri, [])
        if len(found) != 1:
            return ""
        local = found[0].removeprefix(str(UNIT))
        return self._slug(found[0], "unit") if local == found[0] else f"unit:{local}"


def _anchors(claim: FigureClaim, text: str) -> Iterator[tuple[int, int, str]]:
    """The figure with its unit, the words for the indicator, and those for the period."""
    amount = claim.amount
    yield amount.start, amount.end, text[amount.start : amount.end]
    for words in (claim.indicator.words, claim.period_words):
        start = text.find(words, claim.start, claim.end) if words else -1
        if words and start < 0:  # carried over from before
            start = text.rfind(words, 0, claim.end)
        if start >= 0:
            yield start, start + len(words), words


def _preferred(triple: Triple) -> int:
    """The place of a label among a thing's labels."""
    return _LABELS.index(triple.predicate) if triple.predicate in _LABELS else 0


def _rate(unit: Unit) -> tuple[str, int] | None:
    """The denominator that a unit's English label tells: ("person", 10000) of "per 10,000 people"."""
    found: Iterable[rates.Rate] = rates.scan(fold(unit.label()), 0, len(unit.label()))
    return next(((rate.of, rate.amount) for rate in found), None)
