"""One claim against the graph: what it is about, which observations tell of that, and whether they agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Any

from pyoxigraph import NamedNode

from innograph.ontology.figures.periods import parse_period
from innograph.ontology.figures.precision import Figure, agree
from innograph.ontology.figures.sentences.described import unit_of
from innograph.ontology.figures.sentences.hedges import Comparator
from innograph.ontology.figures.sentences.quantities import COUNT, Amount
from innograph.ontology.figures.sentences.records import (
    FigureClaim,
    GrowthClaim,
    Named,
    NotUnderstood,
    RankClaim,
)
from innograph.ontology.figures.sentences.records import Found as FoundClaim
from innograph.ontology.figures.units import Unit
from innograph.server.engine import Snapshot, Term
from innograph.server.pages.reading import Words
from innograph.server.verifying import likely, ranges
from innograph.server.verifying import series as reading
from innograph.server.verifying.answers import (
    Answer,
    Compared,
    Message,
    Told,
    Verdict,
    message,
    number,
    roles,
)
from innograph.server.verifying.knowledge import Knowledge
from innograph.server.verifying.series import Observation

SHOWN = 12  # observations told of one claim
CANDIDATES = 8
_RATIO = Context(prec=28)
_TOGETHER = 200  # observations whose evidence is asked at once


@dataclass
class Judge:
    """Judges claims by one release. Series that were read are kept, so that many claims cost few questions."""

    snapshot: Snapshot
    known: Knowledge

    def __post_init__(self) -> None:
        self._series: dict[tuple[str, str], list[Observation]] = {}
        self._periods: dict[tuple[str, str], list[Observation]] = {}

    def judge(self, claim: FoundClaim, text: str = "") -> Answer:
        """The answer to one claim, to be finished; `text` is what its offsets count in, if it is of a text."""
        from innograph.server.verifying import growing, ranking

        if isinstance(claim, NotUnderstood):
            content = {"kind": "not understood", "words": claim.words, "start": claim.start, "end": claim.end}
            return Answer(
                Verdict.TOO_VAGUE,
                content,
                reason=claim.why,
            )
        indicator = "" if isinstance(claim, RankClaim) else claim.indicator.iri
        claim = replace(claim, place=self._level(claim.place, indicator))
        if isinstance(claim, GrowthClaim):
            return growing.judge(self, claim, self.understood(claim, text))
        if isinstance(claim, RankClaim):
            return ranking.judge(self, claim, self.understood(claim, text))
        return self._figure(claim, self.understood(claim, text))

    def _level(self, place: Named, indicator: str) -> Named:
        """A place whose name its area and its settlement share: that of which there are such figures.

        Where there are such figures of both, the name stays ambiguous; where of neither, the area is meant.
        """
        areas = {self.known.levels.get(iri, iri) for iri in place.iris}
        if len(place.iris) < 2 or len(areas) > 1 or not place.certain:
            return place
        having = [iri for iri in place.iris if indicator and self.series(iri, indicator)]
        if len(having) > 1:
            return place
        return replace(place, iris=tuple(having or areas))

    def series(self, place: str, indicator: str) -> list[Observation]:
        """The observations of a series, read once."""
        key = (place, indicator)
        if key not in self._series:
            self._series[key] = reading.series(self.snapshot, self.known, place, indicator)
        return self._series[key]

    def _neighbours(self, place: str, indicator: str, period: str) -> list[Observation]:
        """What other indicators say of the same place and period, those near in meaning first."""
        key = (place, period)
        if key not in self._periods:
            term = self._term(period)
            found = reading.of_period(self.snapshot, self.known, place, term) if term is not None else []
            self._periods[key] = found
        own = set(self.known.equals(indicator))
        near = self.known.near.get(indicator, set())
        others = [one for one in self._periods[key] if one.indicator not in own]
        return sorted(others, key=lambda one: one.indicator not in near)

    def _term(self, period: str) -> Term | None:
        try:
            return parse_period(period).term(self.known.names)
        except ValueError:
            path = self.known.names.base + f"period/{period}"
            return NamedNode(path) if period.isascii() and " " not in period else None

    def understood(self, claim: FigureClaim | GrowthClaim | RankClaim, text: str) -> dict[str, Any]:
        """A claim as understood: identifiers, and for a text also its words and offsets."""
        content: dict[str, Any] = {
            "kind": {FigureClaim: "figure", GrowthClaim: "growth", RankClaim: "ranking"}[type(claim)],
            "place": claim.place.iri or None,
            "place_words": claim.place.words or None,
        }
        if claim.place.carried:
            content["place_carried"] = True
        if not isinstance(claim, RankClaim):
            content |= {
                "indicator": claim.indicator.iri or None,
                "indicator_words": claim.indicator.words or None,
            }
        for name in ("negated", "quoted", "question"):
            if getattr(claim.told, name):
                content[name] = True
        if claim.told.reported:
            content["reported"] = claim.told.reported
        if text:
            content |= {"words": text[claim.start : claim.end], "start": claim.start, "end": claim.end}
        return content

    def unclear(self, content: dict[str, Any], named: dict[str, Named]) -> Answer | None:
        """The answer where a name is unknown, or where it is not certain which thing is meant; else None."""
        for role, name in named.items():
            if name.unknown:
                return Answer(
                    Verdict.NOT_IN_GRAPH,
                    content,
                    reason=message(f"unknown_{role}", words=name.words),
                    candidates=self._near(role, name),
                )
        missing, candidates = [], {}
        reason: Told | None = None
        for role, name in named.items():
            if not name.iri:
                missing.append(role)
                if name.iris:
                    candidates[role] = [self._candidate(iri) for iri in name.iris[:CANDIDATES]]
                    key = (
                        "qualified"
                        if name.missing == "another statistic"
                        else "partly"
                        if name.missing
                        else "ambiguous"
                    )
                    if not name.certain and not name.missing and len(name.iris) == 1:
                        key = "alike"
                    reason = reason or name.why or message(key, words=name.words, missing=name.missing)
                else:
                    reason = reason or name.why or message("missing_name", role=roles([role]))
        if not missing:
            return None
        return Answer(Verdict.TOO_VAGUE, content, reason=reason, candidates=candidates, missing=missing)

    def _near(self, role: str, name: Named) -> dict[str, list[dict[str, str]]]:
        index = self.known.indexes.get(role)
        found = index.near(name.words, CANDIDATES, 0.75) if index and name.words else []
        return {role: [self._candidate(hit.thing) for hit in found]} if found else {}

    def _candidate(self, iri: str) -> dict[str, str]:
        return {"iri": iri, "label": self.known.label(iri)}

    def _figure(self, claim: FigureClaim, content: dict[str, Any]) -> Answer:
        amount = claim.amount
        content |= {
            "period": claim.period or None,
            "period_words": claim.period_words or None,
            "value": number(amount.value),
            "unit": None,
            "comparator": amount.comparator.value,
            "digits": amount.digits,
            "multiplier": amount.multiplier,
        }
        if amount.upper is not None:
            content["value_to"] = number(amount.upper)
        unit, lacking = self.unit(amount, claim.indicator.iri, claim.per, ())
        content["unit"] = unit.iri if unit else None
        if answer := self.unclear(content, {"place": claim.place, "indicator": claim.indicator}):
            return answer
        found = self.series(claim.place.iri, claim.indicator.iri)
        unit, lacking = self.unit(amount, claim.indicator.iri, claim.per, found)
        content["unit"] = unit.iri if unit else None
        missing = [*([] if claim.period else ["period"]), *(["unit"] if lacking else [])]
        if missing:
            shown = [one for one in found if unit and self.comparable(one, unit)] if not lacking else []
            agreeing = [c for c in self.compared(claim, unit, shown) if c.agrees] if shown else []
            reason = message("missing", what=roles(missing))
            if claim.period_words and "period" in missing:
                two = len(re.findall(r"(?:19|20)\d\d", claim.period_words)) > 1
                reason = message("span_period" if two else "vague_period", words=claim.period_words)
            return Answer(Verdict.TOO_VAGUE, content, agreeing[:SHOWN], reason=reason, missing=missing)
        assert unit is not None or not lacking
        period, reason_ = self.period(claim.period, found)
        if reason_ is not None:
            return Answer(Verdict.TOO_VAGUE, content, reason=reason_, missing=["period"])
        content["period"] = period
        here = [one for one in found if one.period == period]
        return self._compare(claim, content, unit, period, here, found)

    def _compare(
        self,
        claim: FigureClaim,
        content: dict[str, Any],
        unit: Unit | None,
        period: str,
        here: list[Observation],
        found: list[Observation],
    ) -> Answer:
        figure = self.figure(claim.amount, unit)
        fitting = [one for one in here if self.comparable(one, unit)]
        answer = Answer(Verdict.NOT_IN_GRAPH, content)
        if not fitting:
            answer.compared = [self._shown(one, None) for one in here[:SHOWN]]
            periods = sorted({one.period for one in found})
            if here:
                answer.reason = message(
                    "not_comparable", unit=unit.label() if unit else "", other=self._units(here)
                )
                if unit and unit.currency:
                    answer.reason = message("no_conversion", unit=unit.currency, other=self._units(here))
                    answer.likely_error, answer.likely = self._currency(figure, here)
            elif found:
                answer.reason = message("no_period", period=period, periods=", ".join(periods[-12:]))
            else:
                answer.reason = message("no_series")
        else:
            answer.compared = self.compared(claim, unit, fitting)
            answer.verdict = verdict([one.agrees for one in answer.compared])
            answer.rule = self._rule(claim, unit)
            if claim.told.negated:
                answer.verdict = _OPPOSITE.get(answer.verdict, answer.verdict)
                answer.rule = message("rule_negated")
            if answer.verdict is Verdict.TOO_VAGUE:
                answer.reason = message("open")
            differing = {one.iri for one in answer.compared if one.agrees is False}
            told = [one for one in fitting if one.iri in differing]
            disputed = answer.verdict is Verdict.DISPUTED
            answer.difference = self._difference(
                figure, unit, told if disputed else fitting, claim.amount.upper
            )
        wrong = answer.verdict in (Verdict.REFUTED, Verdict.NOT_IN_GRAPH) and answer.likely_error is None
        if wrong and not claim.told.negated and claim.amount.upper is None:
            others = [one for one in found if one.period != period]
            near = self._neighbours(claim.place.iri, claim.indicator.iri, period)
            bare = claim.amount.kind in ("", COUNT)
            hedged = claim.amount.comparator is not Comparator.IS
            guess = likely.of_figure(
                figure, unit, period, fitting, others, near, self.known, bare=bare, hedged=hedged
            )
            if guess:
                answer.likely_error, answer.likely = guess
        return answer

    def _currency(
        self, figure: Figure, here: Sequence[Observation]
    ) -> tuple[dict[str, Any] | None, Message | None]:
        for one in here:
            if one.unit and one.unit.currency and agree(figure, one.figure()):
                return {"kind": "currency", "unit": one.unit_iri, "observation": one.iri}, message(
                    "likely_currency", currency=one.unit.currency
                )
        return None, None

    def figure(self, amount: Amount, unit: Unit | None) -> Figure:
        """A claimed number as a figure; a whole number of things without a multiplier is an exact count."""
        counts = unit is not None and "CountingUnit" in unit.classes
        return Figure(
            amount.digits,
            amount.multiplier,
            exact=counts and amount.multiplier == 0 and "." not in amount.digits,
        )

    def compared(self, claim: FigureClaim, unit: Unit | None, found: Sequence[Observation]) -> list[Compared]:
        """Each observation beside the claim."""
        figure = self.figure(claim.amount, unit)
        exact = claim.amount.comparator.value == "is"
        allowed = ranges.allowed(claim.amount, figure if exact else replace(figure, exact=False))
        return [self._shown(one, allowed.admits(one.figure(unit))) for one in found[: 4 * SHOWN]]

    def comparable(self, one: Observation, unit: Unit | None) -> bool:
        """Whether an observation converts to a unit."""
        if unit is None or one.unit is None:
            return unit is None and one.unit is None
        return self.known.units.convertible(one.unit, unit)

    def _shown(self, one: Observation, agrees: bool | None) -> Compared:
        power = f" × 10^{one.multiplier}" if one.multiplier else ""
        unit = one.unit.currency or one.unit.label() if one.unit else ""
        return Compared(
            one.iri,
            one.value,
            one.unit_iri,
            one.period,
            one.status,
            one.source,
            agrees,
            f"{one.digits}{power} {unit}".strip(),
        )

    shown = _shown

    def unit(
        self, amount: Amount, indicator: str, per: tuple[str, int] | None, found: Sequence[Observation]
    ) -> tuple[Unit | None, bool]:
        """The unit of a claimed number, and whether it is lacking."""
        own = [*self.known.units_of(indicator), *(one.unit for one in found if one.unit)]
        return unit_of(amount, own, per, self.known.units)

    def period(self, text: str, found: Sequence[Observation]) -> tuple[str, Message | None]:
        """A period in canonical words; a fiscal year without its start is that of the only one in the graph."""
        fiscal = sorted(
            {one.period for one in found if one.period.startswith("FY") and one.period.startswith(text)}
        )
        if text.startswith("FY"):
            if len(fiscal) == 1:
                return fiscal[0], None
            if text.count("-") >= 2:
                return text, None
            return text, message(
                "fiscal", period=text, periods=", ".join(fiscal) or f"{text}-04, {text}-10 …"
            )
        try:
            return parse_period(text).text, None
        except ValueError as error:
            return text, message("bad_period", words=str(error))

    def _units(self, found: Sequence[Observation]) -> str:
        return ", ".join(
            sorted({one.unit.currency or one.unit.label() if one.unit else one.unit_iri for one in found})
        )

    def _rule(self, claim: FigureClaim, unit: Unit | None) -> Message:
        amount = claim.amount
        name = amount.comparator.value.replace(" ", "_")
        figure = self.figure(amount, unit)
        if name == "is":
            low, high = figure.interval
            if figure.exact:
                return message("rule_exact")
            return message("rule_is", low=plain(low), high=plain(high))
        allowed = ranges.allowed(amount, replace(figure, exact=False))
        return message(
            f"rule_{name}", value=plain(figure.value), low=plain(allowed.low), high=plain(allowed.high)
        )

    def _difference(
        self, figure: Figure, unit: Unit | None, found: Sequence[Observation], upper: Decimal | None
    ) -> dict[str, Any]:
        """How far a claim is from the nearest observation; of a range its nearer end, 0 within it."""

        def off(one: Observation) -> Decimal:
            value = one.figure(unit).value
            if upper is None:
                return figure.value - value
            return min(max(value, figure.value), upper) - value

        nearest = min(found, key=lambda one: abs(off(one)))
        observed, difference = nearest.figure(unit), off(nearest)
        relative = None if not observed.value else _RATIO.divide(difference, observed.value)
        return {
            "value": number(difference),
            "relative": None if relative is None else float(f"{relative:.6g}"),
            "unit": unit.iri if unit else None,
            "observation": nearest.iri,
        }

    def finish(self, answers: Sequence[Answer]) -> None:
        """Give answers the words behind their observations, and the titles of their sources."""
        for answer in answers:
            answer.compared = answer.compared[:SHOWN]
        items = sorted({one.iri for answer in answers for one in answer.compared})
        words: dict[str, list[Words]] = {}
        for begin in range(0, len(items), _TOGETHER):
            words |= reading.evidence(self.snapshot, items[begin : begin + _TOGETHER])
        titles = reading.titles(self.snapshot, (one.source for answer in answers for one in answer.compared))
        for answer in answers:
            answer.titles = titles
            answer.evidence = {
                one.iri: [
                    {"iri": place.iri, "source": place.source}
                    | ({"words": place.exact, "start": place.start, "end": place.end} if place.exact else {})
                    for place in words.get(one.iri, ())
                ]
                for one in answer.compared
            }


_OPPOSITE = {Verdict.SUPPORTED: Verdict.REFUTED, Verdict.REFUTED: Verdict.SUPPORTED}


def verdict(found: Sequence[bool | None]) -> Verdict:
    """The verdict of several comparisons; what rounding leaves open counts for nothing beside what is clear."""
    clear = {agrees for agrees in found if agrees is not None}
    if not clear:
        return Verdict.TOO_VAGUE
    if len(clear) == 2:
        return Verdict.DISPUTED
    return Verdict.SUPPORTED if clear.pop() else Verdict.REFUTED


def plain(value: Decimal) -> str:
    """A number for a sentence: grouped, without an exponent or idle zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
