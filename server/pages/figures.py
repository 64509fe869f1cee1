"""Figures as people read them: the digits as stated, a word for the power of ten, the unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from innograph.server.pages.language import Text, Words
from innograph.server.pages.links import expand
from innograph.server.pages.reading import Facts

VALUE = expand("sdmx-measure:obsValue")
AS_STATED = expand("inno:valueAsStated")
UNIT = expand("sdmx-attribute:unitMeasure")
MULTIPLIER = expand("sdmx-attribute:unitMult")
CURRENCY = expand("qudt:currencyCode")
COUNTING = expand("qudt:CountingUnit")
TYPE = expand("rdf:type")
# What the figure of an observation is made of, and what tells its series apart.
FIGURE_NEEDS = {VALUE, AS_STATED, UNIT, MULTIPLIER} | {
    expand(name)
    for name in (
        "sdmx-dimension:refPeriod",
        "sdmx-dimension:refArea",
        "inno:indicator",
        "prov:wasDerivedFrom",
    )
}


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit is written beside a number."""

    name: Text
    currency: str = ""
    counting: bool = False


def unit_of(name: Text, facts: Facts) -> Unit:
    """A unit by what is stated of it."""
    codes = facts.get(CURRENCY, [])
    counting = any(kind.value == COUNTING for kind in facts.get(TYPE, []))
    return Unit(name, codes[0].value if codes else "", counting)


def grouped(digits: str) -> str:
    """A decimal number with thousands separated, its digits kept: 10400 becomes 10,400."""
    try:
        Decimal(digits)
    except InvalidOperation:
        return digits
    sign, body = (digits[0].replace("-", "−"), digits[1:]) if digits[:1] in ("-", "+") else ("", digits)
    whole, dot, rest = body.partition(".")
    return f"{sign}{int(whole or 0):,}{dot}{rest}" if whole.isdigit() or not whole else digits


def scaled(digits: str, multiplier: int, words: Words) -> str:
    """A number times a power of ten, in words where the language has one."""
    if multiplier == 0:
        return grouped(digits)
    known = scales(words.language)
    # A power of ten without a word of its own is told in the greatest word below the number.
    exact = any(power == multiplier for power, _ in known)
    size = multiplier if exact else Decimal(digits).adjusted() + multiplier
    for power, key in known:
        if multiplier > 0 and size >= power:
            shifted = Decimal(digits).scaleb(multiplier - power)
            return words(key, value=grouped(format(shifted, "f")))
    if multiplier > 0:
        return grouped(format(Decimal(digits).scaleb(multiplier), "f"))
    return f"{grouped(digits)} × 10^{multiplier}"


def scales(language: str) -> list[tuple[int, str]]:
    """The powers of ten that a language has a word for, greatest first."""
    if language == "en":
        return [(12, "trillion"), (9, "billion"), (6, "million"), (3, "thousand")]
    return [(12, "trillion"), (8, "hundred_million"), (4, "ten_thousand")]


def figure(digits: str, multiplier: int, unit: Unit | None, words: Words) -> str:
    """A figure as a reader of the language expects it: `313.6 billion CNY`, `10,400`."""
    number = scaled(digits, multiplier, words)
    if unit is None or unit.counting:
        return number
    if unit.currency:
        return f"{number} {unit.currency}"
    return words("with_unit", value=number, unit=unit.name)


def amount(facts: Facts) -> Decimal | None:
    """The value of an observation with its multiplier applied, for drawing."""
    values = facts.get(VALUE)
    if not values:
        return None
    multipliers = facts.get(MULTIPLIER)
    try:
        return Decimal(values[0].value).scaleb(int(multipliers[0].value) if multipliers else 0)
    except (InvalidOperation, ValueError):
        return None
