"""What the server knows of a remote store: which release it holds, which graphs, what its default graph is.

`innograph build --to` leaves the graph `{base}graph/release` behind, which tells the release, its identity,
and each graph with its count. It is taken away before anything is changed and put back last, so a store
that tells a release holds just that one. Without it there are no ETags: nobody knows when the data changes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal as OneOf
from typing import cast

from pyoxigraph import Literal, NamedNode

from innograph.loader.remote_store import RELEASE_GRAPH
from innograph.ontology.namespaces import ADMS, DCAT, DCTERMS, SPDX, VOID, Names
from innograph.server.engine import EngineError, ReleaseInfo, Term

Dataset = OneOf["auto", "store", "graphs"]
Select = Callable[..., list[dict[str, Term]]]
Ask = Callable[[str], bool]

LOOK = 5.0  # seconds for a look at the release, which every request may need
FAILED = 1.0  # seconds that a failed look is remembered, so that requests do not pile up behind it
COUNTED = 300.0  # seconds that a count of a store without a release serves: it reads everything

_COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_SAMPLE = "SELECT ?s ?p ?g WHERE { GRAPH ?g { ?s ?p ?o } FILTER(isIRI(?s)) } LIMIT 1"


class RemoteState:
    """Looks at the store when that is due. `select` takes a query and, if need be, a time-out."""

    def __init__(self, select: Select, ask: Ask, base: str, dataset: Dataset, fresh: float) -> None:
        self._select = select
        self._ask = ask
        self._names = Names(base)
        self._dataset = dataset
        self._fresh = fresh
        self._counting = threading.Lock()
        self._seen: tuple[float, ReleaseInfo] | None = None
        self._failed: tuple[float, EngineError] | None = None
        self._counted: tuple[float, dict[str, int]] | None = None
        self._union: bool | None = None

    def release(self) -> ReleaseInfo:
        """The state of the graph that the store holds; its identity is empty where it tells none.

        Raises:
            EngineError: the store cannot be asked.
        """
        now = time.monotonic()
        seen, failed = self._seen, self._failed
        if seen is not None and now - seen[0] <= self._fresh:
            return seen[1]
        if failed is not None and now - failed[0] <= FAILED:
            raise failed[1]
        try:
            release = self._look()
        except EngineError as error:
            self._failed = (time.monotonic(), error)
            raise
        self._seen = (now, release)
        return release

    def dataset(self) -> list[str] | None:
        """The graphs to name in a query that names none, or None where the store's own default graph will do.

        Our default graph is the union of all. Where a store's is not, the protocol can say so.
        """
        if self._dataset == "store":
            return None
        graphs = sorted(self.release().graphs)
        if self._dataset == "auto" and self._unites():
            return None
        return graphs or None

    def forget(self) -> None:
        """Look again: something was written."""
        self._seen = self._counted = None

    def _unites(self) -> bool:
        """Whether the default graph shows what a named graph holds."""
        if self._union is None:
            sample = self._select(_SAMPLE)
            if not sample:
                return False  # an empty store: not known yet
            self._union = self._ask(f"ASK {{ {sample[0]['s']} {sample[0]['p']} ?o }}")
        return self._union

    def _look(self) -> ReleaseInfo:
        graph = self._names.graph(RELEASE_GRAPH)
        told: dict[tuple[str, str], Term] = {
            (cast(NamedNode, row["s"]).value, cast(NamedNode, row["p"]).value): row["o"]
            for row in self._select(f"SELECT ?s ?p ?o WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}", LOOK)
        }
        whole = self._names.iri("dataset/all").value

        def text(subject: str, predicate: NamedNode) -> str:
            term = told.get((subject, predicate.value))
            return term.value if isinstance(term, Literal) else ""

        number, identity = text(whole, DCAT.version), text(whole, DCTERMS.identifier)
        if not (number.isdecimal() and identity):
            graphs = self._count()
            return ReleaseInfo(0, "", self._names.base, "", sum(graphs.values()), graphs)
        graphs = {
            subject: int(cast(Literal, term).value)
            for (subject, predicate), term in sorted(told.items(), key=lambda item: item[0])
            if predicate == VOID.triples.value and subject != whole
        }
        return ReleaseInfo(
            int(number),
            identity,
            self._names.base,
            text(whole, DCTERMS.issued),
            sum(graphs.values()),
            graphs,
            text(f"{whole}/checksum", SPDX.checksumValue) or None,
            text(whole, ADMS.versionNotes),
        )

    def _count(self) -> dict[str, int]:
        """The graphs and their counts; one thread counts, and who has an older count goes on with that."""
        counted = self._counted
        if counted is not None and time.monotonic() - counted[0] <= COUNTED:
            return counted[1]
        if not self._counting.acquire(blocking=counted is None):
            assert counted is not None
            return counted[1]
        try:
            if self._counted is not counted and self._counted is not None:  # somebody did it meanwhile
                return self._counted[1]
            try:
                rows = self._select(_COUNTS)
            except EngineError:  # too much to count in the time there is: then nothing is told
                rows = []
            graphs = {
                row["g"].value: int(row["n"].value) for row in rows if isinstance(row.get("g"), NamedNode)
            }
            self._counted = (time.monotonic(), graphs)
            return graphs
        finally:
            self._counting.release()
