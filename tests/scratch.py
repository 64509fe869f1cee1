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
