"""RDF of any format → the triples of one graph without blank nodes, and what was left out on the way.

Blank nodes get IRIs below their source, made of their canonical labels, so that the same statements
always give the same graph (RDF 1.1 Concepts, section 3.5, calls this skolemization).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from innograph.loader.merging.graphs.naming import without_blank_nodes
from innograph.loader.merging.reading.opening import Content, Workspace, contents
from innograph.ontology.namespaces import PREFIXES, RDF

LIMIT = 8 << 30  # bytes that a file may unpack to
_SUFFIXES = {
    **{
        ".ttl": RdfFormat.TURTLE,
        ".nt": RdfFormat.N_TRIPLES,
        ".nq": RdfFormat.N_QUADS,
        ".trig": RdfFormat.TRIG,
    },
    **{
        ".n3": RdfFormat.N3,
        ".rdf": RdfFormat.RDF_XML,
        ".owl": RdfFormat.RDF_XML,
        ".jsonld": RdfFormat.JSON_LD,
    },
}
_PLACE = re.compile(r"^.*?line \d+ column \d+(?: and (?:line \d+ )?column \d+)?: ")
_QUAD = re.compile(rb'(?:<[^<>\s]*>|_:\S+)\s+<[^<>\s]*>\s+(?:<[^<>\s]*>|_:\S+|"(?:[^"\\]|\\.)*"\S*)\s+(<|_:)')
# Namespaces of tools' bookkeeping, by the names that --drop knows besides the usual prefixes.
BOOKKEEPING = {"csvw": "http://www.w3.org/ns/csvw#"}


@dataclass
class Read:
    """What was read: distinct triples, and counts of what they were made of or left out."""

    triples: set[Triple] = field(default_factory=set)
    statements: int = 0
    graphs: set[str] = field(default_factory=set)
    triple_terms: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    named: int = 0
    files: list[str] = field(default_factory=list)


def form_of(content: Content) -> RdfFormat | None:
    """The RDF format of a file, by its name or by how it begins; None where it is no RDF."""
    suffix = PurePosixPath(content.name).suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    head = content.head().lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<") and b"22-rdf-syntax-ns#" in head and suffix in (".xml", ""):
        return RdfFormat.RDF_XML
    if head.startswith((b"{", b"[")) and re.search(rb'"@(context|graph|id)"', head):
        return RdfFormat.JSON_LD
    if re.match(rb"(@prefix|@base|PREFIX|BASE)\s", head, re.I):
        return RdfFormat.TRIG
    if re.match(rb"(#[^\n]*\n\s*)*(<[^<>\s]+>|_:\S+)\s+<[^<>\s]+>\s", head):
        return RdfFormat.N_QUADS if _QUAD.match(head) else RdfFormat.TURTLE
    return None


def names_graph(address: str) -> bool:
    """Whether an address names RDF, packed or not, by its suffixes."""
    suffixes = PurePosixPath(address.partition("?")[0].partition("#")[0]).suffixes
    return bool(_SUFFIXES.keys() & {suffix.lower() for suffix in suffixes[-2:]})


def is_graph(source: Path, limit: int = LIMIT) -> bool:
    """Whether a file, or anything in an archive, is RDF.

    Raises:
        InputError: it cannot be read.
    """
    with ExitStack() as stack:
        return any(form_of(content) is not None for content in contents(source, Workspace(stack, limit)))


def read_graphs(
    sources: Sequence[Path | str], base: str, node: str, drop: Iterable[str] = (), limit: int = LIMIT
) -> Read:
    """Read files into one graph. Relative IRIs are resolved below `base`, blank nodes named below `node`.

    `drop` are namespaces of bookkeeping (or the names of `PREFIXES` and `BOOKKEEPING`) to leave out.

    Raises:
        InputError: a file cannot be read, is no RDF, or breaks its format; with line and column.
        ValueError: `drop` names an unknown prefix.
    """
    namespaces = [namespace(name) for name in drop]
    read = Read()
    found: set[Triple] = set()
    with ExitStack() as stack:
        for source in sources:
            for content in contents(source, Workspace(stack, limit)):
                form = form_of(content)
                if form is None:
                    if content.member:
                        continue  # a licence or a table beside the graphs in an archive
                    raise content.problem("is no RDF", "give a file in Turtle, N-Triples, RDF/XML, JSON-LD …")
                read.files.append(content.member or content.name)
                for quad in _parsed(content, form, base + content.name):
                    read.statements += 1
                    if not isinstance(quad.graph_name, DefaultGraph):
                        read.graphs.add(str(quad.graph_name))
                    if isinstance(quad.object, Triple):
                        read.triple_terms += 1
                    else:
                        found.add(quad.triple)
    for name in namespaces:
        before = len(found)
        found = without(found, name)
        read.dropped[name] += before - len(found)
    read.triples, read.named = without_blank_nodes(found, node)
    return read


def namespace(name: str) -> str:
    """A namespace by its prefix, or as it is.

    Raises:
        ValueError: an unknown prefix.
    """
    known = BOOKKEEPING | {prefix: str(iri) for prefix, iri in PREFIXES.items()}
    if name in known:
        return known[name]
    if ":" in name:
        return name
    raise ValueError(f"unknown prefix {name!r}: give an IRI, or one of {', '.join(sorted(known))}")


def _parsed(content: Content, form: RdfFormat, base: str) -> Iterator[Quad]:
    # Blank nodes of different files are different ones, however they are labelled.
    with content.telling(), content.open() as stream:
        try:
            yield from parse(stream, form, base_iri=base, rename_blank_nodes=True)
        except SyntaxError as error:
            what = f"{form.name} syntax: {_PLACE.sub('', str(error.msg))}"
            mend = "correct the file there, or write it anew with the program that it came from"
            problem = content.problem(what, mend, error.lineno)
            raise problem from None


def without(triples: Iterable[Triple], bookkeeping: str) -> set[Triple]:
    """The triples without a namespace: its properties, its classes, and blank nodes of its classes."""
    kept = set(triples)
    nodes = {
        t.subject
        for t in kept
        if t.predicate == RDF.type and _within(t.object, bookkeeping) and isinstance(t.subject, BlankNode)
    }
    return {
        t
        for t in kept
        if not t.predicate.value.startswith(bookkeeping)
        and not (t.predicate == RDF.type and _within(t.object, bookkeeping))
        and t.subject not in nodes
        and t.object not in nodes
    }


def _within(term: Any, iri: str) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith(iri)
