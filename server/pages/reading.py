"""Reading facts for a page: few queries, each for many things at once, each bounded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from innograph.ontology.namespaces import PREFIXES
from innograph.server.engine import Snapshot, Term, bound

PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
ROWS = 40  # items of a section on one page
SORTABLE = 2_000  # more items than this are shown in the store's own order
MENTIONS = 60
OWN = 1_000

Facts = dict[str, list[Term]]  # values by property


@dataclass(frozen=True, slots=True)
class Words:
    """A place in a source, with its exact words; a row of a table has neither words nor offsets."""

    iri: str
    source: str
    exact: str = ""
    start: int = 0
    end: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """One page of what a pattern finds. `total` is None where there are more than can be counted fast."""

    iris: list[str]
    total: int | None
    more: bool


def values_of(iris: Iterable[str]) -> str:
    """IRIs as the content of a VALUES block."""
    return " ".join(f"<{iri}>" for iri in sorted(iris))


def own_facts(snapshot: Snapshot, iri: str) -> Facts:
    """What is stated of one thing."""
    found: Facts = {}
    rows = snapshot.select(f"SELECT ?p ?o WHERE {{ ?thing ?p ?o }} LIMIT {OWN}", thing=NamedNode(iri))
    for row in rows:
        found.setdefault(row["p"].value, []).append(row["o"])
    return found


def facts_of(snapshot: Snapshot, iris: Iterable[str], predicates: Iterable[str] = ()) -> dict[str, Facts]:
    """What is stated of many things: everything, or the values of some properties."""
    values, wanted = values_of(iris), values_of(predicates)
    found: dict[str, Facts] = {}
    if values:
        only = f"VALUES ?p {{ {wanted} }}" if wanted else ""
        rows = snapshot.select(
            f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ {values} }} {only} ?s ?p ?o }} LIMIT {OWN * 20}"
        )
        for row in rows:
            found.setdefault(row["s"].value, {}).setdefault(row["p"].value, []).append(row["o"])
    return found


_EVIDENCE = (
    PROLOGUE
    + """SELECT ?fact ?e ?source ?exact ?start ?end WHERE {
  VALUES ?fact { %s } ?fact inno:evidence ?e
  OPTIONAL { ?e oa:hasSource ?source ; oa:hasSelector ?q . ?q oa:exact ?exact .
    ?e oa:hasSelector ?at . ?at oa:start ?start ; oa:end ?end } }"""
)
_LANGUAGES = (
    PROLOGUE + "SELECT ?source ?language WHERE { VALUES ?source { %s } ?source schema:inLanguage ?language }"
)


def evidence_of(snapshot: Snapshot, iris: Iterable[str]) -> dict[str, list[Words]]:
    """The words that support each of many facts, in their order in the source."""
    values = values_of(iris)
    found: dict[str, list[Words]] = {}
    rows = snapshot.select(_EVIDENCE % values) if values else []
    sources = values_of({row["source"].value for row in rows if "source" in row})
    languages = {
        row["source"].value: row["language"].value
        for row in (snapshot.select(_LANGUAGES % sources) if sources else [])
    }
    for row in rows:
        if "source" in row:
            source = row["source"].value
            start, end = number(row["start"]), number(row["end"])
            words = Words(row["e"].value, source, row["exact"].value, start, end, languages.get(source, ""))
        else:
            words = Words(row["e"].value, row["e"].value.partition("#")[0])
        found.setdefault(row["fact"].value, []).append(words)
    for places in found.values():
        places.sort(key=lambda words: (words.start, words.end, words.iri))
    return found


def items(snapshot: Snapshot, pattern: str, thing: str, page: int) -> Items:
    """What a pattern finds as `?item` for `?thing`, one page of it.

    Few items are ordered by their IRIs, which groups observations by source, city, indicator and period.
    """
    first = (page - 1) * ROWS
    node = NamedNode(thing)
    limit = SORTABLE + 1
    rows = snapshot.select(
        PROLOGUE + f"SELECT DISTINCT ?item WHERE {{ {pattern} }} LIMIT {limit}", thing=node
    )
    iris = sorted(row["item"].value for row in rows if isinstance(row["item"], NamedNode))
    if len(rows) <= SORTABLE:
        return Items(iris[first : first + ROWS], len(iris), len(iris) > first + ROWS)
    text = PROLOGUE + f"SELECT DISTINCT ?item WHERE {{ {pattern} }} LIMIT {ROWS + 1} OFFSET {first}"
    rows = snapshot.select(text, thing=node)
    return Items([row["item"].value for row in rows[:ROWS]], None, len(rows) > ROWS)


def mentions(snapshot: Snapshot, thing: str, known: set[str]) -> tuple[list[tuple[str, str]], bool]:
    """Who else links to a thing, as (subject, property), and whether there are more.

    `known` are subjects that the page shows already.
    """
    text = f"SELECT ?s ?p WHERE {{ ?s ?p ?thing }} LIMIT {SORTABLE}"
    rows = snapshot.select(text, thing=NamedNode(thing))
    found = sorted({(row["s"].value, row["p"].value) for row in rows} - {(thing, p) for p in known})
    rest = [(s, p) for s, p in found if s not in known]
    return rest[:MENTIONS], len(rest) > MENTIONS


def in_graphs(snapshot: Snapshot, thing: str) -> list[str]:
    """The named graphs that say something of a thing."""
    rows = snapshot.select("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?thing ?p ?o } }", thing=NamedNode(thing))
    return sorted(row["g"].value for row in rows)


def as_query(pattern: str, thing: str, columns: tuple[str, ...] = ()) -> str:
    """A section of a page as a query of its own: the items and the properties shown of them."""
    names = [variable_of(column) for column in columns]
    optional = "".join(f"\n  OPTIONAL {{ ?item {c} ?{n} }}" for c, n in zip(columns, names, strict=True))
    body = bound(pattern, {"thing": NamedNode(thing)})
    text = f"{body}{optional}"
    used = [prefix for prefix in PREFIXES if f"{prefix}:" in text.replace(f"<{thing}>", "")]
    head = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in used)
    variables = " ".join(f"?{name}" for name in ("item", *names))
    return f"{head}SELECT {variables} WHERE {{\n  {text}\n}} LIMIT 1000"


def variable_of(column: str) -> str:
    """A variable's name for a prefixed name."""
    return column.partition(":")[2].replace("-", "_")


def number(term: Term | None) -> int:
    """An integer literal's number, or 0."""
    return int(term.value) if isinstance(term, Literal) and term.value.lstrip("-").isdigit() else 0
