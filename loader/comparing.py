"""Comparisons of some observations with those of other sources, without the rest of a store.

What `data/derivations/comparisons.rq` derives of a whole store in one pass is derived here of a few
observations: the other observations with their keys are looked up city by city, put into a small store
together with what describes their units, indicators and cities, and the same query is run on that. So a
small write costs what it touches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Quad, Store, Triple

from innograph.loader.deriving import COMPARISONS, derive
from innograph.loader.updates.applying import Delta
from innograph.ontology.namespaces import (
    INNO,
    QUDT,
    RDF,
    RDFS,
    SDMX_ATTRIBUTE,
    SDMX_DIMENSION,
    SKOS,
    Names,
)

# A part of about so many observations is compared at a time: memory stays bounded.
BATCH = 2_000
# So many keys can be asked for in one query; for more, everything about a city is read.
FEW = 20
# What comparisons read of the things that observations refer to.
READ = frozenset(
    {
        RDF.type,
        RDFS.label,
        SKOS.prefLabel,
        QUDT.conversionMultiplier,
        QUDT.conversionOffset,
        QUDT.currencyCode,
        QUDT.hasQuantityKind,
    }
)
REFERRING = (SDMX_DIMENSION.refArea, INNO.indicator, SDMX_ATTRIBUTE.unitMeasure)

Group = list[NamedNode]


class Concepts:
    """Which indicators are one concept: skos:exactMatch connects them, in either direction, step by step.

    With `delta`, as it was before that change of the store.
    """

    def __init__(self, store: Store, delta: Delta | None = None) -> None:
        self._store = store
        self._delta = delta or Delta()
        self._known: dict[NamedNode, frozenset[NamedNode]] = {}

    def of(self, indicator: NamedNode) -> frozenset[NamedNode]:
        """All indicators of the concept of one, itself among them."""
        if indicator not in self._known:
            seen, waiting = {indicator}, [indicator]
            while waiting:
                near = self._matches(waiting.pop()) - seen
                seen |= near
                waiting += near
            self._known |= dict.fromkeys(seen, frozenset(seen))
        return self._known[indicator]

    def _matches(self, node: NamedNode) -> set[NamedNode]:
        quads = {
            *self._store.quads_for_pattern(node, SKOS.exactMatch, None),
            *self._store.quads_for_pattern(None, SKOS.exactMatch, node),
        }
        quads -= self._delta.added
        quads |= {
            q for q in self._delta.removed if q.predicate == SKOS.exactMatch and node in (q.subject, q.object)
        }
        ends = {end for quad in quads for end in (quad.subject, quad.object)}
        return {end for end in ends if isinstance(end, NamedNode)}


def comparisons_of(
    store: Store, observations: Iterable[NamedNode], names: Names, queries: Path
) -> Iterator[Triple]:
    """The comparisons that some observations take part in; `queries` is the folder of derivations.

    Each comparison comes whole and once, even where both of its observations are among the given. What
    describes the activity comes with every part.
    """
    given = set(observations)
    concepts = Concepts(store)
    by_city: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    for observation in given:
        for quad in store.quads_for_pattern(observation, SDMX_DIMENSION.refArea, None):
            by_city[quad.object].add(observation)  # type: ignore[index]
    groups = chain.from_iterable(
        _groups(store, city, here, concepts)
        for city, here in sorted(by_city.items(), key=lambda item: str(item[0]))
    )
    yield from _compared(
        store, (group for group in groups if not given.isdisjoint(group)), given, names, queries
    )


def recompared(store: Store, delta: Delta, names: Names, queries: Path) -> tuple[set[Quad], set[Quad]]:
    """What a change does to comparisons: quads that were derived before it, and those that hold after it.

    `store` is the state after the change, its derived graph still that of before.
    """
    touched = _touched(store, delta)
    graph = names.graph("derived")
    old = {
        quad
        for observation in touched
        for link in store.quads_for_pattern(None, INNO.observation, observation, graph)
        for quad in store.quads_for_pattern(link.subject, None, None, graph)
    }
    new = {
        Quad(t.subject, t.predicate, t.object, graph) for t in comparisons_of(store, touched, names, queries)
    }
    return old, new


def _touched(store: Store, delta: Delta) -> set[NamedNode]:
    """The observations whose comparisons a change may have changed."""
    changed = [*delta.removed, *delta.added]
    touched = {quad.subject for quad in changed if isinstance(quad.subject, NamedNode)}
    for thing in {quad.subject for quad in changed if quad.predicate in READ}:
        for predicate in REFERRING:
            if any(store.quads_for_pattern(None, predicate, thing)):
                touched |= _compared_with(store, predicate, thing)
    matched = {
        end
        for quad in changed
        if quad.predicate == SKOS.exactMatch
        for end in (quad.subject, quad.object)
        if isinstance(end, NamedNode)
    }
    now, before = Concepts(store), Concepts(store, delta)
    for indicator in {i for end in matched for i in now.of(end) | before.of(end)}:
        if _measured(store, now.of(indicator)) != _measured(store, before.of(indicator)):
            found = store.quads_for_pattern(None, INNO.indicator, indicator)
            touched |= {quad.subject for quad in found}  # type: ignore[misc]
    return touched


def _compared_with(store: Store, predicate: NamedNode, thing: Any) -> set[NamedNode]:
    """The compared observations that refer to a thing."""
    query = f"SELECT DISTINCT ?o {{ ?o {predicate} {thing} . ?c {INNO.observation} ?o }}"
    rows: Any = store.query(query, use_default_graph_as_union=True)
    return {row["o"] for row in rows}


def _measured(store: Store, indicators: Iterable[NamedNode]) -> set[NamedNode]:
    """Those of some indicators that have observations."""
    return {i for i in indicators if any(store.quads_for_pattern(None, INNO.indicator, i))}


def _groups(store: Store, city: NamedNode, wanted: set[NamedNode], concepts: Concepts) -> Iterator[Group]:
    """The observations of a city by concept and period, where there are several.

    At least the groups that the wanted ones are in.
    """
    narrow = ""
    if len(wanted) <= FEW:
        for predicate, variable in ((INNO.indicator, "i"), (SDMX_DIMENSION.refPeriod, "p")):
            terms = {q.object for o in wanted for q in store.quads_for_pattern(o, predicate, None)}
            if predicate == INNO.indicator:
                terms = {
                    match for term in terms if isinstance(term, NamedNode) for match in concepts.of(term)
                }
            narrow += f" FILTER(?{variable} IN ({', '.join(sorted(map(str, terms)))}))"
    rows: Any = store.query(
        f"SELECT ?o ?i ?p {{ ?o {SDMX_DIMENSION.refArea} {city} ; {INNO.indicator} ?i ;"
        f" {SDMX_DIMENSION.refPeriod} ?p {narrow} }}",
        use_default_graph_as_union=True,
    )
    groups: dict[Any, Group] = defaultdict(list)
    for row in rows:
        groups[concepts.of(row["i"]), row["p"]].append(row["o"])
    return (group for group in groups.values() if len(group) > 1)


def _compared(
    store: Store, groups: Iterable[Group], given: set[NamedNode], names: Names, queries: Path
) -> Iterator[Triple]:
    batch: set[NamedNode] = set()
    for group in groups:
        batch.update(group)
        if len(batch) >= BATCH:
            yield from _derived(store, batch, given, names, queries)
            batch = set()
    if batch:
        yield from _derived(store, batch, given, names, queries)


def _derived(
    store: Store, observations: set[NamedNode], given: set[NamedNode], names: Names, queries: Path
) -> Iterator[Triple]:
    """The comparisons of a part of the store, as far as the given observations take part in them."""
    triples = derive(_part(store, observations), queries, names.base, only={COMPARISONS})
    pairs = [t for t in triples if t.predicate == INNO.observation]
    others = {t.subject for t in pairs} - {t.subject for t in pairs if t.object in given}
    return (t for t in triples if t.subject not in others)


def _part(store: Store, observations: set[NamedNode]) -> Store:
    """Some observations with what a comparison reads of their units, cities and indicators."""
    part = Store()
    concepts = Concepts(store)
    things: dict[NamedNode, None] = {}
    for observation in observations:
        quads = list(store.quads_for_pattern(observation, None, None))
        part.extend(quads)
        for quad in quads:
            if quad.predicate in REFERRING and isinstance(quad.object, NamedNode):
                matches = concepts.of(quad.object) if quad.predicate == INNO.indicator else [quad.object]
                things |= dict.fromkeys(matches)
    for thing in things:
        for predicate in (*READ, SKOS.exactMatch):
            part.extend(store.quads_for_pattern(thing, predicate, None))
    return part
