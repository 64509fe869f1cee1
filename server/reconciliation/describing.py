"""What candidates are called, and the line that tells namesakes apart."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from innograph.server.engine import Snapshot
from innograph.server.pages.language import Words, best
from innograph.server.pages.links import expand
from innograph.server.pages.reading import PROLOGUE, Facts, values_of
from innograph.server.reconciliation.properties import CHUNK, VALUES_MOST
from innograph.server.reconciliation.types import types_of

NAMES = tuple(expand(n) for n in ("skos:prefLabel", "rdfs:label", "dcterms:title", "schema:name"))
OTHERS = tuple(
    expand(n) for n in ("skos:altLabel", "schema:alternateName", "skos:notation", "schema:identifier")
)
ABOUT = tuple(
    expand(n) for n in ("rdfs:comment", "skos:definition", "dcterms:description", "schema:jobTitle")
)
WITHIN = expand("schema:containedInPlace")
LONGEST = 200  # characters of a description


def facts_of(snapshot: Snapshot, iris: Iterable[str], predicates: Iterable[str]) -> dict[str, Facts]:
    """The values of some properties of any number of things."""
    found: dict[str, Facts] = {}
    ordered, wanted = sorted(iris), ", ".join(f"<{predicate}>" for predicate in predicates)
    for place in range(0, len(ordered), CHUNK):
        rows = snapshot.select(
            f"{PROLOGUE}SELECT ?thing ?p ?o WHERE"
            f" {{ VALUES ?thing {{ {values_of(ordered[place : place + CHUNK])} }} ?thing ?p ?o"
            f" FILTER(?p IN ({wanted})) }} LIMIT {VALUES_MOST}"
        )
        for row in rows:
            found.setdefault(row["thing"].value, {}).setdefault(row["p"].value, []).append(row["o"])
    return found


def labels_of(snapshot: Snapshot, iris: Iterable[str]) -> dict[str, list[str]]:
    """Every name and code of some things, in any language."""
    found = facts_of(snapshot, iris, (*NAMES, *OTHERS))
    return {iri: [term.value for terms in facts.values() for term in terms] for iri, facts in found.items()}


def names_of(snapshot: Snapshot, iris: Iterable[str], words: Words) -> dict[str, str]:
    """What things are called in the reader's language; what has no name is left out."""
    found = facts_of(snapshot, iris, NAMES)
    return {iri: name for iri, facts in found.items() if (name := _best(facts, NAMES, words))}


def descriptions(
    snapshot: Snapshot, iris: Iterable[str], classes: dict[str, set[str]], words: Words
) -> dict[str, tuple[str, str]]:
    """The name and the description of each of some things: what it is, where, and what is said of it."""
    wanted = set(iris)
    facts = facts_of(snapshot, wanted, (*NAMES, *ABOUT, WITHIN))
    within = {
        iri: [term.value for term in own.get(WITHIN, []) if isinstance(term, NamedNode)]
        for iri, own in facts.items()
    }
    around = names_of(snapshot, {iri for places in within.values() for iri in places}, words)
    base, told = snapshot.release.base, {}
    for iri in wanted:
        own = facts.get(iri, {})
        kinds = [words(kind.word) for kind in types_of(classes.get(iri, set()), base)][:1]
        places = [around[place] for place in within.get(iri, []) if place in around][:1]
        about = _best(own, ABOUT, words)
        text = ", ".join([*kinds, *places]) + (f": {about}" if about else "")
        if len(text) > LONGEST:
            text = text[: LONGEST - 1].rstrip() + "…"
        told[iri] = (_best(own, NAMES, words) or iri.removeprefix(base), text)
    return told


def _best(facts: Facts, predicates: Iterable[str], words: Words) -> str:
    for predicate in predicates:
        labels = [term for term in facts.get(predicate, []) if isinstance(term, Literal)]
        if found := best(sorted(labels, key=str), words.language):
            return found.value
    return ""
