"""What a claimed number leaves open, and whether an observed one lies within it.

A bare number leaves what rounds to it, by DESIGN's precision rule (`ontology.figures.precision`). Hedged ones:
"about" takes zeros at the end for rounding and forgives one unit of the last digit up to 2 %; "nearly" is at
most the number and at least 5 % (or the rounding) below it; "over", "under", "at least", "at most" are bounds,
"between" is two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from innograph.ontology.figures.precision import Figure, agree
from innograph.ontology.figures.sentences.hedges import Comparator
from innograph.ontology.figures.sentences.quantities import Amount

Interval = tuple[Decimal, Decimal]
_ABOUT, _NEARLY = Decimal("0.02"), Decimal("0.05")
_WORD_LOW, _WORD_HIGH = Decimal("0.9"), Decimal("0.5")  # "doubled": from 1.8 up to 2.5


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a claim allows: a figure (by its rounding), or an interval with its hedge."""

    comparator: Comparator
    figure: Figure
    low: Decimal
    high: Decimal

    def admits(self, observed: Figure) -> bool | None:
        """Whether an observed figure is what the claim says; None where rounding leaves it open."""
        if self.comparator is Comparator.IS and (self.low, self.high) == self.figure.interval:
            return agree(self.figure, observed)
        return self.holds(observed.interval)

    def holds(self, interval: Interval) -> bool | None:
        """The same for an interval of a computed quantity."""
        low, high = interval
        value = self.figure.value
        match self.comparator:
            case Comparator.OVER:
                return True if low > value else False if high <= value else None
            case Comparator.UNDER:
                return True if high < value else False if low >= value else None
            case Comparator.AT_LEAST:
                return high >= value
            case Comparator.AT_MOST:
                return low <= value
        if low == high:
            return self.low <= low <= self.high
        return low < self.high and self.low < high


def allowed(amount: Amount, figure: Figure, *, factor: bool = False) -> Range:
    """What an amount allows; `figure` is its number in the unit of the comparison.

    A `factor` in words ("doubled", "fivefold") allows from 10 % below up to half above.
    """
    low, high = figure.interval
    value, size = figure.value, abs(figure.value)
    match amount.comparator:
        case Comparator.ABOUT:
            half, unit = _significant(figure)
            reach = max(half, min(unit, size * _ABOUT))
            low, high = value - reach, value + reach
        case Comparator.NEARLY:
            low, high = value - max(_significant(figure)[0], size * _NEARLY), value
        case Comparator.BETWEEN if amount.upper is not None:
            high = amount.upper
            low = value
        case Comparator.IS if factor and amount.worded:
            low, high = (
                value * _WORD_LOW,
                value + min(_WORD_HIGH, value * (1 - _WORD_LOW)) if value < 1 else value + _WORD_HIGH,
            )
    return Range(amount.comparator, figure, low, high)


def rounded(figure: Figure) -> Interval:
    """What a figure leaves open if the zeros at its end only fill places."""
    half, _ = _significant(figure)
    return figure.value - half, figure.value + half


def _significant(figure: Figure) -> tuple[Decimal, Decimal]:
    """Half a unit and a unit of the last digit that is not a zero at the end of a whole number."""
    zeros = 0
    if "." not in figure.digits:
        body = figure.digits.lstrip("-")
        zeros = len(body) - len(body.rstrip("0"))
        if zeros == len(body):
            zeros = 0
    unit = abs(figure.factor) * Decimal(10) ** (figure.multiplier - figure.decimals + zeros)
    return unit / 2, unit
