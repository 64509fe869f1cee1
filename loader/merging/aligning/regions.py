"""Regions: the subdivisions of ISO 3166-2 and their names, the short ones among them."""

from __future__ import annotations

import gettext
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pycountry

from innograph.loader.merging.aligning.countries import more_names
from innograph.ontology.figures.names import alternatives, folded, normalized

_LOCALES = {"zh": "zh_CN", "de": "de", "fr": "fr", "ja": "ja"}
# Kinds of divisions that are one city: where a city of their country has their name, both are one unit.
_CITY_KINDS = ("municipality", "city", "metropolis", "town")


class Regions:
    """The subdivisions of all countries, by code ("CN-GD")."""

    @cached_property
    def all(self) -> dict[str, Any]:
        """What ISO 3166-2 says of each, by code."""
        return {region.code: region for region in pycountry.subdivisions}

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Their names by code and language; in English the short form, which statistics use."""
        translations = {
            language: gettext.translation("iso3166-2", pycountry.LOCALES_DIR, [locale], fallback=True)
            for language, locale in _LOCALES.items()
        }
        more = more_names()
        found: dict[str, dict[str, str]] = {}
        for code, region in self.all.items():
            found[code] = {"en": short(region.name) or region.name}
            for language, translation in translations.items():
                if (name := translation.gettext(region.name)) != region.name:
                    found[code][language] = name
            found[code].update(more.get(code, ()))
        return found

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Their codes by all forms of their names."""
        found: dict[str, list[str]] = defaultdict(list)
        for code, region in self.all.items():
            official = (part.strip() for part in re.split(r"[\[\]/()]", region.name))
            texts = [region.name, *filter(None, official), *self.names[code].values()]
            forms = {form for text in texts for form in (normalized(text), folded(text), *alternatives(text))}
            for form in sorted(forms):
                found[form].append(code)
        return dict(found)

    def further_names(self, code: str) -> Iterator[tuple[str, str]]:
        """The short Chinese and Japanese forms, and the official romanized name, as (language, name)."""
        texts = self.names[code]
        for language in ("zh", "ja"):
            if language in texts:
                yield from ((language, form) for form in alternatives(texts[language]))
        if self.all[code].name != texts["en"]:
            yield ("en", self.all[code].name)

    def may_be_a_city(self, code: str) -> bool:
        """Whether a first-level division is, by its kind, one city."""
        region = self.all[code]
        kind = region.type.casefold()
        return not region.parent_code and any(word in kind for word in _CITY_KINDS) and "rural" not in kind


def short(name: str) -> str:
    """A name without the word for its kind, spelled as the name is; "" if it has none."""
    words = name.split()
    for form in alternatives(name):
        length = len(form.split())
        for start in range(len(words) - length + 1):
            part = " ".join(words[start : start + length])
            if folded(part) == form:
                return part
    return ""
