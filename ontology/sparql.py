"""The words of SPARQL 1.1 itself, for whoever must know what a request names without running it.

One linear pass over the text by the terminals of the grammar (SPARQL 1.1 Query, section 19.8), so
that a keyword in a string, a comment or an IRI is never mistaken for one. It does not judge syntax:
the engine does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|\#[^\n\r]*)
    | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
    | (?P<string>\"\"\"(?:[^"\\]|\\.|\"(?!\"\"))*\"\"\"
               | '''(?:[^'\\]|\\.|'(?!''))*'''
               | "(?:[^"\\\n\r]|\\.)*"
               | '(?:[^'\\\n\r]|\\.)*')
    | (?P<variable>[?$][^\W]\w*)
    | (?P<name>(?:[^\W\d_][\w.·-]*)?:(?:[\w.:%·-]|\\.)*)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True, slots=True)
class Token:
    """A terminal: its kind (`word`, `iri`, `string`, `name`, …), its text, and where it starts."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The keyword that it may be, in upper case; empty for anything but a bare word."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a query or update, without white space and comments.

    Codepoint escapes are read as the engine reads them: inside IRIs and strings, as a part of these.
    """
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind != "space":
            yield Token(kind, match.group(), match.start())


def readings(text: str) -> set[str]:
    """A text as it is, and with its codepoint escapes resolved before the grammar (section 19.2).

    Engines differ in which of them they read. What must not be missed is looked for in both.
    """
    return {text, unescaped(text)}


def unescaped(text: str) -> str:
    """A query or update with its codepoint escapes resolved."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code <= 0x10FFFF else match[0]


def keywords(text: str, wanted: frozenset[str]) -> set[str]:
    """Which of some keywords occur as keywords in a query or update, however it is read."""
    found: set[str] = set()
    for reading in readings(text):
        if any(word in reading.upper() for word in wanted):
            found |= {token.keyword for token in tokens(reading)} & wanted
    return found


def names_dataset(query: str) -> bool:
    """Whether a query describes its own dataset with FROM (SPARQL 1.1 Query, section 13.2)."""
    return "FROM" in query.upper() and any(token.keyword == "FROM" for token in tokens(query))


def reaches_out(text: str) -> set[str]:
    """The outbound operations that a query or update contains: `SERVICE`, `LOAD`, or both."""
    return keywords(text, frozenset({"SERVICE", "LOAD"}))


def services(query: str) -> set[str | None]:
    """The endpoints that a query's SERVICE clauses name; None stands for one that is not constant.

    A variable, or a name whose prefix or base the query does not declare, is not constant.
    """
    return {endpoint for reading in readings(query) for endpoint in _services(reading)}


def _services(query: str) -> set[str | None]:
    found: set[str | None] = set()
    prefixes: dict[str, str] = {}
    stream = list(tokens(query))
    for position, token in enumerate(stream):
        following = [t for t in stream[position + 1 : position + 4] if t.keyword != "SILENT"]
        if token.keyword == "PREFIX" and len(following) > 1 and following[1].kind == "iri":
            prefixes[following[0].text] = following[1].text[1:-1]
        elif token.keyword == "SERVICE":
            found.add(_constant(following[0], prefixes) if following else None)
    return found


def _constant(token: Token, prefixes: dict[str, str]) -> str | None:
    if token.kind == "iri":
        return token.text[1:-1]
    prefix, colon, local = token.text.partition(":")
    if token.kind != "name" or prefix + colon not in prefixes:
        return None
    return prefixes[prefix + colon] + local


def allowed(address: str | None, allow_list: Iterable[str]) -> bool:
    """Whether an address is on an allow list: it is one of its entries, or below one that ends in `/`.

    Only the plain spelling counts: what has credentials, escapes or dots in its way is refused.
    """
    if address is None or re.search(r"@|\\|%|/\.", address.partition("://")[2]):
        return False
    return any(
        address == entry or (entry.endswith("/") and address.startswith(entry)) for entry in allow_list
    )
