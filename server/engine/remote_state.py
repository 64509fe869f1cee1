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
Select = Callable[[str], list[dict[str, Term]]]
Ask = Callable[[str], bool]

FRESH = 2.0  # seconds that a look at the release serves, where only others write to the store
COUNTED = 300.0  # seconds that a count of a store without a release serves: it reads everything

_COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_SAMPLE = "SELECT ?s ?p ?g WHERE { GRAPH ?g { ?s ?p ?o } FILTER(isIRI(?s)) } LIMIT 1"


class RemoteState:
    """Looks at the store when that is due; one thread at a time."""

    def __init__(self, select: Select, ask: Ask, base: str, dataset: Dataset, fresh: float) -> None:
        self._select = select
        self._ask = ask
        self._names = Names(base)
        self._dataset = dataset
        self._fresh = fresh
        self._lock = threading.Lock()
        self._seen: tuple[float, ReleaseInfo] | None = None
        self._counted: tuple[float, dict[str, int]] | None = None
        self._union: bool | None = None

    def release(self) -> ReleaseInfo:
        """The state of the graph that the store holds; its identity is empty where it tells none.

        Raises:
            EngineError: the store cannot be asked.
        """
        with self._lock:
            now = time.monotonic()
            if self._seen is None or now - self._seen[0] > self._fresh:
                self._seen = (now, self._look())
            return self._seen[1]

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
        with self._lock:
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
            for row in self._select(f"SELECT ?s ?p ?o WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}")
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
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > COUNTED:
            try:
                rows = self._select(_COUNTS)
            except EngineError:  # too much to count in the time there is: then nothing is told
                rows = []
            graphs = {
                row["g"].value: int(row["n"].value) for row in rows if isinstance(row.get("g"), NamedNode)
            }
            self._counted = (now, graphs)
        return self._counted[1]
