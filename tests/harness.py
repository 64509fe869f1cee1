"""Real parts for the tests: the command line, a built store, a server process, an HTTP client."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

from click.testing import CliRunner

from innograph.loader.cli import main

BASE = "https://w3id.org/innograph/"
SLUG = "beijing-innovation-2014-2023"
ADDRESS_SPACE = 12 << 30


def innograph(*arguments: object, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    environment = os.environ | options.pop("environment", {})
    return subprocess.run(
        [sys.executable, "-m", "innograph.loader", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=check,
        timeout=120,
        env=environment,
        **options,
    )


def within(
    *arguments: object, check: bool = True, environment: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """The same within this process, where what a command imports is there already; what it does not expect
    is raised."""
    told = list(map(str, arguments))
    done = CliRunner().invoke(main, told, env=environment, catch_exceptions=False)
    if check and done.exit_code:
        raise subprocess.CalledProcessError(done.exit_code, told, done.stdout, done.stderr)
    return subprocess.CompletedProcess(told, done.exit_code, done.stdout, done.stderr)


@dataclass
class Reply:
    """An HTTP response, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


class Site:
    """A client of one server; it follows no redirects and adds no headers of its own."""

    def __init__(self, url: str, group: int = 0) -> None:
        self.url = url
        self.group = group
        self.host = urlsplit(url).netloc

    def request(
        self, method: str, path: str, body: bytes | str | None = None, timeout: float = 60, **headers: str
    ) -> Reply:
        """Send one request on a connection of its own; `Content_Type=` is the header Content-Type."""
        connection = http.client.HTTPConnection(self.host, timeout=timeout)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body.encode() if isinstance(body, str) else body, sent)
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, fields, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, **headers)

    def query(self, text: str, accept: str = "application/sparql-results+json", **parameters: str) -> Reply:
        """Ask by GET."""
        return self.get(f"/sparql?{urlencode({'query': text, **parameters})}", Accept=accept)

    def rows(self, text: str) -> list[dict[str, str]]:
        """The solutions of a SELECT, as plain values."""
        reply = self.query(text)
        assert reply.status == 200, reply.text
        bindings = reply.json()["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in bindings]


@contextlib.contextmanager
def serving(store: Path, *options: object, **environment: str) -> Iterator[Site]:
    """A server process over a store; ended with all that it started. Its memory is limited."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "innograph.loader", "serve", "--store", store, "--port", port, *options]
    limited = ["prlimit", f"--as={ADDRESS_SPACE}", "--", *map(str, command)]
    environment = {"INNOGRAPH_WORKERS": "1"} | environment  # so that all counts and caches are of one process
    process = subprocess.Popen(
        limited, env=os.environ | environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    site = Site(f"http://127.0.0.1:{port}", process.pid)
    try:
        wait_until(lambda: ready(site), process)
        yield site
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def ready(site: Site) -> bool:
    """Whether a server says that it can answer."""
    try:
        return site.get("/health/ready").status == 200
    except OSError:
        return False


def wait_until(
    condition: Callable[[], bool], process: subprocess.Popen[str] | None = None, seconds: float = 30
) -> None:
    """Wait for a condition, as long as a process (if any) runs."""
    deadline = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None:
            raise AssertionError(f"the server ended: {process.stderr.read() if process.stderr else ''}")
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
