"""What a batch of observations refers to: descriptions in the release, and those that the merge brings.

A batch is judged rightly where everything that can be reached from it is present (see
`loader/validation/batching.py`). Most of that is the same for every batch, so it is read once and kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, Store

from innograph.ontology.namespaces import INNO, SDMX_DIMENSION, SKOS, Names

KEPT = 20_000  # described nodes that are remembered

_OBSERVED = (
    "SELECT ?graph ?indicator ?observation {{ GRAPH ?graph {{ "
    f"?observation {SDMX_DIMENSION.refArea} {{place}} ; {INNO.indicator} ?indicator "
    "}} }}"
)


@dataclass(frozen=True, slots=True)
class Described:
    """What is said of one node: as N-Quads, as N-Triples without repetition, and what it points at."""

    quads: str
    triples: str
    targets: tuple[str, ...]


_NOTHING = Described("", "", ())


class Surroundings:
    """Descriptions of nodes by IRI, from a release and from the N-Quads that will stand beside it.

    `without` is the graph of the release that the merge replaces; what is computed is left out too.
    """

    def __init__(self, release: Store, brought: Path, names: Names, without: NamedNode) -> None:
        self._release = release
        self._hidden = {without, names.graph("derived"), names.graph("catalog")}
        self._brought = Store()
        self._brought.bulk_load(path=str(brought), format=RdfFormat.N_QUADS)
        self.describe = lru_cache(KEPT)(self._describe)
        self.matches = lru_cache(KEPT)(self._matches)
        self.observed = lru_cache(1)(self._observed)  # the series of one place follow one another
        vocabulary = release.quads_for_pattern(None, None, None, names.graph("ontology"))
        self.vocabulary = "".join(f"{quad} .\n" for quad in vocabulary)

    def of(self, nodes: Iterable[str]) -> list[Described]:
        """All that is said of some nodes (IRIs) and of what can be reached from them."""
        found: dict[str, Described] = {}
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if node not in found:
                found[node] = self.describe(node)
                waiting += found[node].targets
        return [described for described in found.values() if described.quads]

    def brings(self, iri: str) -> bool:
        """Whether the merge itself describes a node."""
        return any(self._brought.quads_for_pattern(NamedNode(iri), None, None))

    def others(self, place: str, indicator: str) -> list[str]:
        """The observations that the release has of a place and of an indicator or its exact matches."""
        found = self.observed(place)
        return [iri for same in self.matches(indicator) for iri in found.get(same, ())]

    def _observed(self, place: str) -> dict[str, list[str]]:
        """The observations that the release has of a place, by indicator; not those that are replaced."""
        rows: Any = self._release.query(_OBSERVED.format(place=NamedNode(place)))
        found: dict[str, list[str]] = {}
        for row in rows:
            if row["graph"] not in self._hidden:
                found.setdefault(row["indicator"].value, []).append(row["observation"].value)
        return found

    def _matches(self, indicator: str) -> set[str]:
        """An indicator and its exact matches, which are symmetric and transitive (SKOS Reference, 10.3)."""
        found, waiting = {indicator}, [NamedNode(indicator)]
        while waiting:
            node = waiting.pop()
            for store in (self._release, self._brought):
                ahead = [q.object for q in store.quads_for_pattern(node, SKOS.exactMatch, None)]
                behind = [q.subject for q in store.quads_for_pattern(None, SKOS.exactMatch, node)]
                for other in (*ahead, *behind):
                    if isinstance(other, NamedNode) and other.value not in found:
                        found.add(other.value)
                        waiting.append(other)
        return found

    def _describe(self, iri: str) -> Described:
        node = NamedNode(iri)
        quads = [
            quad
            for quad in self._release.quads_for_pattern(node, None, None)
            if quad.graph_name not in self._hidden
        ]
        quads += self._brought.quads_for_pattern(node, None, None)
        if not quads:  # evidence that is a row, most often
            return _NOTHING
        return Described(
            "".join(f"{quad} .\n" for quad in quads),
            "".join({f"{quad.triple} .\n": None for quad in quads}),
            tuple({quad.object.value: None for quad in quads if isinstance(quad.object, NamedNode)}),
        )
