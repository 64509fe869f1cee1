"""A graph as files: canonical N-Quads, Turtle and JSON-LD, each written as it is read."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from innograph.loader.canonical import n_quads_lines
from innograph.loader.exporting.sorting import sorted_lines
from innograph.ontology.namespaces import PREFIXES

USED_PREFIXES = {prefix: str(namespace) for prefix, namespace in PREFIXES.items()}


@contextmanager
def compressed(path: Path) -> Iterator[IO[bytes]]:
    """A gzip file to write to, whose bytes depend on its content alone (no name, no time)."""
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed,
    ):
        yield cast(IO[bytes], packed)


def write_n_quads(store: Store, graph: NamedNode | None, path: Path) -> str:
    """The canonical N-Quads of a graph, or of all; returns their SHA-256 in lower-case hex.

    Nothing that is stored has a blank node, so RDFC-1.0 (section 5) comes to sorted lines: unpacked,
    the file has the SHA-256 that `release.json` tells of the release or the graph.
    """
    quads = store.quads_for_pattern(None, None, None, graph)
    digest = hashlib.sha256()
    with compressed(path) as output:
        for line in sorted_lines(n_quads_lines(quads), path.parent):
            digest.update(line)
            output.write(line)
    return digest.hexdigest()


def write_turtle(n_quads: Path, path: Path) -> None:
    """The triples of an N-Quads file as Turtle, subject by subject.

    A triple that several graphs hold is written once: in sorted lines they are neighbours.
    """
    with gzip.open(n_quads, "rb") as source, compressed(path) as output:
        quads = parse(cast(IO[bytes], source), RdfFormat.N_QUADS)
        serialize(_distinct(quads), output, RdfFormat.TURTLE, prefixes=USED_PREFIXES)


def write_json_ld(store: Store, graphs: Iterable[NamedNode], path: Path) -> None:
    """Named graphs as JSON-LD, one after another."""
    quads = (quad for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph))
    with compressed(path) as output:
        serialize(quads, output, RdfFormat.JSON_LD, prefixes=USED_PREFIXES)


def _distinct(quads: Iterable[Quad]) -> Iterator[Triple]:
    before = None
    for quad in quads:
        triple = quad.triple
        if triple != before:
            yield triple
        before = triple
