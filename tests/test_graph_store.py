"""The SPARQL 1.1 Graph Store HTTP Protocol beyond the W3C's cases, by its own words (sections 4 and 5)."""

from __future__ import annotations

import contextlib
import http.client
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from harness import Reply, Site
from pyoxigraph import RdfFormat, parse
from scratch import AUTHORIZED, TOKEN, TURTLE, canonical, empty, put, scratch, update, wire

ONE = "<http://example.org/s> <http://example.org/p> <http://example.org/o> ."
GRAPH = "http://example.org/graph"
NAMED = f"/graphs?graph={quote(GRAPH, safe='')}"
NT = "application/n-triples"


@pytest.fixture
def site(general: Site) -> Site:
    empty(general)
    return general


def graphs(site: Site) -> set[str]:
    return {row["g"] for row in site.rows("SELECT ?g { GRAPH ?g {} }")}


def size(site: Site, graph: str = GRAPH) -> int:
    reply = site.get(f"/graphs?graph={quote(graph, safe='')}", Accept=NT)
    assert reply.status == 200, reply.text
    return len(reply.text.splitlines())


def write(site: Site, method: str, path: str, body: bytes | str | None, **headers: str) -> Reply:
    return site.request(method, path, body, **AUTHORIZED, **headers)


def form(*parts: tuple[str, str | None, str], newline: str = "\r\n") -> tuple[bytes, str]:
    """A multipart body of (disposition, content type, text), and its media type."""
    text = ""
    for disposition, content_type, content in parts:
        typed = f"Content-Type: {content_type}{newline}" if content_type else ""
        head = f"--limit{newline}Content-Disposition: form-data; {disposition}{newline}{typed}"
        text += f"{head}{newline}{content}{newline}"
    return f"{text}--limit--{newline}".encode(), "multipart/form-data; boundary=limit"


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


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_the_parts_of_a_form_are_merged_with_their_blank_nodes_apart(site: Site, newline: str) -> None:
    part = "_:x <http://example.org/p> _:x ."
    body, media_type = form(
        ('name="a"; filename="a.ttl"', "text/turtle; charset=utf-8", part),
        ('name="a"; filename="b.nt"', None, part),
        ('name="c"', "application/rdf+xml", RDF_XML),
        ('name="d"', "application/ld+json", '{"http://example.org/p": {"@id": "_:x"}, "@id": "_:x"}'),
        newline=newline,
    )
    assert write(site, "POST", NAMED, body, Content_Type=media_type).status == 201
    stored = canonical(site.get(NAMED, Accept=NT).body)
    assert stored == canonical("".join(part.replace("_:x", f"_:x{i}") + "\n" for i in range(4)))
    assert write(site, "PUT", NAMED, body, Content_Type=media_type).status == 204
    assert size(site) == 4


RDF_XML = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://example.org/">
<rdf:Description rdf:nodeID="x"><e:p rdf:nodeID="x"/></rdf:Description></rdf:RDF>"""


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (form(('name="a"', None, ONE))[0], "multipart/form-data; boundary=limit", 400),
        (form(('name="a"; filename="a.png"', None, ONE))[0], "multipart/form-data; boundary=limit", 400),
        (form(('name="a"', "image/png", ONE))[0], "multipart/form-data; boundary=limit", 415),
        (form(('name="a"', TURTLE, ONE))[0], "multipart/form-data", 400),
        (form(('name="a"', TURTLE, ONE))[0], "multipart/form-data; boundary=other", 400),
        (form(('name="a"', TURTLE, ONE))[0][:-12], "multipart/form-data; boundary=limit", 400),
        (b"--limit--\r\n", "multipart/form-data; boundary=limit", 400),
        (b"nothing of the kind", "multipart/form-data; boundary=limit", 400),
        (b"--limit\r\nno header", "multipart/form-data; boundary=limit", 400),
        (b"\xff\xfe", "multipart/form-data; boundary=\xff", 400),
    ],
)
def test_a_broken_form_is_refused_whole(site: Site, body: bytes, media_type: str, status: int) -> None:
    reply = write(site, "POST", NAMED, body, Content_Type=media_type)
    assert reply.status == status, reply.text
    assert graphs(site) == set()


def test_everything_is_parsed_before_anything_is_touched(site: Site) -> None:
    assert put(site, GRAPH, ONE).status == 201
    assert put(site, GRAPH, ONE + "\n<http://example.org/s> broken .").status == 400
    body, media_type = form(('name="a"', TURTLE, ONE), ('name="b"', TURTLE, "broken"))
    assert write(site, "PUT", NAMED, body, Content_Type=media_type).status == 400
    assert size(site) == 1


def test_a_parse_error_has_its_place(site: Site) -> None:
    problem = put(site, GRAPH, ONE + "\n<a b> .").json()
    assert (problem["status"], problem["line"]) == (400, 2)
    assert problem["column"] > 0


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (ONE, "application/rdf+xml", 400),
        (ONE, "application/ld+json", 400),
        (RDF_XML, TURTLE, 400),
        ("@prefix e: <http://e/> . e:s e:p e:o .", NT, 400),
        (b'<http://e/s> <http://e/p> "\xff" .', TURTLE, 400),
        (ONE, "image/png", 415),
        (ONE, "application/trig", 415),
        (ONE, "application/x-www-form-urlencoded", 415),
        (ONE.encode("utf-16"), "text/turtle; charset=utf-16", 415),
    ],
)
def test_what_is_not_of_its_media_type_is_refused(
    site: Site, body: bytes | str, media_type: str, status: int
) -> None:
    reply = put(site, GRAPH, body, media_type)
    assert reply.status == status, reply.text
    assert graphs(site) == set()


def test_without_a_media_type_a_document_is_read_as_rdf_xml(site: Site) -> None:
    assert write(site, "PUT", NAMED, RDF_XML).status == 201
    reply = write(site, "PUT", NAMED, ONE)
    assert reply.status == 400
    assert "no Content-Type" in reply.json()["detail"]


@pytest.mark.parametrize("suffix", ["ttl", "nt", "rdf", "jsonld"])
def test_a_graph_goes_in_and_out_in_every_format(site: Site, suffix: str) -> None:
    assert put(site, GRAPH, ONE).status == 201
    reply = site.get(f"{NAMED}&format={suffix}", Accept="image/png")
    form = RdfFormat.from_extension(suffix)
    assert form is not None
    assert reply.media_type == form.media_type
    assert put(site, GRAPH, reply.body, reply.headers["content-type"]).status == 204
    assert [str(quad) for quad in parse(reply.body, format=form)] == [ONE.removesuffix(" .")]
    assert site.get(NAMED, Accept="application/trig").status == 406


def test_head_has_the_headers_of_get(site: Site) -> None:
    assert put(site, GRAPH, ONE).status == 201
    for accept in ("text/turtle; charset=utf-8", "application/n-triples", "*/*"):
        for path in (NAMED, "/graphs?graph=urn:absent", "/graphs?default"):
            got, head = site.get(path, Accept=accept), site.request("HEAD", path, Accept=accept)
            assert head.body == b""
            assert head.status == got.status
            own = {"date", "content-length"}
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


def test_a_body_may_come_in_chunks_or_wait_to_be_asked_for(site: Site) -> None:
    head = f"PUT {NAMED} HTTP/1.1\r\nHost: {site.host}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: {TURTLE}\r\n"
    first, second = ONE[:10].encode(), ONE[10:].encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (first, second, b""))
    answer, _ = wire(site, f"{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode() + chunks)
    assert answer.startswith(b"HTTP/1.1 201")
    assert size(site) == 1
    waits = f"{head}Expect: 100-continue\r\nContent-Length: {len(ONE)}\r\nConnection: close\r\n\r\n"
    answer, rest = wire(site, waits.encode() + ONE.encode())
    assert answer.startswith(b"HTTP/1.1 100")
    assert rest.startswith(b"HTTP/1.1 204")


def test_a_compressed_body_is_refused(site: Site) -> None:
    reply = put(site, GRAPH, b"\x1f\x8b", Content_Encoding="gzip")
    assert reply.status == 415
    assert reply.headers["accept-encoding"] == "identity"


def test_an_upload_has_a_limit() -> None:
    with scratch(INNOGRAPH_MAX_UPLOAD_BYTES="1000") as site:
        assert put(site, GRAPH, "#" * 2000).status == 413
        body, media_type = form(('name="a"', TURTLE, "#" * 2000))
        assert write(site, "POST", NAMED, body, Content_Type=media_type).status == 413
        assert update(site, "#" * 2000).status == 413
        with contextlib.suppress(http.client.HTTPException):
            head = f"PUT {NAMED} HTTP/1.1\r\nHost: {site.host}\r\nAuthorization: Bearer {TOKEN}\r\n"
            chunked = (
                f"{head}Content-Type: {TURTLE}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            )
            answer, _ = wire(site, chunked.encode() + b"7d0\r\n" + b"#" * 2000 + b"\r\n0\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 413")
        assert graphs(site) == set()


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
