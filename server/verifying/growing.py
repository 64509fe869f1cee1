"""Growth claims: a source's figures of two periods, and whether they bear the claim out however they were rounded."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from innograph.ontology.figures.precision import Figure
from innograph.ontology.figures.sentences.hedges import Comparator
from innograph.ontology.figures.sentences.quantities import Amount
from innograph.ontology.figures.sentences.records import GrowthClaim, Relation
from innograph.server.verifying import likely, ranges
from innograph.server.verifying.answers import Answer, Verdict, message, number
from innograph.server.verifying.series import Observation

if TYPE_CHECKING:
    from innograph.server.verifying.judging import Judge

_ROUND = Context(prec=28)
_ONE = Decimal(1)
Interval = ranges.Interval
_READINGS = {
    Relation.RATIO: "ratio",
    Relation.BY: "by",
    Relation.PERCENT: "percent",
    Relation.ANNUAL: "annual",
}


@dataclass(frozen=True, slots=True)
class _Growth:
    """What a source's figures of two periods make of a quantity: least and greatest, and by the stated values."""

    interval: Interval
    stated: Decimal


def judge(judge: Judge, claim: GrowthClaim, content: dict[str, Any]) -> Answer:
    """The answer to a growth claim."""
    amount = claim.amount
    content |= {
        "relation": claim.relation.value,
        "from": claim.since or None,
        "to": claim.until or None,
        "value": number(amount.value) if amount else None,
        "comparator": amount.comparator.value if amount else None,
        "falls": claim.falls,
        "unit": None,
    }
    if answer := judge.unclear(content, {"place": claim.place, "indicator": claim.indicator}):
        return answer
    missing = [name for name, value in (("from", claim.since), ("to", claim.until)) if not value]
    if missing:
        return Answer(Verdict.TOO_VAGUE, content, reason=message("missing_span"), missing=missing)
    if claim.relation is Relation.LARGE:
        return Answer(Verdict.TOO_VAGUE, content, reason=message("no_threshold"), missing=["value"])
    found = judge.series(claim.place.iri, claim.indicator.iri)
    since, _ = judge.period(claim.since, found)
    until, _ = judge.period(claim.until, found)
    content |= {"from": since, "to": until}
    both = _pairs(judge, found, since, until)
    if not both:
        periods = ", ".join(sorted({one.period for one in found})[-12:])
        reason = message("no_pair", since=since, until=until, periods=periods or "–")
        return Answer(Verdict.NOT_IN_GRAPH, content, reason=reason)
    answer = Answer(Verdict.TOO_VAGUE, content)
    checked = [_check(judge, claim, first, last, since, until, content) for first, last in both]
    for (first, last), agrees in zip(both, checked, strict=True):
        answer.compared += [judge.shown(first, agrees), judge.shown(last, agrees)]
    from innograph.server.verifying.judging import verdict

    answer.verdict = verdict(checked)
    if claim.told.negated and answer.verdict in (Verdict.SUPPORTED, Verdict.REFUTED):
        answer.verdict = Verdict.REFUTED if answer.verdict is Verdict.SUPPORTED else Verdict.SUPPORTED
    answer.rule = message(f"rule_growth_{claim.relation.name.lower()}")
    if answer.verdict is Verdict.TOO_VAGUE:
        answer.reason = message("two_readings" if claim.relation is Relation.EITHER else "open")
    _measure(claim, both[0], since, until, answer)
    return answer


def _pairs(
    judge: Judge, found: list[Observation], since: str, until: str
) -> list[tuple[Observation, Observation]]:
    """Figures of the two periods by the same source, in units that convert."""
    pairs = []
    for first in (one for one in found if one.period == since):
        for last in (one for one in found if one.period == until and one.source == first.source):
            same = first.indicator == last.indicator and first.place == last.place
            fits = first.unit and last.unit and judge.known.units.convertible(first.unit, last.unit)
            if same and fits:
                pairs.append((first, last))
    return pairs


def _quantity(relation: Relation, first: Figure, last: Figure, years: int, falls: bool) -> _Growth | None:
    """The quantity that a relation speaks of, with what rounding leaves open; None where it has no meaning."""
    (a_low, a_high), (b_low, b_high) = first.interval, last.interval
    if relation in (Relation.DIFFERENCE, Relation.POINTS):
        low, high, stated = b_low - a_high, b_high - a_low, last.value - first.value
        return _Growth((-high, -low), -stated) if falls else _Growth((low, high), stated)
    if a_low <= 0 or b_low < 0 or first.value <= 0:
        return None
    low, high = _ROUND.divide(b_low, a_high), _ROUND.divide(b_high, a_low)
    stated = _ROUND.divide(last.value, first.value)
    if relation is Relation.RATIO:
        if falls and low > 0:
            return _Growth((_ROUND.divide(_ONE, high), _ROUND.divide(_ONE, low)), _ROUND.divide(_ONE, stated))
        return _Growth((low, high), stated)
    if relation is Relation.ANNUAL:
        if years < 1 or low <= 0:
            return None
        low, high, stated = (_ROUND.power(x, _ROUND.divide(_ONE, years)) for x in (low, high, stated))
    scale = _ONE if relation is Relation.BY else Decimal(100)
    ends = [(x - 1) * scale for x in (low, high, stated)]
    if falls:
        return _Growth((-ends[1], -ends[0]), -ends[2])
    return _Growth((ends[0], ends[1]), ends[2])


def _years(since: str, until: str) -> int:
    years = since[:4], until[:4]
    return (
        int(years[1]) - int(years[0])
        if all(year.isdigit() for year in years) and len(since) == len(until) == 4
        else 0
    )


def _check(
    judge: Judge,
    claim: GrowthClaim,
    first: Observation,
    last: Observation,
    since: str,
    until: str,
    content: dict[str, Any],
) -> bool | None:
    amount, relation = claim.amount, claim.relation
    unit = first.unit
    if relation in (Relation.UP, Relation.DOWN):
        (a_low, a_high), (b_low, b_high) = first.figure().interval, last.figure(unit).interval
        rose, fell = b_low > a_high or (b_low >= a_high and a_low == a_high), b_high < a_low
        if not rose and not fell and not (a_low == a_high == b_low == b_high):
            return None
        return rose if relation is Relation.UP else fell
    assert amount is not None
    if relation is Relation.DIFFERENCE:
        unit, lacking = judge.unit(amount, claim.indicator.iri, claim.per, [first, last])
        if lacking or unit is None or not judge.comparable(first, unit):
            return None
        content["unit"] = unit.iri
    if relation is Relation.EITHER:
        return _either(amount, first, last, unit, _years(since, until), claim.falls, content)
    return _agrees(amount, relation, first, last, unit, _years(since, until), claim.falls)


def _either(
    amount: Amount,
    first: Observation,
    last: Observation,
    unit: Any,
    years: int,
    falls: bool,
    content: dict[str, Any],
) -> bool | None:
    """Both readings of "grew 1.7 times": where they differ, only two digits or more tell which was meant."""
    both = {
        reading: _agrees(amount, reading, first, last, unit, years, falls)
        for reading in (Relation.RATIO, Relation.BY)
    }
    if len(set(both.values())) == 1:
        return both[Relation.RATIO]
    fits = [reading for reading, agrees in both.items() if agrees]
    if len(fits) == 1 and amount.comparator is Comparator.IS and len(amount.digits.replace(".", "")) > 1:
        content["reading"] = fits[0].value
        return True
    return None


def _agrees(
    amount: Amount,
    relation: Relation,
    first: Observation,
    last: Observation,
    unit: Any,
    years: int,
    falls: bool,
) -> bool | None:
    growth = _quantity(
        relation,
        first.figure(unit),
        last.figure(unit),
        years,
        (falls and amount.value > 1) or (falls and relation is not Relation.RATIO),
    )
    if growth is None:
        return None
    figure = Figure(amount.digits, amount.multiplier)
    return ranges.allowed(amount, figure, factor=relation in (Relation.RATIO, Relation.BY)).holds(
        growth.interval
    )


def _measure(
    claim: GrowthClaim, pair: tuple[Observation, Observation], since: str, until: str, answer: Answer
) -> None:
    """Tell what the figures make of the quantity, and which other way of counting the claim would fit."""
    first, last = pair[0].figure(), pair[1].figure(pair[0].unit)
    years = _years(since, until)
    relation = (
        Relation.RATIO if claim.relation in (Relation.EITHER, Relation.UP, Relation.DOWN) else claim.relation
    )
    falls = (
        claim.falls
        and claim.amount is not None
        and (relation is not Relation.RATIO or claim.amount.value > 1)
    )
    growth = _quantity(relation, first, last, years, falls)
    if growth is None:
        return
    stated = growth.stated
    answer.difference = {
        "computed": float(f"{stated:.7g}"),
        "least": float(f"{growth.interval[0]:.7g}"),
        "greatest": float(f"{growth.interval[1]:.7g}"),
        "quantity": relation.value,
    }
    amount = claim.amount
    if amount is None:
        return
    answer.difference["value"] = number(amount.value - Decimal(f"{stated:.7g}"))
    if answer.verdict is Verdict.REFUTED and relation in _READINGS and not claim.told.negated:
        readings = {
            name: made.interval
            for kind, name in _READINGS.items()
            if (made := _quantity(kind, first, last, years, claim.falls)) is not None
        }
        if "ratio" in readings:
            low, high = readings["ratio"]
            readings["ratio_percent"] = (low * 100, high * 100)
        value = amount.value
        if amount.comparator is Comparator.OVER:
            value = next(
                (
                    low
                    for name, (low, high) in readings.items()
                    if name != _READINGS[relation] and value < low <= value * 2
                ),
                value,
            )
        guess = likely.of_growth(value, readings, _READINGS[relation])
        if guess:
            answer.likely_error, answer.likely = guess
