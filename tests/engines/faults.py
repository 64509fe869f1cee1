"""A store that fails on purpose: a real server whose every answer is scripted, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

RESULT = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'
Answering = Callable[[socket.socket, int], None]


class Faulty:
    """Counts the requests that came, and lets each be answered by a function of connection and number."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.requests: list[bytes] = []
        self.gone = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}/sparql"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError):
            while request := read_request(connection):
                self.requests.append(request)
                self.answering(connection, len(self.requests))

    def wait_until_gone(self, connection: socket.socket) -> None:
        """Wait until the other end has closed, then tell."""
        connection.settimeout(20)
        with contextlib.suppress(ConnectionError):
            while connection.recv(1 << 16):
                pass
        self.gone.set()


@contextlib.contextmanager
def faulty(answering: Answering) -> Iterator[Faulty]:
    """A store whose answers are scripted."""
    server = Faulty(answering)
    try:
        yield server
    finally:
        server.listener.close()


def read_request(connection: socket.socket) -> bytes:
    """A request with its body; empty at the connection's end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(1 << 16)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", b"0")):
        body += connection.recv(1 << 16)
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Break a connection off the hard way (RST)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answer(
    connection: socket.socket,
    body: bytes = RESULT,
    status: str = "200 OK",
    media_type: str = "application/sparql-results+json",
    *headers: str,
) -> None:
    """A whole answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *headers]
    connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)


def begin(connection: socket.socket, body: bytes, length: int | None = None) -> None:
    """The beginning of an answer: `length` is what it claims to have, None that it comes in chunks."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n{framing}\r\n\r\n"
    connection.sendall(head.encode() + (b"%x\r\n%s\r\n" % (len(body), body) if length is None else body))
