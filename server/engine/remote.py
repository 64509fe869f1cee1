"""The remote engine: any store that speaks the SPARQL 1.1 Protocol, for those who outgrow one machine.

`docs/scaling.md` says what it does for which store, and what changes beside the local engine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, cast, get_args
from urllib.parse import urlencode

from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Triple, parse, parse_query_results

from innograph.loader.remote_store import FRESH, RELEASE_GRAPH, Credentials, graph_address, store_address
from innograph.ontology.namespaces import DEFAULT_BASE, Names
from innograph.ontology.sparql import names_dataset, reaches_out
from innograph.server.engine import (
    Accepted,
    Answer,
    Document,
    Precondition,
    Query,
    ReleaseInfo,
    Term,
    Update,
    bound,
    converting,
)
from innograph.server.engine.errors import (
    BadQueryError,
    DeadlineError,
    NotAcceptableError,
    PreconditionError,
    RefusedError,
    UnavailableError,
    UnknownGraphError,
    UnknownReleaseError,
    UpstreamError,
)
from innograph.server.engine.forms import kind_of, with_base
from innograph.server.engine.remote_state import Dataset, RemoteState
from innograph.server.engine.upstream import FORM, Reply, Upstream
from innograph.server.settings import Settings

BEGUN = 1 << 12  # bytes that are awaited before an answer begins: so much of it can still fail cleanly
OWN = 64 << 20  # the largest answer to a question of ours
JSON = "application/sparql-results+json"
TRIPLES = "application/n-triples"
_WHOLE = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


class RemoteSnapshot:
    """The remote store's present state, for questions of ours. It may change between two of them."""

    def __init__(self, engine: RemoteEngine, release: ReleaseInfo) -> None:
        self.release = release
        self._engine = engine

    def select(self, query: str, **bindings: Term) -> list[dict[str, Term]]:
        """See `Snapshot.select`."""
        return self._engine.select(bound(query, bindings))

    def ask(self, query: str, **bindings: Term) -> bool:
        """See `Snapshot.ask`."""
        return self._engine.ask(bound(query, bindings))

    def construct(self, query: str, **bindings: Term) -> list[Triple]:
        """See `Snapshot.construct`."""
        return self._engine.construct(bound(query, bindings))

    def look_up(self, query: Query) -> Answer | None:
        """See `Snapshot.look_up`: this process holds no data."""
        return None


class RemoteEngine:
    """Answers from another store. It is written to only where its writing addresses are given."""

    def __init__(
        self,
        query_url: str,
        *,
        update_url: str = "",
        graphs_url: str = "",
        credentials: Credentials | None = None,
        base: str = DEFAULT_BASE,
        dataset: Dataset = "auto",
        deadline: float = 30.0,
        write_deadline: float = 60.0,
        max_result_bytes: int = 1 << 30,
    ) -> None:
        self._query_url = query_url
        self._update_url = update_url
        self._graphs_url = graphs_url
        self._names = Names(base)
        self._deadline = deadline
        self._write_deadline = write_deadline
        self._max_result_bytes = max_result_bytes
        self._upstream = Upstream(credentials or Credentials())
        # Who writes through this server must read what was written: then every request looks.
        fresh = 0.0 if update_url or graphs_url else FRESH
        self._state = RemoteState(self._plain_select, self._plain_ask, base, dataset, fresh)

    def query(self, query: Query) -> Answer:
        """See `Engine.query`."""
        kind = kind_of(query.text)
        if reaches_out(query.text):
            raise RefusedError("SERVICE is not allowed here: federate from your own endpoint")
        wanted = getattr(query.accepted, kind)
        if wanted is None:
            raise NotAcceptableError(f"none of the accepted media types can carry a result of kind {kind}")
        if query.release is not None:
            self._release(query.release)
        timeout = min(query.timeout or self._deadline, self._deadline)
        reply = self._ask_store(query, converting.accept(kind, wanted), timeout)
        try:
            media_type = converting.recognized(kind, reply.content_type)
            # Looked at when the store has begun to answer: whoever looked before, too, and saw the same
            # identity, knows that nothing was changed in between.
            release = self._state.release()
            if kind == "boolean":
                body = converting.boolean(reply.whole(OWN), media_type, wanted)
                return Answer(kind, wanted, release, [body])
            chunks: Iterator[bytes] = reply.chunks()
            if media_type != wanted:
                chunks = converting.converted(chunks, reply.stop, kind, media_type, wanted)
            begun, ended = _begin(chunks)
        except BaseException:
            reply.close()
            raise
        if ended:
            return Answer(kind, wanted, release, begun)
        body_rest = self._body(reply, chunks, begun)
        next(body_rest)  # enter it, so that closing it unread closes the connection
        return Answer(kind, wanted, release, body_rest)

    def update(self, update: Update) -> ReleaseInfo:
        """See `Engine.update`. The store is trusted to judge it: none of our rules is applied."""
        if not self._update_url:
            raise RefusedError(
                "this server fronts a store that it does not update: publish with `innograph build --to`, or set"
                " INNOGRAPH_ENGINE_UPDATE to pass updates on without validation"
            )
        if reached := reaches_out(update.text):
            raise RefusedError(f"{' and '.join(sorted(reached))} is not passed on to the store")
        fields = [("update", with_base(update.text, self._names.base))]
        fields += [("using-graph-uri", iri) for iri in update.using or ()]
        fields += [("using-named-graph-uri", iri) for iri in update.using_named or ()]
        self._forget_release()
        try:
            self._send_update(fields)
        finally:
            self._state.forget()
        return self._state.release()

    def graph(self, graph: str | None, media_type: str, release: int | None = None) -> Answer:
        """See `Engine.graph`."""
        if graph is not None and not self._has_graph(graph):
            raise UnknownGraphError(f"there is no graph {graph}")
        graphs = None if graph is None else (graph,)
        accepted = Accepted(None, None, media_type)
        return self.query(Query(_WHOLE, accepted, release, graphs, None if graph is None else ()))

    def write_graph(
        self,
        graph: str | None,
        documents: Sequence[Document],
        base: str,
        *,
        replace: bool,
        precondition: Precondition | None = None,
    ) -> bool:
        """See `Engine.write_graph`. Several documents are several requests, which may be done in part."""
        self._hold(graph, precondition)
        url = self._graph_url(graph)
        new = graph is not None and not self._has_graph(graph)
        self._forget_release()
        try:
            for number, document in enumerate(documents):
                method = "PUT" if replace and not number else "POST"
                with document.path.open("rb") as body:
                    headers = {
                        "Content-Type": document.media_type,
                        "Content-Length": str(document.path.stat().st_size),
                    }
                    self._upstream.write(method, url, body, headers, self._write_deadline).whole(OWN)
        finally:
            self._state.forget()
        return new

    def _hold(self, graph: str | None, precondition: Precondition | None) -> None:
        """Refuse a write whose precondition does not hold, as far as can be told from outside the store."""
        if precondition is None:
            return
        if precondition.only_on is not None:
            raise PreconditionError(
                "a store elsewhere has no releases to hold a write to: leave out If-Match"
            )
        exists = graph is None or self._has_graph(graph)
        if precondition.exists is not None and precondition.exists != exists:
            raise PreconditionError(f"the graph is {'there already' if exists else 'not there'}")

    def delete_graph(self, graph: str | None, precondition: Precondition | None = None) -> None:
        """See `Engine.delete_graph`."""
        self._hold(graph, precondition)
        url = self._graph_url(graph)
        if graph is not None and not self._has_graph(graph):
            raise UnknownGraphError(f"there is no graph {graph}")
        self._forget_release()
        try:
            self._upstream.write("DELETE", url, None, {}, self._write_deadline).whole(OWN)
        finally:
            self._state.forget()

    def snapshot(self, release: int | None = None) -> RemoteSnapshot:
        """See `Engine.snapshot`."""
        return RemoteSnapshot(self, self._release(release))

    def releases(self) -> list[ReleaseInfo]:
        """See `Engine.releases`: the one that the store holds, if it tells."""
        present = self._state.release()
        return [present] if present.identity else []

    def current_at(self, moment: datetime) -> ReleaseInfo:
        """See `Engine.current_at`: the store holds one release, and tells of no other."""
        return self._state.release()

    def close(self) -> None:
        """See `Engine.close`."""
        self._upstream.close()

    def select(self, query: str) -> list[dict[str, Term]]:
        """The solutions of a SELECT of ours over the union of all graphs."""
        return _rows(self._own(query, JSON, self._state.dataset()))

    def ask(self, query: str) -> bool:
        """The answer of an ASK of ours over the union of all graphs."""
        return converting.truth_of(self._own(query, JSON, self._state.dataset()), JSON)

    def construct(self, query: str) -> list[Triple]:
        """The triples of a CONSTRUCT of ours over the union of all graphs."""
        body = self._own(query, TRIPLES, self._state.dataset())
        try:
            return [quad.triple for quad in parse(body, format=RdfFormat.N_TRIPLES)]
        except SyntaxError as error:
            raise UpstreamError(f"the store's answer is malformed: {error}") from None

    def _plain_select(self, query: str, timeout: float | None = None) -> list[dict[str, Term]]:
        return _rows(self._own(query, JSON, None, timeout))

    def _plain_ask(self, query: str) -> bool:
        return converting.truth_of(self._own(query, JSON, None), JSON)

    def _own(
        self, query: str, media_type: str, graphs: list[str] | None, timeout: float | None = None
    ) -> bytes:
        asked = Query(query, Accepted(JSON, JSON, TRIPLES), default_graphs=graphs, named_graphs=graphs)
        reply = self._send(asked, media_type, min(timeout or self._deadline, self._deadline))
        kind = "graph" if media_type == TRIPLES else "solutions"
        got = converting.recognized(kind, reply.content_type)  # type: ignore[arg-type]
        if got != media_type:
            reply.close()
            raise UpstreamError(f"the store cannot write {media_type}")
        return reply.whole(OWN)

    def _release(self, number: int | None) -> ReleaseInfo:
        present = self._state.release()
        if number is not None and number != present.number:
            kept = f"release {present.number}" if present.identity else "its present state"
            raise UnknownReleaseError(f"this server fronts a store that keeps only {kept}")
        return present

    def _ask_store(self, query: Query, accept: str, timeout: float) -> Reply:
        if query.default_graphs is None and query.named_graphs is None and not names_dataset(query.text):
            graphs = self._state.dataset()
            if graphs is not None:
                query = Query(query.text, query.accepted, None, graphs, graphs, base=query.base)
        return self._send(query, accept, timeout)

    def _send(self, query: Query, accept: str, timeout: float) -> Reply:
        text = with_base(query.text, query.base or self._names.base)
        fields = [("query", text)]
        fields += [("default-graph-uri", iri) for iri in query.default_graphs or ()]
        fields += [("named-graph-uri", iri) for iri in query.named_graphs or ()]
        deadline = time.monotonic() + timeout
        try:
            reply = self._upstream.read(self._query_url, fields, accept, timeout, deadline)
        except BadQueryError as error:
            if error.line == 1 and error.column is not None:
                error.column = max(error.column - (len(text) - len(query.text)), 1)
            raise
        # Virtuoso cuts results, and says so only in these headers.
        cut = reply.headers.get("X-SPARQL-MaxRows")
        if cut:
            reply.close()
            raise UnavailableError(
                f"the store gives no more than {cut} rows: ask for less, or page with LIMIT"
            )
        if reply.headers.get("X-SQL-State") == "S1TAT":
            reply.close()
            raise DeadlineError("the store ended the query before its result was whole; narrow it")
        return reply

    def _body(self, reply: Reply, chunks: Iterator[bytes], begun: list[bytes]) -> Iterator[bytes]:
        sent = 0
        try:
            yield b""
            for chunk in chain(begun, chunks):
                sent += len(chunk)
                if sent > self._max_result_bytes:
                    raise UnavailableError(f"the result is larger than {self._max_result_bytes} bytes")
                yield chunk
        finally:
            _close(chunks)
            reply.close()

    def _has_graph(self, graph: str) -> bool:
        return self._plain_ask(f"ASK {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")

    def _graph_url(self, graph: str | None) -> str:
        if not self._graphs_url:
            raise RefusedError(
                "this server fronts a store that it does not write to: publish with `innograph build --to`, or set"
                " INNOGRAPH_ENGINE_GRAPHS to pass graphs on without validation"
            )
        return graph_address(self._graphs_url, graph)

    def _forget_release(self) -> None:
        """Before a write of which we can't tell what it changes: what the store holds is no release then."""
        mark = self._names.graph(RELEASE_GRAPH).value
        if self._update_url:
            self._send_update([("update", f"DROP SILENT GRAPH <{mark}>")])
        elif self._has_graph(mark):
            url = graph_address(self._graphs_url, mark)
            self._upstream.write("DELETE", url, None, {}, self._write_deadline).whole(OWN)

    def _send_update(self, fields: list[tuple[str, str]]) -> None:
        body = urlencode(fields).encode()
        headers = {"Content-Type": FORM}
        self._upstream.write("POST", self._update_url, body, headers, self._write_deadline).whole(OWN)


def remote_engine(settings: Settings) -> RemoteEngine:
    """The remote engine that the settings describe.

    Raises:
        ValueError: one of them makes no sense; the message names it.
    """
    for address in ("engine", "engine_update", "engine_graphs"):
        value = getattr(settings, address)
        if value:
            try:
                store_address(value)
            except ValueError as error:
                raise ValueError(f"INNOGRAPH_{address.upper()}: {error}") from None
    if settings.engine_dataset not in get_args(Dataset):
        names = ", ".join(get_args(Dataset))
        raise ValueError(f"INNOGRAPH_ENGINE_DATASET={settings.engine_dataset!r} is none of {names}")
    return RemoteEngine(
        settings.engine,
        update_url=settings.engine_update,
        graphs_url=settings.engine_graphs,
        credentials=Credentials.read(settings.engine_token, settings.engine_user),
        base=settings.base_iri,
        dataset=cast(Dataset, settings.engine_dataset),
        deadline=settings.deadline,
        write_deadline=settings.write_deadline,
        max_result_bytes=settings.max_result_bytes,
    )


def _begin(chunks: Iterator[bytes]) -> tuple[list[bytes], bool]:
    """The first bytes of a body, and whether they are all of it."""
    begun: list[bytes] = []
    size = 0
    for chunk in chunks:
        begun.append(chunk)
        size += len(chunk)
        if size >= BEGUN:
            return begun, False
    return begun, True


def _rows(body: bytes) -> list[dict[str, Term]]:
    try:
        results: Any = parse_query_results(body, format=QueryResultsFormat.JSON)
        if not isinstance(results, QuerySolutions):
            raise UpstreamError("the store answered a SELECT with a boolean")
        names = [variable.value for variable in results.variables]
        return [{name: term for name in names if (term := row[name]) is not None} for row in results]
    except SyntaxError as error:
        raise UpstreamError(f"the store's answer is malformed: {error}") from None


def _close(chunks: Iterator[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close:
        close()
