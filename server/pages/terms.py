"""What the query editor completes: the prefixes, and the graph's own classes and properties with labels."""

from __future__ import annotations

import json
from collections.abc import Iterable

from flask import Response
from pyoxigraph import Literal, NamedNode

from innograph.ontology.namespaces import PREFIXES
from innograph.server import caching
from innograph.server.engine import Snapshot, Term
from innograph.server.pages.language import best, chosen_language
from innograph.server.pages.links import is_iri
from innograph.server.pages.reading import PROLOGUE, number, values_of

MOST = 2_000
SCANNED = 20_000
# VoID says which classes and properties are used, and how often (VoID, section 4.3).
_USED = f"""{PROLOGUE}SELECT ?term (MAX(?n) AS ?most) WHERE {{
  {{ ?part void:class ?term ; void:entities ?n }} UNION {{ ?part void:property ?term ; void:triples ?n }}
}} GROUP BY ?term ORDER BY DESC(?most) LIMIT {MOST}"""
_DEFINED = f"""{PROLOGUE}SELECT DISTINCT ?term WHERE {{ VALUES ?kind {{ rdfs:Class owl:Class rdf:Property
  owl:ObjectProperty owl:DatatypeProperty }} ?term a ?kind }} LIMIT {MOST}"""
# A store without a description of itself is looked at: at so many statements, wherever they are.
_SEEN = f"""{PROLOGUE}SELECT ?term (COUNT(*) AS ?most) WHERE {{
  {{ SELECT ?p ?o WHERE {{ ?s ?p ?o }} LIMIT {SCANNED} }} BIND(IF(?p = rdf:type, ?o, ?p) AS ?term)
}} GROUP BY ?term LIMIT {MOST}"""


def terms_response(snapshot: Snapshot) -> Response:
    """The terms as JSON: `prefixes`, and `terms` as lists of IRI, label, and how often it is used."""
    language = chosen_language()
    tag = caching.etag(snapshot.release, "terms", language)
    if unchanged := caching.not_modified(tag):
        return unchanged
    content = {
        "prefixes": {prefix: str(namespace) for prefix, namespace in PREFIXES.items()},
        "terms": _terms(snapshot, language),
    }
    response = Response(json.dumps(content, ensure_ascii=False), content_type="application/json")
    response.vary.add("Accept-Language")
    response.headers["Innograph-Release"] = str(snapshot.release.number)
    return caching.tagged(response, tag)


def _terms(snapshot: Snapshot, language: str) -> list[tuple[str, str, int]]:
    rows = snapshot.select(_USED) or snapshot.select(_SEEN)
    counts = {row["term"].value: number(row.get("most")) for row in rows if _usable(row["term"])}
    for row in snapshot.select(_DEFINED):
        if _usable(row["term"]):
            counts.setdefault(row["term"].value, 0)
    labels: dict[str, list[Literal]] = {}
    for row in snapshot.select(_labels(counts)) if counts else []:
        if isinstance(row["label"], Literal):
            labels.setdefault(row["term"].value, []).append(row["label"])
    found = []
    for iri, count in counts.items():
        label = best(labels.get(iri, []), language)
        found.append((iri, label.value if label else "", count))
    return sorted(found, key=lambda term: (-term[2], term[0]))


def _labels(terms: Iterable[str]) -> str:
    values = values_of(terms)
    return (
        PROLOGUE
        + f"SELECT ?term ?label {{ VALUES ?term {{ {values} }} ?term rdfs:label|skos:prefLabel ?label }}"
    )


def _usable(term: Term) -> bool:
    return isinstance(term, NamedNode) and is_iri(term.value)
