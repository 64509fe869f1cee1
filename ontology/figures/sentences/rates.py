"""Denominators of rates in a text: "per 10,000 people", "a day", 每万人, 1万人当たり."""

from __future__ import annotations

import re
from dataclasses import dataclass

from innograph.ontology.figures.sentences.text import Span

_NUMBERS = {
    "hundred": 100,
    "a hundred": 100,
    "one hundred": 100,
    "thousand": 1_000,
    "a thousand": 1_000,
    "one thousand": 1_000,
    "ten thousand": 10_000,
    "hundred thousand": 100_000,
    "a hundred thousand": 100_000,
    "one hundred thousand": 100_000,
    "million": 1_000_000,
    "a million": 1_000_000,
    "one million": 1_000_000,
    "十": 10,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "一万": 10_000,
}
_PEOPLE = "people|persons?|inhabitants?|residents?|citizens?|population|capita|head"
_WORDS = "|".join(sorted((word for word in _NUMBERS if word.isascii()), key=len, reverse=True))
_PER = re.compile(
    rf"\b(?:per|for (?:every|each)|in every|out of every|each|every|a)(?: (?P<number>\d[\d,]*(?:k\b)?"
    rf"|{_WORDS}))?"
    rf"(?: of)?(?: (?:the )?(?:permanent |resident |registered )*)(?P<of>{_PEOPLE}|day|week|month"
    rf"|year|hour|minute|household|km2|km²"
    r"|square kilomet(?:er|re)s?)\b"
    r"|\b(?P<daily>daily)\b|\b(?P<capita>per capita)\b"
    r"|每(?P<zh>[十百]?万|[十百千]|\d+[万千]?)?(?:名|个)?(?:常住|户籍)?(?P<zhof>人口|居民|人|天|日"
    r"|户|平方公里)"
    r"|(?P<zhcapita>人均)|(?P<zhdaily>日均|平均每天|毎日|日平均)"
    r"|(?:人口)?(?P<ja>[十百]?万|\d[\d,]*[万千]?|[十百千])?(?P<jaof>人|日|世帯)(?:当(?:たり|り)?"
    r"|あたり|平均)の?(?:人口)?"
    r"|人口(?P<ja2>\d[\d,]*[万千]?|[十百]?万)人?(?:当(?:たり|り)|あたり)?"
)
_OF = {
    **dict.fromkeys(
        ("people", "person", "persons", "inhabitant", "inhabitants", "resident", "residents"), "person"
    ),
    **dict.fromkeys(("citizen", "citizens", "population", "capita", "head", "人", "人口", "居民"), "person"),
    **dict.fromkeys(("day", "天", "日"), "day"),
    **dict.fromkeys(("household", "户", "世帯"), "household"),
    **dict.fromkeys(("km2", "km²", "平方公里"), "km2"),
}
_ONCE = {"a", "each", "every"}  # "a day" is a rate, "a year" mostly, "a person" and "every year" are not


@dataclass(frozen=True, slots=True)
class Rate(Span):
    """A denominator: `amount` of `of` ("person", "day", …)."""

    of: str
    amount: int


def scan(folded: str, begin: int, end: int) -> list[Rate]:
    """The denominators of a stretch of folded text, in their order."""
    found = []
    for match in _PER.finditer(folded, begin, end):
        rate = _rate(match)
        if rate is not None:
            found.append(rate)
    return found


def _rate(match: re.Match[str]) -> Rate | None:
    named = match.groupdict()
    start, end = match.span()
    if named["daily"] or named["zhdaily"]:
        return Rate(start, end, "day", 1)
    if named["capita"] or named["zhcapita"]:
        return Rate(start, end, "person", 1)
    if named["ja2"]:
        return Rate(start, end, "person", _number(named["ja2"]))
    number = named["number"] or named["zh"] or named["ja"] or ""
    thing = named["of"] or named["zhof"] or named["jaof"] or ""
    of = _OF.get(thing) or re.sub("s$", "", thing)
    begins = match[0].split()[0] if match[0][0].isascii() else ""
    if begins in _ONCE and (of != "day" and not (number and number != "1")):
        return None
    return Rate(start, end, of, _number(number) if number else 1)


def _number(text: str) -> int:
    if text in _NUMBERS:
        return _NUMBERS[text]
    power = {"万": 10_000, "千": 1_000, "k": 1_000}.get(text[-1:], 1)
    digits = text.rstrip("万千k").replace(",", "")
    return int(digits[:12] or 1) * power
