"""Periods in a text: years, months, quarters, halves, fiscal years, days, spans, and what only sounds like one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from innograph.ontology.figures.sentences.text import Span

_Y = r"(?:19|20)\d\d"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NTH = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "上": 1,
    "下": 2,
    "前": 1,
    "後": 2,
}
_BEFORE = r"(?<![\d.,])(?<![a-z]-)(?<![a-z¥$€£])"
_AFTER = r"(?![\d%]|[.,]\d)"
_COUNTED = (
    r"(?!\s?(?:yuan|rmb|cny|usd|dollars?|euros?|million|billion|trillion|thousand|hundred|percent"
    r"|per cent|people|"
    r"patents?|companies|firms|enterprises|contracts|times|units?|元|万|亿|件|家|个|個|社|円|人|项|項|倍))"
)
_YEAR = rf"{_BEFORE}({_Y}){_AFTER}"


@dataclass(frozen=True, slots=True)
class When(Span):
    """A period where a text names it.

    `first` is its canonical text ("2014", "2014-03", "2014-Q1", "2014-H1", "FY2014-2015", "2014-03-31"); a
    span has a `last` one too. Both are empty where the words name no fixed period ("last year").
    """

    first: str
    last: str = ""
    since: bool = False  # a beginning without an end

    @property
    def span(self) -> bool:
        """Whether this is a span of two named periods."""
        return bool(self.last)


_VAGUE = re.compile(
    rf"(?:first|last|initial|opening) (?:[a-z]{{1,12}} )?(?:months?|quarters|weeks) of {_Y}"
    rf"|(?:{_MONTH}|q[1-4])\s?(?:-|to|through)\s?(?:{_MONTH}|q[1-4])(?: of)?,? {_Y}"
    rf"|{_Y}年(?:\d{{1,2}}(?:月)?[-~至到]\d{{1,2}}月|前(?:[一二两三四]个?季度"
    rf"|[一二三四五六七八九十\d]{{1,4}}个?月))"
    r"|(?:over |in |during |for |within )?(?:the )?(?:past|last|previous|recent|next|coming|current"
    r"|following|preceding|prior)"
    r" (?:few |several |\d{1,4} |[a-z]{1,12} )?(?:years?|months?|decades?|quarters?)"
    r"|(?:a|one|the) (?:year|decade) (?:earlier|ago|before|later)|(?:\d{1,3}|[a-z]{3,12}) years (?:ago|earlier"
    r"|later)|this (?:year|decade)"
    r"|(?:in )?recent years|nowadays|today|currently|so far|to date|year to date|mid-(?:19|20)\d\ds?"
    r"|the (?:19|20)\d0s|(?:19|20)\d0s"
    r"|去年|今年|前年(?!比|度比|同期)|(?<!比)(?<!较)上年|明年|当前|目前|近年来?|近[一二三四五六七八九十\d]{1,4}年来?"
    r"|过去[一二三四五六七八九十\d]{1,4}年|[一二三四五六七八九十\d]{1,4}年来"
    r"|十[二三四]五(?:时期|期间)|昨年|一昨年|来年|近年|現在|ここ(?:数"
    r"|[一二三四五六七八九十\d]{1,4})年|この[一二三四五六七八九十\d]{1,4}年"
    r"|過去[一二三四五六七八九十\d]{1,4}年"
)
_FISCAL = re.compile(rf"\b(?:fy|fiscal(?: year)?)\s?({_Y})(?:[-/](\d{{4}}|\d\d)(?!\d))?|({_Y})年度")
_FISCAL_SLASH = re.compile(rf"{_BEFORE}({_Y})/(\d\d)(?!\d|/)")
_QUARTER = re.compile(
    rf"\bq([1-4])[ ,]?(?:of )?({_Y})|({_Y})[- ]?q([1-4])\b|(first|second|third"
    rf"|fourth) quarter (?:of )?({_Y})"
    rf"|({_Y})年(?:第)?([一二三四1-4])(?:季度|四半期)"
)
_HALF = re.compile(
    rf"\bh([12])[ ,]?(?:of )?({_Y})|(first|second) half (?:of )?({_Y})|({_Y})年(上|下|前|後)半(?:年|期)?"
)
_DAY = re.compile(
    rf"{_BEFORE}({_Y})-(\d\d)-(\d\d)(?!\d)|({_Y})年(\d{{1,2}})月(\d{{1,2}})日"
    rf"|\b(\d{{1,2}})(?:st|nd|rd|th)? ({_MONTH}),? ({_Y})|\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?,? ({_Y})"
)
_OF_MONTH = re.compile(
    rf"\b({_MONTH})(?: of)?,? ({_Y})|({_Y})年(\d{{1,2}})月(?!\d)|{_BEFORE}({_Y})-(0[1-9]|1[0-2])(?![\d-])"
)
_BETWEEN = re.compile(
    rf"(?:between |from )?{_YEAR}(?:年(?:底|末)?)? ?(?:to|through|until|till|-|~|至|到|から(?:の)?"
    rf"|年?から) ?(?:the year )?({_Y})(?!\d|[.,]\d)"
    rf"{_COUNTED}(?:年(?:底|末)?)?(?:まで|期间|间|間)?(?:の間)?"
    rf"|between {_YEAR} and ({_Y}){_AFTER}"
    rf"|{_YEAR}-(1[3-9]|[2-9]\d)(?![\d-]){_COUNTED}"
)
_SINCE = re.compile(
    rf"(?:\bsince (?:the end of )?|自){_YEAR}(?:年(?:底|末)?)?(?:以来|起|来)?"
    rf"|{_YEAR}年(?:以来|以降|から(?!の?(?:19|20)))"
)
_POINT = re.compile(
    rf"(?:(?:by |at |as of |until )?(?:the )?(?:end|close) of |(?:as of|by|in|during|for|the year"
    rf"|year) )?{_YEAR}"
    rf"(?:年(?:底|末|全年)?|'s\b)?{_COUNTED}"
)


def scan(folded: str, within: Span, *, japanese: bool) -> list[When]:
    """The periods of a stretch of folded text, in their order, none within another.

    In Japanese 年度 is a fiscal year (April to March); in Chinese it is the year.
    """
    found: list[When] = []

    def take(when: When) -> None:
        if not any(when.meets(other) for other in found):
            found.append(when)

    for match in _VAGUE.finditer(folded, within.start, within.end):
        take(When(match.start(), match.end(), ""))
    for match in chain(
        _FISCAL.finditer(folded, within.start, within.end),
        _FISCAL_SLASH.finditer(folded, within.start, within.end),
    ):
        take(_fiscal(match, japanese))
    for match in _BETWEEN.finditer(folded, within.start, within.end):
        first, last = (group for group in match.groups() if group)
        last = last if len(last) == 4 else first[:2] + last
        take(
            When(match.start(), match.end(), first, last)
            if first < last
            else When(match.start(), match.end(), "")
        )
    for pattern, form in ((_DAY, _day), (_QUARTER, _quarter), (_HALF, _half), (_OF_MONTH, _month)):
        for match in pattern.finditer(folded, within.start, within.end):
            take(When(match.start(), match.end(), form(*(group for group in match.groups() if group))))
    for match in _SINCE.finditer(folded, within.start, within.end):
        take(When(match.start(), match.end(), next(group for group in match.groups() if group), since=True))
    for match in _POINT.finditer(folded, within.start, within.end):
        take(When(match.start(), match.end(), match[1]))
    return sorted(found, key=lambda when: when.start)


def _fiscal(match: re.Match[str], japanese: bool) -> When:
    first, last = _two(match)
    if match[0].endswith("年度") and not japanese:
        return When(match.start(), match.end(), first)
    until = int(first) + 1 if not last else int(last if len(last) == 4 else first[:2] + last)
    if match[0].endswith("年度"):  # of the Japanese state and of most companies there: from April
        return When(match.start(), match.end(), f"FY{first}-{until}-04")
    return When(match.start(), match.end(), f"FY{first}-{until}" if last else f"FY{first}")


def _two(match: re.Match[str]) -> tuple[str, str]:
    groups = [group for group in match.groups() if group]
    return groups[0], groups[1] if len(groups) > 1 else ""


def _day(a: str, b: str, c: str) -> str:
    if len(a) == 4:
        return f"{a}-{int(b):02}-{int(c):02}"
    day, month = (a, b) if a.isdigit() else (b, a)
    return f"{c}-{_MONTHS.index(month[:3]) + 1:02}-{int(day):02}"


def _quarter(a: str, b: str) -> str:
    year, part = (a, b) if len(a) == 4 and a.isdigit() else (b, a)
    return f"{year}-Q{_NTH.get(part) or part}"


def _half(a: str, b: str) -> str:
    year, part = (a, b) if len(a) == 4 and a.isdigit() else (b, a)
    return f"{year}-H{_NTH.get(part) or part}"


def _month(a: str, b: str) -> str:
    if a.isdigit():
        return f"{a}-{int(b):02}"
    return f"{b}-{_MONTHS.index(a[:3]) + 1:02}"
