"""What a small write can have made invalid: the nodes that it touches, and those that look at them.

Shapes look forward from a node along its properties. So a changed node can spoil the verdict on itself
and on whatever reaches it; and each of these is judged rightly where all that it reaches is present.
So what a write costs does not grow with the reference data. A change of them concerns everything, and so
does one of what is a foreign graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyoxigraph import NamedNode, Quad, Store

from innograph.loader.updates.applying import Delta
from innograph.ontology.namespaces import INNO, OA, OWL, RDF, SDMX_DIMENSION, SKOS, Names

# A neighbourhood that grows beyond this is no small write: then everything is validated.
LIMIT = 2_000
# A part is judged with what it is a part of; what is unique, with others that have the same.
PARTS = (INNO.evidence, OA.hasSelector)
UNIQUE = (OWL.sameAs, SKOS.prefLabel, SKOS.altLabel)
KEY = (SDMX_DIMENSION.refArea, INNO.indicator, SDMX_DIMENSION.refPeriod)


def neighbourhood(store: Store, delta: Delta, names: Names) -> list[Quad] | None:
    """The quads that a change must be validated with, or None where it concerns everything.

    `store` is the state after the change.
    """
    shared = [names.graph("reference"), names.graph("ontology")]
    changed = [*delta.removed, *delta.added]
    if any(quad.graph_name in shared or quad.object == INNO.ForeignGraph for quad in changed):
        return None
    catalogue = names.graph("catalog")
    changed = [quad for quad in changed if quad.graph_name != catalogue]
    touched: set[Any] = {quad.subject for quad in changed}
    for quad in changed:
        if quad.predicate in PARTS and isinstance(quad.object, NamedNode):
            touched.add(quad.object)  # a part must belong to something
    roots = _looking_at(store, touched, catalogue)
    if roots is None:
        return None
    roots |= {other for node in roots for other in _same_key(store, node)}
    roots |= {other for node in touched for other in _same_name(store, node)}
    found = _reached(store, roots, catalogue)
    if found is None:
        return None
    # A graph says of itself that it is foreign.
    for graph in {quad.graph_name for quad in found}:
        if isinstance(graph, NamedNode):
            found.update(dict.fromkeys(store.quads_for_pattern(graph, RDF.type, INNO.ForeignGraph, graph)))
    # What stands in no named graph, or in a catalogue changed by hand, is shown as it is.
    found.update((quad, None) for quad in delta.added)
    return list(found)


def _reached(store: Store, roots: Iterable[Any], catalogue: NamedNode) -> dict[Quad, None] | None:
    """All that is said of some nodes, of what they reach or are a part of, and of the terms that say it.

    Where the catalogue leads (to counts by class and property) no shape follows. None where it is too much.
    """
    found: dict[Quad, None] = {}
    seen = set(roots)
    waiting = list(seen)
    while waiting:
        if len(seen) > LIMIT:
            return None
        node = waiting.pop()
        about = list(store.quads_for_pattern(node, None, None))
        found.update(dict.fromkeys(about))
        onward: list[Any] = [quad.object for quad in about if quad.graph_name != catalogue]
        onward += [quad.predicate for quad in about]
        onward += [quad.subject for part in PARTS for quad in store.quads_for_pattern(None, part, node)]
        for other in onward:
            if isinstance(other, NamedNode) and other not in seen:
                seen.add(other)
                waiting.append(other)
    return found


def _looking_at(store: Store, touched: Iterable[Any], catalogue: NamedNode) -> set[Any] | None:
    """Some nodes and all that reach them; None where that is too many."""
    seen = set(touched)
    waiting = list(seen)
    while waiting:
        for quad in store.quads_for_pattern(None, None, waiting.pop()):
            if quad.subject not in seen and quad.graph_name != catalogue:
                seen.add(quad.subject)
                waiting.append(quad.subject)
                if len(seen) > LIMIT:
                    return None
    return seen


def _same_key(store: Store, node: Any) -> Iterator[Any]:
    """Other observations with the key of this one: only they can be its duplicates."""
    if not isinstance(node, NamedNode):
        return
    keys = [[quad.object for quad in store.quads_for_pattern(node, part, None)] for part in KEY]
    for area in keys[0]:
        for indicator in keys[1]:
            for period in keys[2]:
                pattern = " ; ".join(f"{p} {v}" for p, v in zip(KEY, (area, indicator, period), strict=True))
                rows: Any = store.query(f"SELECT ?o {{ ?o {pattern} }}", use_default_graph_as_union=True)
                yield from (row["o"] for row in rows)


def _same_name(store: Store, node: Any) -> Iterator[Any]:
    """What is called like a node, or is the same as what it is the same as: in one scheme, two must not be."""
    for predicate in UNIQUE:
        for quad in store.quads_for_pattern(node, predicate, None):
            yield from (other.subject for other in store.quads_for_pattern(None, predicate, quad.object))
