"""Identifiers of others as people write them: one form for each, whatever the spelling.

`Q956`, `wd:Q956`, `http://www.wikidata.org/entity/Q956` and `https://www.wikidata.org/wiki/Q956` name one
entity; so do `2038349` and `https://www.geonames.org/2038349/beijing.html` at GeoNames. What is compared is
the identifier, what is stored is the IRI that the authority itself gives its entities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Authority:
    """Who gives identifiers: `space` begins its IRIs and `end` ends them.

    `address` matches every address of an entity, `bare` an identifier alone; both give the identifier.
    `others` begin and end further addresses by which data refers to its entities.
    """

    name: str
    title: str
    space: str
    address: re.Pattern[str]
    bare: re.Pattern[str]
    end: str = ""
    others: tuple[tuple[str, str], ...] = ()

    def identifier(self, text: str, *, bare: bool = True) -> str | None:
        """The identifier that a text gives, or None; `bare` allows one without an address."""
        text = text.strip()
        match = self.address.fullmatch(text) or (self.bare.fullmatch(text) if bare else None)
        return match[1] if match else None

    def iri(self, identifier: str) -> str:
        """The IRI of an entity."""
        return f"{self.space}{identifier}{self.end}"

    def spellings(self, identifier: str) -> list[str]:
        """The IRIs by which data may refer to an entity, the authority's own first."""
        return [self.iri(identifier), *(f"{begin}{identifier}{end}" for begin, end in self.others)]


AUTHORITIES = {
    authority.name: authority
    for authority in (
        Authority(
            "wikidata",
            "Wikidata",
            "http://www.wikidata.org/entity/",
            re.compile(
                r"(?:https?://(?:www\.|m\.)?wikidata\.org/(?:entity|wiki|wiki/Special:EntityPage)/|wd:)"
                r"(Q[1-9][0-9]{0,14})(?:[?#].*)?",
                re.ASCII,
            ),
            re.compile("(Q[1-9][0-9]{0,14})", re.ASCII),
            others=(
                ("https://www.wikidata.org/entity/", ""),
                ("https://www.wikidata.org/wiki/", ""),
                ("http://www.wikidata.org/wiki/", ""),
            ),
        ),
        Authority(
            "geonames",
            "GeoNames",
            "https://sws.geonames.org/",
            re.compile(
                r"(?:https?://(?:sws\.|www\.)?geonames\.org/|gn:|geonames:)([1-9][0-9]{0,14})(?:/.*)?",
                re.ASCII,
            ),
            re.compile("([1-9][0-9]{0,14})", re.ASCII),
            end="/",
            others=(
                ("http://sws.geonames.org/", "/"),
                ("https://sws.geonames.org/", ""),
                ("http://sws.geonames.org/", ""),
                ("https://www.geonames.org/", ""),
                ("http://www.geonames.org/", ""),
            ),
        ),
    )
}


def recognized(text: str) -> tuple[Authority, str] | None:
    """The authority and the identifier that an address gives; None for any other text."""
    for authority in AUTHORITIES.values():
        identifier = authority.identifier(text, bare=False)
        if identifier is not None:
            return authority, identifier
    return None


def same(one: str, other: str) -> bool:
    """Whether two IRIs name one entity: they are equal, or give one identifier of one authority."""
    return one == other or ((found := recognized(one)) is not None and found == recognized(other))


def spellings(iri: str) -> list[str]:
    """The IRIs by which data may refer to what an IRI names, itself among them."""
    found = recognized(iri)
    return list(dict.fromkeys([iri, *(found[0].spellings(found[1]) if found else ())]))
