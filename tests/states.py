"""A store with three states to compare: as published, with one figure raised, and with a link more."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness import BASE, SLUG

from innograph.loader.changing import write
from innograph.loader.publishing import Publisher
from innograph.loader.releases import Release
from innograph.loader.requests import Mode, Update

FIGURE = f"{BASE}observation/{SLUG}/beijing/patents-per-10000-people/2023"
GRAPH = f"{BASE}graph/{SLUG}"
RAISE = f"""PREFIX inno: <https://w3id.org/innograph/ontology#>
PREFIX m: <http://purl.org/linked-data/sdmx/2009/measure#>
DELETE {{ GRAPH ?g {{ <{FIGURE}> m:obsValue ?v ; inno:valueAsStated ?s }} }}
INSERT {{ GRAPH ?g {{ <{FIGURE}> m:obsValue 263.1 ; inno:valueAsStated "263.1" }} }}
WHERE {{ GRAPH ?g {{ <{FIGURE}> m:obsValue ?v ; inno:valueAsStated ?s }} }}"""
NAME = f"""PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
INSERT DATA {{ GRAPH <{GRAPH}> {{ <{BASE}source/{SLUG}> rdfs:seeAlso <http://example.org/> }} }}"""


def update(root: Path, text: str) -> Release:
    [outcome] = write(Publisher(root), [Update(text)], Mode(BASE))
    assert outcome.error is None, outcome.error
    assert outcome.release is not None
    return outcome.release


def published_thrice(store: Path, root: Path) -> None:
    """Copy a store with one release to `root`, and change it twice."""
    shutil.copytree(store, root, symlinks=True)
    update(root, RAISE)
    update(root, NAME)
