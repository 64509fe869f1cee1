"""Look-ups that are answered before Flask cannot be told from those that Flask answers."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from harness import BASE, Reply, Site

LOOK_UP = f"SELECT ?p{{}} ?o {{{{ <{BASE}city/beijing> ?p{{}} ?o }}}}"
DIFFERENT = {"date", "x-request-id", "content-length"}


def by_get(site: Site, text: str, **headers: str) -> Reply:
    return site.request("GET", f"/sparql?{urlencode({'query': text})}", Cache_Control="no-store", **headers)


def by_post(site: Site, text: str, **headers: str) -> Reply:
    """What Flask answers, always."""
    body = urlencode({"query": text})
    form = "application/x-www-form-urlencoded"
    return site.request("POST", "/sparql", body, Content_Type=form, Cache_Control="no-store", **headers)


def headers(reply: Reply) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name not in DIFFERENT}


@pytest.mark.parametrize(
    "accept", ["application/sparql-results+json", "text/csv", "*/*", "application/xml;q=0.9"]
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_body_tag_and_headers_are_those_of_the_route(site: Site, accept: str, encoding: str) -> None:
    asked = {"Accept": accept, "Accept_Encoding": encoding}
    by_get(site, LOOK_UP.format("first", "first"), **asked)
    for name in ("a", "b"):
        text = LOOK_UP.format(name, name)
        quick, routed = by_get(site, text, **asked), by_post(site, text, **asked)
        assert (quick.status, quick.body) == (routed.status, routed.body)
        assert headers(quick) == headers(routed)


def test_a_client_that_holds_the_answer_is_told_so(site: Site) -> None:
    text = LOOK_UP.format("held", "held")
    tag = by_get(site, text).headers["etag"]
    assert by_get(site, text, If_None_Match=tag).status == 304


def test_mistakes_are_told_as_everywhere(site: Site) -> None:
    reply = by_get(site, f"SELECT ?x {{ <{BASE}city/beijing> nowhere:p ?x }}", Accept="application/json")
    assert reply.status == 400
    assert reply.json()["line"] == 1
