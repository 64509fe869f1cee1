"""The types of things that can be reconciled, declared once as data.

A type's `id` is a prefixed name, or the path of a concept scheme: clients put it into addresses as it is, so
it has no character that means something there. Asked for can be any class or scheme of the graph.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from innograph.ontology.namespaces import PREFIXES
from innograph.server.pages.language import Words
from innograph.server.pages.links import is_iri
from innograph.server.searching import fields

_PREFIXED = re.compile(r"([a-z][\w-]*):([^\s:/?#<>\"{}|\\^`]+)")


@dataclass(frozen=True, slots=True)
class Type:
    """A type: `word` is its name in `words.json`, `members` are the classes and schemes of its things.

    `broader` are the ids of the types that hold it.
    """

    id: str
    word: str
    members: tuple[str, ...]
    broader: tuple[str, ...] = ()
    concept: bool = False  # whether its things are concepts, too

    def described(self, words: Words) -> dict[str, Any]:
        """What is told of the type (section "Types")."""
        found: dict[str, Any] = {"id": self.id, "name": words(self.word)}
        if self.broader:
            found["broader"] = [
                {"id": BY_ID[name].id, "name": words(BY_ID[name].word)} for name in self.broader
            ]
        return found


TYPES = (
    Type("schema:City", "type_city", ("schema:City",), ("schema:Place",)),
    Type("scheme/indicators", "type_indicator", ("scheme/indicators",), ("skos:Concept",), concept=True),
    Type("schema:Person", "type_person", ("schema:Person",)),
    Type(
        "schema:Organization",
        "type_organization",
        (
            "schema:Organization",
            "schema:GovernmentOrganization",
            "schema:EducationalOrganization",
            "schema:NewsMediaOrganization",
            "schema:Corporation",
            "schema:Periodical",
            "foaf:Organization",
            "org:Organization",
            "prov:Organization",
        ),
    ),
    Type("qudt:Unit", "type_unit", ("qudt:Unit", "scheme/units"), concept=True),
    Type(
        "schema:CreativeWork",
        "type_source",
        (
            "schema:CreativeWork",
            "schema:Article",
            "schema:NewsArticle",
            "schema:ScholarlyArticle",
            "schema:Report",
            "schema:WebPage",
            "schema:Dataset",
        ),
    ),
    Type("schema:Country", "type_country", ("schema:Country",), ("schema:Place",)),
    Type(
        "schema:Place",
        "type_place",
        ("schema:Place", "schema:City", "schema:Country", "schema:AdministrativeArea", "schema:State"),
    ),
    Type("skos:Concept", "type_concept", ("skos:Concept",), concept=True),
)
BY_ID = {kind.id: kind for kind in TYPES}
# What is asked for most; the others can be chosen.
DEFAULT = TYPES[:6]


def expanded(name: str, base: str) -> str | None:
    """The IRI that a name means: a prefixed name, an IRI, or a path below the base; None where it is none."""
    match = _PREFIXED.fullmatch(name)
    if match and match[1] in PREFIXES:
        name = f"{PREFIXES[match[1]]}{match[2]}"
    elif not re.match(r"[a-z][a-z0-9+.-]*:", name, re.IGNORECASE):
        name = base + name.lstrip("/")
    return name if is_iri(name) and name != base else None


def members(name: str, base: str) -> frozenset[str]:
    """The classes and schemes whose things are of the type that a name means, as IRIs; perhaps none."""
    kind = named(name, base)
    if kind is not None:
        return frozenset(iri for iri in (expanded(member, base) for member in kind.members) if iri)
    iri = expanded(name, base)
    return frozenset([iri] if iri else [])


def named(name: str, base: str) -> Type | None:
    """The declared type of a name: its id, its IRI, or a word for it (`city`)."""
    if name in BY_ID:
        return BY_ID[name]
    word = f"type_{name.lower()}"
    return next(
        (kind for kind in TYPES if kind.word == word or expanded(kind.id, base) == expanded(name, base)), None
    )


def types_of(classes: Collection[str], base: str) -> list[Type]:
    """The declared types of a thing of some classes and schemes, the most telling first."""
    return [kind for kind in TYPES if not members(kind.id, base).isdisjoint(classes)]


def ranks(names: Iterable[str], base: str) -> frozenset[int]:
    """The ranks of the search index where things of some types are; of any declared type, where none is given."""
    found: set[int] = set()
    for name in list(names) or BY_ID:
        kind = named(name, base)
        if kind is None:
            return frozenset(range(fields.FIGURES))
        if kind.concept:
            found.add(_rank(str(PREFIXES["skos"]) + "Concept"))
        found.update(_rank(iri) for iri in members(name, base) if not iri.startswith(base))
    return frozenset(found)


def _rank(iri: str) -> int:
    return next(
        (rank for rank, kinds in enumerate(fields.RANKS) if any(kind.value == iri for kind in kinds)),
        fields.OTHERS,
    )
