"""The properties by which candidates are told apart and of which values are fetched, declared once as data.

Besides these, any predicate can be asked for, by a prefixed name or its IRI; and of a place the figures of any
indicator, by the indicator's path (`indicator/patents-per-10000-people`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pyoxigraph import Literal, NamedNode

from innograph.ontology.authorities import AUTHORITIES, Authority
from innograph.server.engine import Snapshot, Term
from innograph.server.pages.language import Words, best
from innograph.server.pages.reading import PROLOGUE, values_of
from innograph.server.reconciliation.requests import bad
from innograph.server.reconciliation.types import expanded, named

VALUES_MOST = 20_000  # values that are read at once
INDICATORS = 200  # indicators that are proposed
CHUNK = 400  # things in one query


class Kind(Enum):
    """How values of a property are compared and told."""

    ANY = "any"  # a literal by its value, a thing by its name or IRI
    LINK = "link"  # an IRI of somebody else's
    AUTHORITY = "authority"  # an identifier of an authority
    COORDINATES = "coordinates"
    DEGREES = "degrees"
    FIGURES = "figures"  # observations of an indicator


@dataclass(frozen=True, slots=True)
class Property:
    """A property: `word` is its name in `words.json`, `path` how it is reached in SPARQL.

    `types` are the ids of the types it is proposed for; none means all. An `identifying` one has another
    value for each thing. `aliases` are further ids that mean it; `of` is the type of its values.
    """

    id: str
    path: str
    word: str = ""
    kind: Kind = Kind.ANY
    types: tuple[str, ...] = ()
    identifying: bool = False
    aliases: tuple[str, ...] = ()
    of: str = ""
    name: str = ""

    @property
    def authority(self) -> Authority:
        """Who gives the identifiers, of a property that holds some."""
        return AUTHORITIES[self.id]

    def called(self, words: Words) -> str:
        """Its name for a reader."""
        return words(self.word) if self.word else self.name or self.id


PLACES = ("schema:City", "schema:Place", "schema:Country")
LINKS = "owl:sameAs|skos:exactMatch"
PROPERTIES = (
    Property("rdfs:label", "rdfs:label|skos:prefLabel|schema:name|dcterms:title", "property_name"),
    Property("skos:altLabel", "skos:altLabel|schema:alternateName", "property_other_names"),
    Property("rdfs:comment", "rdfs:comment|skos:definition|dcterms:description", "property_description"),
    Property(
        "country",
        "schema:containedInPlace+|schema:addressCountry",
        "property_country",
        types=("schema:City", "schema:Place"),
        aliases=("schema:containedInPlace", "schema:addressCountry"),
        of="schema:Place",
    ),
    Property(
        "coordinates",
        "geo:lat",
        "property_coordinates",
        Kind.COORDINATES,
        PLACES,
        aliases=("schema:geo",),
    ),
    Property("geo:lat", "geo:lat", "property_latitude", Kind.DEGREES, PLACES),
    Property("geo:long", "geo:long", "property_longitude", Kind.DEGREES, PLACES),
    Property("wikidata", LINKS, "property_wikidata", Kind.AUTHORITY, identifying=True),
    Property("geonames", LINKS, "property_geonames", Kind.AUTHORITY, PLACES, identifying=True),
    Property("owl:sameAs", LINKS, "property_same_as", Kind.LINK, identifying=True),
    Property(
        "skos:exactMatch", LINKS, "property_exact_match", Kind.LINK, ("skos:Concept",), identifying=True
    ),
    Property("dcterms:type", "dcterms:type", "property_type", types=("scheme/indicators",)),
    Property("qudt:hasUnit", "qudt:hasUnit", "property_unit", types=("scheme/indicators",), of="qudt:Unit"),
    Property("qudt:symbol", "qudt:symbol", "property_symbol", types=("qudt:Unit",)),
    Property(
        "qudt:currencyCode", "qudt:currencyCode", "property_currency", types=("qudt:Unit",), identifying=True
    ),
    Property(
        "qudt:conversionMultiplier", "qudt:conversionMultiplier", "property_factor", types=("qudt:Unit",)
    ),
    Property("schema:jobTitle", "schema:jobTitle", "property_job_title", types=("schema:Person",)),
    Property("schema:author", "schema:author", "property_author", types=("schema:CreativeWork",)),
    Property("schema:inLanguage", "schema:inLanguage", "property_language", types=("schema:CreativeWork",)),
    Property("dcterms:license", "dcterms:license", "property_licence", Kind.LINK, ("schema:CreativeWork",)),
    Property("schema:url", "schema:url", "property_address", Kind.LINK, ("schema:CreativeWork",)),
)
_BY_NAME = {name: found for found in PROPERTIES for name in (found.id, *found.aliases)}
# Predicates whose values are identifiers, though they are proposed for nothing.
IDENTIFYING = ("skos:notation", "dcterms:identifier", "schema:identifier", "schema:issn", "qudt:ucumCode")
_INDICATORS = (
    PROLOGUE
    + """SELECT ?indicator ?label WHERE { ?indicator skos:inScheme ?scheme ; skos:prefLabel|rdfs:label ?label .
  FILTER EXISTS { ?observation inno:indicator ?indicator } }"""
    + f" ORDER BY ?indicator LIMIT {INDICATORS * 10}"
)


def resolved(pid: str, base: str) -> Property:
    """The property that an id means.

    Raises:
        ProtocolError: it means none.
    """
    if pid in _BY_NAME:
        return _BY_NAME[pid]
    iri = expanded(pid, base)
    if iri is None or (":" not in pid and not pid.startswith("indicator/")):
        raise bad(
            f"{pid[:100]!r} is no property: give an id that /reconcile/suggest/property tells,"
            " a prefixed name such as schema:jobTitle, or an IRI"
        )
    known = next((found for name, found in _BY_NAME.items() if expanded(name, base) == iri), None)
    if known is not None:
        return known
    if iri.startswith(f"{base}indicator/"):
        return Property(pid, f"<{iri}>", kind=Kind.FIGURES)
    return Property(pid, f"<{iri}>", identifying=any(expanded(name, base) == iri for name in IDENTIFYING))


def proposed(snapshot: Snapshot, kind: str, words: Words) -> list[Property]:
    """The properties that things of a type have, by the type's id; those of all types where it is empty."""
    base = snapshot.release.base
    meant = named(kind, base) if kind else None
    ids = {meant.id, *meant.broader} if meant else set()
    found = [p for p in PROPERTIES if not p.types or not kind or ids & set(p.types)]
    if not kind or ids & {"schema:Place"}:
        found += figures(snapshot, words)
    return found


def figures(snapshot: Snapshot, words: Words) -> list[Property]:
    """The indicators of which there are figures, as properties of places."""
    base = snapshot.release.base
    labels: dict[str, list[Literal]] = {}
    for row in snapshot.select(_INDICATORS, scheme=NamedNode(f"{base}scheme/indicators")):
        if isinstance(row["label"], Literal):
            labels.setdefault(row["indicator"].value, []).append(row["label"])
    found = []
    for iri, named_so in list(labels.items())[:INDICATORS]:
        label = best(named_so, words.language)
        found.append(
            Property(
                iri.removeprefix(base), f"<{iri}>", kind=Kind.FIGURES, types=PLACES, name=str(label or iri)
            )
        )
    return found


def known(snapshot: Snapshot, found: Property, things: list[str]) -> dict[str, list[Term]]:
    """The values of a property that each of some things has."""
    values: dict[str, list[Term]] = {}
    for place in range(0, len(things), CHUNK):
        rows = snapshot.select(
            f"{PROLOGUE}SELECT DISTINCT ?thing ?value WHERE"
            f" {{ VALUES ?thing {{ {values_of(things[place : place + CHUNK])} }} ?thing {found.path} ?value }}"
            f" LIMIT {VALUES_MOST}"
        )
        for row in rows:
            if "value" in row:
                values.setdefault(row["thing"].value, []).append(row["value"])
    return values


def places(snapshot: Snapshot, things: list[str]) -> dict[str, list[tuple[float, float]]]:
    """The latitude and longitude of each of some things."""
    found: dict[str, list[tuple[float, float]]] = {}
    for place in range(0, len(things), CHUNK):
        rows = snapshot.select(
            f"{PROLOGUE}SELECT DISTINCT ?thing ?lat ?long WHERE"
            f" {{ VALUES ?thing {{ {values_of(things[place : place + CHUNK])} }}"
            f" ?thing geo:lat ?lat . ?thing geo:long ?long }} LIMIT {VALUES_MOST}"
        )
        for row in rows:
            try:
                pair = (float(row["lat"].value), float(row["long"].value))
            except ValueError:
                continue
            found.setdefault(row["thing"].value, []).append(pair)
    return found
