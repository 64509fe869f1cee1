"""The observations that a claim is compared with, read from a release by bounded questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pyoxigraph import Literal, NamedNode

from innograph.ontology.figures.precision import Figure
from innograph.ontology.figures.units import Unit
from innograph.server.engine import Snapshot, Term
from innograph.server.pages.links import expand
from innograph.server.pages.reading import PROLOGUE, Words, evidence_of, facts_of
from innograph.server.verifying.knowledge import Knowledge

MOST = 2_000  # observations of one series that are looked at
_MANY = 400  # of which facts are asked at once
_OF_SERIES = f"""{PROLOGUE}SELECT ?item WHERE {{
  ?item sdmx-dimension:refArea ?place ; inno:indicator ?indicator ; a inno:CityObservation }} LIMIT {MOST}"""
_OF_PERIOD = f"""{PROLOGUE}SELECT ?item WHERE {{
  ?item sdmx-dimension:refArea ?place ; sdmx-dimension:refPeriod ?period ; a inno:CityObservation }} LIMIT 600"""
VALUE, STATED, UNIT, MULTIPLIER = (
    expand(name)
    for name in (
        "sdmx-measure:obsValue",
        "inno:valueAsStated",
        "sdmx-attribute:unitMeasure",
        "sdmx-attribute:unitMult",
    )
)
STATUS, SOURCE, PERIOD = (
    expand(name) for name in ("sdmx-attribute:obsStatus", "prov:wasDerivedFrom", "sdmx-dimension:refPeriod")
)
PLACE, INDICATOR = expand("sdmx-dimension:refArea"), expand("inno:indicator")
_NEEDED = (VALUE, STATED, UNIT, MULTIPLIER, STATUS, SOURCE, PERIOD, PLACE, INDICATOR)
_TITLES = tuple(expand(name) for name in ("schema:headline", "schema:name", "dcterms:title", "rdfs:label"))


@dataclass(frozen=True, slots=True)
class Observation:
    """One figure of the graph. `period` is canonical text; `unit` is None where the graph does not describe it."""

    iri: str
    place: str
    indicator: str
    period: str
    digits: str
    multiplier: int
    unit: Unit | None
    unit_iri: str
    status: str
    source: str

    @property
    def value(self) -> Decimal:
        """The number multiplied out, in the observation's unit."""
        return Decimal(self.digits).scaleb(self.multiplier)

    @property
    def exact(self) -> bool:
        """Whether this is a count that was not rounded: a whole number of things without a multiplier."""
        counts = self.unit is not None and "CountingUnit" in self.unit.classes
        return counts and self.multiplier == 0 and "." not in self.digits

    def figure(self, unit: Unit | None = None) -> Figure:
        """The figure as stated, in a unit that it converts to (its own where none is given)."""
        if unit is None or self.unit is None or unit.iri == self.unit.iri:
            return Figure(self.digits, self.multiplier, exact=self.exact)
        return converted(Figure(self.digits, self.multiplier, exact=self.exact), self.unit, unit)


def converted(figure: Figure, own: Unit, wanted: Unit) -> Figure:
    """A figure in another unit of its dimension; the other's zero point must be its own or the same."""
    if own.iri == wanted.iri:
        return figure
    factor = own.factor / wanted.factor
    offset = (
        own.offset - wanted.offset * wanted.factor / own.factor if own.offset or wanted.offset else Decimal(0)
    )
    return Figure(figure.digits, figure.multiplier, _short(factor), figure.exact, _short(offset))


def _short(number: Decimal) -> Decimal:
    return Decimal(f"{number:.18g}")


def series(snapshot: Snapshot, known: Knowledge, place: str, indicator: str) -> list[Observation]:
    """All observations of an indicator for a place, and for what is exactly the same as either."""
    items = [
        row["item"].value
        for own in known.equals(place)
        for what in known.equals(indicator)
        for row in snapshot.select(_OF_SERIES, place=NamedNode(own), indicator=NamedNode(what))
    ]
    return observations(snapshot, known, items)


def of_period(snapshot: Snapshot, known: Knowledge, place: str, period: Term) -> list[Observation]:
    """The observations of any indicator for a place in a period."""
    items = [
        row["item"].value
        for own in known.equals(place)
        for row in snapshot.select(_OF_PERIOD, place=NamedNode(own), period=period)
    ]
    return observations(snapshot, known, items)


def observations(snapshot: Snapshot, known: Knowledge, iris: Iterable[str]) -> list[Observation]:
    """Observations by their IRIs, in the order of source and period; what is no plain figure is left out."""
    found = []
    wanted = sorted(set(iris))
    for begin in range(0, len(wanted), _MANY):
        for iri, own in facts_of(snapshot, wanted[begin : begin + _MANY], _NEEDED).items():
            if (made := _observation(iri, own, known)) is not None:
                found.append(made)
    return sorted(found, key=lambda one: (one.source, one.period, one.iri))


def _observation(iri: str, own: dict[str, list[Term]], known: Knowledge) -> Observation | None:
    def one(predicate: str) -> str:
        terms = own.get(predicate)
        return terms[0].value if terms else ""

    period = own.get(PERIOD, [Literal("")])[0]
    digits = one(STATED) if _plain(one(STATED)) else one(VALUE)
    if not _plain(digits):
        return None
    multiplier = one(MULTIPLIER)
    return Observation(
        iri,
        one(PLACE),
        one(INDICATOR),
        period.value.removeprefix(f"{known.names.base}period/")
        if isinstance(period, NamedNode)
        else period.value,
        digits,
        int(multiplier) if multiplier.lstrip("-").isdigit() else 0,
        known.unit(one(UNIT)) if one(UNIT) else None,
        one(UNIT),
        one(STATUS).rpartition("obsStatus-")[2],
        one(SOURCE),
    )


def _plain(digits: str) -> bool:
    whole, _, fraction = digits.removeprefix("-").partition(".")
    return whole.isascii() and (whole + fraction).isdigit() and 0 < len(digits) <= 60


def titles(snapshot: Snapshot, sources: Iterable[str]) -> dict[str, str]:
    """What sources are called."""
    found = {}
    for iri, own in facts_of(snapshot, {source for source in sources if source}, _TITLES).items():
        for predicate in _TITLES:
            if predicate in own:
                found[iri] = own[predicate][0].value
                break
    return found


def evidence(snapshot: Snapshot, items: Sequence[str]) -> dict[str, list[Words]]:
    """The words and rows that support each of some things."""
    return evidence_of(snapshot, items) if items else {}
