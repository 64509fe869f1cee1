"""Whether a release still is what was published: its checksums taken again."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import DefaultGraph, RdfFormat, Store, parse

from innograph.loader.canonical import n_quads_lines
from innograph.loader.exporting.sorting import sorted_lines
from innograph.loader.releases import Release


@dataclass(frozen=True, slots=True)
class Checksum:
    """The SHA-256 of a graph's canonical form, as recorded and as it is now, and how many quads it has.

    `graph` is empty for the whole release; `recorded` is None where nobody took it when it was published.
    """

    graph: str
    recorded: str | None
    found: str
    recorded_quads: int
    found_quads: int

    @property
    def holds(self) -> bool:
        """Whether the graph has as many quads as were published, and the checksum, where that is known."""
        return self.recorded_quads == self.found_quads and self.recorded in (None, self.found)


class _Sum:
    def __init__(self) -> None:
        self.digest: Any = hashlib.sha256()
        self.quads = 0

    def add(self, line: bytes) -> None:
        self.digest.update(line)
        self.quads += 1


def check_release(release: Release, step: Callable[[str], None] = lambda _: None) -> list[Checksum]:
    """The checksums of a release and of each of its graphs, taken again; the release's own comes first.

    All quads are sorted once, on disk: those of a graph then are in their canonical order, too.

    Raises:
        NoReleaseError: the release was pruned meanwhile.
        OSError: the store is damaged, or the disk is full.
    """
    described = release.description
    store = Store.read_only(str(release.store))
    root = release.path.parent.parent
    whole, graphs = _Sum(), {graph: _Sum() for graph in described.graphs}
    mixed = any(True for _ in store.quads_for_pattern(None, None, None, DefaultGraph()))
    step("sorting")
    with tempfile.TemporaryDirectory(dir=root if os.access(root, os.W_OK) else None) as scratch:
        for line in sorted_lines(n_quads_lines(store), Path(scratch)):
            whole.add(line)
            graph = _graph(line, mixed)
            if graph.startswith("<"):
                graphs.setdefault(graph[1:-1], _Sum()).add(line)
    taken = [Checksum("", described.checksum, whole.digest.hexdigest(), described.quads, whole.quads)]
    for graph, found in sorted(graphs.items()):
        recorded, count = described.checksums.get(graph), described.graphs.get(graph, 0)
        taken.append(Checksum(graph, recorded, found.digest.hexdigest(), count, found.quads))
    return taken


def _graph(line: bytes, mixed: bool) -> str:
    """The graph of a line; `mixed` tells that some are in the default graph, and end with their object."""
    if not mixed:
        return line.rsplit(b" ", 2)[1].decode()
    [quad] = parse(line, RdfFormat.N_QUADS)
    return str(quad.graph_name)
