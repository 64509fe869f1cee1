"""The integrity constraints of the RDF Data Cube vocabulary (W3C Recommendation, section 11).

They hold for every cube in the store, foreign ones too. As the specification asks, they are checked on
a normalized graph, in which abbreviations are written out: a copy of what cubes consist of, or a store
that is nobody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from string import Template

from pyoxigraph import NamedNode, Quad, QuerySolutions, QueryTriples, Store

from innograph.loader.validation.finding import Finding, arrange
from innograph.loader.validation.rule_files import RuleFile, offenders, rule_files
from innograph.ontology.namespaces import OWL, QB, RDF, RDFS, SKOS

_COMPONENTS = (QB.dimension, QB.measure, QB.attribute, QB.componentProperty)
_TYPES = (QB.Observation, QB.DataSet, QB.DataStructureDefinition, QB.Slice, QB.SliceKey, QB.DimensionProperty)
_CODES = (SKOS.Concept, SKOS.ConceptScheme, SKOS.Collection, QB.HierarchicalCodeList)
_LINKS = (
    *(QB.dataSet, QB.structure, QB.component, QB.componentRequired, QB.componentAttachment, QB.concept),
    *(QB.slice, QB.sliceKey, QB.sliceStructure, QB.observation, QB.measureType),
    *(QB.codeList, QB.hierarchyRoot, QB.parentChildProperty),
    *(RDFS.range, SKOS.inScheme, SKOS.member, OWL.inverseOf),
)

_STRUCTURES = """
PREFIX qb: <http://purl.org/linked-data/cube#>
SELECT DISTINCT ?structure ?dimension WHERE {
    ?structure a qb:DataStructureDefinition ; qb:component/qb:componentProperty ?dimension .
    ?dimension a qb:DimensionProperty
} ORDER BY ?structure ?dimension
"""
# A parent-child property without an IRI of its own is written as the inverse of one.
_HIERARCHIES = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX qb: <http://purl.org/linked-data/cube#>
SELECT DISTINCT ?property ?inverse WHERE {
    [] qb:parentChildProperty ?property
    OPTIONAL { ?property owl:inverseOf ?inverse }
} ORDER BY ?property ?inverse
"""


def cube_constraints(store: Store) -> list[Finding]:
    """What breaks the 21 integrity constraints in the cubes of a store, whatever their graphs."""
    return _offenders(normalized(store))


def cube_constraints_in_place(store: Store) -> list[Finding]:
    """The same of a store that is ours alone: what normalizing adds is left in its default graph."""
    _normalize(store)
    return _offenders(store)


def _offenders(cubes: Store) -> list[Finding]:
    return arrange(
        finding
        for rule in rule_files("cube")
        if not rule.name.startswith("cube/normalize")
        for query in queries(cubes, rule)
        for finding in offenders(cubes, rule, query, union=True)
    )


def normalized(store: Store) -> Store:
    """A copy of all cubes in one graph, with types, components and attached values written out."""
    cubes = Store()
    cubes.bulk_extend(_cube_quads(store))
    _normalize(cubes)
    return cubes


def _normalize(cubes: Store) -> None:
    for rule in rule_files("cube"):
        if rule.name.startswith("cube/normalize"):
            triples = cubes.query(rule.query, use_default_graph_as_union=True)
            if not isinstance(triples, QueryTriples):
                raise TypeError(f"{rule.name}: a normalization is a CONSTRUCT query")
            cubes.extend(Quad(triple.subject, triple.predicate, triple.object) for triple in list(triples))


def _cube_quads(store: Store) -> Iterator[Quad]:
    components = {quad.object for link in _COMPONENTS for quad in store.quads_for_pattern(None, link, None)}
    steps = {quad.object for quad in store.quads_for_pattern(None, QB.parentChildProperty, None)}
    steps |= {quad.object for step in steps for quad in store.quads_for_pattern(step, OWL.inverseOf, None)}  # type: ignore[arg-type]
    predicates = {node for node in components | steps if isinstance(node, NamedNode)}
    predicates.update(_COMPONENTS, _LINKS)
    found: list[Iterable[Quad]] = [store.quads_for_pattern(None, predicate, None) for predicate in predicates]
    found += [store.quads_for_pattern(None, RDF.type, kind) for kind in _TYPES + _CODES]
    for quads in found:
        for quad in quads:
            yield Quad(quad.subject, quad.predicate, quad.object)


def queries(cubes: Store, rule: RuleFile) -> Iterator[str]:
    """The queries of a constraint: one, or one for each structure or hierarchy that it is a template of."""
    template = Template(rule.query)
    names = set(template.get_identifiers())
    if not names:
        yield rule.query
    elif "structure" in names:
        for structure, dimensions in _structures(cubes):
            keys = {dimension: f"?k{number}" for number, dimension in enumerate(dimensions)}
            others = {dimension: key for dimension, key in keys.items() if dimension != str(QB.measureType)}
            yield template.substitute(
                structure=structure,
                keys=" ".join(keys.values()),
                pattern=_pattern(keys),
                others=" ".join(others.values()),
                other=_pattern(others),
            )
    else:
        for prop, inverse in _hierarchies(cubes):
            name = "inverse" if inverse else "property"
            if name in names:
                yield template.substitute({name: inverse or prop})


def _pattern(keys: dict[str, str]) -> str:
    return " ".join(f"?observation {dimension} {key} ." for dimension, key in keys.items())


def _structures(cubes: Store) -> Iterator[tuple[str, list[str]]]:
    """Each structure with its dimensions."""
    found: dict[str, list[str]] = {}
    for row in _rows(cubes, _STRUCTURES):
        found.setdefault(str(row[0]), []).append(str(row[1]))
    yield from found.items()


def _hierarchies(cubes: Store) -> Iterator[tuple[str, str | None]]:
    """Each parent-child property, and the property that it is the inverse of, if any."""
    for row in _rows(cubes, _HIERARCHIES):
        yield str(row[0]), None if row[1] is None else str(row[1])


def _rows(cubes: Store, query: str) -> list[tuple[object, ...]]:
    solutions = cubes.query(query, use_default_graph_as_union=True)
    if not isinstance(solutions, QuerySolutions):
        raise TypeError("rows come from SELECT queries")
    return [tuple(row) for row in solutions]
