"""An evaluator: a process that opens a release read-only and answers one query at a time.

It is the smallest possible program, so that it can be ended without regret: at the deadline, at its
memory limit, when a query overflows even its big stack. Run as

    python -m innograph.server.engine.evaluator SOCKET LIFE MEMORY STACK

with the numbers of two inherited file descriptors (the socket pair, and a pipe whose end tells that
the server is gone) and two limits in bytes.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import socket
import sys
import threading
from typing import IO, Any, cast

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from innograph.ontology.sparql import allowed, names_dataset, services
from innograph.server.engine import frames

CHUNK = 1 << 16
FIRST_CHUNK = 1 << 12
OPEN_STORES = 3


# What XML has no way to write (XML 1.0, section 2.2).
NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


class UncarriedError(Exception):
    """A result that its format cannot carry."""


class Output:
    """A binary file that sends what is written to it as `DATA` frames.

    `begin` queues the header. The first frame is small, for a client that waits, the others are big.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.queued = b""
        self.buffer = bytearray()
        self.limit = FIRST_CHUNK
        self.xml = False

    def begin(self, kind: str, media_type: str) -> None:
        """Queue the header."""
        self.xml = media_type.endswith("+xml")
        header = json.dumps({"kind": kind, "media_type": media_type})
        self.queued = frames.frame(frames.HEADER, header.encode())

    def write(self, data: bytes) -> int:
        """Take bytes; send them when there are enough."""
        if self.xml and NO_XML.search(data):
            raise UncarriedError("it has a character that XML cannot write: ask for JSON, CSV or Turtle")
        self.buffer += data
        if len(self.buffer) >= self.limit:
            self.connection.sendall(self._take())
            self.limit = CHUNK
        return len(data)

    def flush(self) -> None:
        """Bytes are sent when there are enough, or with the end."""

    def end(self, last: bytes) -> None:
        """Send what is waiting, and the last frame."""
        self.connection.sendall(self._take() + last)

    def _take(self) -> bytes:
        taken = self.queued + (frames.frame(frames.DATA, self.buffer) if self.buffer else b"")
        self.queued = b""
        self.buffer = bytearray()
        return taken


KINDS = {QuerySolutions: "solutions", QueryBoolean: "boolean", QueryTriples: "graph"}


class Stores:
    """The few releases that were asked last, opened read-only."""

    def __init__(self) -> None:
        self.opened: dict[str, Store] = {}

    def get(self, path: str) -> Store:
        """The store at a path."""
        store = self.opened.pop(path, None) or Store.read_only(path)
        self.opened[path] = store
        while len(self.opened) > OPEN_STORES:
            del self.opened[next(iter(self.opened))]
        return store


def dataset(request: dict[str, Any]) -> dict[str, Any]:
    """The dataset arguments of `Store.query`.

    The protocol's dataset beats the query's own (SPARQL 1.1 Protocol, section 2.1.4); where either
    names one, the default graph is not the union of all.
    """
    default, named = request["default_graphs"], request["named_graphs"]
    if default is not None or named is not None:
        return {
            "default_graph": [NamedNode(iri) for iri in default or ()],
            "named_graphs": [NamedNode(iri) for iri in named or ()],
        }
    return {"use_default_graph_as_union": request["union"] and not names_dataset(request["text"])}


def evaluate(stores: Stores, request: dict[str, Any], output: Output) -> bytes:
    """Evaluate one query into an output; returns the frame that ends the answer."""
    begun = False
    try:
        refused = [s for s in services(request["text"]) if not allowed(s, request["services"])]
        if refused:
            named = ", ".join(sorted(address or "a variable" for address in refused))
            raise PermissionError(f"SERVICE may not ask {named} here: federate from an endpoint of your own")
        store = stores.get(request["store"])
        results = store.query(request["text"], base_iri=request["base"], **dataset(request))
        kind = KINDS[type(results)]
        media_type = request["accepted"][kind]
        if media_type is None:
            return error("not-acceptable", kind)
        output.begin(kind, media_type)
        begun = True
        formats: Any = RdfFormat if kind == "graph" else QueryResultsFormat
        results.serialize(cast(IO[bytes], output), formats.from_media_type(media_type))
        return frames.frame(frames.END)
    except UncarriedError as reason:
        return error("uncarried", str(reason))
    except PermissionError as refusal:
        return error("refused", str(refusal))
    except (SyntaxError, ValueError) as mistake:
        return error("malformed", str(mistake))
    except RuntimeError as mistake:  # found out while iterating: an unknown function, say
        return error("malformed", str(mistake))
    except OSError as failure:  # the release was pruned under us, or the disk failed
        if "does not support" in str(failure):  # RDF 1.2 in JSON-LD
            return error("uncarried", str(failure))
        stores.opened.clear()
        return error("broken" if begun else "lost", str(failure))


def error(kind: str, message: str) -> bytes:
    """The frame of an error."""
    return frames.frame(frames.ERROR, json.dumps({"error": kind, "message": message}).encode())


def serve(connection: socket.socket) -> None:
    """Answer queries until the server closes the connection."""
    stores = Stores()
    arriving = frames.Frames(connection)
    try:
        connection.sendall(frames.frame(frames.READY))
        while True:
            _, payload = arriving.next()
            output = Output(connection)
            output.end(evaluate(stores, json.loads(payload), output))
    except (EOFError, OSError):
        os._exit(0)


def main() -> None:
    """Set the limits, then serve in a thread with a big stack, and leave when the server is gone."""
    descriptor, life, memory, stack = map(int, sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group: the server minds them
        signal.signal(number, signal.SIG_IGN)
    # Linux counts a thread's stack as data, touched or not.
    resource.setrlimit(resource.RLIMIT_DATA, (memory + stack, memory + stack))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.stack_size(stack)
    threading.Thread(target=serve, args=[socket.socket(fileno=descriptor)], daemon=True).start()
    os.read(life, 1)
    os._exit(0)


if __name__ == "__main__":
    main()
