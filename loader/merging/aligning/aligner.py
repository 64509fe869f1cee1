"""The third step of a merge: what a file states in its own words, in our terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pyoxigraph import Literal, Store, Triple

from innograph.loader.merging.aligning.concepts import Concepts
from innograph.loader.merging.aligning.gazetteer import Gazetteer
from innograph.loader.merging.aligning.known import Known
from innograph.loader.merging.aligning.matches import INDICATOR, PLACE, UNIT, Conversion, Match, Unmatched
from innograph.loader.merging.aligning.measures import Measures
from innograph.loader.merging.aligning.places import Places
from innograph.loader.merging.aligning.rates import Rates
from innograph.loader.merging.aligning.review import Decision, Review
from innograph.loader.merging.records import Aligned, Name, NewIndicator, Refused, Stated
from innograph.ontology.figures.periods import Period, parse_period
from innograph.ontology.namespaces import Names

_Settled = tuple[str, str, int]  # indicator, unit, power of ten


class Aligner:
    """Aligns the observations of one source. Each distinct name is matched once.

    Args:
        store: the release that is merged into (or a draft of the next one).
        names: the deployment's names.
        source: the slug of the source; what its own graph says from an earlier merge is not looked at, so
            that the same file gives the same result again.
        review: the file of a person's answers; read now, written by `write_review`.
        declared: the indicators that the mapping describes as new, by the label that rows have.
        gazetteer: one that is loaded already, for whoever aligns several sources.
        rates: the `[rates]` section of the mapping, and the folders in which its file is looked for.

    Raises:
        InputError: the review file or the series of rates cannot be understood; every line is named.
    """

    def __init__(
        self,
        store: Store,
        names: Names,
        source: str,
        *,
        review: Path | None = None,
        declared: Mapping[str, NewIndicator] | None = None,
        gazetteer: Gazetteer | None = None,
        rates: tuple[Mapping[str, object], Sequence[Path]] | None = None,
    ) -> None:
        self.names = names
        self._path = review
        self._review = Review.read(review, names, source) if review else Review(names, source)
        known = Known(store, names, source)
        gazetteer = gazetteer or Gazetteer(names)
        self.source = source
        self.rates = Rates.read(*rates, gazetteer) if rates and rates[0] else None
        self._money: set[tuple[str, str]] = set()  # currencies and periods of the figures
        self._places = Places(known, names, source, gazetteer)
        self._concepts = Concepts(known, names, source, declared or {})
        self._measures = Measures(known, names, source)
        self._matched: dict[tuple[str, Name], Match | Unmatched] = {}
        self._place_iris: dict[Name, str | Unmatched] = {}
        self._settled: dict[tuple[Name, Name], _Settled | Unmatched] = {}
        self._periods: dict[str, str | Unmatched] = {}
        self._texts: dict[str, str] = {}
        self._intervals: dict[str, Period] = {}

    def align(self, stated: Stated) -> Aligned | Refused:
        """One observation in our terms, or why it cannot be."""
        place = self._place_iris.get(stated.place)
        if place is None:
            place = self._place_iris[stated.place] = self._iri(PLACE, stated.place)
        pair = (stated.indicator, stated.unit)
        settled = self._settled.get(pair)
        if settled is None:
            settled = self._settled[pair] = self._settle(*pair)
        period = self._periods.get(stated.period)
        if period is None:
            period = self._periods[stated.period] = self._period(stated.period)
        if isinstance(place, str) and isinstance(settled, tuple) and isinstance(period, str):
            indicator, unit, power = settled
            if self.rates is not None and (currency := self._measures.units[unit].currency):
                self._money.add((currency, stated.period))
            return Aligned(
                place,
                indicator,
                unit,
                period,
                stated.table,
                stated.row,
                stated.digits,
                stated.multiplier + power,
                stated.status,
                stated.note,
            )
        why = next(part for part in (place, settled, period) if isinstance(part, Unmatched))
        return Refused(stated.table, stated.row, why.reason, why.mend, column=why.column)

    def matches(self) -> list[Match]:
        """What became of each distinct name: places, then indicators, then units, in the file's order."""
        found = [match for match in self._matched.values() if isinstance(match, Match)]
        return sorted(found, key=lambda match: (PLACE, INDICATOR, UNIT).index(match.kind))

    def conversions(self) -> list[Conversion]:
        """How the units of the file compare with those of the graph, and the powers of ten in their words."""
        units = self._measures.units
        into: dict[str, list[tuple[str, str]]] = {}
        for unit, other in self._concepts.conversions():
            factor = (
                f"{self._measures.known.units.factor(unit, other):f}" if unit.offset == other.offset else ""
            )
            into.setdefault(unit.iri, []).append((other.iri, factor))
        found = []
        for match in self.matches():
            if match.kind == UNIT:
                others = into.get(match.iri, [(match.iri, "1")] if match.power else [])
                found += [
                    Conversion(match.name.label, units[match.iri].iri, match.power, other, factor)
                    for other, factor in others
                ]
        return list(dict.fromkeys(found))

    def minted(self) -> list[Triple]:
        """The triples that the source's graph needs beside its observations, each once, in stable order."""
        found: dict[Triple, None] = {}
        for part in (self._places, self._concepts, self._measures):
            found.update(dict.fromkeys(part.minted()))
        for _, period in sorted(self._intervals.items()):
            found.update(dict.fromkeys(period.triples(self.names)))
        if self.rates is not None:
            texts = {(currency, self._texts.get(period, period)) for currency, period in self._money}
            found.update(dict.fromkeys(self.rates.triples(texts, self.source, self.names)))
        return sorted(found, key=str)

    def write_review(self) -> bool:
        """Write what is uncertain into the review file, if there is one to write; whether it changed."""
        return self._review.write(self._path, self.matches()) if self._path else False

    def _iri(self, kind: str, name: Name) -> str | Unmatched:
        match = self._match(kind, name)
        return match.iri if isinstance(match, Match) else match

    def _match(self, kind: str, name: Name) -> Match | Unmatched:
        key = (kind, name)
        if key not in self._matched:
            decision = self._review.decision(kind, name)
            self._matched[key] = self._matched_by(kind, name, decision)
        return self._matched[key]

    def _matched_by(self, kind: str, name: Name, decision: Decision | None) -> Match | Unmatched:
        decided = decision.object if decision else None
        if kind == PLACE:
            return self._places.match(name, decided)
        if kind == UNIT:
            return self._measures.match(name, decided)
        return self._concepts.match(name, decided, decision.close if decision else ())

    def _settle(self, indicator: Name, unit: Name) -> _Settled | Unmatched:
        concept, measure = self._match(INDICATOR, indicator), self._match(UNIT, unit)
        if isinstance(concept, Unmatched):
            return concept
        if isinstance(measure, Unmatched):
            return measure
        wrong = self._concepts.measured(concept.iri, self._measures.units[measure.iri])
        return wrong or (concept.iri, measure.iri, measure.power)

    def _period(self, text: str) -> str | Unmatched:
        try:
            period = parse_period(text)
        except ValueError as error:
            reason, _, mend = str(error).partition(": ")
            return Unmatched(reason, mend or "write a year, a month or a day", "period")
        self._texts[text] = period.text
        term = period.term(self.names)
        if isinstance(term, Literal):
            return term.value
        self._intervals[term.value] = period
        return term.value
