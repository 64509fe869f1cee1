"""Small writes: change a clone of the current release, keep derived facts and counts right, validate, publish.

Several waiting requests may share one release. Each is applied to the same draft; when the whole is
valid it is published. Otherwise they are tried one by one, so that what is refused is refused alone and
leaves no trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from innograph.loader.canonical import SMALL, canonical_sha256, graph_sha256
from innograph.loader.catalog import catalog, recounted
from innograph.loader.errors import InvalidError
from innograph.loader.neighbourhood import neighbourhood
from innograph.loader.paths import DATA
from innograph.loader.publishing import Draft, Publisher
from innograph.loader.rederiving import rederived
from innograph.loader.releases import TOUCHED_FILE, Description, Release
from innograph.loader.updates.applying import Applier, Delta, UpdateRefusedError
from innograph.loader.updates.fetching import fetcher
from innograph.loader.validation import Finding, cube_constraints, fast, graph_rules, violates
from innograph.ontology.namespaces import Names

TOUCHED = 10_000  # subjects that are listed beside a release, for who follows a small write


class NotThereError(Exception):
    """A graph that should be deleted is not there."""


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
    """

    graph: str | None
    documents: Sequence[Document] | None
    replace: bool = False
    base: str | None = None


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


def write(publisher: Publisher, requests: Sequence[Request], mode: Mode, wait: float = 60.0) -> list[Outcome]:
    """Apply requests in their order and publish one release for all that are accepted.

    Where nothing changes nothing is published. Errors of single requests are in their outcomes.

    Raises:
        BusyError: another writer held the store all the time.
        NoReleaseError: there is no release to change.
        OSError: the disk.
    """
    with publisher.draft(mode.base, clone=True, wait=wait) as draft:
        before = Store.read_only(str(publisher.releases.current().store))
        outcomes, delta = _apply(draft.store, before, requests, mode, together=True)
        if any(isinstance(outcome.error, InvalidError) for outcome in outcomes):
            outcomes, delta = _apply(draft.store, before, requests, mode, together=False)
        graphs_changed = set(draft.store.named_graphs()) != set(before.named_graphs())
        release = publisher.releases.current()
        if delta or graphs_changed:
            release = _publish(draft, delta, requests, mode)
        for outcome in outcomes:
            outcome.release = release
        return outcomes


def _apply(
    store: Store, before: Store, requests: Sequence[Request], mode: Mode, *, together: bool
) -> tuple[list[Outcome], Delta]:
    """Apply requests to a store; leaves it as it was where validation fails."""
    total = Delta()
    outcomes = []
    first = set(store.named_graphs())
    for request in requests:
        graphs = set(store.named_graphs())
        outcome, delta = _attempt(store, request, mode)
        outcomes.append(outcome)
        if not together and outcome.error is None and mode.rules:
            _settle(store, before, total, delta, outcome, mode)
        else:
            _add(total, delta)
        if outcome.error is not None:
            _restore_graphs(store, graphs)
    if together and mode.rules and total:
        verdict = Outcome()
        whole, total = total, Delta()
        _settle(store, before, total, whole, verdict, mode)
        if verdict.error is not None:
            _restore_graphs(store, first)
        for outcome in outcomes:
            outcome.error = outcome.error or verdict.error
    return outcomes, total


def _attempt(store: Store, request: Request, mode: Mode) -> tuple[Outcome, Delta]:
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
        _take_back(store, applier.delta)
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


def _settle(store: Store, before: Store, total: Delta, delta: Delta, outcome: Outcome, mode: Mode) -> None:
    """Bring derived facts and the catalogue up to date and validate; take everything back if it is invalid."""
    names = Names(mode.base)
    settled = Delta(set(delta.removed), set(delta.added))
    removed, added = rederived(store, delta, names, mode.data / "derivations")
    _change(store, settled, removed, added)
    combined = Delta(set(total.removed), set(total.added))
    _add(combined, settled)
    statistics = recounted(before, store, combined, names)
    graph = names.graph("catalog")
    described = catalog(store, names, statistics, mode.data / "queries")
    wanted = {Quad(t.subject, t.predicate, t.object, graph) for t in described}
    present = set(store.quads_for_pattern(None, None, None, graph))
    _change(store, settled, present - wanted, wanted - present)
    findings = validate(store, settled, names)
    if violates(findings):
        _take_back(store, settled)
        outcome.error = InvalidError(findings)
        return
    outcome.findings = findings
    _add(total, settled)


def validate(store: Store, delta: Delta, names: Names) -> list[Finding]:
    """What is wrong after a change of a valid store: of the nodes that it touches, or of everything."""
    near = neighbourhood(store, delta, names)
    if near is None:
        return [*fast(list(store)), *graph_rules(store), *cube_constraints(store)]
    part = Store()
    part.extend(near)
    return [*fast(near), *graph_rules(part), *cube_constraints(part)]


def _publish(draft: Draft, delta: Delta, requests: Sequence[Request], mode: Mode) -> Release:
    # The draft closes its store before it publishes: nobody else may hold it then.
    described = _describe(draft.store, draft.publisher.releases.current().description, delta, mode)
    kinds = {"update" if isinstance(request, Update) else "graph store" for request in requests}
    message = f"{' and '.join(sorted(kinds))}: {len(delta.added)} added, {len(delta.removed)} removed"
    touched = {q.subject.value for q in (*delta.removed, *delta.added) if isinstance(q.subject, NamedNode)}
    if len(touched) <= TOUCHED:
        (draft.folder / TOUCHED_FILE).write_text("".join(f"{iri}\n" for iri in sorted(touched)), "utf-8")
    return draft.publish(kind="update", message=message, **described)


def _describe(store: Store, parent: Description, delta: Delta, mode: Mode) -> dict[str, Any]:
    """Quads by graph and checksums after a change, from those before it."""
    graphs = dict(parent.graphs)
    touched = set()
    for quads, step in ((delta.removed, -1), (delta.added, 1)):
        for quad in quads:
            if isinstance(quad.graph_name, NamedNode):
                name = quad.graph_name.value
                touched.add(name)
                graphs[name] = graphs.get(name, 0) + step
    present = {graph.value for graph in store.named_graphs()}
    graphs = {name: graphs.get(name, 0) for name in sorted(present)}
    if not mode.rules:
        return {"graphs": graphs}
    checksums = {name: value for name, value in parent.checksums.items() if name in present - touched}
    small = [name for name in touched & present if graphs[name] <= SMALL]
    checksums |= {name: graph_sha256(store, name) for name in small}
    whole = canonical_sha256(store) if sum(graphs.values()) <= SMALL else None
    return {"graphs": graphs, "checksums": dict(sorted(checksums.items())), "checksum": whole}


def _change(store: Store, delta: Delta, removed: set[Quad], added: set[Quad]) -> None:
    for quad in removed:
        store.remove(quad)
        delta.note(quad, added=False)
    store.extend(added)
    for quad in added:
        delta.note(quad, added=True)


def _take_back(store: Store, delta: Delta) -> None:
    for quad in delta.added:
        store.remove(quad)
    store.extend(delta.removed)


def _restore_graphs(store: Store, graphs: set[NamedNode | BlankNode]) -> None:
    """Forget graphs that a refused request made, and remember those that it dropped: empty ones count."""
    for graph in set(store.named_graphs()) - graphs:
        store.remove_graph(graph)
    for graph in graphs - set(store.named_graphs()):
        store.add_graph(graph)


def _add(total: Delta, delta: Delta) -> None:
    for quad in delta.removed:
        total.note(quad, added=False)
    for quad in delta.added:
        total.note(quad, added=True)
