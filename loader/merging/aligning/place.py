"""A place as matching sees it, and as a graph describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode, Triple

from innograph.ontology.authorities import AUTHORITIES
from innograph.ontology.namespaces import DCTERMS, OWL, RDF, RDFS, SCHEMA, SKOS, WGS84, XSD, Names

# The identifiers of places whose entities have IRIs; the others are written as their standards say.
ENTITIES = ("wikidata", "geonames")
# What GeoNames says of a settlement (its feature class P), by which it is told from the unit around it.
POPULATED_PLACE = NamedNode("http://www.geonames.org/ontology#P")
NUTS = "http://data.europa.eu/nuts/code/"
_CODES = {"iso3166-1": "ISO 3166-1", "iso3166-2": "ISO 3166-2", "unlocode": "UN/LOCODE", "nuts": "NUTS"}
_SCHEMES = {title: scheme for scheme, title in _CODES.items()}
_FORMS = {
    "iso3166-1": re.compile("[A-Z]{2}"),
    "iso3166-2": re.compile("[A-Z]{2}-[A-Z0-9]{1,3}"),
    "unlocode": re.compile("[A-Z]{2}[A-Z2-9]{3}"),
    "nuts": re.compile(r"(?:\d{4}:)?[A-Z]{2}[A-Z0-9]{0,3}"),
}

Identifier = tuple[str, str]  # (scheme, value)


def identifier(scheme: str, value: str) -> Identifier | None:
    """An identifier in its one spelling, or None when the value is none of its scheme.

    A NUTS code of a stated version is "2021:DE300": codes are given anew to other areas.
    """
    value = value.strip()
    if scheme in ENTITIES:
        found = AUTHORITIES[scheme].identifier(value)
        return (scheme, found) if found else None
    code = value.upper().replace(" ", "") if scheme == "unlocode" else value.upper()
    form = _FORMS.get(scheme)
    return (scheme, code) if form and form.fullmatch(code) else None


def written(found: Identifier) -> str:
    """An identifier as `schema:identifier` holds it: "ISO 3166-2:CN-BJ", "NUTS 2021:DE300"."""
    scheme, value = found
    return f"{_CODES[scheme]} {value}" if scheme == "nuts" and ":" in value else f"{_CODES[scheme]}:{value}"


def read(text: str) -> Identifier | None:
    """The identifier that a `schema:identifier` holds; None for others' identifiers."""
    for title, scheme in _SCHEMES.items():
        if text.startswith(title):
            return identifier(scheme, text[len(title) :].lstrip(": "))
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """A place: what it is called, at which level, in which country, and how others identify it.

    `same` are identifiers of this very place; `other` of another thing of the same name (the populated
    place beside the administrative unit). `levels` are those of `records.Name`; one place can be at two
    (a municipality that is a first-level division), and an "area" is at a level that nobody knows.
    `inside` is the IRI of its country.
    """

    iri: str
    labels: tuple[tuple[str, str], ...]
    more: tuple[tuple[str, str], ...] = ()
    levels: tuple[str, ...] = ()
    country: str = ""
    same: tuple[Identifier, ...] = ()
    other: tuple[Identifier, ...] = ()
    inside: str = ""
    position: tuple[str, str] | None = None  # latitude and longitude, as decimals
    population: int = 0
    comment: str = ""

    def label(self, language: str = "en") -> str:
        """Its name in a language, or in the first that it has."""
        return dict(self.labels).get(language) or next((text for _, text in self.labels), "")

    def contradicts(self, identifiers: tuple[Identifier, ...]) -> bool:
        """Whether an identifier of a scheme in which this place has one is another one."""
        mine: dict[str, set[str]] = {}
        for scheme, value in self.same:
            mine.setdefault(scheme, set()).add(value)
        return any(
            scheme in mine and not any(_agree(value, known) for known in mine[scheme])
            for scheme, value in identifiers
        )

    def with_identifiers(self, identifiers: tuple[Identifier, ...]) -> Place:
        """The place with further identifiers of its own."""
        return replace(self, same=tuple(sorted({*self.same, *identifiers})))

    def triples(self, names: Names) -> Iterator[Triple]:
        """Its description; the same place gives the same triples in every merge."""
        this = NamedNode(self.iri)
        yield Triple(this, RDF.type, _class(self.levels))
        if "populated-place" in self.levels:
            yield Triple(this, DCTERMS.type, POPULATED_PLACE)
        for language, text in self.labels:
            yield Triple(this, RDFS.label, Literal(text, language=language))
        for language, text in self.more:
            yield Triple(this, SKOS.altLabel, Literal(text, language=language))
        if self.comment:
            yield Triple(this, RDFS.comment, Literal(self.comment, language="en"))
        for predicate, found in ((OWL.sameAs, self.same), (RDFS.seeAlso, self.other)):
            for scheme, value in found:
                if scheme in ENTITIES:
                    yield Triple(this, predicate, NamedNode(AUTHORITIES[scheme].iri(value)))
        for found_here in self.same:
            if found_here[0] not in ENTITIES:
                yield Triple(this, SCHEMA.identifier, Literal(written(found_here)))
            if found_here[0] == "nuts":
                yield Triple(this, OWL.sameAs, NamedNode(NUTS + found_here[1].rpartition(":")[2]))
        if self.inside:
            yield Triple(this, SCHEMA.containedInPlace, NamedNode(self.inside))
        if self.position:
            for predicate, number in zip((WGS84.lat, WGS84.long), self.position, strict=True):
                yield Triple(this, predicate, Literal(number, datatype=XSD.decimal))


def _agree(one: str, other: str) -> bool:
    """Whether two values of a scheme may be of one place: NUTS codes of two versions do not tell."""
    (version, _, code), (another, _, known) = one.rpartition(":"), other.rpartition(":")
    return code == known if version == another or not version or not another else True


def _class(levels: tuple[str, ...]) -> NamedNode:
    if "city" in levels or "populated-place" in levels:
        return SCHEMA.City
    if "country" in levels:
        return SCHEMA.Country
    return SCHEMA.AdministrativeArea if "region" in levels else SCHEMA.Place
