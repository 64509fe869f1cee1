"""VoID statistics of a graph: counted once by a build, kept right by differences afterwards (VoID, section 4).

Counting a graph takes time that grows with it; a small write changes few counts, and only needs to know
of each changed triple whether its subject, its object or itself still occurs elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from innograph.loader.updates.applying import Delta
from innograph.ontology.namespaces import PREFIXES, RDF, VOID, XSD

Graphs = Callable[[Any], bool]


class Quads(Protocol):
    """Where quads can be looked up: a store, or what is like one."""

    def quads_for_pattern(
        self, subject: Any, predicate: Any, object: Any, graph_name: Any = None, /
    ) -> Iterable[Quad]:
        """The quads that match; None matches all."""


@dataclass
class Counts:
    """The statistics of one graph, or of the union of several: `properties` and `classes` by IRI."""

    triples: int = 0
    subjects: int = 0
    objects: int = 0
    properties: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)

    def triples_of(self, dataset: NamedNode) -> Iterator[Triple]:
        """The statistics as a VoID description of a dataset."""
        yield Triple(dataset, RDF.type, VOID.Dataset)
        yield Triple(dataset, VOID.triples, _integer(self.triples))
        yield Triple(dataset, VOID.distinctSubjects, _integer(self.subjects))
        yield Triple(dataset, VOID.distinctObjects, _integer(self.objects))
        yield Triple(dataset, VOID.properties, _integer(len(self.properties)))
        yield Triple(dataset, VOID.classes, _integer(len(self.classes)))
        for iri, count in sorted(self.classes.items()):
            part = NamedNode(f"{dataset.value}/class/{curie(iri)}")
            yield Triple(dataset, VOID.classPartition, part)
            yield Triple(part, VOID["class"], NamedNode(iri))
            yield Triple(part, VOID.entities, _integer(count))
        for iri, count in sorted(self.properties.items()):
            part = NamedNode(f"{dataset.value}/property/{curie(iri)}")
            yield Triple(dataset, VOID.propertyPartition, part)
            yield Triple(part, VOID.property, NamedNode(iri))
            yield Triple(part, VOID.triples, _integer(count))

    @classmethod
    def read(cls, store: Store, dataset: NamedNode) -> Counts:
        """The statistics that a store's catalogue gives of a dataset."""

        def number(subject: Any, predicate: NamedNode) -> int:
            found = store.quads_for_pattern(subject, predicate, None)
            return next((int(quad.object.value) for quad in found), 0)  # type: ignore[union-attr]

        def partitions(link: NamedNode, of: NamedNode, counted: NamedNode) -> Counter[str]:
            found: Counter[str] = Counter()
            for quad in store.quads_for_pattern(dataset, link, None):
                part: Any = quad.object
                for named in store.quads_for_pattern(part, of, None):
                    found[named.object.value] = number(part, counted)  # type: ignore[union-attr]
            return found

        return cls(
            number(dataset, VOID.triples),
            number(dataset, VOID.distinctSubjects),
            number(dataset, VOID.distinctObjects),
            partitions(VOID.propertyPartition, VOID.property, VOID.triples),
            partitions(VOID.classPartition, VOID["class"], VOID.entities),
        )


def count(store: Store, graph: NamedNode | None) -> Counts:
    """Count one named graph, or the union of all."""
    where = f"GRAPH {graph} {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
    [totals] = _rows(
        store,
        "SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)"
        f" {{ {where} }}",
    )
    properties = _rows(store, f"SELECT ?p (COUNT(*) AS ?n) {{ {where} }} GROUP BY ?p")
    of_class = where.replace("?p ?o", "a ?c")
    classes = _rows(store, f"SELECT ?c (COUNT(DISTINCT ?s) AS ?n) {{ {of_class} }} GROUP BY ?c")
    return Counts(
        int(totals["triples"]),
        int(totals["subjects"]),
        int(totals["objects"]),
        Counter({row["p"]: int(row["n"]) for row in properties}),
        Counter({row["c"]: int(row["n"]) for row in classes}),
    )


def recount(before: Counts, store: Quads, delta: Delta, counted: Graphs) -> Counts:
    """The statistics after a change, from those before it; `store` is the state after it.

    `counted` tells which named graphs belong to what is counted.
    """
    scope = Scope(store, delta, counted)
    after = Counts(before.triples, before.subjects, before.objects, +before.properties, +before.classes)
    changed = {quad.triple for quad in (*scope.added, *scope.removed)}
    for triple in changed:
        step = scope.step((triple.subject, triple.predicate, triple.object), triple in scope.removed_triples)
        after.triples += step
        after.properties[triple.predicate.value] += step
        if triple.predicate == RDF.type:
            after.classes[triple.object.value] += step  # type: ignore[union-attr]
    for subject in {triple.subject for triple in changed}:
        after.subjects += scope.step((subject, None, None), subject in scope.removed_subjects)
    for value in {triple.object for triple in changed}:
        after.objects += scope.step((None, None, value), value in scope.removed_objects)
    after.properties, after.classes = +after.properties, +after.classes
    return after


class Scope:
    """Whether a pattern occurs in the counted graphs, before and after a change.

    `store` is the state after it.
    """

    def __init__(self, store: Quads, delta: Delta, counted: Graphs) -> None:
        self.store = store
        self.counted = counted
        self.added = {quad for quad in delta.added if self.counted(quad.graph_name)}
        self.removed = {quad for quad in delta.removed if self.counted(quad.graph_name)}
        self.removed_triples = {quad.triple for quad in self.removed}
        self.removed_subjects = {quad.subject for quad in self.removed}
        self.removed_objects = {quad.object for quad in self.removed}

    def step(self, pattern: tuple[Any, Any, Any], removed: bool) -> int:
        """1 where a pattern occurs only after the change, -1 where only before it, else 0.

        `removed` tells whether it occurs in what was removed.
        """
        found = (q for q in self.store.quads_for_pattern(*pattern) if self.counted(q.graph_name))
        first = next(found, None)
        after = first is not None
        before = removed or (after and (first not in self.added or any(q not in self.added for q in found)))
        return after - before


def curie(iri: str) -> str:
    """A short name for an IRI that can stand in a path: prefixed, or a fingerprint."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(str(namespace)):
            return f"{prefix}:{iri[len(str(namespace)) :]}"
    return hashlib.sha256(iri.encode()).hexdigest()[:12]


def _rows(store: Store, query: str) -> Iterable[dict[str, str]]:
    solutions: Any = store.query(query, use_default_graph_as_union=True)
    names = [variable.value for variable in solutions.variables]
    return [{name: solution[name].value for name in names} for solution in solutions]


def _integer(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
