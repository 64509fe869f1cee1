"""What an error looks like where it has a usual form: 万 for 亿, another year or indicator, swapped digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from innograph.ontology.figures.precision import Figure, agree
from innograph.ontology.figures.units import Unit
from innograph.server.verifying import ranges
from innograph.server.verifying.answers import Message, message
from innograph.server.verifying.knowledge import Knowledge, Label
from innograph.server.verifying.series import Observation

SCALES = (4, 8, 3, 6, 9, 12, 1, 2, 5, 7)
_ROUNDED = Decimal("0.05")  # farther off nobody would call it the same number
_SIGNIFICANT = 3  # digits from which a figure that agrees with another indicator's is no accident
_BUYERS = ("buyer", "buy side", "purchas", "absor", "吸纳", "流向", "买方", "買い手", "買手", "pull")

Likely = tuple[dict[str, Any], Message]


def of_figure(
    figure: Figure,
    unit: Unit | None,
    period: str,
    same_period: Sequence[Observation],
    others: Sequence[Observation],
    neighbours: Sequence[Observation],
    known: Knowledge,
    *,
    bare: bool,
    hedged: bool,
) -> Likely | None:
    """The usual form of an error in a figure, the likeliest first, or nothing.

    `same_period` and `others` are observations of the claimed series in the claimed period and in others;
    `neighbours` are those of other indicators of the place in that period. A `bare` number states no unit
    of its own, a `hedged` one is no plain number.
    """
    here = [(one, shown) for one in same_period if (shown := _in_unit(one, unit, known)) is not None]
    return (
        (None if hedged else _rounding(figure, here))
        or _year(figure, unit, period, others, known)
        or _indicator(figure, unit, neighbours, known, bare)
        or _digits(figure, here)
        or _scale(figure, here, unit, period)
        or _scaled_year(figure, unit, period, others, known)
    )


def _in_unit(one: Observation, unit: Unit | None, known: Knowledge) -> Figure | None:
    if unit is None or one.unit is None:
        return one.figure() if one.unit is None and unit is None else None
    return one.figure(unit) if known.units.convertible(one.unit, unit) else None


def _rounding(figure: Figure, here: Sequence[tuple[Observation, Figure]]) -> Likely | None:
    low, high = ranges.rounded(figure)
    for one, shown in here:
        near = abs(shown.value - figure.value) <= _ROUNDED * abs(figure.value)
        if near and low <= shown.value <= high and (low, high) != figure.interval:
            return {"kind": "rounding", "observation": one.iri}, message("likely_rounding", stated=one.digits)
    return None


def _year(
    figure: Figure, unit: Unit | None, period: str, others: Sequence[Observation], known: Knowledge
) -> Likely | None:
    found = [
        one for one in others if (shown := _in_unit(one, unit, known)) is not None and agree(figure, shown)
    ]
    if not found:
        return None
    nearest = min(found, key=lambda one: _distance(one.period, period))
    return (
        {"kind": "period", "period": nearest.period, "observation": nearest.iri},
        message("likely_period", period=nearest.period),
    )


def _distance(one: str, other: str) -> int:
    years = (one[:4], other[:4])
    return abs(int(years[0]) - int(years[1])) if all(year.isdigit() for year in years) else 10_000


def _indicator(
    figure: Figure, unit: Unit | None, neighbours: Sequence[Observation], known: Knowledge, bare: bool
) -> Likely | None:
    if len(figure.digits.replace(".", "").strip("-0")) < _SIGNIFICANT:
        return None
    for one in neighbours:
        shown = one.figure() if bare and not (one.unit and one.unit.currency) else _in_unit(one, unit, known)
        if shown is None or not agree(figure, shown):
            continue
        label = known.label(one.indicator)
        names = (
            " ".join(text.lower() for text, _ in known.lexicon.things[one.indicator].labels)
            if (one.indicator in known.lexicon.things)
            else label.lower()
        )
        buyers = any(word in names for word in _BUYERS)
        kind, key = ("market side", "likely_side") if buyers else ("indicator", "likely_indicator")
        return (
            {"kind": kind, "indicator": one.indicator, "observation": one.iri},
            message(key, indicator=Label(known, one.indicator)),
        )
    return None


def _digits(figure: Figure, here: Sequence[tuple[Observation, Figure]]) -> Likely | None:
    """Two neighbouring digits changed places: 28,300 for 23,800. Only where exactly one swap makes it right."""
    for one, shown in here:
        digits = figure.digits
        places = [at for at, character in enumerate(digits) if character.isdigit()]
        swaps = {_swapped(digits, a, b) for a, b in pairwise(places) if digits[a] != digits[b]}
        right = [swap for swap in swaps if swap[0] != "0" and agree(replace(figure, digits=swap), shown)]
        if len(right) == 1 and len(digits.replace(".", "").strip("0")) >= _SIGNIFICANT:
            return (
                {"kind": "swapped digits", "digits": right[0], "observation": one.iri},
                message("likely_digits", digits=right[0]),
            )
    return None


def _swapped(digits: str, a: int, b: int) -> str:
    changed = list(digits)
    changed[a], changed[b] = changed[b], changed[a]
    return "".join(changed)


def _scale(
    figure: Figure, here: Sequence[tuple[Observation, Figure]], unit: Unit | None, period: str
) -> Likely | None:
    for power in SCALES:
        for sign in (1, -1):
            moved = replace(figure, multiplier=figure.multiplier + sign * power, exact=False)
            for one, shown in here:
                if agree(moved, replace(shown, exact=False)):
                    percent = power == 2 and unit is not None and unit.iri.endswith(("/PERCENT", "/UNITLESS"))
                    content: dict[str, Any] = {"kind": "percent or fraction" if percent else "scale"}
                    content |= {"factor": 10**power, "claim_is": "too small" if sign > 0 else "too large"}
                    content["observation"] = one.iri
                    key = "likely_percent" if percent else f"likely_scale_{'small' if sign > 0 else 'large'}"
                    return content, message(key, factor=f"{10**power:,}", word=_WORDS.get(power, ""))
    return None


_WORDS = {3: " (thousand)", 4: " (万)", 6: " (million)", 8: " (亿)", 9: " (billion)", 12: " (trillion)"}


def _scaled_year(
    figure: Figure, unit: Unit | None, period: str, others: Sequence[Observation], known: Knowledge
) -> Likely | None:
    """Both at once: the figure of another year at another scale."""
    if len(figure.digits.replace(".", "").strip("-0")) < _SIGNIFICANT:
        return None
    for power in SCALES[:4]:
        for sign in (1, -1):
            moved = replace(figure, multiplier=figure.multiplier + sign * power, exact=False)
            for one in others:
                shown = _in_unit(one, unit, known)
                if shown is not None and agree(moved, replace(shown, exact=False)):
                    return (
                        {
                            "kind": "period and scale",
                            "period": one.period,
                            "factor": 10**power,
                            "observation": one.iri,
                        },
                        message("likely_period_scale", period=one.period, factor=f"{10**power:,}"),
                    )
    return None


def of_growth(value: Decimal, readings: dict[str, ranges.Interval], claimed: str) -> Likely | None:
    """The usual form of an error in a growth claim: another way to count the same growth agrees.

    `readings` are the other quantities by name; `claimed` is the one that the claim names.
    """
    for name, (low, high) in readings.items():
        reach = max(abs(value) * Decimal("0.005"), Decimal("0.05"))
        if name != claimed and low - reach <= value <= high + reach:
            return {"kind": "growth reading", "reading": name}, message(f"likely_growth_{name}")
    return None
