"""What identifiers a file gives a place: of the place itself, or of what it lies in."""

from __future__ import annotations

from innograph.loader.merging.aligning.candidates import Candidates
from innograph.loader.merging.aligning.gazetteer import Gazetteer
from innograph.loader.merging.aligning.matches import Unmatched
from innograph.loader.merging.aligning.place import Identifier, Place, identifier
from innograph.loader.merging.records import Name
from innograph.ontology.figures.names import SHORTENED, score

# Whose codes a scheme has; a municipality that is a first-level division has one of ISO 3166-2.
_LEVELS_OF = {
    "iso3166-1": {"country"},
    "iso3166-2": {"region", "city"},
    "nuts": {"region"},
    "unlocode": {"city", "populated-place"},
}
TITLES = {"wikidata": "Wikidata", "geonames": "GeoNames", "iso3166-1": "ISO 3166-1", "iso3166-2": "ISO 3166-2",
           "unlocode": "UN/LOCODE", "nuts": "NUTS", "innograph": "innograph"}  # fmt: skip


def stated_of(name: Name, gazetteer: Gazetteer) -> tuple[Identifier, ...] | Unmatched:
    """The identifiers of a name, each in its one spelling; why not, when one is none of its scheme."""
    version = dict(name.identifiers).get("nuts-version", "")
    found = []
    for scheme, value in name.identifiers:
        if scheme in ("nuts-version", "innograph") or not value:
            continue
        if scheme == "iso3166-1":  # two letters, three, or the number
            value = gazetteer.country_code(value) or value
        one = identifier(scheme, f"{version}:{value}" if scheme == "nuts" and version else value)
        if one is None:
            what = f"{value!r} is no {TITLES.get(scheme, scheme)} identifier of a place"
            return Unmatched(what, "mend the identifier, or clear it and give the name", "place")
        found.append(one)
    return tuple(found)


def is_own(found: Identifier, name: Name, candidates: Candidates) -> bool:
    """Whether an identifier may be of the place itself, by its level and, for lack of one, by its name."""
    scheme = found[0]
    if name.level and scheme in _LEVELS_OF and name.level not in _LEVELS_OF[scheme]:
        return False
    if not scheme.startswith("iso3166") or not name.label:
        return True
    places = [*candidates.identified(found), candidates.gazetteer.identified(found)]
    known = [place for place in places if place is not None]
    if name.level:  # a code of ISO 3166-2 may be a city's
        return not known or any(name.level in place.levels for place in known)
    texts = [text for place in known for _, text in (*place.labels, *place.more)]
    codes = {candidates.gazetteer.country_code(name.label)} if scheme == "iso3166-1" else set()
    return found[1] in codes or any(score(name.label, text) >= SHORTENED for text in texts)


def country_of(name: Name, identifiers: tuple[Identifier, ...], gazetteer: Gazetteer) -> str:
    """The ISO 3166-1 code of a place's country: as stated, or as its codes begin; "" if neither says."""
    if name.country:
        return gazetteer.country_code(name.country)
    codes = {
        value.rpartition(":")[2][:2]
        for scheme, value in identifiers
        if scheme not in ("wikidata", "geonames")
    }
    # NUTS writes Greece and the United Kingdom its own way.
    found = {{"EL": "GR", "UK": "GB"}.get(code, code) for code in codes}
    return found.pop() if len(found) == 1 else ""


def contradiction(name: Name, found: Identifier, place: Place) -> Unmatched:
    """That identifiers of one name are of different places."""
    has = ", ".join(f"{TITLES[scheme]} {value}" for scheme, value in place.same)
    says = ", ".join(f"{scheme} {value}" for scheme, value in name.identifiers)
    return Unmatched(
        f"the identifiers of {name.label!r} ({says}) are of different places: "
        f"{TITLES[found[0]]} {found[1]} is {place.label()} ({has})",
        "keep those of the level that is meant: the settlement is another place than the city",
        "place",
    )
