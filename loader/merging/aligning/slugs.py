"""What the places of the gazetteer are called in IRIs: by what they are, so that every merge names them alike.

Where several places have one name, the most populous city has it plain; the others get their country and
first-level code, a country "-country", and a region its code.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from innograph.loader.merging.aligning.cities import Cities
from innograph.loader.merging.aligning.countries import Countries
from innograph.loader.merging.aligning.regions import Regions
from innograph.ontology.figures.names import slug


def slugs(cities: Cities, countries: Countries, regions: Regions) -> dict[str, str]:
    """The slug of each place: by GeoNames id, "region CN-GD" or "country DE". No two are equal."""
    found: dict[str, str] = {}
    groups: dict[str, list[str]] = defaultdict(list)
    for number, city in cities.all.items():
        groups[slug(city["name"])].append(number)
    for name, numbers in sorted(groups.items()):
        numbers.sort(key=lambda number: (-cities.all[number]["population"], int(number)))
        found[numbers[0]] = name
        if len(numbers) > 1:
            found.update(_told_apart(name, numbers[1:], cities.all))
    taken = set(found.values())
    for code in countries.nations:
        name = slug(countries.labels(code)[0][1])
        found[f"country {code}"] = f"{name}-country" if name in taken else name
    taken |= set(found.values())
    named: dict[str, list[str]] = defaultdict(list)
    for code in regions.all:
        named[slug(regions.names[code]["en"])].append(code)
    for name, codes in named.items():
        alone = len(codes) == 1 and name not in taken
        found.update({f"region {code}": name if alone else f"{name}-{slug(code)}" for code in codes})
    return found


def _told_apart(name: str, numbers: list[str], cities: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Slugs of cities of one name: with their country, their first-level code, or at last their number."""
    for forms in (("countrycode",), ("countrycode", "admin1code")):
        tails = {n: "-".join(slug(cities[n][part]) for part in forms if cities[n][part]) for n in numbers}
        times = Counter(tails.values())
        yield from ((n, f"{name}-{tail}") for n, tail in tails.items() if times[tail] == 1)
        numbers = [n for n in numbers if times[tails[n]] > 1]
    yield from ((n, f"{name}-{n}") for n in numbers)
