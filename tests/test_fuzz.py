"""Whatever a client sends is answered: never a 500, never a traceback, and the server goes on."""

from __future__ import annotations

import http.client
import string
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
from harness import Reply, Site
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scratch import AUTHORIZED, wire

FUZZED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def words(text: str) -> st.SearchStrategy[str]:
    """Any of the words of a text."""
    return st.sampled_from(text.split())


def sane(reply: Reply) -> None:
    """An answer that is one: what is refused says why, what is ended says when to come back."""
    assert reply.status < 500 or reply.status == 503, reply.text
    assert b"Traceback" not in reply.body
    assert b"site-packages" not in reply.body
    if reply.status == 503:
        assert int(reply.headers["retry-after"]) > 0
    if reply.status >= 400 and reply.body and reply.media_type == "application/problem+json":
        assert reply.json()["status"] == reply.status
        assert reply.json()["detail"]


# From the description of the interface


def test_what_the_description_allows(general: Site) -> None:
    schema = schemathesis.openapi.from_url(f"{general.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= len(general.get("/openapi.json").json()["paths"])
    for operation in operations:
        writes = operation.method.upper() not in ("GET", "HEAD")
        _call_often(operation, 6 if writes else 20)


def _call_often(operation: Any, times: int) -> None:
    @settings(FUZZED, max_examples=times)
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        response = case.call(headers=AUTHORIZED, timeout=60)
        headers = {name.lower(): ", ".join(values) for name, values in response.headers.items()}
        sane(Reply(response.status_code, headers, response.content))

    call()


# Queries

WORDS = words(
    """SELECT * ?x ?s ?p ?o $y { } ( ) [ ] . ; , WHERE FROM NAMED <urn:g> GRAPH OPTIONAL UNION MINUS FILTER
    EXISTS NOT BIND AS VALUES UNDEF ASK CONSTRUCT DESCRIBE GROUP BY HAVING ORDER DESC LIMIT OFFSET 1 -1 1e999
    0.5 "a" 'b' "北京"@zh "x"@ar--rtl "x"^^<urn:t> _:b a <urn:p> ^ | / + ! != = < > && || COUNT SUM SAMPLE
    GROUP_CONCAT DISTINCT REDUCED STR REGEX REPLACE SUBSTR "(" "(a+)+$" CONCAT IF COALESCE SERVICE SILENT
    <http://127.0.0.1:1/> <<( )>> << >> {| |} ~ VERSION "1.2" BASE <http://[/> PREFIX p: <urn:> p:x p:%zz
    \\u0041 \\uD800 \\U00110000 # LOAD INSERT DATA DELETE CLEAR ALL NOW() UUID() RAND() BNODE() STRDT(1,2)
    99999999999999999999999999999999"""
)
VALID = st.sampled_from(
    [
        "SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o OPTIONAL { ?o a ?t } } GROUP BY ?s HAVING (?n > 1) LIMIT 9",
        "CONSTRUCT { ?s <urn:p> [ <urn:q> ?o ] } WHERE { GRAPH ?g { ?s <urn:a>/<urn:b>* ?o } }",
        "PREFIX p: <urn:> ASK { p:s ^p:p|p:q+ ?o VALUES (?o ?x) { (1 UNDEF) ('b'@en <urn:c>) } }",
        "SELECT ?l { ?s ?p ?o FILTER REGEX(?o, 'x', 'i') BIND(STRLEN(?o) AS ?l) } ORDER BY DESC(?l)",
        "DESCRIBE <urn:x> FROM <urn:g> FROM NAMED <urn:h>",
    ]
)


@st.composite
def mutated(draw: st.DrawFn, valid: st.SearchStrategy[str] = VALID) -> str:
    """A valid query with pieces cut out, doubled, or replaced."""
    text = draw(valid)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        text = (
            text[:start]
            + draw(st.one_of(WORDS, st.text(max_size=3), st.just(text[start:end] * 2)))
            + text[end:]
        )
    return text


QUERIES = st.one_of(mutated(), st.lists(WORDS, max_size=25).map(" ".join), st.text(max_size=40))
PLAIN = st.characters(codec="latin-1", exclude_characters="\r\n\0", exclude_categories=["Cc"])
HEADER = st.text(PLAIN, max_size=60)


@FUZZED
@given(text=QUERIES, direct=st.booleans())
def test_any_query(general: Site, text: str, direct: bool) -> None:
    body = text.encode("utf-8", "surrogatepass")
    if direct:
        sane(general.request("POST", "/sparql", body, Content_Type="application/sparql-query"))
    else:
        sane(general.get(f"/sparql?query={quote(body)}&timeout=5", Accept="text/csv, text/turtle, */*;q=0.1"))


@settings(FUZZED, max_examples=30)
@given(
    text=st.one_of(mutated(st.sampled_from(["INSERT DATA { GRAPH <urn:g> { <urn:s> <urn:p> 1 } }"])), QUERIES)
)
def test_any_update(general: Site, text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")
    sane(general.request("POST", "/update", body, Content_Type="application/sparql-update", **AUTHORIZED))


# Media types and other headers

MEDIA = words(
    """text/turtle text/csv text/* */* * application/json application/sparql-results+xml text/html image/png
    ;q=0 ;q=1 ;q=0.5 ;q=.5 ;q=1.0000 ;q=-1 ;q=nan ;q=1e9 ;q= ;charset=utf-8 ;charset= ;version=1.2
    ;header=absent ;profile="a,b;q=1" " \\ , ; / ="""
)
ACCEPT = st.one_of(
    st.lists(MEDIA, max_size=8).map("".join), st.lists(MEDIA, max_size=8).map(", ".join), HEADER
)


@FUZZED
@given(
    accept=ACCEPT,
    encoding=HEADER,
    tags=HEADER,
    form=st.sampled_from(["SELECT * {}", "ASK {}", "CONSTRUCT WHERE {}"]),
)
def test_any_headers_of_a_query(general: Site, accept: str, encoding: str, tags: str, form: str) -> None:
    reply = general.get(
        f"/sparql?{urlencode({'query': form})}", Accept=accept, Accept_Encoding=encoding, If_None_Match=tags
    )
    sane(reply)
    assert reply.status in (200, 304, 406)


@FUZZED
@given(
    accept=ACCEPT, language=HEADER, path=st.sampled_from(["", "city/beijing", "sparql", "catalog", "nothing"])
)
def test_any_headers_of_a_page(site: Site, accept: str, language: str, path: str) -> None:
    sane(site.get(f"/{path}", Accept=accept, Accept_Language=language))


@settings(FUZZED, max_examples=30)
@given(
    content_type=st.one_of(ACCEPT, st.just("multipart/form-data; boundary=b"), st.sampled_from(["text/turtle"])),
    body=st.one_of(
        st.binary(max_size=60),
        st.lists(
            st.sampled_from(
                [b"--b", b"\r\n", b"\n", b"--", b"Content-Disposition: form-data", b'; name="a"', b"; filename=a.ttl",
                 b"Content-Type: text/turtle", b"<urn:s> <urn:p> 1 .", b"\xff", b":", b" "]
            ),
            max_size=14,
        ).map(b"".join),
    ),
    method=st.sampled_from(["PUT", "POST"]),
)  # fmt: skip
def test_any_document(general: Site, content_type: str, body: bytes, method: str) -> None:
    sane(general.request(method, "/graphs?graph=urn:fuzz", body, Content_Type=content_type, **AUTHORIZED))


# Addresses and the wire

PIECES = words(
    """graphs sparql update city % %2 %2F %00 %FF %C3%A9 .. . // / ; : @ ' ? & = graph default query format
    release timeout -1 1e999 nan a [ ] ttl"""
)


@FUZZED
@given(
    path=st.lists(PIECES, max_size=10).map("".join),
    method=st.sampled_from(["GET", "HEAD", "POST", "DELETE", "PUT", "X"]),
)
def test_any_address(general: Site, path: str, method: str) -> None:
    sane(general.request(method, f"/{path}", b"", **AUTHORIZED))


@FUZZED
@given(
    host=st.text(PLAIN, max_size=20), rest=st.sampled_from(["sparql", "graphs/x", "openapi.json", "nothing"])
)
def test_any_host(general: Site, host: str, rest: str) -> None:
    head, _ = wire(
        general, f"GET /{rest} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1")
    )
    assert head.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 4")), head


def test_garbage_on_the_wire_hurts_nobody(general: Site) -> None:
    for message in (
        b"\x00" * 200 + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
        string.printable.encode() * 50 + b"\r\n\r\n",
    ):
        try:
            head, _ = wire(general, message)
        except (OSError, http.client.HTTPException):
            continue  # closed without a word
        assert not head.startswith(b"HTTP/1.1 5")
    assert general.query("ASK {}").json()["boolean"] is True
