"""Link tables: which of our things is which entity of somebody else's, one row for each link."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from pyoxigraph import NamedNode, Store

from innograph.loader.exporting.rows import Rows
from innograph.loader.exporting.sorting import sorted_lines
from innograph.ontology.authorities import Authority
from innograph.ontology.namespaces import OWL, RDFS, SKOS

# The first two say that it is the same thing; the others, that it is a similar or another one.
RELATIONS = {
    "owl:sameAs": OWL.sameAs,
    "skos:exactMatch": SKOS.exactMatch,
    "skos:closeMatch": SKOS.closeMatch,
    "rdfs:seeAlso": RDFS.seeAlso,
}


class Link(NamedTuple):
    """A row: our thing, its English name, how it is related, their identifier and IRI."""

    thing: str
    label: str
    relation: str
    identifier: str
    link: str


def links(store: Store, authority: Authority, folder: Path) -> Iterator[Link]:
    """The links to an authority's entities in order of our IRIs; `folder` takes what memory does not."""
    label = Rows(store, folder).label
    before = b""
    for line in sorted_lines(_found(store, authority), folder):
        if line != before:  # two sources may say the same
            thing, relation, identifier = json.loads(line)
            yield Link(thing, label(NamedNode(thing)) or "", relation, identifier, authority.iri(identifier))
        before = line


def _found(store: Store, authority: Authority) -> Iterator[bytes]:
    for relation, predicate in RELATIONS.items():
        for quad in store.quads_for_pattern(None, predicate, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                identifier = authority.identifier(quad.object.value, bare=False)
                if identifier and authority.identifier(quad.subject.value, bare=False) is None:
                    row = [quad.subject.value, relation, identifier]
                    yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


def write_links(rows: Iterator[Link], output: IO[str], delimiter: str = ",") -> int:
    """Write a link table with its header; returns how many links it has."""
    writer = csv.writer(output, delimiter=delimiter, lineterminator="\r\n" if delimiter == "," else "\n")
    writer.writerow(Link._fields)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007  # the last one stays
        writer.writerow(row)
    return count
