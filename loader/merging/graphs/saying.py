"""What foreign RDF says: facts of ours, cubes of others, what it tells of itself, and what is strange in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from pyoxigraph import Literal, NamedNode, Store, Triple

from innograph.ontology.namespaces import (
    DCAT,
    DCTERMS,
    INNO,
    OWL,
    QB,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    VOID,
    Namespace,
)

_PLAIN_SCHEMA = Namespace("http://schema.org/")
_DATASETS = (DCAT.Dataset, VOID.Dataset, SCHEMA.Dataset, _PLAIN_SCHEMA.Dataset, QB.DataSet, OWL.Ontology)
_SAYING = {
    "title": (DCTERMS.title, SCHEMA.name, _PLAIN_SCHEMA.name, RDFS.label, SKOS.prefLabel),
    "licence": (DCTERMS.license, SCHEMA.license, _PLAIN_SCHEMA.license),
    "publisher": (DCTERMS.publisher, SCHEMA.publisher, _PLAIN_SCHEMA.publisher),
    "issued": (DCTERMS.issued, SCHEMA.datePublished, _PLAIN_SCHEMA.datePublished),
    "description": (DCTERMS.description, SCHEMA.description, _PLAIN_SCHEMA.description, RDFS.comment),
}
_NAMES = _SAYING["title"]


@dataclass(frozen=True, slots=True)
class Cube:
    """A cube with its structure: components by what they are, and its observations, counted."""

    iri: str
    structure: str
    observations: int
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    ours: bool


@dataclass
class Said:
    """What the triples of a source say. `undescribed` counts values of dimensions that nobody describes."""

    triples: int = 0
    facts: int = 0
    cubes: list[Cube] = field(default_factory=list)
    concepts: int = 0
    places: int = 0
    undescribed: dict[str, tuple[int, str]] = field(default_factory=dict)
    local: int = 0

    @property
    def nothing_known(self) -> bool:
        """Whether none of it is in terms that pages and queries of ours know."""
        return not (self.facts or self.cubes or self.concepts or self.places)

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self) | {"nothing_known": self.nothing_known}


def say(triples: Iterable[Triple], release: Store, structure: NamedNode) -> Said:
    """What triples say; `structure` is ours, `release` what is known already."""
    by_subject: dict[Any, list[Triple]] = defaultdict(list)
    count = Counter[Any]()
    said = Said()
    for triple in triples:
        said.triples += 1
        by_subject[triple.subject].append(triple)
        if triple.predicate == RDF.type:
            count[triple.object] += 1
        if any(_local(term) for term in (triple.subject, triple.object)):
            said.local += 1
    said.facts = count[INNO.CityObservation] + count[SCHEMA.Claim] + count[SCHEMA.Quotation]
    said.concepts = count[SKOS.Concept]
    said.places = count[SCHEMA.City]
    said.cubes = list(_cubes(by_subject, structure, release))
    foreign = {NamedNode(d) for cube in said.cubes if not cube.ours for d in cube.dimensions}
    for dimension in sorted(foreign - {QB.measureType}, key=str):
        values = {t.object for about in by_subject.values() for t in about if t.predicate == dimension}
        unknown = sorted(
            value.value
            for value in values
            if isinstance(value, NamedNode)
            and value not in by_subject
            and not any(release.quads_for_pattern(value, None, None))
        )
        if unknown:
            said.undescribed[dimension.value] = len(unknown), unknown[0]
    return said


def about(triples: Iterable[Triple]) -> dict[str, str]:
    """What RDF tells of itself as a data set: title, licence, publisher … where it tells it of one only."""
    by_subject: dict[Any, list[Triple]] = defaultdict(list)
    for triple in triples:
        by_subject[triple.subject].append(triple)
    for kind in _DATASETS:
        found = [s for s, told in by_subject.items() if any(_is_a(t, kind) for t in told)]
        if len(found) == 1:
            return {
                key: text for key, links in _SAYING.items() if (text := _told(by_subject, found[0], links))
            }
        if found:
            break
    return {}


def _told(by_subject: dict[Any, list[Triple]], subject: Any, links: Iterable[NamedNode]) -> str:
    for link in links:
        values = sorted((t.object for t in by_subject[subject] if t.predicate == link), key=_english_first)
        for value in values:
            if isinstance(value, NamedNode):  # a publisher is somebody with a name, a licence a page
                name = "" if link in _SAYING["licence"] else _told(by_subject, value, _NAMES)
                return name or value.value
            if isinstance(value, Literal):
                return value.value
    return ""


def _english_first(term: Any) -> tuple[bool, str]:
    return getattr(term, "language", None) not in ("en", None), str(term)


def _cubes(by_subject: dict[Any, list[Triple]], structure: NamedNode, release: Store) -> Iterator[Cube]:
    observations = Counter(
        t.object for about in by_subject.values() for t in about if t.predicate == QB.dataSet
    )
    cubes = {s for s, about in by_subject.items() if any(_is_a(t, QB.DataSet) for t in about)}
    for cube in sorted(cubes | set(observations), key=str):
        structures = _objects(by_subject, release, cube, QB.structure)
        components = [
            component for s in structures for component in _objects(by_subject, release, s, QB.component)
        ]

        def properties(link: NamedNode, components: list[Any] = components) -> tuple[str, ...]:
            found = {p for c in components for p in _objects(by_subject, release, c, link)}
            return tuple(sorted(p.value for p in found if isinstance(p, NamedNode)))

        yield Cube(
            cube.value if isinstance(cube, NamedNode) else str(cube),
            str(structures[0].value) if structures else "",
            observations[cube],
            properties(QB.dimension),
            properties(QB.measure),
            structure in structures,
        )


def _objects(by_subject: dict[Any, list[Triple]], release: Store, subject: Any, link: NamedNode) -> list[Any]:
    found = [t.object for t in by_subject.get(subject, ()) if t.predicate == link]
    return found or [q.object for q in release.quads_for_pattern(subject, link, None)]


def _is_a(triple: Triple, kind: NamedNode) -> bool:
    return triple.predicate == RDF.type and triple.object == kind


def _local(term: Any) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith("file:")
