"""What the graph has already: its places, indicators and units, without what the merge itself put there.

A merge's graph must be whole without those of other sources, so what is used from them is described again:
`again` gives the triples.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pyoxigraph import Literal, NamedNode, Store, Triple

from innograph.loader.merging.aligning.place import POPULATED_PLACE, Identifier, Place, read
from innograph.ontology.authorities import recognized
from innograph.ontology.figures.units import Units
from innograph.ontology.namespaces import DCTERMS, OWL, QUDT, RDF, RDFS, SCHEMA, SKOS, Names

Described = dict[NamedNode, list[NamedNode | Literal]]

_PLACES = (SCHEMA.City, SCHEMA.AdministrativeArea, SCHEMA.State, SCHEMA.Country, SCHEMA.Place)


class Known:
    """The places, indicators and units of a store.

    Args:
        store: a release, or a draft of one.
        names: the deployment's names.
        source: the slug of the source to be merged; what its graph says is left out.
    """

    def __init__(self, store: Store, names: Names, source: str) -> None:
        self.names = names
        self._store = store
        self._own = names.graph(source)
        self._shared = {names.graph(graph) for graph in ("reference", "ontology")}
        self.places = self._inside([self._place(iri) for iri in self._of_types(_PLACES)])
        self.unclear = frozenset(place.iri for place in self.places if self._is_unclear(place.iri))
        self.indicators = {
            iri.value: self.describe(iri)
            for iri in self._subjects(SKOS.inScheme, names.iri("scheme/indicators"))
        }
        units = self._of_types([QUDT.Unit])
        self.units = Units.of_rows(
            ((u, p, o) for u in units for p, os in self.describe(u).items() for o in os), names
        )

    def describe(self, subject: NamedNode) -> Described:
        """What all graphs but the merge's own say of a thing."""
        found: Described = defaultdict(list)
        for quad in self._store.quads_for_pattern(subject, None, None):
            known = quad.graph_name != self._own and quad.object not in found[quad.predicate]
            if known and isinstance(quad.object, NamedNode | Literal):
                found[quad.predicate].append(quad.object)
        return {
            predicate: sorted(terms, key=str) for predicate, terms in sorted(found.items(), key=str) if terms
        }

    def exists(self, iri: str) -> bool:
        """Whether any graph but the merge's own describes a thing."""
        quads = self._store.quads_for_pattern(NamedNode(iri), RDF.type, None)
        return any(quad.graph_name != self._own for quad in quads)

    def again(self, iris: Iterable[str]) -> Iterator[Triple]:
        """The descriptions of what is described in other sources' graphs only, with all that they need."""
        waiting, seen = [NamedNode(iri) for iri in sorted(set(iris))], set[NamedNode]()
        while waiting:
            subject = waiting.pop(0)
            if subject in seen:
                continue
            seen.add(subject)
            graphs = {quad.graph_name for quad in self._store.quads_for_pattern(subject, RDF.type, None)}
            if graphs & self._shared:
                continue
            for predicate, terms in self.describe(subject).items():
                for term in terms:
                    yield Triple(subject, predicate, term)
                    if isinstance(term, NamedNode) and predicate != RDF.type:
                        waiting.append(term)

    def _of_types(self, types: Iterable[NamedNode]) -> list[NamedNode]:
        found = {iri for kind in types for iri in self._subjects(RDF.type, kind)}
        return sorted(found, key=str)

    def _subjects(self, predicate: NamedNode, term: NamedNode) -> list[NamedNode]:
        quads = self._store.quads_for_pattern(None, predicate, term)
        found = {q.subject for q in quads if q.graph_name != self._own and isinstance(q.subject, NamedNode)}
        return sorted(found, key=str)

    def _inside(self, places: list[Place]) -> list[Place]:
        """The places with the countries that they are said to be in."""
        codes = {place.iri: place.country for place in places}
        return [replace(p, country=p.country or codes.get(p.inside, "")) for p in places]

    def _is_unclear(self, iri: str) -> bool:
        """Whether another source left open which place it means, and so gave it an IRI with its own name."""
        quads = self._store.quads_for_pattern(NamedNode(iri), RDF.type, None)
        graphs = {quad.graph_name for quad in quads if isinstance(quad.graph_name, NamedNode)}
        sources = [graph.value.rpartition("/")[2] for graph in graphs - {self._own, *self._shared}]
        return any(f"-in-{source}-" in f"{iri}-" for source in sources)

    def _place(self, iri: NamedNode) -> Place:
        said = self.describe(iri)
        same = {*_identifiers(said.get(OWL.sameAs, ())), *_identifiers([iri])}
        for text in said.get(SCHEMA.identifier, ()):
            if isinstance(text, Literal) and (found := read(text.value)) is not None:
                same.add(found)
        inside = next(
            (t.value for t in said.get(SCHEMA.containedInPlace, ()) if isinstance(t, NamedNode)), ""
        )
        return Place(
            iri.value,
            tuple(_texts(said.get(RDFS.label, ()))),
            tuple(_texts(said.get(SKOS.altLabel, ()))),
            levels=_levels({*said.get(RDF.type, ()), *said.get(DCTERMS.type, ())}, same),
            country=next((value[:2] for scheme, value in sorted(same) if scheme.startswith("iso3166")), ""),
            same=tuple(sorted(same)),
            other=tuple(sorted(set(_identifiers(said.get(RDFS.seeAlso, ()))))),
            inside=inside,
        )


def _identifiers(terms: Iterable[NamedNode | Literal]) -> Iterator[Identifier]:
    for term in terms:
        if isinstance(term, NamedNode) and (found := recognized(term.value)) is not None:
            yield found[0].name, found[1]


def _texts(terms: Iterable[NamedNode | Literal]) -> Iterator[tuple[str, str]]:
    for term in terms:
        if isinstance(term, Literal):
            yield term.language or "", term.value


def _levels(types: set[NamedNode | Literal], same: set[Identifier]) -> tuple[str, ...]:
    """The levels of a place: by its classes, and by the standard whose code it has."""
    if POPULATED_PLACE in types:
        return ("populated-place",)
    levels = []
    if SCHEMA.Country in types:
        levels.append("country")
    if SCHEMA.City in types:
        levels.append("city")
    if any(scheme == "iso3166-2" for scheme, _ in same) or types & {SCHEMA.State, SCHEMA.AdministrativeArea}:
        levels.append("region")
    return tuple(levels) or ("area",)
