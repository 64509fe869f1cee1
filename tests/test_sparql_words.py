"""What a query names is found by its tokens, never by a pattern over its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innograph.ontology.sparql import allowed, keywords, names_dataset, reaches_out, services, tokens

INSIDE = st.text(
    st.characters(exclude_characters="\"'\\\n\r<>{}|^`", exclude_categories=("Cs", "Cc")), max_size=20
)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "select*{service silent<http://127.0.0.1/>{?s ?p ?o}}",
        "SELECT * { ?s ?p 'SERVICE'. SERVICE ?e { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o #comment\n SERVICE ?e { ?s ?p ?o } }",
        r"SELECT * { SERVIC\u0045 <http://127.0.0.1/> { ?s ?p ?o } }",
        'SELECT * { ?s ?p """it\'s "here" """ SERVICE ?e {} }',
        "SELECT * { FILTER(?a<?b) SERVICE ?e { ?s ?p ?o } }",
    ],
)
def test_service_is_found(query: str) -> None:
    assert reaches_out(query) == {"SERVICE"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?service ?p 'SERVICE' }",
        "SELECT * { <http://example.org/SERVICE> a ex:SERVICE }",
        "SELECT * { ?s ?p ?o } # SERVICE <x> LOAD",
        'SELECT * { ?s ?p """\nSERVICE\n""" }',
        "SELECT * { ?s service:name ?o ; ex:load ?load }",
        'SELECT * { ?s ?p "a\\"SERVICE" }',
        "SELECT * { ?s ?p 'x'@service }",
    ],
)
def test_a_word_that_is_no_keyword_is_not_mistaken_for_one(query: str) -> None:
    assert reaches_out(query) == set()


def test_from_is_found_as_a_keyword_only() -> None:
    assert names_dataset("SELECT * FROM<http://example.org/g>{?s ?p ?o}")
    assert names_dataset("select * from named <g> where {}")
    assert not names_dataset("SELECT ?from { ?s ex:from ?from . ?s ?p 'FROM' }")


@given(INSIDE, INSIDE, INSIDE)
def test_strings_comments_and_iris_hide_keywords_whatever_else_they_hold(a: str, b: str, c: str) -> None:
    iri = "".join(c.split())
    query = f'SELECT * {{ ?s ?p "{a}SERVICE{b}" ; <{iri}LOAD> ?o }} # {b} SERVICE'
    assert reaches_out(query) == set()
    assert reaches_out(query + "\n SERVICE ?x {}") == {"SERVICE"}


@given(st.text(max_size=300))
def test_of_every_text_the_tokens_are_read_in_order_and_none_is_lost(text: str) -> None:
    text = text.replace("\\", "/")
    end = 0
    for token in tokens(text):
        assert text.startswith(token.text, token.start)
        between = text[end : token.start]
        assert between.strip() == "" or between.lstrip().startswith("#")
        end = token.start + len(token.text)


def test_a_long_query_is_read_in_one_pass() -> None:
    assert keywords('"' * 1 + "a" * 500_000, frozenset({"SERVICE"})) == set()
    assert reaches_out("(" * 200_000 + " SERVICE") == {"SERVICE"}


def test_the_endpoints_of_service_are_told() -> None:
    query = (
        "PREFIX e: <http://e/> SELECT * { SERVICE <http://a/sparql> {} SERVICE SILENT e:b {} SERVICE ?x {} }"
    )
    assert services(query) == {"http://a/sparql", "http://e/b", None}
    assert services("SELECT * { SERVICE f:b {} }") == {None}
    assert services("SELECT * { ?s ?p 'SERVICE <x>' }") == set()


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("https://query.example/sparql", True),
        ("https://query.example/sparql?x", False),
        ("https://files.example/data/a.ttl", True),
        ("https://files.example/data/../secret", False),
        ("https://files.example/data/%2e%2e/secret", False),
        ("https://files.example/database", False),
        ("https://files.example@127.0.0.1/data/", False),
        ("http://files.example/data/a.ttl", False),
        (None, False),
    ],
)
def test_only_the_plain_spelling_of_an_address_is_allowed(address: str | None, fits: bool) -> None:
    assert allowed(address, ["https://query.example/sparql", "https://files.example/data/"]) is fits
