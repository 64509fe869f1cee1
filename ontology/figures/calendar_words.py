"""Words for months, quarters, halves and eras, in the languages that statistics are published in.

Month names are those of the Unicode CLDR (by Babel). A name that two languages use for different months
("listopad" is October in Croatian and November in Polish) is left out: nothing is guessed from it.
"""

from __future__ import annotations

import re
from functools import cache

LANGUAGES = (
    *("en", "zh", "ja", "ko", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "hr"),
    *("hu", "ro", "tr", "ru", "uk", "el", "id", "vi"),
)

# The year before the era's first one (era year 1 is written 元).
ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018, "民国": 1911, "民國": 1911}
ERA_LETTERS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}

CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")

# A period of several months: how many months, and the words that follow or precede its ordinal.
PARTS = {
    "quarter": "quarter|qtr|quartal|trimestre|trimester|trim|kwartaal|kvartal|kwartał|квартал|кв|季度|季|四半期|분기",
    "half": "half|half-year|semester|semestre|halbjahr|halvår|полугодие|半年|半期|반기",
}
ORDINALS = {
    "1": "1|1st|first|erstes|i|第1|第一|一|上",
    "2": "2|2nd|second|zweites|ii|第2|第二|二|下",
    "3": "3|3rd|third|drittes|iii|第3|第三|三",
    "4": "4|4th|fourth|viertes|iv|第4|第四|四",
}


@cache
def months() -> dict[str, int]:
    """Every month name and abbreviation, casefolded and without final points: its number from 1."""
    from babel import Locale  # some 30 ms, and most figures have years

    meant: dict[str, set[int]] = {}
    for language in LANGUAGES:
        names = Locale(language).months
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in names[form][width].items():
                    if not name.isdigit():
                        meant.setdefault(bare(name), set()).add(number)
    meant.setdefault("sept", {9})
    return {name: numbers.pop() for name, numbers in meant.items() if len(numbers) == 1}


def bare(word: str) -> str:
    """A word as it is compared: casefolded, without a final point."""
    return word.casefold().rstrip(".")


@cache
def part_pattern(part: str) -> re.Pattern[str]:
    """What matches an ordinal with the word for a quarter or a half, in either order, casefolded."""
    ordinals = "|".join(f"(?P<n{number}>{words})" for number, words in ORDINALS.items())
    noun = PARTS[part]
    return re.compile(
        rf"(?:(?:{ordinals})(?:er|re|o|º|°|\.|-?(?:й|ое))?[\s-]*(?:{noun})\.?"
        rf"|(?:{noun})\.?[\s-]*(?P<after>[1-4]|iv|i{{1,3}}))"
    )


def ordinal(match: re.Match[str]) -> int:
    """The number that a match of `part_pattern` found."""
    after = match["after"]
    if after:
        return int(after) if after.isdigit() else {"i": 1, "ii": 2, "iii": 3, "iv": 4}[after]
    return next(number for number in range(1, 5) if match[f"n{number}"])
