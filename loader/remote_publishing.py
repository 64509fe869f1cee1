"""Publishing a release to a store elsewhere, over the SPARQL 1.1 Graph Store HTTP Protocol.

The store's graph `{base}graph/release` tells what it holds: of each graph the count and the checksum, of the
whole the release and its identity. Before anything is changed it is rewritten without the release and
without the graphs that are about to be replaced; as each graph arrives, it is told there; the release
comes last, when every count has been verified. So a store that tells a release holds exactly that one,
and publishing again after a failure, or after a change, sends only what is not there yet.

Stored data has no blank nodes, so sending triples twice changes nothing: what failed is sent again.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, cast
from urllib.parse import urlencode

import urllib3
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, Triple, parse, serialize

from innograph.loader.canonical import graph_sha256
from innograph.loader.releases import Description, Release
from innograph.loader.remote_store import (
    FRESH,
    RELEASE_GRAPH,
    Credentials,
    StoreClient,
    StoreError,
    UnreachableError,
    allow,
    graph_address,
)
from innograph.ontology.namespaces import ADMS, DCAT, DCTERMS, SPDX, VOID, XSD, Names

PART = 50_000  # triples in one request: about 8 MB, which stores take that hold a request in memory
TRIPLES = "application/n-triples"
TIMEOUT = 600.0  # seconds for one request
ATTEMPTS = 3
CATALOG = "catalog"

Step = Callable[[str], None]


class RemotePublishingError(StoreError):
    """A release could not be published elsewhere; the store there tells no release until it is."""


@dataclass(frozen=True, slots=True)
class Published:
    """What was done: the graphs that were sent, those that were there already, and those removed."""

    sent: list[str]
    kept: list[str]
    removed: list[str]
    quads: int


@dataclass(frozen=True, slots=True)
class Target:
    """A store elsewhere: its graph store address, and its query address where counts are asked there."""

    graphs: str
    query: str = ""
    credentials: Credentials = field(default_factory=Credentials)


def publish(release: Release, target: Target, step: Step, *, everything: bool = False) -> Published:
    """Make a store elsewhere hold a release, and nothing else below the graphs that we put there.

    `everything` sends also what the store says that it holds.

    Raises:
        StoreError: it cannot be reached, refuses, or holds another number of triples than were sent.
    """
    return _Publishing(release, target, step).run(everything)


class _Publishing:
    def __init__(self, release: Release, target: Target, step: Step) -> None:
        self._description = release.description
        self._names = Names(self._description.base)
        self._store = Store.read_only(str(release.store))
        self._target = target
        self._client = StoreClient(target.credentials)
        self._step = step
        self._told_release = False
        self._mark = self._names.graph(RELEASE_GRAPH).value

    def run(self, everything: bool) -> Published:
        wanted = self._checksums()
        self._step(f"asking what {self._target.graphs} holds")
        told = self._told()
        held = {} if everything else {g: known for g, known in told.items() if known == wanted.get(g)}
        sent = [graph for graph in wanted if graph not in held]
        removed = sorted(told.keys() - wanted.keys())
        done = {graph: wanted[graph] for graph in wanted if graph in held}
        self._tell(done, None)
        if self._told_release and (sent or removed):
            # Servers may believe for a moment that the store still holds the release that it told: what
            # they read meanwhile must be that release, or a tag of it would name something else.
            self._step("waiting until no server believes in the release before")
            time.sleep(FRESH + 1.0)
        for graph in removed:
            self._step(f"removing {graph}")
            self._request("DELETE", graph, None, absent=True)
        for number, graph in enumerate(sent, 1):
            self._send(graph, f"graph {number} of {len(sent)}")
            done[graph] = wanted[graph]
            self._tell(done, None)
        for graph in wanted:
            self._step(f"counting {graph}")
            self._verify(graph)
        self._tell(done, self._description)
        return Published(sent, sorted(held), removed, sum(self._description.graphs.values()))

    def _checksums(self) -> dict[str, str]:
        """The checksum of each graph that is not empty, the catalogue's last."""
        description = self._description
        catalog = self._names.graph(CATALOG).value
        graphs = sorted(
            (g for g, count in description.graphs.items() if count), key=lambda g: (g == catalog, g)
        )
        return {
            graph: description.checksums.get(graph) or graph_sha256(self._store, graph) for graph in graphs
        }

    def _send(self, graph: str, which: str) -> None:
        total, sent = self._description.graphs[graph], 0
        method = "PUT"
        for part in _parts(self._store, graph):
            self._step(f"sending {which}: {graph} ({sent:,} of {total:,} triples)")
            self._request(method, graph, serialize(part, format=RdfFormat.N_TRIPLES) or b"")
            method = "POST"
            sent += len(part)

    def _verify(self, graph: str) -> None:
        expected, found = self._description.graphs[graph], self._count(graph)
        if found != expected:
            raise RemotePublishingError(
                f"{graph}: {expected:,} triples were sent, and the store holds {found:,}. If something else writes"
                " to it, stop that; then publish again with --everything"
            )

    def _count(self, graph: str) -> int:
        if self._target.query:
            body = urlencode({"query": f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"})
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/sparql-results+json",
            }
            answer = self._again("POST", self._target.query, body.encode(), headers)
            results: Any = json.loads(_read(answer))
            return int(results["results"]["bindings"][0]["n"]["value"])
        return sum(1 for _ in self._read_graph(graph))

    def _told(self) -> dict[str, str]:
        """The checksum of each graph that the store tells it holds."""
        told: dict[str, str] = {}
        for triple in self._read_graph(self._mark):
            if triple.predicate == DCAT.version:
                self._told_release = True
            if triple.predicate == SPDX.checksumValue and isinstance(triple.object, Literal):
                graph = cast(NamedNode, triple.subject).value.removesuffix("/checksum")
                told[graph] = triple.object.value
        told.pop(self._names.iri("dataset/all").value, None)
        return told

    def _tell(self, done: Mapping[str, str], description: Description | None) -> None:
        """Write what the store holds; an empty graph is no graph to most stores, so that it is deleted."""
        triples = list(mark(self._names, done, self._description.graphs, description))
        if triples:
            self._request("PUT", self._mark, serialize(triples, format=RdfFormat.N_TRIPLES))
        else:
            self._request("DELETE", self._mark, None, absent=True)

    def _read_graph(self, graph: str) -> Iterator[Triple]:
        url = graph_address(self._target.graphs, graph)
        answer = self._again("GET", url, None, {"Accept": f"{TRIPLES}, text/turtle;q=0.8"}, absent=True)
        if answer.status == 404:
            answer.close()
            return
        if cut := answer.headers.get("X-SPARQL-MaxRows"):  # Virtuoso
            answer.close()
            raise RemotePublishingError(
                f"the store shows no more than {cut} triples of {graph}: give --to-query"
            )
        media_type = answer.headers.get("Content-Type", "").partition(";")[0]
        form = RdfFormat.from_media_type(media_type)
        if form is None:
            raise RemotePublishingError(f"{self._target.graphs} answers {media_type}: is it a graph store?")
        try:
            for quad in parse(cast(IO[bytes], _Body(answer)), format=form):
                yield quad.triple
        except (SyntaxError, urllib3.exceptions.HTTPError, OSError) as error:
            raise RemotePublishingError(f"{graph} could not be read back: {error}") from None

    def _request(self, method: str, graph: str, body: bytes | None, *, absent: bool = False) -> None:
        headers = {"Content-Type": TRIPLES} if body is not None else {}
        _read(self._again(method, graph_address(self._target.graphs, graph), body, headers, absent=absent))

    def _again(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str], *, absent: bool = False
    ) -> urllib3.BaseHTTPResponse:
        """Send a request until it succeeds, a few times; `absent` is whether 404 is an answer."""
        for attempt in range(ATTEMPTS):
            last = attempt + 1 == ATTEMPTS
            try:
                answer = self._client.send(method, url, body, headers, TIMEOUT)
            except UnreachableError:
                if last:
                    raise
            else:
                if answer.status < 300 or (absent and answer.status == 404):
                    return answer
                told = _read(answer).decode("utf-8", "replace").strip()[:500]
                if last or answer.status not in (429, 500, 502, 503, 504):
                    raise RemotePublishingError(_refusal(method, url, answer.status, told))
            self._step(f"trying again: {method} {url}")
            time.sleep(2.0**attempt)
        raise AssertionError("unreachable")


class _Body(io.RawIOBase):
    """The body of an answer as a file; each read has its own time."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        super().__init__()
        self._answer = answer

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        allow(self._answer, TIMEOUT)
        return self._answer.read(size if size > 0 else None)


def mark(
    names: Names, done: Mapping[str, str], counts: Mapping[str, int], description: Description | None
) -> Iterator[Triple]:
    """The triples that tell which graphs a store holds, and, if it is whole, which release."""
    for graph, checksum in done.items():
        node = NamedNode(graph)
        yield Triple(node, VOID.triples, Literal(str(counts[graph]), datatype=XSD.integer))
        yield from _checksum(node, checksum)
    if description is None:
        return
    whole = names.iri("dataset/all")
    yield Triple(whole, DCAT.version, Literal(str(description.number)))
    yield Triple(whole, DCTERMS.identifier, Literal(description.identity))
    yield Triple(whole, DCTERMS.issued, Literal(description.created, datatype=XSD.dateTime))
    if description.message:
        yield Triple(whole, ADMS.versionNotes, Literal(description.message, language="en"))
    if description.checksum:
        yield from _checksum(whole, description.checksum)


def _checksum(thing: NamedNode, value: str) -> Iterator[Triple]:
    node = NamedNode(f"{thing.value}/checksum")
    yield Triple(thing, SPDX.checksum, node)
    yield Triple(node, SPDX.algorithm, NamedNode(f"{SPDX}checksumAlgorithm_sha256"))
    yield Triple(node, SPDX.checksumValue, Literal(value, datatype=XSD.hexBinary))


def _parts(store: Store, graph: str) -> Iterator[list[Triple]]:
    triples = (quad.triple for quad in store.quads_for_pattern(None, None, None, NamedNode(graph)))
    while part := list(islice(triples, PART)):
        yield part


def _read(answer: urllib3.BaseHTTPResponse) -> bytes:
    try:
        return answer.read()
    except urllib3.exceptions.HTTPError as error:
        raise RemotePublishingError(f"the store broke its answer off: {error}") from None
    finally:
        answer.release_conn()


def _refusal(method: str, url: str, status: int, told: str) -> str:
    mend = {
        401: "give the store's credentials by --token or --user",
        403: "give credentials that may write, by --token or --user",
        404: "is the address that of a graph store?",
        405: "is the address that of a graph store, and is it writable?",
        413: "the store takes no request so large: raise its limit",
        415: "the store takes no N-Triples",
    }.get(status, "see its own log")
    return f"{method} {url}: the store answered {status}: {told or '(no words)'}\n  to mend: {mend}"
