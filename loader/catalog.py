"""The catalogue: DCAT and VoID, counted from the graph itself.

One `dcat:Dataset` and `void:Dataset` for the whole and for each source, with class and property
partitions, linksets (VoID, section 5), and the example queries as `sh:SPARQLExecutable`s. Nothing here
depends on when or how often the graph was built: release numbers and checksums are told with a release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Store, Triple

from innograph.loader.counting import Counts, count, recount
from innograph.loader.linksets import LINK_TARGETS, Links, count_links, linksets, recount_links
from innograph.loader.updates.applying import Delta
from innograph.ontology.licences import licence_of
from innograph.ontology.namespaces import DCAT, DCTERMS, RDF, RDFS, SCHEMA, SH, VOID, XSD, Names

# `# title: …`, `# description: …` and `# tour: 3` open an example query.
_WORDS = re.compile(r"^# (title|description|tour): (.+)$", re.M)
_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT)\b", re.M | re.I)
# Title, path and specification of each service.
SERVICES = {
    "sparql-service": ("SPARQL endpoint", "sparql", "http://www.w3.org/TR/sparql11-protocol/"),
    "reconciliation-service": (
        "Reconciliation service",
        "reconcile",
        "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",
    ),
}
LICENCE = NamedNode("https://creativecommons.org/publicdomain/zero/1.0/")
RIGHTS = (
    "Selection, arrangement, vocabulary and derived facts are given away under CC0 1.0. Quoted phrases"
    " belong to their authors and serve as evidence; each source's own licence, or that it states none,"
    " is told with the source."
)
NOT_SOURCES = frozenset({"ontology", "reference", "derived", "catalog"})
# What a source cannot be called: graphs and datasets of these names are there already.
RESERVED = NOT_SOURCES | LINK_TARGETS.keys() | {"all"}


@dataclass(frozen=True, slots=True)
class Statistics:
    """The counts of the whole graph (without its catalogue), and of each source by slug.

    `links` are those to others; None where they are still to be counted.
    """

    whole: Counts
    sources: Mapping[str, Counts]
    links: Links | None = None


def source_graphs(store: Store, names: Names) -> list[str]:
    """The slugs of the sources that have a named graph."""
    prefix = str(names.graph("").value)
    slugs = [g.value.removeprefix(prefix) for g in store.named_graphs() if g.value.startswith(prefix)]
    return sorted(set(slugs) - NOT_SOURCES)


def counted(store: Store, names: Names) -> Statistics:
    """Count a store that has no catalogue yet."""
    sources = {slug: count(store, names.graph(slug)) for slug in source_graphs(store, names)}
    return Statistics(count(store, None), sources)


def recounted(before: Store, after: Store, delta: Delta, names: Names) -> Statistics:
    """The statistics after a change, from the catalogue before it and the difference."""
    catalogue = names.graph("catalog")
    whole = Counts.read(before, names.iri("dataset/all"))
    sources = {}
    for slug in source_graphs(after, names):
        graph = names.graph(slug)
        known = Counts.read(before, names.dataset(slug))
        sources[slug] = recount(known, after, delta, lambda name, graph=graph: name == graph)  # type: ignore[misc]
    return Statistics(
        recount(whole, after, delta, lambda name: name != catalogue),
        sources,
        recount_links(before, after, delta, names),
    )


def catalog(store: Store, names: Names, statistics: Statistics, queries: Path) -> Iterator[Triple]:
    """The catalogue's triples; `queries` is the folder of example queries."""
    node, whole = names.iri("catalog"), names.iri("dataset/all")
    yield Triple(node, RDF.type, DCAT.Catalog)
    yield Triple(node, DCTERMS.title, _english("innograph: city innovation facts"))
    yield Triple(node, RDFS.label, _english("Catalogue"))
    yield Triple(node, DCAT.dataset, whole)
    yield from _service(node, whole, names)
    yield from statistics.whole.triples_of(whole)
    yield from linksets(
        count_links(store, names) if statistics.links is None else statistics.links, whole, names
    )
    yield Triple(whole, RDF.type, DCAT.Dataset)
    yield Triple(whole, DCTERMS.title, _english("The whole graph"))
    yield Triple(whole, RDFS.label, _english("The whole graph"))
    yield Triple(whole, DCTERMS.license, LICENCE)
    yield Triple(whole, DCTERMS.rights, _english(RIGHTS))
    yield Triple(whole, VOID.sparqlEndpoint, names.iri("sparql"))
    yield Triple(whole, VOID.uriSpace, Literal(names.base))
    for slug, counts in statistics.sources.items():
        yield from _source(store, names, slug, counts)
    yield from _examples(queries, node, names)
    for path in sorted(queries.with_name("derivations").glob("*.rq")):
        yield Triple(names.iri(f"query/{path.stem}"), SCHEMA.text, Literal(path.read_text("utf-8")))


def _source(store: Store, names: Names, slug: str, counts: Counts) -> Iterator[Triple]:
    dataset, whole = names.dataset(slug), names.iri("dataset/all")
    yield Triple(names.iri("catalog"), DCAT.dataset, dataset)
    yield Triple(whole, VOID.subset, dataset)
    yield Triple(whole, DCTERMS.hasPart, dataset)
    yield Triple(dataset, RDF.type, DCAT.Dataset)
    yield Triple(dataset, DCTERMS.source, names.source(slug))
    for quad in store.quads_for_pattern(dataset, RDFS.label, None, names.graph(slug)):
        yield Triple(dataset, DCTERMS.title, quad.object)
    licence = licence_of(_licence(store, names, slug))
    for warning in licence.warnings:
        yield Triple(dataset, DCTERMS.rights, _english(warning))
        yield Triple(whole, DCTERMS.rights, _english(f"{slug}: {warning}"))
    yield from counts.triples_of(dataset)


def _licence(store: Store, names: Names, slug: str) -> str | None:
    """What is stated of the licence of a source's data: its address, or else the words."""
    for node, predicate in (
        (names.dataset(slug), DCTERMS.license),
        (names.source(slug), DCTERMS.rights),
    ):
        for quad in store.quads_for_pattern(node, predicate, None, names.graph(slug)):
            return str(getattr(quad.object, "value", ""))
    return None


def _service(node: NamedNode, whole: NamedNode, names: Names) -> Iterator[Triple]:
    for name, (title, path, specification) in SERVICES.items():
        service = names.iri(f"catalog/{name}")
        yield Triple(node, DCAT.service, service)
        yield Triple(service, RDF.type, DCAT.DataService)
        yield Triple(service, DCTERMS.title, _english(title))
        yield Triple(service, DCAT.endpointURL, names.iri(path))
        yield Triple(service, DCAT.servesDataset, whole)
        yield Triple(service, DCTERMS.conformsTo, NamedNode(specification))


def _examples(folder: Path, node: NamedNode, names: Names) -> Iterator[Triple]:
    """The example queries (SHACL, section 5.2; `schema:target` is the endpoint that answers them)."""
    for path in sorted(folder.glob("*.rq")):
        text = path.read_text("utf-8")
        words = dict(_WORDS.findall(text))
        form = _FORM.search(text)
        assert form is not None, f"{path}: neither SELECT nor ASK nor CONSTRUCT"
        query = names.iri(f"query/{path.stem}")
        yield Triple(node, DCTERMS.hasPart, query)
        yield Triple(query, RDF.type, SH.SPARQLExecutable)
        yield Triple(query, RDF.type, SH[f"SPARQL{form[1].capitalize()}Executable"])
        yield Triple(query, RDFS.label, _english(words.get("title", path.stem)))
        if "description" in words:
            yield Triple(query, RDFS.comment, _english(words["description"]))
        if "tour" in words:
            yield Triple(query, SCHEMA.position, _integer(int(words["tour"])))
        yield Triple(query, SH[form[1].lower()], Literal(text))
        yield Triple(query, SCHEMA.target, names.iri("sparql"))


def _english(text: str) -> Literal:
    return Literal(text, language="en")


def _integer(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
