"""What every engine does: each behaviour is a function over an engine that holds the published graph."""

from __future__ import annotations

import csv
import io
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from harness import BASE, SLUG
from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

from innograph.server.engine import (
    Accepted,
    Answer,
    BadQueryError,
    DeadlineError,
    Engine,
    NotAcceptableError,
    Query,
    RefusedError,
    UnknownGraphError,
    UnknownReleaseError,
)

Behaviour = Callable[[Engine], None]
BEHAVIOURS: list[Behaviour] = []

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
TRIPLES = "application/n-triples"
ANY = Accepted(JSON, JSON, TRIPLES)
CITY = NamedNode(f"{BASE}city/beijing")
LABELS = f"SELECT ?label WHERE {{ {CITY} <http://www.w3.org/2000/01/rdf-schema#label> ?label }}"
PREFIXES = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX inno: <https://w3id.org/innograph/ontology#>
PREFIX measure: <http://purl.org/linked-data/sdmx/2009/measure#>
PREFIX dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
"""
FIGURES = PREFIXES + (
    "SELECT ?o ?value ?year WHERE { ?o a inno:CityObservation ; measure:obsValue ?value ;"
    " dimension:refPeriod ?year }"
)
PRODUCT = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?d || ?f != ?i) }"


def behaviour(function: Behaviour) -> Behaviour:
    BEHAVIOURS.append(function)
    return function


def whole(answer: Answer) -> bytes:
    try:
        return b"".join(answer.body)
    finally:
        answer.close()


def rows(engine: Engine, text: str, accept: str = JSON, **more: object) -> list[dict[str, str]]:
    answer = engine.query(Query(text, Accepted(accept, None, None), **more))  # type: ignore[arg-type]
    assert (answer.kind, answer.media_type) == ("solutions", accept)
    results = parse_query_results(whole(answer), format=QueryResultsFormat.from_media_type(accept))
    assert isinstance(results, QuerySolutions)
    names = [variable.value for variable in results.variables]
    return [{name: str(row[name]) for name in names if row[name] is not None} for row in results]


def triples(engine: Engine, text: str, media_type: str = TRIPLES, **more: object) -> set[Triple]:
    answer = engine.query(Query(text, Accepted(None, None, media_type), **more))  # type: ignore[arg-type]
    assert (answer.kind, answer.media_type) == ("graph", media_type)
    return {quad.triple for quad in parse(whole(answer), format=RdfFormat.from_media_type(media_type))}


@behaviour
def solutions_are_the_same_in_every_format(engine: Engine) -> None:
    expected = sorted(map(str, rows(engine, FIGURES)))
    assert len(expected) == 8
    for accept in (XML, "text/tab-separated-values"):
        assert sorted(map(str, rows(engine, FIGURES, accept))) == expected
    table = whole(engine.query(Query(FIGURES, Accepted("text/csv", None, None)))).decode()
    read = list(csv.DictReader(io.StringIO(table)))
    assert len(read) == len(expected)
    assert {"853.69"} <= {row["value"] for row in read}


@behaviour
def values_come_as_they_were_stored(engine: Engine) -> None:
    figure = f"{BASE}observation/{SLUG}/beijing/technology-contract-value/2023"
    found = {row["o"]: row for row in rows(engine, FIGURES)}[f"<{figure}>"]
    assert found["value"] == '"853.69"^^<http://www.w3.org/2001/XMLSchema#decimal>'
    assert found["year"] == '"2023"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    assert {'"北京市"@zh', '"Beijing"@en'} <= {row["label"] for row in rows(engine, LABELS)}


@behaviour
def nothing_found_is_an_empty_result(engine: Engine) -> None:
    assert rows(engine, "SELECT ?s WHERE { ?s <urn:none> ?o }") == []
    assert triples(engine, "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(?o = <urn:none>) }") == set()


@behaviour
def ask_answers_with_a_boolean(engine: Engine) -> None:
    for accept in (JSON, XML):
        for text, expected in ((f"ASK {{ {CITY} ?p ?o }}", True), ("ASK { <urn:none> ?p ?o }", False)):
            answer = engine.query(Query(text, Accepted(None, accept, None)))
            results = parse_query_results(whole(answer), format=QueryResultsFormat.from_media_type(accept))
            assert isinstance(results, QueryBoolean)
            assert (answer.kind, bool(results)) == ("boolean", expected)


@behaviour
def graphs_are_the_same_in_every_format(engine: Engine) -> None:
    text = f"CONSTRUCT WHERE {{ {CITY} <http://www.w3.org/2000/01/rdf-schema#label> ?label }}"
    expected = triples(engine, text)
    assert len(expected) == 3
    for name in ("turtle", "rdf+xml", "ld+json", "trig", "n-quads"):
        assert triples(engine, text, f"{'text' if name == 'turtle' else 'application'}/{name}") == expected


@behaviour
def a_description_tells_of_the_thing(engine: Engine) -> None:
    assert CITY in {triple.subject for triple in triples(engine, f"DESCRIBE {CITY}")}


@behaviour
def the_default_graph_is_the_union_of_all(engine: Engine) -> None:
    across = PREFIXES + (
        f"ASK {{ ?o dimension:refArea {CITY} . {CITY} rdfs:label ?l"
        f" GRAPH <{BASE}graph/{SLUG}> {{ ?o a ?t }} GRAPH <{BASE}graph/reference> {{ {CITY} a ?c }} }}"
    )
    assert b"true" in whole(engine.query(Query(across, ANY)))
    graphs = {row["g"] for row in rows(engine, f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ {CITY} a ?t }} }}")}
    assert graphs == {f"<{BASE}graph/reference>"}


@behaviour
def a_dataset_is_chosen_by_the_protocol_and_by_from(engine: Engine) -> None:
    reference, other = f"{BASE}graph/reference", f"{BASE}graph/{SLUG}"
    labels = rows(engine, LABELS)
    assert rows(engine, LABELS, default_graphs=[reference], named_graphs=[]) == labels
    assert rows(engine, LABELS, default_graphs=[other], named_graphs=[]) == []
    assert rows(engine, LABELS.replace("WHERE", f"FROM <{reference}> WHERE")) == labels
    assert rows(engine, LABELS.replace("WHERE", f"FROM <{other}> WHERE")) == []
    named = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"
    assert rows(engine, named, default_graphs=[], named_graphs=[reference]) == [{"g": f"<{reference}>"}]


@behaviour
def what_is_malformed_is_said(engine: Engine) -> None:
    with pytest.raises(BadQueryError) as caught:
        engine.query(Query("SELECT ?s WHERE {\n ?s ?p }", ANY))
    assert len(str(caught.value)) > 10
    for text in ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "", "nonsense"):
        with pytest.raises(BadQueryError):
            engine.query(Query(text, ANY))


@behaviour
def service_is_refused_and_never_called(engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/sparql"
        for word in ("SERVICE", "serVice SILENT", "\\u0053ERVICE"):
            with pytest.raises(RefusedError):
                engine.query(Query(f"SELECT * WHERE {{ {word} <{address}> {{ ?s ?p ?o }} }}", ANY))
        with pytest.raises(TimeoutError):
            listener.accept()
    assert rows(engine, 'SELECT ("SERVICE" AS ?word) WHERE { }') == [{"word": '"SERVICE"'}]


@behaviour
def a_format_that_cannot_carry_it_is_not_acceptable(engine: Engine) -> None:
    with pytest.raises(NotAcceptableError):
        engine.query(Query(LABELS, Accepted(None, None, TRIPLES)))
    with pytest.raises(NotAcceptableError):
        engine.query(Query(f"ASK {{ {CITY} ?p ?o }}", Accepted("text/csv", None, None)))


@behaviour
def relative_iris_are_below_the_base(engine: Engine) -> None:
    assert rows(engine, LABELS.replace(BASE, "")) == rows(engine, LABELS)


@behaviour
def the_release_is_told_and_only_what_is_there_is_served(engine: Engine) -> None:
    release = engine.snapshot().release
    assert release.identity
    assert release.base == BASE
    assert release.quads == sum(release.graphs.values())
    assert release.graphs[f"{BASE}graph/{SLUG}"] > 1000
    assert release in engine.releases()
    assert engine.query(Query(LABELS, ANY, release.number)).release == release
    with pytest.raises(UnknownReleaseError):
        engine.query(Query(LABELS, ANY, 4711))
    with pytest.raises(UnknownReleaseError):
        engine.snapshot(4711)


@behaviour
def a_graph_is_read_by_its_name(engine: Engine) -> None:
    name = f"{BASE}graph/reference"
    answer = engine.graph(name, TRIPLES)
    read = {quad.triple for quad in parse(whole(answer), format=RdfFormat.N_TRIPLES)}
    assert len(read) == engine.snapshot().release.graphs[name]
    with pytest.raises(UnknownGraphError):
        engine.graph(f"{BASE}graph/none", TRIPLES)


@behaviour
def questions_of_ours_are_bound_and_typed(engine: Engine) -> None:
    snapshot = engine.snapshot()
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    found = snapshot.select(
        "SELECT ?label ?none WHERE { ?thing ?p ?label OPTIONAL { ?thing <urn:x> ?none } }",
        thing=CITY,
        p=label,
    )
    assert {"label": Literal("北京市", language="zh")} in found
    assert snapshot.ask("ASK { ?thing ?p ?o }", thing=CITY)
    assert not snapshot.ask("ASK { ?thing ?p ?o }", thing=NamedNode("urn:none"))
    built = snapshot.construct("CONSTRUCT { ?thing ?p ?o } WHERE { ?thing ?p ?o }", thing=CITY, p=label)
    assert Triple(CITY, label, Literal("Beijing", language="en")) in built


@behaviour
def many_ask_at_once_and_each_gets_its_own_answer(engine: Engine) -> None:
    def ask(number: int) -> bool:
        return rows(engine, f"SELECT ?n WHERE {{ VALUES ?n {{ {number} }} {CITY} a ?type }} LIMIT 1") == [
            {"n": f'"{number}"^^<http://www.w3.org/2001/XMLSchema#integer>'}
        ]

    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(ask, range(120)))


@behaviour
def a_big_result_comes_in_pieces_and_may_be_left(engine: Engine) -> None:
    text = "SELECT ?s ?p ?o ?a WHERE { ?s ?p ?o . ?a <http://www.w3.org/2000/01/rdf-schema#label> ?l } LIMIT 4000"
    for accept in (JSON, "text/tab-separated-values"):
        for _ in range(5):  # more than there are evaluators: each is free again
            answer = engine.query(Query(text, Accepted(accept, None, None)))
            assert isinstance(answer.body, Iterator)
            assert sum(len(piece) for _, piece in zip(range(3), answer.body, strict=False)) < 1 << 20
            answer.close()
        assert len(rows(engine, text, accept)) == 4_000


@behaviour
def a_query_is_ended_at_its_deadline(engine: Engine) -> None:
    """The last: a store that does not notice works on."""
    with pytest.raises(DeadlineError):
        engine.query(Query(PRODUCT, ANY, timeout=0.5))
    assert len(rows(engine, LABELS)) == 3
