"""`/sparql` in a browser: a form, and below it what the query found, or why it could not be answered."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

from innograph.server import caching
from innograph.server.context import context
from innograph.server.engine import Accepted, Query, ReleaseInfo
from innograph.server.engine.errors import BadQueryError, EngineError
from innograph.server.memento import asked_release
from innograph.server.pages.examples import examples
from innograph.server.pages.language import Words, chosen_language
from innograph.server.pages.links import Links
from innograph.server.pages.naming import Labels
from innograph.server.pages.rendering import HTML, Frame, links, page, render
from innograph.server.pages.result_plots import plots
from innograph.server.pages.results import Solutions, Terms, boolean, solutions
from innograph.server.protocol import Parameters, QueryOperation

JSON = "application/sparql-results+json"
ACCEPTED = Accepted(JSON, JSON, "text/turtle")
MAX_ROWS = 1_000
MAX_BYTES = 4 << 20
MAX_TEXT = 60_000
RAW = 8_000  # characters of the result as it came; its files have all of them
LABELLED = 500
TABLE_FORMATS = ("json", "csv", "tsv", "xml")
GRAPH_FORMATS = ("ttl", "nt", "jsonld", "rdf")
START = """PREFIX inno: <https://w3id.org/innograph/ontology#>
PREFIX sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#>

SELECT ?indicator ?period ?value WHERE {
  ?observation inno:indicator ?indicator ;
    sdmx-dimension:refPeriod ?period ;
    sdmx-measure:obsValue ?value .
}
ORDER BY ?indicator ?period
LIMIT 100
"""


@dataclass
class Outcome:
    """What became of a query."""

    release: ReleaseInfo
    status: int = 200
    milliseconds: int = 0
    solutions: Solutions | None = None
    answer: bool | None = None
    graph: str | None = None
    raw: str = ""
    cut: bool = False
    title: str = ""
    detail: str = ""
    lines: list[tuple[int, str, bool]] = field(default_factory=list)
    line: int | None = None
    column: int | None = None
    retry_after: int | None = None


def query_page(operation: QueryOperation | None, extras: Parameters) -> Response:
    """The form, with the outcome of a query where there is one."""
    asked = asked_release(extras)
    snapshot = context().engine.snapshot(asked)
    if operation is None:
        return page(snapshot.release, lambda words, site: _view(words, site, None, None, {}))
    words = Words(chosen_language())
    tag = caching.etag(snapshot.release, operation, words.language, request.full_path, "page")
    steady = request.method == "GET" and not caching.volatile(operation.text)
    if steady and (unchanged := caching.not_modified(tag)):
        return unchanged
    outcome = evaluate(operation, extras, asked, snapshot.release)
    site = links(outcome.release.base)
    labels = {}
    if outcome.solutions:
        iris = outcome.solutions.iris(LABELLED)
        found = Labels(context().engine.snapshot(outcome.release.number), site, words.language, iris)
        labels = {iri: found.name(iri) for iri in iris if found.known(iri)}
    template, frame, values = _view(words, site, operation, outcome, labels)
    body = render(template, words, site, frame, outcome.release, **values)
    response = Response(body, outcome.status, content_type=HTML)
    response.vary.add("Accept-Language")
    response.headers["Innograph-Release"] = str(outcome.release.number)
    if outcome.retry_after is not None:
        response.headers["Retry-After"] = str(outcome.retry_after)
    if steady and outcome.status == 200 and outcome.release.identity == snapshot.release.identity:
        return caching.tagged(response, tag)
    response.headers["Cache-Control"] = "no-store"
    return response


def evaluate(
    operation: QueryOperation, extras: Parameters, release: int | None, newest: ReleaseInfo
) -> Outcome:
    """Ask the engine; whatever it says becomes an outcome."""
    query = Query(
        operation.text,
        ACCEPTED,
        release=release,
        default_graphs=operation.default_graphs,
        named_graphs=operation.named_graphs,
        timeout=extras.positive("timeout"),
    )
    outcome = Outcome(newest)
    begun = time.monotonic()
    try:
        result = context().engine.query(query)
        outcome.release = result.release
        try:
            content, outcome.cut = _beginning(result.body)
        finally:
            result.close()
        if result.kind == "solutions":
            outcome.solutions = solutions(content, outcome.cut, MAX_ROWS)
            outcome.raw = content[: RAW * 4].decode("utf-8", "replace")
        elif result.kind == "boolean":
            outcome.answer = boolean(content)
        else:
            text = content.decode("utf-8", "replace")
            outcome.graph, outcome.cut = text[:MAX_TEXT], outcome.cut or len(text) > MAX_TEXT
    except EngineError as error:
        outcome.status, outcome.title, outcome.detail = error.status, error.title, str(error)
        outcome.retry_after = error.retry_after
        if isinstance(error, BadQueryError) and error.line is not None:
            outcome.line, outcome.column = error.line, error.column
            outcome.lines = _around(operation.text, error.line)
    outcome.milliseconds = round((time.monotonic() - begun) * 1000)
    return outcome


def _beginning(body: Any) -> tuple[bytes, bool]:
    """A result's first bytes, and whether there are more."""
    chunks, size = [], 0
    for chunk in body:
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            return b"".join(chunks), True
    return b"".join(chunks), False


def _around(text: str, wrong: int, context_lines: int = 200) -> list[tuple[int, str, bool]]:
    """The lines of a query with their numbers, the wrong one marked."""
    lines = text.splitlines() or [""]
    wrong = min(wrong, len(lines))
    first = max(0, wrong - context_lines)
    shown = lines[first : wrong + context_lines]
    return [(first + n, line[:500], first + n == wrong) for n, line in enumerate(shown, 1)]


def _view(
    words: Words,
    site: Links,
    operation: QueryOperation | None,
    outcome: Outcome | None,
    labels: dict[str, Any],
) -> tuple[str, Frame, dict[str, Any]]:
    text = operation.text if operation else START
    parameters = _dataset(operation)
    formats: tuple[str, ...] = GRAPH_FORMATS if outcome and outcome.graph is not None else TABLE_FORMATS
    if outcome and outcome.answer is not None:
        formats = ("json", "xml")
    snapshot = context().engine.snapshot()
    rows: Any = []
    if outcome and outcome.solutions:
        terms = Terms(site, labels, words.language)
        rows = [
            [terms.cell(row.get(name)) for name in outcome.solutions.names] for row in outcome.solutions.rows
        ]
    title = words.query if operation is None else f"{words.result} · {words.query}"
    frame = Frame(title=title, crumbs=((words.home, site.to("/")),))
    return (
        "query.html",
        frame,
        {
            "text": text,
            "outcome": outcome,
            "rows": rows,
            "plots": plots(outcome.solutions, rows) if outcome and outcome.solutions else [],
            "raw": outcome.raw[:RAW] + ("…" if len(outcome.raw) > RAW else "") if outcome else "",
            "deadline": f"{context().settings.deadline:g}",
            "terms": site.to("/sparql/terms"),
            "max_rows": f"{MAX_ROWS:,}",
            "hidden": [(n, v) for n, v in (*parameters, *site.carried.items())],
            "formats": [("json", "JSON"), ("csv", "CSV"), ("tsv", "TSV"), ("xml", "XML"), ("ttl", "Turtle")],
            "same": [(name, site.query(text, format=name)) for name in formats] if not parameters else [],
            "examples": [
                (e.title, "" if e.title.language == words.language else e.title.language, site.query(e.text))
                for e in examples(snapshot)
            ],
        },
    )


def _dataset(operation: QueryOperation | None) -> list[tuple[str, str]]:
    """The dataset that a query was asked over, to be kept by the form."""
    if operation is None:
        return []
    found = [("default-graph-uri", iri) for iri in operation.default_graphs or ()]
    return found + [("named-graph-uri", iri) for iri in operation.named_graphs or ()]
