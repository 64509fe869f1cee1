"""Places: from what a file calls them to ours, to one that everybody knows, or to a new one.

An identifier decides. Else a label decides when exactly one place at the level in question has it: "北京" in
a table of provinces is the municipality; "London" without a country is two places, and so a question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, count

from pyoxigraph import Triple

from innograph.loader.merging.aligning.candidates import Candidates, Scored
from innograph.loader.merging.aligning.gazetteer import Gazetteer
from innograph.loader.merging.aligning.identifiers import TITLES, contradiction, country_of, is_own, stated_of
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
from innograph.loader.merging.aligning.place import ENTITIES, Identifier, Place, identifier, identifying
from innograph.loader.merging.records import Name
from innograph.ontology.figures.names import SHORTENED, folded, language_of, normalized, slug
from innograph.ontology.namespaces import Names

LEVELS = ("", "country", "region", "city", "populated-place")


@dataclass
class Places:
    """Matches the places of one source. `minted` describes those that its graph must describe."""

    known: Known
    names: Names
    source: str
    gazetteer: Gazetteer

    def __post_init__(self) -> None:
        self._candidates = Candidates(self.known.places, self.gazetteer, self.known.unclear)
        self._ours = self._candidates.by_iri
        self._used: set[str] = set()
        self._learnt: dict[str, set[Identifier]] = {}  # of ours: identifiers that the file states of them
        self._new: dict[str, Place] = {}
        self._named_before: dict[Identifier, str] = {}  # the new places' identifiers

    def match(self, name: Name, decided: str | None = None) -> Match | Unmatched:
        """The place of a name. `decided` is what a person answered: an IRI or an identifier, or "" for a new one."""
        found = self._match_at(name, decided)
        return replace(found, name=name) if isinstance(found, Match) else found

    def _match_at(self, name: Name, decided: str | None) -> Match | Unmatched:
        stated = stated_of(name, self.gazetteer)
        if isinstance(stated, Unmatched):
            return stated
        # A code of another level (the country of a city, its province) says where the place is.
        identifiers = tuple(found for found in stated if is_own(found, name, self._candidates))
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
        if not name.level and "unlocode" in dict(name.identifiers):  # codes of cities and places in them
            name = replace(name, level="city")
        if decided:
            return self._decided(name, decided)
        if decided is None and (found := self._by_identifiers(name, identifiers)) is not None:
            return found
        if name.country and not self.gazetteer.country_code(name.country):
            return Unmatched(
                f"the country {name.country!r} of {name.label!r} is not known, or is several",
                "give its ISO 3166-1 code",
                "country",
            )
        return self._by_label(
            name, identifiers, country_of(name, stated, self.gazetteer), rejected=decided == ""
        )

    def minted(self) -> Iterator[Triple]:
        """The descriptions that the source's graph must hold to be whole by itself."""
        for iri in sorted(self._new):
            yield from self._new[iri].triples(self.names)
        yield from self.known.again(self._used)
        for iri, identifiers in sorted(self._learnt.items()):
            yield from identifying(iri, sorted(identifiers))

    # --- identifiers

    def _by_identifiers(self, name: Name, identifiers: tuple[Identifier, ...]) -> Match | Unmatched | None:
        for scheme, value in name.identifiers:
            if scheme == "innograph" and value:
                iri = self._own(value)
                said = self._ours.get(iri) or self.gazetteer.called(iri)
                if said is None:
                    return Unmatched(
                        f"{value!r}, which the mapping says {name.label!r} is, is no place that is known",
                        "give the IRI of a place in the graph, or an identifier of Wikidata or GeoNames",
                        "place",
                    )
                return self._settled(name, said, "innograph", 1.0, CERTAIN)
        for found in identifiers:
            ours = self._candidates.identified(found)
            if found[0] != "nuts" and ours and ours[0].contradicts(identifiers):
                return contradiction(name, found, ours[0])
            ours = [place for place in ours if not place.contradicts(identifiers)]
            if len(ours) == 1:
                return self._use(name, ours[0].with_identifiers(identifiers), TITLES[found[0]], 1.0, CERTAIN)
            if not ours and found[0] == "nuts":  # the code in another version of NUTS
                ours = self._candidates.identified(("nuts", found[1].rpartition(":")[2]))
            if ours:
                return self._uncertain(name, identifiers, [(place, SHORTENED) for place in ours])
        for found in identifiers:
            if found in self._named_before:  # by another name in the same file
                place = self._new[self._named_before[found]]
                if place.contradicts(identifiers):
                    return contradiction(name, found, place)
                return self._mint(name, place.with_identifiers(identifiers), TITLES[found[0]], 1.0, CERTAIN)
            common = self.gazetteer.identified(found)
            if common is not None and common.contradicts(identifiers):
                return contradiction(name, found, common)
            if common is not None:
                known = self._candidates.ours_of(common) or common
                return self._settled(
                    name, known.with_identifiers(identifiers), TITLES[found[0]], 1.0, CERTAIN
                )
        return None

    def _own(self, value: str) -> str:
        if value.startswith(("http://", "https://")):
            return value
        return self.names.iri(value if "/" in value else f"city/{value}").value

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
        # An identifier that the place is not known to have is a reason to look, unless all else is stated too.
        foreign = any(scheme in ENTITIES for scheme, _ in identifiers) and not (name.level and country)
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
        stated = stated_of(name, self.gazetteer)
        country = country_of(name, stated if isinstance(stated, tuple) else identifiers, self.gazetteer)
        match = self._mint(name, self._stated(name, identifiers, country, own=True), "new", 0.0, UNCERTAIN)
        return replace(
            match, score=found[0][1], candidates=tuple(self._candidate(*pair) for pair in found[:9])
        )

    def _candidate(self, place: Place, score: float) -> Candidate:
        known = [f"{TITLES[scheme]} {value}" for scheme, value in (*place.same, *place.other)]
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
        nation = self.gazetteer.countries.get(country)
        place = Place(
            iri,
            ((name.language or language_of(label, country), label),),
            levels=(level,),
            country=country,
            same=identifiers,
            inside=(self._candidates.ours_of(nation) or nation).iri if nation else "",
        )
        return self._told_apart(place)

    def _told_apart(self, place: Place) -> Place:
        """A new place under an IRI that no other of the file has: 宿州 and Suzhou are romanized alike."""
        told = slug(" ".join((*place.levels, place.country, *(value for _, value in place.same))))
        tails = chain(("", f"-{told}"), (f"-{told}-{number}" for number in count(2)))
        for iri in (place.iri + tail for tail in tails):
            before = self._new.get(iri)
            if before is None or _is_same(before, place):
                return replace(place, iri=iri)
        raise AssertionError("numbers do not end")

    # --- results

    def _decided(self, name: Name, decided: str) -> Match | Unmatched:
        """The place that a person named: an IRI of ours or of the gazetteer, or an identifier."""
        iri = self._own(decided)
        place = self._ours.get(iri) or self.gazetteer.called(iri)
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
                place = self._stated(name, (one,), country_of(name, (), self.gazetteer), own=True)
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
        known = self._ours[place.iri].same
        self._learnt.setdefault(place.iri, set()).update(set(place.same) - set(known))
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
        for found in place.same:
            self._named_before.setdefault(found, place.iri)
        return self._match(name, place, how, score, certainty)

    def _match(self, name: Name, place: Place, how: str, score: float, certainty: str) -> Match:
        language = next((key for key, text in (*place.labels, *place.more) if text == name.label), "")
        return Match(PLACE, name, place.iri, place.label(), how, score, certainty, language=language)


def _is_same(one: Place, other: Place) -> bool:
    """Whether two descriptions by what a file says are of one place: labels that differ are two names."""
    labels = [{normalized(text) for _, text in place.labels} for place in (one, other)]
    return labels[0] == labels[1] and (one.same, one.country, one.levels) == (
        other.same,
        other.country,
        other.levels,
    )
