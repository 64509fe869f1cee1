"""Everything that can go wrong with a request to an engine, each with its HTTP status."""

from __future__ import annotations

from typing import Any


class EngineError(Exception):
    """Something that a client should be told; `status` is its HTTP status, `title` its name."""

    status = 500
    title = "Internal error"
    retry_after: int | None = None


class BadQueryError(EngineError):
    """The request is not SPARQL, or not sensible; line and column count from one."""

    status = 400
    title = "Malformed query"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class RefusedError(EngineError):
    """The request is well-formed and not allowed here."""

    status = 403
    title = "Not allowed"


class NotAcceptableError(EngineError):
    """No format that the client accepts can carry this kind of result."""

    status = 406
    title = "Not acceptable"


class UnknownReleaseError(EngineError):
    """The release that was asked for is not published."""

    status = 404
    title = "No such release"


class UnknownGraphError(EngineError):
    """The graph that was asked for is not there."""

    status = 404
    title = "No such graph"


class ConflictError(EngineError):
    """The store is not in a state in which this can be done."""

    status = 409
    title = "Conflict"


class PreconditionError(EngineError):
    """What the client wanted to be true before its write is not."""

    status = 412
    title = "Precondition failed"


class InvalidGraphError(EngineError):
    """A write that would break the graph: refused whole, with what is wrong.

    `findings` are plain objects, `report` is the same as a `sh:ValidationReport` in N-Triples.
    """

    status = 422
    title = "Invalid graph"

    def __init__(self, message: str, findings: list[dict[str, Any]], report: str) -> None:
        super().__init__(message)
        self.findings = findings
        self.report = report


class UnavailableError(EngineError):
    """The query was ended, or could not be begun; trying again later may do."""

    status = 503
    title = "Query ended"
    retry_after = 1


class DeadlineError(UnavailableError):
    """The query took longer than it may."""

    title = "Deadline exceeded"
    retry_after = 30


class ResourceError(UnavailableError):
    """The query needed more memory (or stack) than it may have."""

    title = "Memory limit exceeded"
    retry_after = 30


class OverloadError(UnavailableError):
    """Others are waiting: the query was ended for them, or found no evaluator in time."""

    title = "Too busy"
    retry_after = 2


class UpstreamError(EngineError):
    """The store behind this server failed, or answered what cannot be understood."""

    status = 502
    title = "Store failed"
    retry_after = 5
