"""Units of measure: what the graph says of them, what people call them, and how they convert.

A `Unit` is what the graph holds (QUDT terms); currencies that it does not hold come from CLDR. `Units.read`
understands the ways in which tables and sentences write units, with the power of ten that stands in them:
"万元", "Mio. EUR", "million US$", "persons (thousands)", "tCO2 per capita", "per 100,000 people".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Context, Decimal

from pyoxigraph import Literal, NamedNode, Triple

from innograph.ontology.figures import currencies
from innograph.ontology.figures.unit import Node, Unit, of_properties
from innograph.ontology.figures.unit_words import divided, is_counted, is_people, plain, scaled, variants
from innograph.ontology.namespaces import QUDT, RDF, UNIT, Names

__all__ = ["QUERY", "Reading", "Unit", "Units"]

# Factors are stored with the 18 fraction digits that the store computes with, so no ratio of two is better.
_RATIO = Context(prec=18)
_EXACT = Context(prec=60)

# For readers of a store: `Units.of_rows` of its rows gives all units that it describes.
QUERY = (
    "PREFIX qudt: <http://qudt.org/schema/qudt/> "
    "SELECT ?unit ?property ?value WHERE { ?unit a qudt:Unit ; ?property ?value }"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a unit's words: the unit, and the power of ten that stood with it."""

    unit: Unit
    power: int = 0


@dataclass
class Units:
    """The units of a graph, and those that are made of them; IRIs of the latter are below `names`."""

    names: Names
    known: dict[str, Unit] = field(default_factory=dict)
    _words: dict[str, list[Unit]] = field(default_factory=dict)
    _symbols: dict[str, list[Unit]] = field(default_factory=dict)

    @classmethod
    def of(cls, triples: Iterable[Triple], names: Names) -> Units:
        """The units that triples describe (a Turtle file, a graph)."""
        return cls.of_rows(((t.subject, t.predicate, t.object) for t in triples), names)

    @classmethod
    def of_rows(cls, rows: Iterable[Iterable[object]], names: Names) -> Units:
        """The units of rows (unit, property, value) of pyoxigraph terms: what `QUERY` answers."""
        described: dict[str, dict[str, list[Node]]] = {}
        for subject, predicate, value in rows:
            if not isinstance(subject, NamedNode) or not isinstance(predicate, NamedNode):
                continue
            if isinstance(value, NamedNode | Literal):
                described.setdefault(subject.value, {}).setdefault(predicate.value, []).append(value)
        units = cls(names)
        for iri, properties in sorted(described.items()):
            if QUDT.Unit in properties.get(RDF.type.value, ()):
                units.add(of_properties(iri, properties))
        return units

    def add(self, unit: Unit) -> None:
        """Let a unit be found by its labels, symbols and IRI."""
        self.known[unit.iri] = unit
        for _, text in unit.labels:
            _enter(self._words, plain(text), unit)
        for symbol in unit.symbols:
            if not unit.currency:  # "¥" and "$" are several currencies: `currencies` tells which
                _enter(self._symbols, plain(symbol, fold=False), unit)

    def by_iri(self, iri: str) -> Unit | None:
        """The unit of an IRI that the graph describes, or of a currency of QUDT."""
        if iri in self.known:
            return self.known[iri]
        code = iri.removeprefix(str(UNIT) + "CCY_").removeprefix("http://qudt.org/vocab/currency/")
        return self.currency(code) if code != iri else None

    def by_code(self, code: str) -> list[Unit]:
        """The units of a UCUM code or another symbol, by its exact letters."""
        return list(self._symbols.get(plain(code, fold=False), ()))

    def currency(self, code: str) -> Unit | None:
        """The currency of an ISO 4217 code, whether the graph holds it or not."""
        iri = f"{UNIT}CCY_{code}"
        if iri in self.known:
            return self.known[iri]
        labels = currencies.labels(code)
        if not labels:
            return None
        return Unit(iri, labels, currency=code, classes=("CurrencyUnit", "Unit"))

    def find(self, text: str, *, language: str = "", country: str = "") -> list[Unit]:
        """The units that words may mean, whatever power of ten stands with them; see `read`."""
        return list(dict.fromkeys(r.unit for r in self.read(text, language=language, country=country)))

    def read(self, text: str, *, language: str = "", country: str = "") -> list[Reading]:
        """The ways to understand a unit's words. One means certain; several, ask; none, unknown.

        `language` decides what "billion" and "¥" are, `country` (ISO 3166-1 alpha-2) what "$" is.
        """
        for variant in dict.fromkeys(variants(text)):
            if not variant:
                continue
            for rest, power in ((variant, 0), *scaled(variant, language)):
                if units := self._simple(rest, language, country):
                    return [Reading(unit, power) for unit in units]
            for above, below in divided(variant):
                if found := self._quotients(above, below, language, country):
                    return found
        return []

    def convertible(self, one: Unit, other: Unit) -> bool:
        """Whether figures in one unit can be given in the other: the same unit, or one quantity kind."""
        return one.iri == other.iri or bool(one.dimension and one.dimension == other.dimension)

    def factor(self, one: Unit, other: Unit) -> Decimal:
        """What a figure in `one` is multiplied by to be in `other`, to 18 significant digits.

        Raises:
            ValueError: the units do not convert, or one has a zero point of its own (use `convert`).
        """
        if one.offset != other.offset:
            raise ValueError(f"{one.label()} and {other.label()} have different zero points: use convert()")
        self._require(one, other)
        if one.iri == other.iri:
            return Decimal(1)
        return Decimal(f"{_RATIO.divide(one.factor, other.factor):f}")

    def convert(self, value: Decimal, one: Unit, other: Unit) -> Decimal:
        """A value in `one` given in `other`.

        Raises:
            ValueError: the units do not convert.
        """
        self._require(one, other)
        if one.iri == other.iri:
            return value
        if one.offset == other.offset == 0:
            return _EXACT.multiply(value, self.factor(one, other))
        base = _EXACT.multiply(_EXACT.add(value, one.offset), one.factor)
        return _EXACT.subtract(_EXACT.divide(base, other.factor), other.offset)

    def _require(self, one: Unit, other: Unit) -> None:
        if not self.convertible(one, other):
            reason = (
                "currencies convert by a rate, never by themselves"
                if one.currency
                else "they measure other things"
            )
            raise ValueError(f"{one.label()} does not convert to {other.label()}: {reason}")

    def _simple(self, text: str, language: str, country: str) -> list[Unit]:
        """What a text without powers and divisions may be."""
        if exact := self._symbols.get(plain(text, fold=False)):
            return list(exact)
        if words := self._words.get(plain(text)):
            return list(words)
        if codes := currencies.find(text, language=language, country=country):
            return [unit for code in codes if (unit := self.currency(code))]
        number = self.known.get(f"{UNIT}NUM")
        return [number] if number and is_counted(text) else []

    def _quotients(self, above: str, below: str, language: str, country: str) -> list[Reading]:
        tops = [
            (unit, power)
            for rest, power in ((above, 0), *scaled(above, language))
            for unit in self._simple(rest, language, country)
        ]
        if tops:
            tops = [top for top in tops if top[1] == tops[0][1]]
        for rest, power in ((below, 0), *scaled(below, language)):
            if is_people(rest, power):
                return [Reading(self.per_people(unit, power), up) for unit, up in tops]
            if rest and not is_counted(rest) and (bottoms := self._simple(rest, language, country)):
                return [Reading(self.per(unit, low, power), up) for unit, up in tops for low in bottoms]
        return []

    def per_people(self, unit: Unit, power: int = 0) -> Unit:
        """A number of `unit` for each 10^power people: ours, since QUDT has none."""
        people = "person" if power == 0 else f"{10**power}-people"
        counted = unit.iri == f"{UNIT}NUM"
        iri = self.names.iri(f"unit/per-{people}" if counted else f"unit/{unit.name}-per-{people}").value
        kind = "number" if counted else _kind(unit)
        each = "person" if power == 0 else f"{10**power:,} people"
        above = "" if counted else unit.label() + " "
        return self.known.get(iri) or Unit(
            iri,
            labels=(("en", f"{above}per {each}"),),
            dimension=self.names.iri(f"quantity-kind/{kind}-per-person").value,
            factor=_EXACT.scaleb(unit.factor, -power),
            currency=unit.currency,
        )

    def per(self, unit: Unit, below: Unit, power: int = 0) -> Unit:
        """A number of `unit` for each 10^power of `below`: QUDT's where the graph holds it, or else ours."""
        counted = unit.iri == f"{UNIT}NUM"
        local, low = (u.iri.removeprefix(str(UNIT)) for u in (unit, below))
        if power == 0:
            for name in (f"{local}-PER-{low}", *([f"PER-{low}"] if counted else [])):
                if f"{UNIT}{name}" in self.known:
                    return self.known[f"{UNIT}{name}"]
        scale = f"{10**power}-" if power else ""
        iri = self.names.iri(f"unit/{unit.name}-per-{scale}{below.name}").value
        kinds = f"{'number' if counted else _kind(unit)}-per-{_kind(below)}"
        return self.known.get(iri) or Unit(
            iri,
            labels=(("en", f"{unit.label()} per {f'{10**power:,} ' if power else ''}{below.label()}"),),
            dimension=self.names.iri(f"quantity-kind/{kinds}").value if below.dimension else "",
            factor=round(_EXACT.divide(unit.factor, _EXACT.scaleb(below.factor, power)), 18),
            currency=unit.currency,
        )


def _kind(unit: Unit) -> str:
    """The name of what a unit measures, for the kind of a quotient; money is a kind for each currency."""
    if not unit.dimension:
        return unit.name
    words = re.findall("[A-Z]?[a-z0-9-]+", unit.dimension.rsplit("/", 1)[-1])
    return "-".join(word.lower() for word in words)


def _enter(table: dict[str, list[Unit]], key: str, unit: Unit) -> None:
    units = table.setdefault(key, [])
    if all(other.iri != unit.iri for other in units):
        units.append(unit)
