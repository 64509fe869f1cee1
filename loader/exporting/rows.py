"""The observations of a graph as tidy rows, in order of their IRIs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, Store

from innograph.loader.exporting.sorting import sorted_lines
from innograph.ontology.namespaces import (
    INNO,
    OA,
    PROV,
    QB,
    RDF,
    RDFS,
    SDMX_ATTRIBUTE,
    SDMX_DIMENSION,
    SDMX_MEASURE,
    SKOS,
)

Row = dict[str, Any]
Facts = dict[str, list[Any]]
LABELS_KEPT = 50_000


class Rows:
    """Reads rows from a store; `period_types` are the datatypes of the periods read so far."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self.period_types: set[str] = set()
        self.label = lru_cache(LABELS_KEPT)(self._label)

    def of(self, graph: NamedNode | None) -> Iterator[Row]:
        """The observations of a named graph, or of all."""
        found = self._store.quads_for_pattern(None, RDF.type, INNO.CityObservation, graph)
        lines = (f"{quad.subject.value}\n".encode() for quad in found if isinstance(quad.subject, NamedNode))
        before = b""
        for line in sorted_lines(lines, self._folder):
            if line != before:
                yield self.row(NamedNode(line.decode().rstrip("\n")))
            before = line

    def row(self, observation: NamedNode) -> Row:
        """One observation; what is not there is None, or an empty list."""
        own = self._facts(observation)
        city, indicator = _first(own, SDMX_DIMENSION.refArea), _first(own, INNO.indicator)
        period, unit = _first(own, SDMX_DIMENSION.refPeriod), _first(own, SDMX_ATTRIBUTE.unitMeasure)
        digits, multiplier = _digits(own), _integer(_first(own, SDMX_ATTRIBUTE.unitMult))
        status = _first(own, SDMX_ATTRIBUTE.obsStatus)
        anchors = sorted(self._anchor(place) for place in own.get(INNO.evidence.value, []))
        self.period_types.add(period.datatype.value if isinstance(period, Literal) else "")
        return {
            "observation": observation.value,
            "city": _value(city),
            "city_label": self.label(city),
            "indicator": _value(indicator),
            "indicator_label": self.label(indicator),
            "period": _value(period),
            "value": digits,
            "value_as_stated": _value(_first(own, INNO.valueAsStated)),
            "multiplier": multiplier,
            "amount": digits.scaleb(multiplier) if digits is not None else None,
            "unit": _value(unit),
            "unit_label": self.label(unit),
            "status": status.value.rpartition("-")[2] if status is not None else None,
            "source": _value(_first(own, PROV.wasDerivedFrom)),
            "dataset": _value(_first(own, QB.dataSet)),
            "quote": [quote for _, _, quote in anchors if quote],
            "start": [start for start, _, quote in anchors if quote],
            "end": [end for _, end, quote in anchors if quote],
            "not_stated": sorted(term.value for term in own.get(INNO.notStated.value, [])),
        }

    def _anchor(self, place: Any) -> tuple[int, int, str]:
        """Where a phrase stands, and the phrase; a row of a table is evidence without one."""
        start, end, quote = 0, 0, ""
        for selector in self._facts(place).get(OA.hasSelector.value, []):
            said = self._facts(selector)
            quote = _value(_first(said, OA.exact)) or quote
            start = _integer(_first(said, OA.start)) or start
            end = _integer(_first(said, OA.end)) or end
        return start, end, quote

    def _facts(self, thing: Any) -> Facts:
        found: Facts = {}
        if isinstance(thing, NamedNode):
            for quad in self._quads(thing, None):
                terms = found.setdefault(quad.predicate.value, [])
                if quad.object not in terms:
                    terms.append(quad.object)
        return found

    def _label(self, thing: Any) -> str | None:
        """The English label, or else the first of any language."""
        if not isinstance(thing, NamedNode):
            return None
        labels = [
            quad.object
            for predicate in (SKOS.prefLabel, RDFS.label)
            for quad in self._quads(thing, predicate)
            if isinstance(quad.object, Literal)
        ]
        labels.sort(key=lambda label: ((label.language or "").partition("-")[0] != "en", label.value))
        return labels[0].value if labels else None

    def _quads(self, thing: NamedNode, predicate: NamedNode | None) -> Iterator[Quad]:
        return self._store.quads_for_pattern(thing, predicate, None)


def _first(facts: Facts, predicate: NamedNode) -> Any:
    return min(facts.get(predicate.value, []), key=str, default=None)


def _value(term: Any) -> str | None:
    return None if term is None else str(term.value)


def _integer(term: Any) -> int:
    try:
        return int(term.value)
    except (AttributeError, ValueError):
        return 0


def _digits(facts: Facts) -> Decimal | None:
    """The value with the digits that the source states, else as it is stored."""
    for predicate in (INNO.valueAsStated, SDMX_MEASURE.obsValue):
        term = _first(facts, predicate)
        if term is not None:
            try:
                return Decimal(term.value)
            except InvalidOperation:
                continue
    return None
