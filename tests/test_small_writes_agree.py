"""A small write is judged by its neighbourhood, derived and counted by difference: as if by everything.

Random updates of the real graph with a second source beside it, good and bad, each held against
validating, deriving and counting the whole state after it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import BASE, SLUG
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from merged import YEARBOOK, with_second_source
from pyoxigraph import Quad, Store

from innograph.loader.catalog import catalog, counted
from innograph.loader.changing import validate, write
from innograph.loader.deriving import derive
from innograph.loader.errors import InvalidError
from innograph.loader.paths import DATA
from innograph.loader.publishing import Publisher
from innograph.loader.releases import Releases
from innograph.loader.requests import Mode, Update
from innograph.loader.updates.applying import Applier, Delta
from innograph.loader.validation import Finding, cube_constraints, fast, graph_rules
from innograph.ontology.namespaces import Names

NAMES, MODE = Names(BASE), Mode(BASE)
SERIES = ("patents-per-10000-people", "technology-contract-value", "new-tech-companies-per-day")
PREFIX = """PREFIX inno: <https://w3id.org/innograph/ontology#> PREFIX qb: <http://purl.org/linked-data/cube#>
PREFIX area: <http://purl.org/linked-data/sdmx/2009/dimension#> PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX m: <http://purl.org/linked-data/sdmx/2009/measure#> PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX a: <http://purl.org/linked-data/sdmx/2009/attribute#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX schema: <https://schema.org/>
PREFIX sdmx-code: <http://purl.org/linked-data/sdmx/2009/code#> PREFIX unit: <http://qudt.org/vocab/unit/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX owl: <http://www.w3.org/2002/07/owl#> """
GRAPH = f"<{BASE}graph/{SLUG}>"
TABLE = f"<{BASE}graph/{YEARBOOK}>"

years = st.sampled_from(["2014", "2023"])
figures = st.builds(
    lambda s, y: f"<{BASE}observation/{SLUG}/beijing/{s}/{y}>", st.sampled_from(SERIES), years
)
numbers = st.sampled_from(["12.5", "300", "0.5", "-4", "70.25"])
parts = st.builds(lambda f, n: f"{f[:-1]}/evidence/{n}>", figures, st.integers(1, 3))
properties = st.sampled_from(
    [
        "m:obsValue",
        "inno:valueAsStated",
        "a:unitMeasure",
        "qb:dataSet",
        "inno:evidence",
        "area:refPeriod",
        "rdfs:note",
    ]
)
objects = st.one_of(
    figures,
    parts,
    st.sampled_from(
        ["5", "1.5", '"262.9"', f"<{BASE}city/beijing>", f"<{BASE}unit/none>", '"2020"^^xsd:gYear']
    ),
)


def corrected(figure: str, number: str) -> str:
    return f"""WITH {GRAPH} DELETE {{ {figure} m:obsValue ?v ; inno:valueAsStated ?s ; a:decimals ?d }}
    INSERT {{ {figure} m:obsValue {number} ; inno:valueAsStated "{number}" ;
      a:decimals {len(number.partition(".")[2])} }}
    WHERE {{ {figure} m:obsValue ?v ; inno:valueAsStated ?s ; a:decimals ?d }}"""


def copied(figure: str, year: str) -> str:
    """A new observation like another, for another year: with its evidence shared, or its key doubled."""
    new = f"{figure[:-1].rpartition('/')[0]}/{year}>"
    return f"""INSERT {{ GRAPH {GRAPH} {{ {new} ?p ?o ; area:refPeriod "{year}"^^xsd:gYear }} }}
    WHERE {{ {figure} ?p ?o
      FILTER(?p NOT IN (area:refPeriod, inno:evidence, <http://purl.org/dc/terms/identifier>)) }}"""


def of_table(figure: str, year: str, number: str, status: str) -> str:
    """What the yearbook states of a figure's indicator for a year, in place of what it stated."""
    indicator = figure[:-1].rsplit("/", 2)[1]
    new = f"<{BASE}observation/{YEARBOOK}/beijing/{indicator}/{year}>"
    return f"""DELETE WHERE {{ GRAPH {TABLE} {{ {new} ?p ?o }} }} ;
    INSERT {{ GRAPH {TABLE} {{ {new} a qb:Observation, inno:CityObservation ;
      qb:dataSet <{BASE}dataset/{YEARBOOK}> ; area:refArea <{BASE}city/beijing> ;
      inno:indicator <{BASE}indicator/{indicator}> ; area:refPeriod "{year}"^^xsd:gYear ;
      m:obsValue {number} ; inno:valueAsStated "{number}" ; a:decimals {len(number.partition(".")[2])} ;
      a:unitMeasure ?unit ; a:unitMult 0 ; a:obsStatus sdmx-code:obsStatus-{status} ;
      prov:wasDerivedFrom <{BASE}source/{YEARBOOK}> ;
      inno:evidence <{BASE}source/{YEARBOOK}/table.csv#row=9> }} }}
    WHERE {{ {figure} a:unitMeasure ?unit }}"""


def matched(verb: str, figure: str, other: str) -> str:
    """A link between indicators made or taken away, in the second source's graph."""
    ends = [f"<{BASE}indicator/{name}>" for name in (figure[:-1].rsplit("/", 2)[1], other)]
    return f"{verb} DATA {{ GRAPH {TABLE} {{ {' skos:exactMatch '.join(ends[::-1])} }} }}"


UNMATCHED = f"DELETE WHERE {{ GRAPH {TABLE} {{ ?i skos:exactMatch ?other }} }}"
RENAMED = f"""WITH {TABLE} DELETE {{ ?i skos:prefLabel ?l }} INSERT {{ ?i skos:prefLabel "Another name"@en }}
WHERE {{ ?i skos:prefLabel ?l FILTER(LANG(?l) = "en") }}"""
of_second_source = st.one_of(
    st.builds(
        of_table, figures, years, st.sampled_from(["48.2", "262.9", "313.6", "300"]), st.sampled_from("AF")
    ),
    st.builds(
        matched,
        st.sampled_from(["INSERT", "DELETE"]),
        figures,
        st.sampled_from(["yearbook-patents", "elsewhere"]),
    ),
    st.just(UNMATCHED),
    st.just(
        f"""WITH {TABLE} DELETE {{ ?o ?p ?v }} WHERE {{ ?o ?p ?v ; a:obsStatus sdmx-code:obsStatus-F }}"""
    ),
    st.just(RENAMED),
    st.just(f"DROP SILENT GRAPH {TABLE}"),
)

updates = st.one_of(
    of_second_source,
    st.builds(corrected, figures, numbers),
    st.builds(copied, figures, st.sampled_from(["2018", "2019", "1850", "2999", "2023"])),
    st.builds(lambda f: f"DELETE WHERE {{ GRAPH {GRAPH} {{ {f} ?p ?o }} }}", figures),
    st.builds(
        lambda f, p: f"DELETE WHERE {{ GRAPH {GRAPH} {{ {f} {p} ?o }} }}",
        st.one_of(figures, parts),
        properties,
    ),
    st.builds(
        lambda f, p, o: f"INSERT DATA {{ GRAPH {GRAPH} {{ {f} {p} {o} }} }}", figures, properties, objects
    ),
    st.builds(
        lambda f, p, o: f"INSERT DATA {{ GRAPH <{BASE}graph/other> {{ {f} {p} {o} }} }}",
        figures,
        properties,
        objects,
    ),
    st.builds(lambda e: f"DELETE WHERE {{ GRAPH {GRAPH} {{ ?f inno:evidence {e} }} }}", parts),
    st.just(f"DELETE WHERE {{ GRAPH {GRAPH} {{ ?c inno:factorAbove ?f }} }}"),
    st.sampled_from(["2", "6", "1"]).map(
        lambda n: (
            f"WITH {GRAPH} DELETE {{ ?c inno:factorAbove ?f }} INSERT {{ ?c inno:factorAbove {n} }}"
            " WHERE { ?c inno:factorAbove ?f }"
        )
    ),
    st.just(
        f'INSERT DATA {{ GRAPH <{BASE}graph/reference> {{ <{BASE}city/x> a schema:City ; rdfs:label "X"@en }} }}'
    ),
    st.just(f"DELETE WHERE {{ GRAPH <{BASE}graph/reference> {{ <{BASE}unit/per-10000-people> ?p ?o }} }}"),
    st.just('INSERT DATA { <http://example.org/a> rdfs:label "nowhere"@en }'),
    st.just("DELETE WHERE { GRAPH ?g { ?q schema:spokenByCharacter ?who } }"),
)


@pytest.fixture(scope="module")
def published(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_second_source(store, tmp_path_factory.mktemp("agree") / "store")


def everything(store: Store) -> list[Finding]:
    return [*fast(list(store)), *graph_rules(store), *cube_constraints(store)]


def told(findings: list[Finding]) -> set[tuple[str, str, str | None]]:
    return {(f.rule, f.focus, f.value) for f in findings if f.severity == "Violation"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(updates, min_size=1, max_size=2))
def test_the_neighbourhood_gives_the_verdict_of_the_whole(published: Path, texts: list[str]) -> None:
    current = Store.read_only(str(Releases(published).current().store))
    after = Store()
    after.bulk_extend(list(current))
    applier = Applier(after, BASE, skolem=f"{BASE}.well-known/genid/")
    applier.update(PREFIX + " ; ".join(texts))
    assert told(validate(after, applier.delta, NAMES)) == told(everything(after))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(updates, min_size=1, max_size=2))
@example([UNMATCHED])
@example([RENAMED])
def test_a_published_write_is_what_a_build_would_have_made(published: Path, texts: list[str]) -> None:
    publisher = Publisher(published)
    publisher.pin(2)
    publisher.rollback(2)
    [outcome] = write(publisher, [Update(PREFIX + " ; ".join(texts))], MODE)
    assert outcome.error is None or isinstance(outcome.error, InvalidError), repr(outcome.error)
    release = publisher.releases.current()
    if outcome.error is not None:
        assert release.number == 2
        return
    stored = Store.read_only(str(release.store))
    authored = Store()
    computed = {NAMES.graph("derived"), NAMES.graph("catalog")}
    authored.bulk_extend([quad for quad in stored if quad.graph_name not in computed])
    for graph, triples in (
        ("derived", lambda: derive(authored, DATA / "derivations", BASE)),
        ("catalog", lambda: list(catalog(authored, NAMES, counted(authored, NAMES), DATA / "queries"))),
    ):
        authored.extend(Quad(t.subject, t.predicate, t.object, NAMES.graph(graph)) for t in triples())
    assert set(stored) == set(authored)
    assert told(everything(stored)) == set()
    assert release.description.quads == len(stored)


def test_no_difference_is_no_change() -> None:
    assert not Delta()
