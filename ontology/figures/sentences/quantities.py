"""Numbers in a text with what stands around them: multiplier, unit, and what "about" or 以上 say of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from innograph.ontology.figures.multipliers import POWERS, cjk_power
from innograph.ontology.figures.sentences import hedges
from innograph.ontology.figures.sentences.hedges import Comparator
from innograph.ontology.figures.sentences.text import Span

MONEY, PERCENT, POINTS, TIMES, COUNT, NAMED = "money", "percent", "points", "times", "count", "named"
LONGEST = 40  # digits of a number that is read

_CURRENCIES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("cny", "rmb", "yuan", "renminbi", "人民币", "人民元", "cn¥", "yuan renminbi", "元人民币", "中国元"),
        ("CNY",),
    ),
    "元": ("CNY",),
    "¥": ("CNY", "JPY"),
    **dict.fromkeys(("jpy", "yen", "円", "日元", "日円"), ("JPY",)),
    **dict.fromkeys(("usd", "us$", "us dollar", "us dollars", "u.s. dollars", "美元", "米ドル"), ("USD",)),
    **dict.fromkeys(("$", "dollar", "dollars", "ドル"), ("USD", "CAD", "AUD", "HKD", "SGD")),
    **dict.fromkeys(("eur", "euro", "euros", "€", "欧元", "ユーロ"), ("EUR",)),
    **dict.fromkeys(("gbp", "£", "pound", "pounds", "英镑", "ポンド"), ("GBP",)),
    **dict.fromkeys(("hk$", "hkd", "港元"), ("HKD",)),
    **dict.fromkeys(("krw", "won", "₩", "韩元", "ウォン"), ("KRW",)),
    **dict.fromkeys(("inr", "rupee", "rupees", "₹", "卢比"), ("INR",)),
}


def _alternatives(words: Iterable[str]) -> str:
    bounded = (
        (r"(?<![a-z])" if word[0].isalpha() and word[0].isascii() else "")
        + re.escape(word)
        + (r"(?![a-z])" if word[-1].isalpha() and word[-1].isascii() else "")
        for word in sorted(words, key=len, reverse=True)
    )
    return "|".join(bounded)


_PREFIX = re.compile(rf"(?:{_alternatives(_CURRENCIES)})\s?$")
_SUFFIX = re.compile(
    rf"(?:of )?(?:(?:chinese|china) )?({_alternatives(_CURRENCIES)})(?:人民币)?(?: ?\((?:rmb|cny|人民币)\))?"
)
_NUMBER = re.compile(
    r"(?:(?<![a-z0-9_.,])(?<![a-z]-)|(?<=\brmb|\bcny|\busd|\beur|\bgbp"
    r"|\bjpy))(?:(?<![\w)])(?P<sign>[-+])(?=\d))?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\d]|[.,]\d)"
)
_WORD_NUMBERS = {
    "a": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "fifteen": "15", "twenty": "20", "fifty": "50",
}  # fmt: skip
_IN_WORDS = "|".join(sorted(_WORD_NUMBERS, key=len, reverse=True))
_WORDED = re.compile(
    rf"\b(?P<digits>{_IN_WORDS})(?= (?:hundred|thousand|million|billion|trillion)\b|(?:-| )?(?:fold|times)\b)"
)
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS_IN_WORDS = {
    **{word: at for at, word in enumerate(_ONES.split())},
    **{word: 10 * at for at, word in enumerate(_TENS.split(), 2)},
}
_POWERS_IN_WORDS = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_ANY_WORD = "|".join(sorted((*_UNITS_IN_WORDS, *_POWERS_IN_WORDS), key=len, reverse=True))
# Two units or more: "ten thousand four hundred"; "ten thousand" alone is a number and its multiplier.
_SPELLED = re.compile(rf"\b(?P<digits>(?:a |one )?(?:{_ANY_WORD})(?:(?: and |-| )(?:{_ANY_WORD}))+)(?![\w-])")
_BARE_POWER = re.compile(r"(?<=[超破逾近约达过])(?P<digits>)(?=[百千]?(?:万亿|[万亿])(?:元|家|件|个|社|项))")
_FACTOR_OF = re.compile(r"\ba factor of (?:about |around |roughly |nearly |over |more than |almost )?$")
_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN = re.compile(
    r"(?:百分之)(?P<percent>[〇零一二两三四五六七八九十百点]+|\d+(?:\.\d+)?)"
    r"|(?<![〇零一二两三四五六七八九十百千])(?P<digits>[〇零一二两三四五六七八九十百千]{1,24}(?:点[〇零一二三四五六七八九]{1,12})?)(?=[万亿]|倍|(?<=[十百千点].)[元件家个社项]|(?<=[十百千])[元件家个社项]|成(?!立|为|果|功|就|长|员|交|本|都|熟))"
)
_LETTER = re.compile(r" ?(k|mn|m|bn|b|tn|t)(?![a-z0-9])")
_LETTERS = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9, "t": 12, "tn": 12}
_MULTIPLIER = re.compile(
    r"[ -]?(ten thousand|hundred thousand|hundred|thousand|million|billion|trillion|mln|bln|mio|mrd|trn)\b(?: of)?"
)
_DURATION = re.compile(
    r"[ -]?(?:years?|months?|weeks?|days?|hours?|minutes?|decades?|centur(?:y|ies))\b"
    r"|年|か月|ヶ月|个月|月|日|天|周|歳|岁|時間|小时"
)
_MORE_INSIDE = re.compile(r"多|余(?!り)|数")
_HAN_MULTIPLIER = re.compile(r" ?[十百千万亿兆]{1,8}")
_GROUP = re.compile(r"(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?)(?P<power>[百千万亿]*)")
_AFTER: tuple[tuple[str, re.Pattern[str]], ...] = (
    (POINTS, re.compile(r" ?(?:percentage points?|pp\b|个?百分点|パーセントポイント|ポイント)")),
    (
        PERCENT,
        re.compile(
            r" ?(?:%(?! ?points?)|percent\b|per cent\b|pct\b|パーセント|成(?!立|为|果|功|就|长|员|交|本|都|熟))"
        ),
    ),
    (TIMES, re.compile(r"[ -]?(?:fold\b|times\b(?! (?:a|per) )|x(?![a-z0-9])|倍(?!増)|-?fold\b)")),
    (
        COUNT,
        re.compile(
            r" ?(?:件|家|个|個|社|项|項|户|人(?!民|口|均)|所|座|位(?!于|居|列)|种|篇|名(?!为)|份|units?\b)"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Amount(Span):
    """A number: digits × 10^multiplier, what kind of unit it has, and which ones that may be.

    `start` to `end` are the number with its currency, multiplier, unit and hedges; `at` is where its
    digits begin. `units` are currency codes for money, IRIs for a unit of the graph. `worded` is a number
    in words ("fivefold").
    """

    at: int
    digits: str
    multiplier: int = 0
    kind: str = ""
    units: tuple[str, ...] = ()
    comparator: Comparator = Comparator.IS
    worded: bool = False
    upper: Decimal | None = None  # the other end of a range, multiplied out

    @property
    def value(self) -> Decimal:
        """The number multiplied out."""
        return Decimal(self.digits).scaleb(self.multiplier)


def scan(
    folded: str, within: Span, taken: Iterable[Span], names: Mapping[str, tuple[str, ...]]
) -> list[Amount]:
    """The amounts of a stretch of folded text outside what is `taken`.

    `names` are the graph's own unit names in folded letters, with the IRIs that each may mean.
    """
    spans = list(taken)
    found: list[Amount] = []
    for pattern in (_SPELLED, _BARE_POWER, _HAN, _NUMBER, _WORDED):
        for match in pattern.finditer(folded, within.start, within.end):
            own = Span(match.start(), match.end())
            if any(own.meets(span) for span in spans) or any(own.meets(other) for other in found):
                continue
            amount = _amount(folded, match, within, names)
            if amount is not None:
                found.append(amount)
    return sorted(found, key=lambda amount: amount.at)


_JOINED = re.compile(r" ?(?:-|~|至|到|から|(?:\bto\b)) ?$")
_BETWEEN = re.compile(r"\bbetween $")
_RISES = re.compile(r"(?:\bfrom(?: just| only)? |从|由|自)$")
_RANGE_END = re.compile(r" ?(?:之?间|の間)")


def ranges(amounts: Iterable[Amount], folded: str, within: Span, changing: Iterable[Span]) -> list[Amount]:
    """Amounts with those of a range as one: "between 800 and 900 billion", "28,000-29,000", 2万至3万家.

    Where the sentence speaks of growth (`changing`), "to" leads to a later figure and makes no range.
    """
    moving = any(True for _ in changing)
    found: list[Amount] = []
    for amount in amounts:
        first = found[-1] if found else None
        made = _range(first, amount, folded, within, moving) if first is not None else None
        if made is not None:
            found[-1] = made
        else:
            found.append(amount)
    return found


def _range(first: Amount, last: Amount, folded: str, within: Span, moving: bool) -> Amount | None:
    gap = _PREFIX.sub("", folded[first.end : last.at]).strip()
    before = folded[within.start : first.start]
    between = _BETWEEN.search(before) if gap == "and" else None
    if not between and (moving or _RISES.search(before) or not _JOINED.fullmatch(gap)):
        return None
    hedged = last.comparator is not Comparator.IS and not (last.comparator is Comparator.ABOUT and gap == "~")
    if first.comparator is not Comparator.IS or hedged or first.kind not in ("", last.kind):
        return None
    low, power = Decimal(first.digits), first.multiplier
    if not first.multiplier and low.scaleb(last.multiplier) < last.value:
        power = last.multiplier
    if not low.scaleb(power) < last.value:
        return None
    closing = _RANGE_END.match(folded, last.end, within.end)
    return Amount(
        within.start + between.start() if between else first.start,
        closing.end() if closing else last.end,
        first.at,
        first.digits,
        power,
        last.kind,
        last.units,
        Comparator.BETWEEN,
        upper=last.value,
    )


def _amount(
    folded: str, match: re.Match[str], within: Span, names: Mapping[str, tuple[str, ...]]
) -> Amount | None:
    groups = match.groupdict()
    kind, comparator = "", None
    units: tuple[str, ...] = ()
    if match.re is _SPELLED:
        spelled = _spelled(groups["digits"])
        if spelled is None:
            return None
        digits = spelled
    elif match.re is _BARE_POWER:
        digits = "1"
    elif groups.get("percent"):
        digits, kind = _han(groups["percent"]), PERCENT
    else:
        digits = _WORD_NUMBERS.get(groups["digits"]) or _han(groups["digits"])
    if len(digits) > LONGEST:
        return None
    if groups.get("sign") == "-":
        digits = f"-{digits}"
    start, end, multiplier = match.start(), match.end(), 0
    prefix = _PREFIX.search(folded, max(within.start, start - 14), start)
    if prefix:
        start, kind, units = prefix.start(), MONEY, _CURRENCIES[prefix[0].strip()]
    inside = _MORE_INSIDE.match(folded, end, within.end)
    if inside:
        comparator, end = Comparator.OVER, inside.end()
    digits, multiplier, end = _multiplied(folded, digits, end, within.end, bool(prefix))
    if not inside and (inside := _MORE_INSIDE.match(folded, end, within.end)) and multiplier:
        comparator, end = Comparator.OVER, inside.end()
    if not kind:
        kind, units, end, shift = _unit(folded, end, within.end, names)
        if shift:  # 三成 is thirty percent
            multiplier += shift
    if not kind and _FACTOR_OF.search(folded, max(within.start, match.start() - 50), match.start()):
        kind = TIMES
    if not kind and _DURATION.match(folded, end, within.end):
        return None
    following = folded[end : end + 1]
    if (
        following.isascii()
        and following.isalpha()
        and folded[end - 1].isascii()
        and folded[end - 1].isalnum()
    ):
        return None  # 5g, 3d, 1st
    if following == "-" and folded[end + 1 : end + 2].isalpha() and not kind:
        end_word = re.match(r"-[a-z]+", folded[end : within.end])
        if end_word and end_word[0][1:] not in POWERS:
            return None  # 10-year
    pre = hedges.before(folded[within.start : start])
    if pre:
        start -= pre[1]
        comparator = comparator or pre[0]
    post = hedges.after(folded[end : within.end])
    if post:
        end += post[1]
        comparator = comparator or post[0]
    worded = match.re is not _NUMBER
    return Amount(
        start, end, match.start(), digits, multiplier, kind, units, comparator or Comparator.IS, worded
    )


def _spelled(text: str) -> str | None:
    """A number in English words as digits; None for one word and its multiplier, which others read."""
    parts = [part for part in re.split(r"[ -]", text) if part != "and"]
    if parts[0] == "a":
        parts[0] = "one"
    units = [part for part in parts if part in _UNITS_IN_WORDS]
    if len(units) < 2 or parts[0] in _POWERS_IN_WORDS:
        return None
    total = section = 0
    for part in parts:
        if part in _UNITS_IN_WORDS:
            section += _UNITS_IN_WORDS[part]
        elif part == "hundred":
            section *= 100
        else:
            total, section = total + (section or 1) * 10 ** _POWERS_IN_WORDS[part], 0
    return str(total + section)


def _multiplied(folded: str, digits: str, end: int, limit: int, money: bool) -> tuple[str, int, int]:
    """Digits, power and end after the multiplying words: billion, 亿, 8536亿9400万, hundred million, bn."""
    power = 0
    for _ in range(2):
        if word := _MULTIPLIER.match(folded, end, limit):
            power += sum({"ten": 1}.get(part) or POWERS[part] for part in word[1].split())
            end = word.end()
    if power:
        return digits, power, end
    letter = _LETTER.match(folded, end, limit)
    if letter and (
        money or letter[1] in ("k", "bn", "mn", "tn") or _SUFFIX.match(folded, letter.end() + 1, limit)
    ):
        return digits, _LETTERS[letter[1]], letter.end()
    chain = _HAN_MULTIPLIER.match(folded, end, limit)
    if not chain:
        return digits, 0, end
    power, length = cjk_power(chain[0].strip())
    if not length:
        return digits, 0, end
    end = end + len(chain[0]) - len(chain[0].lstrip()) + length
    group = _GROUP.match(folded, end, limit)
    if group and "." not in digits:
        small = cjk_power(group["power"])[0] if group["power"] else 0
        lower = Decimal(group["digits"].replace(",", ""))
        if small < power and lower < Decimal(10) ** (power - small) and (small or "." not in group["digits"]):
            decimals = len(group["digits"].partition(".")[2])
            whole = Decimal(digits).scaleb(power - small) + lower
            return f"{whole:.{decimals}f}", small, group.end()
    return digits, power, end


def _unit(
    folded: str, end: int, limit: int, names: Mapping[str, tuple[str, ...]]
) -> tuple[str, tuple[str, ...], int, int]:
    blank = end + 1 if folded[end : end + 1] in (" ", "-") else end
    if money := _SUFFIX.match(folded, blank, limit):
        return MONEY, _CURRENCIES[money[1]], money.end(), 0
    for kind, pattern in _AFTER[:3]:
        if unit := pattern.match(folded, end, limit):
            return kind, (), unit.end(), 1 if unit[0].strip() == "成" else 0
    for length in range(min(40, limit - blank), 0, -1):
        name = folded[blank : blank + length]
        if name in names and not (
            name[-1].isascii()
            and name[-1].isalnum()
            and folded[blank + length : blank + length + 1].isalnum()
        ):
            return NAMED, names[name], blank + length, 0
    if unit := _AFTER[3][1].match(folded, end, limit):
        return COUNT, (), unit.end(), 0
    return "", (), end, 0


def _han(text: str) -> str:
    """A number in Chinese numerals (or already in digits) as digits: 三十二点五 is 32.5."""
    if text[0].isascii():
        return text.replace(",", "")
    whole, point, fraction = text.partition("点")
    if not any(c in "十百千" for c in whole) and len(whole) > 1:
        number = int("".join(str(_HAN_DIGITS[c]) for c in whole))
    else:
        number = section = 0
        for character in whole:
            if character in "十百千":
                number += (section or 1) * {"十": 10, "百": 100, "千": 1000}[character]
                section = 0
            else:
                section = _HAN_DIGITS[character]
        number += section
    return f"{number}.{''.join(str(_HAN_DIGITS[c]) for c in fraction)}" if point else str(number)
