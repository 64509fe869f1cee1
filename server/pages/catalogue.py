"""`/catalog` as a page: datasets, sources, terms of use, counts, graphs, example queries."""

from __future__ import annotations

from typing import Any

from flask import Response

from innograph.server import versions
from innograph.server.engine import Snapshot
from innograph.server.pages import licensing, reading
from innograph.server.pages.examples import examples
from innograph.server.pages.language import Words
from innograph.server.pages.linked_data import whole_data
from innograph.server.pages.links import Links, expand
from innograph.server.pages.rendering import Alternate, Frame, page
from innograph.server.pages.signposts import of_catalogue
from innograph.server.pages.values import Values

DATASETS = "?thing dcat:dataset ?item"
OTHERS = "?thing dcat:service|dcterms:hasPart ?item FILTER NOT EXISTS { ?item a sh:SPARQLExecutable }"
SCHEMES = "?item a skos:ConceptScheme FILTER(?thing != ?item)"
LINKSETS = "?item a void:Linkset FILTER(?thing != ?item)"
SOURCE, LICENCE = expand("dcterms:source"), expand("dcterms:license")
TRIPLES, LINKS_TO = expand("void:triples"), expand("void:objectsTarget")
STRUCTURES = "?item a qb:DataStructureDefinition FILTER(?thing != ?item)"
FORMATS = (("ttl", "text/turtle"), ("jsonld", "application/ld+json"), ("nt", "application/n-triples"))


def catalogue_page(snapshot: Snapshot) -> Response:
    """The catalogue of a release."""

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        return catalogue_view(snapshot, words, links)

    return page(snapshot.release, build)


def catalogue_view(snapshot: Snapshot, words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
    """Everything that the template of the catalogue needs."""
    catalog = f"{links.base}catalog"
    datasets = reading.items(snapshot, DATASETS, catalog).iris
    schemes = reading.items(snapshot, SCHEMES, catalog).iris
    linksets = reading.items(snapshot, LINKSETS, catalog).iris
    structures = reading.items(snapshot, STRUCTURES, catalog).iris
    others = reading.items(snapshot, OTHERS, catalog).iris
    facts = reading.facts_of(snapshot, {*datasets, *linksets}, (SOURCE, LICENCE, TRIPLES, LINKS_TO))
    named = {*datasets, *schemes, *linksets, *structures, *others, *snapshot.release.graphs}
    values = Values(snapshot, words, links, named, facts)
    stated = licensing.licences(snapshot, datasets)
    checksums = versions.checksums(snapshot.release)
    rows = []
    for iri in sorted(datasets, key=lambda iri: SOURCE in facts.get(iri, {})):
        own = facts.get(iri, {})
        path = links.page(iri).partition("?")[0].removesuffix(".html")
        rows.append(
            {
                "name": values.thing(iri),
                "sources": [values.thing(term.value) for term in own.get(SOURCE, [])],
                "licences": [values.part(term) for term in own.get(LICENCE, [])],
                "licence_words": stated.get(iri) or "",
                "warnings": licensing.of_licence(stated[iri], words) if iri in stated else [],
                "triples": [values.part(term) for term in own.get(TRIPLES, [])],
                "files": [links.to(f"{path}.{name}") for name in ("csv", "json")] if SOURCE in own else [],
            }
        )
    frame = Frame(
        title=words.catalog,
        crumbs=((words.home, links.to("/")),),
        alternates=tuple(Alternate(n, kind, links.to("/catalog", format=n)) for n, kind in FORMATS),
        identifier=catalog,
        data=whole_data(snapshot.release, links, words.lede),
        signposts=of_catalogue(snapshot.release, datasets),
    )
    return (
        "catalog.html",
        frame,
        {
            "datasets": rows,
            "graphs": [
                (values.thing(iri), f"{count:,}", checksums.get(iri, ""))
                for iri, count in sorted(snapshot.release.graphs.items())
            ],
            "checksum": checksums.get("", ""),
            "schemes": [values.thing(iri) for iri in (*schemes, *structures, *others)],
            "linksets": [
                (
                    values.thing(iri),
                    [values.thing(t.value) for t in facts[iri].get(LINKS_TO, [])],
                    [values.part(t) for t in facts[iri].get(TRIPLES, [])],
                )
                for iri in linksets
            ],
            "queries": [
                (values.language(e.title), e, links.page(e.iri), links.query(e.text))
                for e in examples(snapshot)
            ],
        },
    )
