"""How many links lead to each dataset of others (VoID, section 5): counted once, then kept right by differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pyoxigraph import Literal, NamedNode, Store, Triple

from innograph.loader.counting import Scope
from innograph.loader.updates.applying import Delta
from innograph.ontology.authorities import AUTHORITIES
from innograph.ontology.namespaces import OWL, RDF, RDFS, SKOS, VOID, XSD, Names

LINK_TARGETS = {authority.name: (authority.title, authority.space) for authority in AUTHORITIES.values()} | {
    "qudt": ("QUDT", "http://qudt.org/vocab/")
}
KINDS = {OWL.sameAs: "sameAs", SKOS.exactMatch: "exact", SKOS.closeMatch: "close"}

Links = Counter[tuple[str, str]]  # by target and kind


def count_links(store: Store, names: Names) -> Links:
    """Count the links of a store, each triple once in however many graphs it is."""
    found: Links = Counter()
    seen: set[Triple] = set()
    for predicate in KINDS:
        seen.clear()
        for quad in store.quads_for_pattern(None, predicate, None):
            target = _target(quad.subject, quad.object, names)
            if target is not None and quad.triple not in seen:
                seen.add(quad.triple)
                found[target, KINDS[predicate]] += 1
    return found


def recount_links(before: Store, after: Store, delta: Delta, names: Names) -> Links:
    """The counts after a change, from those of the catalogue before it."""
    catalogue = names.graph("catalog")
    found: Links = Counter()
    for target in LINK_TARGETS:
        for kind in KINDS.values():
            quads = before.quads_for_pattern(_linkset(names, target, kind), VOID.triples, None, catalogue)
            counts = [quad.object for quad in quads]
            found[target, kind] = sum(int(count.value) for count in counts if isinstance(count, Literal))
    scope = Scope(after, delta, lambda name: name != catalogue)
    for triple in {quad.triple for quad in (*scope.added, *scope.removed) if quad.predicate in KINDS}:
        target_of = _target(triple.subject, triple.object, names)
        if target_of is not None:
            pattern = (triple.subject, triple.predicate, triple.object)
            step = scope.step(pattern, triple in scope.removed_triples)
            found[target_of, KINDS[triple.predicate]] += step
    return +found


def linksets(links: Links, whole: NamedNode, names: Names) -> Iterator[Triple]:
    """The description of every linkset that has links; `whole` is the dataset that they are of."""
    predicates = {kind: predicate for predicate, kind in KINDS.items()}
    for name, (title, space) in LINK_TARGETS.items():
        for kind, predicate in predicates.items():
            if not links[name, kind]:
                continue
            linkset, target = _linkset(names, name, kind), names.iri(f"dataset/{name}")
            yield Triple(linkset, RDF.type, VOID.Linkset)
            yield Triple(linkset, RDFS.label, Literal(f"Links to {title}: {kind}", language="en"))
            yield Triple(target, RDFS.label, Literal(title, language="en"))
            yield Triple(whole, VOID.subset, linkset)
            yield Triple(linkset, VOID.subjectsTarget, whole)
            yield Triple(linkset, VOID.objectsTarget, target)
            yield Triple(linkset, VOID.linkPredicate, predicate)
            yield Triple(linkset, VOID.triples, Literal(str(links[name, kind]), datatype=XSD.integer))
            yield Triple(target, RDF.type, VOID.Dataset)
            yield Triple(target, VOID.uriSpace, Literal(space))


def _linkset(names: Names, target: str, kind: str) -> NamedNode:
    return names.iri(f"dataset/all/links/{target}-{kind}")


def _target(subject: Any, linked: Any, names: Names) -> str | None:
    """The dataset that a link of ours leads to, if it is one of those."""
    if not isinstance(subject, NamedNode) or not subject.value.startswith(names.base):
        return None
    if not isinstance(linked, NamedNode):
        return None
    return next((name for name, (_, space) in LINK_TARGETS.items() if linked.value.startswith(space)), None)
