"""Cubes are checked whole: across named graphs, on a normalized copy, in time that grows with them."""

from __future__ import annotations

from time import perf_counter

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from innograph.loader.validation import cube_constraints
from innograph.loader.validation.cube import normalized
from innograph.ontology.namespaces import PREFIXES, QB, RDF, Namespace

EX = Namespace("https://example.org/")
TURTLE_PREFIXES = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())

STRUCTURE = """
<area> rdfs:range rdfs:Resource . <year> rdfs:range xsd:integer .
<structure> a qb:DataStructureDefinition ; qb:component <c1>, <c2>, <c3> .
<c1> qb:dimension <area> . <c2> qb:dimension <year> . <c3> qb:measure <count> .
"""
CUBE = """
<cube> a qb:DataSet ; qb:structure <structure> .
<o1> a qb:Observation ; qb:dataSet <cube> ; <area> <here> ; <year> 2020 ; <count> 1 ; rdfs:comment "one" .
"""


@pytest.fixture
def store() -> Store:
    """A structure in one named graph, a cube that has it in another."""
    store = Store()
    add(store, "structures", STRUCTURE)
    add(store, "cubes", CUBE)
    return store


def add(store: Store, graph: str, turtle: str) -> None:
    triples = parse(TURTLE_PREFIXES + turtle, RdfFormat.TURTLE, base_iri=str(EX))
    store.extend(Quad(t.subject, t.predicate, t.object, EX[graph]) for t in triples)


def test_a_cube_and_its_structure_may_stand_in_different_graphs(store: Store) -> None:
    assert cube_constraints(store) == []
    add(store, "cubes", "<o2> a qb:Observation ; qb:dataSet <cube> ; <area> <here> ; <count> 2 .")
    assert [(finding.rule, finding.focus, finding.path) for finding in cube_constraints(store)] == [
        ("cube/ic-11.rq", EX.o2.value, EX.year.value)
    ]


def test_a_duplicate_in_another_named_graph_is_found(store: Store) -> None:
    add(store, "more", "<o2> qb:dataSet <cube> ; <area> <here> ; <year> 2020 ; <count> 2 .")
    (finding,) = cube_constraints(store)
    assert (finding.rule, finding.focus, finding.value) == ("cube/ic-12.rq", EX.o2.value, str(EX.o1))


def test_two_cubes_of_one_structure_may_disagree(store: Store) -> None:
    add(store, "more", "<cube2> a qb:DataSet ; qb:structure <structure> .")
    add(store, "more", "<o2> qb:dataSet <cube2> ; <area> <here> ; <year> 2020 ; <count> 2 .")
    assert cube_constraints(store) == []


def test_normalization_writes_types_and_components_out(store: Store) -> None:
    cubes = normalized(store)
    assert Quad(EX.area, RDF.type, QB.DimensionProperty) in cubes
    assert Quad(EX["count"], RDF.type, QB.MeasureProperty) in cubes
    assert Quad(EX.c1, QB.componentProperty, EX.area) in cubes


def test_normalization_copies_cubes_only_and_leaves_the_store_alone(store: Store) -> None:
    before = set(store)
    cubes = normalized(store)
    assert set(store) == before
    comment = NamedNode("http://www.w3.org/2000/01/rdf-schema#comment")
    assert list(cubes.quads_for_pattern(None, comment, None)) == []
    assert Quad(EX.o1, EX["count"], Literal(1)) in cubes


def test_attached_values_reach_every_observation(store: Store) -> None:
    add(store, "structures", "<c4> qb:attribute <unit> ; qb:componentRequired true .")
    add(store, "structures", "<structure> qb:component <c4> .")
    assert [finding.rule for finding in cube_constraints(store)] == ["cube/ic-13.rq"]
    add(store, "structures", "<c4> qb:componentAttachment qb:DataSet .")
    add(store, "cubes", "<cube> <unit> <number> .")
    assert cube_constraints(store) == []


def test_time_grows_with_the_cube_not_with_its_square(store: Store) -> None:
    """The specification's own IC-12 compares each observation with each other: 25 million here."""
    rows = "".join(
        f"<p{number}> a qb:Observation ; qb:dataSet <cube> ; <area> <a{number}> ; <year> 2021 ; <count> 1 .\n"
        for number in range(5_000)
    )
    add(store, "cubes", rows)
    started = perf_counter()
    assert cube_constraints(store) == []
    assert perf_counter() - started < 10
