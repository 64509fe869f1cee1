"""The canonical form of stored graphs: what checksums are taken of.

Nothing that is stored has a blank node, so the canonical N-Quads of RDFC-1.0 (section 5) are simply the
sorted, distinct lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, serialize

# Above this many quads a checksum costs a small write too much: it is left for `innograph check`.
SMALL = 100_000
BATCH = 10_000


def n_quads_lines(quads: Iterable[Quad]) -> Iterator[bytes]:
    """Quads as lines of canonical N-Quads, one for each and in their order, as they are read."""
    source = iter(quads)
    while batch := list(islice(source, BATCH)):
        yield from (serialize(batch, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True)


def canonical_lines(quads: Iterable[Quad]) -> list[bytes]:
    """The canonical N-Quads, a line each."""
    text = serialize(quads, format=RdfFormat.N_QUADS) or b""
    return sorted(set(text.splitlines(keepends=True)))


def canonical_sha256(quads: Iterable[Quad]) -> str:
    """The SHA-256 of the canonical N-Quads, in lower-case hex."""
    digest = hashlib.sha256()
    for line in canonical_lines(quads):
        digest.update(line)
    return digest.hexdigest()


def graph_sha256(store: Store, graph: str) -> str:
    """The SHA-256 of one named graph's canonical form."""
    return canonical_sha256(store.quads_for_pattern(None, None, None, NamedNode(graph)))
