"""Numbers as people and files write them, with the digits kept: 1,234.50, 853.69 billion, 8,536.9亿元, (12), 1.5E6."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from innograph.ontology.figures.multipliers import cjk_power, leading_power

_PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_SPACES = "   ’'٬"
_MINUS = str.maketrans({"−": "-", "–": "-", "‐": "-", "‑": "-", "﹣": "-", "٫": ".", "＇": "'"})
_CURRENCY = re.compile(
    r"(?:[A-Z]{1,3}\$|[A-Z]{3}|RMB|Rs\.?|R\$|kr\.?|Fr\.?|[^\W\d_]{0,2}[$¥€£₩₹₽₺₫฿¤¢￥]|[€£])\s*", re.UNICODE
)
_FOOTNOTE = "state the mark under footnotes in the mapping, or remove it"
_LETTERS = {"k": 3, "m": 6, "b": 9, "t": 12}


@dataclass(frozen=True, slots=True)
class Number:
    """digits × 10^multiplier, and the words that stood with it.

    `digits` is a plain decimal, with the zeros that were written ("-1234.50"). `unit_words` is what the
    text says of the unit, without multiplying words: "yuan", "¥", "%", "元", "" (a currency before the
    number comes first: "$ per day").
    """

    digits: str
    multiplier: int = 0
    unit_words: str = ""

    @property
    def value(self) -> Decimal:
        """The number multiplied out, exactly."""
        return Decimal(self.digits).scaleb(self.multiplier)


@lru_cache(maxsize=4096)
def parse_number(text: str, *, decimal: str = ".") -> Number:
    """The number in a text that holds one number and perhaps its unit; `decimal` is the decimal sign.

    Raises:
        ValueError: no number, several, an ambiguous or a merely bounded one ("<5"); says how to mend it.
    """
    if decimal == "." and _PLAIN.fullmatch(text):
        return Number(text if text.strip("-0.") else text.lstrip("-"))
    if decimal not in (".", ","):
        raise ValueError(f"decimal sign {decimal!r} is neither '.' nor ',': use one of them")
    if raised := re.search(r"\d\s*([\u00b2\u00b3\u00b9\u2070-\u2079\u2460-\u24ff])", text):
        raise _refused(text, f"carries a footnote mark {raised[1]!r}", _FOOTNOTE)
    plain = _ascii_digits(unicodedata.normalize("NFKC", text).translate(_MINUS)).strip()
    negative = False
    if bracket := re.fullmatch(r"\((.*\d.*)\)(.*)", plain):
        negative, plain = True, bracket[1].strip() + bracket[2]
    before, sign, rest = _front(text, plain)
    figure = re.match(r"(?:\d[\d.,'’ \u00a0\u2009\u202f]*\d|\d)(?:[.,](?!\d))?|[.,]\d+", rest)
    if not figure:
        raise _refused(
            text, "is not a number", "write digits, such as 1234.5, or state its marker as missing"
        )
    written, rest = figure[0].strip(), rest[figure.end() :]
    digits = _plain_digits(text, written, decimal)
    exponent = 0
    if scientific := re.match(r"(?:[eE]|\s?(?:×|x|\*)\s?10\^?)([+-]?\d+)", rest):
        exponent, rest = int(scientific[1]), rest[scientific.end() :]
        if abs(exponent) > 30:
            raise _refused(text, "has an exponent beyond ±30", "write the number in a unit that it fits")
    digits, multiplier = _shifted(digits, exponent)
    digits, more, rest = _multiplied(text, digits, rest, bool(before), decimal)
    if re.search(r"\d", re.sub(r"(?:per|pro|je|par|/|每)\s?[\d,. ]+|(?<=[a-zA-Z])[23]\b", "", rest)):
        raise _refused(text, "holds more than one number", "keep one number in a cell")
    if re.search(r"[*†‡]|\[\w*\]", rest):
        raise _refused(
            text, "carries a footnote mark", "state the mark under footnotes in the mapping, or remove it"
        )
    if sign == "-":
        negative = not negative
    if negative and digits.strip("0."):
        digits = f"-{digits}"
    words = " ".join(part for part in (before, rest.strip(" ()")) if part)
    return Number(digits, multiplier + more, words)


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)


def _front(text: str, plain: str) -> tuple[str, str, str]:
    """What stands before the digits: a currency or 百分之, and a sign."""
    before, sign = "", ""
    while plain and not re.match(r"[.,]?\d", plain):
        if plain[0] in "+-" and not sign:
            sign, plain = plain[0], plain[1:].lstrip()
        elif not before and (currency := _CURRENCY.match(plain)):
            before, plain = currency[0].strip(), plain[currency.end() :]
        elif not before and plain.startswith("百分之"):
            before, plain = "%", plain[3:].lstrip()
        elif plain[0] in "<>≤≥~≈±":
            raise _refused(
                text, "is a bound or an estimate, not a figure", "leave it out, or state its mark as missing"
            )
        else:
            raise _refused(
                text, "is not a number", "write digits, such as 1234.5, or state its marker as missing"
            )
    return before, sign, plain


def _plain_digits(text: str, written: str, decimal: str) -> str:
    """Digits without thousands separators, a point for the decimal sign, and no needless zeros in front."""
    other = "," if decimal == "." else "."
    whole, point, fraction = written.partition(decimal)
    if decimal in fraction or other in fraction or re.search(r"\D", fraction):
        mend = f'if {other!r} is its decimal sign, state decimal = "{other}"'
        raise _refused(text, f"is not a number whose decimal sign is {decimal!r}", mend)
    groups = re.split(f"[{re.escape(other)}{_SPACES}]", whole)
    if len(groups) > 1:
        separators = set(re.findall(r"\D", whole))
        indian = (
            len(groups[-1]) == 3 and all(len(group) == 2 for group in groups[1:-1]) and len(groups[0]) <= 2
        )
        western = all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3
        if len(separators) > 1 or not (western or (indian and len(groups) > 2)):
            mend = (
                f'write it without separators, or state decimal = "{other}" if {other!r} is its decimal sign'
            )
            raise _refused(text, "has separators that do not part thousands", mend)
    digits = "".join(groups).lstrip("0") or "0"
    return f"{digits}.{fraction}" if point and fraction else digits


def _shifted(digits: str, exponent: int) -> tuple[str, int]:
    """Digits and multiplier with an exponent worked in as far as that adds no zeros: 1.5E6 is 1.5 × 10⁶."""
    decimals = len(digits.partition(".")[2])
    if exponent > decimals:
        return digits, exponent
    return format(Decimal(digits).scaleb(exponent), "f"), 0


def _multiplied(text: str, digits: str, rest: str, money: bool, decimal: str) -> tuple[str, int, str]:
    """Digits, power and what is left, after 万, billion, bn, k …, and compounds such as 3亿5000万."""
    attached = re.match(r"([kKmMbBtT])(?![\w/²³^])", rest)
    if attached:
        letter = attached[1]
        if money or letter in "kKMB":
            return digits, _LETTERS[letter.lower()], rest[1:]
    rest = rest.strip()
    power, length = cjk_power(rest)
    compound = re.match(r"(\d[\d,]*)([万萬亿億千만억]*)", rest[length:]) if power else None
    if compound and compound[1]:
        small, used = cjk_power(compound[2]) if compound[2] else (0, 0)
        lower = _plain_digits(text, compound[1], decimal)
        if small >= power or len(lower) > power - small or "." in digits:
            raise _refused(text, "holds more than one number", "keep one number in a cell")
        whole = Decimal(digits).scaleb(power - small) + Decimal(lower)
        digits, compounded = format(whole, "f"), rest[length + compound.end() - len(compound[2]) + used :]
        again, more, left = (
            _multiplied(text, digits, compounded, money, decimal)
            if not small
            else (digits, small, compounded)
        )
        return again, more, left
    power, rest = leading_power(rest)
    return digits, power, rest


def _refused(text: str, what: str, mend: str) -> ValueError:
    return ValueError(f"{text!r} {what}: {mend}")
