"""The SPARQL 1.1 Graph Store HTTP Protocol beyond the W3C's cases, by its own words (sections 4 and 5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from harness import Site
from scratch import (
    GRAPH,
    NAMED,
    NT,
    ONE,
    TOKEN,
    TURTLE,
    empty,
    graphs,
    put,
    size,
    write,
)


@pytest.fixture
def site(general: Site) -> Site:
    empty(general)
    return general


def test_an_address_is_decoded_exactly_once(site: Site) -> None:
    assert (
        write(site, "PUT", "/graphs?graph=http://example.org/%2531", ONE, Content_Type=TURTLE).status == 201
    )
    assert write(site, "PUT", "/graphs?graph=http://example.org/%31", ONE, Content_Type=TURTLE).status == 201
    assert write(site, "PUT", "/graphs/%2531", ONE, Content_Type=TURTLE).status == 201
    assert write(site, "PUT", "/graphs/1", ONE, Content_Type=TURTLE).status == 201
    own = f"{site.url}/graphs/"
    assert graphs(site) == {"http://example.org/%31", "http://example.org/1", f"{own}%2531", f"{own}1"}
    assert (
        site.get("/graphs/%31").status == 200
    )  # an unreserved character is itself (RFC 3986, section 6.2.2.2)


def test_a_path_names_a_graph_of_any_characters(site: Site) -> None:
    for path in ("a/b/c.ttl", "a//b", "%E5%8C%97%E4%BA%AC", "a;b,c=d@e", "%20"):
        assert write(site, "PUT", f"/graphs/{path}", ONE, Content_Type=TURTLE).status == 201
        assert site.get(f"/graphs/{path}", Accept=NT).text == ONE + "\n"
        assert size(site, f"{site.url}/graphs/{path}") == 1
    assert len(graphs(site)) == 5


def test_a_graph_has_any_absolute_iri(site: Site) -> None:
    for iri in ("urn:x", "http://example.org/?a=b&c=d#e", "http://example.org/北京", "tag:a,2024:b"):
        assert put(site, iri, ONE).status == 201
        assert size(site, iri) == 1
        assert iri in graphs(site)


@pytest.mark.parametrize(
    "query",
    [
        "graph=relative",
        "graph=",
        "graph=/graphs/x",
        "graph=a%20b:c",
        "default&graph=urn:x",
        "graph=urn:a&graph=urn:b",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_names_no_single_graph_is_refused(site: Site, method: str, query: str) -> None:
    reply = write(site, method, f"/graphs?{query}", ONE, Content_Type=TURTLE)
    assert reply.status == 400, reply.text
    assert reply.json()["detail"]


def test_without_a_name_the_store_says_what_to_name(site: Site) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        assert write(site, method, "/graphs", None, Content_Type=TURTLE).status == 400
    assert write(site, "GET", "/graphs/x?graph=urn:y", None).status == 400


def test_an_empty_graph_is_a_graph(site: Site) -> None:
    assert put(site, GRAPH, "").status == 201
    assert graphs(site) == {GRAPH}
    reply = site.get(NAMED, Accept=NT)
    assert (reply.status, reply.body) == (200, b"")
    assert put(site, GRAPH, "").status == 204
    assert write(site, "DELETE", NAMED, None).status == 204
    assert site.get(NAMED).status == 404


def test_a_merge_of_nothing_does_nothing(site: Site) -> None:
    for path in (NAMED, "/graphs", "/graphs/x"):
        assert write(site, "POST", path, b"", Content_Type=TURTLE).status == 204
    assert graphs(site) == set()


def test_put_replaces_and_post_merges(site: Site) -> None:
    other = ONE.replace("/o>", "/other>")
    assert write(site, "POST", NAMED, ONE, Content_Type=TURTLE).status == 201
    assert write(site, "POST", NAMED, other, Content_Type=TURTLE).status == 204
    assert size(site) == 2
    assert put(site, GRAPH, other).status == 204
    assert site.get(NAMED, Accept=NT).text == other + "\n"


def test_the_default_graph_is_one_of_its_own(site: Site) -> None:
    assert put(site, GRAPH, ONE).status == 201
    assert write(site, "PUT", "/graphs?default", ONE.replace("/o>", "/d>"), Content_Type=TURTLE).status == 204
    assert "/d>" in site.get("/graphs?default", Accept=NT).text
    assert len(site.rows("SELECT * { ?s ?p ?o }")) == 1
    assert write(site, "DELETE", "/graphs?default", None).status == 204
    assert site.get("/graphs?default").status == 200
    assert size(site) == 1


def test_posting_to_the_store_makes_a_graph_whose_address_works(site: Site) -> None:
    made = [write(site, "POST", "/graphs", "<> a <#T> .", Content_Type=TURTLE) for _ in range(2)]
    assert [reply.status for reply in made] == [201, 201]
    assert made[0].headers["location"] != made[1].headers["location"]
    location = made[0].headers["location"]
    direct = site.get(location.removeprefix(site.url), Accept=NT)
    assert direct.text.startswith(f"<{location}> ")
    assert f"<{location}#T>" in direct.text
    assert site.get(f"/graphs?graph={quote(location, safe='')}", Accept=NT).text == direct.text


def test_relative_iris_are_relative_to_the_graph(site: Site) -> None:
    assert put(site, "http://example.org/a/b", "<> <#p> <../c> .").status == 201
    text = site.get("/graphs?graph=http://example.org/a/b", Accept=NT).text
    assert text == "<http://example.org/a/b> <http://example.org/a/b#p> <http://example.org/c> .\n"


def test_head_has_the_headers_of_get(site: Site) -> None:
    assert put(site, GRAPH, ONE).status == 201
    for accept in ("text/turtle; charset=utf-8", "application/n-triples", "*/*"):
        for path in (NAMED, "/graphs?graph=urn:absent", "/graphs?default"):
            got, head = site.get(path, Accept=accept), site.request("HEAD", path, Accept=accept)
            assert head.body == b""
            assert head.status == got.status
            own = {"date", "content-length", "x-request-id"}
            assert {k: v for k, v in head.headers.items() if k not in own} == {
                k: v for k, v in got.headers.items() if k not in own
            }
            assert head.headers.get("content-length", str(len(got.body))) == str(len(got.body))


def test_other_methods_are_told_what_is_allowed(site: Site) -> None:
    for path in (NAMED, "/graphs/x", "/graphs"):
        reply = write(site, "PATCH", path, "CLEAR ALL", Content_Type="application/sparql-update")
        assert reply.status == 405
        allowed = set(reply.headers["allow"].split(", "))
        assert allowed == {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}
        options = site.request("OPTIONS", path)
        assert (options.status, options.body) == (204, b"")
        assert "content-type" not in options.headers
        assert set(options.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_write_needs_the_token(site: Site, method: str) -> None:
    for value in (None, "Bearer other", "Basic YTpi", "Bearer", TOKEN, f"Bearer {TOKEN}x"):
        headers = {"Authorization": value} if value else {}
        reply = site.request(method, NAMED, ONE, Content_Type=TURTLE, **headers)
        assert reply.status == 401, value
        assert reply.headers["www-authenticate"].startswith("Bearer")
    assert graphs(site) == set()


def test_a_refusal_is_read_even_by_a_client_that_is_still_sending(site: Site) -> None:
    reply = site.request("PUT", NAMED, b"x" * (8 << 20), Content_Type=TURTLE)
    assert reply.status == 401


def test_answers_without_content_have_no_type(site: Site) -> None:
    made = put(site, GRAPH, ONE)
    assert (made.status, made.body) == (201, b"")
    assert "content-type" not in made.headers
    changed = put(site, GRAPH, ONE)
    assert "content-type" not in changed.headers
    assert "content-type" not in write(site, "DELETE", NAMED, None).headers


def test_a_tag_holds_until_the_graph_changes(site: Site) -> None:
    assert put(site, GRAPH, ONE).status == 201
    tag = site.get(NAMED).headers["etag"]
    assert site.get(NAMED, If_None_Match=tag).status == 304
    assert site.get(NAMED, If_None_Match=f'"other", {tag}').status == 304
    assert site.get(NAMED, If_None_Match="*").status == 304
    assert site.get(NAMED, Accept=NT, If_None_Match=tag).status == 200
    assert put(site, GRAPH, ONE.replace("/o>", "/other>")).status == 204
    assert site.get(NAMED, If_None_Match=tag).status == 200


def test_a_write_may_insist_on_the_state_that_was_read(site: Site) -> None:
    assert put(site, GRAPH, ONE, If_Match="*").status == 412
    assert put(site, GRAPH, ONE, If_None_Match="*").status == 201
    assert put(site, GRAPH, "", If_None_Match="*").status == 412
    tag = site.get(NAMED, Accept=NT).headers["etag"]
    packed = site.get(NAMED, Accept_Encoding="gzip").headers["etag"]
    assert put(site, GRAPH, ONE, If_Match='"other"').status == 412
    assert put(site, GRAPH, ONE, If_Match=f"W/{tag}").status == 412
    assert put(site, GRAPH, ONE, If_None_Match=tag).status == 412
    assert put(site, GRAPH, ONE, If_Match=packed).status == 204
    assert put(site, GRAPH, ONE.replace("/o>", "/new>"), If_Match=f'"other", {tag}').status == 204
    stale = put(site, GRAPH, ONE, If_Match=tag)
    assert stale.status == 412
    assert stale.json()["title"] == "Precondition failed"
    assert write(site, "DELETE", NAMED, None, If_Match=tag).status == 412
    assert "/new>" in site.get(NAMED).text
    assert write(site, "DELETE", NAMED, None, If_Match="*").status == 204
    assert write(site, "DELETE", NAMED, None, If_Match="*").status == 412


def test_of_many_that_insist_on_one_state_one_succeeds(site: Site) -> None:
    assert put(site, GRAPH, ONE).status == 201
    tag = site.get(NAMED).headers["etag"]
    bodies = [ONE.replace("/o>", f"/o{number}>") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda body: put(site, GRAPH, body, If_Match=tag), bodies))
    assert sorted(reply.status for reply in replies) == [204] + [412] * 7
    winner = next(body for body, reply in zip(bodies, replies, strict=True) if reply.status == 204)
    assert site.get(NAMED, Accept=NT).text == winner + "\n"
