"""Authored Turtle: read with the exact place of a mistake, and nothing that could not be stored."""

from __future__ import annotations

import re
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse

from innograph.loader.errors import InputError, Problem

# "Parser error at line 3 column 7: …" and "Parser error between line 1 column 9 and line 2 column 1: …"
_PLACE = re.compile(r"^.*?line \d+ column \d+(?: and (?:line \d+ )?column \d+)?: ")


def read_turtle(path: Path, base: str) -> list[Triple]:
    """The triples of a Turtle file, with relative IRIs resolved against `base`.

    Raises:
        InputError: a syntax error (line and column), or a blank node.
    """
    triples = []
    try:
        for quad in parse(path=str(path), format=RdfFormat.TURTLE, base_iri=base):
            if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
                raise InputError([_blank_node(path, quad.triple)])
            triples.append(quad.triple)
    except SyntaxError as error:
        what = f"Turtle syntax: {_PLACE.sub('', str(error.msg))}"
        mend = "correct the statement that ends or begins here"
        raise InputError([Problem(path, what, mend, error.lineno, error.offset)]) from None
    return triples


def _blank_node(path: Path, triple: Triple) -> Problem:
    subject = triple.subject.value if isinstance(triple.subject, NamedNode) else "a blank node"
    line = _line_of(path, triple.predicate)
    return Problem(
        path,
        f"{subject} has a blank node at {triple.predicate}",
        "give the node an IRI below that of the thing that it belongs to, instead of [ ] or ( )",
        line,
    )


def _line_of(path: Path, predicate: NamedNode) -> int | None:
    """The first line that mentions both a blank node and the predicate's local name."""
    local = re.split(r"[/#]", predicate.value)[-1]
    lines = path.read_text("utf-8").splitlines()
    return next(
        (n for n, line in enumerate(lines, 1) if local in line and re.search(r"\[|\(|_:", line)), None
    )
