"""The response cache over HTTP: what is answered from it, what never is, and that no release outlives a write."""

from __future__ import annotations

import gzip
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from harness import BASE, SLUG, Reply, Site, serving
from test_metrics import value

from innograph.server.response_cache import OVERHEAD, Entry, Store

TOKEN = "a-token-for-tests"
JSON = "application/sparql-results+json"
PATENTS = "SELECT ?s ?p WHERE { <https://w3id.org/innograph/city/beijing> ?p ?s }"
LARGE = "SELECT * WHERE { ?s ?p ?o }"
ETERNAL = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a = ?c || ?l != ?a) }"
# What a client may see differ from one time to the next.
PASSING = {"x-request-id", "date"}


@pytest.fixture(scope="module")
def writable(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    own = Path(shutil.copytree(store, tmp_path_factory.mktemp("cache") / "own", symlinks=True))
    with serving(own, INNOGRAPH_TOKEN=TOKEN, INNOGRAPH_CACHE_BYTES="16MiB") as running:
        yield running


def hits(site: Site) -> float:
    return value(site, "innograph_response_cache_requests_total", result="hit")


def kept(site: Site) -> float:
    return value(site, "innograph_response_cache_requests_total", result="miss")


def lasting(reply: Reply) -> tuple[int, bytes, dict[str, str]]:
    return reply.status, reply.body, {k: v for k, v in reply.headers.items() if k not in PASSING}


def ask(site: Site, text: str, **headers: str) -> Reply:
    return site.get(f"/sparql?{urlencode({'query': text})}", **{"Accept": JSON, **headers})


def test_every_way_to_ask_a_query_is_one_entry(writable: Site) -> None:
    text = PATENTS + " # one entry"
    before = hits(writable)
    first = ask(writable, text)
    ways = [
        ask(writable, text),
        writable.get(f"/sparql?timeout=3&query={quote(text)}", Accept=f"{JSON}, text/csv;q=0.5"),
        writable.get(f"/sparql?query={quote(text)}&format={quote(JSON, safe='')}"),
        writable.request(
            "POST",
            "/sparql",
            urlencode({"query": text}),
            Content_Type="application/x-www-form-urlencoded",
            Accept=JSON,
        ),
        writable.request("POST", "/sparql", text, Content_Type="application/sparql-query", Accept=JSON),
    ]
    assert first.status == 200
    assert len(first.json()["results"]["bindings"]) > 5
    assert {reply.body for reply in ways} == {first.body}
    assert {reply.headers["etag"] for reply in ways} == {first.headers["etag"]}
    assert hits(writable) == before + len(ways)


def test_an_answer_from_the_cache_is_the_same_as_the_first(writable: Site) -> None:
    for path, accept in [
        (f"/sparql?query={quote(PATENTS)}%23same", "text/csv"),
        ("/city/beijing.ttl", "*/*"),
        ("/city/beijing.html", "text/html"),
        ("/catalog", "text/turtle"),
        ("/sparql", "text/turtle"),
    ]:
        first = writable.get(path, Accept=accept, Accept_Encoding="identity")
        before = hits(writable)
        assert lasting(writable.get(path, Accept=accept, Accept_Encoding="identity")) == lasting(first), path
        assert hits(writable) == before + 1, path
        head = writable.request("HEAD", path, Accept=accept, Accept_Encoding="identity")
        assert hits(writable) == before + 2, path
        assert head.body == b""
        assert lasting(head)[2] == lasting(first)[2], path
        held = writable.get(
            path, Accept=accept, Accept_Encoding="identity", If_None_Match=first.headers["etag"]
        )
        assert hits(writable) == before + 3, path
        assert (held.status, held.body) == (304, b"")
        assert {held.headers[name] for name in ("etag", "cache-control", "vary")} == {
            first.headers[name] for name in ("etag", "cache-control", "vary")
        }


def test_formats_encodings_and_hosts_are_kept_apart(writable: Site) -> None:
    text = PATENTS + " # apart"
    assert ask(writable, text).media_type == JSON
    assert ask(writable, text, Accept="text/csv").media_type == "text/csv"
    packed = ask(writable, text, Accept_Encoding="gzip")
    again = ask(writable, text, Accept_Encoding="gzip")
    assert lasting(packed) == lasting(again)
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != ask(writable, text).headers["etag"]
    assert gzip.decompress(packed.body) == ask(writable, text).body
    here = writable.get("/sparql", Accept="text/turtle", Host="here.example")
    there = writable.get("/sparql", Accept="text/turtle", Host="there.example")
    assert "//here.example/sparql" in here.text
    assert "//here.example" not in there.text
    assert "<h1" in ask(writable, text, Accept="text/html").text


def test_a_streamed_answer_is_kept_when_it_is_whole(writable: Site) -> None:
    first = ask(writable, LARGE + " LIMIT 600")
    assert len(first.body) > 65536
    assert "content-length" not in first.headers
    before = hits(writable)
    assert ask(writable, LARGE + " LIMIT 600").body == first.body
    assert hits(writable) == before + 1


def test_what_may_differ_next_time_or_went_wrong_is_never_kept(writable: Site) -> None:
    before = kept(writable), hits(writable)
    for _ in range(2):
        assert ask(writable, "SELECT (RAND() AS ?r) {}").headers["cache-control"] == "no-store"
        assert ask(writable, "SELECT nonsense").status == 400
        assert writable.get("/sparql?query=ASK%7B%7D&timeout=-1").status == 400
        assert writable.get("/city/nowhere.ttl").status == 404
        assert writable.get("/health/ready").status == 200
        broken = writable.get(f"/sparql?timeout=0.4&query={quote(ETERNAL)}", Accept="text/csv")
        assert broken.status == 503 or "incomplete" in broken.text[-300:]
    assert (kept(writable), hits(writable)) == before


def test_a_client_may_ask_for_a_fresh_answer_or_none_to_be_kept(writable: Site) -> None:
    text = PATENTS + " # fresh"
    before = kept(writable), hits(writable)
    ask(writable, text, Cache_Control="no-store")
    assert (kept(writable), hits(writable)) == before
    ask(writable, text)
    ask(writable, text, Cache_Control="no-cache")
    assert (kept(writable), hits(writable)) == (before[0] + 2, before[1])
    ask(writable, text, Cache_Control="max-age=0")
    assert hits(writable) == before[1] + 1


def test_no_answer_outlives_its_release(writable: Site) -> None:
    title = "<https://schema.org/jobTitle>"
    count = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{BASE}graph/{SLUG}> {{ ?p {title} 'cached'@en }} }}"

    def counted() -> int:
        reply = ask(writable, count)
        assert reply.status == 200, reply.text
        return int(reply.json()["results"]["bindings"][0]["n"]["value"])

    stop = threading.Event()
    seen: list[int] = []

    def reader() -> None:
        while not stop.is_set():
            seen.append(counted())

    thread = threading.Thread(target=reader)
    thread.start()
    try:
        for number in range(1, 9):
            person = f"<{BASE}person/cached-{number}>"
            text = f"""INSERT DATA {{ GRAPH <{BASE}graph/{SLUG}> {{ {person} a <https://schema.org/Person> ;
              <http://www.w3.org/2000/01/rdf-schema#label> "cached {number}"@en ;
              {title} "cached"@en }} }}"""
            reply = writable.request(
                "POST",
                "/update",
                text,
                Authorization=f"Bearer {TOKEN}",
                Content_Type="application/sparql-update",
            )
            assert reply.status == 204, reply.text
            assert [counted(), counted()] == [number, number]
    finally:
        stop.set()
        thread.join()
    assert seen == sorted(seen)


def test_it_holds_no_more_entries_than_it_may_and_none_that_is_too_large(store: Path) -> None:
    with serving(store, INNOGRAPH_CACHE_BYTES="1MB", INNOGRAPH_CACHE_ENTRIES="20") as site:
        for number in range(40):
            ask(site, f"ASK {{}} # {number}")
        assert 20_000 < value(site, "innograph_response_cache_bytes") < 40_000  # twenty small ones
        before = hits(site)
        ask(site, "ASK {} # 0")
        assert hits(site) == before
        ask(site, "ASK {} # 39")
        assert hits(site) == before + 1
        many = kept(site)
        ask(site, LARGE)
        assert kept(site) == many


def test_it_holds_no_more_bytes_than_it_may_and_drops_what_was_used_longest_ago() -> None:
    store = Store(max_bytes=100_000, max_entries=1000)

    def put(name: str, size: int) -> None:
        store.put((name,), Entry([], b"x" * size, "tag", "route", None, 0))

    for number in range(500):
        put(str(number % 70), 100 * (number % 50))
        assert 0 < store.size <= store.max_bytes
        assert store.get((str(number % 70),)) is not None
    put("a", 30_000)
    put("b", 30_000)
    assert store.get(("a",)) is not None  # used again: b is the older one now
    put("c", 30_000)
    put("d", 30_000)
    assert [store.get((name,)) is not None for name in "abcd"] == [True, False, True, True]
    put("d", 10)
    assert store.get(("d",)) == Entry([], b"x" * 10, "tag", "route", None, 0)


def test_what_is_on_its_way_takes_a_quarter_at_most_and_gives_it_back() -> None:
    store = Store(max_bytes=100_000, max_entries=10)
    assert store.borrow(20_000)
    assert not store.borrow(6_000)
    assert store.borrow(5_000)
    store.borrow(-20_000)
    assert store.borrow(20_000)
    assert store.size == 0


def test_it_is_safe_for_many_threads() -> None:
    store = Store(max_bytes=200_000, max_entries=50)

    def work(lane: int) -> None:
        for number in range(2000):
            key = (number * (lane + 1) % 97,)
            found = store.get(key)
            assert found is None or found.tag == str(key)
            store.put(key, Entry([], b"x" * (number % 3000), str(key), "route", None, 0))

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, lane) for lane in range(8)]:
            done.result()
    assert 0 < store.size <= 200_000
    for number in range(50):  # as many as there may be, all of one size: the account is exact
        store.put((f"last {number}",), Entry([], b"", "", "route", None, 0))
    assert store.size == 50 * OVERHEAD


def test_long_requests_are_counted_with_their_answers(store: Path) -> None:
    with serving(store, INNOGRAPH_CACHE_BYTES="4MB") as site:
        before = value(site, "innograph_response_cache_bytes")
        assert site.get(f"/city/beijing.ttl?{'x' * 6000}").status == 200
        assert value(site, "innograph_response_cache_bytes") > before + 2 * 6000


def test_it_can_be_switched_off(store: Path) -> None:
    with serving(store, "--cache-bytes", 0) as site:
        for _ in range(2):
            assert ask(site, PATENTS).status == 200
        assert (hits(site), kept(site)) == (0, 0)
