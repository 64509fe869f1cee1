"""Which places a name may mean: those of the graph, and those that everybody knows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from innograph.loader.merging.aligning.gazetteer import Gazetteer
from innograph.loader.merging.aligning.place import Identifier, Place
from innograph.loader.merging.records import Name
from innograph.ontology.figures.names import Index

Scored = list[tuple[Place, float]]

# "Springfield, IL" and "London (Canada)".
_WHERE = re.compile(
    r"(?P<label>[^,(（]+?)\s*(?:[,，]\s*(?P<where>[^,(（]+)|[(（]\s*(?P<within>[^)）]+)\s*[)）])"
)


class Candidates:
    """Finds places by name and by identifier; those of ours first.

    Places whose IRIs are in `unclear` are found by identifier only: what two sources leave open in the same
    words need not be the same, and must not make a question of what is certain.
    """

    def __init__(
        self, places: Iterable[Place], gazetteer: Gazetteer, unclear: frozenset[str] = frozenset()
    ) -> None:
        self.gazetteer = gazetteer
        self.by_iri = {place.iri: place for place in places}
        self._by_identifier: dict[Identifier, list[Place]] = defaultdict(list)
        self._by_other: dict[Identifier, Place] = {}
        self._labels: Index[Place] = Index()
        for place in self.by_iri.values():
            for _, text in (*place.labels, *place.more) if place.iri not in unclear else ():
                self._labels.add(text, place)
            for found in place.same:
                self._by_identifier[found].append(place)
                if found[0] == "nuts":  # also found by its code alone
                    self._by_identifier["nuts", found[1].rpartition(":")[2]].append(place)
            for found in place.other:
                self._by_other.setdefault(found, place)

    def identified(self, found: Identifier) -> list[Place]:
        """The places of ours that have an identifier."""
        return list(self._by_identifier.get(found, ()))

    def ours_of(self, place: Place) -> Place | None:
        """The place of ours that is a place of the gazetteer: by its identifiers, or those of its settlement."""
        for found in place.same:
            if ours := self._by_identifier.get(found):
                return ours[0]
        for found in place.other:
            if found in self._by_other:
                return self._by_other[found]
        named = self.by_iri.get(place.iri)
        return named if named is not None and not _differ(named, place) else None

    def named(self, name: Name, identifiers: tuple[Identifier, ...], country: str) -> Scored:
        """The places of a name at its level and in a country, best first, each once.

        A name may also say where the place is: "Springfield, IL", "London (Canada)".
        """
        if found := self._named(name, identifiers, country):
            return found
        match = _WHERE.fullmatch(name.label.strip())
        if not match:
            return []
        areas = self.gazetteer.around(match["where"] or match["within"])
        found = self._named(replace(name, label=match["label"]), identifiers, country)
        return [pair for pair in found if any(self.gazetteer.is_in(pair[0], area) for area in areas)]

    def alike(self, name: Name, identifiers: tuple[Identifier, ...], country: str) -> Scored:
        """The places of ours whose names are spelled almost so."""
        return [
            (hit.thing, hit.score)
            for hit in self._labels.near(name.label)
            if _fits(hit.thing, name.level, identifiers, country)
        ]

    def _named(self, name: Name, identifiers: tuple[Identifier, ...], country: str) -> Scored:
        found = {hit.thing.iri: (hit.thing, hit.score) for hit in self._labels.find(name.label)}
        for place, score in self.gazetteer.find(name.label):
            if name.level == "populated-place" and place.other:
                place = self.gazetteer.populated_place(place.other[0][1]) or place
            same = self.ours_of(place) or place
            if same.iri not in found or found[same.iri][1] < score:
                found[same.iri] = (same, score)
        fitting = [pair for pair in found.values() if _fits(pair[0], name.level, identifiers, country)]
        fitting.sort(key=lambda p: (-p[1], p[0].iri not in self.by_iri, -p[0].population, p[0].iri))
        return fitting if name.level else self._without_level(fitting)

    def _without_level(self, found: Scored) -> Scored:
        """The places that a name without a level may mean.

        The settlement itself is meant only where an identifier or a level says so; and of a city and the
        region around it with the same name (Kyoto), the city, since this is a graph of cities. A town that
        bears the name of another state stays beside that.
        """
        best = max((score for _, score in found), default=0.0)
        cities = [place for place, score in found if "city" in place.levels and score == best]

        def around_a_city(place: Place) -> bool:
            codes = [value for scheme, value in place.same if scheme == "iso3166-2"]
            return place.levels == ("region",) and any(
                self.gazetteer.is_in(city, code) for city in cities for code in codes
            )

        return [
            pair for pair in found if "populated-place" not in pair[0].levels and not around_a_city(pair[0])
        ]


def _fits(place: Place, level: str, identifiers: tuple[Identifier, ...], country: str) -> bool:
    return (
        (not country or place.country in ("", country))
        and (not level or level in place.levels or "area" in place.levels)
        and not place.contradicts(identifiers)
    )


def _differ(ours: Place, place: Place) -> bool:
    return ours.contradicts(place.same) or bool(
        ours.country and place.country and ours.country != place.country
    )
