"""Look-ups that are read from the index have, byte for byte, the engine's answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QueryResultsFormat, Store

from innograph.ontology.namespaces import RDF
from innograph.server.engine import indexed
from innograph.server.engine.bounded import LARGEST

THING, OTHER = NamedNode("http://e/thing"), NamedNode("http://e/other")
PROPERTIES = [NamedNode("http://e/p"), NamedNode("http://e/q"), RDF.type]
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TERMS = st.one_of(
    st.sampled_from([THING, OTHER, NamedNode("http://e/ü?a=b&c='d'"), BlankNode("b0")]),
    WORDS.map(Literal),
    st.builds(Literal, WORDS, language=st.sampled_from(["en", "zh-Hans", "EN-us"])),
    st.builds(
        lambda n: Literal(str(n), datatype=NamedNode("http://www.w3.org/2001/XMLSchema#decimal")),
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=2),
    ),
)
GRAPHS = st.sampled_from([DefaultGraph(), NamedNode("http://e/g1"), NamedNode("http://e/g2")])
QUADS = st.lists(st.builds(Quad, st.just(THING), st.sampled_from(PROPERTIES), TERMS, GRAPHS), max_size=9)
QUERIES = [
    "SELECT ?v { <http://e/thing> <http://e/p> ?v }",
    "SELECT $v WHERE { <http://e/thing> <http://e/p> ?v . }",
    "select ?p ?o\nwhere{<http://e/thing> ?p ?o}",
    "SELECT ?o ?p { <http://e/thing> ?p ?o }",
    "SELECT ?o { <http://e/thing> ?p ?o }",
    "SELECT * { <http://e/thing> ?zp ?o }",
    "SELECT * { <http://e/thing> ?a ?o }",
    "SELECT ?p { <http://e/thing> ?p <http://e/other> }",
    "SELECT ?t { <http://e/thing> a ?t }",
    "PREFIX e: <http://e/> SELECT ?v { e:thing e:q ?v }",
    "PREFIX e: <http://nowhere/> PREFIX : <http://e/> PREFIX e: <http://e/> SELECT ?v { :thing e:p ?v }",
    "SELECT ?v { <http://e/absent> <http://e/p> ?v }",
]


@given(QUADS, st.sampled_from(QUERIES), st.booleans())
def test_answers_are_the_engines(quads: list[Quad], text: str, union: bool) -> None:
    store = Store()
    store.extend(quads)
    engine = store.query(text, use_default_graph_as_union=union)
    assert indexed.answer(store, text, union) == engine.serialize(None, QueryResultsFormat.JSON)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?v { <http://e/thing> <http://e/p> ?v } LIMIT 1",
        "SELECT DISTINCT ?v { <http://e/thing> <http://e/p> ?v }",
        "SELECT ?v ?v { <http://e/thing> <http://e/p> ?v }",
        "SELECT ?x { <http://e/thing> <http://e/p> ?v }",
        "SELECT ?v { <http://e/thing> ?v ?v }",
        "SELECT ?v { <http://e/thing> A ?v }",
        "SELECT ?v { <http://e/thing> e:p ?v }",
        "SELECT ?v { <thing> <http://e/p> ?v }",
        "SELECT ?v { <http://e/thing> <http://e/%zz> ?v }",
        "SELECT ?v { <http://[> <http://e/p> ?v }",
        "SELECT ?v\f{ <http://e/thing> <http://e/p> ?v }",
        "SELECT ?v² { <http://e/thing> <http://e/p> ?v² }",
        "PREFIX e: <http://e/> SELECT ?v { e:-thing e:p ?v }",
        "SELECT ?v { ?s <http://e/p> ?v }",
        "SELECT ?v { <http://e/thing> <http://e/p>* ?v }",
    ],
)
def test_anything_else_is_for_the_engine(text: str) -> None:
    store = Store()
    store.add(Quad(THING, PROPERTIES[0], Literal("x")))
    assert indexed.answer(store, text, True) is None


def test_many_or_long_values_are_for_the_engine() -> None:
    store = Store()
    text = "SELECT ?v { <http://e/thing> <http://e/p> ?v }"
    store.extend(Quad(THING, PROPERTIES[0], Literal(str(n))) for n in range(indexed.MOST))
    assert indexed.answer(store, text, True) is not None
    store.add(Quad(THING, PROPERTIES[0], Literal("one more")))
    assert indexed.answer(store, text, True) is None
    store.clear()
    store.add(Quad(THING, PROPERTIES[0], Literal("x" * LARGEST)))
    assert indexed.answer(store, text, True) is None
