"""What must be known of a query before it is sent away: its form, and whether it needs a base.

Only the prologue is read (SPARQL 1.1 Query, sections 4 and 19.8, rule 4). Whatever is not SPARQL there,
like the pragmas of some stores, is refused: they switch on what a public endpoint must not offer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from innograph.ontology.sparql import Token, tokens, unescaped
from innograph.server.engine import BadQueryError, Kind

_KINDS: dict[str, Kind] = {
    "SELECT": "solutions",
    "ASK": "boolean",
    "CONSTRUCT": "graph",
    "DESCRIBE": "graph",
}
_DECLARED = {"BASE": ("iri",), "PREFIX": ("name", "iri"), "VERSION": ("string",)}
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")
_PERHAPS = re.compile(r"""<(?![A-Za-z][A-Za-z0-9+.-]*:)[^<>"{}|^`\\\x00-\x20]*>""")


def kind_of(query: str) -> Kind:
    """What a query answers with.

    Raises:
        BadQueryError: it does not begin as a query does.
    """
    words = tokens(query)
    for token in words:
        if token.keyword in _KINDS:
            return _KINDS[token.keyword]
        if token.keyword not in _DECLARED:
            break
        _skip(words, token)
    raise BadQueryError("this is no query: it must begin with SELECT, ASK, CONSTRUCT or DESCRIBE")


def with_base(text: str, base: str) -> str:
    """A query or update with its base declared, if it has relative IRIs; lines keep their numbers.

    The protocol has no parameter for the base, and each store has a default of its own.
    """
    if not _PERHAPS.search(unescaped(text)):  # in a string or a comment it would be none
        return text
    if any(token.kind == "iri" and not _ABSOLUTE.match(token.text) for token in tokens(text)):
        return f"BASE <{base}> {text}"
    return text


def _skip(words: Iterator[Token], declaration: Token) -> None:
    for kind in _DECLARED[declaration.keyword]:
        token = next(words, None)
        if token is None or token.kind != kind:
            raise BadQueryError(f"{declaration.keyword} is not followed by what belongs to it")
