"""The local engine: the releases of a store folder, asked through a pool of evaluators."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pyoxigraph import Store

from innograph.loader.errors import NoReleaseError
from innograph.loader.releases import Release, Releases
from innograph.server.engine import (
    Accepted,
    Answer,
    Document,
    Precondition,
    Query,
    ReleaseInfo,
    Update,
    frames,
    place,
)
from innograph.server.engine.errors import (
    BadQueryError,
    DeadlineError,
    EngineError,
    NotAcceptableError,
    OverloadError,
    RefusedError,
    ResourceError,
    UnavailableError,
    UnknownGraphError,
    UnknownReleaseError,
)
from innograph.server.engine.pool import Pool
from innograph.server.engine.process import Evaluator
from innograph.server.engine.snapshot import LocalSnapshot
from innograph.server.engine.stream import ResultStream
from innograph.server.engine.writing import Writer, Written

OPEN_SNAPSHOTS = 4
_WHOLE = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


class LocalEngine:
    """Answers from the releases of a store folder; see DESIGN in `docs/architecture.md`."""

    def __init__(
        self,
        root: Path,
        *,
        deadline: float = 30.0,
        evaluators: int = 12,
        ready: int = 4,
        memory: int = 1 << 30,
        memory_together: int = 4 << 30,
        max_result_bytes: int = 1 << 30,
        writer_memory: int = 4 << 30,
        write_deadline: float = 60.0,
        general: bool = False,
        allow_service: Sequence[str] = (),
        allow_load: Sequence[str] = (),
        on_end: Callable[[str], None] | None = None,
    ) -> None:
        """`general` is for a store without rules, whose default graph is not the union of all.

        `on_end` is told why whenever a working evaluator is ended.
        """
        self._releases = Releases(root)
        self._deadline = deadline
        self._max_result_bytes = max_result_bytes
        self._union = not general
        self._services = list(allow_service)
        self._writer = Writer(
            root,
            rules=not general,
            memory=writer_memory,
            deadline=write_deadline,
            allow_load=allow_load,
        )
        self._pool = Pool(evaluators, ready, memory, memory_together, on_end)
        self._snapshots: dict[str, LocalSnapshot] = {}
        self._opening = threading.Lock()

    def query(self, query: Query) -> Answer:
        """See `Engine.query`."""
        release = self._release(query.release)
        if found := self.snapshot(query.release).look_up(query):
            return found
        timeout = min(query.timeout or self._deadline, self._deadline)
        deadline = time.monotonic() + timeout
        request = json.dumps(
            {
                "store": str(release.store),
                "text": query.text,
                "base": query.base or release.description.base,
                "default_graphs": query.default_graphs,
                "named_graphs": query.named_graphs,
                "union": self._union,
                "services": self._services,
                "accepted": {
                    "solutions": query.accepted.solutions,
                    "boolean": query.accepted.boolean,
                    "graph": query.accepted.graph,
                },
            }
        ).encode()
        evaluator = self._pool.acquire(deadline)
        try:
            evaluator.connection.settimeout(max(deadline - time.monotonic(), 0.001))
            evaluator.connection.sendall(frames.frame(frames.QUERY, request))
            kind, payload = evaluator.frames.next()
        except (OSError, EOFError) as failure:
            raise self._ended(evaluator, failure, timeout) from None
        except BaseException:
            self._pool.discard(evaluator, "error")
            raise
        message = json.loads(payload)
        if kind == frames.ERROR:
            self._pool.release(evaluator)
            if message["error"] == "lost" and self._moved_on(query, release):
                return self.query(query)
            raise _error(message)
        begun = b""
        while evaluator.frames.ready():  # what came along with the header
            kind, payload = evaluator.frames.next()
            if kind == frames.DATA:
                begun += payload
                continue
            self._pool.release(evaluator)
            if kind == frames.ERROR:
                raise _error(json.loads(payload))
            return Answer(message["kind"], message["media_type"], info(release), [begun])
        stream = ResultStream(
            evaluator,
            begun,
            max_bytes=self._max_result_bytes,
            ended=lambda evaluator, failure: self._ended(evaluator, failure, timeout),
            done=self._pool.release,
            error=_error,
        )
        body = stream.chunks()
        next(body)  # enter it, so that closing it unread ends the evaluator
        return Answer(message["kind"], message["media_type"], info(release), body)

    def update(self, update: Update) -> ReleaseInfo:
        """See `Engine.update`."""
        request = {
            "kind": "update",
            "text": update.text,
            "using": update.using,
            "using_named": update.using_named,
        }
        return info(self._release(self._write(request).release))

    def graph(self, graph: str | None, media_type: str, release: int | None = None) -> Answer:
        """See `Engine.graph`."""
        if graph is not None and not self.snapshot(release).has_graph(graph):
            raise UnknownGraphError(f"there is no graph {graph}")
        accepted = Accepted(None, None, media_type)
        graphs = None if graph is None else (graph,)
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
        """See `Engine.write_graph`."""
        files = [{"path": str(document.path), "media_type": document.media_type} for document in documents]
        request = {"kind": "graph", "graph": graph, "documents": files, "replace": replace, "base": base}
        return self._write(request | _conditions(precondition)).created

    def delete_graph(self, graph: str | None, precondition: Precondition | None = None) -> None:
        """See `Engine.delete_graph`."""
        base = self._release(None).description.base
        request = {"kind": "graph", "graph": graph, "documents": None, "replace": True, "base": base}
        self._write(request | _conditions(precondition))

    def _write(self, request: dict[str, Any]) -> Written:
        return self._writer.write(request, self._release(None).description.base)

    def snapshot(self, release: int | None = None) -> LocalSnapshot:
        """See `Engine.snapshot`."""
        wanted = self._release(release)
        try:
            identity = wanted.description.identity
        except NoReleaseError as error:  # it was pruned meanwhile
            raise UnknownReleaseError(str(error)) from None
        snapshot = self._snapshots.get(identity)
        if snapshot is None:
            with self._opening:
                snapshot = self._snapshots.get(identity)
                if snapshot is None:
                    snapshot = LocalSnapshot(info(wanted), Store.read_only(str(wanted.store)), self._union)
                    while len(self._snapshots) >= OPEN_SNAPSHOTS:
                        del self._snapshots[next(iter(self._snapshots))]
                    self._snapshots[identity] = snapshot
        return snapshot

    def releases(self) -> list[ReleaseInfo]:
        """See `Engine.releases`."""
        found = []
        for release in self._releases.all():
            with contextlib.suppress(UnknownReleaseError):  # it was pruned while we looked
                found.append(info(release))
        return found

    def current_at(self, moment: datetime) -> ReleaseInfo:
        """See `Engine.current_at`."""
        try:
            return info(self._releases.current_at(moment))
        except NoReleaseError as error:
            raise UnknownReleaseError(str(error)) from None

    def close(self) -> None:
        """See `Engine.close`."""
        self._writer.close()
        self._pool.close()

    def _release(self, number: int | None) -> Release:
        try:
            return self._releases.current() if number is None else self._releases.get(number)
        except NoReleaseError as error:
            raise UnknownReleaseError(str(error)) from None

    def _moved_on(self, query: Query, release: Release) -> bool:
        """Whether the release was pruned between our look and the evaluator's."""
        return query.release is None and release.number != self._release(None).number

    def _ended(self, evaluator: Evaluator, failure: BaseException, timeout: float) -> EngineError:
        """End an evaluator that did not answer, and say why."""
        late, left = isinstance(failure, TimeoutError), isinstance(failure, ConnectionAbortedError)
        self._pool.discard(evaluator, "deadline" if late else "abandoned" if left else "died")
        if evaluator.ended == "deadline":
            return DeadlineError(f"the query took longer than its {timeout:g} s; ask for less, or narrow it")
        if evaluator.ended == "fairness":
            return OverloadError("the query was ended because others were waiting: narrow it, or try again")
        if evaluator.ended == "memory":
            return ResourceError(
                "all queries together needed more memory than they may have: try again later"
            )
        return ResourceError("the query needed more memory than it may have: ask for less, or add LIMIT")


def info(release: Release) -> ReleaseInfo:
    """What the server tells of a release.

    Raises:
        UnknownReleaseError: it was pruned meanwhile.
    """
    try:
        d = release.description
    except NoReleaseError as error:
        raise UnknownReleaseError(str(error)) from None
    return ReleaseInfo(
        d.number,
        d.identity,
        d.base,
        d.created,
        d.quads,
        dict(d.graphs),
        d.checksum,
        d.message,
        d.kind,
        d.parent,
        dict(d.checksums),
    )


def _conditions(precondition: Precondition | None) -> dict[str, Any]:
    wanted = precondition or Precondition()
    return {"only_on": wanted.only_on, "exists": wanted.exists}


def _error(message: dict[str, str]) -> EngineError:
    kind, text = message["error"], message["message"]
    if kind == "refused":
        return RefusedError(text)
    if kind == "not-acceptable":
        return NotAcceptableError(f"none of the accepted media types can carry a result of kind {text}")
    if kind == "uncarried":
        return NotAcceptableError(f"the accepted media type cannot carry this result: {text}")
    if kind == "malformed":
        return BadQueryError(*place(text))
    return UnavailableError(text)
