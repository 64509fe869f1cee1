"""The engine: what answers SPARQL. The interface is here; `local` is the default engine.

A query goes in as text with its protocol parameters; an `Answer` comes out as a stream of bytes in a
negotiated format. Whatever can go wrong is one of the errors in `errors`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal as OneOf
from typing import NamedTuple, Protocol

from pyoxigraph import Literal, NamedNode, Triple

Kind = OneOf["solutions", "boolean", "graph"]
Term = NamedNode | Literal


class Accepted(NamedTuple):
    """The media type to answer in for each kind of result; None where the client accepts none."""

    solutions: str | None
    boolean: str | None
    graph: str | None


class Query(NamedTuple):
    """One query request.

    `default_graphs` and `named_graphs` are the protocol's dataset, or None where the request names
    none (SPARQL 1.1 Protocol, section 2.1.4). `timeout` is in seconds.
    """

    text: str
    accepted: Accepted
    release: int | None = None
    default_graphs: Sequence[str] | None = None
    named_graphs: Sequence[str] | None = None
    timeout: float | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """What the server tells of a release. `identity` never repeats, so ETags are made of it.

    `checksum` and `checksums` (by graph) are those that were taken when it was published; `parent` is the
    release that it was made from.
    """

    number: int
    identity: str
    base: str
    created: str
    quads: int
    graphs: dict[str, int] = field(default_factory=dict)
    checksum: str | None = None
    message: str = ""
    kind: str = ""
    parent: int | None = None
    checksums: dict[str, str] = field(default_factory=dict)


@dataclass
class Answer:
    """A result on its way: iterate `body` once, and call `close` whatever happens.

    A body that is a list is complete; another raises `EngineError` where it breaks off.
    """

    kind: Kind
    media_type: str
    release: ReleaseInfo
    body: list[bytes] | Iterator[bytes]

    def close(self) -> None:
        """Free what still works on the result (a client went away)."""
        close = getattr(self.body, "close", None)
        if close:
            close()


class Snapshot(Protocol):
    """One release, for the server's own bounded questions (pages and documents)."""

    release: ReleaseInfo

    def select(self, query: str, **bindings: Term) -> list[dict[str, Term]]:
        """The solutions of a SELECT of ours over the union of all graphs; unbound variables are absent."""
        ...

    def ask(self, query: str, **bindings: Term) -> bool:
        """The answer of an ASK of ours over the union of all graphs."""
        ...

    def construct(self, query: str, **bindings: Term) -> list[Triple]:
        """The triples of a CONSTRUCT of ours over the union of all graphs."""
        ...

    def look_up(self, query: Query) -> Answer | None:
        """The answer to a client's query that is bounded by construction and that this process can give by
        itself; None where it must go the usual way.
        """
        ...


def bound(query: str, bindings: Mapping[str, Term]) -> str:
    """A query of ours with variables replaced by terms, which may not be projected."""
    if not bindings:
        return query
    names = "|".join(map(re.escape, bindings))
    return re.sub(rf"\?({names})\b", lambda match: str(bindings[match[1]]), query)


_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def place(message: str) -> tuple[str, int | None, int | None]:
    """A parser's message without its place, and the line and column that it named."""
    match = _PLACE.search(message)
    return (match[3], int(match[1]), int(match[2])) if match else (message, None, None)


@dataclass(frozen=True, slots=True)
class Update:
    """One update request: `using` and `using_named` are None where the protocol names no dataset."""

    text: str
    using: Sequence[str] | None = None
    using_named: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An RDF document that was sent: where it was put, and its media type."""

    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must be true when a graph is written.

    `only_on` is the release that must still be the current one; `exists` says whether the graph must be
    there; None is: no matter.
    """

    only_on: int | None = None
    exists: bool | None = None


class Engine(Protocol):
    """What a SPARQL engine does for the server."""

    def update(self, update: Update) -> ReleaseInfo:
        """Do an update; returns the release that holds it.

        Raises:
            EngineError: it was refused, or could not be done.
        """
        ...

    def graph(self, graph: str | None, media_type: str, release: int | None = None) -> Answer:
        """The triples of a graph in a format; None is the default graph.

        Raises:
            UnknownGraphError: there is no such graph.
        """
        ...

    def write_graph(
        self,
        graph: str | None,
        documents: Sequence[Document],
        base: str,
        *,
        replace: bool,
        precondition: Precondition | None = None,
    ) -> bool:
        """Put documents in place of a graph, or merge them into it; returns whether the graph is new.

        Raises:
            PreconditionError: the precondition does not hold.
            EngineError: it was refused, or could not be done.
        """
        ...

    def delete_graph(self, graph: str | None, precondition: Precondition | None = None) -> None:
        """Delete a graph.

        Raises:
            PreconditionError: the precondition does not hold.
            UnknownGraphError: there is no such graph.
            EngineError: it was refused, or could not be done.
        """
        ...

    def query(self, query: Query) -> Answer:
        """Begin a query; returns when the first bytes are there.

        Raises:
            EngineError: one of the errors above.
        """
        ...

    def snapshot(self, release: int | None = None) -> Snapshot:
        """A release to ask questions of ours; the current one where none is named.

        Raises:
            UnknownReleaseError: it is not published.
        """
        ...

    def releases(self) -> list[ReleaseInfo]:
        """Every published release, oldest first."""
        ...

    def current_at(self, moment: datetime) -> ReleaseInfo:
        """The release that was the current one at a moment, as far as it is still published.

        Raises:
            UnknownReleaseError: nothing has been published yet.
        """
        ...

    def close(self) -> None:
        """End whatever the engine runs."""
        ...
