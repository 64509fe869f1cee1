"""Synthetic observations, shaped as docs/model.md says, as N-Quads: `python benchmarks/generate.py 100000 > o.nq`.

Always the same for a number, and valid beside the authored reference data. Sources hold 50,000
observations each, as a statistical office's tables would; a row of a table is the evidence of its figure
(RFC 7111).
"""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Iterator
from typing import IO

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from innograph.ontology.namespaces import (
    DCTERMS,
    INNO,
    PROV,
    QB,
    QUDT,
    RDF,
    RDFS,
    SCHEMA,
    SDMX_ATTRIBUTE,
    SDMX_CODE,
    SDMX_DIMENSION,
    SDMX_MEASURE,
    SKOS,
    UNIT,
    XSD,
    Names,
)

PER_SOURCE = 50_000
YEARS = range(2000, 2024)
INDICATORS = 25
LANGUAGES = ("en", "zh", "ja")

NAMES = Names()
DECIMALS = Literal("1", datatype=XSD.integer)
MULTIPLIER = Literal("0", datatype=XSD.integer)


def quads(observations: int) -> Iterator[Quad]:
    """The quads of so many observations: cities and indicators in `reference`, each source in its graph."""
    chance = random.Random(observations)
    cities = max(observations // (len(YEARS) * INDICATORS) + 1, 2)
    yield from _reference(cities)
    made = 0
    for city in range(cities):
        for indicator in range(INDICATORS):
            for year in YEARS:
                if made == observations:
                    return
                slug, row = f"table-{made // PER_SOURCE}", made % PER_SOURCE + 1
                if row == 1:
                    yield from _source(slug)
                yield from _observation(slug, row, city, indicator, year, chance.randrange(1, 100_000))
                made += 1


def stated_again(cities: range) -> Iterator[Quad]:
    """The quads of one more source, with figures of its own for every indicator and year of some cities."""
    chance = random.Random(0)
    slug = "second-table"
    yield from _source(slug)
    keys = itertools.product(cities, range(INDICATORS), YEARS)
    for row, (of, about, year) in enumerate(keys, start=1):
        yield from _observation(slug, row, of, about, year, chance.randrange(1, 100_000))


def city(number: int) -> NamedNode:
    """A synthetic city."""
    return NAMES.iri(f"city/synthetic-{number}")


def indicator(number: int) -> NamedNode:
    """A synthetic indicator."""
    return NAMES.iri(f"indicator/synthetic-{number}")


def _reference(cities: int) -> Iterator[Quad]:
    graph = NAMES.graph("reference")
    for number in range(cities):
        yield Quad(city(number), RDF.type, SCHEMA.City, graph)
        for language in LANGUAGES:
            yield Quad(city(number), RDFS.label, Literal(f"City {number}", language=language), graph)
    for number in range(INDICATORS):
        yield Quad(indicator(number), RDF.type, SKOS.Concept, graph)
        definition = Literal("How many there are of what is only made up.", language="en")
        yield Quad(indicator(number), SKOS.definition, definition, graph)
        yield Quad(indicator(number), SKOS.inScheme, NAMES.iri("scheme/indicators"), graph)
        yield Quad(indicator(number), QUDT.hasUnit, UNIT.NUM, graph)
        for language in LANGUAGES:
            label = Literal(f"Indicator {number}", language=language)
            yield Quad(indicator(number), SKOS.prefLabel, label, graph)


def _source(slug: str) -> Iterator[Quad]:
    graph, source, dataset = NAMES.graph(slug), NAMES.source(slug), NAMES.dataset(slug)
    author = NAMES.iri(f"person/author-of-{slug}")
    yield Quad(source, RDF.type, SCHEMA.Dataset, graph)
    yield Quad(source, RDF.type, PROV.Entity, graph)
    yield Quad(source, RDFS.label, Literal(f"Synthetic {slug}", language="en"), graph)
    yield Quad(source, SCHEMA.headline, Literal(f"Synthetic {slug}", language="en"), graph)
    yield Quad(source, SCHEMA.author, author, graph)
    for unknown in (SCHEMA.datePublished, SCHEMA.license, SCHEMA.publisher, SCHEMA.url):
        yield Quad(source, INNO.notStated, unknown, graph)
    for kind in (SCHEMA.Person, PROV.Agent, INNO.UnknownAgent):
        yield Quad(author, RDF.type, kind, graph)
    yield Quad(author, RDFS.label, Literal(f"unnamed author of {slug}", language="en"), graph)
    yield Quad(author, INNO.notStated, SCHEMA.name, graph)
    yield Quad(dataset, RDF.type, QB.DataSet, graph)
    yield Quad(dataset, RDFS.label, Literal(f"Synthetic {slug}", language="en"), graph)
    yield Quad(dataset, INNO.notStated, DCTERMS.license, graph)
    yield Quad(dataset, PROV.wasDerivedFrom, source, graph)
    yield Quad(dataset, QB.structure, NAMES.iri("structure/city-indicator"), graph)


def _observation(slug: str, row: int, of: int, about: int, year: int, tenths: int) -> Iterator[Quad]:
    graph = NAMES.graph(slug)
    this = NAMES.observation(slug, f"synthetic-{of}", f"synthetic-{about}", str(year))
    value = f"{tenths // 10}.{tenths % 10}"
    for predicate, term in (
        (RDF.type, QB.Observation),
        (RDF.type, INNO.CityObservation),
        (QB.dataSet, NAMES.dataset(slug)),
        (SDMX_DIMENSION.refArea, city(of)),
        (INNO.indicator, indicator(about)),
        (SDMX_DIMENSION.refPeriod, Literal(str(year), datatype=XSD.gYear)),
        (SDMX_MEASURE.obsValue, Literal(value, datatype=XSD.decimal)),
        (INNO.valueAsStated, Literal(value)),
        (SDMX_ATTRIBUTE.decimals, DECIMALS),
        (SDMX_ATTRIBUTE.unitMeasure, UNIT.NUM),
        (SDMX_ATTRIBUTE.unitMult, MULTIPLIER),
        (SDMX_ATTRIBUTE.obsStatus, SDMX_CODE["obsStatus-A"]),
        (PROV.wasDerivedFrom, NAMES.source(slug)),
        (INNO.evidence, NamedNode(f"{NAMES.source(slug).value}.csv#row={row + 1}")),
    ):
        yield Quad(this, predicate, term, graph)


def write(observations: int, output: IO[bytes]) -> None:
    """Write the quads of so many observations as N-Quads."""
    serialize(quads(observations), output, RdfFormat.N_QUADS)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].isdecimal():
        sys.exit("usage: python benchmarks/generate.py OBSERVATIONS > FILE.nq")
    write(int(sys.argv[1]), sys.stdout.buffer)
