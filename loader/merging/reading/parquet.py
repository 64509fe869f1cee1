"""Parquet and Arrow files by pyarrow, in batches: memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from innograph.loader.merging.reading.opening import Content
from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.reading.sheets import number_text
from innograph.loader.merging.records import Table

_BATCH = 16384


def read_parquet(content: Content, options: Options) -> Iterator[Table]:
    """The table of a Parquet file. Row 1 is its first row, since there is no header line.

    Raises:
        InputError: the file is broken.
    """
    try:
        file = pq.ParquetFile(content.file())
        schema, batches = file.schema_arrow, lambda: file.iter_batches(_BATCH)
    except (pa.ArrowException, OSError) as error:
        raise content.problem(f"is no Parquet file that can be read: {error}", "write it again") from error
    yield _table(content, schema, batches, options)


def read_arrow(content: Content, options: Options) -> Iterator[Table]:
    """The table of an Arrow IPC (Feather) file.

    Raises:
        InputError: the file is broken.
    """
    try:
        reader = pyarrow.ipc.open_file(pa.memory_map(str(content.file())))
    except (pa.ArrowException, OSError) as error:
        raise content.problem(f"is no Arrow file that can be read: {error}", "write it again") from error
    yield _table(
        content,
        reader.schema,
        lambda: (reader.get_batch(index) for index in range(reader.num_record_batches)),
        options,
    )


def _table(content: Content, schema: Any, batches: Callable[[], Iterator[Any]], options: Options) -> Table:
    flat = _flat(pa.RecordBatch.from_pylist([], schema=schema))
    columns = tuple(flat.schema.names)

    def rows() -> Iterator[tuple[int, tuple[str | None, ...]]]:
        number = 0
        try:
            for batch in batches():
                for cells in zip(
                    *(_texts(column, options.decimal) for column in _flat(batch).columns), strict=True
                ):
                    number += 1
                    if any(cell is not None for cell in cells):
                        yield number, cells
        except (pa.ArrowException, OSError) as error:
            raise content.problem(
                f"cannot be read after row {number}: {error}", "write it again", number + 1
            ) from error

    return Table("", columns, rows(), {"typed": "yes"})


def _flat(batch: Any) -> Any:
    """A batch whose structures are columns with dotted names."""
    table = pa.Table.from_batches([batch])
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def _texts(column: Any, decimal: str) -> list[str | None]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        return [
            None if v is None else number_text(float(str(v)), decimal)
            for v in column.to_numpy(zero_copy_only=False)
        ]
    return [_text(value, decimal) for value in column.to_pylist()]


def _text(value: Any, decimal: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value, decimal)
    if isinstance(value, Decimal):
        return format(value, "f").replace(".", decimal)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip() or None
    if isinstance(value, list):
        return "; ".join(str(item) for item in value) or None
    return str(value)
