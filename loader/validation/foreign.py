"""Graphs of somebody else's RDF that are kept as they are: what our shapes have to say about in them.

Shapes are about things modelled as ours. In a graph that says of itself to be foreign (an `inno:ForeignGraph`) these
are the things that are described in terms of our vocabulary, and whatever they reach in that graph. The
rest is its author's: a label without a language, say, is no mistake there. Rules over named graphs and the
constraints of cubes hold in foreign graphs too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pyoxigraph import NamedNode, Quad

from innograph.ontology.namespaces import INNO, RDF

_OURS = str(INNO)


def ours(quads: Iterable[Quad]) -> Iterable[Quad]:
    """The quads that shapes apply to: all but those of foreign graphs that say nothing in our terms."""
    given = list(quads)
    foreign = {
        quad.graph_name
        for quad in given
        if quad.object == INNO.ForeignGraph and quad.predicate == RDF.type and quad.subject == quad.graph_name
    }
    if not foreign:
        return given
    apart: dict[Any, list[Quad]] = defaultdict(list)
    kept = []
    for quad in given:
        if quad.graph_name in foreign:
            apart[quad.subject].append(quad)
        else:
            kept.append(quad)
    waiting = [node for node, about in apart.items() if any(map(_in_our_terms, about))]
    seen = set(waiting)
    while waiting:
        about = apart[waiting.pop()]
        kept += about
        for quad in about:
            if quad.object in apart and quad.object not in seen:
                seen.add(quad.object)
                waiting.append(quad.object)
    return kept


def _in_our_terms(quad: Quad) -> bool:
    return quad.predicate.value.startswith(_OURS) or (
        quad.predicate == RDF.type
        and isinstance(quad.object, NamedNode)
        and quad.object.value.startswith(_OURS)
    )
