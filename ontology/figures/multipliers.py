"""Words that multiply: 万 and 亿, thousand and billion, Mio. and Mrd., in units and after numbers.

`split_multiplier("万元")` is (4, "元"), `split_multiplier("million US$")` is (6, "US$"). A word that means
different powers in different languages is taken as English does ("billion" is 10⁹), except in a form that
only one language has ("Billionen" is 10¹²).
"""

from __future__ import annotations

import re
import unicodedata

_WORDS = {
    2: "hundred hundreds",
    3: "thousand thousands thsd thous tsd tausend mille milliers millier mil mila migliaia duizend tusen tys тыс тысяч "
    "тысяча tusind tisíc",
    5: "lakh lakhs",
    6: "million millions mn mln mio millionen millionen million(s) millones millón milhões milhão milioni milione "
    "miljoen miljoner millioner млн миллион миллионов milyon juta triệu",
    7: "crore crores cr",
    9: "billion billions bn bln mrd mia milliarde milliarden milliard milliards md mds miliardi miliardo miljard "
    "miljarder milliarder bilhão bilhões mld млрд миллиард миллиардов milyar miliar tỷ",
    12: "trillion trillions tn trn trln billionen billones trilhão trilhões biljoen biljoner трлн trilyun",
}
POWERS: dict[str, int] = {word: power for power, line in _WORDS.items() for word in line.split()}

_CJK = {"十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8, "兆": 12, "만": 4, "억": 8, "조": 12}
# 千米 is a kilometre, 兆瓦 a megawatt, 百分 and 千分 parts of a hundred and a thousand, 千万 both multiply.
_NOT_MULTIPLIER = re.compile(
    r"千(?:米|克|瓦|帕|伏|焦|卡|赫|公里|升|字节|分)|兆(?:瓦|帕|赫|字节|比特|焦|欧)|百(?:分|帕|科)|十分|万分|조각"
)
_CHAIN = re.compile(f"[{''.join(_CJK)}]+")
_TOKEN = re.compile(r"[^\W\d_]+(?:\(s\))?\.?", re.UNICODE)
_SMALL = re.compile(r"(?:of|de|d'|di|in|en)\s+|d['’]", re.IGNORECASE)


def cjk_power(text: str) -> tuple[int, int]:
    """The power of ten of the multiplying characters that a text begins with, and how many they are."""
    if _NOT_MULTIPLIER.match(text):
        return 0, 0
    chain = _CHAIN.match(text)
    if not chain:
        return 0, 0
    found = chain[0]
    if _NOT_MULTIPLIER.match(text, len(found) - 1):  # 万千瓦时 is ten thousand kilowatt hours
        found = found[:-1]
    return sum(_CJK[character] for character in found), len(found)


def leading_power(text: str) -> tuple[int, str]:
    """The power that a text begins with, in words or characters, and what follows it.

    ("thousand million yuan" gives (9, "yuan"); "yuan" gives (0, "yuan").)
    """
    power, rest = 0, text.strip()
    while rest:
        more, length = cjk_power(rest)
        if not more:
            token = _TOKEN.match(rest)
            more = POWERS.get(token[0].casefold().rstrip("."), 0) if token else 0
            length = len(token[0]) if token and more else 0
        if not more:
            break
        power, rest = power + more, rest[length:].lstrip(" .-")
    if power and (small := _SMALL.match(rest)):
        rest = rest[small.end() :].lstrip()
    return power, rest


def split_multiplier(text: str) -> tuple[int, str]:
    """The power of ten that the words of a unit state, wherever they stand, and the unit without them.

    "US$ million" is (6, "US$"); "in thousands" is (3, ""); "1,000 persons" is (3, "persons"); "per million
    people" and "每万人" keep their number, which is part of the unit.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if enclosed := re.fullmatch(r"\(([^()]*)\)|\[([^\[\]]*)\]", plain):
        plain = (enclosed[1] or enclosed[2] or "").strip()
    plain = re.sub(
        r"^(?:in|en|单位|單位|単位|unit)\s*[:：]?\s+|^(?:单位|單位|単位)\s*[:：]",
        "",
        plain,
        flags=re.IGNORECASE,
    )
    if number := re.match(r"(?:×|x|\*)?\s*10(?:\^|\*\*)(\d+)\s*", plain):
        return int(number[1]), plain[number.end() :]
    if number := re.match(r"(1(?:[ ,.]?000)+)\b\s*", plain):
        return number[1].count("0"), plain[number.end() :]
    power, rest = leading_power(plain)
    if power:
        return power, rest
    for token in _TOKEN.finditer(plain):
        before, word = plain[: token.start()], token[0].casefold().rstrip(".")
        if word in POWERS and not re.search(
            r"(?:\bper|\bpro|\bje|\bpar|\bpor|/|[每人口])\s*(?:\d[\d,. ]*)?$", before, re.I
        ):
            more, after = leading_power(plain[token.start() :])
            return more, re.sub(r"\(\s*\)|\(\s*$", "", " ".join(f"{before} {after}".split())).strip(" ,;)")
    return 0, plain
