"""What the server and an evaluator say to each other over their socket pair.

A frame is one letter, the payload's length as four bytes, and the payload. The server sends `QUERY`
(JSON); the evaluator answers with either one `ERROR` (JSON), or `HEADER` (JSON), any number of
`DATA` and then `END`, or `ERROR` where the result breaks off.
"""

from __future__ import annotations

import socket
import struct

QUERY, HEADER, DATA, END, ERROR = b"Q", b"H", b"D", b"E", b"X"
_HEAD = struct.Struct("!cI")


def send(connection: socket.socket, kind: bytes, payload: bytes | memoryview = b"") -> None:
    """Send one frame.

    Raises:
        OSError: the other side is gone, or the socket's time-out passed.
    """
    head = _HEAD.pack(kind, len(payload))
    if len(payload) <= 4096:
        connection.sendall(head + payload)
    else:
        connection.sendall(head)
        connection.sendall(payload)


def receive(connection: socket.socket) -> tuple[bytes, bytes]:
    """Receive one frame.

    Raises:
        EOFError: the other side is gone.
        OSError: the socket's time-out passed.
    """
    kind, length = _HEAD.unpack(_exactly(connection, _HEAD.size))
    return kind, _exactly(connection, length) if length else b""


def _exactly(connection: socket.socket, length: int) -> bytes:
    data = connection.recv(length)
    if len(data) == length:
        return data
    parts = bytearray(data)
    while data and len(parts) < length:
        data = connection.recv(min(length - len(parts), 1 << 16))
        parts += data
    if len(parts) < length:
        raise EOFError
    return bytes(parts)
