"""Results that break off can never be taken for whole ones.

WSGI gives no way to abort a body that every server honours: granian ends it as if it were complete.
So what breaks off ends with a line that no parser of its format accepts and that says why.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from flask import request

from innograph.server.engine import EngineError
from innograph.server.observing import OUTCOME

MARK = "!!! the result is incomplete: "
QUOTED = ("text/csv",)  # a quote that is never closed: CSV has no other way to be malformed

log = logging.getLogger("innograph")


def unmistakable(body: Iterator[bytes], media_type: str) -> Iterator[bytes]:
    """A result's bytes; where it breaks off, a last line that makes the whole malformed and says why."""
    return _marked(body, media_type, request.environ)


def _marked(body: Iterator[bytes], media_type: str, environ: dict[str, Any]) -> Iterator[bytes]:
    try:
        yield from body
    except EngineError as error:
        environ[OUTCOME] = "broken off"  # so that nobody keeps it for whole
        log.warning("result broken off: %s: %s", error.title, error)
        yield end_mark(media_type, error)


def end_mark(media_type: str, error: EngineError) -> bytes:
    """The last line of a result of this media type that breaks off."""
    opening = '"' if media_type in QUOTED else ""
    return f"\n{opening}{MARK}{error.title}: {error}\n".encode()
