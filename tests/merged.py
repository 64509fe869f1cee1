"""The published graph with a second source in it, written by an update."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness import BASE
from pyoxigraph import parse

from innograph.loader.changing import write
from innograph.loader.publishing import Publisher
from innograph.loader.requests import Mode, Update

SECOND = Path(__file__).with_name("data") / "second-source.ttl"
YEARBOOK = "yearbook"


def with_second_source(store: Path, target: Path) -> Path:
    """A copy of a store whose second release has the source `yearbook` too."""
    shutil.copytree(store, target)
    triples = "".join(f"{quad.triple} .\n" for quad in parse(path=SECOND, base_iri=BASE))
    text = f"INSERT DATA {{ GRAPH <{BASE}graph/{YEARBOOK}> {{ {triples} }} }}"
    [outcome] = write(Publisher(target), [Update(text)], Mode(BASE))
    if outcome.error is not None:
        raise outcome.error
    return target
