"""Turtle read for the place of each term, which parsers don't tell: for editing authored files.

Only what authored files have: no blank nodes, no collections (RDF 1.1 Turtle, section 6.5, without
productions 14 and 15). Whether a file is right is for the parser to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n\r]*)
      | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
      | (?P<string>\"\"\"(?:\"{0,2}(?:[^"\\]|\\.))*\"\"\" | '''(?:'{0,2}(?:[^'\\]|\\.))*'''
          | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
      | (?P<mark>\^\^|[.;,\[\]()])
      | (?P<at>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<name>(?:[^\s<>"'`;,()\[\]{}\#\\^@.]|\\.|\.(?=[^\s<>"'`;,()\[\]{}\#^@.]))+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Term:
    """A term where it is written: `value` is an IRI, or a literal's text; `raw` is what stands there."""

    start: int
    end: int
    raw: str
    value: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple with the places of its terms."""

    subject: Term
    predicate: Term
    object: Term


def statements(text: str, base: str) -> Iterator[Statement]:
    """The triples of a Turtle text in their order, each with the places of its terms."""
    prefixes: dict[str, str] = {}
    terms: list[Term] = []  # subject, predicate, object
    declaring: list[str] = []  # the parts of a prefix declaration, once one begins
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            at += 1
            continue
        at = match.end()
        raw, kind = match[0], match.lastgroup
        if kind == "skip":
            continue
        if declaring or raw in ("@prefix", "@base") or (not terms and raw.upper() in ("PREFIX", "BASE")):
            base = _declare(raw, declaring, prefixes, base)
        elif kind == "mark":
            if raw in ".;,":
                if len(terms) == 3:
                    yield Statement(*terms)
                del terms[{".": 0, ";": 1, ",": 2}[raw] :]
        elif len(terms) < 3 and kind in ("iri", "string", "name"):
            terms.append(Term(match.start(), at, raw, *_value(raw, kind, prefixes, base)))


def _declare(raw: str, declaring: list[str], prefixes: dict[str, str], base: str) -> str:
    """Take in a part of a declaration; returns the base that holds from here."""
    declaring.append(raw)
    at_form = declaring[0].startswith("@")
    length = 2 if declaring[0].strip("@").upper() == "BASE" else 3
    if len(declaring) == length:
        iri = raw[1:-1]
        if length == 2:
            base = iri
        else:
            prefixes[declaring[1]] = iri
    if len(declaring) == length + at_form:
        declaring.clear()
    return base


def _value(raw: str, kind: str | None, prefixes: dict[str, str], base: str) -> tuple[str, bool]:
    if kind == "string":
        quotes = 3 if raw[:3] in ('"""', "'''") and len(raw) >= 6 else 1
        return _unescaped(raw[quotes:-quotes]), True
    if kind == "iri":
        iri = _unescaped(raw[1:-1])
        return (iri if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", iri) else base + iri), False
    if raw == "a":
        return "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", False
    prefix, colon, local = raw.partition(":")
    if colon:
        return prefixes.get(prefix + ":", prefix + ":") + re.sub(r"\\(.)", r"\1", local), False
    return raw, True


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _SHORT.get(match[3], match[3])

    return _ESCAPE.sub(plain, text) if "\\" in text else text
