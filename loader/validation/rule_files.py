"""Rules about named graphs and whole stores, as SPARQL files: what SHACL can't see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Store, Triple

from innograph.loader.validation.finding import Finding, arrange
from innograph.ontology.namespaces import INNO, RDF

COLUMNS = ("focusNode", "path", "value")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule kept in a file: what it says when broken, and the query that finds where."""

    name: str
    message: str
    query: str


def graph_rules(store: Store, document: str | None = None) -> list[Finding]:
    """What breaks the rules in `shapes/graph/` in a store of named graphs.

    `document` is what the store holds beside the vocabulary, as the engine writes N-Triples: rules about
    single terms are not asked where a look at it shows that nothing can break them.
    """
    return arrange(
        finding
        for rule in rule_files("graph")
        if document is None or rule.name not in _SIGNS or _SIGNS[rule.name](document, store)
        for finding in offenders(store, rule)
    )


def _uses_undefined_term(document: str, store: Store) -> bool:
    return not all(
        any(store.quads_for_pattern(NamedNode(iri), RDF.type, None))
        for iri in set(_OUR_TERM.findall(document))
    )


_OUR_TERM = re.compile(f"<({re.escape(str(INNO))}[^>]*)>")
_SIGNS: dict[str, Callable[[str, Store], bool]] = {
    "graph/blank-node.rq": lambda document, _: "_:" in document,
    "graph/triple-term.rq": lambda document, _: "<<(" in document,
    "graph/unknown-term.rq": _uses_undefined_term,
}


@cache
def rule_files(folder: str) -> tuple[RuleFile, ...]:
    """The rules of a folder below `shapes/`, in order of their names."""
    entries = files("innograph.shapes").joinpath(folder).iterdir()
    return tuple(
        _read(f"{folder}/{entry.name}", entry.read_text(encoding="utf-8"))
        for entry in sorted(entries, key=lambda entry: entry.name)
        if entry.name.endswith(".rq")
    )


def _read(name: str, text: str) -> RuleFile:
    """A rule file begins with comment lines: its message."""
    comments = takewhile(lambda line: line.startswith("#"), text.splitlines())
    return RuleFile(name, " ".join(line.lstrip("# ").strip() for line in comments), text)


def offenders(
    store: Store, rule: RuleFile, query: str | None = None, *, union: bool = False
) -> Iterator[Finding]:
    """One finding for each row of a rule's query (its columns are `COLUMNS`).

    With `union` the default graph is that of all graphs.
    """
    solutions = store.query(query or rule.query, use_default_graph_as_union=union)
    if not isinstance(solutions, QuerySolutions):
        raise TypeError(f"{rule.name}: a rule is a SELECT query")
    columns = {variable.value for variable in solutions.variables}
    for row in solutions:
        focus, path, value = (
            row[name] if name in columns else None for name in ("focusNode", "path", "value")
        )
        if focus is not None:
            yield Finding(
                severity="Violation",
                rule=rule.name,
                focus=_plain(focus),
                path=None if path is None else _plain(path),
                value=None if value is None else _n_triples(value),
                message=rule.message,
                component=None,
            )


def _n_triples(term: NamedNode | BlankNode | Literal | Triple) -> str:
    return f"<<( {term} )>>" if isinstance(term, Triple) else str(term)


def _plain(term: NamedNode | BlankNode | Literal | Triple) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)
