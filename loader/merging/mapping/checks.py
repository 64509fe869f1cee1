"""Checks of what a TOML file says, with errors that name the key, the line and what is known instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from innograph.loader.errors import InputError, Problem

Result = TypeVar("Result")


class Checks:
    """The text of a file, and what its values must be; each method raises `InputError` where one is not."""

    def __init__(self, text: str, path: Path) -> None:
        self.text, self.path = text, path

    def fail(self, key: str, what: str, mend: str) -> NoReturn:
        """Refuse what a key says; the line is that of its last part, where it stands in the text."""
        last = re.escape(re.split(r"\.(?=[^.]*$)", key)[-1].strip('"'))
        found = re.search(
            rf'^[^#\n]*(?<![\w"]){last}(?=["\s]*[=\]])|[{{,]\s*{last}\s*=', self.text, re.MULTILINE
        )
        line = self.text.count("\n", 0, found.end()) + 1 if found else None
        raise InputError([Problem(self.path, f"{key}: {what}", mend, line)])

    def known(self, where: str, found: dict[str, Any], keys: Iterable[str]) -> None:
        """Refuse keys that are none of these, with the nearest one."""
        known = list(keys)
        for key in found:
            if key not in known:
                near = get_close_matches(key, known, 1, 0.5)
                mend = f"do you mean {near[0]!r}? " if near else ""
                self.fail(
                    f"{where}.{key}" if where else key,
                    "is not a key of a mapping here",
                    f"{mend}known are {', '.join(known)}",
                )

    def section(self, name: str, found: dict[str, Any]) -> dict[str, Any]:
        """A table below a key; an absent one is empty."""
        value = found.get(name, {})
        return value if isinstance(value, dict) else self.fail(name, "is not a section", f"write [{name}]")

    def strings(self, name: str, found: dict[str, Any], keys: Iterable[str]) -> dict[str, str]:
        """A section whose values are words."""
        section = self.section(name, found)
        self.known(name, section, keys)
        return {key: self.text_of(f"{name}.{key}", value) for key, value in section.items()}

    def text_of(self, key: str, value: Any) -> str:
        """Words; a number or a date is taken as it is written."""
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        if hasattr(value, "isoformat"):
            return str(value.isoformat())
        return self.fail(
            key, f"is {value!r} where words are expected", f'write {key.rpartition(".")[2]} = "…"'
        )

    def texts(self, key: str, value: Any) -> list[str]:
        """Words, or a list of them."""
        return [self.text_of(key, item) for item in (value if isinstance(value, list) else [value])]

    def integer(self, key: str, value: Any) -> int:
        """A whole number."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return self.fail(
            key, f"is {value!r} where a whole number is expected", "write a number, without quotes"
        )

    def pattern(self, key: str, value: Any) -> re.Pattern[str]:
        """A regular expression."""
        try:
            return re.compile(self.text_of(key, value))
        except re.error as error:
            return self.fail(key, f"is no regular expression: {error}", "mend it; write it in single quotes")

    def checked(self, key: str, read: Callable[[str], Result], value: Any) -> Result:
        """What a function reads from words; its `ValueError` says what is wrong and how to mend it."""
        try:
            return read(self.text_of(key, value))
        except ValueError as error:
            what, _, mend = str(error).partition(": ")
            return self.fail(key, what, mend or "correct it")

    def tables_of(self, name: str, found: dict[str, Any]) -> list[dict[str, Any]]:
        """An array of tables; an absent one is empty."""
        given = found.get(name, [])
        if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
            self.fail(name, "is no list of tables", f"write [[{name}]] before each column of figures")
        return given
