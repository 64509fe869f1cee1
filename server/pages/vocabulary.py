"""The vocabulary as a page: every term at an anchor, so that its IRI leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from pyoxigraph import NamedNode

from innograph.ontology.namespaces import INNO
from innograph.server.engine import Snapshot
from innograph.server.pages import reading
from innograph.server.pages.language import Words
from innograph.server.pages.links import VOCABULARY, Links, expand
from innograph.server.pages.reading import PROLOGUE, Facts
from innograph.server.pages.rendering import Alternate, Frame, page
from innograph.server.pages.tables import Cell
from innograph.server.pages.values import Part, Values

TERMS = PROLOGUE + "SELECT DISTINCT ?item WHERE { ?item rdfs:isDefinedBy ?vocabulary }"
FORMATS = (
    ("ttl", "text/turtle"),
    ("jsonld", "application/ld+json"),
    ("nt", "application/n-triples"),
    ("rdf", "application/rdf+xml"),
)
TYPE, COMMENT = expand("rdf:type"), expand("rdfs:comment")
ALIGNED = tuple(
    expand(name)
    for name in (
        "rdfs:subClassOf",
        "rdfs:subPropertyOf",
        "owl:equivalentClass",
        "owl:equivalentProperty",
        "skos:exactMatch",
        "skos:closeMatch",
        "rdfs:seeAlso",
    )
)
HIDDEN = {TYPE, COMMENT, expand("rdfs:label"), expand("rdfs:isDefinedBy")}
KINDS = (("classes", {expand("owl:Class")}), ("functions", {expand("sd:Function")}))


def vocabulary_page(snapshot: Snapshot) -> Response:
    """The vocabulary of a release."""

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        return vocabulary_view(snapshot, words, links)

    return page(snapshot.release, build)


def vocabulary_view(snapshot: Snapshot, words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
    """Everything that the template of the vocabulary needs."""
    rows = snapshot.select(TERMS, vocabulary=NamedNode(VOCABULARY))
    terms = sorted(row["item"].value for row in rows)
    facts = reading.facts_of(snapshot, [*terms, VOCABULARY])
    graphs = reading.in_graphs(snapshot, VOCABULARY)
    values = Values(snapshot, words, links, [VOCABULARY, *terms, *graphs], facts)
    groups: dict[str, list[dict[str, Any]]] = {"classes": [], "properties": [], "functions": []}
    for iri in terms:
        classes = {term.value for term in facts[iri].get(TYPE, [])}
        kind = next((name for name, wanted in KINDS if classes & wanted), "properties")
        groups[kind].append(_term(iri, facts[iri], values))
    frame = Frame(
        title=values.name(VOCABULARY).value,
        crumbs=((words.home, links.to("/")),),
        alternates=tuple(Alternate(name, kind, links.to(f"/ontology.{name}")) for name, kind in FORMATS),
        identifier=VOCABULARY,
        query=links.query(
            f"PREFIX rdfs: <{expand('rdfs:')}>\n"
            f"SELECT ?term ?label WHERE {{ ?term rdfs:isDefinedBy <{VOCABULARY}> ; rdfs:label ?label }}"
        ),
        graphs=tuple((values.name(g).value, links.page(g)) for g in graphs),
    )
    own = facts.get(VOCABULARY, {})
    return (
        "vocabulary.html",
        frame,
        {
            "groups": [(name, found) for name, found in groups.items() if found],
            "facts": _rows(own, values),
            "alignments": _alignments(facts, values),
            "version": reading.first(own, expand("owl:versionInfo")),
            "namespace": str(INNO),
        },
    )


def _alignments(facts: Mapping[str, Facts], values: Values) -> list[tuple[str, str, Part, Part]]:
    """How our terms extend those of others: anchor, short name, relation, their term."""
    return [
        (
            iri.removeprefix(str(INNO)),
            values.links.short(iri),
            values.thing(relation),
            values.thing(term.value),
        )
        for iri in sorted(facts)
        for relation in ALIGNED
        for term in sorted(facts[iri].get(relation, []), key=lambda term: term.value)
        if iri != VOCABULARY and not term.value.startswith(str(INNO))
    ]


def _term(iri: str, own: Facts, values: Values) -> dict[str, Any]:
    return {
        "anchor": iri.removeprefix(str(INNO)),
        "short": values.links.short(iri),
        "name": values.name(iri),
        "language": values.language(values.name(iri)),
        "others": values.labels.others(iri),
        "comments": [values.part(term) for term in own.get(COMMENT, [])],
        "types": [values.thing(term.value) for term in own.get(TYPE, [])],
        "facts": _rows(own, values),
        "uses": values.links.about(iri),
    }


def _rows(own: Facts, values: Values) -> list[tuple[Part, Cell]]:
    found = []
    for predicate in sorted(own.keys() - HIDDEN, key=lambda p: values.name(p).value):
        name = values.name(predicate)
        heading = Part(name.value, language=values.language(name))
        found.append((heading, Cell([values.part(term) for term in own[predicate]])))
    return found
