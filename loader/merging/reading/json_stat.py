"""JSON-stat, versions 1 and 2 (json-stat.org/full): dataset, collection, bundle.

A dataset is one table: for each dimension its code (column "ID") and, where it has one, its label (column
"ID label"), then value, status, and the unit of the metric's category. Row n is the nth cell of the cube.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from innograph.loader.merging.reading.grids import distinct
from innograph.loader.merging.reading.json_values import text
from innograph.loader.merging.reading.opening import Content
from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.records import Table

Json = Mapping[str, Any]


def is_json_stat(value: Any) -> bool:
    """Whether a JSON value is a response of JSON-stat."""
    if not isinstance(value, dict):
        return False
    if value.get("class") in ("dataset", "collection", "dimension") and (
        "version" in value or "value" in value or "link" in value
    ):
        return True
    return any(_is_cube(item) for item in value.values() if isinstance(item, dict))


def _is_cube(value: Json) -> bool:
    dimension = value.get("dimension")
    return "value" in value and isinstance(dimension, dict) and ("size" in value or "size" in dimension)


def read_json_stat(content: Content, value: Json, options: Options) -> Iterator[Table]:
    """A table for each dataset.

    Raises:
        InputError: a dataset whose parts do not fit, or a collection that only points elsewhere.
    """
    found = list(_datasets(value))
    if not found:
        elsewhere = [str(item.get("href", "")) for item in _items(value)]
        raise content.problem(
            "is a collection that holds no dataset itself",
            f"merge what it points to: {', '.join(elsewhere[:3])} …",
        )
    for name, dataset in found:
        try:
            yield _table(name if len(found) > 1 else "", dataset, options)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            raise content.problem(
                f"the dataset {name!r} is not well formed: {type(error).__name__} {error}",
                "mend it: id, size and the categories of each dimension must fit the values",
            ) from error


def _datasets(value: Json) -> Iterator[tuple[str, Json]]:
    if value.get("class") == "collection":
        for index, item in enumerate(_items(value), 1):
            if _is_cube(item):
                yield str(item.get("label") or index), item
            elif item.get("class") == "collection":
                yield from _datasets(item)
    elif value.get("class") == "dataset" or _is_cube(value):
        yield str(value.get("label") or ""), value
    else:
        for name, item in value.items():
            if isinstance(item, dict) and _is_cube(item):
                yield name, item


def _items(value: Json) -> list[Json]:
    link = value.get("link")
    items = link.get("item", []) if isinstance(link, dict) else []
    return [item for item in items if isinstance(item, dict)]


def _table(name: str, dataset: Json, options: Options) -> Table:
    dimension = dataset["dimension"]
    ids = [str(i) for i in dataset.get("id") or dimension["id"]]
    sizes = [int(size) for size in dataset.get("size") or dimension["size"]]
    roles = dataset.get("role") or dimension.get("role") or {}
    categories = [_categories(dimension[i]["category"]) for i in ids]
    for i, size, codes in zip(ids, sizes, categories, strict=True):
        if len(codes) != size:
            raise ValueError(f"dimension {i} has {len(codes)} categories where its size is {size}")
    labels = [dimension[i]["category"].get("label") or {} for i in ids]
    labelled = [
        any(label.get(code, code) != code for code in codes)
        for label, codes in zip(labels, categories, strict=True)
    ]
    units = [dimension[i]["category"].get("unit") or {} for i in ids]
    metric = next((index for index, unit in enumerate(units) if unit), None)
    extra = ("value", "status") + (("unit", "multiplier", "decimals") if metric is not None else ())
    columns = [
        column
        for i, shown in zip(ids, labelled, strict=True)
        for column in ((i, f"{i} label") if shown else (i,))
    ]

    def rows() -> Iterator[tuple[int, tuple[str | None, ...]]]:
        values, status = dataset["value"], dataset.get("status")
        for number, codes in enumerate(product(*categories)):
            value = _at(values, number)
            unit = units[metric].get(codes[metric], {}) if metric is not None else {}
            cells: list[str | None] = []
            for code, label, shown in zip(codes, labels, labelled, strict=True):
                cells += [code, _without_code(text(label.get(code)), code)] if shown else [code]
            flag = status if isinstance(status, str) else _at(status, number)
            cells += [_digits(value, unit, options), text(flag)]
            if metric is not None:
                words = unit.get("label") or unit.get("base") or unit.get("type") or unit.get("symbol")
                cells += [
                    text(words),
                    text(unit.get("multiplier", unit.get("mult"))),
                    text(unit.get("decimals")),
                ]
            yield number + 1, tuple(cells)

    return Table(name, distinct((*columns, *extra)), rows(), _described(dataset, dimension, ids, roles))


def _without_code(label: str | None, code: str) -> str | None:
    """A label without the code that some offices write before it: "0180 Stockholm"."""
    return label.removeprefix(f"{code} ").strip() or label if label else label


def _categories(category: Json) -> list[str]:
    """The codes of a dimension in their order; a dimension of one category needs no index."""
    index = category.get("index")
    if isinstance(index, list):
        return [str(code) for code in index]
    if isinstance(index, dict):
        return sorted(index, key=lambda code: int(index[code]))
    return [str(code) for code in category["label"]]


def _at(values: Any, number: int) -> Any:
    if isinstance(values, list):
        return values[number] if number < len(values) else None
    return values.get(str(number)) if isinstance(values, dict) else None


def _digits(value: Any, unit: Json, options: Options) -> str | None:
    """A value with the decimals that its unit has: JSON writes 12.50 as 12.5."""
    digits = text(value)
    decimals = unit.get("decimals")
    if digits and decimals is not None and digits.lstrip("-").replace(".", "", 1).isdigit():
        whole, _, fraction = digits.partition(".")
        fraction = fraction.ljust(int(decimals), "0")
        digits = f"{whole}.{fraction}" if fraction else whole
    return digits.replace(".", options.decimal) if digits and options.decimal != "." else digits


def _described(dataset: Json, dimension: Json, ids: list[str], roles: Json) -> dict[str, str]:
    described = {"kind": "JSON-stat", "typed": "yes"}
    for key, name in (("label", "title"), ("source", "publisher"), ("updated", "issued"), ("href", "url")):
        if found := text(dataset.get(key)):
            described[name] = found
    link = dataset.get("link")
    licences = link.get("license", []) if isinstance(link, dict) else []
    if licences and isinstance(licences[0], dict) and (href := text(licences[0].get("href"))):
        described["licence"] = href
    for role, names in roles.items():
        for name in names:
            described[f"role:{name}"] = str(role)
    for i in ids:
        if label := text(dimension[i].get("label")):
            described[f"title:{i}"] = label
    return described
