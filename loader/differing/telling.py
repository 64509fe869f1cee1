"""Differences by source and by thing, as people and programs read them.

A thing is what has an IRI of its own; its parts (evidence, checksums, partitions) are told with it. What is
listed is bounded; what is counted is everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

from innograph.loader.canonical import BATCH, n_quads_lines
from innograph.loader.differing.finding import Changed
from innograph.loader.exporting.sorting import sorted_lines

THINGS = 200  # listed of a graph
LISTED = 2_000  # listed of all graphs
STATEMENTS = 30  # told of a thing

COMPUTED = ("/graph/catalog>", "/graph/derived>")

# What an IRI ends in that names a part of the thing whose IRI comes before.
_PART = re.compile(r"/(?:evidence/\d+(?:/[^>]*)?|checksum)(?=>?$)")
_PARTITION = re.compile(r"(/dataset/[^/>]+)/(?:class|property|links)/[^>]*(?=>?$)")


@dataclass
class Statement:
    """A property of a thing or of its part, with the values (N-Triples terms) that went and came."""

    subject: str
    property: str
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


@dataclass
class Thing:
    """A thing that was `added`, `removed` or `changed` in a graph, and how many statements of it."""

    iri: str
    change: str
    added: int
    removed: int
    statements: list[Statement]
    more: bool


@dataclass
class GraphDifference:
    """What changed in a named graph; the name of the default graph is empty.

    `things` counts them by kind of change; `listed` are the first of them.
    """

    graph: str
    added: int = 0
    removed: int = 0
    things: dict[str, int] = field(default_factory=lambda: {"added": 0, "removed": 0, "changed": 0})
    listed: list[Thing] = field(default_factory=list)
    more: bool = False


@dataclass
class Difference:
    """What changed between two releases, which are told as their `release.json` does."""

    before: dict[str, Any]
    after: dict[str, Any]
    added: int = 0
    removed: int = 0
    graphs: list[GraphDifference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """A changed quad as a line of N-Quads, with its graph and the thing that it is about (N-Triples)."""

    graph: bytes
    thing: bytes
    added: bool
    text: bytes


def owner(subject: str) -> str:
    """The thing that a subject is, or is a part of."""
    return _PARTITION.sub(r"\1", _PART.sub("", subject))


def ordered(found: Iterable[Changed], folder: Path) -> Iterator[Line]:
    """Changed quads by graph, thing and property, so that old and new values stand together; computed
    graphs come last. `folder` takes the runs of the sort meanwhile.
    """
    for record in sorted_lines(_records(found), folder):
        _, graph, thing, _, sign, text = record.split(b"\0", 5)
        yield Line(graph, thing, sign == b"+", text)


def _records(found: Iterable[Changed]) -> Iterator[bytes]:
    source = iter(found)
    while batch := list(islice(source, BATCH)):
        for change, line in zip(batch, n_quads_lines(change.quad for change in batch), strict=True):
            graph, thing = str(change.quad.graph_name), owner(str(change.quad.subject))
            computed = b"1" if graph.endswith(COMPUTED) else b"0"
            about = f"{change.quad.subject} {change.quad.predicate}".encode()
            # A minus would sort behind the plus: what is removed comes first.
            sign = b"+" if change.added else b"!"
            yield b"\0".join((computed, graph.encode(), thing.encode(), about, sign, line))


def tell(lines: Iterable[Line], difference: Difference, old: Store, new: Store) -> None:
    """Enter ordered lines into a difference; the stores tell whether a thing is new, or gone."""
    room = LISTED
    for name, of_graph in groupby(lines, key=lambda line: line.graph):
        entry = GraphDifference(_plain(name))
        for thing, of_thing in groupby(of_graph, key=lambda line: line.thing):
            told = _thing(thing, name, of_thing, old, new)
            entry.added += told.added
            entry.removed += told.removed
            entry.things[told.change] += 1
            if room and len(entry.listed) < THINGS:
                entry.listed.append(told)
                room -= 1
            else:
                entry.more = True
        difference.added += entry.added
        difference.removed += entry.removed
        difference.graphs.append(entry)


def _thing(name: bytes, graph: bytes, lines: Iterable[Line], old: Store, new: Store) -> Thing:
    counts = [0, 0]
    kept: list[Line] = []
    for line in lines:
        counts[line.added] += 1
        if len(kept) < STATEMENTS:
            kept.append(line)
    removed, added = counts
    change = "changed"
    if not removed and not _said(old, name, graph):
        change = "added"
    elif not added and not _said(new, name, graph):
        change = "removed"
    return Thing(_plain(name), change, added, removed, _statements(kept), added + removed > len(kept))


def _statements(lines: list[Line]) -> list[Statement]:
    found: dict[tuple[str, str], Statement] = {}
    for line in lines:
        [quad] = parse(line.text, RdfFormat.N_QUADS)
        subject, predicate = _plain(str(quad.subject).encode()), quad.predicate.value
        statement = found.setdefault((subject, predicate), Statement(subject, predicate))
        (statement.after if line.added else statement.before).append(str(quad.object))
    return [found[key] for key in sorted(found)]


def _said(store: Store, thing: bytes, graph: bytes) -> bool:
    """Whether a store says anything of a thing in a graph."""
    text = thing.decode()
    if not text.startswith("<"):  # a blank node: it is new wherever nothing of it went
        return False
    name = NamedNode(_plain(graph)) if graph.startswith(b"<") else None
    quads: Iterator[Quad] = store.quads_for_pattern(NamedNode(text[1:-1]), None, None, name)
    return next(quads, None) is not None


def _plain(term: bytes) -> str:
    """An IRI without its brackets; a blank node as it is; the default graph as nothing."""
    text = term.decode()
    return text[1:-1] if text.startswith("<") else "" if text == "DEFAULT" else text
