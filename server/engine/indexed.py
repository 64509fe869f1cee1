"""The smallest look-ups, read straight from the store's index: without the engine's parser and planner.

What an entity has is the question that programs ask most: `SELECT ?v { <thing> <property> ?v }`. To parse, plan
and serialize it takes the engine several times as long as to find the answer. So a SELECT of one triple
pattern with a constant subject and distinct variables is recognized by its text, and its answer in JSON is
written here, byte for byte as the engine writes it. Anything else, mistakes too, is the engine's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from json.encoder import encode_basestring as quoted

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Store, Triple

from innograph.ontology.namespaces import RDF, XSD
from innograph.server.engine.bounded import IRI, LARGEST, LONGEST

JSON = "application/sparql-results+json"
MOST = 1_000  # solutions; more than that are the engine's, and so are more characters of terms than LARGEST
_STRING = XSD.string.value

_S = r"[ \t\r\n]"
_NAME = r"(?:[A-Za-z][A-Za-z0-9_-]*)?:[A-Za-z0-9_][A-Za-z0-9_-]*"
_VARIABLE = r"[?$][A-Za-z_][A-Za-z0-9_]*"
_PREFIX = rf"(?:PREFIX|prefix){_S}+((?:[A-Za-z][A-Za-z0-9_-]*)?:){_S}*({IRI}){_S}*"
_ONE_PATTERN = re.compile(
    rf"{_S}*((?:{_PREFIX})*)(?:SELECT|select)((?:{_S}+{_VARIABLE}){{1,2}}|{_S}*\*){_S}*(?:(?:WHERE|where){_S}*)?"
    rf"\{{{_S}*({IRI}|{_NAME}){_S}+(a|{IRI}|{_NAME}|{_VARIABLE}){_S}+({IRI}|{_NAME}|{_VARIABLE}){_S}*\.?{_S}*\}}{_S}*"
)
_DECLARED = re.compile(_PREFIX)

Term = NamedNode | BlankNode | Literal | Triple


def answer(store: Store, text: str, union: bool) -> bytes | None:
    """The answer to a query in SPARQL's JSON format; None where it is for the engine to give.

    `union` tells whether the default graph is the union of all graphs.
    """
    if len(text) > LONGEST or (match := _ONE_PATTERN.fullmatch(text)) is None:
        return None
    prologue, _, _, projection, subject, predicate, object_ = match.groups()
    shown = projection.split()
    found = sorted(term for term in (predicate, object_) if term[0] in "?$")
    names = [name[1:] for name in (found if shown == ["*"] else shown)]
    variables = {term[1:] for term in found}
    if len(variables) < len(found) or len(set(names)) < len(names) or not variables.issuperset(names):
        return None
    try:
        prefixes = _prefixes(prologue)
        pattern = [_constant(term, prefixes) for term in (subject, predicate, object_)]
    except (KeyError, ValueError):
        return None
    own = None if union else DefaultGraph()
    places = [(name, predicate[1:] == name) for name in names]
    rows: list[str] = []
    size = 0
    for quad in store.quads_for_pattern(pattern[0], pattern[1], pattern[2], own):
        terms = [_json(quad.predicate if is_predicate else quad.object) for _, is_predicate in places]
        if None in terms:
            return None
        size += sum(map(len, terms))  # type: ignore[arg-type]
        if len(rows) >= MOST or size > LARGEST:
            return None
        rows.append("{" + ",".join(f'"{name}":{term}' for name, term in zip(names, terms, strict=True)) + "}")
    head = ",".join(f'"{name}"' for name in names)
    return f'{{"head":{{"vars":[{head}]}},"results":{{"bindings":[{",".join(rows)}]}}}}'.encode()


@lru_cache(maxsize=256)
def _prefixes(prologue: str) -> dict[str, str]:
    """The namespaces that a prologue declares, by prefix with its colon; a later one replaces an earlier one."""
    return {prefix: iri[1:-1] for prefix, iri in _DECLARED.findall(prologue)}


def _constant(term: str, prefixes: dict[str, str]) -> NamedNode | None:
    """The term of a pattern's text; None for a variable.

    Raises:
        KeyError: its prefix was not declared.
        ValueError: it is no IRI.
    """
    if term[0] in "?$":
        return None
    if term[0] == "<":
        return NamedNode(term[1:-1])
    if term == "a":
        return RDF.type
    prefix, colon, local = term.partition(":")
    return NamedNode(prefixes[prefix + colon] + local)


def _json(term: Term) -> str | None:
    """A term as in section 3.2.2 of SPARQL 1.1 Query Results JSON Format; None where it is not of RDF 1.1."""
    if isinstance(term, NamedNode):
        return f'{{"type":"uri","value":{quoted(term.value)}}}'
    if isinstance(term, Literal):
        if term.language is not None:
            if getattr(term, "direction", None) is not None:
                return None
            return f'{{"type":"literal","value":{quoted(term.value)},"xml:lang":"{term.language}"}}'
        kind = term.datatype.value
        about = "" if kind == _STRING else f',"datatype":{quoted(kind)}'
        return f'{{"type":"literal","value":{quoted(term.value)}{about}}}'
    if isinstance(term, BlankNode):
        return f'{{"type":"bnode","value":{quoted(term.value)}}}'
    return None
