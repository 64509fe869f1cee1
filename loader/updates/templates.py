"""Quad templates: read by the engine's own parser, filled with the solutions of a WHERE clause.

A template is data with variables. So each variable is written as an IRI that nobody else uses, the
template is inserted into an empty store, and the quads that come out are the template, with markers
where the variables stand (SPARQL 1.1 Update, section 3.1.3).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from innograph.loader.updates.operations import Span, blanked
from innograph.ontology.sparql import tokens

Term = NamedNode | BlankNode | Literal | Triple
Solution = Mapping[str, Term | None]


@dataclass(frozen=True, slots=True)
class Template:
    """Quads with markers: `urn:var:NONCE:name` stands for the variable `name`."""

    quads: tuple[Quad, ...]
    marker: str


def read_template(text: str, prologue: tuple[Span, ...], inside: Span, base: str) -> Template:
    """The template inside the braces at `inside`.

    Raises:
        SyntaxError: it is none; line and column are those of the request.
    """
    marker = f"urn:var:{secrets.token_hex(8)}:"
    written = blanked(text, *prologue, inside)
    for token in reversed([t for t in tokens(text[inside.start : inside.end]) if t.kind == "variable"]):
        start = inside.start + token.start
        written = f"{written[:start]}<{marker}{token.text[1:]}>{written[start + len(token.text) :]}"
    opening = inside.start - 1
    # The prologues stand before; "INSERT DATA" needs a place of its own, which the line can spare.
    head = written[:opening].rstrip()
    gap = written[len(head) : opening]
    data = f"{head} INSERT DATA {gap}{{{written[opening + 1 :].rstrip()}}}"
    store = Store()
    store.update(data, base_iri=base)
    return Template(tuple(store), marker)


def fill(
    template: Template,
    solutions: Iterable[Solution],
    default: NamedNode | None,
    node: Callable[[], NamedNode | BlankNode],
) -> Iterator[Quad]:
    """The quads of a template for each solution; what would not be a quad is left out.

    `default` is where triples outside GRAPH go (WITH names it; None is the default graph). Blank nodes
    of the template are new for each solution, made by `node`.
    """
    for solution in solutions:
        filling = _Filling(template.marker, solution, {}, node)
        for quad in template.quads:
            filled = filling.quad(quad, default)
            if filled is not None:
                yield filled


@dataclass(frozen=True, slots=True)
class _Filling:
    """What one solution puts into a template."""

    marker: str
    solution: Solution
    made: dict[BlankNode, NamedNode | BlankNode]
    node: Callable[[], NamedNode | BlankNode]

    # A method, not a function inside one: a closure that calls itself is a reference cycle, which would
    # keep `node`, and so the store, open past its publication.
    def term(self, value: Term | DefaultGraph) -> Term | DefaultGraph | None:
        """What stands in a template's place; None where the solution leaves it unbound."""
        if isinstance(value, NamedNode) and value.value.startswith(self.marker):
            return self.solution.get(value.value[len(self.marker) :])
        if isinstance(value, BlankNode):
            if value not in self.made:
                self.made[value] = self.node()
            return self.made[value]
        if isinstance(value, Triple):
            parts = [self.term(part) for part in (value.subject, value.predicate, value.object)]
            return Triple(*parts) if _is_triple(parts) else None  # type: ignore[arg-type]
        return value

    def quad(self, quad: Quad, default: NamedNode | None) -> Quad | None:
        """A quad of the template filled in, or None where that is no quad."""
        parts = [self.term(part) for part in (quad.subject, quad.predicate, quad.object)]
        graph = self.term(quad.graph_name)
        if isinstance(graph, DefaultGraph) and default is not None:
            graph = default
        if not _is_triple(parts) or not isinstance(graph, NamedNode | BlankNode | DefaultGraph):
            return None
        subject, predicate, value = parts
        return Quad(subject, predicate, value, graph)  # type: ignore[arg-type]


def _is_triple(parts: list[Term | DefaultGraph | None]) -> bool:
    subject, predicate, value = parts
    return (
        isinstance(subject, NamedNode | BlankNode) and isinstance(predicate, NamedNode) and value is not None
    )
