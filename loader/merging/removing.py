"""Taking a source out of a store: its graph, what was derived from it, and its share of the counts.

Nothing is held in memory that grows with the source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Quad, Store

from innograph.loader.counting import Counts
from innograph.loader.deriving import derive
from innograph.loader.merging.occurring import occurs, terms
from innograph.ontology.namespaces import PROV, RDF, Names

CHUNK = 50_000


def quads_of(store: Store, slug: str, names: Names) -> Iterator[Quad]:
    """All quads that come and go with a source: its graph, then what was derived from it.

    Those of one subject stand together.
    """
    graph, derived = names.graph(slug), names.graph("derived")
    yield from store.quads_for_pattern(None, None, None, graph)
    before: Any = None
    for quad in store.quads_for_pattern(None, None, None, graph):
        if quad.subject != before:
            before = quad.subject
            yield from _derived_from(store, before, graph, derived)


def _derived_from(store: Store, input_: Any, graph: NamedNode, derived: NamedNode) -> Iterator[Quad]:
    """What was derived from an input, and from no input before it: each derived thing comes once."""
    for link in store.quads_for_pattern(None, PROV.wasDerivedFrom, input_, derived):
        inputs = [q.object for q in store.quads_for_pattern(link.subject, PROV.wasDerivedFrom, None, derived)]
        inputs = [i for i in inputs if any(store.quads_for_pattern(i, None, None, graph))]  # type: ignore[arg-type]
        if input_ == min(inputs, key=str):
            yield from store.quads_for_pattern(link.subject, None, None, derived)


def remove(store: Store, before: Store, slug: str, names: Names) -> None:
    """Remove a source from a store that is a clone of `before`."""
    source = quads_of(before, slug, names)
    while chunk := list(islice(source, CHUNK)):
        for quad in chunk:
            store.remove(quad)
    store.remove_graph(names.graph(slug))


def idle_activities(store: Store, names: Names, derivations: Path) -> list[Quad]:
    """What the derived graph says of activities, and their queries, that generated nothing any more.

    What the derivations say of themselves in any case stays.
    """
    graph = names.graph("derived")
    always = set(derive(Store(), derivations, names.base))
    activities = [q.subject for q in store.quads_for_pattern(None, RDF.type, PROV.Activity, graph)]
    idle = [a for a in activities if not any(store.quads_for_pattern(None, PROV.wasGeneratedBy, a, graph))]
    used = [q.object for a in idle for q in store.quads_for_pattern(a, PROV.used, None, graph)]
    said = [q for node in (*idle, *used) for q in store.quads_for_pattern(node, None, None, graph)]  # type: ignore[arg-type]
    return [quad for quad in said if quad.triple not in always]


def without(counts: Counts, gone: Iterable[Quad], after: Store, names: Names, folder: Path) -> Counts:
    """The counts of the whole after some quads have gone; `after` is the store without them.

    Quads of one subject stand together in `gone`.
    """
    hidden = names.graph("catalog")
    left = Counts(counts.triples, counts.subjects, counts.objects, +counts.properties, +counts.classes)
    properties: Counter[str] = Counter()
    classes: Counter[str] = Counter()

    def objects() -> Iterator[bytes]:
        for subject, quads in groupby(gone, key=lambda quad: quad.subject):
            present = occurs(after, (subject, None, None), hidden)
            left.subjects -= not present
            for quad in quads:
                yield f"{quad.object}\n".encode()
                if present and occurs(after, (subject, quad.predicate, quad.object), hidden):
                    continue
                properties[quad.predicate.value] += 1
                if quad.predicate == RDF.type:
                    classes[quad.object.value] += 1  # type: ignore[union-attr]

    for term in terms(objects(), folder):
        left.objects -= not occurs(after, (None, None, term), hidden)
    left.triples -= properties.total()
    left.properties, left.classes = left.properties - properties, left.classes - classes
    return left


def rest_of(before: Store, slug: str, names: Names) -> Iterator[Quad]:
    """All quads of a store but those of a source."""
    derived = names.graph("derived")
    graph = names.graph(slug)
    for name in before.named_graphs():
        if name not in (graph, derived):
            yield from before.quads_for_pattern(None, None, None, name)
    found = before.quads_for_pattern(None, None, None, derived)
    for _, quads in groupby(found, key=lambda quad: quad.subject):
        same = list(quads)
        inputs = [q.object for q in same if q.predicate == PROV.wasDerivedFrom]
        if not any(any(before.quads_for_pattern(i, None, None, graph)) for i in inputs):  # type: ignore[arg-type]
            yield from same
