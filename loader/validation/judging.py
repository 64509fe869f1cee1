"""pyshacl over the union of all graphs: the judge that other validators are held to."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import pyshacl
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import BNode, Identifier, URIRef

from innograph.loader.validation.finding import Finding, arrange
from innograph.loader.validation.foreign import ours
from innograph.loader.validation.shapes import rules, shapes_turtle
from innograph.ontology.namespaces import SH

_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
_SHACL = str(SH)


def judge(quads: Iterable[Quad]) -> list[Finding]:
    """What pyshacl finds wrong (SHACL core and SHACL-SPARQL, no inference).

    Triples with a triple term are passed over, because rdflib can't hold them: a graph rule refuses them.
    """
    with _no_remarks_of_rdflib():
        return _judge(quads)


def _judge(quads: Iterable[Quad]) -> list[Finding]:
    graph = _Graph()
    for quad in ours(quads):
        if not isinstance(quad.object, Triple):
            graph.add((_rdflib(quad.subject), _rdflib(quad.predicate), _rdflib(quad.object)))
    _, report, text = pyshacl.validate(
        graph, shacl_graph=_shapes(), inference="none", advanced=False, inplace=True, meta_shacl=False
    )
    if not isinstance(report, rdflib.Graph):
        raise RuntimeError(f"pyshacl could not validate: {text}")
    return arrange(_finding(report, result) for result in report.objects(None, URIRef(_SHACL + "result")))


@contextmanager
def _no_remarks_of_rdflib() -> Iterator[None]:
    """Keep rdflib from logging a traceback for each ill-formed literal: the shapes report them."""
    logger = logging.getLogger("rdflib.term")
    disabled, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = disabled


class _Graph(rdflib.Graph):
    """A graph that parses a constraint's query once, not for each focus node: 1 s, not 7, for our graph."""

    def query(self, query_object: str | Query, *args: Any, **options: Any) -> rdflib.query.Result:
        if isinstance(query_object, str):
            query_object = _prepared(query_object)
        return super().query(query_object, *args, **options)


@lru_cache(maxsize=1024)
def _prepared(query: str) -> Query:
    return prepareQuery(query)


@cache
def _shapes() -> rdflib.Graph:
    return rdflib.Graph().parse(data=shapes_turtle(), format="turtle")


def _rdflib(term: NamedNode | BlankNode | Literal | Triple) -> Identifier:
    """The same term, with its digits as authored: rdflib would otherwise normalize them."""
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, BlankNode):
        return BNode(term.value)
    if not isinstance(term, Literal):
        raise TypeError(f"{term}: rdflib holds no triple terms")
    if term.language is not None:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = None if term.datatype.value == _XSD_STRING else URIRef(term.datatype.value)
    return rdflib.Literal(term.value, datatype=datatype, normalize=False)


def n_triples(term: Identifier) -> str:
    """An rdflib term in the N-Triples form that pyoxigraph writes."""
    if isinstance(term, URIRef):
        return str(NamedNode(term))
    if isinstance(term, BNode):
        return f"_:{term}"
    if not isinstance(term, rdflib.Literal):
        raise TypeError(f"{term!r} is no RDF term")
    if term.language is not None:
        return str(Literal(str(term), language=term.language))
    return str(Literal(str(term), datatype=NamedNode(term.datatype or _XSD_STRING)))


def _finding(report: rdflib.Graph, result: rdflib.term.Node) -> Finding:
    def get(local: str) -> Identifier | None:
        value = report.value(result, URIRef(_SHACL + local))
        return value if isinstance(value, Identifier) else None

    focus, shape, severity = get("focusNode"), get("sourceShape"), get("resultSeverity")
    if focus is None or shape is None or severity is None:
        raise RuntimeError("pyshacl gave a result without focus node, shape or severity")
    path, value, component = get("resultPath"), get("value"), get("sourceConstraintComponent")
    rule = rules()[str(shape)]
    return Finding(
        severity=str(severity).removeprefix(_SHACL),
        rule=str(shape),
        focus=str(focus) if isinstance(focus, URIRef) else n_triples(focus),
        path=rule.path or (str(path) if isinstance(path, URIRef) else None),
        value=None if value is None or value == focus else n_triples(value),
        message=rule.message,
        component=None if component is None else str(component),
    )
