"""One unit of measure, as the graph describes it (QUDT terms)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pyoxigraph import Literal, NamedNode, Triple

from innograph.ontology.namespaces import DCTERMS, QUDT, RDF, RDFS, SKOS, UNIT, XSD, Names

Node = NamedNode | Literal


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: value in the unit of its dimension = (number + `offset`) × `factor`, as QUDT says it.

    `dimension` is the IRI of its quantity kind: units convert into each other where they share it. It is
    empty where nothing converts: for money, and where nobody says what the unit measures. `currency` is
    the ISO 4217 code of money, also of money for each person. `labels` are (language, text).
    """

    iri: str
    labels: tuple[tuple[str, str], ...] = ()
    dimension: str = ""
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)
    currency: str | None = None
    symbols: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name in IRIs of units made from it: "ccy-cny", "tonne", "per-10000-people"."""
        return self.iri.rsplit("/", 1)[-1].replace("_", "-").lower()

    def label(self, language: str = "en") -> str:
        """Its first label in a language, or else in any, or its name."""
        labels = dict(reversed(self.labels))
        return labels.get(language) or next((text for _, text in self.labels), self.name)

    def triples(self, names: Names) -> list[Triple]:
        """Its description, for a graph that needs it: the first label of each language is preferred."""
        unit = NamedNode(self.iri)
        scheme = names.iri("scheme/units")
        types = [QUDT[name] for name in self.classes] or [QUDT.Unit]
        found = [Triple(unit, RDF.type, kind) for kind in (*types, SKOS.Concept)]
        found.append(Triple(unit, SKOS.inScheme, scheme))
        found.append(Triple(scheme, RDF.type, SKOS.ConceptScheme))
        found.append(Triple(scheme, DCTERMS.title, Literal("Units of measure", language="en")))
        seen: set[str] = set()
        for language, text in self.labels:
            kind = SKOS.altLabel if language in seen else SKOS.prefLabel
            seen.add(language)
            found.append(Triple(unit, kind, Literal(text, language=language)))
        if self.dimension:
            found.append(Triple(unit, QUDT.hasQuantityKind, NamedNode(self.dimension)))
            found.append(Triple(unit, QUDT.conversionMultiplier, _decimal(self.factor)))
        if self.offset:
            found.append(Triple(unit, QUDT.conversionOffset, _decimal(self.offset)))
        if self.currency:
            found.append(Triple(unit, QUDT.currencyCode, Literal(self.currency)))
        if self.symbols:
            found.append(Triple(unit, QUDT.symbol, Literal(self.symbols[0])))
        if self.iri.startswith(str(UNIT)):
            found.append(Triple(unit, RDFS.isDefinedBy, NamedNode(str(UNIT).removesuffix("/"))))
        return found


def _decimal(number: Decimal) -> Literal:
    return Literal(f"{round(number, 18):f}", datatype=XSD.decimal)


def of_properties(iri: str, properties: Mapping[str, list[Node]]) -> Unit:
    """A unit from its description: values by the IRI of their property."""

    def texts(*predicates: NamedNode) -> list[Literal]:
        return [v for p in predicates for v in properties.get(p.value, ()) if isinstance(v, Literal)]

    def number(predicate: NamedNode, default: int) -> Decimal:
        return Decimal(next((v.value for v in texts(predicate)), str(default)))

    kinds = [node.value for node in properties.get(QUDT.hasQuantityKind.value, ())]
    types = [node.value for node in properties.get(RDF.type.value, ())]
    return Unit(
        iri,
        labels=tuple((v.language or "", v.value) for v in texts(SKOS.prefLabel, RDFS.label, SKOS.altLabel)),
        dimension=min(kinds, default=""),
        factor=number(QUDT.conversionMultiplier, 1),
        offset=number(QUDT.conversionOffset, 0),
        currency=next((v.value for v in texts(QUDT.currencyCode)), None),
        symbols=tuple(v.value for v in texts(QUDT.symbol, QUDT.ucumCode)),
        classes=tuple(sorted(t.removeprefix(str(QUDT)) for t in types if t.startswith(str(QUDT)))),
    )
