"""Aligned records as observations: their IRIs, their evidence and their RDF (docs/model.md).

The RDF is written as N-Triples text, since at a million observations a Python object for each triple
would cost more than everything else.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from innograph.loader.merging.records import Aligned
from innograph.loader.period_terms import period_term
from innograph.ontology.namespaces import (
    INNO,
    PROV,
    QB,
    RDF,
    RDFS,
    SDMX_ATTRIBUTE,
    SDMX_CODE,
    SDMX_DIMENSION,
    SDMX_MEASURE,
    XSD,
    Names,
)

# What names may not hold (RFC 3987, section 2.2: `isegment-nz` without sub-delimiters).
_UNSAFE = re.compile(r"[^\w.~-]+")
_DIGITS = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
KEPT = 50_000  # names whose words are remembered

# An observation, with the literals as the file has them.
_LINES = "".join(
    f"{{fact}} {predicate} {term} .\n"
    for predicate, term in (
        (RDF.type, QB.Observation),
        (RDF.type, INNO.CityObservation),
        (QB.dataSet, "{dataset}"),
        (SDMX_DIMENSION.refArea, "{place}"),
        (INNO.indicator, "{indicator}"),
        (SDMX_DIMENSION.refPeriod, "{period}"),
        (SDMX_MEASURE.obsValue, f'"{{digits}}"^^{XSD.decimal}'),
        (INNO.valueAsStated, '"{digits}"'),
        (SDMX_ATTRIBUTE.decimals, f'"{{decimals}}"^^{XSD.integer}'),
        (SDMX_ATTRIBUTE.unitMeasure, "{unit}"),
        (SDMX_ATTRIBUTE.unitMult, f'"{{multiplier}}"^^{XSD.integer}'),
        (SDMX_ATTRIBUTE.obsStatus, f"<{SDMX_CODE}obsStatus-{{status}}>"),
        (PROV.wasDerivedFrom, "{source}"),
        (INNO.evidence, "<{file}#row={row}>"),
    )
)


class Observing:
    """Writes the observations of one source."""

    def __init__(self, slug: str, names: Names) -> None:
        self.names = names
        self.slug = slug
        self.prefix = names.iri(f"observation/{slug}/").value
        self._dataset, self._source = str(names.dataset(slug)), str(names.source(slug))
        self._files = names.source(slug).value
        self._tail = lru_cache(KEPT)(self._tail_of)
        self._iri = lru_cache(KEPT)(lambda iri: str(NamedNode(iri)))
        self._period = lru_cache(KEPT)(self._period_of)

    def series(self, record: Aligned) -> str:
        """The part of an observation's path that its whole series shares."""
        return f"{self._tail(record.place, 'city')}/{self._tail(record.indicator, 'indicator')}/"

    def period(self, record: Aligned) -> str:
        """The last part of an observation's path."""
        return self._period(record.period)[0]

    def iri(self, record: Aligned) -> str:
        """The IRI of a record's observation: its key."""
        return f"{self.prefix}{self.series(record)}{self.period(record)}"

    def lines(self, record: Aligned) -> str:
        """A record as N-Triples.

        Raises:
            ValueError: digits, a period or an IRI that are none.
        """
        if not _DIGITS.fullmatch(record.digits):
            raise ValueError(
                f"{record.digits[:40]!r} is no plain decimal: write digits with at most one point"
            )
        fact = f"<{self.iri(record)}>"
        text = _LINES.format(
            fact=fact,
            dataset=self._dataset,
            place=self._iri(record.place),
            indicator=self._iri(record.indicator),
            period=self._period(record.period)[1],
            digits=record.digits,
            decimals=len(record.digits.partition(".")[2]),
            unit=self._iri(record.unit),
            multiplier=record.multiplier,
            status=record.status,
            source=self._source,
            file=self.file(record.table),
            row=record.row,
        )
        return f"{text}{fact} {RDFS.comment} {Literal(record.note)} .\n" if record.note else text

    def file(self, table: str) -> str:
        """The IRI of a table: of a file, or of a part of it (a sheet, a member of an archive)."""
        return f"{self._files}/{quote(table, safe='/~')}"

    def _tail_of(self, iri: str, kind: str) -> str:
        """The name that a place or an indicator has in the paths of its observations.

        It is the slug of one of ours; anything else is told apart by a fingerprint of its IRI.
        """
        path = self.names.relative(iri) or ""
        slug = path.removeprefix(f"{kind}/")
        if slug != path and slug and not _UNSAFE.search(slug):
            return slug
        last = re.split(r"[/#]", iri.rstrip("/#"))[-1]
        return f"{_UNSAFE.sub('-', last)}-{hashlib.sha256(iri.encode()).hexdigest()[:8]}"

    def _period_of(self, period: str) -> tuple[str, str]:
        if ":" in period:
            return self._tail(period, "period"), str(NamedNode(period))
        return period, str(period_term(period))
