"""The forms in which periods are written: ISO 8601, SDMX, and those of people.

A form that leaves open which days are meant (2011/12: December, or a fiscal year? 03/04/2014?) is refused
with the question, never settled by a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from innograph.ontology.figures import calendar_words as words
from innograph.ontology.figures.periods import FiscalYear, Period, fiscal_year, months, span, week, year

Form = Callable[[str, FiscalYear | None], Period | None]

_PART_MONTHS = {"A": 12, "Y": 12, "S": 6, "H": 6, "T": 4, "Q": 3, "M": 1}
_TO = r"\s*(?:--|–|—|~|〜|-|/|至|到|から|\bto\b|\buntil\b|\bbis\b|\bau?\b|\bà\b|\ba\b|\bal\b)\s*"


def read(text: str, fiscal: FiscalYear | None) -> Period | None:
    """The period of a text in NFKC form, or None.

    Raises:
        ValueError: the text is ambiguous, or names no days that exist.
    """
    for form in _FORMS:
        found = form(text, fiscal)
        if found is not None:
            return found
    return None


def _plain_year(text: str, fiscal: FiscalYear | None) -> Period | None:
    match = re.fullmatch(r"(\d{4})(?:\.0+)?(?: ?(?:年|년|г\.?|r\.))?|(\d{4})-?A1?", text)
    return year(int(match[1] or match[2])) if match else None


def _iso(text: str, fiscal: FiscalYear | None) -> Period | None:
    """ISO 8601 month, day and instant; the sortable forms of both without hyphens."""
    if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
        if fiscal and _follows(match[1], match[2]):
            return fiscal_year(int(match[1]), fiscal)
        if 1 <= int(match[2]) <= 12:
            return months(int(match[1]), int(match[2]), 1)
        _open_fiscal(text, match[1], match[2])
        return None
    if match := re.fullmatch(r"((?:1[0-9]|2[01])\d\d)(\d\d)(\d\d)?", text):
        return _day(text, match[1], match[2], match[3])
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:?\d\d.*)?", text)
    return _day(text, match[1], match[2], match[3]) if match else None


def _sdmx(text: str, fiscal: FiscalYear | None) -> Period | None:
    """Reporting periods of SDMX 2.1 (section 6, 4.2.6) and shorter relatives: 2014-Q1, 2014M03, Q1/2014, 1H14."""
    upper = text.upper()
    match = re.fullmatch(r"(?P<y>\d{4})[- /]?(?P<p>[AYSHTQMWD])(?P<n>\d{1,3})", upper) or re.fullmatch(
        r"(?:(?P<p>[SHQ])(?P<n>\d)|(?P<n2>[1-4])(?P<p2>[QH]))[- /']*(?P<y>\d{4}|\d\d)", upper
    )
    if not match:
        return None
    found = match.groupdict()
    part, ordinal = found.get("p") or found.get("p2") or "", int(found.get("n") or found.get("n2") or 0)
    number = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
    if part == "W":
        return week(number, ordinal)
    if part == "D":
        day = date(number, 1, 1) + timedelta(days=ordinal - 1)
        return span(day, day) if day.year == number and ordinal else None
    size = _PART_MONTHS[part]
    if not 1 <= ordinal <= 12 // size:
        raise ValueError(f"{text!r}: a year has no {part}{ordinal}; mend the number")
    return months(number, (ordinal - 1) * size + 1, size)


def _canonical_fiscal(text: str, fiscal: FiscalYear | None) -> Period | None:
    match = re.fullmatch(r"FY(\d{4})-(\d{4})-(\d\d)(\d\d)?", text)
    if not match or int(match[2]) != int(match[1]) + 1:
        return None
    return fiscal_year(int(match[1]), FiscalYear(int(match[3]), int(match[4] or 1)))


def _fiscal(text: str, fiscal: FiscalYear | None) -> Period | None:
    """FY2014, FY2014/15, 2014年度, 2014/15: fiscal years, whose start must be known."""
    match = re.fullmatch(
        r"(?P<fy>F\.?Y\.?|fiscal(?: year)?|financial year|Geschäftsjahr|exercice|ejercicio)?[ -]?(?P<a>\d{4}|\d\d)"
        r"(?:[/–-](?P<b>\d{4}|\d\d))?[ -]?(?P<nendo>年度|会計年度|財政年度|财政年度)?",
        text,
        re.IGNORECASE,
    )
    if not match or not (match["fy"] or match["b"] or match["nendo"]):
        return None
    first, second = match["a"], match["b"]
    if len(first) == 2:
        if not match["fy"]:
            return None
        first = f"20{first}"
    if second and not _follows(first, second):
        return None
    if not fiscal:
        _open_fiscal(text, first, second or "")
    assert fiscal is not None
    if second:
        return fiscal_year(int(first), fiscal)
    named_by = fiscal.named_by or ("start" if match["nendo"] else "")
    if not named_by and (fiscal.month, fiscal.day) != (1, 1):
        raise ValueError(
            f"{text!r} may be the fiscal year that starts or the one that ends in {first}: write FY{first}/"
            f'{(int(first) + 1) % 100:02}, or state named_by = "start" or "end" for fiscal years'
        )
    return fiscal_year(int(first) - (named_by == "end" and (fiscal.month, fiscal.day) != (1, 1)), fiscal)


def _follows(first: str, second: str) -> bool:
    return str(int(first) + 1).endswith(second)


def _open_fiscal(text: str, first: str, second: str) -> None:
    if second and not _follows(first, second):
        return
    raise ValueError(
        f"{text!r} may be a fiscal year whose start is not stated: state when fiscal years start (a month such as "
        f'"04"), or write {first}-01-01/{int(first) + 1}-12-31 for two calendar years and {first}-12 for a month'
    )


def _east_asian(text: str, fiscal: FiscalYear | None) -> Period | None:
    """2014年3月31日, 2014年第1季度, 二〇一四年上半年, 平成26年度, 令和元年, 民国103年, H26, 2014년 3월."""
    compact = text.replace(" ", "").replace("년", "年").replace("월", "月").replace("일", "日")
    if re.fullmatch(r"[MTSHR](?:元|\d{1,2})(?:年.*)?", compact):
        if re.fullmatch(r"[HST]0?[1-4]|M(?:0?[1-9]|1[0-2])", compact):
            raise ValueError(
                f"{text!r} leaves open whether it is a part of a year or a year of an era: add the year"
            )
        compact = words.ERA_LETTERS[compact[0]] + compact[1:] + ("" if "年" in compact else "年")
    if era := re.match(rf"({'|'.join(words.ERAS)})(元|\d{{1,3}})年", compact):
        number = words.ERAS[era[1]] + (1 if era[2] == "元" else int(era[2]))
        compact = f"{number}年{compact[era.end() :]}"
    if chinese := re.match(r"[〇零一二三四五六七八九]{4}(?=年)", compact):
        compact = chinese[0].translate(words.CHINESE_DIGITS) + compact[4:]
    match = re.fullmatch(r"(\d{4})年(.*)", compact)
    if not match:
        return None
    number, rest = int(match[1]), match[2]
    if rest in ("", "全年"):
        return year(number)
    if rest == "度":
        return _fiscal(f"{number}年度", fiscal)
    if rest in ("末", "底", "年末", "年底"):
        return span(date(number, 12, 31), date(number, 12, 31))
    if found := re.fullmatch(r"(\d\d?)月(?:(\d\d?)日|(末|底))?", rest):
        one = _day(text, match[1], found[1], found[2])
        return span(one.end, one.end) if found[3] else one
    if found := re.fullmatch(r"(\d\d?)月?[-–~〜至到](\d\d?)月", rest):
        return _month_span(text, number, int(found[1]), number, int(found[2]))
    return _part(number, rest)


def _worded(text: str, fiscal: FiscalYear | None) -> Period | None:
    """March 2014, 31 March 2014, Mar-14, first quarter of 2014, January to March 2014, 2014 Q1."""
    folded = words.bare(text).replace(",", " ")
    if not re.search(r"[^\W\d]", folded):
        return None
    if found := re.fullmatch(r"(?:the )?end (?:of )?(\d{4})|ende (\d{4})|fin (\d{4})", folded):
        number = int(next(filter(None, found.groups())))
        return span(date(number, 12, 31), date(number, 12, 31))
    match = re.fullmatch(
        r"(?P<before>.*?)[\s/'’-]*\b(?P<y>\d{4})(?: ?г\.?)?|(?P<y2>\d{4})[\s/-]*(?P<after>.*)"
        r"|(?P<month>[^\W\d]+)\.?[\s'’-]+(?P<y3>\d\d)",
        folded,
    )
    if not match:
        return None
    short = match["y3"]
    number = int(match["y"] or match["y2"] or f"20{short}")
    rest = (match["before"] or match["after"] or match["month"] or "").strip(" .-/")
    rest = re.sub(r"\s(?:of|de|del|di|des|d')$", "", re.sub(r"^(?:the|in|im|en) ", "", rest))
    if (part := _part(number, rest)) is not None:
        return part
    names = re.split(_TO, rest)
    if len(names) == 2 and all(words.bare(name) in words.months() for name in names):
        first, last = (words.months()[words.bare(name)] for name in names)
        return _month_span(text, number, first, number, last)
    days = re.fullmatch(
        r"(?P<d>\d\d?)(?:st|nd|rd|th|\.|er|º)?[\s-]*(?:of |de )?(?P<m>[^\W\d]+)\.?(?: de)?"
        r"|(?P<m2>[^\W\d]+)\.?(?:\s(?P<d2>\d\d?)(?:st|nd|rd|th)?)?(?: de)?",
        rest,
    )
    month = days and words.months().get(words.bare(days["m"] or days["m2"]))
    return _day(text, str(number), str(month), days["d"] or days["d2"]) if days and month else None


def _part(number: int, rest: str) -> Period | None:
    """A quarter or half of a year by its words."""
    folded = rest.casefold()
    for part, size in (("quarter", 3), ("half", 6)):
        match = words.part_pattern(part).fullmatch(folded)
        if match and words.ordinal(match) <= 12 // size:
            return months(number, (words.ordinal(match) - 1) * size + 1, size)
    return None


def _numeric_day(text: str, fiscal: FiscalYear | None) -> Period | None:
    """31.03.2014 (points: the day first), 31/03/2014 and 3/31/2014 where only one order is possible, 2014/3/31."""
    if match := re.fullmatch(r"(\d{4})([./])(\d\d?)(?:\2(\d\d?))?", text):
        if not match[4] and (match[2] == "." or _follows(match[1], match[3])):
            return None
        return _day(text, match[1], match[3], match[4])
    if match := re.fullmatch(r"(\d\d?)\.(\d\d?)\.(\d{4})", text):
        return _day(text, match[3], match[2], match[1])
    if match := re.fullmatch(r"(\d\d?)[./](\d{4})", text):
        return _day(text, match[2], match[1], None)
    match = re.fullmatch(r"(\d\d?)[/-](\d\d?)[/-](\d{4})(?: \d\d?:\d\d.*)?", text)
    if not match:
        return None
    first, second = int(match[1]), int(match[2])
    if first <= 12 and second <= 12 and first != second:
        raise ValueError(f"{text!r} leaves open which is the day and which the month: write {match[3]}-MM-DD")
    month, day = (match[1], match[2]) if second > 12 else (match[2], match[1])
    return _day(text, match[3], month, day)


def _span(text: str, fiscal: FiscalYear | None) -> Period | None:
    """From one period to another: 2012-2014, 2014-01/2014-06, 2012 to 2014, 2014-04-01/P1Y (ISO 8601, 5.5)."""
    if match := re.fullmatch(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:T[\d:Z]+)?/P(\d+)([YMWD])", text):
        return _duration(text, read(match[1], None), int(match[2]), match[3])
    bare = re.sub(r"^(?:from|between|von|de|du|自|从) ?", "", text, flags=re.IGNORECASE)
    bare = re.sub(r"(?<=\d)(?:年)(?=\W|$|[至到か])|まで$|为止$", "", bare)
    for match in re.finditer(_TO + r"|\band\b", bare, re.IGNORECASE):
        first, last = bare[: match.start()].strip(), bare[match.end() :].strip()
        if re.fullmatch(r"\d{4}", first) and re.fullmatch(r"\d\d", last) and int(last) > int(first[2:]):
            last = first[:2] + last
        if not (re.match(r"\d{4}|\D+\d{4}", first) and re.search(r"\d{4}", last)):
            continue
        begin, end = read(first, fiscal), read(last, fiscal)
        if begin and end:
            return span(begin.start, end.end)
    return None


def _duration(text: str, start: Period | None, count: int, unit: str) -> Period | None:
    if start is None or not count:
        return None
    if unit in "WD":
        return span(start.start, start.start + timedelta(days=count * (7 if unit == "W" else 1) - 1))
    index = start.start.year * 12 + start.start.month - 1 + count * (12 if unit == "Y" else 1)
    after = date(index // 12, index % 12 + 1, start.start.day)
    end = after - timedelta(days=1)
    if unit == "Y" and count == 1:
        return fiscal_year(start.start.year, FiscalYear(start.start.month, start.start.day))
    return span(start.start, end)


def _month_span(text: str, first_year: int, first: int, last_year: int, last: int) -> Period:
    if not (1 <= first <= 12 and 1 <= last <= 12):
        raise ValueError(f"{text!r} has a month that no year has: mend it")
    return span(months(first_year, first, 1).start, months(last_year, last, 1).end)


def _day(text: str, number: str, month: str, day: str | None) -> Period:
    try:
        if day is None:
            return months(int(number), int(month), 1)
        found = date(int(number), int(month), int(day))
    except ValueError:
        raise ValueError(f"{text!r} is not a date that exists: mend the month or the day") from None
    return span(found, found)


_FORMS: tuple[Form, ...] = (
    *(_plain_year, _iso, _sdmx, _canonical_fiscal, _fiscal, _east_asian, _numeric_day, _span, _worded),
)
