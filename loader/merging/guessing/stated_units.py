"""The units that headers and titles state: in brackets, after "in", behind a comma."""

from __future__ import annotations

import re
from collections.abc import Mapping

from innograph.loader.merging.guessing.columns import is_unit
from innograph.ontology.figures.unit_words import is_counted

_PLAINLY_COUNTED = frozenset(
    {*("number", "count", "persons", "people", "no.", "nr", "anzahl", "personen", "personnes")}
    | {*("人", "人数", "件", "个", "個")}
)
_PER_HEAD = (
    r"\bper (?:capita|head|person|inhabitant|resident)|\b(?:pro|je) (?:kopf|einwohner)|\bpar (?:habitant|personne)"
    r"|人均|[1一]人当たり|per cápita|por habitante"
)


def unit_in(header: str, *, aside: bool = True) -> str:
    """The unit that a header states: in brackets, after "in", as "%" at its end; "" where it states none.

    With `aside`, also what stands behind a comma: in a title that is a dimension ("Länder, Jahre").
    """
    for inside in reversed(re.findall(r"[(\[（【]([^()\[\]（）【】]+)[)\]）】]", header)):
        if is_unit(inside.strip()):
            return _for_each(header, str(inside).strip())
    if match := re.search(r"[,;:/]?\s+in\s+(.+)$|[,;]\s*([^,;]+)$|_([a-z%]+)$", header, re.IGNORECASE):
        said = str(next(filter(None, match.groups()))).strip()
        if (match[1] or (aside and not is_a_part(said))) and is_unit(said) and len(said.split()) <= 5:
            return said
    if match := re.search(r"\b(per (?:\d[\d,. ]*|hundred |thousand |million )?\w+)$", header, re.IGNORECASE):
        said = str(match[1])
        return said if is_unit(said) and re.search(r"\d|thousand|million|hundred", said) else ""
    return "%" if "%" in header else ""


def _for_each(header: str, unit: str) -> str:
    """The unit in brackets, for each of those that the words before it say: "GDP per capita (US$)"."""
    outside = re.sub(r"[(\[（【].*?[)\]）】]", " ", header)
    each = re.search(_PER_HEAD, outside, re.IGNORECASE)
    if not each or re.search(r"[%‰/]|percent|\bper\b|[每毎]", unit, re.IGNORECASE):
        return unit
    whole = f"{unit} per capita"
    return whole if is_unit(whole) else ""


def is_a_part(words: str) -> bool:
    """Whether words behind a comma rather say of whom something is counted ("applications, residents")."""
    return is_counted(words) and words.casefold() not in _PLAINLY_COUNTED


def unit_above(described: Mapping[str, str]) -> str:
    """The unit that a line above the header states: "单位：亿元", "Unit: km2", "(in Mio. EUR)"."""
    for line in described.get("above", "").splitlines():
        said = re.search(
            r"(?:单位|單位|単位|units?|einheit|unité|unidad)\s*[:：]\s*([^\s,;)）]+(?: [^\s,;)）]+)*)",
            line,
            re.I,
        )
        if said and is_unit(said[1].strip()):
            return str(said[1]).strip()
        if unit := unit_in(line, aside=False):
            return unit
    return ""
