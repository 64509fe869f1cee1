"""The servers that are compared, each over the same data, as their makers would start them."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

import psutil

from benchmarks.performance.stores import Prepared

TOKEN = "benchmark"


@dataclass
class Server:
    """A running server: where it answers queries, and its process group."""

    name: str
    port: int
    path: str
    group: int
    seconds_to_answer: float = 0.0

    @property
    def url(self) -> str:
        """The address of its query endpoint."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def memory(self) -> int:
        """Bytes that its whole process group holds in memory (proportional set size: shared pages once)."""
        total = 0
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                if os.getpgid(process.pid) == self.group:
                    total += process.memory_full_info().pss
        return total

    def ask(self, query: str, accept: str = "application/sparql-results+json", timeout: float = 600) -> bytes:
        """The answer to a query, read whole.

        Raises:
            OSError: no answer, or not 200.
        """
        return self.get(f"{self.path}?{urlencode({'query': query})}", accept, timeout)

    def get(self, target: str, accept: str = "*/*", timeout: float = 600) -> bytes:
        """The body at a path of this server.

        Raises:
            OSError: no answer, or not 200.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", target, headers={"Accept": accept})
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise OSError(f"{self.name} answered {response.status}: {body[:200]!r}")
            return body
        except http.client.HTTPException as error:
            raise OSError(f"{self.name}: {error!r}") from error
        finally:
            connection.close()


@contextlib.contextmanager
def ours(data: Prepared, **environment: str) -> Iterator[Server]:
    """innograph over the release, with its defaults but for what variables say."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "innograph.loader",
        "serve",
        "--store",
        str(data.root),
        "--port",
        str(port),
    ]
    with _running("innograph", command, port, "/sparql", environment=environment) as server:
        yield server


@contextlib.contextmanager
def native(data: Prepared) -> Iterator[Server]:
    """The native Oxigraph server, reading the very same release, with the same default graph."""
    port = free_port()
    binary = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or "oxigraph"
    command = [
        binary,
        "serve-read-only",
        "--location",
        str(data.release),
        "--bind",
        f"127.0.0.1:{port}",
        "--union-default-graph",
    ]
    with _running("oxigraph", command, port, "/query") as server:
        yield server


@contextlib.contextmanager
def rdflib_endpoint(data: Prepared) -> Iterator[Server]:
    """rdflib-endpoint over the same N-Quads, in memory."""
    port = free_port()
    command = [sys.executable, "-m", "rdflib_endpoint", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with _running("rdflib-endpoint", [*command, str(data.quads)], port, "/", patience=300) as server:
        yield server


@contextlib.contextmanager
def virtuoso(data: Prepared) -> Iterator[Server]:
    """Virtuoso with the same N-Quads loaded, and 2 GiB of buffers."""
    port, sql = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="innograph-virtuoso-") as name:
        folder = Path(name)
        (folder / "virtuoso.ini").write_text(
            "[Database]\nDatabaseFile = v.db\nErrorLogFile = v.log\nTransactionFile = v.trx\n"
            "xa_persistent_file = v.pxa\n"
            "[TempDatabase]\nDatabaseFile = t.db\nTransactionFile = t.trx\n"
            f"[Parameters]\nServerPort = {sql}\nNumberOfBuffers = 170000\nMaxDirtyBuffers = 130000\n"
            f"DirsAllowed = {data.quads.parent}\nServerThreads = 50\n"
            f"[HTTPServer]\nServerPort = {port}\nServerThreads = 20\n[SPARQL]\nResultSetMaxRows = 1000000\n"
        )
        command = ["virtuoso-t", "+configfile", "virtuoso.ini", "+foreground"]
        with _running("virtuoso", command, port, "/sparql", folder=folder, patience=120) as server:
            load = (
                f"ld_dir('{data.quads.parent}', '{data.quads.name}', 'urn:x'); rdf_loader_run(); checkpoint;"
            )
            subprocess.run(
                ["isql-vt", str(sql), "dba", "dba", f"exec={load}"], check=True, capture_output=True
            )
            yield server


@contextlib.contextmanager
def _running(
    name: str,
    command: Sequence[str],
    port: int,
    path: str,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
    patience: float = 60,
) -> Iterator[Server]:
    begun = time.monotonic()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=os.environ | {"INNOGRAPH_TOKEN": TOKEN, **environment},
        start_new_session=True,
    )
    server = Server(name, port, path, process.pid)
    try:
        while True:
            with contextlib.suppress(OSError):
                server.ask("ASK {}", timeout=5)
                break
            if process.poll() is not None or time.monotonic() - begun > patience:
                raise RuntimeError(f"{name} does not answer: {' '.join(command)}")
            time.sleep(0.005)
        server.seconds_to_answer = time.monotonic() - begun
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
