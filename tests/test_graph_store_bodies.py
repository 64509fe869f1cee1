"""What is sent to the Graph Store Protocol: media types, forms, transfer (sections 5.1 to 5.5)."""

from __future__ import annotations

import contextlib
import http.client

import pytest
from harness import Site
from pyoxigraph import RdfFormat, parse
from scratch import (
    GRAPH,
    NAMED,
    NT,
    ONE,
    TOKEN,
    TURTLE,
    canonical,
    empty,
    graphs,
    put,
    scratch,
    size,
    update,
    wire,
    write,
)


@pytest.fixture
def site(general: Site) -> Site:
    empty(general)
    return general


def form(*parts: tuple[str, str | None, str], newline: str = "\r\n") -> tuple[bytes, str]:
    """A multipart body of (disposition, content type, text), and its media type."""
    text = ""
    for disposition, content_type, content in parts:
        typed = f"Content-Type: {content_type}{newline}" if content_type else ""
        head = f"--limit{newline}Content-Disposition: form-data; {disposition}{newline}{typed}"
        text += f"{head}{newline}{content}{newline}"
    return f"{text}--limit--{newline}".encode(), "multipart/form-data; boundary=limit"


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
