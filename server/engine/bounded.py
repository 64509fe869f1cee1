"""Look-ups that are bounded by construction: answered in the server's own process, without an evaluator.

A strict pattern over the text decides: a SELECT or ASK of a few triple patterns, each with a constant
subject; no path, filter, aggregate, nesting or dataset. Such a query reads the few triples of the things
that it names, whatever it asks. Its result is bounded too: a larger one goes the usual way.
"""

from __future__ import annotations

import re
from typing import Any

from pyoxigraph import QueryBoolean, QueryResultsFormat, Store

from innograph.server.engine import Kind, Query

LONGEST = 2_000
LARGEST = 64 << 10
PATTERNS = 4

IRI = r'<[A-Za-z][A-Za-z0-9+.-]*:[^<>"{}|^`\\\x00-\x20]*>'  # absolute, so that no base matters
_NAME = r"[A-Za-z][\w-]*:[\w-]+|:[\w-]+"
_VARIABLE = r"[?$][A-Za-z_]\w*"
_LITERAL = rf'"[^"\\\n\r]*"(?:@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^(?:{IRI}|{_NAME}))?|\d+(?:\.\d+)?'
_PATTERN = rf"(?:{IRI}|{_NAME})\s+(?:a|{IRI}|{_NAME}|{_VARIABLE})\s+(?:{IRI}|{_NAME}|{_VARIABLE}|{_LITERAL})"
_BOUNDED = re.compile(
    rf"\s*(?:PREFIX\s+(?:[A-Za-z][\w-]*)?:\s*{IRI}\s*)*"
    rf"(?:SELECT\s+(?:DISTINCT\s+)?(?:\*|{_VARIABLE}(?:\s+{_VARIABLE}){{0,9}})|ASK)\s*(?:WHERE\s*)?"
    rf"\{{\s*{_PATTERN}(?:\s*\.\s*{_PATTERN}){{0,{PATTERNS - 1}}}\s*\.?\s*\}}\s*(?:LIMIT\s+\d+\s*)?",
    re.IGNORECASE,
)


class _TooLargeError(Exception):
    """The result is larger than this path may answer."""


class _Output:
    """A file in memory, written to up to a limit. Mostly it is written to once."""

    __slots__ = ("content",)

    def __init__(self) -> None:
        self.content = b""

    def write(self, data: bytes) -> int:
        size = len(data)
        if len(self.content) + size > LARGEST:
            raise _TooLargeError
        self.content += data
        return size

    def flush(self) -> None:
        """There is nothing behind it."""


def is_bounded(query: Query) -> bool:
    """Whether a query is bounded by construction."""
    if query.default_graphs is not None or query.named_graphs is not None or len(query.text) > LONGEST:
        return False
    return _BOUNDED.fullmatch(query.text) is not None


def look_up(store: Store, query: Query, union: bool) -> tuple[Kind, str, bytes] | None:
    """The kind, media type and bytes of a bounded query's result; None where it must go the usual way."""
    try:
        results: Any = store.query(query.text, use_default_graph_as_union=union)
        kind: Kind = "boolean" if isinstance(results, QueryBoolean) else "solutions"
        media_type = query.accepted.boolean if kind == "boolean" else query.accepted.solutions
        if media_type is None:
            return None
        output = _Output()
        results.serialize(output, QueryResultsFormat.from_media_type(media_type))
    except (SyntaxError, ValueError, RuntimeError, OSError, _TooLargeError):
        return None  # whatever it is, the usual way tells it in words
    return kind, media_type, output.content
