"""What the digits of a figure leave open, and when two figures say the same.

A figure stated as 853.69 may be anything that rounds to it: its interval reaches half a unit of the last
stated digit to each side. Two figures *agree* where their intervals, in one unit, have more than an end
in common, so 48.2 and 48.3 differ although 48.25 rounds to either. An exact count is an interval of one
point: it agrees with what rounds to it, and with another exact count only where they are equal.

`data/derivations/comparisons.rq` says the same in SPARQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact

# Sums and products are exact: 1,000 digits hold what figures within _LONGEST can give.
_LONGEST = 300
_EXACT = Context(prec=1_000, Emax=10_000, Emin=-10_000, traps=[Inexact])
_ROUNDING = Context(prec=60)


@dataclass(frozen=True)
class Figure:
    """A figure as stated: `digits` × 10^`multiplier`, and how it converts to the unit of a comparison.

    `digits` is a plain decimal ("-1234.50"): its fraction digits are its precision. `factor` and `offset`
    convert as QUDT does: (number + offset) × factor. `exact` marks a count that was not rounded.

    Raises:
        ValueError: `digits` is not a plain decimal, or it or its multiplier is beyond 300 digits.
    """

    digits: str
    multiplier: int = 0
    factor: Decimal = Decimal(1)
    exact: bool = False
    offset: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        whole, _, fraction = self.digits.removeprefix("-").removeprefix("+").partition(".")
        if not (whole + fraction).isascii() or not (whole + fraction).isdigit():
            raise ValueError(f"{self.digits!r} is not a plain decimal: write digits with at most one point")
        if max(len(self.digits), abs(self.multiplier)) > _LONGEST:
            raise ValueError(f"{self.digits[:20]}… × 10^{self.multiplier} has more than {_LONGEST} digits")

    @property
    def decimals(self) -> int:
        """How many fraction digits are stated."""
        return len(self.digits.partition(".")[2])

    @property
    def value(self) -> Decimal:
        """The number in the unit of the comparison, exact."""
        return self._converted(_EXACT.scaleb(_EXACT.create_decimal(self.digits), self.multiplier))

    @property
    def interval(self) -> tuple[Decimal, Decimal]:
        """The least and the greatest number that the stated digits leave open, in the comparison's unit."""
        if self.exact:
            return self.value, self.value
        stated = _EXACT.scaleb(_EXACT.create_decimal(self.digits), self.multiplier)
        half = _EXACT.scaleb(Decimal(5), self.multiplier - self.decimals - 1)
        ends = (self._converted(_EXACT.subtract(stated, half)), self._converted(_EXACT.add(stated, half)))
        return min(ends), max(ends)

    def _converted(self, number: Decimal) -> Decimal:
        return _EXACT.multiply(_EXACT.add(number, self.offset), self.factor)


def agree(a: Figure, b: Figure) -> bool:
    """Whether two figures in one unit may be the same number, as far as their digits tell."""
    (a_low, a_high), (b_low, b_high) = a.interval, b.interval
    if a.exact or b.exact:
        return a_low <= b_high and b_low <= a_high
    return a_low < b_high and b_low < a_high


def relative_difference(stated: Figure, other: Figure) -> Decimal | None:
    """How far another figure is from a stated one, in parts of it: (other − stated) / stated, to 60 digits.

    None where the stated figure is zero.
    """
    if stated.value == 0:
        return None
    return _ROUNDING.divide(_EXACT.subtract(other.value, stated.value), stated.value)


def percent(relative: Decimal) -> str:
    """The size of a relative difference in percent, for people: two decimals, or one digit where it is less.

    0.000378 is "0.04", 0.12 is "12", 0.000005 is "0.0005".
    """
    size = abs(relative) * 100
    if size == 0:
        return "0"
    places = 2 if size >= Decimal("0.01") else -size.adjusted()
    return format(round(size, places).normalize(), "f")
