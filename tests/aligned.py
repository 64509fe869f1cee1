"""What the tests of aligning share: a store with the reference data, and one loaded gazetteer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pyoxigraph import RdfFormat, Store, Triple

from innograph.loader.merging.aligning import Aligner, Gazetteer, Match
from innograph.loader.merging.records import Aligned, Name, NewIndicator, Refused, Stated
from innograph.ontology.namespaces import Names

ROOT = Path(__file__).parents[1]
NAMES = Names()
PEOPLE = Name("persons")
POPULATION = Name("Population")


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer(NAMES)


@cache
def plain() -> Store:
    """The reference data alone: not to be written to."""
    return reference()


def reference(*turtle: tuple[str, str]) -> Store:
    """A store with the vocabulary and the reference data, and Turtle in further graphs (source, text)."""
    store = Store()
    for folder, graph in (("ontology", "ontology"), ("data/reference", "reference")):
        for path in sorted((ROOT / folder).glob("*.ttl")):
            store.load(path=path, format=RdfFormat.TURTLE, base_iri=NAMES.base, to_graph=NAMES.graph(graph))
    for source, text in turtle:
        store.load(
            input=PREFIXES + text, format=RdfFormat.TURTLE, base_iri=NAMES.base, to_graph=NAMES.graph(source)
        )
    return store


PREFIXES = """
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix qudt: <http://qudt.org/schema/qudt/> .
@prefix unit: <http://qudt.org/vocab/unit/> .
"""


def aligner(
    store: Store | None = None,
    source: str = "census",
    *,
    review: Path | None = None,
    declared: dict[str, NewIndicator] | None = None,
) -> Aligner:
    return Aligner(store or plain(), NAMES, source, review=review, declared=declared, gazetteer=gazetteer())


def stated(
    place: Name, indicator: Name = POPULATION, period: str = "2020", digits: str = "5", unit: Name = PEOPLE
) -> Stated:
    return Stated("", 2, place, indicator, period, digits, unit)


def place_of(name: Name, using: Aligner | None = None) -> Match:
    """What a place's name matches."""
    using = using or aligner()
    using.align(stated(name))
    [match] = [match for match in using.matches() if match.kind == "place" and match.name == name]
    return match


def short(iri: str) -> str:
    return iri.removeprefix(NAMES.base)


def described(triples: list[Triple], path: str) -> set[str]:
    """The predicates and objects of a thing, in N-Triples."""
    this = NAMES.iri(path)
    return {f"{triple.predicate} {triple.object}" for triple in triples if triple.subject == this}


def aligned(record: Aligned | Refused) -> Aligned:
    assert isinstance(record, Aligned), record
    return record
