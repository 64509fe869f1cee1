"""What claims are checked with: the names, units and relations of one release, read by bounded questions."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log10
from threading import Lock

from pyoxigraph import Literal, NamedNode

from innograph.ontology.figures.names import Index
from innograph.ontology.figures.sentences import rates
from innograph.ontology.figures.sentences.lexicon import INDICATOR, PLACE, RANKING, Lexicon, Thing
from innograph.ontology.figures.sentences.text import fold
from innograph.ontology.figures.units import QUERY as UNITS
from innograph.ontology.figures.units import Unit, Units
from innograph.ontology.namespaces import PREFIXES, Names
from innograph.server.engine import Snapshot, Term

PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
CONCEPTS = 5_000  # indicators and rankings that are known
PLACES = 20_000
KEPT = 3  # releases whose knowledge is kept
_PROPERTIES = (
    "skos:prefLabel, skos:altLabel, rdfs:label, schema:name, qudt:hasUnit, skos:exactMatch, skos:closeMatch, skos:related, "
    "skos:broader, skos:narrower, owl:sameAs, schema:containedInPlace, inno:marketSide"
)
_LABELS = ("skos:prefLabel", "rdfs:label", "schema:name", "skos:altLabel")
_CONCEPTS = f"""{PROLOGUE}SELECT ?thing ?p ?o WHERE {{
  {{ SELECT ?thing WHERE {{ ?thing skos:inScheme ?scheme . ?thing a skos:Concept }} LIMIT {CONCEPTS} }}
  ?thing ?p ?o FILTER(?p IN ({_PROPERTIES})) }}"""
_PLACES = f"""{PROLOGUE}SELECT ?thing ?p ?o WHERE {{
  {{ SELECT DISTINCT ?thing WHERE {{ ?thing a ?kind }} LIMIT {PLACES} }}
  ?thing ?p ?o FILTER(?p IN ({_PROPERTIES})) }}"""
_KINDS = ("schema:City", "schema:AdministrativeArea", "schema:State", "schema:Country", "schema:Place")


def _expanded(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{PREFIXES[prefix]}{local}"


@dataclass
class Knowledge:
    """The names of one release, and what is the same as what in it."""

    names: Names
    lexicon: Lexicon
    units: Units
    indexes: dict[str, Index[str]]
    same: dict[str, set[str]] = field(default_factory=dict)  # exact matches, both ways
    near: dict[str, set[str]] = field(default_factory=dict)  # close matches and neighbours in the scheme
    units_of: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def label(self, iri: str, language: str = "en") -> str:
        """What a thing is called in a language, else in English, else in any."""
        thing = self.lexicon.things.get(iri)
        if thing is None:
            unit = self.units.known.get(iri)
            return unit.label(language) if unit else self.names.relative(iri) or iri
        for wanted in (language, "en"):
            for text, tag in thing.labels:
                if tag.partition("-")[0] == wanted:
                    return text
        return thing.labels[0][0] if thing.labels else iri

    def equals(self, iri: str) -> list[str]:
        """A thing and all that the graph says is exactly the same."""
        return sorted({iri, *self.same.get(iri, ())})

    def unit(self, iri: str) -> Unit | None:
        """A unit of the graph, or a currency."""
        return self.units.by_iri(iri)


_known: OrderedDict[tuple[str, int, str], Knowledge] = OrderedDict()
_lock = Lock()


def knowledge(snapshot: Snapshot) -> Knowledge:
    """The knowledge of a release; that of the last few is kept."""
    release = snapshot.release
    key = (release.identity, release.number, release.base)
    with _lock:
        if release.identity and key in _known:
            _known.move_to_end(key)
            return _known[key]
    made = _read(snapshot)
    if release.identity:
        with _lock:
            _known[key] = made
            while len(_known) > KEPT:
                _known.popitem(last=False)
    return made


def _read(snapshot: Snapshot) -> Knowledge:
    names = Names(snapshot.release.base)
    units = Units.of_rows(
        ((row["unit"], row["property"], row["value"]) for row in snapshot.select(UNITS)), names
    )
    described: dict[str, dict[str, dict[str, list[Term]]]] = {PLACE: {}, INDICATOR: {}, RANKING: {}}
    for kind, scheme in ((INDICATOR, "indicators"), (RANKING, "rankings")):
        for row in snapshot.select(_CONCEPTS, scheme=names.iri(f"scheme/{scheme}")):
            _enter(described[kind], row)
    for kind in _KINDS:
        for row in snapshot.select(_PLACES, kind=NamedNode(_expanded(kind))):
            _enter(described[PLACE], row)
    made = Knowledge(names, Lexicon(), units, {kind: Index() for kind in described})
    things = []
    for kind, found in described.items():
        for iri, own in found.items():
            things.append(_thing(iri, kind, own, units, made))
    made.lexicon = Lexicon.of(things, _unit_names(units))
    return made


def _enter(found: dict[str, dict[str, list[Term]]], row: Mapping[str, Term]) -> None:
    values = found.setdefault(row["thing"].value, {}).setdefault(row["p"].value, [])
    if row["o"] not in values:
        values.append(row["o"])


def _thing(iri: str, kind: str, own: Mapping[str, list[Term]], units: Units, made: Knowledge) -> Thing:
    labels = tuple(
        (term.value, term.language or "")
        for name in _LABELS
        for term in own.get(_expanded(name), [])
        if isinstance(term, Literal)
    )
    for text, _ in labels:
        made.indexes[kind].add(text, iri)

    def nodes(*properties: str) -> list[str]:
        return [t.value for name in properties for t in own.get(_expanded(name), []) if isinstance(t, NamedNode)]

    for other in nodes("skos:exactMatch", "owl:sameAs"):
        made.same.setdefault(iri, set()).add(other)
        made.same.setdefault(other, set()).add(iri)
    for other in nodes("skos:closeMatch", "skos:related", "skos:broader", "skos:narrower"):
        made.near.setdefault(iri, set()).add(other)
        made.near.setdefault(other, set()).add(iri)
    of_unit = nodes("qudt:hasUnit")
    made.units_of[iri] = tuple(of_unit)
    known = [unit for name in of_unit if (unit := units.by_iri(name))]
    return Thing(
        iri,
        kind,
        tuple(dict.fromkeys(labels)),
        money=any(unit.currency for unit in known),
        percent=any(unit.iri.endswith("/PERCENT") for unit in known),
        unit_rate=next((rate for unit in known if (rate := rate_of(unit))), None),
        within=tuple(nodes("schema:containedInPlace")),
    )


def rate_of(unit: Unit) -> tuple[str, int] | None:
    """The denominator that a unit's label tells: ("person", 10000) of "per 10,000 people"."""
    for language, text in unit.labels:
        if language == "en":
            found = rates.scan(fold(text), 0, len(text))
            if found:
                return found[0].of, found[0].amount
    return None


def _unit_names(units: Units) -> dict[str, Iterable[str]]:
    """The graph's unit names that may stand behind a number; what counts or pays is read by the rules."""
    found: dict[str, list[str]] = {}
    for unit in units.known.values():
        if unit.currency or unit.iri.endswith(("/NUM", "/PERCENT", "/UNITLESS")) or rate_of(unit):
            continue
        for name in (*(text for _, text in unit.labels), *unit.symbols):
            if len(name) > 1:
                found.setdefault(name, []).append(unit.iri)
                if name.isascii() and name.isalpha() and len(name) > 3:
                    found.setdefault(f"{name}s", []).append(unit.iri)
    return dict(found)


def rate_unit(units: Units, of: str, amount: int) -> Unit | None:
    """The unit of things counted for each `amount` of something, where it can be named."""
    number = units.known.get(f"{PREFIXES['unit']}NUM")
    if number is None:
        return None
    if of == "person":
        power = round(log10(amount)) if amount > 0 else 0
        return units.per_people(number, power) if 10**power == amount else None
    if of == "day" and amount == 1:
        return units.known.get(f"{PREFIXES['unit']}PER-DAY")
    return None
