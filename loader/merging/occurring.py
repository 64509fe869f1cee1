"""Distinct terms of a stream, however long, and whether they occur in a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Any, TypeVar

from pyoxigraph import NamedNode, RdfFormat, parse

from innograph.loader.counting import Quads
from innograph.loader.exporting.sorting import sorted_lines

CHUNK = 10_000
T = TypeVar("T")


def occurs(store: Quads, pattern: tuple[Any, Any, Any], hidden: NamedNode) -> bool:
    """Whether a pattern occurs in any graph but `hidden`."""
    return any(quad.graph_name != hidden for quad in store.quads_for_pattern(*pattern))


def distinct(lines: Iterable[bytes], folder: Path) -> Iterator[bytes]:
    """Each line once, in order; `folder` takes what memory should not hold."""
    for line, _ in groupby(sorted_lines(lines, folder)):
        yield line


def terms(lines: Iterable[bytes], folder: Path) -> Iterator[Any]:
    """The distinct terms of lines that hold one each, in N-Triples form."""
    for chunk in chunks(distinct(lines, folder)):
        yield from parsed(chunk)


def parsed(lines: Iterable[bytes]) -> list[Any]:
    """The terms of lines that hold one each, in N-Triples form."""
    text = b"".join(b"<x:s> <x:p> " + line.rstrip(b"\n") + b" .\n" for line in lines)
    return [quad.object for quad in parse(text, RdfFormat.N_TRIPLES)]


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Items, some thousands at a time."""
    source = iter(items)
    while chunk := list(islice(source, CHUNK)):
        yield chunk
