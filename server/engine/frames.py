"""What the server and an evaluator say to each other over their socket pair.

A frame is one letter, the payload's length as four bytes, and the payload. An evaluator that has started
says `READY`. The server sends `QUERY`
(JSON); the evaluator answers with either one `ERROR` (JSON), or `HEADER` (JSON), any number of
`DATA` and then `END`, or `ERROR` where the result breaks off. Frames that are ready together travel
together: a small answer is one write and one read.
"""

from __future__ import annotations

import socket
import struct

QUERY, HEADER, DATA, END, ERROR, READY = b"Q", b"H", b"D", b"E", b"X", b"R"
_HEAD = struct.Struct("!cI")
_READ = 1 << 16


def frame(kind: bytes, payload: bytes | bytearray = b"") -> bytes:
    """A frame as bytes."""
    return _HEAD.pack(kind, len(payload)) + payload


class Frames:
    """The frames that arrive on a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._buffer = bytearray()

    def next(self) -> tuple[bytes, bytes]:
        """The next frame: its letter and its payload.

        Raises:
            EOFError: the other side is gone.
            OSError: the socket's time-out passed.
        """
        self._fill(_HEAD.size)
        kind, length = _HEAD.unpack_from(self._buffer)
        size = _HEAD.size + length
        self._fill(size)
        payload = bytes(self._buffer[_HEAD.size : size])
        del self._buffer[:size]
        return kind, payload

    def ready(self) -> bool:
        """Whether a whole frame has arrived already."""
        if len(self._buffer) < _HEAD.size:
            return False
        return len(self._buffer) >= _HEAD.size + int(_HEAD.unpack_from(self._buffer)[1])

    def _fill(self, size: int) -> None:
        while len(self._buffer) < size:
            data = self.connection.recv(_READ)
            if not data:
                raise EOFError
            self._buffer += data
