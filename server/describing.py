"""What the document of a thing says in RDF.

Everything stated of the thing and of its parts (what has an IRI below its own: evidence, selectors,
partitions), what links to it (bounded), and the labels of whatever is mentioned.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode, Triple

from innograph.ontology.namespaces import RDFS, SKOS
from innograph.server.engine import Snapshot

INCOMING = 1000
CONTENT = 100_000
LABELS = (RDFS.label, SKOS.prefLabel)

_EXISTS = "ASK { { ?thing ?p ?o } UNION { ?s ?q ?thing } UNION { GRAPH ?thing { ?a ?b ?c } } }"
_OWN = "CONSTRUCT { ?thing ?p ?o } WHERE { ?thing ?p ?o }"
_INCOMING = f"CONSTRUCT {{ ?s ?p ?thing }} WHERE {{ ?s ?p ?thing }} LIMIT {INCOMING}"
_CONTENT = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH ?thing {{ ?s ?p ?o }} }} LIMIT {CONTENT}"
_TERMS = """CONSTRUCT { ?term ?p ?o } WHERE { ?term ?p ?o
  FILTER(STRSTARTS(STR(?term), CONCAT(STR(?thing), "#")) || ?term = ?thing) }"""


def exists(snapshot: Snapshot, iri: NamedNode) -> bool:
    """Whether the graph says anything of a thing, links to it, or has a named graph of that name."""
    return snapshot.ask(_EXISTS, thing=iri)


def describe(snapshot: Snapshot, iri: NamedNode) -> list[Triple]:
    """The triples of a thing's document."""
    content = snapshot.construct(_CONTENT, thing=iri)
    if content:  # a named graph: what it says
        return content
    own = snapshot.construct(_OWN, thing=iri)
    parts = _parts(snapshot, iri, own)
    incoming = snapshot.construct(_INCOMING, thing=iri)
    triples = dict.fromkeys([*own, *parts, *incoming])
    triples.update(dict.fromkeys(labels(snapshot, triples)))
    return list(triples)


def describe_vocabulary(snapshot: Snapshot, iri: NamedNode) -> list[Triple]:
    """A whole vocabulary: the ontology's own triples and those of its terms (`iri#term`)."""
    return snapshot.construct(_TERMS, thing=iri)


def labels(snapshot: Snapshot, triples: Iterable[Triple]) -> list[Triple]:
    """The labels of everything that triples mention."""
    mentioned = {
        node
        for triple in triples
        for node in (triple.subject, triple.predicate, triple.object)
        if isinstance(node, NamedNode)
    }
    if not mentioned:
        return []
    values = " ".join(map(str, sorted(mentioned, key=str)))
    predicates = ", ".join(map(str, LABELS))  # a second VALUES would make the engine read everything
    return snapshot.construct(
        f"CONSTRUCT {{ ?thing ?p ?label }} WHERE {{ VALUES ?thing {{ {values} }} ?thing ?p ?label"
        f" FILTER(?p IN ({predicates})) }}"
    )


def _parts(snapshot: Snapshot, iri: NamedNode, own: list[Triple]) -> list[Triple]:
    # Found from the thing onward, so that no store is ever scanned for a prefix.
    found: list[Triple] = []
    seen = {iri}
    frontier = own
    prefix = f"{iri.value}/"
    while frontier:
        new = {
            triple.object
            for triple in frontier
            if isinstance(triple.object, NamedNode) and triple.object.value.startswith(prefix)
        } - seen
        seen |= new
        frontier = [t for part in sorted(new, key=str) for t in snapshot.construct(_OWN, thing=part)]
        found += frontier
    return found
