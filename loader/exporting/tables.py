"""Rows as CSV and as Parquet, written in one pass; and what their columns mean."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyoxigraph import NamedNode

from innograph.loader.exporting.graphs import compressed
from innograph.loader.exporting.rows import Row
from innograph.ontology.namespaces import (
    INNO,
    PROV,
    QB,
    SDMX_ATTRIBUTE,
    SDMX_CODE,
    SDMX_DIMENSION,
    SDMX_MEASURE,
)

BATCH = 20_000  # rows of a Parquet row group
SEPARATORS = ("|", "¦", "␞", "␟")
TEXT, LIST = pa.string(), pa.list_(pa.string())


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its CSVW datatype, its Parquet and Croissant types, and the property that it gives.

    `iri` is the template of the IRI where the value is one; without a property the column is a help for
    readers, and its RDF is elsewhere.
    """

    name: str
    about: str
    datatype: str = "string"
    parquet: Any = TEXT
    croissant: str = "sc:Text"
    property: NamedNode | None = None
    iri: str = ""
    required: bool = False
    separated: bool = False


COLUMNS = (
    Column("observation", "IRI of the observation.", croissant="sc:URL", required=True),
    Column(
        "city",
        "IRI of the city.",
        croissant="sc:URL",
        property=SDMX_DIMENSION.refArea,
        iri="{+city}",
        required=True,
    ),
    Column("city_label", "Name of the city in English."),
    Column(
        "indicator",
        "IRI of the indicator.",
        croissant="sc:URL",
        property=INNO.indicator,
        iri="{+indicator}",
        required=True,
    ),
    Column("indicator_label", "Name of the indicator in English."),
    Column(
        "period",
        "Year, month or day, or IRI of an interval, that the figure is of.",
        property=SDMX_DIMENSION.refPeriod,
        required=True,
    ),
    Column(
        "value",
        "The figure before its multiplier.",
        "decimal",
        pa.float64(),
        "sc:Float",
        SDMX_MEASURE.obsValue,
        required=True,
    ),
    Column("value_as_stated", "The figure with the digits of the source.", property=INNO.valueAsStated),
    Column(
        "multiplier",
        "Power of ten by which the figure counts: 9 for billions.",
        "integer",
        pa.int32(),
        "sc:Integer",
        SDMX_ATTRIBUTE.unitMult,
    ),
    Column("amount", "The figure with its multiplier applied.", "decimal", pa.float64(), "sc:Float"),
    Column(
        "unit", "IRI of the unit.", croissant="sc:URL", property=SDMX_ATTRIBUTE.unitMeasure, iri="{+unit}"
    ),
    Column("unit_label", "Name of the unit in English."),
    Column(
        "status",
        "A normal, E estimated, F forecast.",
        property=SDMX_ATTRIBUTE.obsStatus,
        iri=f"{SDMX_CODE}obsStatus-{{status}}",
    ),
    Column(
        "source",
        "IRI of the source that states the figure.",
        croissant="sc:URL",
        property=PROV.wasDerivedFrom,
        iri="{+source}",
    ),
    Column(
        "dataset",
        "IRI of the cube that the observation belongs to.",
        croissant="sc:URL",
        property=QB.dataSet,
        iri="{+dataset}",
    ),
    Column("quote", "The phrases of the source that support the figure.", parquet=LIST, separated=True),
    Column(
        "start",
        "Where each phrase starts: code points from the start of the text.",
        "integer",
        pa.list_(pa.int64()),
        "sc:Integer",
        separated=True,
    ),
    Column(
        "end",
        "Where each phrase ends, exclusive.",
        "integer",
        pa.list_(pa.int64()),
        "sc:Integer",
        separated=True,
    ),
    Column("not_stated", "IRIs of properties that the source leaves open.", parquet=LIST, separated=True),
)
SCHEMA = pa.schema([pa.field(c.name, c.parquet, metadata={"description": c.about}) for c in COLUMNS])


def write_tables(rows: Iterable[Row], separator: str, plain: Path, packed: Path, parquet: Path) -> int:
    """Rows as CSV (RFC 4180), the same packed, and as Parquet; returns how many there were."""
    source, count = iter(rows), 0
    with ExitStack() as opened:
        outputs = [opened.enter_context(plain.open("wb")), opened.enter_context(compressed(packed))]
        columns = opened.enter_context(pq.ParquetWriter(parquet, SCHEMA, compression="zstd"))
        text = _csv([], separator, header=True)
        while True:
            for output in outputs:
                output.write(text)
            batch = list(islice(source, BATCH))
            if not batch:
                return count
            count += len(batch)
            text = _csv(batch, separator)
            columns.write_batch(pa.RecordBatch.from_pylist([_typed(row) for row in batch], SCHEMA))


def _csv(rows: Iterable[Row], separator: str, header: bool = False) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow([column.name for column in COLUMNS])
    for row in rows:
        writer.writerow([_cell(row[column.name], separator) for column in COLUMNS])
    return text.getvalue().encode()


def _cell(value: Any, separator: str) -> str:
    if isinstance(value, list):
        return separator.join(map(str, value))
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)


def _typed(row: Row) -> Row:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}
