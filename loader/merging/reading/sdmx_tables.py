"""SDMX: SDMX-ML and SDMX-JSON by the sdmx1 package, SDMX-CSV (1.0 and 2.0) as the table that it is.

Columns are the identifiers of dimensions and attributes, then OBS_VALUE. Row n of a message is its nth
observation.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any

from innograph.loader.merging.reading.json_values import text
from innograph.loader.merging.reading.opening import Content
from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.records import Table

_ROLES = {
    "REF_AREA": "geo",
    "GEO": "geo",
    "TIME_PERIOD": "time",
    "TIME": "time",
    "INDICATOR": "metric",
    "MEASURE": "metric",
}
_LARGEST = 2**29
_LABELLED = re.compile(r"[\w@$-]+: \S")


def is_sdmx_csv(columns: tuple[str, ...]) -> bool:
    """Whether a header is that of SDMX-CSV (1.0: DATAFLOW; 2.0: STRUCTURE and STRUCTURE_ID)."""
    codes = {column.partition(":")[0].strip() for column in columns}
    return "OBS_VALUE" in codes and bool({"DATAFLOW", "STRUCTURE", "STRUCTURE_ID"} & codes)


def with_roles(table: Table) -> Table:
    """An SDMX-CSV table with the roles of its columns; "CODE: label" cells (labels=both) become two columns."""
    codes = tuple(column.partition(":")[0].strip() for column in table.columns)
    both = [
        ":" in column and code not in ("OBS_VALUE", "TIME_PERIOD")
        for column, code in zip(table.columns, codes, strict=True)
    ]
    action = codes.index("ACTION") if "ACTION" in codes else None
    described = {**table.described, **_described(codes), "kind": "SDMX-CSV"}
    for column, code in zip(table.columns, codes, strict=True):
        if label := column.partition(":")[2].strip():
            described[f"title:{code}"] = label
    names = tuple(
        name
        for code, two in zip(codes, both, strict=True)
        for name in ((code, f"{code} label") if two else (code,))
    )

    def rows() -> Iterator[tuple[int, tuple[str | None, ...]]]:
        for number, cells in table.rows:
            if action is not None and len(cells) > action and (cells[action] or "").upper().startswith("D"):
                continue  # SDMX-CSV 2.0: the row says that what it names is deleted
            if len(cells) != len(both):
                yield number, cells
                continue
            parted: list[str | None] = []
            for value, two in zip(cells, both, strict=True):
                if not two:
                    parted.append(value)
                elif value and _LABELLED.match(value):
                    code, _, label = value.partition(": ")
                    parted += [code, label]
                else:
                    parted += [value, None]
            yield number, tuple(parted)

    return replace(table, columns=names, rows=rows(), described=described)


def read_sdmx(content: Content, options: Options) -> Iterator[Table]:
    """A table for each data set of an SDMX message, held in memory.

    Raises:
        InputError: the message has no data, is too large, or is not understood.
    """
    import sdmx  # a second, with pandas; only who reads SDMX pays it
    import sdmx.reader.xml.v30  # both readers before the first message, whose namespaces the import trips over
    from sdmx.message import DataMessage

    path = content.file()
    if path.stat().st_size > _LARGEST:
        raise content.problem(
            "is an SDMX message of over half a gigabyte", "ask the service for SDMX-CSV, which is streamed"
        )
    if b"<!DOCTYPE" in content.head():
        raise content.problem("has a document type declaration, which SDMX-ML does not", "remove it")
    logger, level = logging.getLogger("sdmx"), logging.getLogger("sdmx").level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), path.open("rb") as file:
            warnings.simplefilter("ignore")
            message = sdmx.read_sdmx(file, format="JSON" if content.head(1) == b"{" else "XML")
    except Exception as error:  # the package lets through whatever its parsers raise
        raise content.problem(
            f"is no SDMX that is understood: {type(error).__name__} {error}"[:300],
            "ask the service for SDMX-CSV",
        ) from error
    finally:
        logger.setLevel(level)
    if not isinstance(message, DataMessage):
        raise content.problem(
            "is an SDMX message of structures without data", "fetch the data, not the structure"
        )
    sets = [dataset for dataset in message.data if dataset.obs]
    if not sets:
        raise content.problem("is an SDMX message without observations", "is the query that made it right?")
    for index, dataset in enumerate(sets, 1):
        yield _table(str(index) if len(sets) > 1 else "", dataset, options)


def _table(name: str, dataset: Any, options: Options) -> Table:
    columns: dict[str, None] = {}
    for observation in dataset.obs:
        columns.update(dict.fromkeys(_dimensions(observation)))
    attributes: dict[str, None] = dict.fromkeys(getattr(dataset, "attrib", {}))
    for observation in dataset.obs:
        attributes.update(dict.fromkeys(observation.attrib))
    names = (*columns, "OBS_VALUE", *(attribute for attribute in attributes if attribute not in columns))

    def rows() -> Iterator[tuple[int, tuple[str | None, ...]]]:
        common = {key: value.value for key, value in getattr(dataset, "attrib", {}).items()}
        for number, observation in enumerate(dataset.obs, 1):
            own = {key: value.value for key, value in observation.attrib.items()}
            cells = {**common, **own, **_dimensions(observation), "OBS_VALUE": observation.value}
            yield number, tuple([_text(cells.get(name), options) for name in names])

    return Table(name, names, rows(), {**_described(names), "kind": "SDMX-ML", "typed": "yes"})


def _dimensions(observation: Any) -> Mapping[str, Any]:
    series = observation.series_key.values if observation.series_key else {}
    return {key: value.value for key, value in (*series.items(), *observation.dimension.values.items())}


def _text(value: Any, options: Options) -> str | None:
    value = getattr(value, "id", value)
    shown = None if value is None or value == "" or str(value) == "NaN" else str(value)
    return text(shown) if options.decimal == "." or shown is None else shown


def _described(columns: tuple[str, ...]) -> dict[str, str]:
    return {f"role:{column}": _ROLES[column] for column in columns if column in _ROLES}
