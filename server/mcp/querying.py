"""The tool `sparql`: queries through the engine of the HTTP interface, with its limits and deadlines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from mcp.server.mcpserver.exceptions import ToolError

from innograph.ontology.namespaces import PREFIXES
from innograph.ontology.sparql import tokens
from innograph.server.engine import Accepted, Engine, Query
from innograph.server.engine.errors import BadQueryError, EngineError
from innograph.server.mcp.asking import Asking
from innograph.server.mcp.models import SparqlAnswer
from innograph.server.pages.results import boolean, solutions

JSON = "application/sparql-results+json"
ROWS = 1_000
BYTES = 1 << 20  # of a result that are read: a model's context holds far less
TEXT = 100_000  # characters of Turtle
MENTIONED = 200  # things of a result whose sources are looked for
UPDATES = frozenset({"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD"})


def run(
    engine: Engine, query: str, limit: int, timeout: float | None, longest: int, release: int | None
) -> SparqlAnswer:
    """Ask a SELECT, ASK, CONSTRUCT or DESCRIBE; `longest` is the longest query, in bytes."""
    text = _readable(query, longest)
    asking = Asking(engine, release=release)
    begun = time.monotonic()
    try:
        result = engine.query(
            Query(text, Accepted(JSON, JSON, "text/turtle"), release=release, timeout=timeout)
        )
        try:
            content, cut = _beginning(result.body)
        finally:
            result.close()
    except EngineError as error:
        raise ToolError(_told(error, text)) from None
    answer = SparqlAnswer(
        release=asking.release(),
        sources=[],
        truncated=cut,
        milliseconds=round((time.monotonic() - begun) * 1000),
    )
    if result.kind == "boolean":
        answer.boolean = boolean(content)
        return answer
    if result.kind == "graph":
        turtle = content.decode("utf-8", "replace")
        answer.turtle, answer.truncated = turtle[:TEXT], cut or len(turtle) > TEXT
        return answer
    found = solutions(content, cut, min(limit, ROWS))
    answer.columns, answer.rows = found.names, found.rows
    answer.truncated = found.total is None or found.total > len(found.rows)
    answer.sources = asking.sources(asking.sources_of(found.iris(MENTIONED)))
    return answer


def with_prefixes(text: str) -> str:
    """A query with the project's prefixes that it uses and does not declare."""
    declared: set[str] = set()
    used: set[str] = set()
    before = ""
    for token in tokens(text):
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            (declared if before == "PREFIX" else used).add(prefix)
        before = token.keyword
    missing = sorted((used - declared) & PREFIXES.keys())
    return "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in missing) + text


def _readable(query: str, longest: int) -> str:
    try:
        size = len(query.encode())
    except UnicodeEncodeError:
        raise ToolError("the query is not text: it holds half of a surrogate pair") from None
    if size > longest:
        raise ToolError(f"the query has {size} bytes, {longest} are allowed: shorten it")
    if not query.strip():
        raise ToolError("the query is empty: give a SELECT, ASK, CONSTRUCT or DESCRIBE")
    return with_prefixes(query)


def _beginning(body: Iterable[bytes]) -> tuple[bytes, bool]:
    chunks, size = [], 0
    for chunk in body:
        chunks.append(chunk)
        size += len(chunk)
        if size > BYTES:
            return b"".join(chunks), True
    return b"".join(chunks), False


def _told(error: EngineError, text: str) -> str:
    """What went wrong, in words that help to mend it."""
    if not isinstance(error, BadQueryError):
        return f"{error.title}: {error}"
    first = next((token.keyword for token in tokens(text) if token.keyword not in ("PREFIX", "BASE", "")), "")
    if first in UPDATES or first == "WITH":
        return "this tool only reads: SPARQL Update is not a query. Give a SELECT, ASK, CONSTRUCT or DESCRIBE"
    place = ""
    if error.line is not None:
        lines = text.splitlines() or [""]
        wrong = lines[min(error.line, len(lines)) - 1][:200]
        place = f" at line {error.line}, column {error.column}: {json.dumps(wrong, ensure_ascii=False)}"
    return f"malformed query{place}: {str(error)[:500]}"
