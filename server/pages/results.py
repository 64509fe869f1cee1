"""Query results as JSON (SPARQL 1.1 Query Results JSON Format), read as far as a page shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from innograph.server.pages.figures import grouped
from innograph.server.pages.language import Text
from innograph.server.pages.links import Links, expand, is_iri

_NAMES = re.compile(r'"vars"\s*:\s*(\[[^\]]*\])')
_BINDINGS = re.compile(r'"bindings"\s*:\s*\[')
_NUMBERS = {expand(f"xsd:{name}") for name in ("integer", "decimal", "double", "float")}

LONGEST = 2_000  # characters of a literal; the other formats have all of it

Row = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Solutions:
    """The first rows of a result; `total` is their number in all, or None where the result was cut."""

    names: list[str]
    rows: list[Row]
    total: int | None

    def iris(self, limit: int) -> list[str]:
        """The first IRIs of the rows, each once."""
        found = (t["value"] for row in self.rows for t in row.values() if t.get("type") == "uri")
        return list(dict.fromkeys(iri for iri in found if is_iri(iri)))[:limit]


@dataclass(frozen=True, slots=True)
class ResultCell:
    """A term as a result table shows it."""

    text: str
    href: str = ""
    label: str = ""
    label_language: str = ""
    language: str = ""
    note: str = ""
    numeric: bool = False
    value: str = ""  # a number as a program reads it


def solutions(content: bytes, cut: bool, limit: int) -> Solutions:
    """The rows of a result, or of its beginning."""
    text = content.decode("utf-8", "replace")
    if not cut:
        found = json.loads(text)
        rows = found["results"]["bindings"]
        return Solutions(found["head"].get("vars", []), rows[:limit], len(rows))
    head, body = _NAMES.search(text), _BINDINGS.search(text)
    if not head or not body:
        return Solutions([], [], None)
    rows, place, decoder = [], body.end(), json.JSONDecoder()
    while len(rows) < limit:
        try:
            row, place = decoder.raw_decode(text, place)
        except ValueError:
            break
        rows.append(row)
        while place < len(text) and text[place] in ", \r\n\t":
            place += 1
    return Solutions(json.loads(head[1]), rows, None)


def boolean(content: bytes) -> bool:
    """The answer of an ASK."""
    return bool(json.loads(content)["boolean"])


class Terms:
    """Makes cells of the terms of a result."""

    def __init__(self, links: Links, labels: Mapping[str, Text], language: str) -> None:
        self._links = links
        self._labels = labels
        self._language = language

    def cell(self, term: dict[str, Any] | None) -> ResultCell | None:
        """A term of a result, linked to its page where there is one."""
        if term is None:
            return None
        value = term["value"]
        if term["type"] == "uri":
            label = self._labels.get(value)
            short = self._links.short(value)
            if label or self._links.ours(value):
                href = self._links.page(value)
            else:
                href = value if value.startswith(("http://", "https://")) else ""
            name = label.value if label and label.value != short else ""
            language = label.language if label and label.language != self._language else ""
            return ResultCell(short, href, name, language)
        if term["type"] in ("literal", "typed-literal"):
            datatype = term.get("datatype", "")
            if datatype in _NUMBERS:
                return ResultCell(grouped(value), numeric=True, value=value)
            note = self._links.short(datatype) if datatype else term.get("xml:lang", "")
            if len(value) > LONGEST:
                value = value[:LONGEST] + "…"
            return ResultCell(value, language=term.get("xml:lang", ""), note=note)
        if term["type"] == "bnode":
            return ResultCell(f"_:{value}")
        parts = [self.cell(value.get(part)) for part in ("subject", "predicate", "object")]
        return ResultCell("<< " + " ".join(part.text for part in parts if part) + " >>")
