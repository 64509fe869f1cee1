"""SHACL's SPARQL-based constraints, each asked once of all its targets in a store.

An engine asks them once of each focus node (SHACL, section 5.3.1), which is nine tenths of the time that it
takes for an observation. The same query, joined with the pattern of its targets instead of a pre-bound
`$this`, gives the same solutions, since the standard forbids in such queries what would tell the two apart
(section 5.2.1: MINUS, VALUES, SERVICE, and sub-queries that hide `$this`). The rest is left to the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import shacl
from pyoxigraph import DefaultGraph, Literal, NamedNode, QuerySolutions, RdfFormat, Store

from innograph.loader.validation.batching import validate_with
from innograph.loader.validation.finding import Finding, arrange
from innograph.loader.validation.shapes import SHAPES_NAMESPACE, rules, shapes_turtle
from innograph.ontology.namespaces import RDF, RDFS, SH
from innograph.ontology.sparql import tokens


@dataclass(frozen=True, slots=True)
class Constraint:
    """A SPARQL-based constraint of a shape, as one query for all its targets."""

    shape: str
    severity: str
    query: str


def validate_batch(document: str, store: Store) -> list[Finding]:
    """What is wrong in a batch that is given twice: as N-Triples as written, and as a store.

    The verdicts are those of `fast`, for literals that are well-formed: the store has these in canonical
    form, which the constraints must not depend on.
    """
    found = validate_with(_plain_shapes(), document)
    for constraint in constraints():
        found += _offenders(store, constraint)
    return arrange(found)


@cache
def constraints() -> tuple[Constraint, ...]:
    """The constraints of all shapes that have a target."""
    shapes = _shapes()
    prefixes = "".join(
        f"PREFIX {_one(shapes, quad.object, SH.prefix)}: <{_one(shapes, quad.object, SH.namespace)}>\n"
        for quad in shapes.quads_for_pattern(None, SH.declare, None)
    )
    found = []
    for quad in shapes.quads_for_pattern(None, SH.sparql, None):
        shape = quad.subject
        assert isinstance(shape, NamedNode)
        targets = list(_targets(shapes, shape))
        if not targets:
            raise ValueError(f"{shape}: a constraint in SPARQL belongs to a shape with a target of its own")
        text = _one(shapes, quad.object, SH.select)
        opening = next(token.start for token in tokens(text) if token.text == "{")
        focus = f"{{ SELECT DISTINCT ?this WHERE {{ {' UNION '.join(targets)} }} }}"
        severity = _one(shapes, shape, SH.severity).removeprefix(str(SH))
        query = f"{prefixes}{text[: opening + 1]} {focus} {text[opening + 1 :]}"
        found.append(Constraint(shape.value, severity, query))
    return tuple(sorted(found, key=lambda constraint: constraint.shape))


def _targets(shapes: Store, shape: NamedNode) -> Iterator[str]:
    """The patterns of a shape's targets (SHACL, section 2.1.3)."""
    patterns = {
        SH.targetClass: f"?this {RDF.type}/{RDFS.subClassOf}* {{}}",
        SH.targetSubjectsOf: "?this {} ?object",
        SH.targetObjectsOf: "?subject {} ?this",
    }
    for predicate, pattern in patterns.items():
        for quad in shapes.quads_for_pattern(shape, predicate, None):
            yield f"{{ {pattern.format(quad.object)} }}"


def _offenders(store: Store, constraint: Constraint) -> Iterator[Finding]:
    rows = store.query(constraint.query, use_default_graph_as_union=True)
    assert isinstance(rows, QuerySolutions)
    rule = rules()[constraint.shape]
    for row in rows:
        this, value = row["this"], row["value"]
        yield Finding(
            severity=constraint.severity,
            rule=constraint.shape,
            focus=this.value if isinstance(this, NamedNode) else str(this),
            path=rule.path,
            value=None if value is None or value == this else str(value),
            message=rule.message,
            component=SH.SPARQLConstraintComponent.value,
        )


@cache
def _shapes() -> Store:
    store = Store()
    store.load(shapes_turtle(), RdfFormat.TURTLE, base_iri=SHAPES_NAMESPACE)
    return store


@cache
def _plain_shapes() -> shacl.Shapes:
    """The shapes without their constraints in SPARQL."""
    store = Store()
    store.extend(quad for quad in _shapes() if quad.predicate != SH.sparql)
    text = store.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph()) or b""
    return shacl.Shapes.from_text(text.decode(), "ntriples", SHAPES_NAMESPACE)


def _one(store: Store, subject: object, predicate: NamedNode) -> str:
    [quad] = store.quads_for_pattern(subject, predicate, None)  # type: ignore[arg-type]
    assert isinstance(quad.object, Literal | NamedNode)
    return quad.object.value
