"""Merging RDF as it is: a graph of its own, with provenance, under the rules that concern it.

Somebody else's cube keeps its structure; what is stated in our terms is held to our shapes and derived
from like everything else; the rest is kept and told. As with tables, the same input gives the same graph,
and whatever goes wrong leaves the store as it was.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, serialize

from innograph.loader.errors import InputError, LoaderError, Problem
from innograph.loader.merging import describing
from innograph.loader.merging.describing import Description, Input
from innograph.loader.merging.graphs.adopting import adopted
from innograph.loader.merging.graphs.reading import BOOKKEEPING, LIMIT, Read, read_graphs
from innograph.loader.merging.graphs.remote import Asked, Limits, fetch
from innograph.loader.merging.graphs.saying import Said, about, say
from innograph.loader.merging.loading import Content, Replacement, State
from innograph.loader.merging.merge import Progress, Quiet, check_free
from innograph.loader.merging.tables import File
from innograph.loader.paths import DATA
from innograph.loader.publishing import Draft, Publisher
from innograph.loader.releases import Release
from innograph.loader.validation import Finding
from innograph.ontology.licences import licence_of
from innograph.ontology.namespaces import INNO, PROV, QB, RDF, RDFS, SCHEMA, VOID, Names


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """How RDF is merged: `drop` are namespaces of bookkeeping to leave out (see `graphs_reading.namespace`).

    `about` is what is known of the source (title, licence, publisher, language, url, issued,
    description); it goes before what the RDF tells of itself. `mapping` is the text that says so, if any.
    """

    drop: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    mapping: str = ""
    dry_run: bool = False
    data: Path = DATA
    limit: int = LIMIT
    limits: Limits = field(default_factory=Limits)


@dataclass
class MergedGraph:
    """What a merge of RDF did; `release` is None where nothing was published.

    `indicators` of others were taken into our code list; `changed` tells whether there was, or would be,
    anything new.
    """

    slug: str
    read: Read
    said: Said
    indicators: int = 0
    licence: str = ""
    changed: bool = True
    release: Release | None = None
    findings: list[Finding] = field(default_factory=list)

    def warnings(self) -> Iterator[str]:
        """What its reader should know, in words."""
        read, said = self.read, self.said
        for name, iri in BOOKKEEPING.items():
            kept = sum(_within(t, iri) for t in read.triples)
            if kept:
                yield f"{kept} statements are a tool's bookkeeping ({iri}): leave them out with --drop {name}"
        if said.local:
            yield f"{said.local} statements name addresses of somebody's own disk (file:), which mean nothing here"
        if read.triple_terms:
            yield f"{read.triple_terms} statements about statements (triple terms) are not kept: state them as claims"
        for dimension, (count, example) in said.undescribed.items():
            yield f"{count} values of {dimension} are described nowhere, {example} for one"
        yield from licence_of(self.licence).warnings
        if said.nothing_known:
            yield "nothing in it is in terms that are known here: it is kept, and found by SPARQL only"

    def lines(self) -> Iterator[str]:
        """The report in words."""
        read, said = self.read, self.said
        yield f"{self.slug}: {read.statements} statements read from {', '.join(read.files)}"
        for namespace, count in read.dropped.items():
            yield f"{count} statements of {namespace} left out"
        if read.named:
            yield f"{read.named} blank nodes were given IRIs"
        if read.graphs:
            yield f"{len(read.graphs)} named graphs became one"
        if self.indicators:
            yield f"{self.indicators} indicators of others were taken into the code list"
        for cube in said.cubes:
            kind = (
                "of our structure"
                if cube.ours
                else f"by {', '.join(map(_last, cube.dimensions)) or 'nothing'}"
            )
            yield f"cube {cube.iri}: {cube.observations} observations {kind}"
        yield (
            f"{said.triples} statements kept: {said.facts} facts of ours, {said.concepts} concepts,"
            f" {said.places} cities"
        )
        yield from (f"warning: {warning}" for warning in self.warnings())
        if not self.changed:
            yield "nothing has changed: no new release"
        elif self.release is None:
            yield "nothing was published"
        else:
            yield f"release {self.release.number}: {self.release.description.quads} quads"

    def as_json(self) -> dict[str, Any]:
        """The report for programs."""
        read = self.read
        return {
            "source": self.slug,
            "statements": read.statements,
            "files": read.files,
            "dropped": dict(read.dropped),
            "blank_nodes": read.named,
            "named_graphs": len(read.graphs),
            "triple_terms": read.triple_terms,
            "indicators": self.indicators,
            "said": self.said.as_json(),
            "warnings": list(self.warnings()),
            "changed": self.changed,
            "release": self.release and self.release.number,
        }


def merge_graph(
    publisher: Publisher,
    slug: str,
    sources: Sequence[File] | Asked,
    options: GraphOptions = GraphOptions(),
    progress: Progress | None = None,
) -> MergedGraph:
    """Merge RDF files, or the answer of an endpoint, as the source `slug`, in the place of what it had.

    Raises:
        InputError: a file that cannot be read, with its place.
        NotMergedError: a bad slug, or an authored source has that name.
        AlikeError: blank nodes cannot be told apart.
        EndpointError: the endpoint did not answer as it should.
        InvalidError: the constraints of cubes, or the rules for facts of ours, are broken.
        NoReleaseError: nothing is published yet.
        BusyError: another writer holds the store.
    """
    release = publisher.releases.current()
    names = Names(release.description.base)
    check_free(release, slug, names)
    watching = progress or Quiet()
    with publisher.draft(names.base, clone=True) as draft:
        folder = draft.folder / "merging"
        folder.mkdir()
        try:
            run = _Run(draft, publisher.releases.current(), slug, options, watching)
            return run.do(sources, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def read_graph_mapping(path: Path) -> GraphOptions:
    """The options that a mapping file for RDF gives: its sections `source` and `graph` (with `drop`).

    Raises:
        InputError: it is no such file.
    """
    from innograph.loader.merging.mapping import Source

    try:
        text = path.read_text("utf-8")
        found = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            [Problem(path, f"the mapping cannot be read: {error}", "give a TOML file")]
        ) from None
    known = {"source": set(Source.__dataclass_fields__), "graph": {"drop"}}
    for section, keys in found.items():
        wrong = [section] if section not in known else sorted(set(keys) - known[section])
        if wrong:
            what = f"{wrong[0]} is not a key of a mapping for RDF"
            mend = "known are [source] (title, licence, publisher, language, url, issued, description), [graph] drop"
            raise InputError([Problem(path, what, mend)])
    drop = found.get("graph", {}).get("drop", [])
    return GraphOptions(drop=tuple(map(str, drop)), about=found.get("source", {}), mapping=text)


class _Run:
    def __init__(
        self, draft: Draft, release: Release, slug: str, options: GraphOptions, progress: Progress
    ) -> None:
        self.draft = draft
        self.before = release
        self.slug = slug
        self.options = options
        self.progress = progress
        self.names = Names(draft.base)

    def do(self, sources: Sequence[File] | Asked, folder: Path) -> MergedGraph:
        """See `merge_graph`."""
        files: list[Path]
        inputs: tuple[Input, ...]
        if isinstance(sources, Asked):
            self.progress.step("asking the endpoint")
            files = [fetch(sources, folder, self.options.limits)]
        else:
            files = [file.path for file in sources]
        self.progress.step("reading")
        base = self.names.source(self.slug).value + "/"
        read = self._read(files, base)
        if isinstance(sources, Asked):
            read.files = [urlsplit(sources.endpoint).netloc]
            inputs = (_answer(sources, read.triples),)
        else:
            inputs = tuple(file.input() for file in sources)
        read.triples, indicators = adopted(read.triples, self.names.iri("scheme/indicators"))
        before = Store.read_only(str(self.before.store))
        said = say(read.triples, before, self.names.iri("structure/city-indicator"))
        known = self._known(read, sources)
        merged = MergedGraph(self.slug, read, said, indicators, known.get("licence", ""))
        content = Content(self.slug, folder)
        content.head = [*read.triples, *self._described(read, inputs, known, sources)]
        try:
            graph = self.names.graph(self.slug).value
            if content.sha256(self.names) == self.before.description.checksums.get(graph):
                merged.changed, merged.release = False, self.before
                return merged
            replacement = Replacement(self.draft, State.of(self.before), self.slug, self.options.data)
            replacement.do(content, self.progress.step)
        finally:
            content.close()
        merged.findings = replacement.findings
        if self.options.dry_run:
            return merged
        shutil.rmtree(folder, ignore_errors=True)
        self.progress.step("publishing")
        named = ", ".join(input_.url or input_.name for input_ in inputs)
        merged.release = self.draft.publish(
            kind="merge", message=f"merge {self.slug}: {named}", **replacement.told
        )
        return merged

    def _read(self, files: Sequence[Path], base: str) -> Read:
        try:
            return read_graphs(files, base, f"{base}node/", self.options.drop, self.options.limit)
        except ValueError as error:
            raise LoaderError(str(error)) from None

    def _known(self, read: Read, sources: Sequence[File] | Asked) -> dict[str, str]:
        """What is known of the source: what was given, then what it tells of itself."""
        known = about(read.triples) | {key: text for key, text in self.options.about.items() if text}
        if isinstance(sources, Asked):
            known.setdefault("title", f"Answer of {urlsplit(sources.endpoint).netloc}")
        return known

    def _described(
        self,
        read: Read,
        inputs: tuple[Input, ...],
        known: Mapping[str, str],
        sources: Sequence[File] | Asked,
    ) -> Iterator[Triple]:
        """What is said of the source, unless it describes itself, and of the merge."""
        names, slug = self.names, self.slug
        described = Description(slug, inputs, known, self.options.mapping)
        itself, cube = names.source(slug), names.dataset(slug)
        subjects = {triple.subject for triple in read.triples}
        for triple in describing.source(described, names):
            if triple.subject == itself and itself in subjects and triple.predicate.value not in _LINKS:
                continue
            if triple.subject == cube and (cube in subjects or triple.predicate in (QB.structure, RDF.type)):
                continue
            yield triple
        graph, merging = names.graph(slug), describing.activity_of(slug, names)
        yield Triple(graph, RDF.type, INNO.ForeignGraph)
        yield Triple(graph, RDFS.label, Literal(f"Graph merged from {described.title()}", language="en"))
        for namespace, count in sorted(read.dropped.items()):
            told = f"{count} statements of {namespace} were left out."
            yield Triple(merging, RDFS.comment, Literal(told, language="en"))
        if isinstance(sources, Asked):
            query = names.iri(f"source/{slug}/query")
            yield Triple(merging, PROV.used, query)
            yield Triple(query, RDF.type, PROV.Entity)
            yield Triple(query, RDFS.label, Literal(f"Query that {slug} answers", language="en"))
            yield Triple(query, SCHEMA.text, Literal(sources.query))
            yield Triple(query, VOID.sparqlEndpoint, NamedNode(sources.endpoint))


_LINKS = ("http://www.w3.org/ns/dcat#distribution",)


def _answer(asked: Asked, triples: set[Triple]) -> Input:
    """An answer in its canonical form, since endpoints give the same statements in any order."""
    quads = (Quad(t.subject, t.predicate, t.object) for t in triples)
    lines = sorted((serialize(quads, format=RdfFormat.N_TRIPLES) or b"").splitlines(keepends=True))
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
    return Input("answer.nt", sum(map(len, lines)), digest.hexdigest(), asked.endpoint)


def _within(triple: Triple, iri: str) -> bool:
    return triple.predicate.value.startswith(iri) or (
        triple.predicate == RDF.type
        and isinstance(triple.object, NamedNode)
        and triple.object.value.startswith(iri)
    )


def _last(iri: str) -> str:
    return re.split(r"[/#]", iri)[-1]
