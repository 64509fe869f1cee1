"""LOAD reads what is on the allow list, and nothing else: a real web server tells who was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pyoxigraph import NamedNode, Store

from innograph.loader.updates.applying import Applier, UpdateRefusedError
from innograph.loader.updates.fetching import fetcher


class Web(ThreadingHTTPServer):
    """A web server that notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Page(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/data/elsewhere":
            self.send_response(302)
            self.send_header("Location", f"{self.server.address}/secret")
            self.end_headers()
            return
        kind = "text/html" if self.path.endswith(".html") else "text/turtle"
        body = b"<> <http://e/says> _:something ." if self.path != "/data/broken.ttl" else b"<> <"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def applier(web: Web) -> Applier:
    return Applier(Store(), "http://base/", load=fetcher([f"{web.address}/data/"]))


def test_an_allowed_document_is_loaded_into_its_graph(web: Web) -> None:
    update = applier(web)
    update.update(f"LOAD <{web.address}/data/a.ttl> INTO GRAPH <http://e/g>")
    [quad] = update.store
    assert (quad.subject, quad.graph_name) == (
        NamedNode(f"{web.address}/data/a.ttl"),
        NamedNode("http://e/g"),
    )
    assert web.asked == ["/data/a.ttl"]


@pytest.mark.parametrize(
    "address",
    [
        "{web}/secret",
        "{web}/data/../secret",
        "http://localhost/data/",
        "file:///etc/passwd",
        "{web}/data/%2e%2e/secret",
    ],
)
def test_what_is_not_allowed_is_never_asked_for(web: Web, address: str) -> None:
    for silent in ("", "SILENT "):
        with pytest.raises(UpdateRefusedError, match="not on the allow list"):
            applier(web).update(f"LOAD {silent}<{address.format(web=web.address)}>")
    assert web.asked == []


def test_a_redirect_out_of_what_is_allowed_is_not_followed(web: Web) -> None:
    with pytest.raises(OSError, match="not allowed"):
        applier(web).update(f"LOAD <{web.address}/data/elsewhere>")
    assert web.asked == ["/data/elsewhere"]


def test_what_is_no_rdf_is_refused_unless_silent(web: Web) -> None:
    for path, error in (("page.html", ValueError), ("broken.ttl", SyntaxError)):
        with pytest.raises(error):
            applier(web).update(f"LOAD <{web.address}/data/{path}>")
        update = applier(web)
        update.update(f"LOAD SILENT <{web.address}/data/{path}>")
        assert len(update.store) == 0
