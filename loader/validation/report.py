"""Findings as a SHACL validation report, for clients that ask for RDF."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from innograph.loader.validation.finding import Finding, arrange, violates
from innograph.loader.validation.shapes import SHAPES_NAMESPACE
from innograph.ontology.namespaces import RDF, SH, XSD

Term = NamedNode | BlankNode | Literal | Triple


def report_graph(findings: Iterable[Finding]) -> list[Triple]:
    """A `sh:ValidationReport` of the findings.

    No blank nodes: a result is named by what it says, so that equal reports are equal graphs.
    """
    results = arrange(findings)
    digest = sha256("".join(map(repr, results)).encode()).hexdigest()
    report = NamedNode(f"urn:innograph:report:{digest[:32]}")
    conforms = Literal("false" if violates(results) else "true", datatype=XSD.boolean)
    triples = [Triple(report, RDF.type, SH.ValidationReport), Triple(report, SH.conforms, conforms)]
    for finding in results:
        triples += _result(report, finding)
    return triples


def _result(report: NamedNode, finding: Finding) -> list[Triple]:
    node = NamedNode(f"urn:innograph:result:{sha256(repr(finding).encode()).hexdigest()[:32]}")
    about: list[tuple[NamedNode, Term]] = [
        (RDF.type, SH.ValidationResult),
        (SH.focusNode, _node(finding.focus)),
        (SH.resultSeverity, SH[finding.severity]),
        (SH.sourceShape, _rule(finding.rule)),
        (
            SH.sourceConstraintComponent,
            _component(finding),
        ),
        (SH.resultMessage, Literal(finding.message, language="en")),
    ]
    # A path of several steps would need a list, and so blank nodes; its shape has it.
    if finding.path is not None and "<" not in finding.path:
        about.append((SH.resultPath, NamedNode(finding.path)))
    if finding.value is not None:
        about.append((SH.value, _term(finding.value)))
    return [Triple(report, SH.result, node), *(Triple(node, predicate, value) for predicate, value in about)]


def _component(finding: Finding) -> NamedNode:
    return NamedNode(finding.component) if finding.component else SH.SPARQLConstraintComponent


def _rule(rule: str) -> NamedNode:
    """A shape by its IRI; a rule that is a file by its path below the shapes' own IRI."""
    return NamedNode(rule if ":" in rule else f"{SHAPES_NAMESPACE.rstrip('#')}/{rule}")


def _node(focus: str) -> Term:
    return _term(focus) if focus.startswith(("_:", '"', "<<")) else NamedNode(focus)


def _term(text: str) -> Term:
    term = next(iter(parse(f"<x:s> <x:p> {text} .", RdfFormat.N_TRIPLES))).object
    # A node without a name can't be pointed at from outside its graph: its label is all there is.
    return Literal(str(term)) if isinstance(term, BlankNode | Triple) else term
