"""The authored files, read whole: one list of triples for each named graph.

    ontology/*.ttl                 → graph/ontology
    data/reference/*.ttl           → graph/reference
    data/sources/SLUG/*.ttl, *.csv → graph/SLUG

Reading goes on after a mistake, so that one run reports them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from pyoxigraph import NamedNode, Quad, Triple

from innograph.loader.errors import InputError, Problem
from innograph.loader.evidence import ANCHOR, Anchor, evidence
from innograph.loader.large_tables import LARGE, Rows
from innograph.loader.observations import read_rows
from innograph.loader.paths import DATA, ONTOLOGY
from innograph.loader.turtle import read_turtle
from innograph.ontology.namespaces import PROV, RDF, Names


@dataclass
class Authored:
    """What the files say, by named graph; `origins` tells in which file (and row) a thing is written.

    `rows` are the files of rows (see `large_tables`) of sources whose tables are not kept in memory.
    """

    names: Names
    graphs: dict[str, list[Triple]] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Path] = field(default_factory=dict)

    def add(self, graph: str, triples: list[Triple], origin: str) -> None:
        """Add triples to a named graph, remembering where they are written."""
        self.graphs.setdefault(graph, []).extend(triples)
        for triple in triples:
            if not isinstance(triple.subject, NamedNode):
                continue
            if triple.predicate == RDF.type:  # where a thing is declared, not where it is mentioned
                self.origins[triple.subject.value] = origin
            else:
                self.origins.setdefault(triple.subject.value, origin)

    def quads(self) -> Iterator[Quad]:
        """All of it as quads, with literals as they are written."""
        for graph, triples in self.graphs.items():
            name = self.names.graph(graph)
            for triple in triples:
                yield Quad(triple.subject, triple.predicate, triple.object, name)

    def mentioned(self, slug: str) -> set[str]:
        """The series of a source that anything read so far speaks of: the part of their IRIs below the source's."""
        prefix = self.names.iri(f"observation/{slug}/").value
        found = (
            term.value.removeprefix(prefix).split("/")
            for triples in self.graphs.values()
            for triple in triples
            for term in (triple.subject, triple.object)
            if isinstance(term, NamedNode) and term.value.startswith(prefix)
        )
        return {f"{parts[0]}/{parts[1]}/" for parts in found if len(parts) > 2}


def read_authored(
    names: Names,
    data: Path = DATA,
    ontology: Path = ONTOLOGY,
    folder: Path | None = None,
    large: int = LARGE,
) -> Authored:
    """Read every authored file. With a `folder`, the rows of tables of more than `large` go there.

    Raises:
        InputError: with every mistake in every file, each with its place and how to mend it.
    """
    authored = Authored(names)
    problems: list[Problem] = []
    for graph, path in _turtle_files(data, ontology):
        try:
            triples = read_turtle(path, names.base)
            authored.add(graph, _with_evidence(path, triples), str(path))
        except InputError as error:
            problems += error.problems
    for source, tables in groupby(sorted(data.glob("sources/*/*-metadata.json")), key=lambda p: p.parent):
        rows = Rows(source.name, names, folder, authored.mentioned(source.name), large)
        for metadata in tables:
            rows.table = str(metadata.with_name(metadata.name.removesuffix("-metadata.json")))
            try:
                read_rows(metadata, rows.take)
            except InputError as error:
                problems += error.problems
        if rows.close() and rows.path is not None:
            authored.rows[source.name] = rows.path
        for place, triples in rows.held():
            authored.add(source.name, triples, place)
    if problems:
        raise InputError(problems)
    return authored


def _turtle_files(data: Path, ontology: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(ontology.glob("*.ttl")):
        yield "ontology", path
    for path in sorted((data / "reference").glob("*.ttl")):
        yield "reference", path
    for path in sorted(data.glob("sources/*/*.ttl")):
        yield path.parent.name, path


def _with_evidence(path: Path, triples: list[Triple]) -> list[Triple]:
    """The triples with each fact's `inno:anchor` shorthand written out as evidence."""
    anchors: dict[NamedNode, list[Anchor]] = {}
    sources: dict[NamedNode, NamedNode] = {}
    problems = []
    for triple in triples:
        if not isinstance(triple.subject, NamedNode):
            continue
        if triple.predicate == ANCHOR:
            try:
                anchors.setdefault(triple.subject, []).append(Anchor.parse(str(triple.object.value)))  # type: ignore[union-attr]
            except ValueError as error:
                what = f"{triple.subject.value}: {error}"
                mend = f"have its place found: innograph source locate {path.parent.name} --text FILE"
                problems.append(Problem(path, what, mend))
        elif triple.predicate == PROV.wasDerivedFrom and isinstance(triple.object, NamedNode):
            sources[triple.subject] = triple.object
    for fact in anchors.keys() - sources.keys():
        what = f"{fact.value} has anchors but names no source"
        problems.append(Problem(path, what, "add prov:wasDerivedFrom <source/…>"))
    if problems:
        raise InputError(problems)
    written = [triple for triple in triples if triple.predicate != ANCHOR]
    for fact, found in anchors.items():
        written += evidence(fact, sources[fact], found)
    return written
