"""Look-ups in the server's own process: only what is bounded by construction, with the usual answers."""

from __future__ import annotations

import pytest
from harness import BASE, Site

from innograph.server.engine import Accepted, Query
from innograph.server.engine.bounded import is_bounded

ANY = Accepted("text/csv", "application/sparql-results+json", "text/turtle")
CITY = f"<{BASE}city/beijing>"
BOUNDED = [
    f"SELECT ?o {{ {CITY} a ?o }}",
    f"select distinct ?p ?o where {{ {CITY} ?p ?o . }} limit 5",
    f"SELECT * WHERE {{ {CITY} ?p ?o . {CITY} a <https://schema.org/City> }}",
    f"PREFIX s: <https://schema.org/> ASK {{ {CITY} a s:City }}",
    f'ASK {{ {CITY} ?p "Beijing"@en }}',
]
OTHERS = [
    "SELECT ?s { ?s a ?o }",
    f"SELECT ?o {{ {CITY} a ?o . ?o ?p ?x }}",
    f"SELECT ?o {{ {CITY} <http://e/p>* ?o }}",
    f"SELECT ?o {{ {CITY} <http://e/p>/<http://e/q> ?o }}",
    f"SELECT ?o {{ {CITY} a ?o FILTER(?o = 1) }}",
    f"SELECT ?o {{ {CITY} a ?o }} ORDER BY ?o",
    f"SELECT (COUNT(*) AS ?n) {{ {CITY} a ?o }}",
    f"SELECT ?o {{ {{ {CITY} a ?o }} }}",
    f"SELECT ?o FROM <http://e/g> {{ {CITY} a ?o }}",
    f"SELECT ?o {{ GRAPH ?g {{ {CITY} a ?o }} }}",
    f"SELECT ?o {{ SERVICE <http://127.0.0.1:9/> {{ {CITY} a ?o }} }}",
    f"SELECT ?o {{ {' . '.join(f'{CITY} ?p{n} ?o{n}' for n in range(9))} }}",
    f"CONSTRUCT {{ {CITY} a ?o }} {{ {CITY} a ?o }}",
    f"DESCRIBE {CITY}",
]


@pytest.mark.parametrize("text", BOUNDED)
def test_a_look_up_is_bounded(text: str) -> None:
    assert is_bounded(Query(text, ANY))


@pytest.mark.parametrize("text", OTHERS)
def test_anything_else_is_not(text: str) -> None:
    assert not is_bounded(Query(text, ANY))


def test_a_dataset_is_not_for_this_path() -> None:
    assert not is_bounded(Query(BOUNDED[0], ANY, default_graphs=("http://e/g",), named_graphs=()))


@pytest.mark.parametrize("text", BOUNDED)
def test_both_ways_answer_alike(site: Site, text: str) -> None:
    usual = text.replace("{", "{ {", 1).rstrip()
    usual = usual.replace("}", "} }", 1)
    assert not is_bounded(Query(usual, ANY))
    for accept in ("application/sparql-results+json", "application/sparql-results+xml"):
        assert site.query(text, accept).body == site.query(usual, accept).body


def test_a_result_that_grows_too_large_goes_the_usual_way(site: Site) -> None:
    product = " . ".join(f"<{BASE}dataset/all> ?p{n} ?o{n}" for n in range(2))
    text = f"SELECT * {{ {product} }}"
    assert is_bounded(Query(text, ANY))
    reply = site.query(text, "text/csv")
    assert reply.status == 200
    assert len(reply.body) > 64 << 10


def test_mistakes_are_told_as_always(site: Site) -> None:
    reply = site.query(f"SELECT ?o {{ {CITY} unknown:p ?o }}")
    assert reply.status == 400
    assert reply.json()["line"] == 1
