"""Names for blank nodes: canonical labels (RDFC-1.0), which depend on nothing but the statements.

RDFC-1.0 takes time that grows beyond all bounds on graphs made for that ("dataset poisoning", section 7.1),
and cannot be interrupted. So where blank nodes are linked to one another it runs in a process with a limit.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

from innograph.loader.errors import LoaderError

SECONDS = 120.0
MEMORY = 4 << 30


class AlikeError(LoaderError):
    """Blank nodes that cannot be told apart in reasonable time."""


def without_blank_nodes(triples: set[Triple], node: str, seconds: float = SECONDS) -> tuple[set[Triple], int]:
    """The triples with an IRI below `node` for each blank node, and how many there were.

    Canonical labels depend on no statement without a blank node, so only the others are canonicalized.

    Raises:
        AlikeError: that takes longer than `seconds`.
    """
    blank = {t for t in triples if isinstance(t.subject, BlankNode) or isinstance(t.object, BlankNode)}
    if not blank:
        return triples, 0
    linked = any(isinstance(t.subject, BlankNode) and isinstance(t.object, BlankNode) for t in blank)
    canonical = _apart(blank, seconds) if linked else canonicalized(blank)
    labels: set[str] = set()

    def named(term: Any) -> Any:
        if not isinstance(term, BlankNode):
            return term
        labels.add(term.value)
        return NamedNode(node + term.value)

    renamed = {Triple(named(t.subject), t.predicate, named(t.object)) for t in canonical}
    return (triples - blank) | renamed, len(labels)


def canonicalized(triples: Iterable[Triple]) -> list[Triple]:
    """Triples with canonical labels for their blank nodes (c14n0, c14n1, …)."""
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return [quad.triple for quad in dataset]


def _apart(triples: set[Triple], seconds: float) -> list[Triple]:
    """The same in a process of its own, which is ended when it takes too long."""
    command = [sys.executable, "-m", "innograph.loader.merging.graphs.naming"]
    text = serialize(triples, format=RdfFormat.N_TRIPLES) or b""
    try:
        done = subprocess.run(command, input=text, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode != 0:
        raise AlikeError(
            "blank nodes in it resemble one another so much that naming them takes too long: give them IRIs"
        )
    return [quad.triple for quad in parse(done.stdout, RdfFormat.N_TRIPLES)]


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    quads = parse(sys.stdin.buffer.read(), RdfFormat.N_TRIPLES)
    text = serialize(canonicalized(quad.triple for quad in quads), format=RdfFormat.N_TRIPLES)
    sys.stdout.buffer.write(text or b"")


if __name__ == "__main__":
    _main()
