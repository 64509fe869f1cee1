"""What claims are checked with: the names, units and relations of one release, read by bounded questions."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from innograph.ontology.figures.names import Index
from innograph.ontology.figures.sentences import described
from innograph.ontology.figures.sentences.lexicon import PLACE, Lexicon
from innograph.ontology.figures.units import QUERY, Unit, Units
from innograph.ontology.namespaces import Names
from innograph.server.engine import Snapshot

KEPT = 3  # releases whose knowledge is kept


@dataclass(frozen=True, slots=True)
class Label:
    """What a thing is called, to be told in any language."""

    known: Knowledge
    iri: str

    def told(self, language: str = "en") -> str:
        """Its name in a language, else in English, else in any."""
        return self.known.label(self.iri, language)


@dataclass
class Knowledge:
    """The names of one release, and what is the same as what in it."""

    names: Names
    lexicon: Lexicon
    units: Units
    indexes: dict[str, Index[str]]
    same: dict[str, set[str]] = field(default_factory=dict)  # exact matches, both ways
    near: dict[str, set[str]] = field(default_factory=dict)  # close matches and neighbours in the scheme
    levels: dict[str, str] = field(
        default_factory=dict
    )  # from a settlement to the area of its name that refers to it

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

    def units_of(self, indicator: str) -> list[Unit]:
        """The units that an indicator may have."""
        thing = self.lexicon.things.get(indicator)
        return [unit for iri in (thing.units if thing else ()) if (unit := self.unit(iri))]


_known: OrderedDict[tuple[str, int, str], Knowledge] = OrderedDict()
_lock = Lock()
_reading = Lock()  # one reads a new release, the others wait for what it finds


def knowledge(snapshot: Snapshot) -> Knowledge:
    """The knowledge of a release; that of the last few is kept."""
    release = snapshot.release
    if not release.identity:
        return _read(snapshot)
    key = (release.identity, release.number, release.base)
    if found := _kept(key):
        return found
    with _reading:
        if found := _kept(key):
            return found
        made = _read(snapshot)
        with _lock:
            _known[key] = made
            while len(_known) > KEPT:
                _known.popitem(last=False)
        return made


def _kept(key: tuple[str, int, str]) -> Knowledge | None:
    with _lock:
        if key in _known:
            _known.move_to_end(key)
        return _known.get(key)


def _read(snapshot: Snapshot) -> Knowledge:
    names = Names(snapshot.release.base)
    rows = snapshot.select(QUERY)
    units = Units.of_rows(((row["unit"], row["property"], row["value"]) for row in rows), names)
    things = described.described(snapshot.select, names)
    made = Knowledge(names, described.lexicon(things, units), units, {kind: Index() for kind in things})
    for thing in made.lexicon.things.values():
        for text, _ in thing.labels:
            made.indexes[thing.kind].add(text, thing.iri)
    for found in things.values():
        for iri, own in found.items():
            for relation, properties in ((made.same, described.SAME), (made.near, described.NEAR)):
                for other in described.nodes(own, *properties):
                    relation.setdefault(iri, set()).add(other)
                    relation.setdefault(other, set()).add(iri)
    for iri, own in things[PLACE].items():
        for other in described.nodes(own, described.LEVEL):
            for settlement in made.equals(other):
                made.levels.setdefault(settlement, iri)
    return made
