"""What a client asks, read from JSON and bounded: everything that is too much or makes no sense is a 4xx.

The rules are those of the specification's JSON schemas (Reconciliation Service API 0.2, section "JSON
Schemas"), said in words that tell where in the request the mistake is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from innograph.server.protocol import ProtocolError

BATCH = 50  # queries of a batch; the manifest says so
LONGEST = 500  # characters of a query, an identifier or a value
LIMIT, MOST = 10, 100  # candidates of a query: where none is asked for, and at most
FEW = 20  # types of a query, properties of it, values of a property
EXTENDED, COLUMNS = 500, 50  # entities and properties of a data extension query
FIELDS = frozenset({"query", "type", "limit", "properties", "type_strict"})
STRICT = ("any", "should", "all")


@dataclass(frozen=True, slots=True)
class Entity:
    """A property value that was reconciled itself."""

    id: str
    name: str = ""


Value = str | float | bool | Entity


@dataclass(frozen=True, slots=True)
class Condition:
    """A property of which a candidate should have one of some values."""

    pid: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One reconciliation query; `every` asks for all of the types at once (`type_strict` is "all")."""

    query: str
    types: tuple[str, ...] = ()
    every: bool = False
    limit: int = LIMIT
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A property whose values are wanted, with its settings."""

    id: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Extension:
    """A data extension query."""

    ids: tuple[str, ...]
    properties: tuple[Wanted, ...]


def batch(text: str) -> dict[str, Asked]:
    """The queries of a reconciliation query batch, by their keys.

    Raises:
        ProtocolError: 400 where it is none, 413 where it is too much.
    """
    found = _object(_json(text, "queries"), "queries")
    if len(found) > BATCH:
        raise too_much(f"{len(found)} queries at once: send at most {BATCH} in a batch")
    for key in found:
        if len(key) > LONGEST:
            raise too_much(f"a key of {len(key)} characters: give at most {LONGEST}")
    return {key: _asked(value, f"query {key!r}") for key, value in found.items()}


def extension(text: str) -> Extension:
    """A data extension query.

    Raises:
        ProtocolError: 400 where it is none, 413 where it is too much.
    """
    found = _object(_json(text, "extend"), "extend")
    ids = _list(found.get("ids"), "extend: 'ids'", EXTENDED)
    properties = _list(found.get("properties"), "extend: 'properties'", COLUMNS)
    return Extension(
        tuple(dict.fromkeys(_text(value, "extend: an id") for value in ids)),
        tuple({wanted.id: wanted for wanted in map(_wanted, properties)}.values()),
    )


def bad(detail: str) -> ProtocolError:
    """A request that makes no sense."""
    return ProtocolError(400, "Bad request", detail)


def too_much(detail: str) -> ProtocolError:
    """A request that asks for too much at once (section "Service Manifest": `batchSize`)."""
    return ProtocolError(413, "Content too large", detail)


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise bad(f"{name!r} is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise bad(f"{name!r} is JSON that is nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits, or NaN
        raise bad(f"{name!r} is not JSON: {error}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _asked(value: Any, where: str) -> Asked:
    found = _object(value, where)
    unknown = sorted(found.keys() - FIELDS)
    if unknown:
        raise bad(f"{where} has the unknown field {unknown[0][:50]!r}: known are {', '.join(sorted(FIELDS))}")
    found = {name: given for name, given in found.items() if given is not None}
    query = _text(found["query"], f"{where}: 'query'") if "query" in found else ""
    conditions = tuple(
        _condition(value, where)
        for value in _list(found.get("properties", []), f"{where}: 'properties'", FEW)
    )
    if not query.strip() and not conditions:
        raise bad(f"{where} asks for nothing: give 'query' or 'properties'")
    types = found.get("type", [])
    strict = found.get("type_strict", "any")
    if strict not in STRICT:
        raise bad(f"{where}: 'type_strict' is one of {', '.join(STRICT)}")
    return Asked(
        query.strip(),
        tuple(
            _text(name, f"{where}: 'type'")
            for name in (_list(types, f"{where}: 'type'", FEW) if isinstance(types, list) else [types])
            if name != ""
        ),
        strict == "all",
        _limit(found.get("limit", LIMIT), where),
        conditions,
    )


def _limit(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 1 or value % 1:
        raise bad(f"{where}: 'limit' is a positive integer")
    return int(min(value, MOST))


def _condition(value: Any, where: str) -> Condition:
    found = _object(value, f"{where}: a property")
    if "pid" not in found or "v" not in found:
        raise bad(f"{where}: a property needs 'pid' and 'v'")
    pid = _text(found["pid"], f"{where}: 'pid'")
    values = found["v"]
    listed = _list(values, f"{where}: 'v'", FEW) if isinstance(values, list) else [values]
    return Condition(pid, tuple(_value(value, f"{where}: 'v' of {pid!r}") for value in listed))


def _value(value: Any, where: str) -> Value:
    if isinstance(value, dict):
        if "id" not in value:
            raise bad(f"{where}: an entity needs an 'id'")
        return Entity(_text(value["id"], f"{where}: 'id'"), _text(value.get("name", ""), f"{where}: 'name'"))
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, bool | int | float):
        return value
    raise bad(f"{where} is a string, a number, a boolean or an entity with an 'id'")


def _wanted(value: Any) -> Wanted:
    found = _object(value, "extend: a property")
    if "id" not in found:
        raise bad("extend: a property needs an 'id'")
    settings = _object(found.get("settings") or {}, "extend: 'settings'")
    if len(settings) > FEW:
        raise too_much(f"extend: {len(settings)} settings of a property: give at most {FEW}")
    return Wanted(
        _text(found["id"], "extend: the 'id' of a property"),
        {
            name: _text(_plain(setting), f"extend: setting {name[:50]!r}")
            for name, setting in settings.items()
        },
    )


def _plain(setting: Any) -> Any:
    """A setting as text: forms send texts, other clients numbers and booleans."""
    if setting is None:
        return ""
    return str(setting).lower() if isinstance(setting, bool | int | float) else setting


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad(f"{where} is an object: {{…}}")
    for key in value:
        _encodable(key, where)
    return value


def _list(value: Any, where: str, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise bad(f"{where} is a list: […]")
    if len(value) > most:
        raise too_much(f"{where} has {len(value)} entries: give at most {most}")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise bad(f"{where} is a string")
    if len(value) > LONGEST:
        raise too_much(f"{where} has {len(value)} characters: give at most {LONGEST}")
    _encodable(value, where)
    return value


def _encodable(text: str, where: str) -> None:
    """Refuse half of a surrogate pair, which JSON can write and UTF-8 cannot (RFC 8259, section 8.2)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad(f"{where} has half of a surrogate pair") from None
