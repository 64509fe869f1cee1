"""Real stores of others, each a process of its own on free ports of this machine, ended with the test."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness import ADDRESS_SPACE, Site, wait_until

OXIGRAPH = Path(sys.executable).with_name("oxigraph")
VIRTUOSO = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 32
[SPARQL]
ResultSetMaxRows = 100000
MaxQueryExecutionTime = 20
"""


@dataclass(frozen=True)
class Addresses:
    """Where a store is asked and written to, and the `name:password` that writing needs."""

    query: str
    update: str
    graphs: str
    user: str = ""


@contextlib.contextmanager
def oxigraph(folder: Path | None = None, *options: str) -> Iterator[Addresses]:
    """Oxigraph's own server: in memory, or read-only over a folder."""
    port = free_port()
    mode = ["serve-read-only", "--location", str(folder)] if folder else ["serve"]
    command = [str(OXIGRAPH), *mode, "--bind", f"127.0.0.1:{port}", *options]
    address = f"http://127.0.0.1:{port}"
    with running(command, f"{address}/query"):
        yield Addresses(f"{address}/query", f"{address}/update", f"{address}/store")


@contextlib.contextmanager
def virtuoso(folder: Path) -> Iterator[Addresses]:
    """Virtuoso over an empty database."""
    http, sql = free_port(), free_port()
    configuration = folder / "virtuoso.ini"
    configuration.write_text(VIRTUOSO.format(folder=folder, http=http, sql=sql))
    address = f"http://127.0.0.1:{http}"
    with running(["virtuoso-t", "+foreground", "+configfile", str(configuration)], f"{address}/sparql"):
        auth = f"{address}/sparql-graph-crud-auth"
        yield Addresses(f"{address}/sparql", f"{address}/sparql-auth", auth, "dba:dba")


def has_virtuoso() -> bool:
    """Whether Virtuoso is installed (Debian: virtuoso-opensource)."""
    return shutil.which("virtuoso-t") is not None


@contextlib.contextmanager
def running(command: list[str], address: str) -> Iterator[None]:
    """A server process that answers at an address; its memory is limited."""
    limited = ["prlimit", f"--as={ADDRESS_SPACE}", "--", *command]
    process = subprocess.Popen(limited, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    site, path = Site(address), "/" + address.split("/", 3)[3]

    def answers() -> bool:
        with contextlib.suppress(OSError):
            return site.get(f"{path}?query=ASK%7B%7D").status == 200
        return False

    try:
        wait_until(answers, seconds=90)
        yield
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
