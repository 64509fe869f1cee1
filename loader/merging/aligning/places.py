"""Places: from what a file calls them to ours, to one that everybody knows, or to a new one.

An identifier decides. Else a label decides when exactly one place at the level in question has it: "北京" in
a table of provinces is the municipality; "London" without a country is two places, and so a question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pyoxigraph import Triple

from innograph.loader.merging.aligning.candidates import Candidates, Scored
from innograph.loader.merging.aligning.gazetteer import Gazetteer
from innograph.loader.merging.aligning.known import Known
from innograph.loader.merging.aligning.matches import (
    ACCEPTED,
    CERTAIN,
    NEW,
    PLACE,
    UNCERTAIN,
    Candidate,
    Match,
    Unmatched,
)
from innograph.loader.merging.aligning.place import Identifier, Place, identifier
from innograph.loader.merging.records import Name
from innograph.ontology.figures.names import SHORTENED, folded, language_of, slug
from innograph.ontology.namespaces import Names

LEVELS = ("", "country", "region", "city", "populated-place")
_TITLES = {"wikidata": "Wikidata", "geonames": "GeoNames", "iso3166-1": "ISO 3166-1", "iso3166-2": "ISO 3166-2",
           "unlocode": "UN/LOCODE", "nuts": "NUTS", "innograph": "innograph"}  # fmt: skip


@dataclass
class Places:
    """Matches the places of one source. `minted` describes those that its graph must describe."""

    known: Known
    names: Names
    source: str
    gazetteer: Gazetteer

    def __post_init__(self) -> None:
        self._candidates = Candidates(self.known.places, self.gazetteer)
        self._ours = self._candidates.by_iri
        self._used: set[str] = set()
        self._new: dict[str, Place] = {}

    def match(self, name: Name, decided: str | None = None) -> Match | Unmatched:
        """The place of a name. `decided` is what a person answered: an IRI or an identifier, or "" for a new one."""
        found = self._match_at(name, decided)
        return replace(found, name=name) if isinstance(found, Match) else found

    def _match_at(self, name: Name, decided: str | None) -> Match | Unmatched:
        identifiers, wrong = self._identifiers(name)
        if wrong is not None:
            return wrong
        if not name.label and not name.identifiers:
            return Unmatched(
                "the row names no place", "fill in the place, or leave the row out in the mapping", "place"
            )
        if name.level not in LEVELS:
            return Unmatched(
                f"{name.level!r} is no level of places", f"use one of {', '.join(LEVELS[1:])}", "place"
            )
        if not name.level and "nuts" in dict(name.identifiers):  # codes of regions only
            name = replace(name, level="region")
        if decided:
            return self._decided(name, decided)
        if decided is None and (match := self._by_identifiers(name, identifiers)) is not None:
            return match
        if name.country and not self.gazetteer.country_code(name.country):
            return Unmatched(
                f"the country {name.country!r} of {name.label!r} is not known, or is several",
                "give its ISO 3166-1 code",
                "country",
            )
        return self._by_label(name, identifiers, self._country(name, identifiers), rejected=decided == "")

    def minted(self) -> Iterator[Triple]:
        """The descriptions that the source's graph must hold to be whole by itself."""
        for iri in sorted(self._new):
            yield from self._new[iri].triples(self.names)
        yield from self.known.again(self._used)

    # --- identifiers

    def _identifiers(self, name: Name) -> tuple[tuple[Identifier, ...], Unmatched | None]:
        version = dict(name.identifiers).get("nuts-version", "")
        found = []
        for scheme, value in name.identifiers:
            if scheme in ("nuts-version", "innograph") or not value:
                continue
            if scheme == "iso3166-1":  # two letters, three, or the number
                value = self.gazetteer.country_code(value) or value
            one = identifier(scheme, f"{version}:{value}" if scheme == "nuts" and version else value)
            if one is None:
                what = f"{value!r} is no {_TITLES.get(scheme, scheme)} identifier of a place"
                return (), Unmatched(what, "mend the identifier, or clear it and give the name", "place")
            found.append(one)
        return tuple(found), None

    def _by_identifiers(self, name: Name, identifiers: tuple[Identifier, ...]) -> Match | None:
        for scheme, value in name.identifiers:
            if scheme == "innograph":
                iri = self._own(value)
                if iri not in self._ours:
                    continue
                return self._use(name, self._ours[iri], "innograph", 1.0, CERTAIN)
        for found in identifiers:
            ours = [p for p in self._candidates.identified(found) if not p.contradicts(identifiers)]
            if len(ours) == 1:
                return self._use(name, ours[0], _TITLES[found[0]], 1.0, CERTAIN)
            if not ours and found[0] == "nuts":  # the code in another version of NUTS
                ours = self._candidates.identified(("nuts", found[1].rpartition(":")[2]))
            if ours:
                return self._uncertain(name, identifiers, [(place, SHORTENED) for place in ours])
        for found in identifiers:
            place = self.gazetteer.identified(found)
            if place is not None and not place.contradicts(identifiers):
                known = self._candidates.ours_of(place)
                if known is not None:
                    return self._use(name, known, _TITLES[found[0]], 1.0, CERTAIN)
                return self._mint(name, place.with_identifiers(identifiers), _TITLES[found[0]], 1.0, CERTAIN)
        return None

    def _own(self, value: str) -> str:
        if value.startswith(("http://", "https://")):
            return value
        return self.names.iri(value if "/" in value else f"city/{value}").value

    def _country(self, name: Name, identifiers: tuple[Identifier, ...]) -> str:
        if name.country:
            return self.gazetteer.country_code(name.country)
        codes = {
            value.rpartition(":")[2][:2]
            for scheme, value in identifiers
            if scheme not in ("wikidata", "geonames")
        }
        # NUTS writes Greece and the United Kingdom its own way.
        found = {{"EL": "GR", "UK": "GB"}.get(code, code) for code in codes}
        return found.pop() if len(found) == 1 else ""

    # --- labels

    def _by_label(
        self, name: Name, identifiers: tuple[Identifier, ...], country: str, *, rejected: bool
    ) -> Match | Unmatched:
        candidates = [] if rejected else self._candidates.named(name, identifiers, country)
        if not candidates:
            return self._unknown(name, identifiers, country, rejected=rejected)
        best = candidates[0][1]
        first = [place for place, score in candidates if score == best]
        if not name.level and not any("city" in place.levels for place in first):
            # New York is a state, and what many call a city: only a level decides.
            first += [
                place for place, score in candidates if "city" in place.levels and SHORTENED < score < best
            ]
        exact = best > SHORTENED or (best == SHORTENED and self._is_longer(name, first[0]))
        # An identifier that the place is not known to have is a reason to look.
        foreign = any(scheme in ("wikidata", "geonames") for scheme, _ in identifiers)
        if len(first) == 1 and exact and not foreign:
            return self._settled(name, first[0].with_identifiers(identifiers), "label", best, CERTAIN)
        return self._uncertain(name, identifiers, candidates)

    @staticmethod
    def _is_longer(name: Name, place: Place) -> bool:
        """Whether a name is a place's with the word for its kind behind it, and nothing speaks against it.

        "Greater Manchester" and "City of London" are other places than Manchester and London.
        """
        if not name.label.isascii():
            return True  # 北京 and 北京市
        return bool(name.level) and folded(name.label).startswith(folded(place.label()))

    def _unknown(
        self, name: Name, identifiers: tuple[Identifier, ...], country: str, *, rejected: bool
    ) -> Match | Unmatched:
        """A new place, with what the file says of it, and what is spelled alike for a person to look at."""
        alike = [] if rejected else self._candidates.alike(name, identifiers, country)
        if alike:
            return self._uncertain(name, identifiers, alike)
        how = "review" if rejected else "new"
        return self._mint(name, self._stated(name, identifiers, country, own=rejected), how, 0.0, NEW)

    def _uncertain(self, name: Name, identifiers: tuple[Identifier, ...], found: Scored) -> Match:
        country = self._country(name, identifiers)
        match = self._mint(name, self._stated(name, identifiers, country, own=True), "new", 0.0, UNCERTAIN)
        return replace(
            match, score=found[0][1], candidates=tuple(self._candidate(*pair) for pair in found[:9])
        )

    def _candidate(self, place: Place, score: float) -> Candidate:
        known = [f"{_TITLES[scheme]} {value}" for scheme, value in (*place.same, *place.other)]
        told = ["/".join(place.levels), place.country, *known[:3]]
        if place.population:
            told.append(f"{place.population:,} people")
        return Candidate(place.iri, place.label(), score, ", ".join(part for part in told if part))

    def _stated(self, name: Name, identifiers: tuple[Identifier, ...], country: str, *, own: bool) -> Place:
        """A place by what the file alone says; `own` when it must not be taken for another of its name."""
        label = name.label or " ".join(value for _, value in identifiers[:1])
        base = slug(label)
        path = f"{base}-in-{self.source}" if own or base in self.gazetteer.taken else base
        iri = self.names.iri(f"city/{path}").value
        if not own and (iri in self._ours or self.known.exists(iri)):
            iri = self.names.iri(f"city/{base}-in-{self.source}").value
        # No country is unknown: what a table of countries has beside them (the world, unions) is no country.
        level = "area" if name.level == "country" else name.level or "city"
        before = self._new.get(iri)
        if before and (before.same, before.country, before.levels) != (identifiers, country, (level,)):
            told = slug(" ".join((level, country, *(value for _, value in identifiers))))
            iri = f"{iri}-{told}"  # two places of one name in one file
        nation = self.gazetteer.countries.get(country)
        return Place(
            iri,
            ((name.language or language_of(label, country), label),),
            levels=(level,),
            country=country,
            same=identifiers,
            inside=(self._candidates.ours_of(nation) or nation).iri if nation else "",
        )

    # --- results

    def _decided(self, name: Name, decided: str) -> Match | Unmatched:
        """The place that a person named: an IRI of ours or of the gazetteer, or an identifier."""
        place = self._ours.get(self._own(decided))
        if place is None:
            scheme, _, value = decided.partition(":")
            one = (
                identifier(scheme, value)
                or identifier("wikidata", decided)
                or identifier("geonames", decided)
            )
            ours = self._candidates.identified(one) if one else []
            place = ours[0] if ours else (self.gazetteer.identified(one) if one else None)
            if place is None and one is not None:
                place = self._stated(name, (one,), self._country(name, ()), own=True)
        if place is None:
            known = (p for p, _ in self.gazetteer.find(name.label))
            both = (
                q for p in known for q in (p, *(self.gazetteer.populated_place(v) for _, v in p.other)) if q
            )
            place = next((q for q in both if q.iri == self._own(decided)), None)
        if place is None:
            return Unmatched(
                f"the review says that {name.label!r} is {decided}, which is not known",
                "give the IRI of a place in the graph, one of the candidates, or a Wikidata or GeoNames identifier",
                "place",
            )
        return self._settled(name, place, "review", 1.0, ACCEPTED)

    def _settled(self, name: Name, place: Place, how: str, score: float, certainty: str) -> Match:
        if place.iri in self._ours:
            return self._use(name, place, how, score, certainty)
        return self._mint(name, place, how, score, certainty)

    def _use(self, name: Name, place: Place, how: str, score: float, certainty: str) -> Match:
        self._used.add(place.iri)
        return self._match(name, place, how, score, certainty)

    def _mint(self, name: Name, place: Place, how: str, score: float, certainty: str) -> Match:
        nation = self.gazetteer.countries.get(place.country) if place.inside else None
        if nation is not None:
            ours = self._candidates.ours_of(nation)
            place = replace(place, inside=(ours or nation).iri)
            if ours is None:
                self._new.setdefault(nation.iri, nation)
            else:
                self._used.add(ours.iri)
        if place.iri in self._ours:  # somebody gave the IRI to another place
            place = replace(place, iri=f"{place.iri}-in-{self.source}")
        before = self._new.get(place.iri)
        self._new[place.iri] = before.with_identifiers(place.same) if before else place
        return self._match(name, place, how, score, certainty)

    def _match(self, name: Name, place: Place, how: str, score: float, certainty: str) -> Match:
        language = next((key for key, text in (*place.labels, *place.more) if text == name.label), "")
        return Match(PLACE, name, place.iri, place.label(), how, score, certainty, language=language)
