"""The SHACL shapes, read once from `innograph.shapes`, and what each of them says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pyoxigraph import BlankNode, Dataset, Literal, NamedNode, RdfFormat, Triple, parse

from innograph.ontology.namespaces import RDF, SH

SHAPES_NAMESPACE = "https://w3id.org/innograph/shapes#"

Node = NamedNode | BlankNode | Literal | Triple


@cache
def shapes_turtle() -> str:
    """All SHACL files as one Turtle document (each file declares its own prefixes)."""
    folder = files("innograph.shapes")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".ttl"))
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one shape says when it is broken."""

    message: str
    path: str | None


@cache
def rules() -> dict[str, Rule]:
    """Every shape that can be broken, by IRI: those with a message of their own or of their query."""
    triples = Dataset(parse(shapes_turtle(), RdfFormat.TURTLE))
    found: dict[str, Rule] = {}
    for quad in triples.quads_for_predicate(SH.message):
        if not isinstance(quad.subject, NamedNode) or not isinstance(quad.object, Literal):
            raise ValueError(f"{quad}: a message belongs to a shape with an IRI")
        owners = [
            link.subject for link in triples.quads_for_object(quad.subject) if link.predicate == SH.sparql
        ]
        for owner in owners or [quad.subject]:
            paths = [_path(triples, link.object) for link in _about(triples, owner, SH.path)]
            found[_iri(owner)] = Rule(quad.object.value, paths[0] if paths else None)
    return found


def _about(triples: Dataset, subject: Node, predicate: NamedNode) -> Iterator[Triple]:
    for quad in triples.quads_for_subject(subject):  # type: ignore[arg-type]
        if quad.predicate == predicate:
            yield quad.triple


def _iri(node: Node) -> str:
    if not isinstance(node, NamedNode):
        raise ValueError(f"{node}: every shape with a message has an IRI")
    return node.value


def _path(triples: Dataset, node: Node) -> str:
    """A SHACL path in SPARQL syntax: an IRI bare when it is the whole path, in brackets otherwise."""
    return node.value if isinstance(node, NamedNode) else _expression(triples, node)


def _expression(triples: Dataset, node: Node) -> str:
    if isinstance(node, NamedNode):
        return str(node)
    for link in _about(triples, node, SH.alternativePath):
        return "|".join(_expression(triples, step) for step in _items(triples, link.object))
    return "/".join(
        f"({text})" if "|" in (text := _expression(triples, step)) else text for step in _items(triples, node)
    )


def _items(triples: Dataset, node: Node) -> Iterator[Node]:
    while node != RDF.nil:
        yield next(_about(triples, node, RDF.first)).object
        node = next(_about(triples, node, RDF.rest)).object
