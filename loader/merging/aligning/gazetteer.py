"""The places that everybody knows: countries and regions of ISO 3166, cities of GeoNames.

Loaded when a name is looked for; after that, a look-up is a dictionary access.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from innograph.loader.merging.aligning import slugs
from innograph.loader.merging.aligning.cities import Cities, is_full, key
from innograph.loader.merging.aligning.countries import LABELLED, Countries
from innograph.loader.merging.aligning.place import Identifier, Place
from innograph.loader.merging.aligning.regions import Regions, short
from innograph.ontology.figures.names import EQUAL, SHORTENED, alternatives, folded, normalized
from innograph.ontology.namespaces import Names

_OTHERWISE = 0.03  # how much less another name counts


class Gazetteer:
    """Countries, regions and cities, by identifier and by name; IRIs below `names`."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._countries, self._regions, self._cities = Countries(), Regions(), Cities()
        self._places: dict[str, Place] = {}

    @cached_property
    def slugs(self) -> dict[str, str]:
        """The slug of each place: by GeoNames id, "region CN-GD" or "country DE"."""
        return slugs.slugs(self._cities, self._countries, self._regions)

    @cached_property
    def taken(self) -> frozenset[str]:
        """The slugs that places of the gazetteer have."""
        return frozenset(self._by_slug)

    # --- by identifier

    @cached_property
    def countries(self) -> dict[str, Place]:
        """The countries by ISO 3166-1 alpha-2 code."""
        return {
            code: Place(
                self._iri(f"country {code}"),
                self._countries.labels(code),
                levels=("country",),
                country=code,
                same=(("geonames", str(nation["geonameid"])), ("iso3166-1", code)),
            )
            for code, nation in self._countries.nations.items()
        }

    def country_code(self, text: str) -> str:
        """The ISO 3166-1 alpha-2 code of a country's code or name; "" if there is none, or several."""
        return self._countries.code(text)

    def region(self, code: str) -> Place | None:
        """The region of an ISO 3166-2 code; the city itself where a region is a city."""
        region = self._regions.all.get(code)
        if region is None:
            return None
        if (city := self._cities_of_regions.get(code)) is not None:
            return self.city(city)
        name = f"region {code}"
        if name not in self._places:
            texts = self._regions.names[code]
            self._places[name] = Place(
                self._iri(name),
                tuple((language, texts[language]) for language in LABELLED if language in texts),
                tuple(self._regions.further_names(code)),
                levels=("region",),
                country=region.country_code,
                same=(("iso3166-2", code),),
                inside=self.countries[region.country_code].iri,
            )
        return self._places[name]

    def city(self, number: str) -> Place | None:
        """The administrative city that a GeoNames populated place is the settlement of."""
        city = self._cities.all.get(number)
        if city is None:
            return None
        if number not in self._places:
            region = self._regions_of_cities.get(number)
            labels = {"en": city["name"]}
            if region:
                labels |= {k: v for k, v in self._regions.names[region].items() if k in ("zh", "ja")}
            native = self._cities.native(number)
            if native and (len(native) == 1 or is_full(native[0][1])):
                labels.setdefault(*native[0])
            nation = self.countries.get(city["countrycode"])
            self._places[number] = Place(
                self._iri(number),
                tuple(labels.items()),
                tuple(pair for pair in native if pair not in labels.items()),
                levels=("city", "region") if region else ("city",),
                country=city["countrycode"],
                same=(("iso3166-2", region),) if region else (),
                other=(("geonames", number),),
                inside=nation.iri if nation else "",
                position=self._cities.position(number),
                population=city["population"],
            )
        return self._places[number]

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

    def called(self, iri: str) -> Place | None:
        """The place that the gazetteer gives an IRI to."""
        path = self.names.relative(iri) or ""
        slug = path.removeprefix("city/").removesuffix("-populated-place")
        name = self._by_slug.get(slug, "")
        if not path.startswith("city/") or not name:
            return None
        if path.endswith("-populated-place"):
            return self.populated_place(name)
        kind, _, code = name.partition(" ")
        if not code:
            return self.city(name)
        return self.countries[code] if kind == "country" else self.region(code)

    @cached_property
    def _by_slug(self) -> dict[str, str]:
        return {slug: name for name, slug in self.slugs.items()}

    # --- by name

    def find(self, label: str) -> list[tuple[Place, float]]:
        """The places that have a name, best first.

        1 by their own name, 0.97 by another that GeoNames has, 0.95 without the word for their kind.
        """
        found = self._named(dict.fromkeys((key(label), normalized(label), folded(label))), EQUAL)
        for hit in self._countries.named(label):
            _keep(found, self.countries[hit.thing], hit.score)
        if not found:
            found = self._named(dict.fromkeys(alternatives(label)), SHORTENED)
        return sorted(found.values(), key=lambda pair: (-pair[1], -pair[0].population, pair[0].iri))

    def around(self, words: str) -> list[str]:
        """The countries and regions (ISO 3166 codes) that words behind a place's name may mean: "IL", "Canada"."""
        if (country := self.country_code(words)) and len(words) > 2:
            return [country]
        forms = dict.fromkeys((normalized(words), folded(words)))
        codes = [code for form in forms for code in self._regions.by_name.get(form, ())]
        # The abbreviations of states are written behind names in these countries.
        codes += [
            c for nation in ("US", "CA", "AU") if (c := f"{nation}-{words.upper()}") in self._regions.all
        ]
        return list(dict.fromkeys(codes)) or ([country] if country else [])

    def is_in(self, place: Place, area: str) -> bool:
        """Whether a place may be in a country or region; regions of cities are known for the United States only."""
        if place.country != area[:2]:
            return False
        numbers = [value for scheme, value in (*place.other, *place.same) if scheme == "geonames"]
        codes = {self._cities.all[number]["admin1code"] for number in numbers if number in self._cities.all}
        return not area.startswith("US-") or not codes or area[3:] in codes

    def _named(self, forms: dict[str, None], score: float) -> dict[str, tuple[Place, float]]:
        """The cities and regions of a name, in any of its forms."""
        found: dict[str, tuple[Place, float]] = {}
        for number in dict.fromkeys(n for form in forms for n in self._cities.by_name.get(form, ())):
            name = self._cities.all[number]["name"]
            if (place := self.city(number)) is not None:
                native = any(normalized(text) in forms for _, text in (*place.labels, *place.more))
                own = native or key(name) in forms or folded(name) in forms
                _keep(found, place, score if own else score - _OTHERWISE)
        for form in forms:
            for code in self._regions.by_name.get(form, ()):
                if (place := self.region(code)) is not None:
                    _keep(found, place, score)
        return found

    # --- both

    @cached_property
    def _cities_of_regions(self) -> dict[str, str]:
        """The GeoNames id of the city that a region is, by the region's code."""
        by_own_name: dict[tuple[str, str], list[str]] = defaultdict(list)
        for number, city in self._cities.all.items():
            by_own_name[city["countrycode"], key(city["name"])].append(number)
        found = {}
        for code, region in self._regions.all.items():
            if not self._regions.may_be_a_city(code):
                continue
            texts = (region.name, self._regions.names[code]["en"], short(region.name))
            names = {key(text) for text in texts if text}
            same = [number for name in names for number in by_own_name.get((region.country_code, name), ())]
            if len(same) == 1:
                found[code] = same[0]
        return found

    @cached_property
    def _regions_of_cities(self) -> dict[str, str]:
        return {city: region for region, city in self._cities_of_regions.items()}

    def _iri(self, name: str) -> str:
        return self.names.iri(f"city/{self.slugs[name]}").value


def _keep(found: dict[str, tuple[Place, float]], place: Place, score: float) -> None:
    if place.iri not in found or found[place.iri][1] < score:
        found[place.iri] = (place, score)
