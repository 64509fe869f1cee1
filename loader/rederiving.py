"""After a small write: derive again what it touches, and nothing else.

Derived facts depend on the observations of one series (a city and an indicator in a dataset), on the
growth claims about them, and on labels; comparisons, which look across sources, on observations with one
key (see `comparing`). A change of reference data, which all derivations read, derives everything again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Quad, Store

from innograph.loader.comparing import recompared
from innograph.loader.deriving import COMPARISONS, derive
from innograph.loader.updates.applying import Delta
from innograph.ontology.namespaces import INNO, PROV, QB, RDF, RDFS, SDMX_DIMENSION, SKOS, Names

SERIES = (QB.dataSet, SDMX_DIMENSION.refArea, INNO.indicator)


def rederived(store: Store, delta: Delta, names: Names, queries: Path) -> tuple[set[Quad], set[Quad]]:
    """What derived facts a change takes away and adds: quads to remove, quads to add.

    `store` is the state after the change, its derived graph still that of before.
    """
    graph = names.graph("derived")
    shared = {names.graph("reference"), names.graph("ontology")}
    changed = [quad for quad in (*delta.removed, *delta.added) if quad.graph_name != graph]
    if not changed:
        return set(), set()
    if any(quad.graph_name in shared for quad in changed):
        everything = Store()
        everything.bulk_extend(quad for quad in store if quad.graph_name != graph)
        old = set(store.quads_for_pattern(None, None, None, graph))
        new = {Quad(t.subject, t.predicate, t.object, graph) for t in derive(everything, queries, names.base)}
        return old - new, new - old
    subjects = {quad.subject for quad in changed if isinstance(quad.subject, NamedNode)}
    subjects |= _named_anew(store, changed)
    observations = _series(store, changed, subjects)
    claims = _claims(store, subjects, observations)
    inputs = subjects | observations | claims
    old = _derived_from(store, inputs, graph)
    part = _part(store, observations, claims)
    derived = derive(part, queries, names.base, without={COMPARISONS})
    new = {Quad(t.subject, t.predicate, t.object, graph) for t in derived}
    old_comparisons, new_comparisons = recompared(store, delta, names, queries)
    old |= old_comparisons
    new |= new_comparisons
    kept = {quad for quad in new if quad in store}
    return old - new, new - old - kept


def _named_anew(store: Store, changed: Iterable[Quad]) -> set[NamedNode]:
    """An observation of each derived change that bears the name of something whose label changed."""
    found: set[NamedNode] = set()
    for thing in {quad.subject for quad in changed if quad.predicate in (RDFS.label, SKOS.prefLabel)}:
        for predicate in (SDMX_DIMENSION.refArea, INNO.indicator):
            if any(store.quads_for_pattern(None, predicate, thing)):
                query = f"SELECT ?o {{ ?o {predicate} {thing} . ?change {INNO.fromObservation} ?o }}"
                rows: Any = store.query(query, use_default_graph_as_union=True)
                found |= {row["o"] for row in rows}
    return found


def _series(store: Store, changed: Iterable[Quad], subjects: Iterable[NamedNode]) -> set[NamedNode]:
    """All observations of each series that a change touches, as it is now and as it was."""
    keys: dict[NamedNode, dict[NamedNode, set[Any]]] = {}
    for subject in subjects:
        for predicate in SERIES:
            for quad in store.quads_for_pattern(subject, predicate, None):
                keys.setdefault(subject, {}).setdefault(predicate, set()).add(quad.object)
    for quad in changed:
        if quad.predicate in SERIES and isinstance(quad.subject, NamedNode):
            keys.setdefault(quad.subject, {}).setdefault(quad.predicate, set()).add(quad.object)
    wanted = {
        (dataset, area, indicator)
        for key in keys.values()
        for dataset in key.get(QB.dataSet, ())
        for area in key.get(SDMX_DIMENSION.refArea, ())
        for indicator in key.get(INNO.indicator, ())
    }
    return {observation for series in wanted for observation in _of_series(store, *series)}


def _of_series(store: Store, dataset: Any, area: Any, indicator: Any) -> Iterator[NamedNode]:
    key = f"{SDMX_DIMENSION.refArea} {area} ; {INNO.indicator} {indicator} ; {QB.dataSet} {dataset}"
    query = f"SELECT ?o {{ ?o {key} }}"
    rows: Any = store.query(query, use_default_graph_as_union=True)
    return (row["o"] for row in rows)


def _claims(store: Store, subjects: Iterable[NamedNode], observations: Iterable[NamedNode]) -> set[NamedNode]:
    """The growth claims that are touched themselves, or are about touched observations."""
    found = {s for s in subjects if any(store.quads_for_pattern(s, RDF.type, INNO.GrowthClaim))}
    for observation in {*observations, *subjects}:
        for predicate in (INNO.fromObservation, INNO.toObservation):
            for quad in store.quads_for_pattern(None, predicate, observation):
                if isinstance(quad.subject, NamedNode) and any(
                    store.quads_for_pattern(quad.subject, RDF.type, INNO.GrowthClaim)
                ):
                    found.add(quad.subject)
    return found


def _derived_from(store: Store, inputs: Iterable[NamedNode], graph: NamedNode) -> set[Quad]:
    """All that the derived graph says of what was derived from some inputs, but for comparisons."""
    things = {
        q.subject for node in inputs for q in store.quads_for_pattern(None, PROV.wasDerivedFrom, node, graph)
    }
    things = {t for t in things if not any(store.quads_for_pattern(t, RDF.type, INNO.Comparison, graph))}
    return {quad for thing in things for quad in store.quads_for_pattern(thing, None, None, graph)}


def _part(store: Store, observations: set[NamedNode], claims: set[NamedNode]) -> Store:
    """The part of a store that the derivations need for some observations and claims."""
    part = Store()
    nodes = set(observations | claims)
    for claim in claims:
        for predicate in (INNO.fromObservation, INNO.toObservation):
            nodes |= {q.object for q in store.quads_for_pattern(claim, predicate, None)}  # type: ignore[misc]
    for node in nodes:
        part.extend(store.quads_for_pattern(node, None, None))
        for predicate in (SDMX_DIMENSION.refArea, INNO.indicator):
            for quad in store.quads_for_pattern(node, predicate, None):
                for label in (RDFS.label, SKOS.prefLabel):
                    part.extend(store.quads_for_pattern(quad.object, label, None))  # type: ignore[arg-type]
    return part
