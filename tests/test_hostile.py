"""Nothing that a client asks takes the server down, and nobody else notices.

The server runs under a memory limit, with a deadline of two seconds.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from harness import Reply, Site, serving

DEADLINE = 2
QUERY = "application/sparql-query"
TRIPLES = " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(4))
COUNTED = f"SELECT (COUNT(*) AS ?n) {{ {TRIPLES} }}"


@pytest.fixture(scope="module")
def site(store: Path) -> Iterator[Site]:
    with serving(store, "--deadline", DEADLINE, INNOGRAPH_EVALUATOR_MEMORY=str(512 << 20)) as running:
        yield running


def ask(site: Site, text: str, accept: str = "*/*", timeout: float = DEADLINE) -> Reply:
    """Ask a query; a shorter deadline than the server's ends what runs to it in any case earlier."""
    return site.request("POST", f"/sparql?timeout={timeout}", text, Content_Type=QUERY, Accept=accept)


class Polite:
    """Another client that goes on with small questions, each of them new, and notes how long they took."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.answers: list[tuple[int, float]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Polite:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            begun = time.monotonic()
            name = f"label{len(self.answers)}"
            reply = ask(
                self.site, f"SELECT ?{name} {{ <https://w3id.org/innograph/city/beijing> ?p ?{name} }}"
            )
            self.answers.append((reply.status, time.monotonic() - begun))

    def assert_served(self) -> None:
        """Every question was answered, and there were some."""
        assert len(self.answers) > 2, self.answers
        assert {status for status, _ in self.answers} == {200}, self.answers


def test_a_cross_product_is_ended_at_its_deadline_and_others_are_answered(site: Site) -> None:
    with Polite(site) as polite:
        begun = time.monotonic()
        reply = ask(site, COUNTED)
        took = time.monotonic() - begun
    assert reply.status == 503
    assert reply.json()["title"] == "Deadline exceeded"
    assert int(reply.headers["retry-after"]) > 0
    assert took < DEADLINE + 3
    polite.assert_served()


def test_a_client_may_ask_for_a_shorter_deadline(site: Site) -> None:
    begun = time.monotonic()
    reply = ask(site, COUNTED, timeout=0.3)
    assert reply.status == 503
    assert time.monotonic() - begun < DEADLINE


@pytest.mark.parametrize(
    "accept", ["application/sparql-results+json", "text/csv", "text/tab-separated-values"]
)
def test_a_result_that_breaks_off_cannot_be_taken_for_a_whole_one(site: Site, accept: str) -> None:
    reply = ask(site, f"SELECT * {{ {TRIPLES} }}", accept, timeout=0.7)
    assert reply.status == 200
    assert "!!! the result is incomplete: Deadline exceeded" in reply.text[-200:]


NESTED = {
    "filters in filters": "SELECT * { ?s ?p ?o " + "FILTER EXISTS { ?s ?p ?o " * 1000 + "}" * 1000 + "}",
    "groups": "SELECT * " + "{" * 20_000 + "}" * 20_000,
    "parentheses": "SELECT * { ?s ?p ?o FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") } LIMIT 1",
    "negations": "SELECT * { ?s ?p ?o FILTER(" + "!" * 20_000 + "true) } LIMIT 1",
    "sums": "SELECT * { ?s ?p ?o FILTER(1" + "+1" * 20_000 + ") } LIMIT 1",
    "unions": "SELECT * { {} " + "UNION {} " * 5_000 + "} LIMIT 1",
    "patterns": "SELECT * { " + " ".join(f"?a{i} ?b{i} ?a{i + 1} ." for i in range(1000)) + "} LIMIT 1",
    "a long path": "SELECT * { ?s " + "/".join(["<http://e/p>"] * 1000) + " ?o } LIMIT 1",
}


@pytest.mark.parametrize("kind", NESTED)
def test_deep_queries_hurt_nobody(site: Site, kind: str) -> None:
    with Polite(site) as polite:
        reply = ask(site, NESTED[kind], timeout=1)
        time.sleep(0.3)
    assert reply.status in (200, 400, 503)
    assert "Traceback" not in reply.text
    polite.assert_served()


HUNGRY = {
    "a sorted cross product": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?f ?c",
    "strings that grow": "SELECT (STRLEN(?k) AS ?n) { BIND('aaaaaaaaaa' AS ?a) "
    + "".join(
        f"BIND(CONCAT({','.join(['?' + name] * 10)}) AS ?{after}) "
        for name, after in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    + "}",
    "all in one group": f"SELECT (GROUP_CONCAT(CONCAT(STR(?s0), STR(?s1), STR(?s2))) AS ?all) {{ {TRIPLES} }}",
}


@pytest.mark.parametrize("kind", HUNGRY)
def test_a_query_that_wants_all_memory_is_ended_alone(site: Site, kind: str) -> None:
    with Polite(site) as polite:
        reply = ask(site, HUNGRY[kind])
        time.sleep(0.3)
    assert reply.status == 503
    assert reply.json()["title"] in ("Memory limit exceeded", "Deadline exceeded")
    polite.assert_served()


def test_six_greedy_clients_do_not_keep_a_polite_one_waiting(site: Site) -> None:
    statuses: list[int] = []
    greedy = [threading.Thread(target=lambda: statuses.append(ask(site, COUNTED).status)) for _ in range(6)]
    with Polite(site) as polite:
        for thread in greedy:
            thread.start()
        for thread in greedy:
            thread.join()
    assert statuses == [503] * 6
    polite.assert_served()


def test_a_client_that_goes_away_frees_its_evaluator(site: Site) -> None:
    for _ in range(8):
        connection = http.client.HTTPConnection(site.host, timeout=5)
        connection.request("POST", "/sparql", f"SELECT * {{ {TRIPLES} }}", {"Content-Type": QUERY})
        connection.getresponse().read(10_000)
        connection.close()
    reply = ask(site, "SELECT ?s { ?s a <https://schema.org/City> }")
    assert reply.status == 200


def test_a_slow_reader_gets_the_whole_result_though_its_query_was_over_long_ago(store: Path) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 60000"
    with serving(store, "--deadline", 5) as site:
        connection = http.client.HTTPConnection(site.host, timeout=60)
        connection.request("GET", f"/sparql?{urlencode({'query': query})}", headers={"Accept": "text/csv"})
        response = connection.getresponse()
        begun = response.read(1000)
        time.sleep(6.5)
        whole = begun + response.read()
        connection.close()
    assert len(whole) > 10 << 20, "larger than what lines and buffers hold"
    assert whole.count(b"\r\n") == 60_001
    assert b"!!!" not in whole[-200:]


@pytest.mark.parametrize("kind", ["readers", "senders", "headers"])
def test_a_hundred_slow_clients_keep_nobody_waiting(site: Site, kind: str) -> None:
    host, port = site.host.split(":")
    sent = {
        "readers": f"GET /sparql?{urlencode({'query': f'SELECT * {{ {TRIPLES} }}'})} HTTP/1.1\r\nHost: x\r\n\r\n",
        "senders": f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: {QUERY}\r\nContent-Length: 9999\r\n\r\nSELECT",
        "headers": "GET /sparql HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    }[kind]
    with contextlib.ExitStack() as open_sockets:
        for _ in range(100):
            client = open_sockets.enter_context(socket.create_connection((host, int(port))))
            client.sendall(sent.encode())
        with Polite(site) as polite:
            time.sleep(2)
        polite.assert_served()


def test_the_server_is_as_before(site: Site) -> None:
    assert site.get("/health/ready").status == 200
    assert ask(site, "ASK { ?s a <https://schema.org/City> }").json()["boolean"] is True
