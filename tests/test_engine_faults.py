"""What a client is told when the store behind the server fails, and what is never done then."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from engines.contract import ANY, JSON, whole
from engines.faults import Faulty, answer, begin, faulty, reset
from engines.stores import free_port

from innograph.loader.remote_store import Credentials
from innograph.server.engine import (
    Accepted,
    BadQueryError,
    DeadlineError,
    EngineError,
    OverloadError,
    Query,
    RefusedError,
    UnavailableError,
    Update,
    UpstreamError,
)
from innograph.server.engine.remote import RemoteEngine

SELECT = "SELECT ?s WHERE { ?s ?p ?o }"
TSV = Accepted("text/tab-separated-values", None, None)
HEAD = b'{"head":{"vars":["s"]},"results":{"bindings":['
ROW = b'{"s":{"type":"uri","value":"urn:a"}},'


@contextlib.contextmanager
def engine_over(
    behave: Callable[[socket.socket, int], None], **more: object
) -> Iterator[tuple[RemoteEngine, Faulty]]:
    """An engine over a store that does as it is told; its own look at the release is answered properly."""

    def answering(connection: socket.socket, _: int) -> None:
        request = store.requests[-1]
        if b"graph%2Frelease" in request or b"GROUP+BY" in request:
            store.requests.pop()
            answer(connection)
        else:
            behave(connection, len(store.requests))

    with faulty(answering) as store:
        engine = RemoteEngine(store.address, dataset="store", deadline=10, **more)  # type: ignore[arg-type]
        yield engine, store
        engine.close()


def test_a_store_that_is_not_there_is_a_bad_gateway() -> None:
    engine = RemoteEngine(f"http://127.0.0.1:{free_port()}/sparql")
    with pytest.raises(UpstreamError, match="cannot be connected to") as caught:
        engine.query(Query(SELECT, ANY))
    assert caught.value.status == 502


def test_a_read_that_failed_before_any_byte_is_sent_again_once() -> None:
    with engine_over(lambda c, n: reset(c) if n == 1 else answer(c)) as (engine, store):
        assert whole(engine.query(Query(SELECT, ANY)))
        assert len(store.requests) == 2
    with engine_over(lambda c, _: reset(c)) as (engine, store):
        with pytest.raises(UpstreamError):
            engine.query(Query(SELECT, ANY))
        assert len(store.requests) == 2


def test_an_update_is_never_sent_twice() -> None:
    def behave(connection: socket.socket, number: int) -> None:
        answer(connection) if number == 1 else reset(connection)  # the first forgets the release

    with faulty(behave) as store:
        engine = RemoteEngine(store.address, update_url=store.address)
        with pytest.raises(UpstreamError, match="whether it has been done is not known"):
            engine.update(Update("INSERT DATA { <urn:a> <urn:b> <urn:c> }"))
        assert len(store.requests) == 2


@pytest.mark.parametrize("length", [None, 100_000])
@pytest.mark.parametrize("accepted", [ANY, TSV])
def test_an_answer_that_breaks_off_is_never_taken_for_whole(length: int | None, accepted: Accepted) -> None:
    def behave(connection: socket.socket, _: int) -> None:
        begin(connection, HEAD + ROW * 1000, length)
        connection.close()

    with engine_over(behave) as (engine, store), pytest.raises(UpstreamError):
        whole(engine.query(Query(SELECT, accepted)))
    assert len(store.requests) == 1


def test_a_store_that_hangs_meets_the_deadline() -> None:
    with engine_over(lambda c, _: time.sleep(3)) as (engine, store):
        with pytest.raises(DeadlineError):
            engine.query(Query(SELECT, ANY, timeout=0.3))
        assert len(store.requests) == 1


@pytest.mark.parametrize("accepted", [ANY, TSV])
def test_a_store_that_dribbles_meets_the_deadline_too(accepted: Accepted) -> None:
    def behave(connection: socket.socket, _: int) -> None:
        begin(connection, HEAD + ROW * 1000)
        while True:
            connection.sendall(b"%x\r\n%s\r\n" % (len(ROW), ROW))
            time.sleep(0.05)

    with engine_over(behave) as (engine, _), pytest.raises(DeadlineError):
        whole(engine.query(Query(SELECT, accepted, timeout=0.5)))


@pytest.mark.parametrize("accepted", [ANY, TSV])
def test_the_store_sees_that_a_client_has_gone(accepted: Accepted) -> None:
    def behave(connection: socket.socket, _: int) -> None:
        begin(connection, HEAD + ROW * 5000)
        store.wait_until_gone(connection)

    with engine_over(behave) as (engine, store):
        engine.query(Query(SELECT, accepted)).close()
        assert store.gone.wait(5)


@pytest.mark.parametrize(
    ("status", "body", "media_type", "error", "words"),
    [
        ("400 Bad Request", b"error at 2:7: no such thing", "text/plain", BadQueryError, "no such thing"),
        ("400 Bad Request", b'{"exception":"odd token"}', "application/json", BadQueryError, "odd token"),
        ("429 Too Many", b"", "text/plain", OverloadError, "too busy"),
        ("503 Unavailable", b"going down", "text/plain", UnavailableError, "going down"),
        ("504 Timeout", b"", "text/plain", DeadlineError, "too long"),
        ("500 Error", b"Query timed out after 5s", "text/plain", DeadlineError, "timed out"),
        ("500 Error", b"<h1>secret stack</h1>", "text/html", UpstreamError, "failed with 500"),
        ("401 Unauthorized", b"", "text/plain", UpstreamError, "credentials"),
        ("302 Found", b"", "text/plain", UpstreamError, "INNOGRAPH_ENGINE"),
        ("404 Not Found", b"", "text/plain", UpstreamError, "INNOGRAPH_ENGINE"),
        ("200 OK", b"<h1>Welcome</h1>", "text/html", UpstreamError, "text/html"),
    ],
)
def test_what_the_store_says_is_told(
    status: str, body: bytes, media_type: str, error: type[EngineError], words: str
) -> None:
    def behave(connection: socket.socket, _: int) -> None:
        answer(connection, body, status, media_type, "Retry-After: 17")

    with engine_over(behave) as (engine, store), pytest.raises(error, match=words) as caught:
        engine.query(Query(SELECT, ANY))
    assert len(store.requests) == 1
    assert "secret" not in str(caught.value)
    if error in (OverloadError, UnavailableError):
        assert caught.value.retry_after == 17
    if "2:7" in body.decode():
        assert isinstance(caught.value, BadQueryError)
        assert (caught.value.line, caught.value.column) == (2, 7)


def test_a_cut_result_is_an_error_and_not_a_short_result() -> None:
    def behave(connection: socket.socket, _: int) -> None:
        answer(connection, RESULT_OF_ONE, "200 OK", JSON, "X-SPARQL-MaxRows: 1")

    with engine_over(behave) as (engine, _), pytest.raises(UnavailableError, match="no more than 1 rows"):
        engine.query(Query(SELECT, ANY))


RESULT_OF_ONE = HEAD + ROW[:-1] + b"]}}"


def test_a_malformed_answer_is_not_rewritten_as_if_it_were_one() -> None:
    with (
        engine_over(lambda c, _: answer(c, b'{"head":{"vars":["s"]},"results":{"bind')) as (engine, _),
        pytest.raises(UpstreamError, match="malformed"),
    ):
        whole(engine.query(Query(SELECT, TSV)))


def test_the_largest_result_is_bounded() -> None:
    with (
        engine_over(lambda c, _: answer(c, HEAD + ROW * 9999), max_result_bytes=50_000) as (engine, _),
        pytest.raises(UnavailableError, match="larger than 50000 bytes"),
    ):
        whole(engine.query(Query(SELECT, ANY)))


def test_connections_are_kept() -> None:
    ports = set()

    def behave(connection: socket.socket, _: int) -> None:
        ports.add(connection.getpeername())
        answer(connection)

    with engine_over(behave) as (engine, store):
        for _ in range(20):
            whole(engine.query(Query(SELECT, ANY)))
        assert len(store.requests) == 20
    assert len(ports) == 1


def test_credentials_are_sent_and_never_shown() -> None:
    known = Credentials.read(token="s3cret")
    assert "s3cret" not in repr(known)
    with engine_over(lambda c, _: answer(c), credentials=known) as (engine, store):
        whole(engine.query(Query(SELECT, ANY)))
    assert b"Authorization: Bearer s3cret" in store.requests[0]


def test_requests_do_not_pile_up_behind_a_store_that_hangs() -> None:
    """The first looks at the release in vain; who comes just after is told so without a look of its own."""
    with faulty(lambda c, _: time.sleep(2)) as store:
        engine = RemoteEngine(store.address, deadline=0.3)
        for _ in range(20):
            with pytest.raises(DeadlineError):
                engine.query(Query(SELECT, ANY))
        assert len(store.requests) < 5


def test_a_store_that_tells_no_release_has_no_identity() -> None:
    with engine_over(lambda c, _: answer(c)) as (engine, _):
        assert engine.snapshot().release.identity == ""
        assert engine.releases() == []


@pytest.mark.parametrize(
    "pragma", ["DEFINE get:soft 'replace' SELECT * { }", "#pragma x\nDEFINE a:b 1 ASK {}"]
)
def test_what_is_not_sparql_never_reaches_the_store(pragma: str) -> None:
    with engine_over(lambda c, _: answer(c)) as (engine, store):
        with pytest.raises(BadQueryError):
            engine.query(Query(pragma, ANY))
        assert store.requests == []


@pytest.mark.parametrize("text", ["LOAD <http://127.0.0.1/>", "INSERT {} WHERE { SERVICE <urn:s> {} }"])
def test_updates_never_make_the_store_reach_out(text: str) -> None:
    with faulty(lambda c, _: answer(c)) as store:
        engine = RemoteEngine(store.address, update_url=store.address)
        with pytest.raises(RefusedError, match="not passed on"):
            engine.update(Update(text))
        assert store.requests == []
