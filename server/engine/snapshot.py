"""A release that is open in the server's own process."""

from __future__ import annotations

from typing import Any

from pyoxigraph import NamedNode, Store, Triple

from innograph.server.engine import Answer, Query, ReleaseInfo, Term, bound, indexed
from innograph.server.engine.bounded import is_bounded, look_up


class LocalSnapshot:
    """A release that is open in this process, for bounded questions of ours only."""

    def __init__(self, release: ReleaseInfo, store: Store, union: bool) -> None:
        """`union` tells whether the default graph of clients' queries is the union of all graphs."""
        self.release = release
        self._store = store
        self._union = union

    def select(self, query: str, **bindings: Term) -> list[dict[str, Term]]:
        """See `Snapshot.select`."""
        solutions: Any = self._query(query, bindings)
        names = [variable.value for variable in solutions.variables]
        return [
            {name: term for name, term in zip(names, solution, strict=True) if term is not None}
            for solution in solutions
        ]

    def ask(self, query: str, **bindings: Term) -> bool:
        """See `Snapshot.ask`."""
        return bool(self._query(query, bindings))

    def construct(self, query: str, **bindings: Term) -> list[Triple]:
        """See `Snapshot.construct`."""
        return list(self._query(query, bindings))

    def _query(self, query: str, bindings: dict[str, Term]) -> Any:
        return self._store.query(
            bound(query, bindings), base_iri=self.release.base, use_default_graph_as_union=True
        )

    def look_up(self, query: Query) -> Answer | None:
        """See `Snapshot.look_up`."""
        if query.default_graphs is not None or query.named_graphs is not None:
            return None
        if query.accepted.solutions == indexed.JSON:
            read = indexed.answer(self._store, query.text, self._union)
            if read is not None:
                return Answer("solutions", indexed.JSON, self.release, [read])
        found = look_up(self._store, query, self._union) if is_bounded(query) else None
        return found and Answer(found[0], found[1], self.release, [found[2]])

    def has_graph(self, graph: str) -> bool:
        """Whether a named graph is there, be it empty."""
        return self._store.contains_named_graph(NamedNode(graph))
