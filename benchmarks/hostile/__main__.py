"""Hostile clients against innograph and the native Oxigraph server; writes `docs/reliability.md`.

    python -m benchmarks.hostile [--kinds N] [--seconds S] [--output FILE]

Each server is started anew for each kind, over the same data, under the same memory limit. Beside the
hostile client a polite one asks a small, new question every 50 ms. A server passes a kind when it is
alive afterwards and has answered every polite question within two seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from benchmarks.hostile.kinds import KINDS, Kind

TOKEN = "hostile"
LIMIT = 12 << 30
PATIENCE = 2.0


@dataclass
class Result:
    """What came of one kind against one server."""

    alive: bool = False
    polite: list[float] = field(default_factory=list)
    failed: int = 0
    hostile_answers: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    peak: int = 0

    @property
    def passed(self) -> bool:
        """Alive, and every polite question answered in time."""
        return self.alive and not self.failed and bool(self.polite) and max(self.polite) <= PATIENCE

    @property
    def words(self) -> str:
        """A cell of the table."""
        worst = f"{max(self.polite):.2f} s" if self.polite else "–"
        answered = f"{len(self.polite)} of {len(self.polite) + self.failed}"
        verdict = "pass" if self.passed else "ended" if not self.alive else "fail"
        return f"{verdict} · {answered}, worst {worst} · {self.peak >> 20} MiB"


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(name: str, data: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server over the data, ready to answer; ended with all that it started."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        if name == "innograph":
            command = [
                sys.executable,
                "-m",
                "innograph.loader",
                "serve",
                "--scratch",
                "--load",
                str(data),
                "--port",
                str(port),
            ]
        else:
            binary = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or "oxigraph"
            subprocess.run(
                [binary, "load", "--location", folder, "--file", str(data)], check=True, capture_output=True
            )
            command = [
                binary,
                "serve",
                "--location",
                folder,
                "--bind",
                f"127.0.0.1:{port}",
                "--timeout-s",
                "30",
            ]
        process = subprocess.Popen(
            ["prlimit", f"--as={LIMIT}", "--", *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"INNOGRAPH_TOKEN": TOKEN},
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 30
            while ask(port, "ASK {}", 1.0)[0] != 200 and time.monotonic() < deadline:
                time.sleep(0.05)
            yield process, port
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ask(port: int, query: str, timeout: float) -> tuple[int, float]:
    """Ask a small question; status (0 for no answer) and seconds."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", f"/SPARQL?query={quote(query)}".replace("SPARQL", PATHS["query"]))
        response = connection.getresponse()
        response.read()
        return response.status, time.monotonic() - begun
    except (OSError, http.client.HTTPException):
        return 0, time.monotonic() - begun
    finally:
        connection.close()


PATHS = {"query": "sparql", "graphs": "graphs"}


def hostile(
    port: int, kind: Kind, number: int, sink: int, until: float, result: Result, lock: threading.Lock
) -> None:
    """One hostile client, until the time is over."""
    raw = kind.request(number)
    raw = raw.replace(b"PUT /GRAPHS", f"PUT /{PATHS['graphs']}".encode(), 1)
    raw = raw.replace(b"POST /sparql", f"POST /{PATHS['query']}".encode(), 1)  # not the media type
    raw = raw.replace(b"TOKEN", f"Authorization: Bearer {TOKEN}\r\n".encode()).replace(
        b"SINK", str(sink).encode()
    )
    while time.monotonic() < until:
        outcome = "no answer"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            with lock:
                result.sent += 1
            client.settimeout(max(until - time.monotonic(), 0.1))
            with contextlib.suppress(OSError):  # the server may refuse before it has read all
                client.sendall(raw)
            if kind.slow:
                time.sleep(max(until - time.monotonic(), 0))
                return
            head = client.recv(64)
            outcome = (
                head[9:12].decode("latin-1")
                if head.startswith(b"HTTP/")
                else "closed"
                if not head
                else "garbage"
            )
            while client.recv(1 << 16):
                pass
        with lock:
            result.hostile_answers[outcome] = result.hostile_answers.get(outcome, 0) + 1


def memory(group: int) -> int:
    """Resident bytes of a process group."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == group:
                    total += int(fields[21]) * 4096
    return total


def measure(name: str, kind: Kind, data: Path, seconds: float) -> Result:
    """Run one kind against one server."""
    PATHS.update(
        {"query": "sparql", "graphs": "graphs"}
        if name == "innograph"
        else {"query": "query", "graphs": "store"}
    )
    result, lock = Result(), threading.Lock()
    with socket.create_server(("127.0.0.1", 0)) as sink, server(name, data) as (process, port):
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(
                target=hostile, args=(port, kind, n, sink.getsockname()[1], until, result, lock), daemon=True
            )
            for n in range(kind.clients)
        ]
        for thread in threads:
            thread.start()
        number = 0
        while time.monotonic() < until + 1:
            number += 1
            status, took = ask(
                port, f"SELECT ?x{number} {{ <https://w3id.org/innograph/city/beijing> a ?x{number} }}", 10
            )
            if status == 200:
                result.polite.append(took)
            else:
                result.failed += 1
            result.peak = max(result.peak, memory(process.pid))
            time.sleep(0.05)
        result.alive = process.poll() is None and ask(port, "ASK {}", 10)[0] == 200
    return result


def page(results: dict[str, dict[str, Result]]) -> str:
    """The table, as Markdown."""
    lines = [
        "# Hostile clients, side by side",
        "",
        "What one hostile kind of client does to a server and to a polite client beside it. Each server was",
        "started anew for each kind, over the same graph, under the same limit on memory; a polite client asked",
        "a look-up, each a new one, every 50 ms. *pass*: alive afterwards, and every polite question answered within",
        "two seconds; *ended*: the server was gone. Then: polite questions answered, the slowest answer, and the",
        "peak memory of all its processes.",
        "",
        f"innograph {version('innograph')} and Oxigraph's own server {version('oxigraph')} on {platform.machine()},"
        f" {os.cpu_count()} cores, Python {platform.python_version()}; made by `python -m benchmarks.hostile`.",
        "",
        "| kind | innograph | native server |",
        "|---|---|---|",
    ]
    for kind, row in results.items():
        lines.append(f"| {kind} | {row['innograph'].words} | {row['native'].words} |")
    passed = {name: sum(row[name].passed for row in results.values()) for name in ("innograph", "native")}
    ended = {name: sum(not row[name].alive for row in results.values()) for name in ("innograph", "native")}
    lines += [
        f"| **passed, of {len(results)}** | **{passed['innograph']}** | **{passed['native']}** |",
        f"| ended the server | {ended['innograph']} | {ended['native']} |",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run all kinds against both servers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", type=int, default=len(KINDS), help="only the first so many kinds")
    parser.add_argument("--only", help="only kinds whose name contains this")
    parser.add_argument("--seconds", type=float, default=6.0, help="how long each kind goes on")
    parser.add_argument("--output", type=Path, help="write the page here (and the figures as JSON beside it)")
    options = parser.parse_args()
    kinds = [kind for kind in KINDS if not options.only or options.only in kind.name][: options.kinds]
    results: dict[str, dict[str, Result]] = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "graph.nt"
        store = Path(folder) / "store"
        run = [sys.executable, "-m", "innograph.loader"]
        subprocess.run([*run, "build", "--store", store], check=True, capture_output=True)
        subprocess.run([*run, "dump", "--store", store, "--format", "nt", "-o", data], check=True)
        for kind in kinds:
            results[kind.name] = {
                name: measure(name, kind, data, options.seconds) for name in ("innograph", "native")
            }
            row = results[kind.name]
            print(
                f"{kind.name}: {row['innograph'].words} | {row['native'].words} {row['innograph'].hostile_answers}",
                flush=True,
            )
    text = page(results)
    if options.output:
        options.output.write_text(text, "utf-8")
        figures = {
            kind: {name: asdict(result) for name, result in row.items()} for kind, row in results.items()
        }
        options.output.with_suffix(".json").write_text(json.dumps(figures), "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
