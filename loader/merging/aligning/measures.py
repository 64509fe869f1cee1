"""Units: from the words of a file, with the power of ten in them, to units of QUDT or of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pyoxigraph import Literal, NamedNode, Triple

from innograph.loader.merging.aligning.known import Known
from innograph.loader.merging.aligning.matches import (
    ACCEPTED,
    CERTAIN,
    NEW,
    UNCERTAIN,
    UNIT,
    Candidate,
    Match,
    Unmatched,
)
from innograph.loader.merging.records import Name
from innograph.ontology import namespaces
from innograph.ontology.figures.multipliers import split_multiplier
from innograph.ontology.figures.names import language_of, slug
from innograph.ontology.figures.units import Unit
from innograph.ontology.namespaces import DCTERMS, RDF, SKOS, Names

_MEND = (
    'give a unit in the mapping, as a word ("million EUR", "万元"), a code (qudt, ucum, iso4217) or an IRI'
)


@dataclass
class Measures:
    """Matches the units of one source; `minted` describes those that its graph must describe."""

    known: Known
    names: Names
    source: str
    units: dict[str, Unit] = field(default_factory=dict)
    _described: set[str] = field(default_factory=set)

    def match(self, name: Name, decided: str | None = None) -> Match | Unmatched:
        """The unit of a name. `decided` is what a person answered: an IRI, or "" for a new unit."""
        units = self.known.units
        if not name.label and not name.identifiers:
            return Unmatched("the row has no unit", _MEND, "unit")
        if decided:
            unit = units.by_iri(self._own(decided)) or next(iter(units.find(decided)), None)
            if unit is None:
                return Unmatched(
                    f"the review says that {name.label!r} is {decided}, which is no unit", _MEND, "unit"
                )
            readings = [reading for reading in units.read(name.label) if reading.unit.iri == unit.iri]
            return self._matched(name, unit, "review", ACCEPTED, readings[0].power if readings else 0)
        for scheme, value in name.identifiers:
            if (unit := self._identified(scheme, value)) is not None:
                return self._matched(name, unit, scheme, CERTAIN)
        if name.identifiers and not name.label:
            scheme, value = name.identifiers[0]
            return Unmatched(f"{value!r} is no unit of {scheme} that is known", _MEND, "unit")
        found = (
            units.read(name.label, language=name.language, country=name.country) if decided is None else []
        )
        if len(found) == 1:
            return self._matched(name, found[0].unit, "words", CERTAIN, found[0].power)
        candidates = tuple(
            Candidate(r.unit.iri, r.unit.label(), 0.9, f"× 10^{r.power}" if r.power else "") for r in found
        )
        power, rest = (0, name.label) if candidates else _scaled(name)
        new = self._new(replace(name, label=rest), candidates, "review" if decided == "" else "new")
        return replace(new, name=name, power=power)

    def minted(self) -> Iterator[Triple]:
        """The descriptions of units that are neither in the graph nor in its reference data."""
        for iri in sorted(self._described):
            unit = self.units[iri]
            yield from unit.triples(self.names)
            if unit.dimension.startswith(self.names.base):
                yield from self._kind(unit.dimension)
        yield from self.known.again(iri for iri in self.units if iri not in self._described)

    def _own(self, value: str) -> str:
        if value.startswith("unit:"):
            return str(namespaces.UNIT) + value.removeprefix("unit:")
        if value.startswith(("http://", "https://")):
            return value
        return self.names.iri(value if "/" in value else f"unit/{value}").value

    def _identified(self, scheme: str, value: str) -> Unit | None:
        units = self.known.units
        if scheme == "iso4217":
            return units.currency(value.strip().upper())
        if scheme == "ucum":
            return next(iter(units.by_code(value)), None)
        if scheme == "innograph":
            return units.by_iri(self._own(value))
        if scheme == "qudt":
            iri = value if value.startswith("http") else str(namespaces.UNIT) + value.removeprefix("unit:")
            # QUDT has more units than we describe: theirs is used, though nothing converts into it.
            foreign = iri.startswith(str(namespaces.UNIT))
            local = iri.removeprefix(str(namespaces.UNIT))
            return units.by_iri(iri) or (Unit(iri, (("en", local),), classes=("Unit",)) if foreign else None)
        return None

    def _matched(self, name: Name, unit: Unit, how: str, certainty: str, power: int = 0) -> Match:
        self._keep(unit)
        return Match(UNIT, name, unit.iri, unit.label(), how, 1.0, certainty, power=power)

    def _keep(self, unit: Unit) -> None:
        self.units[unit.iri] = unit
        if not self.known.exists(unit.iri):
            self._described.add(unit.iri)

    def _new(self, name: Name, candidates: tuple[Candidate, ...], how: str) -> Match:
        # What two sources leave unclear in the same words need not be the same.
        tail = f"-in-{self.source}" if candidates or how == "review" else ""
        iri = self.names.iri(f"unit/{slug(name.label)}{tail}").value
        language = name.language or language_of(name.label, name.country)
        same = iri in self.known.units.known and self.known.units.known[iri].label(language) == name.label
        if iri in self.known.units.known and not same:
            iri = self.names.iri(f"unit/{slug(name.label)}-in-{self.source}").value
        unit = self.units.get(iri) or Unit(iri, ((language, name.label),), classes=("Unit",))
        self._keep(unit)
        certainty = UNCERTAIN if candidates else NEW
        return Match(UNIT, name, iri, name.label, how, 0.9 if candidates else 0.0, certainty, candidates)

    def _kind(self, dimension: str) -> Iterator[Triple]:
        if self.known.exists(dimension):
            yield from self.known.again([dimension])
            return
        kind, scheme = NamedNode(dimension), self.names.iri("scheme/quantity-kinds")
        label = dimension.rsplit("/", 1)[-1].replace("-", " ")
        yield Triple(kind, RDF.type, namespaces.QUDT.QuantityKind)
        yield Triple(kind, RDF.type, SKOS.Concept)
        yield Triple(kind, SKOS.inScheme, scheme)
        yield Triple(kind, SKOS.prefLabel, Literal(label, language="en"))
        yield Triple(scheme, RDF.type, SKOS.ConceptScheme)
        yield Triple(scheme, DCTERMS.title, Literal("Kinds of quantities", language="en"))


# Words that multiply in whatever they stand before; "billion" does so in two ways.
_MULTIPLIES = re.compile(r"(?:thousands?|millions?|tsd|mio|mrd)\b|[万萬亿億]", re.IGNORECASE)


def _scaled(name: Name) -> tuple[int, str]:
    """The power of ten in the words of a unit that is not known, and the words without it: "million TEU"."""
    power, rest = split_multiplier(name.label)
    return (power, rest) if power and rest and _MULTIPLIES.match(name.label) else (0, name.label)
