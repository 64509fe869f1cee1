"""The log: one line a request for programs, little for people, and never a secret."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from harness import Site, wait_until
from operated import Operated, operating

TOKEN = "a-token-that-must-not-be-seen"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def entry(server: Operated, request_id: str) -> dict[str, object]:
    """The log's line about a request."""

    def lines() -> list[dict[str, object]]:
        return [line for line in server.entries() if line.get("request_id") == request_id]

    wait_until(lambda: len(lines()) > 0)
    [line] = lines()
    return line


def test_each_request_is_one_json_line(store: Path, tmp_path: Path) -> None:
    with operating(store, tmp_path / "log", "--log", "json") as server:
        reply = server.site.get(f"/sparql?query={quote('ASK { ?s ?p ?o }')}", X_Request_Id="one")
        line = entry(server, "one")
        assert line["event"] == "request"
        assert line["level"] == "info"
        assert (line["method"], line["path"], line["route"]) == ("GET", "/sparql", "/sparql")
        assert (line["status"], line["outcome"], line["release"]) == (200, "ok", 1)
        assert line["bytes"] == len(reply.body)
        assert isinstance(line["seconds"], float)
        assert line["seconds"] > 0
        assert str(line["time"]).endswith("Z")
        assert "query_text" not in line
        server.site.get(f"/sparql?query={quote('ASK { ?s ?p ?o }')}", X_Request_Id="again")
        assert entry(server, "again")["query"] == line["query"]  # answered from the cache
        server.site.get("/city/%0A%22nowhere%E4%BA%AC", X_Request_Id="odd")
        assert entry(server, "odd")["path"] == '/city/\n"nowhere京'
        assert entry(server, "odd")["status"] == 404
        streamed = server.site.query("SELECT * { ?s ?p ?o }")
        assert entry(server, streamed.headers["x-request-id"])["bytes"] == len(streamed.body)


def test_a_request_has_the_id_that_it_came_with(site: Site) -> None:
    def given(**headers: str) -> str:
        return site.get("/nowhere", **headers).headers["x-request-id"]

    assert given(X_Request_Id="A-z0_9.") == "A-z0_9."
    assert given(traceparent=f"00-{TRACE}-00f067aa0ba902b7-01") == TRACE
    fresh = {
        given(),
        given(X_Request_Id="with blanks"),
        given(X_Request_Id="x" * 129),
        given(X_Request_Id='"}'),
        given(traceparent="00-" + "0" * 32 + "-00f067aa0ba902b7-01"),
        given(traceparent=f"ff-{TRACE}-00f067aa0ba902b7-01"),
    }
    assert len(fresh) == 6
    assert all(len(value) == 16 for value in fresh)


def test_a_problem_names_its_request(site: Site) -> None:
    reply = site.get("/sparql?query=nonsense", X_Request_Id="told")
    assert reply.status == 400
    assert reply.json()["request_id"] == "told"
    assert "X-Request-Id" in reply.headers["access-control-expose-headers"]


@pytest.mark.parametrize("style", ["json", "text"])
def test_no_secret_is_logged_shown_or_handed_on(store: Path, tmp_path: Path, style: str) -> None:
    query = f"ASK {{ ?s ?p '{TOKEN}' }}"
    options = ("--log", style, "--log-level", "debug")
    with operating(store, tmp_path / "log", *options, INNOGRAPH_TOKEN=TOKEN) as server:
        for path in (f"/sparql?query={quote(query)}", f"/{TOKEN}", f"/sparql?query=ASK%7B%7D&token={TOKEN}"):
            server.site.get(path, Authorization=f"Bearer {TOKEN}")
        authorized = {"Authorization": f"Bearer {TOKEN}", "Content_Type": "application/sparql-update"}
        assert server.site.request("POST", "/update", "INSERT nonsense", **authorized).status == 400
        assert server.site.request("POST", "/update", "INSERT DATA {}", **authorized).status == 204
        last = server.site.get("/health/live", X_Request_Id="the-last").headers["x-request-id"]
        wait_until(lambda: last in server.log.read_text())
        log = server.log.read_text()
        assert "ASK { ?s ?p" in log  # the beginning of the query, at this level
        assert TOKEN not in log
        assert "Authorization" not in log
        assert "Bearer" not in log
        seen = [" ".join(process.cmdline()) for process in server.group()]
        assert any(".evaluator" in line for line in seen)
        assert any(".writer" in line for line in seen)
        assert TOKEN not in " ".join(seen)
        for process in server.group():
            if ".evaluator" in " ".join(process.cmdline()) or ".writer" in " ".join(process.cmdline()):
                assert TOKEN not in str(process.environ())


def test_people_see_where_it_serves_and_nothing_of_what_went_well(store: Path, tmp_path: Path) -> None:
    with operating(store, tmp_path / "log") as server:
        for path in ("/", "/nowhere", "/sparql?query=nonsense", "/sparql?query=ASK%7B%7D"):
            server.site.get(path)
        [line] = server.log.read_text().splitlines()
        assert line == f"innograph serves on {server.site.url}/ (Ctrl-C stops it)"


def test_people_can_see_more_on_lines_that_no_client_can_forge(store: Path, tmp_path: Path) -> None:
    with operating(store, tmp_path / "log", "--log-level", "info") as server:
        server.site.get("/forged%0A2026-01-01T00:00:00.000Z%20ERROR", X_Request_Id="forger")
        wait_until(lambda: "forger" in server.log.read_text())
        [line] = [line for line in server.log.read_text().splitlines() if "forged" in line]
        assert '"forger"' in line
        assert "status=404" in line


def test_it_can_be_switched_off_but_for_the_first_line(store: Path, tmp_path: Path) -> None:
    with operating(store, tmp_path / "log", "--log", "off") as server:
        server.site.get("/sparql?query=ASK%7B%7D")
        assert len(server.log.read_text().splitlines()) == 1
