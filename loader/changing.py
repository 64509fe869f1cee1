"""Small writes: change a clone of the current release, keep derived facts and counts right, validate, publish.

Several waiting requests may share one release. Each is applied to the same draft; when the whole is
valid it is published. Otherwise they are tried one by one, so that what is refused is refused alone and
leaves no trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyoxigraph import BlankNode, NamedNode, Quad, Store

from innograph.loader.canonical import SMALL, canonical_sha256, graph_sha256
from innograph.loader.catalog import catalog, recounted
from innograph.loader.errors import InvalidError
from innograph.loader.neighbourhood import neighbourhood
from innograph.loader.publishing import Draft, Publisher
from innograph.loader.rederiving import rederived
from innograph.loader.releases import TOUCHED_FILE, Description, Release
from innograph.loader.requests import ChangedError, Mode, Outcome, Request, Update, attempt, take_back
from innograph.loader.updates.applying import Delta
from innograph.loader.validation import Finding, cube_constraints, fast, graph_rules, violates
from innograph.ontology.namespaces import Names

TOUCHED = 10_000  # subjects that are listed beside a release, for who follows a small write


def write(publisher: Publisher, requests: Sequence[Request], mode: Mode, wait: float = 60.0) -> list[Outcome]:
    """Apply requests in their order and publish one release for all that are accepted.

    Where nothing changes nothing is published. Errors of single requests are in their outcomes.

    Raises:
        BusyError: another writer held the store all the time.
        NoReleaseError: there is no release to change.
        OSError: the disk.
    """
    with publisher.draft(mode.base, clone=True, wait=wait) as draft:
        release = publisher.releases.current()
        parent, before = release.number, Store.read_only(str(release.store))
        outcomes, delta = _apply(draft.store, before, requests, mode, parent, together=True)
        if any(isinstance(outcome.error, InvalidError) for outcome in outcomes):
            outcomes, delta = _apply(draft.store, before, requests, mode, parent, together=False)
        graphs_changed = set(draft.store.named_graphs()) != set(before.named_graphs())
        if delta or graphs_changed:
            release = _publish(draft, delta, requests, mode)
        for outcome in outcomes:
            outcome.release = release
        return outcomes


def _apply(
    store: Store, before: Store, requests: Sequence[Request], mode: Mode, parent: int, *, together: bool
) -> tuple[list[Outcome], Delta]:
    """Apply requests to a clone of the release `parent`; leaves it as it was where validation fails."""
    total = Delta()
    outcomes = []
    first = set(store.named_graphs())
    for request in requests:
        graphs = set(store.named_graphs())
        error = _precondition(store, request, parent, changed=bool(total) or graphs != first)
        outcome, delta = (Outcome(error=error), Delta()) if error else attempt(store, request, mode)
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


def _precondition(store: Store, request: Request, parent: int, *, changed: bool) -> ChangedError | None:
    """Why a write must not be done; `changed` tells that an earlier one of its release did something."""
    if isinstance(request, Update):
        return None
    if request.only_on is not None and (changed or request.only_on != parent):
        return ChangedError("the store was changed meanwhile: read the graph again")
    exists = request.graph is None or store.contains_named_graph(NamedNode(request.graph))
    if request.exists is not None and request.exists != exists:
        return ChangedError(f"the graph is {'there already' if exists else 'not there'}")
    return None


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
        take_back(store, settled)
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
