"""A general store served as `innograph serve --scratch` serves it, for tests that write."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from harness import Reply, Site, serving
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

TOKEN = "a token for tests"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
TURTLE = "text/turtle"
UPDATE = "application/sparql-update"
ONE = "<http://example.org/s> <http://example.org/p> <http://example.org/o> ."
GRAPH = "http://example.org/graph"
NAMED = f"/graphs?graph={quote(GRAPH, safe='')}"
NT = "application/n-triples"


@contextlib.contextmanager
def scratch(*options: object, **environment: str) -> Iterator[Site]:
    """A server over an empty store whose writes need `TOKEN`."""
    with serving(Path("unused"), "--scratch", *options, **{"INNOGRAPH_TOKEN": TOKEN} | environment) as site:
        yield site


def update(site: Site, text: str, **headers: str) -> Reply:
    """Send an update."""
    return site.request("POST", "/update", text, Content_Type=UPDATE, **AUTHORIZED, **headers)


def empty(site: Site) -> None:
    """Leave nothing in the store."""
    found = site.query("ASK { { ?s ?p ?o } UNION { GRAPH ?g {} } }")
    if found.json()["boolean"] is False:
        return
    reply = update(site, "DROP ALL")
    assert reply.status == 204, reply.text


def put(site: Site, graph: str, body: bytes | str, content_type: str = TURTLE, **headers: str) -> Reply:
    """Put a document in place of a graph."""
    path = f"/graphs?graph={quote(graph, safe='')}"
    return site.request("PUT", path, body, Content_Type=content_type, **AUTHORIZED, **headers)


def canonical(text: bytes | str, base: str | None = None, form: RdfFormat = RdfFormat.TURTLE) -> Dataset:
    """A document as a dataset that equals every isomorphic one."""
    found = Dataset(parse(text, format=form, base_iri=base))
    found.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return found


def wire(site: Site, message: bytes) -> tuple[bytes, bytes]:
    """Send a message that asks for `Connection: close`; the head and the body of what comes back."""
    host, _, port = site.host.partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(message)
        received = b""
        while chunk := connection.recv(1 << 16):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


def graphs(site: Site) -> set[str]:
    """The named graphs of a store."""
    return {row["g"] for row in site.rows("SELECT ?g { GRAPH ?g {} }")}


def size(site: Site, graph: str = GRAPH) -> int:
    """The triples of a graph that is there."""
    reply = site.get(f"/graphs?graph={quote(graph, safe='')}", Accept=NT)
    assert reply.status == 200, reply.text
    return len(reply.text.splitlines())


def write(site: Site, method: str, path: str, body: bytes | str | None, **headers: str) -> Reply:
    """Send a request with the token."""
    return site.request(method, path, body, **AUTHORIZED, **headers)
