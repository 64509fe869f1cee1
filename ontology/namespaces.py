"""Every namespace of the project, declared once.

`Namespace` makes terms by attribute or item: ``QB.Observation`` or ``INNO["indicator"]`` are
`pyoxigraph.NamedNode`. `PREFIXES` is what queries, Turtle output and the editor use. `Names` makes
the instance IRIs of one deployment from its base IRI.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import NamedNode

DEFAULT_BASE = "https://w3id.org/innograph/"


@dataclass(frozen=True, slots=True)
class Namespace:
    """An IRI prefix whose attributes and items are terms: ``RDF.type``, ``SKOS["prefLabel"]``."""

    _iri: str

    def __str__(self) -> str:
        return self._iri

    def __getitem__(self, local: object) -> NamedNode:
        return NamedNode(f"{self._iri}{local}")

    def __getattr__(self, local: str) -> NamedNode:
        if local.startswith("__"):
            raise AttributeError(local)
        return NamedNode(f"{self._iri}{local}")


ADMS = Namespace("http://www.w3.org/ns/adms#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
FORMATS = Namespace("http://www.w3.org/ns/formats/")
INNO = Namespace("https://w3id.org/innograph/ontology#")
OA = Namespace("http://www.w3.org/ns/oa#")
ORG = Namespace("http://www.w3.org/ns/org#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
PROV = Namespace("http://www.w3.org/ns/prov#")
QB = Namespace("http://purl.org/linked-data/cube#")
QUDT = Namespace("http://qudt.org/schema/qudt/")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA = Namespace("https://schema.org/")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SDMX_ATTRIBUTE = Namespace("http://purl.org/linked-data/sdmx/2009/attribute#")
SDMX_CODE = Namespace("http://purl.org/linked-data/sdmx/2009/code#")
SDMX_CONCEPT = Namespace("http://purl.org/linked-data/sdmx/2009/concept#")
SDMX_DIMENSION = Namespace("http://purl.org/linked-data/sdmx/2009/dimension#")
SDMX_MEASURE = Namespace("http://purl.org/linked-data/sdmx/2009/measure#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
SSSOM = Namespace("https://w3id.org/sssom/")
TIME = Namespace("http://www.w3.org/2006/time#")
UNIT = Namespace("http://qudt.org/vocab/unit/")
VANN = Namespace("http://purl.org/vocab/vann/")
VOID = Namespace("http://rdfs.org/ns/void#")
WGS84 = Namespace("http://www.w3.org/2003/01/geo/wgs84_pos#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")

PREFIXES: dict[str, Namespace] = {
    "adms": ADMS,
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "foaf": FOAF,
    "geo": WGS84,
    "inno": INNO,
    "oa": OA,
    "org": ORG,
    "owl": OWL,
    "prov": PROV,
    "qb": QB,
    "qudt": QUDT,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sd": SD,
    "sdmx-attribute": SDMX_ATTRIBUTE,
    "sdmx-code": SDMX_CODE,
    "sdmx-concept": SDMX_CONCEPT,
    "sdmx-dimension": SDMX_DIMENSION,
    "sdmx-measure": SDMX_MEASURE,
    "sh": SH,
    "skos": SKOS,
    "spdx": SPDX,
    "sssom": SSSOM,
    "time": TIME,
    "unit": UNIT,
    "vann": VANN,
    "void": VOID,
    "xsd": XSD,
}


@dataclass(frozen=True, slots=True)
class Names:
    """The instance IRIs of one deployment, made from its base IRI (which ends in a slash)."""

    base: str = DEFAULT_BASE

    def __post_init__(self) -> None:
        if not self.base.startswith(("http://", "https://")) or not self.base.endswith("/"):
            raise ValueError(f"base IRI {self.base!r}: give an http(s) IRI that ends in '/'")

    def iri(self, path: str) -> NamedNode:
        """The IRI of a path below the base: ``iri("city/beijing")``."""
        return NamedNode(self.base + path)

    def graph(self, name: str) -> NamedNode:
        """The named graph of a source slug, or of `ontology`, `reference`, `catalog`, `derived`."""
        return self.iri(f"graph/{name}")

    def dataset(self, source: str) -> NamedNode:
        """The cube of one source."""
        return self.iri(f"dataset/{source}")

    def source(self, slug: str) -> NamedNode:
        """A source: an article or a dataset."""
        return self.iri(f"source/{slug}")

    def observation(self, source: str, city: str, indicator: str, period: str) -> NamedNode:
        """One observation; its IRI is its key."""
        return self.iri(f"observation/{source}/{city}/{indicator}/{period}")

    def relative(self, iri: str) -> str | None:
        """The path of an IRI below the base, or None for an IRI of somebody else."""
        return iri[len(self.base) :] if iri.startswith(self.base) else None
