"""A batch of queries answered: candidates found, told apart, scored and described."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from innograph.ontology.authorities import AUTHORITIES, spellings
from innograph.server.engine import Snapshot
from innograph.server.pages.language import LANGUAGES, Words
from innograph.server.pages.reading import PROLOGUE, values_of
from innograph.server.reconciliation import matching
from innograph.server.reconciliation.candidates import Candidate, Finder
from innograph.server.reconciliation.countries import is_known, names_of
from innograph.server.reconciliation.describing import descriptions, labels_of
from innograph.server.reconciliation.matching import Match
from innograph.server.reconciliation.properties import (
    CHUNK,
    VALUES_MOST,
    Kind,
    Property,
    known,
    places,
    resolved,
)
from innograph.server.reconciliation.requests import Asked, Entity, Value
from innograph.server.reconciliation.types import expanded, members, ranks, types_of

COMPARED = 80  # candidates of one query whose types and values are looked at, the most alike first
REVERSED = 200  # things that a condition may find
_CLASSES = PROLOGUE + (
    "SELECT ?thing ?kind WHERE {{ VALUES ?thing {{ {things} }} ?thing ?p ?kind"
    " FILTER(?p IN (rdf:type, skos:inScheme)) }} LIMIT {most}"
)
_LINKED = PROLOGUE + (
    "SELECT DISTINCT ?thing WHERE {{ VALUES ?other {{ {others} }}"
    " ?thing owl:sameAs|skos:exactMatch ?other }} LIMIT {most}"
)


@dataclass(frozen=True, slots=True)
class Conditioned:
    """A condition of a query with the property that it means."""

    property: Property
    pid: str
    values: tuple[Value, ...]


def reconcile(
    snapshot: Snapshot, finder: Finder, batch: Mapping[str, Asked], words: Words
) -> dict[str, dict[str, Any]]:
    """The reconciliation result batch of a query batch (section "Reconciliation Query Responses").

    Raises:
        ProtocolError: a condition names no property.
        TimeoutError: finding took too long.
    """
    base = snapshot.release.base
    conditions = {key: _conditions(asked, base) for key, asked in batch.items()}
    found = {
        key: _compared(_candidates(snapshot, finder, asked, conditions[key]), asked)
        for key, asked in batch.items()
    }
    classes = classes_of(snapshot, {m.candidate.iri for matches in found.values() for m in matches})
    for key, asked in batch.items():
        found[key] = [m for m in found[key] if _is_of(classes.get(m.candidate.iri, set()), asked, base)]
    _apply(snapshot, found, conditions)
    results = {
        key: matching.decide(matches, batch[key].query)[: batch[key].limit] for key, matches in found.items()
    }
    told = descriptions(
        snapshot, {m.candidate.iri for matches in results.values() for m in matches}, classes, words
    )
    return {
        key: {"result": [_result(match, told, classes, words, base) for match in matches]}
        for key, matches in results.items()
    }


def _result(
    match: Match, told: dict[str, tuple[str, str]], classes: dict[str, set[str]], words: Words, base: str
) -> dict[str, Any]:
    iri = match.candidate.iri
    name, description = told[iri]
    features = [
        {"id": "name", "value": round(match.name, 4)},
        {"id": "same_name", "value": match.exact},
        {"id": "identifier", "value": match.candidate.identified},
        *({"id": f"property:{pid}", "value": value} for pid, value in match.fits.items()),
    ]
    return {
        "id": iri,
        "name": name,
        **({"description": description} if description else {}),
        "score": match.score,
        "match": match.certain,
        "type": [
            {"id": kind.id, "name": words(kind.word)} for kind in types_of(classes.get(iri, set()), base)
        ],
        "features": features,
    }


def _conditions(asked: Asked, base: str) -> list[Conditioned]:
    return [Conditioned(resolved(c.pid, base), c.pid, c.values) for c in asked.conditions]


def _candidates(
    snapshot: Snapshot, finder: Finder, asked: Asked, conditions: Sequence[Conditioned]
) -> list[Candidate]:
    found: dict[str, Candidate] = {}
    if asked.query:
        for iri in identified_by(snapshot, asked.query):
            found[iri] = Candidate(iri, identified=True)
        if not found and "://" not in asked.query:  # an address that nobody knows is no name
            for candidate in finder.find(asked.query, ranks(asked.types, snapshot.release.base)):
                found[candidate.iri] = candidate
    for condition in conditions:
        if condition.property.identifying:
            for iri in _having(snapshot, condition):
                found.setdefault(iri, Candidate(iri)).identified = True
        elif not asked.query:
            for iri in _having(snapshot, condition):
                found.setdefault(iri, Candidate(iri))
    return list(found.values())


def identified_by(snapshot: Snapshot, text: str) -> list[str]:
    """The things that a text identifies: its own IRI or path, or an identifier that it is linked to."""
    base = snapshot.release.base
    others: list[str] = []
    if (bare := AUTHORITIES["wikidata"].identifier(text)) is not None:
        others = AUTHORITIES["wikidata"].spellings(bare)
    elif re.fullmatch(r"\S*[:/]\S*", text) and (iri := expanded(text, base)) is not None:
        others = spellings(iri)
    if not others:
        return []
    own = [iri for iri in others if classes_of(snapshot, [iri])]
    rows = snapshot.select(_LINKED.format(others=values_of(others), most=REVERSED))
    return list(dict.fromkeys([*own, *(row["thing"].value for row in rows)]))


def _having(snapshot: Snapshot, condition: Conditioned) -> list[str]:
    """The things that have one of the values of a condition."""
    property, base = condition.property, snapshot.release.base
    if property.kind in (Kind.COORDINATES, Kind.DEGREES, Kind.FIGURES):
        return []
    terms: dict[str, None] = {}
    for value in condition.values:
        terms.update(dict.fromkeys(_terms(property, value, base)))
    if not terms:
        return []
    values = " ".join(terms)
    found = snapshot.select(
        f"{PROLOGUE}SELECT DISTINCT ?thing WHERE {{ VALUES ?value {{ {values} }}"
        f" ?thing {property.path} ?value }} LIMIT {REVERSED}"
    )
    if not found and property.kind is Kind.ANY:  # the value may be a thing of that name
        found = snapshot.select(
            f"{PROLOGUE}SELECT DISTINCT ?thing WHERE {{ VALUES ?name {{ {values} }}"
            f" ?value rdfs:label|skos:prefLabel|skos:altLabel ?name . ?thing {property.path} ?value }}"
            f" LIMIT {REVERSED}"
        )
    return [row["thing"].value for row in found if isinstance(row["thing"], NamedNode)]


def _terms(property: Property, value: Value, base: str) -> list[str]:
    """A value as the terms, written for SPARQL, that data may have for it."""
    text = matching.as_text(value)
    if property.kind is Kind.AUTHORITY:
        identifier = property.authority.identifier(text)
        return [f"<{iri}>" for iri in property.authority.spellings(identifier)] if identifier else []
    iri = expanded(text, base) if re.fullmatch(r"\S*[:/]\S*", text) else None
    found = [f"<{spelled}>" for spelled in spellings(iri)] if iri else []
    if property.kind is Kind.LINK or isinstance(value, Entity):
        return found
    names = [text, *(names_of(text) if property.id == "country" else ())]
    found += [str(Literal(name)) for name in names]
    found += [str(Literal(name, language=language)) for name in names for language in LANGUAGES]
    if (number := matching.number(text)) is not None and not isinstance(value, bool):
        found += [format(number, "f")] if abs(number.adjusted()) < 30 else []
    return found


def _compared(candidates: list[Candidate], asked: Asked) -> list[Match]:
    """The candidates that are alike enough, the most alike first, at most as many as are looked at."""
    scored = [matching.named(candidate, asked.query) for candidate in candidates]
    alike = [m for m in scored if m.name >= matching.LEAST or m.candidate.identified]
    alike.sort(key=lambda m: (not m.candidate.identified, -m.name))
    return alike[:COMPARED]


def classes_of(snapshot: Snapshot, iris: Iterable[str]) -> dict[str, set[str]]:
    """The classes and schemes of things; a thing without any is left out."""
    found: dict[str, set[str]] = {}
    ordered = sorted(iris)
    for place in range(0, len(ordered), CHUNK):
        things = values_of(ordered[place : place + CHUNK])
        for row in snapshot.select(_CLASSES.format(things=things, most=VALUES_MOST)):
            found.setdefault(row["thing"].value, set()).add(row["kind"].value)
    return found


def _is_of(classes: set[str], asked: Asked, base: str) -> bool:
    """Whether a thing is of the types that are asked for; where none is, of any declared one."""
    if not asked.types:
        return bool(types_of(classes, base))
    fits = [not members(name, base).isdisjoint(classes) for name in asked.types]
    return all(fits) if asked.every else any(fits)


def _apply(
    snapshot: Snapshot, found: dict[str, list[Match]], conditions: dict[str, list[Conditioned]]
) -> None:
    """Hold the candidates of all queries to their conditions: each property is read once for the batch."""
    used = {condition.property for own in conditions.values() for condition in own}
    base = snapshot.release.base
    for property in sorted(used, key=lambda property: property.id):
        things = sorted(
            {
                match.candidate.iri
                for key, own in conditions.items()
                if any(condition.property == property for condition in own)
                for match in found[key]
            }
        )
        if property.kind is Kind.FIGURES or not things:
            continue
        located = places(snapshot, things) if property.kind is Kind.COORDINATES else {}
        values = {} if property.kind is Kind.COORDINATES else known(snapshot, property, things)
        labels = labels_of(
            snapshot, {t.value for own in values.values() for t in own if isinstance(t, NamedNode)}
        )
        for key, own in conditions.items():
            for condition in own:
                if condition.property != property:
                    continue
                asked = _widened(condition, labels)
                for match in found[key]:
                    iri = match.candidate.iri
                    if property.kind is Kind.COORDINATES:
                        fits = matching.near(asked, located.get(iri, []))
                    else:
                        fits = matching.fit(property, asked, values.get(iri, []), labels, base)
                    if fits is None:
                        match.unknown += 1
                    else:
                        match.fits[condition.pid] = min(fits, match.fits.get(condition.pid, 1.0))
    for key, matches in found.items():
        found[key] = [m for m in matches if all(value >= matching.FITS for value in m.fits.values())]


def _widened(condition: Conditioned, labels: dict[str, list[str]]) -> tuple[Value, ...]:
    """The values of a condition; of a country its other names too, and nothing where nobody knows it.

    Else a spelling that is new to us would leave out every candidate.
    """
    if condition.property.id != "country":
        return condition.values
    every = {label for own in labels.values() for label in own}
    found: list[Value] = []
    for value in condition.values:
        text = matching.as_text(value)
        if isinstance(value, Entity) or re.search("[:/]", text) or is_known(text, every):
            found += [value, *names_of(text)]
    return tuple(found)
