"""JSON that is no standard format: records, columns side by side, and objects nested by their keys.

- An array of objects is a table; objects in them are flattened with dotted names, and an array of objects
  in a record gives a row for each of its elements.
- An object of arrays of one length is a table of columns.
- Objects nested by keys (place → year → figure) are a long table: "key 1", "key 2", …, "value".

Blocks of one shape are one table, with the keys that lead to them as columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from innograph.loader.merging.reading.json_values import loads, text
from innograph.loader.merging.reading.opening import Content
from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.reading.texts import encoding_of, lines
from innograph.loader.merging.records import Table

Record = dict[str, Any]
_ALIKE = 0.5


@dataclass
class _Block:
    """Records of one shape, found at paths of one length."""

    kind: str
    depth: int
    columns: dict[str, None] = field(default_factory=dict)
    found: list[tuple[tuple[str, ...], list[Record]]] = field(default_factory=list)


def read_json(content: Content, value: Any, options: Options) -> Iterator[Table]:
    """The tables of a JSON value. Row n of a table is its nth record.

    Raises:
        InputError: nothing in it looks like a table.
    """
    blocks: list[_Block] = []
    scalars: dict[str, str] = {}
    _collect(value, (), blocks, scalars)
    if any(block.kind == "records" for block in blocks):
        blocks = [block for block in blocks if block.kind != "value"]
    if not blocks:
        raise content.problem(
            "has no array of objects and no nested figures", "is it the right file? write it as CSV"
        )
    described = {
        key.replace("license", "licence"): scalars[key]
        for key in ("title", "name", "license", "licence", "publisher", "source")
        if key in scalars
    }
    names: dict[str, int] = {}
    for block in blocks:
        name = _name(block)
        names[name] = names.get(name, 0) + 1
        unique = name if names[name] == 1 else f"{name or 'table'} ({names[name]})"
        keys = (
            tuple(f"key {index + 1}" for index in range(block.depth))
            if len(block.found) > 1 or block.kind == "value"
            else ()
        )
        columns = (*keys, *block.columns)
        if len(columns) > 1:
            yield Table(unique, columns, _rows(block, bool(keys), options), {**described, "typed": "yes"})


def read_json_lines(content: Content, options: Options) -> Iterator[Table]:
    """JSON Lines: a record a line, streamed; the first thousand say which columns there are.

    Raises:
        InputError: a line that is no JSON object.
    """

    def records() -> Iterator[tuple[int, Record]]:
        for number, line in enumerate(lines(content, encoding_of(content)), 1):
            if line.strip():
                try:
                    found = loads(line)
                except ValueError as error:
                    raise content.problem(f"is no JSON: {error}", "mend the line", number) from error
                if not isinstance(found, dict):
                    raise content.problem("is no JSON object", "write one object a line", number)
                for record in _exploded(found):
                    yield number, record

    columns: dict[str, None] = {}
    for count, (_, record) in enumerate(records()):
        columns.update(dict.fromkeys(record))
        if count == 1000:
            break

    def rows() -> Iterator[tuple[int, tuple[str | None, ...]]]:
        for number, record in records():
            yield number, tuple([text(record.get(name), options.decimal) for name in columns])

    yield Table("", tuple(columns), rows(), {"typed": "yes"})


def _collect(value: Any, path: tuple[str, ...], blocks: list[_Block], scalars: dict[str, str]) -> None:
    if isinstance(value, list):
        records = [item for item in value if isinstance(item, dict)]
        if records and len(records) == len(value):
            _add(blocks, "records", path, [flat for record in records for flat in _exploded(record)])
        else:
            for item in value:
                if isinstance(item, list | dict):
                    _collect(item, path, blocks, scalars)
        return
    if not isinstance(value, dict):
        return
    columns = _columns(value)
    if columns:
        _add(blocks, "columns", path, columns)
        return
    for key, item in value.items():
        if isinstance(item, dict | list):
            _collect(item, (*path, key), blocks, scalars)
        elif item is not None:
            if not path:
                scalars[key] = str(item)
            _add(blocks, "value", (*path, key), [{"value": item}])


def _columns(value: Record) -> list[Record]:
    """The rows of an object of arrays of scalars of one length."""
    if len(value) < 2 or not all(isinstance(item, list) for item in value.values()):
        return []
    lengths = {len(item) for item in value.values()}
    if len(lengths) != 1 or any(isinstance(cell, list | dict) for item in value.values() for cell in item):
        return []
    return [dict(zip(value, cells, strict=True)) for cells in zip(*value.values(), strict=True)]


def _add(blocks: list[_Block], kind: str, path: tuple[str, ...], records: list[Record]) -> None:
    names = dict.fromkeys(name for record in records for name in record)
    if not names:
        return
    for block in blocks:
        same = block.kind == kind and block.depth == len(path)
        if same and len(block.columns.keys() & names.keys()) >= _ALIKE * len(
            block.columns.keys() | names.keys()
        ):
            break
    else:
        block = _Block(kind, len(path))
        blocks.append(block)
    block.columns.update(names)
    if block.found and block.found[-1][0] == path:
        block.found[-1][1].extend(records)
    else:
        block.found.append((path, records))


def _name(block: _Block) -> str:
    """The keys that all paths of a block begin with."""
    first = block.found[0][0]
    if len(block.found) == 1 and block.kind != "value":
        return ".".join(first)
    common = 0
    while common < len(first) and all(path[common] == first[common] for path, _ in block.found):
        common += 1
    return ".".join(first[:common])


def _rows(block: _Block, keyed: bool, options: Options) -> Iterator[tuple[int, tuple[str | None, ...]]]:
    number = 0
    for path, records in block.found:
        keys = path if keyed else ()
        for record in records:
            number += 1
            yield number, (*keys, *(text(record.get(name), options.decimal) for name in block.columns))


def _exploded(record: Record) -> list[Record]:
    """A record as flat ones: several where one of its members is an array of objects."""
    flat: Record = {}
    inner: list[tuple[str, list[Any]]] = []
    _flatten(record, "", flat, inner)
    if len(inner) != 1:
        return [flat]
    name, members = inner[0]
    return [
        {**flat, **{f"{name}.{key}": cell for key, cell in part.items()}}
        for member in members
        for part in _exploded(member)
    ]


def _flatten(record: Record, prefix: str, flat: Record, inner: list[tuple[str, list[Any]]]) -> None:
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            _flatten(value, f"{name}.", flat, inner)
        elif not isinstance(value, list):
            flat[name] = value
        elif value and all(isinstance(item, dict) for item in value):
            inner.append((name, value))
        elif not any(isinstance(item, list | dict) for item in value):
            flat[name] = "; ".join(str(item) for item in value)
