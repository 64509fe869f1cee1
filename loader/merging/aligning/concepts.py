"""Indicators: ours where the mapping, a person or the very same label says so; else new ones.

Similar words never make two indicators one: what is counted, by whom, and of which side, is in the words
that differ. Similar ones are listed for a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Triple

from innograph.loader.merging.aligning.known import Known
from innograph.loader.merging.aligning.matches import (
    ACCEPTED,
    CERTAIN,
    INDICATOR,
    NEW,
    UNCERTAIN,
    Candidate,
    Match,
    Unmatched,
)
from innograph.loader.merging.records import Name, NewIndicator
from innograph.ontology.figures.names import EQUAL, Index, language_of, normalized, slug
from innograph.ontology.figures.units import Unit
from innograph.ontology.namespaces import DCTERMS, QUDT, RDF, SKOS, Names


@dataclass
class Concepts:
    """Matches the indicators of one source. `declared` are those that the mapping describes, by label."""

    known: Known
    names: Names
    source: str
    declared: Mapping[str, NewIndicator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._labels: Index[str] = Index()
        self._by_match: dict[str, str] = {}
        for iri, said in self.known.indicators.items():
            for predicate in (SKOS.prefLabel, SKOS.altLabel):
                for text in said.get(predicate, ()):
                    self._labels.add(text.value, iri)
            for match in said.get(SKOS.exactMatch, ()):
                self._by_match.setdefault(match.value, iri)
        self._used: set[str] = set()
        self._new: dict[str, tuple[str, NewIndicator]] = {}
        self._units: dict[str, dict[str, Unit]] = defaultdict(dict)

    def match(self, name: Name, decided: str | None = None, close: tuple[str, ...] = ()) -> Match | Unmatched:
        """The indicator of a name.

        `decided` is what a person answered: an IRI, or "" for a new one, which may be `close` to others.
        """
        if not name.label and not name.identifiers:
            return Unmatched("the row names no indicator", "name one in the mapping", "indicator")
        for scheme, value in name.identifiers:
            iri = self._own(value) if scheme == "innograph" else value
            iri = iri if iri in self.known.indicators else self._by_match.get(iri, "")
            if iri:
                return self._use(name, iri, "mapping" if scheme == "innograph" else scheme, 1.0, CERTAIN)
            if scheme == "innograph" and name.label not in self.declared:
                return Unmatched(
                    f"the mapping says that {name.label!r} is {value}, which is no indicator of the graph",
                    "name one of the graph (innograph query, or the site's list), or describe a new one",
                    "indicator",
                )
        if name.label in self.declared:
            return self._declare(name, self.declared[name.label], "mapping")
        if decided:
            iri = self._own(decided)
            if iri not in self.known.indicators:
                return Unmatched(
                    f"the review says that {name.label!r} is {decided}, which is no indicator of the graph",
                    "give the IRI of an indicator of the graph, or leave the line as it was proposed",
                    "indicator",
                )
            return self._use(name, iri, "review", 1.0, ACCEPTED)
        found = self._labels.find(name.label) if decided is None else []
        exact = [hit for hit in found if hit.score == EQUAL]
        if len(exact) == 1:
            return self._use(name, exact[0].thing, "label", EQUAL, CERTAIN)
        near = [*found, *(self._labels.near(name.label, least=0.6) if decided is None else ())]
        candidates = {
            hit.thing: Candidate(hit.thing, self.label(hit.thing), hit.score, hit.label)
            for hit in reversed(near)
        }
        best = sorted(candidates.values(), key=lambda candidate: -candidate.score)[:5]
        return self._declare(
            name, NewIndicator((), close=close), "review" if decided == "" else "new", tuple(best)
        )

    def label(self, iri: str) -> str:
        """The label of an indicator, English first."""
        if iri in self._new:
            return self._new[iri][0]
        texts = [t for t in self.known.indicators[iri].get(SKOS.prefLabel, ()) if isinstance(t, Literal)]
        return next((t.value for t in texts if t.language == "en"), texts[0].value if texts else iri)

    def measured(self, iri: str, unit: Unit) -> Unmatched | None:
        """Note the unit of an indicator's figures; why it does not fit, if so.

        A unit fits an indicator of ours when it converts to one of its units, or both are money.
        """
        if unit.iri in self._units[iri]:
            return None
        allowed = self._allowed(iri)
        units = self.known.units
        if allowed and not any(units.convertible(unit, a) or (unit.currency and a.currency) for a in allowed):
            wanted = " or ".join(sorted(a.label() for a in allowed))
            return Unmatched(
                f"{self.label(iri)!r} is measured in {wanted}: figures in {unit.label()} do not fit it",
                "name the right unit in the mapping, or describe a new indicator for this one",
                "unit",
            )
        self._units[iri][unit.iri] = unit
        return None

    def conversions(self) -> Iterator[tuple[Unit, Unit]]:
        """The stated units that convert into another unit of their indicator, and these."""
        for iri, units in sorted(self._units.items()):
            for unit in units.values():
                for into in self._allowed(iri):
                    if unit.iri != into.iri and self.known.units.convertible(unit, into):
                        yield unit, into

    def minted(self) -> Iterator[Triple]:
        """The descriptions of indicators that the source's graph must hold, with the units of their figures."""
        for iri, (label, new) in sorted(self._new.items()):
            yield from self._triples(NamedNode(iri), label, new)
        for iri, units in sorted(self._units.items()):
            # Also of ours: its figures may be in this unit too, as far as this source goes.
            yield from (Triple(NamedNode(iri), QUDT.hasUnit, NamedNode(unit)) for unit in sorted(units))
        yield from self.known.again(self._used)

    def _own(self, value: str) -> str:
        if value.startswith(("http://", "https://")):
            return value
        return self.names.iri(value if "/" in value else f"indicator/{value}").value

    def _allowed(self, iri: str) -> list[Unit]:
        terms = self.known.indicators.get(iri, {}).get(QUDT.hasUnit, ())
        return [unit for term in terms if (unit := self.known.units.by_iri(term.value)) is not None]

    def _use(self, name: Name, iri: str, how: str, score: float, certainty: str) -> Match:
        self._used.add(iri)
        return Match(INDICATOR, name, iri, self.label(iri), how, score, certainty)

    def _declare(
        self, name: Name, new: NewIndicator, how: str, candidates: tuple[Candidate, ...] = ()
    ) -> Match | Unmatched:
        labels = new.labels or ((name.language or language_of(name.label), name.label),)
        label = dict(labels).get("en") or labels[0][1]
        iri = self.names.iri(f"indicator/{new.slug or slug(label)}").value
        if self.known.exists(iri) and not self._is(iri, labels):
            iri = f"{iri}-in-{self.source}"
        if iri in self._new and self._new[iri][1].labels != labels:
            return Unmatched(
                f"two indicators would be named {iri}: {self._new[iri][0]!r} and {label!r}",
                "give one of them another slug in the mapping",
                "indicator",
            )
        clash = [
            hit
            for _, text in labels
            for hit in self._labels.find(text)
            if hit.score == EQUAL and hit.thing != iri
        ]
        if clash and new.labels:
            return Unmatched(
                f"the mapping describes {label!r} as new, but {clash[0].thing} has this label",
                "say that it is that one, or give the new one a label that tells them apart",
                "indicator",
            )
        self._new[iri] = (label, NewIndicator(labels, new.definitions, new.kind, new.close, new.exact))
        certainty = CERTAIN if new.labels else (UNCERTAIN if candidates else NEW)
        best = max((candidate.score for candidate in candidates), default=1.0 if new.labels else 0.0)
        return Match(INDICATOR, name, iri, label, how, best, certainty, candidates)

    def _is(self, iri: str, labels: tuple[tuple[str, str], ...]) -> bool:
        """Whether an indicator in the graph is described by these labels: another merge declared it too."""
        said = self.known.indicators.get(iri, {})
        known = {
            (t.language, normalized(t.value)) for t in said.get(SKOS.prefLabel, ()) if isinstance(t, Literal)
        }
        return known == {(language, normalized(text)) for language, text in labels}

    def _triples(self, this: NamedNode, label: str, new: NewIndicator) -> Iterator[Triple]:
        scheme = self.names.iri("scheme/indicators")
        yield Triple(this, RDF.type, SKOS.Concept)
        yield Triple(this, SKOS.inScheme, scheme)
        for language, text in new.labels:
            yield Triple(this, SKOS.prefLabel, Literal(text, language=language))
        for language, text in new.definitions:
            yield Triple(this, SKOS.definition, Literal(text, language=language))
        if "en" not in dict(new.definitions):
            told = f"What its sources call “{label}”. What exactly is counted is up to the source."
            yield Triple(this, SKOS.definition, Literal(told, language="en"))
        if new.kind:
            yield Triple(this, DCTERMS.type, self.names.iri(f"indicator-kind/{new.kind}"))
        for predicate, values in ((SKOS.closeMatch, new.close), (SKOS.exactMatch, new.exact)):
            for value in values:
                yield Triple(this, predicate, NamedNode(self._own(value)))
