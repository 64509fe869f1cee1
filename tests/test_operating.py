"""Stopping: running answers are finished, new ones refused, and nothing is left, however the server ends."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from harness import BASE, innograph, wait_until
from operated import Operated, operating

TOKEN = "a-token-for-tests"
ROWS = 100_000
# More bytes than the sockets on the way hold, so that the answer runs until its client reads.
LONG = f"SELECT * {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {ROWS}"
ETERNAL = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def begin(server: Operated) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Ask for a long answer, and read only its beginning."""
    connection = http.client.HTTPConnection(server.site.host, timeout=60)
    connection.request("GET", f"/sparql?{urlencode({'query': LONG})}", headers={"Accept": "text/csv"})
    response = connection.getresponse()
    assert response.status == 200
    assert response.read(10)
    return connection, response


def refused(server: Operated) -> bool:
    host, port = server.site.host.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it was just being closed
        return False
    return False


def to_main(server: Operated, number: signal.Signals) -> None:
    os.kill(server.process.pid, number)


def to_group(server: Operated, number: signal.Signals) -> None:
    os.killpg(server.process.pid, number)


def busy(server: Operated) -> None:
    """Keep an evaluator and the writer at work until the server ends."""

    def ask(method: str, path: str, body: str | None, **headers: str) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.site.request(method, path, body, timeout=60, **headers)

    update = (
        f"INSERT {{ GRAPH <{BASE}graph/reference> {{ <{BASE}x> <{BASE}y> ?n }} }} WHERE {{ {{ {ETERNAL} }} }}"
    )
    work = [
        ("GET", f"/sparql?{urlencode({'query': ETERNAL})}", None, {}),
        (
            "POST",
            "/update",
            update,
            {"Authorization": f"Bearer {TOKEN}", "Content_Type": "application/sparql-update"},
        ),
    ]
    for method, path, body, headers in work:
        threading.Thread(target=ask, args=(method, path, body), kwargs=headers, daemon=True).start()

    def working() -> set[str]:
        found = set()
        for process in server.group():
            line = " ".join(process.cmdline())
            for name in ("evaluator", "writer"):
                if f".{name} " in line and process.cpu_times().user > 0.5:
                    found.add(name)
        return found

    wait_until(lambda: working() == {"evaluator", "writer"}, seconds=60)


@pytest.mark.parametrize(
    ("send", "number"),
    [(to_main, signal.SIGTERM), (to_group, signal.SIGTERM), (to_group, signal.SIGINT)],
    ids=["SIGTERM to the main process", "SIGTERM to all", "Ctrl-C"],
)
def test_running_answers_are_finished_and_new_ones_refused(
    store: Path, tmp_path: Path, send: Callable[[Operated, signal.Signals], None], number: signal.Signals
) -> None:
    with operating(store, tmp_path / "log", "--grace", 30) as server:
        connection, response = begin(server)
        send(server, number)
        wait_until(lambda: refused(server))
        assert server.process.poll() is None
        rest = response.read()
        connection.close()
        assert rest.count(b"\r\n") == ROWS + 1
        assert server.process.wait(timeout=25) == 0
        assert server.group() == []
        assert "Traceback" not in server.log.read_text()


def test_what_does_not_finish_in_its_grace_is_ended(store: Path, tmp_path: Path) -> None:
    with operating(store, tmp_path / "log", "--grace", 0.5) as server:
        connection, _ = begin(server)
        to_main(server, signal.SIGTERM)
        server.process.wait(timeout=25)
        wait_until(lambda: server.group() == [])
        connection.close()


def test_a_second_interrupt_ends_at_once(store: Path, tmp_path: Path) -> None:
    with operating(store, tmp_path / "log", "--grace", 600) as server:
        connection, _ = begin(server)
        to_group(server, signal.SIGINT)
        wait_until(lambda: refused(server))
        assert server.process.poll() is None
        to_group(server, signal.SIGINT)
        server.process.wait(timeout=25)
        wait_until(lambda: server.group() == [])
        connection.close()


def test_idle_connections_do_not_hold_it_up(store: Path, tmp_path: Path) -> None:
    with operating(store, tmp_path / "log", "--grace", 600) as server:
        connection = http.client.HTTPConnection(server.site.host, timeout=60)
        connection.request("GET", "/health/live")
        assert connection.getresponse().read()
        to_main(server, signal.SIGTERM)
        assert server.process.wait(timeout=25) == 0
        connection.close()


@pytest.mark.parametrize("victim", ["main", "http"])
def test_no_orphan_is_left_by_a_kill(store: Path, tmp_path: Path, victim: str) -> None:
    """Kill -9 of the main process or of those that speak HTTP, while an evaluator and the writer are at work."""
    own = shutil.copytree(store, tmp_path / "own", symlinks=True)
    with operating(own, tmp_path / "log", "--grace", 1, INNOGRAPH_TOKEN=TOKEN) as server:
        busy(server)
        before = {process.pid for process in server.group()} - {server.process.pid}
        if victim == "main":
            to_main(server, signal.SIGKILL)
            wait_until(lambda: server.group() == [])
            return
        workers = [p for p in server.group() if p.ppid() == server.process.pid]
        assert workers
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
        wait_until(lambda: not before & {process.pid for process in server.group()})
        wait_until(lambda: server.site.query("ASK {}").status == 200 if not refused(server) else False)


@pytest.mark.parametrize("other", ["another program", "another innograph"])
def test_an_address_in_use_is_said_in_words(store: Path, tmp_path: Path, other: str) -> None:
    with contextlib.ExitStack() as stack:
        if other == "another innograph":
            port = stack.enter_context(operating(store, tmp_path / "log")).site.host.split(":")[1]
        else:
            taken = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = str(taken.getsockname()[1])
        done = innograph("serve", "--store", store, "--port", port, check=False)
        assert done.returncode == 1
        [line] = done.stderr.splitlines()
        assert line.startswith(f"Error: cannot listen on 127.0.0.1:{port}: Address already in use")


def test_a_scratch_store_is_gone_when_the_server_stops(tmp_path: Path) -> None:
    with operating(tmp_path / "unused", tmp_path / "log", "--scratch", TMPDIR=str(tmp_path)) as server:
        assert list(tmp_path.glob("innograph-*"))
        to_main(server, signal.SIGTERM)
        assert server.process.wait(timeout=25) == 0
        assert list(tmp_path.glob("innograph-*")) == []


def test_a_server_that_is_still_starting_stops_at_once(store: Path) -> None:
    command = [sys.executable, "-m", "innograph.loader", "serve", "--store", store, "--grace", 600]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        command += ["--port", probe.getsockname()[1]]
    process = subprocess.Popen(
        list(map(str, command)), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stderr is not None
        assert "innograph serves on" in process.stderr.readline()
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(timeout=25) == 0
