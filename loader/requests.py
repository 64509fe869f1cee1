"""What can be asked of a writer, and applying one such request to a store.

A request that fails takes back what it had done; whether the graph is still valid afterwards is judged
by `innograph.loader.changing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from innograph.loader.paths import DATA
from innograph.loader.releases import Release
from innograph.loader.updates.applying import Applier, Delta, UpdateRefusedError
from innograph.loader.updates.fetching import fetcher
from innograph.loader.validation import Finding
from innograph.ontology.namespaces import Names


class NotThereError(Exception):
    """A graph that should be deleted is not there."""


class ChangedError(Exception):
    """A graph is not in the state that its writer wanted."""


@dataclass(frozen=True, slots=True)
class Update:
    """A SPARQL Update request with the protocol's dataset (None where it names none)."""

    text: str
    using: Sequence[str] | None = None
    using_named: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An RDF document to write into a graph: a file and its media type."""

    path: Path
    media_type: str


@dataclass(frozen=True, slots=True)
class GraphWrite:
    """A Graph Store Protocol write: `graph` None is the default graph.

    `documents` None deletes the graph; `replace` puts in place of what is there, else they are merged.
    `only_on` is the release that it may change, `exists` says whether the graph must be there.
    """

    graph: str | None
    documents: Sequence[Document] | None
    replace: bool = False
    base: str | None = None
    only_on: int | None = None
    exists: bool | None = None


Request = Update | GraphWrite


@dataclass(frozen=True, slots=True)
class Mode:
    """How a store is written to: a governed graph, or a general store without rules.

    `load_from` are the addresses that LOAD may read (see `innograph.ontology.sparql.allowed`).
    """

    base: str
    rules: bool = True
    data: Path = DATA
    load_from: tuple[str, ...] = ()


@dataclass
class Outcome:
    """What became of a request: refused with `error`, or done; `created` tells of a new graph."""

    error: Exception | None = None
    created: bool = False
    release: Release | None = None
    findings: list[Finding] = field(default_factory=list)


def attempt(store: Store, request: Request, mode: Mode) -> tuple[Outcome, Delta]:
    """Apply one request; a failure takes back what it had done."""
    applier = Applier(
        store,
        mode.base,
        union=mode.rules,
        skolem=f"{mode.base}.well-known/genid/" if mode.rules else None,
        load=fetcher(mode.load_from),
    )
    outcome = Outcome()
    try:
        if isinstance(request, Update):
            applier.update(request.text, request.using, request.using_named)
        else:
            outcome.created = _write_graph(applier, request)
        if mode.rules:
            _leave_computed_alone(applier.delta, Names(mode.base))
        return outcome, applier.delta
    except (SyntaxError, ValueError, RuntimeError, OSError, UpdateRefusedError, NotThereError) as error:
        take_back(store, applier.delta)
        return Outcome(error=_bare(error)), Delta()


def _bare(error: Exception) -> Exception:
    """An error without the frames that it passed through: they hold the store, which must be closed."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


def _leave_computed_alone(delta: Delta, names: Names) -> None:
    computed = {names.graph("derived"), names.graph("catalog")}
    for quad in (*delta.removed, *delta.added):
        if quad.graph_name in computed:
            raise UpdateRefusedError(f"{quad.graph_name} is computed from the other graphs: write to those")


def _write_graph(applier: Applier, request: GraphWrite) -> bool:
    """Write a graph; everything is parsed before anything is touched. Returns whether the graph is new."""
    store = applier.store
    graph = DefaultGraph() if request.graph is None else NamedNode(request.graph)
    existed = isinstance(graph, DefaultGraph) or store.contains_named_graph(graph)
    if request.documents is None:
        if not existed:
            raise NotThereError(f"there is no graph {request.graph}")
        applier.change(list(store.quads_for_pattern(None, None, None, graph)), ())
        if isinstance(graph, NamedNode):
            store.remove_graph(graph)
        return False
    quads = [
        Quad(quad.subject, quad.predicate, quad.object, graph)
        for document in request.documents
        for quad in read_document(document, request.base or request.graph or applier.base)
    ]
    old = list(store.quads_for_pattern(None, None, None, graph)) if request.replace else []
    applier.change(old, quads)
    if isinstance(graph, NamedNode):
        store.add_graph(graph)  # an empty graph is there too
    return not existed


def read_document(document: Document, base: str) -> list[Quad]:
    """The triples of a document, its blank nodes renamed so that no other document's are meant.

    Raises:
        SyntaxError: it is not of its media type; with line and column.
        ValueError: the media type is unknown.
    """
    form = RdfFormat.from_media_type(document.media_type)
    if form is None:
        raise ValueError(f"{document.media_type} is no RDF format")
    found = parse(
        path=str(document.path),
        format=form,
        base_iri=base,
        without_named_graphs=True,
        rename_blank_nodes=True,
    )
    return list(found)


def take_back(store: Store, delta: Delta) -> None:
    """Undo a change."""
    for quad in delta.added:
        store.remove(quad)
    store.extend(delta.removed)
