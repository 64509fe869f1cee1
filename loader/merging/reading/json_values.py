"""JSON with the digits that the file has: a number is read as a string that knows that it is one."""

from __future__ import annotations

import json
from typing import Any

from innograph.loader.merging.reading.opening import Content
from innograph.loader.merging.reading.sheets import format_exponent
from innograph.loader.merging.reading.texts import encoding_of

_LARGEST = 2**29


class Digits(str):
    """A JSON number, as it is written (1.50 keeps its zero)."""

    __slots__ = ()


def loads(text: str) -> Any:
    """A JSON value whose numbers are `Digits`.

    Raises:
        ValueError: no JSON, or nested too deeply.
    """
    try:
        return json.loads(text, parse_float=_digits, parse_int=_digits, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _digits(text: str) -> Digits:
    return Digits(format_exponent(text) if "e" in text.lower() else text)


def load(content: Content) -> Any:
    """The JSON value of a file, which is held in memory: half a gigabyte is the most.

    Raises:
        InputError: it is no JSON, or larger.
    """
    encoding = encoding_of(content)
    with content.telling(), content.open() as stream:
        raw = stream.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise content.problem("is JSON of over half a gigabyte", "write it as JSON Lines, CSV or Parquet")
    try:
        return loads(raw.decode(encoding))
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise content.problem(f"is no JSON: {error}", "mend it, or fetch it again", line) from error


def text(value: Any, decimal: str = ".") -> str | None:
    """A scalar as text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Digits) and decimal != ".":
        return str(value).replace(".", decimal)
    return str(value).strip() or None
