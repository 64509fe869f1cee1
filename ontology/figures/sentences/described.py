"""The names of a graph as a lexicon: what its triples say of indicators, rankings and places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from math import log10

from pyoxigraph import Literal, NamedNode

from innograph.ontology.figures.sentences import rates
from innograph.ontology.figures.sentences.lexicon import INDICATOR, PLACE, RANKING, Lexicon, Thing
from innograph.ontology.figures.sentences.quantities import COUNT, MONEY, NAMED, PERCENT, Amount
from innograph.ontology.figures.sentences.text import fold
from innograph.ontology.figures.units import Unit, Units
from innograph.ontology.namespaces import PREFIXES, UNIT, Names

Term = NamedNode | Literal
Select = Callable[[str], Iterable[Mapping[str, Term]]]
Own = Mapping[str, list[Term]]  # what is stated of one thing: values by property

CONCEPTS = 5_000  # indicators and rankings that are known
PLACES = 20_000
SAME = ("skos:exactMatch", "owl:sameAs")
LEVEL = "rdfs:seeAlso"  # from an administrative area to the settlement of its name
NEAR = ("skos:closeMatch", "skos:related", "skos:broader", "skos:narrower")
_LABELS = ("skos:prefLabel", "rdfs:label", "schema:name", "skos:altLabel")
_PROPERTIES = ", ".join((*_LABELS, *SAME, *NEAR, LEVEL, "qudt:hasUnit", "schema:containedInPlace"))
_PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
_KINDS = ("schema:City", "schema:AdministrativeArea", "schema:State", "schema:Country", "schema:Place")


@cache
def expand(name: str) -> str:
    """The IRI of a prefixed name of our prefixes."""
    prefix, _, local = name.partition(":")
    return f"{PREFIXES[prefix]}{local}"


def described(select: Select, names: Names) -> dict[str, dict[str, Own]]:
    """What a graph says of its indicators, rankings and places: by kind, IRI and property.

    `select` answers a SELECT over the union of all graphs. The first 5,000 concepts and 20,000 places of
    each class are read.
    """
    found: dict[str, dict[str, dict[str, list[Term]]]] = {PLACE: {}, INDICATOR: {}, RANKING: {}}
    patterns = [
        (
            INDICATOR,
            f"?thing skos:inScheme <{names.base}scheme/indicators> . ?thing a skos:Concept",
            CONCEPTS,
        ),
        (RANKING, f"?thing skos:inScheme <{names.base}scheme/rankings> . ?thing a skos:Concept", CONCEPTS),
        *((PLACE, f"?thing a {kind}", PLACES) for kind in _KINDS),
    ]
    for kind, pattern, limit in patterns:
        query = f"""{_PROLOGUE}SELECT ?thing ?p ?o WHERE {{
          {{ SELECT DISTINCT ?thing WHERE {{ {pattern} }} LIMIT {limit} }}
          ?thing ?p ?o FILTER(?p IN ({_PROPERTIES})) }}"""
        for row in select(query):
            values = found[kind].setdefault(row["thing"].value, {}).setdefault(row["p"].value, [])
            if row["o"] not in values:
                values.append(row["o"])
    return {kind: dict(things) for kind, things in found.items()}


def lexicon(things: Mapping[str, Mapping[str, Own]], units: Units) -> Lexicon:
    """The lexicon of what `described` found."""
    made = [_thing(iri, kind, own, units) for kind, found in things.items() for iri, own in found.items()]
    return Lexicon.of(made, _unit_names(units))


def nodes(own: Own, *properties: str) -> list[str]:
    """The things that some properties of a thing name."""
    return [t.value for name in properties for t in own.get(expand(name), []) if isinstance(t, NamedNode)]


def _thing(iri: str, kind: str, own: Own, units: Units) -> Thing:
    labels = (
        (term.value, term.language or "")
        for name in _LABELS
        for term in own.get(expand(name), [])
        if isinstance(term, Literal)
    )
    of_unit = [unit for name in nodes(own, "qudt:hasUnit") if (unit := units.by_iri(name))]
    return Thing(
        iri,
        kind,
        tuple(dict.fromkeys(labels)),
        money=any(unit.currency for unit in of_unit),
        percent=any(unit.iri.endswith("/PERCENT") for unit in of_unit),
        unit_rate=next((rate for unit in of_unit if (rate := rate_of(unit))), None),
        within=tuple(nodes(own, "schema:containedInPlace")),
        units=tuple(unit.iri for unit in of_unit),
    )


def rate_of(unit: Unit) -> tuple[str, int] | None:
    """The denominator that a unit's English label tells: ("person", 10000) of "per 10,000 people"."""
    for language, text in unit.labels:
        if language == "en":
            found = rates.scan(fold(text), 0, len(text))
            if found:
                return found[0].of, found[0].amount
    return None


def rate_unit(units: Units, of: str, amount: int) -> Unit | None:
    """The unit of things counted for each `amount` of something, where it can be named."""
    number = units.known.get(f"{UNIT}NUM")
    if number is None or amount < 1:
        return None
    if of == "person":
        power = round(log10(amount))
        return units.per_people(number, power) if 10**power == amount else None
    return units.known.get(f"{UNIT}PER-DAY") if (of, amount) == ("day", 1) else None


def unit_of(
    amount: Amount, own: Iterable[Unit], per: tuple[str, int] | None, units: Units
) -> tuple[Unit | None, bool]:
    """The unit of a number that is claimed of an indicator, and whether it is lacking.

    `own` are the units that the indicator has; `per` is the denominator that the words state. A number
    without a unit word is in the indicator's own unit, but for money and percentages: nobody can tell
    yuan from dollars, or a percentage from a fraction.
    """
    mine = list(own)
    if amount.kind == MONEY:
        fitting = next((unit for unit in mine if unit.currency in amount.units), None)
        return fitting or (units.currency(amount.units[0]) if amount.units else None), not amount.units
    if amount.kind == PERCENT:
        return units.by_iri(f"{UNIT}PERCENT"), False
    if amount.kind == NAMED:
        return next((unit for iri in amount.units if (unit := units.by_iri(iri))), None), False
    rate = rate_unit(units, *per) if per else None
    if rate is not None and (not mine or any(units.convertible(rate, unit) for unit in mine)):
        return rate, False
    first = mine[0] if mine else None
    plain = first is not None and not first.currency and not first.iri.endswith(("/PERCENT", "/UNITLESS"))
    if amount.kind == COUNT or plain:
        return first or units.by_iri(f"{UNIT}NUM"), False
    return None, True


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
