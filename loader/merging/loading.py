"""A source's new content takes the place of its old in a draft: load, count, describe, validate.

The store in `draft` is a clone of `before`. What is small (descriptions, what the merge says
of itself) is known quad by quad; what is large (observations, changes) is streamed, with its counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple

from innograph.loader.canonical import SMALL, canonical_lines, canonical_sha256, graph_sha256
from innograph.loader.catalog import Statistics, catalog, source_graphs
from innograph.loader.counting import Counts, Quads, recount
from innograph.loader.errors import InvalidError
from innograph.loader.merging.ahead import Ahead, Beside, load
from innograph.loader.merging.batches import Done
from innograph.loader.merging.occurring import chunks, distinct, occurs, parsed
from innograph.loader.merging.parts import Parts, sha256_between
from innograph.loader.merging.removing import idle_activities, quads_of, remove, rest_of, without
from innograph.loader.merging.tallying import plus
from innograph.loader.neighbourhood import UNIQUE
from innograph.loader.paths import DATA
from innograph.loader.publishing import Draft
from innograph.loader.rederiving import rederived
from innograph.loader.releases import Release
from innograph.loader.updates.applying import Delta
from innograph.loader.validation import Finding, cube_constraints, fast, graph_rules, violates
from innograph.ontology.namespaces import INNO, RDF, Names

Step = Callable[[str], None]


def _quiet(_: str) -> None:
    """The progress of a program that has nobody watching."""


DERIVED_FROM = (INNO.CityObservation, INNO.GrowthClaim)
LOOKING = 1_000  # things of other sources that need what has gone: so many are validated


@dataclass
class Content:
    """What a source says: `head` triple by triple, the rest in parts (see `batches.Done`).

    `shared` are derived quads that belong to no source alone; the counts are those of the parts without
    their objects.
    """

    slug: str
    folder: Path
    head: list[Triple] = field(default_factory=list)
    stated: Parts = field(init=False)
    derived: Parts = field(init=False)
    objects: Parts = field(init=False)
    shared: set[bytes] = field(default_factory=set)
    in_stated: Counts = field(default_factory=Counts)
    in_derived: Counts = field(default_factory=Counts)
    _ahead: Ahead | None = None
    _sha256: str | None = None

    def __post_init__(self) -> None:
        self.stated = Parts(self.folder / "stated")
        self.derived = Parts(self.folder / "derived")
        self.objects = Parts(self.folder / "objects")

    def add(self, batch: Done) -> None:
        """Take the output of a batch; batches come in the order of their observations' IRIs."""
        self.stated.add(batch.stated)
        self.derived.add(batch.derived)
        if self._ahead is not None:
            self._ahead.add(batch.stated)
            self._ahead.add(batch.derived)
        self.objects.add(batch.objects)
        self.shared |= batch.shared
        self.in_stated = plus(self.in_stated, batch.in_stated)
        self.in_derived = plus(self.in_derived, batch.in_derived)

    def load_ahead(self, store: Store, head: Iterable[Triple]) -> None:
        """Load the parts into a store while they come, where nothing follows from the head of the content.

        The store must hold nothing that they replace, and be dropped where they turn out to be wrong.
        """
        if not any(t.predicate == RDF.type and t.object in DERIVED_FROM for t in head):
            self._ahead = Ahead(store)

    @property
    def loads_ahead(self) -> bool:
        """Whether the parts are loaded as they come."""
        return self._ahead is not None

    def load(self, store: Store) -> None:
        """Load the parts, or wait until they are."""
        if self._ahead is None:
            load(store, chain(self.stated, self.derived))
        else:
            self._ahead.finish()

    def close(self) -> None:
        """Nothing more is added to the parts, nor loaded ahead."""
        if self._ahead is not None:
            self._ahead.stop()
        for parts in (self.stated, self.derived, self.objects):
            parts.close()

    def quads(self, names: Names) -> list[Quad]:
        """The head in the source's graph, with literals as they are stored."""
        graph = names.graph(self.slug)
        scratch = Store()
        scratch.extend(Quad(t.subject, t.predicate, t.object, graph) for t in self.head)
        return list(scratch)

    def sha256(self, names: Names) -> str:
        """The SHA-256 of the canonical form of the source's graph: to be asked when the content is complete."""
        if self._sha256 is None:
            self._sha256 = sha256_between(canonical_lines(self.quads(names)), self.stated)
        return self._sha256


@dataclass(frozen=True, slots=True)
class State:
    """What a draft is a clone of: a store, its quads by graph, and the checksums of graphs that are known."""

    store: Path
    graphs: Mapping[str, int]
    checksums: Mapping[str, str]

    @classmethod
    def of(cls, release: Release) -> State:
        """A published release."""
        return cls(release.store, release.description.graphs, release.description.checksums)


class Replacement:
    """Puts content in the place of what a source had (or of nothing), or only takes that away.

    `data` is the folder of authored data. Afterwards `findings` holds the warnings, and `told` what
    `Draft.publish` is to know.
    """

    def __init__(self, draft: Draft, before: State, slug: str, data: Path = DATA) -> None:
        self.draft = draft
        self.data = data
        self.slug = slug
        self.names = Names(draft.base)
        self.graph = self.names.graph(slug)
        self.derived = self.names.graph("derived")
        self.catalogue = self.names.graph("catalog")
        self.before = Store.read_only(str(before.store))
        self.graphs = dict(before.graphs)
        self.known = before.checksums
        self.moved = 0
        self._apart: Beside | None = None
        self._objects: set[bytes] | None = None
        self.findings: list[Finding] = []
        self.told: dict[str, Any] = {}

    def do(self, content: Content | None, step: Step = _quiet, *, head_is_there: bool = False) -> None:
        """Do it. Where the head of the content is there already, it stays and the rest is added.

        Raises:
            InvalidError: the whole would break the rules.
        """
        folder = self.draft.folder / "merging"
        folder.mkdir(exist_ok=True)
        whole = Counts.read(self.before, self.names.iri("dataset/all"))
        replaced = False
        if self.before.contains_named_graph(self.graph) and not head_is_there:
            step("taking the old content out")
            self._take_out()
            idle = idle_activities(self.draft.store, self.names, self.data / "derivations")
            for quad in idle:
                self.draft.store.remove(quad)
            gone = chain(quads_of(self.before, self.slug, self.names), idle)
            whole = without(whole, self._counted(gone), self.draft.store, self.names, folder)
            replaced = True
        own: Counts | None = None
        if content is not None:
            if content.loads_ahead:
                step("loading")
                content.load(self.draft.store)
            step("describing the source")
            if head_is_there:
                own = Counts.read(self.before, self.names.dataset(self.slug))
                whole, _ = self._add_quads(self._shared(content), whole, content.loads_ahead)
            else:
                whole, own = self._add_head(content, whole)
            step("counting")
            whole, own = self._add_counts(content, whole, own, folder)
            if not content.loads_ahead:
                step("loading")
                content.load(self.draft.store)
        if replaced:
            step("looking for what still needs what has gone")
            dangling = self._left_dangling()
            if dangling:
                self._validate(dangling)
        step("describing the catalogue")
        self._describe(whole, own)
        self.told = self._told(content)

    def _take_out(self) -> None:
        """Remove the old content, or load the rest anew, whichever is less."""
        total, size = sum(self.graphs.values()), self.graphs.get(self.graph.value, 0)
        if size > SMALL and size * 3 > total:
            self.draft.empty()
            for graph in self.before.named_graphs():
                if graph != self.graph:
                    self.draft.store.add_graph(graph)
            self.draft.store.bulk_extend(rest_of(self.before, self.slug, self.names))
        else:
            remove(self.draft.store, self.before, self.slug, self.names)

    def _counted(self, gone: Iterable[Quad]) -> Iterator[Quad]:
        for quad in gone:
            self._count(quad.graph_name, -1)
            self.moved += 1
            yield quad

    @property
    def _without_parts(self) -> Quads:
        """What the draft holds but for the parts."""
        return self._apart or self.draft.store

    def _count(self, graph: Any, number: int) -> None:
        self.graphs[graph.value] = self.graphs.get(graph.value, 0) + number

    def _left_dangling(self) -> set[NamedNode]:
        """Things of other sources that point at what is not described any more."""
        store = self.draft.store
        found: set[NamedNode] = set()
        own = self.before.quads_for_pattern(None, None, None, self.graph)
        for subject, _ in groupby(own, key=lambda quad: quad.subject):
            if any(store.quads_for_pattern(subject, None, None)):
                continue
            for quad in store.quads_for_pattern(None, None, subject):
                if quad.graph_name != self.catalogue and isinstance(quad.subject, NamedNode):
                    found.add(quad.subject)
                    if len(found) >= LOOKING:  # enough to refuse it
                        return found
        return found

    def _shared(self, content: Content) -> set[Quad]:
        shared = Store()
        shared.load(b"".join(content.shared), RdfFormat.N_QUADS)
        return {quad for quad in shared if quad not in self.draft.store}

    def _add_head(self, content: Content, whole: Counts) -> tuple[Counts, Counts]:
        store = self.draft.store
        quads = content.quads(self.names)
        added = {quad for quad in quads if quad not in store} | self._shared(content)
        store.add_graph(self.graph)
        store.extend(added)
        computed = self._derive(quads)
        counts = self._add_quads(added | computed, whole, content.loads_ahead)
        self._validate({q.subject for q in chain(quads, computed) if isinstance(q.subject, NamedNode)})
        return counts

    def _add_quads(self, added: set[Quad], whole: Counts, ahead: bool) -> tuple[Counts, Counts]:
        """Add quads; the counts with them, and those of the source's graph alone.

        With `ahead` the parts are in the draft already, so that it does not tell what is new.
        """
        self.draft.store.extend(added)
        if ahead:
            self._apart = Beside(self.before, added)
        store = self._without_parts
        for quad in added:
            self._count(quad.graph_name, 1)
        delta = Delta(added=added)
        whole = recount(whole, store, delta, lambda name: name != self.catalogue)
        return whole, recount(Counts(), store, delta, lambda name: name == self.graph)

    def _derive(self, quads: Iterable[Quad]) -> set[Quad]:
        """Add what follows from facts in the head, which RDF that was merged as it is may have."""
        stated = {q.subject for q in quads if q.predicate == RDF.type and q.object in DERIVED_FROM}
        if not stated:
            return set()
        delta = Delta(added={quad for quad in quads if quad.subject in stated})
        _, computed = rederived(self.draft.store, delta, self.names, self.data / "derivations")
        self.draft.store.extend(computed)
        return computed

    def _add_counts(
        self, content: Content, whole: Counts, own: Counts, folder: Path
    ) -> tuple[Counts, Counts]:
        """Counts with the parts, whose subjects are new; an object counts where it does not occur yet."""
        objects, own_objects = whole.objects, own.objects
        # The source's graph holds no more than the head yet.
        head = {
            f"{q.object}".encode()
            for q in self._without_parts.quads_for_pattern(None, None, None, self.graph)
        }
        # Of lines with one term the one that ends in 0 comes first: it is stated somewhere.
        lines = distinct(content.objects.lines(), folder)
        first = (next(found) for _, found in groupby(lines, key=lambda line: line[:-3]))
        for chunk in chunks(first):
            terms = [line[:-3] for line in chunk]
            objects += len(terms) - sum(self._present(terms))
            own_objects += sum(
                line.endswith(b"0\n") and term not in head for line, term in zip(chunk, terms, strict=True)
            )
        whole = plus(plus(whole, content.in_stated), content.in_derived)
        own = plus(own, content.in_stated)
        whole.objects, own.objects = objects, own_objects
        self._count(self.graph, content.in_stated.triples)
        self._count(self.derived, content.in_derived.triples)
        self.moved += content.in_stated.triples + content.in_derived.triples
        return whole, own

    def _present(self, terms: list[bytes]) -> Iterator[bool]:
        """Whether terms occur as objects: looked up among all where these are few, else one by one."""
        if sum(self.graphs.values()) <= SMALL:
            if self._objects is None:
                quads = self._without_parts.quads_for_pattern(None, None, None)
                self._objects = {f"{q.object}".encode() for q in quads if q.graph_name != self.catalogue}
            return (term in self._objects for term in terms)
        return (occurs(self._without_parts, (None, None, term), self.catalogue) for term in parsed(terms))

    def _validate(self, nodes: set[NamedNode]) -> None:
        """Judge some nodes with all that they reach, and with those that have what must be unique.

        Raises:
            InvalidError: a violation.
        """
        store = self.draft.store
        waiting: list[Any] = list(nodes)
        for node in nodes:
            for predicate in UNIQUE:
                for quad in store.quads_for_pattern(node, predicate, None):
                    same = store.quads_for_pattern(None, predicate, quad.object)
                    waiting += [other.subject for other in same]
        for shared in ("reference", "ontology"):
            graph = self.names.graph(shared)
            waiting += [quad.subject for quad in store.quads_for_pattern(None, None, None, graph)]
        part = Store()
        seen = set(waiting)
        waiting = list(seen)
        while waiting:
            quads = list(store.quads_for_pattern(waiting.pop(), None, None))
            part.extend(quads)
            for quad in quads:
                if isinstance(quad.object, NamedNode) and quad.object not in seen:
                    seen.add(quad.object)
                    waiting.append(quad.object)
        findings = [*fast(part), *graph_rules(part), *cube_constraints(part)]
        if violates(findings):
            raise InvalidError(findings)
        own = {node.value for node in nodes}
        self.findings += [finding for finding in findings if finding.focus in own]

    def _describe(self, whole: Counts, own: Counts | None) -> None:
        store = self.draft.store
        slugs = source_graphs(store, self.names)
        sources = {slug: Counts.read(self.before, self.names.dataset(slug)) for slug in slugs}
        if own is not None:
            sources[self.slug] = own
        described = catalog(store, self.names, Statistics(whole, sources), self.data / "queries")
        wanted = {Quad(t.subject, t.predicate, t.object, self.catalogue) for t in described}
        present = set(store.quads_for_pattern(None, None, None, self.catalogue))
        for quad in present - wanted:
            store.remove(quad)
        store.extend(wanted - present)
        self.graphs[self.catalogue.value] = len(wanted)

    def _told(self, content: Content | None) -> dict[str, Any]:
        """Counts and checksums of the graphs, and whether the disk must be put in order."""
        store = self.draft.store
        present = {graph.value for graph in store.named_graphs()}
        graphs = {name: self.graphs.get(name, 0) for name in sorted(present)}
        touched = {self.graph.value, self.derived.value, self.catalogue.value}
        checksums = {k: v for k, v in self.known.items() if k in present - touched}
        for name in touched & present:
            if name == self.graph.value and content is not None:
                checksums[name] = content.sha256(self.names)
            elif graphs[name] <= SMALL:
                checksums[name] = graph_sha256(store, name)
        whole = canonical_sha256(store) if sum(graphs.values()) <= SMALL else None
        return {
            "graphs": graphs,
            "checksums": dict(sorted(checksums.items())),
            "checksum": whole,
            "compact": self.moved > SMALL,
        }
