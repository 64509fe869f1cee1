"""The catalogue: DCAT and VoID, counted from the graph itself.

One `dcat:Dataset` and `void:Dataset` for the whole and for each named graph of a source, with class
and property partitions (VoID, section 4), linksets (section 5), the SHA-256 of each graph's RDFC-1.0
canonical form, and the example queries as `sh:SPARQLExecutable`s. Nothing here depends on when or
how often the graph was built: the release number is the server's to tell.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from innograph.loader.statistics import canonical_lines
from innograph.ontology.namespaces import (
    DCAT,
    DCTERMS,
    OWL,
    PREFIXES,
    RDF,
    RDFS,
    SCHEMA,
    SH,
    SKOS,
    SPDX,
    VOID,
    XSD,
    Names,
)

# `# title: …`, `# description: …` and `# tour: 3` open an example query.
_WORDS = re.compile(r"^# (title|description|tour): (.+)$", re.M)
_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT)\b", re.M | re.I)
LINK_TARGETS = {
    "wikidata": "http://www.wikidata.org/entity/",
    "geonames": "https://sws.geonames.org/",
    "qudt": "http://qudt.org/vocab/",
}

LICENCE = NamedNode("https://creativecommons.org/publicdomain/zero/1.0/")
RIGHTS = (
    "Selection, arrangement, vocabulary and derived facts are given away under CC0 1.0. Quoted phrases"
    " belong to their authors and serve as evidence; each source's own licence, or that it states none,"
    " is told with the source."
)


def catalog(store: Store, names: Names, sources: Iterable[str], queries: Path) -> Iterator[Triple]:
    """The catalogue's triples for a store that holds everything else.

    `sources` are source slugs; `queries` is the folder of example queries.
    """
    node, whole = names.iri("catalog"), names.iri("dataset/all")
    yield Triple(node, RDF.type, DCAT.Catalog)
    yield Triple(node, DCTERMS.title, _english("innograph: city innovation facts"))
    yield Triple(node, RDFS.label, _english("Catalogue"))
    yield Triple(node, DCAT.dataset, whole)
    yield from _service(node, whole, names)
    yield from _void(store, whole, None)
    yield from _linksets(store, whole, names)
    yield Triple(whole, RDF.type, DCAT.Dataset)
    yield Triple(whole, DCTERMS.title, _english("The whole graph"))
    yield Triple(whole, RDFS.label, _english("The whole graph"))
    yield Triple(whole, DCTERMS.license, LICENCE)
    yield Triple(whole, DCTERMS.rights, _english(RIGHTS))
    yield Triple(whole, VOID.sparqlEndpoint, names.iri("sparql"))
    yield Triple(whole, VOID.uriSpace, Literal(names.base))
    for slug in sources:
        dataset, graph = names.dataset(slug), names.graph(slug)
        yield Triple(node, DCAT.dataset, dataset)
        yield Triple(whole, VOID.subset, dataset)
        yield Triple(whole, DCTERMS.hasPart, dataset)
        yield Triple(dataset, RDF.type, DCAT.Dataset)
        yield Triple(dataset, DCTERMS.source, names.source(slug))
        for row in _rows(store, f"SELECT ?label {{ {dataset} {RDFS.label} ?label }}"):
            yield Triple(dataset, DCTERMS.title, row["label"])
        yield from _void(store, dataset, graph)
        checksum = names.iri(f"dataset/{slug}/checksum")
        yield Triple(dataset, SPDX.checksum, checksum)
        yield Triple(checksum, RDF.type, SPDX.Checksum)
        yield Triple(checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
        digest = canonical_sha256(store.quads_for_pattern(None, None, None, graph))
        yield Triple(checksum, SPDX.checksumValue, Literal(digest, datatype=XSD.hexBinary))
    yield from _examples(queries, node, names)


def canonical_sha256(quads: Iterable[Quad]) -> str:
    """The SHA-256 of the canonical N-Quads (RDFC-1.0, section 5) of quads without blank nodes.

    Without blank nodes the canonical form is the sorted, distinct lines.
    """
    digest = hashlib.sha256()
    for line in canonical_lines(quads):
        digest.update(line)
    return digest.hexdigest()


def _void(store: Store, dataset: NamedNode, graph: NamedNode | None) -> Iterator[Triple]:
    """VoID statistics of one graph, or of the union of all (VoID, section 4)."""
    yield Triple(dataset, RDF.type, VOID.Dataset)
    where = f"GRAPH <{graph.value}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
    [totals] = _rows(
        store,
        "SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?p) AS ?properties)"
        f" (COUNT(DISTINCT ?o) AS ?objects) {{ {where} }}",
    )
    yield Triple(dataset, VOID.triples, totals["triples"])
    yield Triple(dataset, VOID.distinctSubjects, totals["subjects"])
    yield Triple(dataset, VOID.distinctObjects, totals["objects"])
    yield Triple(dataset, VOID.properties, totals["properties"])
    classes = list(
        _rows(
            store,
            "SELECT ?class (COUNT(DISTINCT ?s) AS ?n)"
            f" {{ {where.replace('?p ?o', 'a ?class')} }} GROUP BY ?class ORDER BY ?class",
        )
    )
    yield Triple(dataset, VOID.classes, _integer(len(classes)))
    for row in classes:
        part = NamedNode(f"{dataset.value}/class/{_curie(row['class'])}")
        yield Triple(dataset, VOID.classPartition, part)
        yield Triple(part, VOID["class"], row["class"])
        yield Triple(part, VOID.entities, row["n"])
    properties = _rows(store, f"SELECT ?p (COUNT(*) AS ?n) {{ {where} }} GROUP BY ?p ORDER BY ?p")
    for row in properties:
        part = NamedNode(f"{dataset.value}/property/{_curie(row['p'])}")
        yield Triple(dataset, VOID.propertyPartition, part)
        yield Triple(part, VOID.property, row["p"])
        yield Triple(part, VOID.triples, row["n"])


def _linksets(store: Store, whole: NamedNode, names: Names) -> Iterator[Triple]:
    """How many links lead to each dataset of others (VoID, section 5)."""
    for name, space in LINK_TARGETS.items():
        for predicate in (OWL.sameAs, SKOS.exactMatch, SKOS.closeMatch):
            [row] = _rows(
                store,
                f"SELECT (COUNT(*) AS ?n) {{ ?s {predicate} ?o FILTER(STRSTARTS(STR(?o), '{space}'))"
                f" FILTER(STRSTARTS(STR(?s), '{names.base}')) }}",
            )
            if row["n"].value == "0":
                continue
            linkset = names.iri(f"dataset/all/links/{name}-{_curie(predicate).partition(':')[2]}")
            target = names.iri(f"dataset/{name}")
            yield Triple(linkset, RDF.type, VOID.Linkset)
            yield Triple(whole, VOID.subset, linkset)
            yield Triple(linkset, VOID.subjectsTarget, whole)
            yield Triple(linkset, VOID.objectsTarget, target)
            yield Triple(linkset, VOID.linkPredicate, predicate)
            yield Triple(linkset, VOID.triples, row["n"])
            yield Triple(target, RDF.type, VOID.Dataset)
            yield Triple(target, VOID.uriSpace, Literal(space))


def _service(node: NamedNode, whole: NamedNode, names: Names) -> Iterator[Triple]:
    service = names.iri("catalog/sparql-service")
    yield Triple(node, DCAT.service, service)
    yield Triple(service, RDF.type, DCAT.DataService)
    yield Triple(service, DCTERMS.title, _english("SPARQL endpoint"))
    yield Triple(service, DCAT.endpointURL, names.iri("sparql"))
    yield Triple(service, DCAT.servesDataset, whole)
    yield Triple(service, DCTERMS.conformsTo, NamedNode("http://www.w3.org/TR/sparql11-protocol/"))


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


def _rows(store: Store, query: str) -> Iterator[dict[str, NamedNode | Literal]]:
    solutions = store.query(query, use_default_graph_as_union=True)
    names = [variable.value for variable in solutions.variables]  # type: ignore[union-attr]
    for solution in solutions:  # type: ignore[union-attr]
        yield {name: solution[name] for name in names}


def _curie(term: NamedNode | Literal) -> str:
    for prefix, namespace in PREFIXES.items():
        if term.value.startswith(str(namespace)):
            return f"{prefix}:{term.value[len(str(namespace)) :]}"
    return hashlib.sha256(term.value.encode()).hexdigest()[:12]


def _english(text: str) -> Literal:
    return Literal(text, language="en")


def _integer(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
