"""Applying operations to a draft's store, and keeping exactly what they changed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from innograph.loader.updates.operations import Operation, Span, blanked, check_syntax, operations
from innograph.loader.updates.templates import Solution, fill, read_template
from innograph.ontology.sparql import reaches_out, tokens

Graph = NamedNode | BlankNode | DefaultGraph


class UpdateRefusedError(Exception):
    """An update that is well-formed and not allowed: SERVICE, LOAD, or a dataset named twice."""


@dataclass
class Delta:
    """What changed: `removed` was there before and is not any more, `added` the other way round."""

    removed: set[Quad] = field(default_factory=set)
    added: set[Quad] = field(default_factory=set)

    def note(self, quad: Quad, *, added: bool) -> None:
        """Note one real change; a change that undoes an earlier one cancels it."""
        here, there = (self.added, self.removed) if added else (self.removed, self.added)
        if quad in there:
            there.discard(quad)
        else:
            here.add(quad)

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


@dataclass
class Applier:
    """Applies changes to a store.

    `union` makes WHERE clauses see all graphs as the default graph, as queries do; `skolem` is the IRI
    below which blank nodes get IRIs (RDF 1.1 Concepts, section 3.5), or None to keep them.
    """

    store: Store
    base: str
    union: bool = True
    skolem: str | None = None
    load: Callable[[str], Iterable[Quad]] | None = None
    delta: Delta = field(default_factory=Delta)
    _named: dict[BlankNode, NamedNode] = field(default_factory=dict)

    def node(self) -> NamedNode | BlankNode:
        """A new node for a blank node."""
        return BlankNode() if self.skolem is None else NamedNode(self.skolem + secrets.token_hex(12))

    def change(self, deleted: Iterable[Quad], inserted: Iterable[Quad]) -> None:
        """Delete, then insert (SPARQL 1.1 Update, section 4.3.1)."""
        for quad in list(deleted):
            if quad in self.store:
                self.store.remove(quad)
                self.delta.note(quad, added=False)
        for quad in self.stored_form(list(inserted)):
            if quad not in self.store:
                self.store.add(quad)
                self.delta.note(quad, added=True)

    def stored_form(self, quads: Sequence[Quad]) -> list[Quad]:
        """Quads as a store keeps them: literals canonical, blank nodes under IRIs where that is wanted."""
        scratch = Store()
        scratch.extend(map(self._skolemized, quads))
        return list(scratch)

    def update(
        self,
        text: str,
        using: Sequence[str] | None = None,
        using_named: Sequence[str] | None = None,
    ) -> None:
        """Apply a SPARQL Update request; `using` and `using_named` are the protocol's dataset.

        Raises:
            SyntaxError: it is not SPARQL; line and column are those of the request.
            UpdateRefusedError: it reaches out, or names its dataset twice.
            ValueError: a name is no IRI.
            RuntimeError: an operation fails (a graph to create exists already, say).
        """
        if "SERVICE" in reaches_out(text):
            raise UpdateRefusedError("SERVICE is not allowed in an update")
        found = operations(text)
        check_syntax(text, found, self.base)
        given = using is not None or using_named is not None
        if given and any(o.with_graph or o.using or o.using_named for o in found):
            raise ValueError(
                "the dataset is named twice: by USING or WITH and by using-graph-uri or using-named-graph-uri"
            )
        for operation in found:
            if operation.kind == "data":
                self._data(text, operation)
            elif operation.kind == "modify":
                self._modify(text, operation, using if given else None, using_named if given else None)
            elif operation.kind == "load":
                self._load(text, operation)
            else:
                self._manage(text, operation)

    def _data(self, text: str, operation: Operation) -> None:
        inside = operation.insert or operation.delete
        assert inside is not None
        quads = read_template(text, operation.prologue, inside, self.base).quads
        self.change(() if operation.insert else quads, quads if operation.insert else ())

    def _modify(
        self, text: str, operation: Operation, using: Sequence[str] | None, using_named: Sequence[str] | None
    ) -> None:
        with_graph = self._iris(text, operation, (operation.with_graph,))
        if using is None and using_named is None and (operation.using or operation.using_named):
            using = self._iris(text, operation, operation.using)
            using_named = self._iris(text, operation, operation.using_named)
        solutions = self._solutions(text, operation, with_graph, using, using_named)
        default = NamedNode(with_graph[0]) if with_graph else None
        made: list[list[Quad]] = [[], []]
        for quads, inside in zip(made, (operation.delete, operation.insert), strict=True):
            if inside is not None:
                template = read_template(text, operation.prologue, inside, self.base)
                quads += fill(template, solutions, default, self.node)
        self.change(*made)

    def _solutions(
        self,
        text: str,
        operation: Operation,
        with_graph: Sequence[str],
        using: Sequence[str] | None,
        using_named: Sequence[str] | None,
    ) -> list[Solution]:
        where = operation.where
        assert where is not None
        prologue = blanked(text, *operation.prologue, where)
        opening = where.start - 1
        head = prologue[:opening].rstrip()
        query = f"{head} SELECT * WHERE {prologue[len(head) : opening]}{{{prologue[opening + 1 :].rstrip()}}}"
        dataset: dict[str, object] = {"use_default_graph_as_union": self.union}
        if using is not None or using_named is not None:
            dataset = {
                "default_graph": [NamedNode(iri) for iri in using or ()],
                "named_graphs": [NamedNode(iri) for iri in using_named or ()],
            }
        elif with_graph:
            dataset = {
                "default_graph": [NamedNode(with_graph[0])],
                "named_graphs": list(self.store.named_graphs()),
            }
        rows = self.store.query(query, base_iri=self.base, **dataset)  # type: ignore[arg-type]
        names = [variable.value for variable in rows.variables]  # type: ignore[union-attr]
        return [{name: row[name] for name in names} for row in rows]  # type: ignore[union-attr]

    def _iris(self, text: str, operation: Operation, spans: Iterable[Span | None]) -> list[str]:
        """The IRIs that tokens stand for: the engine resolves prefixes and base."""
        found = []
        for span in spans:
            if span is not None:
                prologue = " ".join(text[p.start : p.end] for p in operation.prologue)
                query = f"{prologue} CONSTRUCT {{ {text[span.start : span.end]} a <urn:x> }} WHERE {{}}"
                [triple] = Store().query(query, base_iri=self.base)  # type: ignore[misc]
                found.append(triple.subject.value)
        return found

    def _load(self, text: str, operation: Operation) -> None:
        """LOAD (section 3.1.4): only through the loader that the caller allows."""
        names = [
            t for t in tokens(text[operation.whole.start : operation.whole.end]) if t.kind in ("iri", "name")
        ]
        spans = [
            Span(operation.whole.start + t.start, operation.whole.start + t.start + len(t.text))
            for t in names
        ]
        iris = self._iris(text, operation, spans)
        target = NamedNode(iris[1]) if len(iris) > 1 else DefaultGraph()
        if self.load is None:
            raise UpdateRefusedError(f"LOAD <{iris[0]}> is not allowed: no address is on the allow list")
        try:
            quads = [Quad(q.subject, q.predicate, q.object, target) for q in self.load(iris[0])]
        except PermissionError as error:
            raise UpdateRefusedError(str(error)) from None
        except (OSError, SyntaxError, ValueError):
            if operation.silent:
                return
            raise
        self.change((), quads)

    def _manage(self, text: str, operation: Operation) -> None:
        """Graph management (section 3.2) by the engine itself; its difference is that of the graphs it names."""
        graphs = self._concerned(text, operation)
        before = self._quads(graphs)
        self.store.update(blanked(text, *operation.prologue, operation.whole), base_iri=self.base)
        after = self._quads(graphs)
        for quad in before - after:
            self.delta.note(quad, added=False)
        for quad in after - before:
            self.delta.note(quad, added=True)

    def _concerned(self, text: str, operation: Operation) -> list[Graph] | None:
        """The graphs that a management operation names; None is every graph."""
        if {"ALL", "NAMED"} & set(operation.words):
            return None
        inside = text[operation.whole.start : operation.whole.end]
        spans = [
            Span(operation.whole.start + t.start, operation.whole.start + t.start + len(t.text))
            for t in tokens(inside)
            if t.kind in ("iri", "name")
        ]
        graphs: list[Graph] = [NamedNode(iri) for iri in self._iris(text, operation, spans)]
        return [*graphs, DefaultGraph()] if "DEFAULT" in operation.words else graphs

    def _quads(self, graphs: list[Graph] | None) -> set[Quad]:
        if graphs is None:
            return set(self.store)
        return {quad for graph in graphs for quad in self.store.quads_for_pattern(None, None, None, graph)}

    def _skolemized(self, quad: Quad) -> Quad:
        if self.skolem is None:
            return quad
        subject, value, graph = map(self._named_node, (quad.subject, quad.object, quad.graph_name))
        return Quad(subject, quad.predicate, value, graph)  # type: ignore[arg-type]

    def _named_node(self, term: object) -> object:
        if not isinstance(term, BlankNode):
            return term
        if term not in self._named:
            node = self.node()
            assert isinstance(node, NamedNode)
            self._named[term] = node
        return self._named[term]
