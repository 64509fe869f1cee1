"""Distinct terms of a stream, however long, and whether they occur in a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, Store, parse

from innograph.loader.exporting.sorting import sorted_lines

CHUNK = 10_000


def occurs(store: Store, pattern: tuple[Any, Any, Any], hidden: NamedNode) -> bool:
    """Whether a pattern occurs in any graph but `hidden`."""
    return any(quad.graph_name != hidden for quad in store.quads_for_pattern(*pattern))


def distinct(lines: Iterable[bytes], folder: Path) -> Iterator[bytes]:
    """Each line once, in order; `folder` takes what memory should not hold."""
    for line, _ in groupby(sorted_lines(lines, folder)):
        yield line


def terms(lines: Iterable[bytes], folder: Path) -> Iterator[Any]:
    """The distinct terms of lines that hold one each, in N-Triples form."""
    source = distinct(lines, folder)
    while chunk := list(islice(source, CHUNK)):
        text = b"".join(b"<x:s> <x:p> " + line[:-1] + b" .\n" for line in chunk)
        for quad in parse(text, RdfFormat.N_TRIPLES):
            yield quad.object
