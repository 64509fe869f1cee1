"""Content negotiation: what a client accepts decides the format (RFC 9110, section 12)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innograph.server import negotiation
from innograph.server.negotiation import GRAPH, HTML, SOLUTIONS, accepted, by_name, choose

DOCUMENTS = (HTML, *negotiation.TRIPLES)


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("application/sparql-results+xml", "xml"),
        ("text/csv", "csv"),
        ("text/*", "csv"),
        ("application/json", "json"),
        ("text/csv;q=0.5, text/tab-separated-values;q=0.9", "tsv"),
        ("text/csv;q=0, */*;q=0.1", "json"),
        ("application/sparql-results+json;q=0, */*", "xml"),
        ("TEXT/CSV ; Q=1", "csv"),
        ("text/csv; charset=utf-8; header=present", "csv"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "xml"),
        ("image/png, text/csv;q=0.01", "csv"),
        ("*/*;q=1, application/sparql-results+json;q=0, text/csv;q=0.5", "xml"),
        ("text/*, text/csv;q=0", "tsv"),
        ("text/csv;charset=utf-8;q=0, text/csv;q=1, text/tab-separated-values;q=0.5", "tsv"),
        ("text/csv;header=absent;q=0, text/csv;q=1", "csv"),
        ("text/csv;charset=iso-8859-1;q=0, text/csv;q=1, application/json;q=0.5", "csv"),
        ("text/csv;charset=iso-8859-1", "csv"),
        ("text/foo;q=0.5 , text/json ; q = 0.7", "json"),
        ('text/x;a="b, text/csv", text/tab-separated-values;q=0.1', "tsv"),
        ("application/sparql-results+xml;version=1.2", "xml"),
        ("text/csv;q=.5, text/tab-separated-values;q=0.4999", "csv"),
        ("text/csv;q=7, text/tab-separated-values;q=0.9", "csv"),
        ("text/csv;q=1e0, text/tab-separated-values;q=0.1", "tsv"),
        ('"', "json"),
        (",,;", "json"),
    ],
)
def test_results_are_sent_in_the_preferred_format(accept: str | None, name: str) -> None:
    chosen = choose(SOLUTIONS, accept)
    assert chosen is not None
    assert chosen.name == name


@pytest.mark.parametrize(
    "accept", ["image/png", "text/csv;q=0", "*/*;q=0", "text/csv;q=nonsense", "text/csv;q=nan", "text/csv;q="]
)
def test_nothing_acceptable_is_said_to_be_so(accept: str) -> None:
    assert choose(SOLUTIONS, accept) is None


def test_a_browser_gets_a_page_and_a_program_gets_data() -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
    assert choose(DOCUMENTS, browser) is HTML
    turtle = choose(DOCUMENTS, "text/turtle, application/rdf+xml;q=0.8, */*;q=0.1")
    assert turtle is not None
    assert turtle.name == "ttl"


def test_each_kind_of_result_has_formats_of_its_own() -> None:
    only_csv = accepted("text/csv", None)
    assert (only_csv.solutions, only_csv.boolean, only_csv.graph) == ("text/csv", None, None)
    only_turtle = accepted("text/turtle; charset=utf-8", None)
    assert (only_turtle.solutions, only_turtle.boolean, only_turtle.graph) == (None, None, "text/turtle")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("turtle", "ttl"), ("n-triples", "nt"), ("json-ld", "jsonld"), ("rdf+xml", "rdf"), ("xml", "rdf")],
)
def test_formats_have_the_names_that_clients_give_them(name: str, suffix: str) -> None:
    found = by_name(GRAPH, name)
    assert found is not None
    assert found.name == suffix


def test_the_format_parameter_overrides_the_header() -> None:
    assert accepted("application/json", "csv").solutions == "text/csv"
    assert (
        accepted("text/csv", "application/sparql-results+xml").solutions == "application/sparql-results+xml"
    )
    assert accepted("text/csv", "nonsense").solutions is None


@given(st.text(max_size=80))
def test_any_header_is_understood_or_ignored(header: str) -> None:
    assert choose(GRAPH, header) in (*GRAPH, None)


@given(st.sampled_from(GRAPH))
def test_every_format_is_found_by_its_own_name_and_type(form: negotiation.Format) -> None:
    assert by_name(GRAPH, form.name) is form
    assert choose(GRAPH, form.media_type) is form
