"""How units are written: powers of ten, divisions, people and other things that are counted.

The grammar only takes a text apart; what the parts mean is up to `units`. Text goes through `plain` first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from innograph.ontology.figures.multipliers import POWERS

# Words for powers of ten beside those at numbers. Those that other languages use otherwise are below.
_POWERS = POWERS | {
    "hundert": 2,
    **dict.fromkeys(["ths", "k", "'000", "000", "000s", "'000s"], 3),
    "mill": 6,
    "bio": 12,
}
_LONG_SCALE = {"billion": 12, "billions": 12, "trillion": 18, "trillions": 18}
_LONG_SCALE_LANGUAGES = {"de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "no", "nb", "fi", "hu", "cs"}
_CJK_POWERS = {
    "十": 1,
    "百": 2,
    "千": 3,
    "万": 4,
    "萬": 4,
    "亿": 8,
    "億": 8,
    "兆": 12,
    "만": 4,
    "억": 8,
    "조": 12,
}
_CJK_POWER = re.compile(f"^([{''.join(_CJK_POWERS)}]+)")
_NUMBER = re.compile(r"^(1|10+)(?:\^(\d{1,2}))?(?![\d.])[ -]?")
_LAST_NUMBER = re.compile(r" (10+)$")
_EXPONENT = re.compile(r"^1?e\+?(\d{1,2})(?!\w)\s*")
_WORD = r"[^\W\d_]+|'?000s?"
_LEADING = re.compile(rf"^({_WORD})(?:\.|(?=\W)|$)\s*-?(?:(?:of|de|d')\s*(?=\w))?\s*", re.I)
_TRAILING = re.compile(rf"\s-?({_WORD})\.?$", re.I)
# Letters at a currency: "k€", "TEUR", "EURm", "US$bn"; and at a tonne: "kt".
_ATTACHED = (
    re.compile(r"^(?P<power>k|K|T|M|Md|G)\s?(?P<rest>[A-Z]{3}|[A-Z]{0,3}[€$£¥])$"),
    re.compile(r"^(?P<rest>[A-Z]{3}|[A-Za-z]{0,3}[€$£¥])\s?(?P<power>k|K|m|M|mn|bn|b|B|tn)$"),
    re.compile(r"^(?P<power>k|M|G)(?P<rest>t(?:\s?CO.*)?)$"),
)
_LETTERS = {
    "k": 3,
    "K": 3,
    "T": 3,
    "m": 6,
    "M": 6,
    "mn": 6,
    "Md": 9,
    "G": 9,
    "bn": 9,
    "b": 9,
    "B": 9,
    "tn": 12,
}

_DIVIDED = re.compile(r"\s*(?:/|(?:^|\s)(?:per|je|pro|par|pour|por|for each|for every)\s)\s*", re.I)
_EACH = re.compile(r"^[每毎](?P<bottom>[\d十百千万萬亿億]*[^\d十百千万萬亿億])(?P<top>.*)$")
_AVERAGE = re.compile(r"^人均(?P<top>.*)$")
_FOR_EACH = re.compile(r"^(?P<bottom>.+?)(?:当たり|あたり|当り|対)の?(?P<top>.*)$")

_PEOPLE = {
    "people", "person", "persons", "inhabitant", "inhabitants", "capita", "head", "resident", "residents", "population",
    "inh", "inhab", "hab", "pop", "citizen", "citizens", "people of population", "head of population", "einwohner",
    "einwohnern", "einwohnerin", "einwohnerinnen", "einwohner*innen", "kopf", "person*", "personen", "habitant",
    "habitants", "habitantes", "чел", "человек", "personas", "pessoas",
    "personne", "personnes", "tête", "人", "人口", "口", "居民", "常住人口", "住民", "名", "名人口", "명",
}  # fmt: skip
# Things that are counted one by one: a number of them is a number.
_COUNTED = _PEOPLE | {
    "", "number", "numbers", "count", "counts", "no", "nr", "n", "item", "items", "piece", "pieces", "unit", "units",
    "case", "cases", "patent", "patents", "application", "applications", "patent applications", "article",
    "articles", "paper", "papers", "publication", "publications", "company", "companies", "enterprise",
    "enterprises", "firm", "firms", "business", "businesses", "establishment", "establishments", "startup",
    "startups", "start-ups", "unicorns", "contract", "contracts", "project", "projects", "employee", "employees",
    "worker", "workers", "job", "jobs", "researcher", "researchers", "student", "students", "household",
    "households", "dwelling", "dwellings", "vehicle", "vehicles", "car", "cars", "trip", "trips", "passenger",
    "passengers", "institution", "institutions", "university", "universities", "school", "schools", "hospital",
    "hospitals", "bed", "beds", "physician", "physicians", "doctor", "doctors", "event", "events", "visitor",
    "visitors", "death", "deaths", "birth", "births", "set", "sets", "user", "users", "subscriber", "subscribers",
    "subscription", "subscriptions", "headcount", "men", "women", "males", "females", "tourists",
    "anzahl", "stück", "zahl", "fälle", "unternehmen", "betriebe", "beschäftigte", "patente", "haushalte",
    "erwerbstätige", "fahrzeuge", "wohnungen", "anmeldungen", "patentanmeldungen",
    "nombre", "unités", "unité", "entreprises", "brevets", "emplois", "ménages", "cas",
    "个", "個", "项", "項", "件", "家", "户", "戸", "户数", "所", "篇", "台", "辆", "輛", "套", "次", "人次",
    "本", "社", "数", "数量", "個数", "件数", "社数", "人数", "企业数", "专利数", "特許件数", "特許", "企業数", "世帯",
    "棟", "事業所", "座", "张", "份", "批", "只", "头", "株", "间", "户次", "개", "건", "回",
}  # fmt: skip

# Codes of SDMX code lists (Eurostat UNIT and OECD UNIT_MEASURE) that are no words.
_CODES = {
    "PC": "percent", "PT": "percent", "PCT": "percent", "NR": "number", "NO": "number", "PER": "persons",
    "PERS": "persons", "PS": "persons", "THS": "thousand", "THS_PER": "thousand persons", "MIO": "million",
    "MIO_EUR": "million EUR", "MIO_NAC": "", "EUR_HAB": "EUR per inhabitant", "HAB_KM2": "inhabitants per km2",
    "PER_KM2": "persons per km2", "P_HAB": "per inhabitant", "P_THAB": "per 1000 inhabitants",
    "P_HTHAB": "per 100000 inhabitants", "P_MHAB": "per 1000000 inhabitants", "PC_GDP": "% of GDP",
    "PT_GDP": "% of GDP", "PT_B1GQ": "% of GDP", "PC_POP": "% of population", "THS_T": "thousand tonnes",
    "NR_HAB": "number per inhabitant", "GWH": "GWh", "EUR_KM2": "EUR per km2",
}  # fmt: skip

_NUMBER_OF = re.compile(
    r"^(?:number of|no\.? of|anzahl(?: der)?|nombre d(?:es? |')|n[úu]mero de|numero di) ?"
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_FILLERS = re.compile(
    r"^(?:angaben in|unit of measure|units?|单位|單位|単位|einheit|unité|in|en)\s*[::]?\s+(?=\S)", re.I
)
_LABEL = re.compile(r"^(?:unit|单位|單位|単位|einheit)\s*:\s*", re.I)
# What stands with a unit and makes no other unit of it. Prices of a stated year do: they stay.
_ASIDE = re.compile(
    r"\s*\b(?:at |in )?(?:current|nominal)(?: prices)?\b\s*|(?<=%)\s*(?:of|des|der|du|de la)\s.*$"
    r"|(?<=percent)\s+of\s.*$|(?<=per cent)\s+of\s.*$|(?<=prozent)\s+(?:des|der)\s.*$",
    re.I,
)
_GAS = re.compile(
    r"(?<=[\w)])\s*(?:of |de )?CO2\s?-?\s?(?:eq(?:uivalents?|\.)?|e|-?äquivalente?|当量|當量|換算)?\.?(?=$|\s|/)",
    re.I,
)


def plain(text: str, *, fold: bool = True) -> str:
    """A unit's words in one spelling: NFKC, single spaces, and small letters unless `fold` is false."""
    raised = re.sub("(?<=10)[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "^" + m[0].translate(_SUPERSCRIPTS), text)
    text = " ".join(unicodedata.normalize("NFKC", raised).replace("’", "'").split())
    return text.casefold() if fold else text


def variants(text: str) -> Iterator[str]:
    """The text of a unit, whole and then without brackets, groups of digits and words that are beside it."""
    text = plain(text, fold=False)
    yield text
    if text in _CODES:
        yield _CODES[text]
        return
    text = _LABEL.sub("", text).replace("_", " ")
    text = re.sub(r"(?<=\d)[ ,.'](?=\d{3}(?!\d))", "", text)
    while (bare := re.sub(r"^[(\[](.*)[)\]]$", r"\1", text)) != text:
        text = bare
    text = " ".join(re.sub(r"[()\[\],;]", " ", text).split())
    text = _FILLERS.sub("", text)
    yield text
    aside = _ASIDE.sub(" ", text).strip()
    yield aside
    yield " ".join(_GAS.sub("", aside).split())
    if aside.endswith(" %"):
        yield "%"


def scaled(text: str, language: str = "", depth: int = 3) -> Iterator[tuple[str, int]]:
    """What is left of a text without the power of ten at its start or end, and that power; plainest first."""
    for rest, power in _one_power(text, language):
        yield rest, power
        if depth > 1:
            for last, more in scaled(rest, language, depth - 1):
                yield last, power + more


def _one_power(text: str, language: str) -> Iterator[tuple[str, int]]:
    if number := _NUMBER.match(text):
        base = len(number[1]) - 1
        yield text[number.end() :], base * int(number[2]) if number[2] else base
    elif exponent := _EXPONENT.match(text):
        yield text[exponent.end() :], int(exponent[1])
    elif signs := _CJK_POWER.match(text):
        for end in range(len(signs[1]), 0, -1):  # 亿千瓦时 is 亿 of 千瓦时, 千亿元 is 千亿 of 元
            yield text[end:].lstrip(), sum(_CJK_POWERS[sign] for sign in signs[1][:end])
    if (word := _LEADING.match(text)) is not None and (power := _power(word[1], language)) is not None:
        yield text[word.end() :], power
    if (last := _TRAILING.search(text)) and (power := _power(last[1], language)) is not None:
        yield text[: last.start()].rstrip(), power
    if ending := _LAST_NUMBER.search(text):
        yield text[: ending.start()], len(ending[1]) - 1
    for pattern in _ATTACHED:
        if attached := pattern.match(text):
            yield attached["rest"], _LETTERS[attached["power"]]


def _power(word: str, language: str) -> int | None:
    word = word.casefold()
    if word in _LONG_SCALE and language.split("-")[0].lower() in _LONG_SCALE_LANGUAGES:
        return _LONG_SCALE[word]
    return _POWERS.get(word)


def divided(text: str) -> Iterator[tuple[str, str]]:
    """The ways to read a text as one thing for each of another: (above, below) the line."""
    for line in _DIVIDED.finditer(text):
        if below := text[line.end() :].strip():
            yield text[: line.start()].strip(), below
    if match := _EACH.match(text):
        yield match["top"].lstrip("/ "), match["bottom"]
    if match := _AVERAGE.match(text):
        yield match["top"], "人"
    if match := _FOR_EACH.match(text):
        yield match["top"], match["bottom"].removeprefix("人口") or "人口"


def is_people(words: str, power: int = 0) -> bool:
    """Whether words below the line are people; "per 100,000" alone is, by convention, "per 1,000" is not."""
    return (power >= 4 and not words) or plain(words) in _PEOPLE


def is_counted(words: str) -> bool:
    """Whether words name things that are counted one by one ("persons", "项", or nothing at all)."""
    words = plain(words).rstrip(".")
    return words in _COUNTED or _NUMBER_OF.sub("", words) in _COUNTED
