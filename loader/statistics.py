"""Counting and writing out what a release holds."""

from __future__ import annotations

from typing import IO, Any

from pyoxigraph import NamedNode, RdfFormat, Store, serialize

from innograph.loader.releases import Description

_CLASSES = "SELECT ?class (COUNT(DISTINCT ?s) AS ?n) { ?s a ?class } GROUP BY ?class ORDER BY DESC(?n) ?class"


def count(store: Store, description: Description) -> dict[str, Any]:
    """Quads by graph and things by class, most frequent class first."""
    rows = store.query(_CLASSES, use_default_graph_as_union=True)
    classes = {row["class"].value: int(row["n"].value) for row in rows}  # type: ignore[union-attr]
    return {
        "release": description.number,
        "quads": description.quads,
        "checksum": description.checksum,
        "graphs": description.graphs,
        "classes": classes,
    }


def write_triples(
    store: Store, graph: NamedNode | None, output: IO[bytes], form: RdfFormat, prefixes: dict[str, str]
) -> None:
    """Write one graph, or the union of all, without naming graphs."""
    seen = {quad.triple: None for quad in store.quads_for_pattern(None, None, None, graph)}
    serialize(seen, output, form, prefixes=prefixes)
