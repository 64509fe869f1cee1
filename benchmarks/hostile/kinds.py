"""Kinds of hostile clients: what each sends. Every kind is a few connections' worth of bytes, bounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

QUERY = "application/sparql-query"
TRIPLES = " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(4))


@dataclass(frozen=True, slots=True)
class Kind:
    """A hostile client: `request(n)` is what its n-th connection sends.

    `clients` send at the same time; a `slow` one sends no more and reads nothing; `writes` go to the
    graph store with the token.
    """

    name: str
    request: Callable[[int], bytes]
    clients: int = 2
    slow: bool = False


def http(method: str, path: str, body: bytes = b"", kind: str = "", more: str = "") -> bytes:
    """An HTTP/1.1 request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}"
    if kind:
        head += f"Content-Type: {kind}\r\n"
    if body:
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def asks(text: str, accept: str = "*/*") -> Callable[[int], bytes]:
    """A query by POST; each is a new one."""
    return lambda n: http("POST", "/sparql", f"{text} # {n}".encode(), QUERY, f"Accept: {accept}\r\n")


def puts(body: str | bytes, kind: str) -> Callable[[int], bytes]:
    """An upload to the graph store."""
    raw = body.encode() if isinstance(body, str) else body
    path = f"/GRAPHS?graph={quote('http://example.org/hostile', safe='')}"
    return lambda n: http("PUT", path, raw, kind, "TOKEN")


def updates(text: str) -> Callable[[int], bytes]:
    """An update with the token."""
    return lambda n: http("POST", "/update", text.encode(), "application/sparql-update", "TOKEN")


def filtered(expression: str) -> str:
    """A query with one filter."""
    return f"SELECT * {{ ?s ?p ?o FILTER({expression}) }} LIMIT 1"


def growing(function: str) -> str:
    """Strings that grow tenfold, ten times."""
    steps = "".join(
        f"BIND({function}({','.join(['?' + name] * 10)}) AS ?{after}) "
        for name, after in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    return f"SELECT (STRLEN(?k) AS ?n) {{ BIND('aaaaaaaaaa' AS ?a) {steps} }}"


def entities(levels: int) -> str:
    """RDF/XML whose entities multiply by ten at each level."""
    bomb = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "hahahahaha">'
    bomb += "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(levels))
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    return bomb + (
        f']><rdf:RDF xmlns:rdf="{rdf}" xmlns:e="http://e/"><rdf:Description rdf:about="http://e/x">'
        f"<e:p>&a{levels};</e:p></rdf:Description></rdf:RDF>"
    )


def nested(opening: str, inside: str, closing: str, depth: int) -> str:
    """Something within itself."""
    return opening * depth + inside + closing * depth


CROSS = f"SELECT * {{ {TRIPLES} }}"
KINDS = [
    Kind("cross product, counted", asks(f"SELECT (COUNT(*) AS ?n) {{ {TRIPLES} }}"), 6),
    Kind("cross product, ordered", asks(f"SELECT * {{ {TRIPLES} }} ORDER BY ?o3 ?s0")),
    Kind(
        "cross product, grouped",
        asks(f"SELECT ?s0 ?s1 ?s2 (COUNT(*) AS ?n) {{ {TRIPLES} }} GROUP BY ?s0 ?s1 ?s2"),
    ),
    Kind("cross product, DISTINCT", asks(f"SELECT DISTINCT * {{ {TRIPLES} }}")),
    Kind(
        "cross product, concatenated",
        asks(f"SELECT (GROUP_CONCAT(CONCAT(STR(?s0), STR(?o1))) AS ?x) {{ {TRIPLES} }}"),
    ),
    Kind("cross product, streamed as JSON", asks(CROSS), 6),
    Kind("cross product, constructed", asks(f"CONSTRUCT {{ ?s0 ?p1 ?o2 }} {{ {TRIPLES} }}")),
    Kind(
        "paths of any length",
        asks("SELECT (COUNT(*) AS ?n) { ?s (<a:>|!<a:>)* ?o . ?o (<a:>|!<a:>)* ?z . ?z (<a:>|!<a:>)+ ?y }"),
    ),
    Kind("path of 1,000 steps", asks("SELECT * { ?s " + "/".join(["(<a:>|!<a:>)"] * 1000) + " ?o }")),
    Kind(
        "optional in optional, open",
        asks("SELECT * { " + nested("OPTIONAL { ?a ?b ?c . ", "", "}", 40) + " }"),
    ),
    Kind("strings that grow tenfold ten times", asks(growing("CONCAT"))),
    Kind(
        "REPLACE that explodes",
        asks(
            f"SELECT (STRLEN(?x5) AS ?n) {{ BIND('{'a' * 100}' AS ?x0) "
            + "".join(f"BIND(REPLACE(?x{i}, 'a', '{'a' * 100}') AS ?x{i + 1}) " for i in range(5))
            + "}"
        ),
    ),
    Kind(
        "regular expressions with nested repeats",
        asks("SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '(((a{1,50}){1,50}){1,50}){1,50}')) }"),
    ),
    Kind(
        "1,000 nested FILTER EXISTS",
        asks("SELECT * { ?s ?p ?o " + nested("FILTER EXISTS { ?s ?p ?o ", "", "}", 1000) + "}"),
    ),
    Kind("10,000 nested groups", asks("SELECT * " + nested("{", "", "}", 10_000))),
    Kind("50,000 nested parentheses", asks(filtered(nested("(", "1", ")", 50_000)))),
    Kind("50,000 negations", asks(filtered("!" * 50_000 + "true"))),
    Kind("50,000 sums", asks(filtered("1" + "+1" * 50_000))),
    Kind("20,000 unions", asks("SELECT * { {} " + "UNION {} " * 20_000 + "} LIMIT 1")),
    Kind("5,000 nested sub-selects", asks(nested("SELECT * { ", "?s ?p ?o", "}", 5_000))),
    Kind(
        "10,000 nested OPTIONALs",
        asks("SELECT * { ?s ?p ?o " + nested("OPTIONAL { ", "?s ?p ?o", "}", 10_000) + "}"),
    ),
    Kind("10,000 nested function calls", asks(filtered(nested("STR(", "?s", ")", 10_000) + " = ''"))),
    Kind(
        "10,000 nested MINUS",
        asks("SELECT * { ?s ?p ?o " + nested("MINUS { ?s ?p ?o ", "", "}", 10_000) + "}"),
    ),
    Kind("10,000 nested blank nodes", asks("SELECT * { ?s ?p " + nested("[ ?q ", "1", "]", 10_000) + " }")),
    Kind("10,000 nested lists", asks("SELECT * { ?s ?p " + nested("( ", "1", " )", 10_000) + " }")),
    Kind(
        "2,000 triple patterns",
        asks("SELECT * { " + " ".join(f"?a{i} ?b{i} ?a{i + 1} ." for i in range(2000)) + "}"),
    ),
    Kind(
        "12 MB of IN",
        lambda n: http(
            "POST",
            "/sparql",
            filtered("?o IN (" + ",".join(str(i) for i in range(1_600_000)) + ")").encode(),
            QUERY,
        ),
    ),
    Kind(
        "12 MB of VALUES",
        lambda n: http(
            "POST", "/sparql", ("SELECT * { VALUES ?x { " + "1234567 " * 1_500_000 + "} }").encode(), QUERY
        ),
    ),
    Kind("slow readers, 100", asks(CROSS), 100, slow=True),
    Kind(
        "slow senders, 100",
        lambda n: http("POST", "/sparql", b"", QUERY, "Content-Length: 100000\r\n") + b"SELECT",
        100,
        slow=True,
    ),
    Kind(
        "slow headers, 100", lambda n: b"GET /sparql HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", 100, slow=True
    ),
    Kind("400 at once", asks(f"SELECT (COUNT(*) AS ?n) {{ {TRIPLES} }}"), 400),
    Kind("garbage on the wire", lambda n: bytes((n * 31 + i * 7) % 256 for i in range(5000)), 50),
    Kind("invalid UTF-8", lambda n: http("POST", "/sparql", b"SELECT * { ?s ?p '\xff\xfe' }", QUERY), 20),
    Kind("endless header", lambda n: b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 2_000_000 + b"\r\n\r\n", 10),
    Kind("XML entity bomb", puts(entities(10), "application/rdf+xml")),
    Kind(
        "50,000 nested triple terms",
        puts(
            "<http://e/s> <http://e/p> "
            + nested("<<( <http://e/s> <http://e/p> ", "1", " )>>", 50_000)
            + " .",
            "application/n-triples",
        ),
    ),
    Kind("JSON-LD 50,000 deep", puts(nested('{"http://e/p":', "1", "}", 50_000), "application/ld+json")),
    Kind(
        "RDF/XML 50,000 deep",
        puts(
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
            + nested("<rdf:Description><e:p>", "", "</e:p></rdf:Description>", 50_000)
            + "</rdf:RDF>",
            "application/rdf+xml",
        ),
    ),
    Kind(
        "update of a cross product",
        updates(f"INSERT {{ GRAPH <http://e/g> {{ ?s0 ?p1 ?o2 }} }} WHERE {{ {TRIPLES} }}"),
    ),
    Kind(
        "SERVICE to an inside address that hangs",
        asks("SELECT * { SERVICE <http://127.0.0.1:SINK/> { ?s ?p ?o } }"),
        20,
    ),
]
