"""The update operation of the SPARQL 1.1 Protocol (section 2.2), by its own words."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from harness import Reply, Site
from scratch import AUTHORIZED, TOKEN, UPDATE, empty, scratch, update, wire

FORM = "application/x-www-form-urlencoded"
INSERT = "INSERT DATA { GRAPH <http://example.org/g> { <http://example.org/s> <http://example.org/p> 1 } }"
EXISTS = "ASK { GRAPH <http://example.org/g> { ?s ?p ?o } }"


@pytest.fixture
def site(general: Site) -> Site:
    empty(general)
    return general


def send(site: Site, body: bytes | str | None, content_type: str | None, path: str = "/update") -> Reply:
    headers = {"Content_Type": content_type} if content_type else {}
    return site.request("POST", path, body, **headers, **AUTHORIZED)


def exists(site: Site) -> bool:
    found = site.query(EXISTS).json()["boolean"]
    assert isinstance(found, bool)
    return found


@pytest.mark.parametrize("path", ["/update", "/update/"])
@pytest.mark.parametrize("charset", ["", "; charset=utf-8", '; charset="UTF-8"', "; version=1.2"])
def test_an_update_is_sent_as_it_is(site: Site, charset: str, path: str) -> None:
    reply = send(site, INSERT, UPDATE + charset, path)
    assert (reply.status, reply.body) == (204, b"")
    assert "content-type" not in reply.headers
    assert int(reply.headers["innograph-release"]) > 0
    assert exists(site)


def test_an_update_is_sent_by_form(site: Site) -> None:
    assert send(site, urlencode({"update": INSERT, "version": "1.1"}), FORM).status == 204
    assert exists(site)


def test_a_client_reads_what_it_wrote(site: Site) -> None:
    for number in range(5):
        assert (
            update(site, f"INSERT DATA {{ <http://example.org/s> <http://example.org/p> {number} }}").status
            == 204
        )
        [row] = site.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        assert row["n"] == str(number + 1)


@pytest.mark.parametrize(
    ("body", "content_type", "path", "status"),
    [
        (INSERT, None, "/update", 415),
        (INSERT, "text/plain", "/update", 415),
        (INSERT, "application/sparql-query", "/update", 415),
        (INSERT, UPDATE, "/sparql", 415),
        (INSERT.encode("utf-16"), f"{UPDATE}; charset=utf-16", "/update", 415),
        (INSERT.encode("utf-16"), UPDATE, "/update", 400),
        (b"INSERT DATA { <http://e/s> <http://e/p> '\xff' }", UPDATE, "/update", 400),
        (b"update=%FF", FORM, "/update", 400),
        (b"update=\xff", FORM, "/update", 400),
        ("", FORM, "/update", 400),
        (urlencode({"query": "ASK {}"}), FORM, "/update", 400),
        (urlencode({"update": INSERT}), FORM, "/sparql", 400),
        (urlencode([("update", INSERT), ("update", INSERT)]), FORM, "/update", 400),
        (urlencode([("update", INSERT), ("query", "ASK {}")]), FORM, "/update", 400),
        (urlencode([("update", INSERT), ("version", "3")]), FORM, "/update", 400),
        (urlencode([("update", INSERT), ("version", "1.1"), ("version", "1.1")]), FORM, "/update", 400),
        (urlencode([("update", INSERT), ("default-graph-uri", "urn:x")]), FORM, "/update", 400),
        (INSERT, f"{UPDATE}; version=3", "/update", 400),
        (INSERT, UPDATE, f"/update?{urlencode({'update': INSERT})}", 400),
        (INSERT, UPDATE, "/update?default-graph-uri=urn:x", 400),
        ("INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }", UPDATE, "/update?using-graph-uri=relative", 400),
        ("SELECT * { ?s ?p ?o }", UPDATE, "/update", 400),
        ("CLEAR GRAPH <http://example.org/none>", UPDATE, "/update", 409),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", UPDATE, "/update", 403),
        ("LOAD <http://127.0.0.1:9/>", UPDATE, "/update", 403),
        ("LOAD <file:///etc/passwd>", UPDATE, "/update", 403),
    ],
)
def test_what_the_protocol_forbids_is_not_run(
    site: Site, body: bytes | str, content_type: str | None, path: str, status: int
) -> None:
    reply = send(site, body, content_type, path)
    assert reply.status == status, reply.text
    assert reply.json()["status"] == status
    assert "Traceback" not in reply.text
    assert not exists(site)
    if status == 415 and "charset" not in (content_type or ""):
        assert FORM in reply.headers["accept-post"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "QUERY"])
def test_only_post_updates(site: Site, method: str) -> None:
    for path in ("/update", f"/update?{urlencode({'update': INSERT})}"):
        reply = site.request(
            method, path, INSERT if method != "HEAD" else None, Content_Type=UPDATE, **AUTHORIZED
        )
        assert reply.status == 405
        assert set(reply.headers["allow"].split(", ")) == {"OPTIONS", "POST"}
    assert not exists(site)


def test_options_says_what_may_be_done(site: Site) -> None:
    for path, allowed in (
        ("/update", {"OPTIONS", "POST"}),
        ("/sparql", {"GET", "HEAD", "OPTIONS", "POST", "QUERY"}),
    ):
        reply = site.request("OPTIONS", path)
        assert (reply.status, reply.body) == (204, b"")
        assert set(reply.headers["allow"].split(", ")) == allowed


def test_an_update_needs_the_token(site: Site) -> None:
    reply = site.request("POST", "/update", INSERT, Content_Type=UPDATE)
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert not exists(site)


def test_the_dataset_of_the_protocol_is_that_of_each_where(site: Site) -> None:
    text = """INSERT DATA { GRAPH <urn:a> { <urn:s> <urn:p> "a" } GRAPH <urn:b> { <urn:s> <urn:p> "b" } } ;
      INSERT { GRAPH <urn:out> { ?s <urn:default> ?o } } WHERE { ?s <urn:p> ?o } ;
      INSERT { GRAPH <urn:out> { ?s <urn:named> ?g } } WHERE { GRAPH ?g { ?s <urn:p> ?o } } ;
      DELETE WHERE { GRAPH <urn:b> { ?s ?p ?o } }"""
    path = "/update?using-graph-uri=urn:a&using-named-graph-uri=urn:b"
    assert send(site, text, UPDATE, path).status == 204
    rows = site.rows("SELECT ?p ?o { GRAPH <urn:out> { ?s ?p ?o } } ORDER BY ?p")
    assert rows == [{"p": "urn:default", "o": "a"}, {"p": "urn:named", "o": "urn:b"}]
    assert site.query("ASK { GRAPH <urn:b> { ?s ?p ?o } }").json()["boolean"] is False


@pytest.mark.parametrize(
    "text",
    [
        "WITH <urn:a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "INSERT { ?s ?p 1 } USING <urn:a> WHERE { ?s ?p ?o }",
        "INSERT { ?s ?p 1 } USING NAMED <urn:a> WHERE { ?s ?p ?o }",
    ],
)
def test_a_dataset_that_is_named_twice_is_refused(site: Site, text: str) -> None:
    assert update(site, text).status == 204
    assert send(site, text, UPDATE, "/update?using-graph-uri=urn:a").status == 400


def test_a_request_is_done_whole_or_not_at_all(site: Site) -> None:
    reply = update(site, f"{INSERT} ; CREATE GRAPH <http://example.org/g>")
    assert reply.status == 409, reply.text
    assert not exists(site)


def test_relative_iris_are_relative_to_the_site(site: Site) -> None:
    assert update(site, "INSERT DATA { <a> <b> <c> }").status == 204
    [row] = site.rows("SELECT * { ?s ?p ?o }")
    assert row == {"s": f"{site.url}/a", "p": f"{site.url}/b", "o": f"{site.url}/c"}
    assert site.query("ASK { <a> <b> <c> }").json()["boolean"] is True


def test_an_update_may_come_in_chunks_or_wait_to_be_asked_for(site: Site) -> None:
    head = f"POST /update HTTP/1.1\r\nHost: {site.host}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: {UPDATE}\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (INSERT[:9].encode(), INSERT[9:].encode(), b""))
    answer, _ = wire(site, f"{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode() + chunks)
    assert answer.startswith(b"HTTP/1.1 204")
    assert exists(site)
    waits = f"{head}Expect: 100-continue\r\nContent-Length: 9\r\nConnection: close\r\n\r\nCLEAR ALL"
    answer, rest = wire(site, waits.encode())
    assert answer.startswith(b"HTTP/1.1 100")
    assert rest.startswith(b"HTTP/1.1 204")
    assert not exists(site)


def test_without_a_token_nobody_writes(site: Site) -> None:
    with scratch(INNOGRAPH_TOKEN="") as closed:
        reply = update(closed, INSERT)
        assert reply.status == 403
        assert "INNOGRAPH_TOKEN" in reply.json()["detail"]
        assert closed.request("PUT", "/graphs?default", "", **AUTHORIZED).status == 403
