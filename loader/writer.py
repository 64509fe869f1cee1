"""The writer: a process that changes a store for somebody else, so that what it parses hurts nobody.

    python -m innograph.loader.writer --store DIR [--general] [--memory BYTES]

reads one JSON object a line and answers each with one. `{"requests": [REQUEST, …], "base": IRI}` asks
for a write, whose requests may share a release; a request is

    {"kind": "update", "text": "…", "using": [IRI, …] | null, "using_named": [IRI, …] | null}
    {"kind": "graph", "graph": IRI | null, "documents": [{"path": …, "media_type": …}] | null,
     "replace": true, "base": IRI, "only_on": 7 | null, "exists": true | false | null}

and the answer is `{"outcomes": [{"release": 7, "created": false, "error": null}, …]}`, where an error
is `{"kind": "malformed" | "invalid" | "refused" | "missing" | "changed" | "conflict" | "busy" | "disk",
"message": …}`, with `findings` and a `report` (N-Triples) where the graph would be invalid.
"""

from __future__ import annotations

import json
import os
import queue
import re
import resource
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from pyoxigraph import RdfFormat, serialize

from innograph.loader.changing import write
from innograph.loader.errors import BusyError, InvalidError, NoReleaseError
from innograph.loader.publishing import Publisher
from innograph.loader.requests import (
    ChangedError,
    Document,
    GraphWrite,
    Mode,
    NotThereError,
    Outcome,
    Request,
    Update,
)
from innograph.loader.updates.applying import UpdateRefusedError
from innograph.loader.validation import report_graph

STACK = 512 << 20
GRACE = 1.0


def read_request(raw: dict[str, Any]) -> Request:
    """A request as it comes over the line."""
    if raw["kind"] == "update":
        return Update(raw["text"], raw["using"], raw["using_named"])
    documents = raw["documents"]
    return GraphWrite(
        raw["graph"],
        None if documents is None else [Document(Path(d["path"]), d["media_type"]) for d in documents],
        raw["replace"],
        raw["base"],
        raw.get("only_on"),
        raw.get("exists"),
    )


def answer_of(outcome: Outcome) -> dict[str, Any]:
    """An outcome as it goes over the line."""
    release = outcome.release.number if outcome.release else None
    return {"release": release, "created": outcome.created, "error": error_of(outcome.error)}


def error_of(error: Exception | None) -> dict[str, Any] | None:
    """An error by its kind, in words."""
    if error is None:
        return None
    if isinstance(error, InvalidError):
        report = serialize(report_graph(error.findings), format=RdfFormat.N_TRIPLES) or b""
        findings = [asdict(finding) for finding in error.findings]
        return {"kind": "invalid", "message": str(error), "findings": findings, "report": report.decode()}
    if isinstance(error, SyntaxError) and error.lineno is not None:
        what = re.sub(r"^Parser error .*?: ", "", error.msg)
        return {"kind": "malformed", "message": f"error at {error.lineno}:{error.offset}: {what}"}
    kinds: list[tuple[type[Exception], str]] = [
        (UpdateRefusedError, "refused"),
        (NotThereError, "missing"),
        (ChangedError, "changed"),
        (BusyError, "busy"),
        (NoReleaseError, "missing"),
        (SyntaxError, "malformed"),
        (ValueError, "malformed"),
        (RuntimeError, "conflict"),
        (OSError, "disk"),
    ]
    kind = next((name for type_, name in kinds if isinstance(error, type_)), "broken")
    return {"kind": kind, "message": str(error)}


def serve(root: Path, rules: bool, load_from: tuple[str, ...], orders: queue.SimpleQueue[str | None]) -> None:
    """Answer writes until there is no more order."""
    publisher = Publisher(root)
    while (line := orders.get()) is not None:
        order = json.loads(line)
        requests = [read_request(raw) for raw in order["requests"]]
        try:
            outcomes = write(publisher, requests, Mode(order["base"], rules, load_from=load_from))
        except (BusyError, NoReleaseError, OSError) as error:
            outcomes = [Outcome(error=error) for _ in requests]
        sys.stdout.write(json.dumps({"outcomes": [answer_of(outcome) for outcome in outcomes]}) + "\n")
        sys.stdout.flush()


@click.command()
@click.option("--store", "root", type=click.Path(path_type=Path), required=True)
@click.option("--general", is_flag=True, help="A store without rules: nothing is validated or derived.")
@click.option("--allow-load", "load_from", multiple=True, help="An address that LOAD may read.")
@click.option("--memory", type=int, default=4 << 30, help="Bytes that a write may use.")
def main(root: Path, general: bool, load_from: tuple[str, ...], memory: int) -> None:
    """Change a store as the lines of standard input ask."""
    limit = memory + STACK  # Linux counts a thread's stack as data, touched or not
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group: the server minds them
        signal.signal(number, signal.SIG_IGN)
    threading.stack_size(STACK)  # deep nesting in what clients send must not overflow it
    orders: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    worker = threading.Thread(target=serve, args=(root, not general, load_from, orders), daemon=True)
    worker.start()
    threading.stack_size(0)  # the threads of validation need none, and each would count against the limit
    for line in sys.stdin:
        orders.put(line)
    # Nobody waits for an answer any more. A draft that is dropped here is removed by the next writer.
    orders.put(None)
    worker.join(GRACE)
    os._exit(0)


if __name__ == "__main__":
    main()
