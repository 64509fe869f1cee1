"""The operations of a SPARQL Update request, found by its tokens (SPARQL 1.1 Update, section 3).

Each operation keeps its place: its text is the whole request with everything else blanked out, but for
the prologues before it, so that an error's line and column are those of the request.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pyoxigraph import Store

from innograph.ontology.sparql import Token, tokens

_LOAD = re.compile(r"LOAD (SILENT )?(<\S*>|\S*:\S*)( INTO GRAPH (<\S*>|\S*:\S*))?", re.I)
STARTS = frozenset({"INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"})


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the request's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    `kind` is its keyword in lower case, or `data` and `modify` for the forms of INSERT and DELETE.
    `delete`, `insert` and `where` are the insides of their braces; for `DELETE WHERE` the pattern is
    both. `using` and `using_named` hold IRI tokens as they are written, like `with_graph`.
    """

    kind: str
    whole: Span
    prologue: tuple[Span, ...]
    delete: Span | None = None
    insert: Span | None = None
    where: Span | None = None
    with_graph: Span | None = None
    using: tuple[Span, ...] = ()
    using_named: tuple[Span, ...] = ()
    silent: bool = False
    words: tuple[str, ...] = field(default=())


def blanked(text: str, *kept: Span) -> str:
    """A text with all but some stretches replaced by white space; lines and columns stay."""
    characters = ["\n" if character == "\n" else " " for character in text]
    for span in kept:
        characters[span.start : span.end] = text[span.start : span.end]
    return "".join(characters)


def check_syntax(text: str, found: Sequence[Operation], base: str) -> None:
    """Have the engine judge the syntax of a request, without reaching out for what it would LOAD.

    Operation by operation, since the engine knows no prologue after the first (grammar rule 29).

    Raises:
        SyntaxError: with line and column of the request.
    """
    if _something_else(text, found):
        _judge(text, base)
    for operation in found:
        written = blanked(text, *operation.prologue, operation.whole)
        if operation.kind == "load":
            span = operation.whole
            words = " ".join(operation.words)
            if not _LOAD.fullmatch(words):
                _judge(written.replace("LOAD", "LOAD <", 1), base)
            written = written[: span.start] + "CLEAR ALL"
        _judge(written, base)


def _something_else(text: str, found: Sequence[Operation]) -> bool:
    """Whether a request holds more than prologues and operations, each but the last followed by one `;`."""
    kinds = bytearray(len(text))
    for operation in found:
        for kind, spans in ((1, operation.prologue), (2, (operation.whole,))):
            for span in spans:
                kinds[span.start : span.end] = bytes([kind]) * (span.end - span.start)
    before = 0
    for token in tokens(text):
        kind = kinds[token.start]
        if kind == 0 and (token.text != ";" or before != 2):
            return True
        before = kind
    return False


def _judge(text: str, base: str) -> None:
    with contextlib.suppress(
        RuntimeError, OSError, ValueError
    ):  # well-formed; that it cannot be done is no matter
        Store().update(text, base_iri=base)


def operations(text: str) -> list[Operation]:
    """The operations of a request whose syntax is right, in their order; each at its place."""
    found: list[Operation] = []
    prologue: list[Span] = []
    stream = list(tokens(text))
    position = 0
    while position < len(stream):
        token = stream[position]
        end = _next_separator(stream, position)
        if token.keyword in ("BASE", "PREFIX"):
            length = 2 if token.keyword == "BASE" else 3
            last = stream[min(position + length, len(stream)) - 1]
            prologue.append(Span(token.start, last.start + len(last.text)))
            position += length
        elif token.keyword in STARTS:
            found.append(_operation(stream[position:end], tuple(prologue)))
            position = end
        else:
            position += 1
    return found


def _next_separator(stream: list[Token], position: int) -> int:
    """Where the operation that begins at a token ends: at the next `;` outside all braces."""
    depth = 0
    for index in range(position, len(stream)):
        text = stream[index].text
        depth += (text == "{") - (text == "}")
        if text == ";" and depth == 0:
            return index
    return len(stream)


def _operation(stream: list[Token], prologue: tuple[Span, ...]) -> Operation:
    first, last = stream[0], stream[-1]
    whole = Span(first.start, last.start + len(last.text))
    keywords = [token.keyword for token in stream]
    words = tuple(token.keyword or token.text for token in stream)
    operation = Operation(
        first.keyword.lower(), whole, prologue, silent="SILENT" in keywords[:3], words=words
    )
    if first.keyword in ("INSERT", "DELETE", "WITH"):
        return _data_or_modify(operation, stream)
    return operation


def _data_or_modify(operation: Operation, stream: list[Token]) -> Operation:
    """Find the braces of an operation that begins with INSERT, DELETE or WITH (section 3.1)."""
    index = 0
    role = ""
    while index < len(stream):
        token = stream[index]
        following = stream[index + 1] if index + 1 < len(stream) else token
        if token.keyword in ("INSERT", "DELETE", "WHERE"):
            role = token.keyword
            if following.keyword == "DATA":
                operation = replace(operation, kind="data")
        elif token.keyword == "WITH":
            operation = replace(operation, kind="modify", with_graph=_span(following))
        elif token.keyword == "USING":
            if following.keyword == "NAMED":
                graph = _span(stream[index + 2])
                operation = replace(operation, using_named=(*operation.using_named, graph))
            else:
                operation = replace(operation, using=(*operation.using, _span(following)))
        elif token.text == "{":
            close = _closing(stream, index)
            inside = Span(token.start + 1, stream[close].start)
            role = role or "WHERE"
            operation = _with_braces(operation, role, inside)
            index = close
        index += 1
    if operation.kind != "data":
        operation = replace(operation, kind="modify")
        if operation.delete is None and operation.insert is None:  # DELETE WHERE
            operation = replace(operation, delete=operation.where)
    return operation


def _with_braces(operation: Operation, role: str, inside: Span) -> Operation:
    if role == "INSERT":
        return replace(operation, insert=inside)
    if role == "DELETE":
        return replace(operation, delete=inside)
    return replace(operation, where=inside)


def _closing(stream: list[Token], opening: int) -> int:
    depth = 0
    for index in range(opening, len(stream)):
        depth += (stream[index].text == "{") - (stream[index].text == "}")
        if depth == 0:
            return index
    return len(stream) - 1


def _span(token: Token) -> Span:
    return Span(token.start, token.start + len(token.text))
