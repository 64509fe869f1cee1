"""Reading facts for a page: few queries, each for many things at once, each bounded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal, NamedNode

from innograph.ontology.namespaces import PREFIXES
from innograph.server.engine import Snapshot, Term, bound
from innograph.server.pages.links import expand

PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
ROWS = 40  # items of a section on one page
SORTABLE = 2_000  # more items than this are shown in the store's own order
CHARTED = 600  # items whose figures are drawn, though the table below is shorter
SCANNED = 5_000  # links that are looked through for the items of one section
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
    address: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """One page of what a pattern finds.

    `total` is None where there are more than can be counted fast. `charted` are those to draw, in order:
    none on later pages, and none where only some are known, since half a series would mislead.
    """

    iris: list[str]
    total: int | None
    more: bool
    charted: list[str]


@lru_cache(maxsize=1000)
def with_prefixes(query: str) -> str:
    """A query of ours with the prefixes that it uses: to parse all of them takes longer than many a query."""
    used = dict.fromkeys(re.findall(r"([A-Za-z][\w-]*):[A-Za-z]", query))
    return (
        "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in used if prefix in PREFIXES) + query
    )


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
    things, properties = sorted(set(iris)), sorted(set(predicates))
    if not things:
        return {}
    # Numbers come back instead of IRIs: looking up the text of an IRI for each row takes most of the time.
    numbered = " ".join(f"(<{iri}> {number})" for number, iri in enumerate(things))
    pattern, columns = "?s ?p ?o", "?n ?p ?o"
    if len(properties) == 1:
        pattern, columns = f"?s <{properties[0]}> ?o", "?n ?o"
    elif properties:
        # Not a second VALUES: the engine would join it by reading everything.
        chosen = "||".join(f"sameTerm(?p,<{name}>)" for name in properties)
        place = "".join(f"IF(sameTerm(?p,<{name}>),{at}," for at, name in enumerate(properties))
        pattern += f" FILTER({chosen}) BIND({place}-1{')' * len(properties)} AS ?k)"
        columns = "?n ?k ?o"
    rows = snapshot.select(
        f"SELECT {columns} WHERE {{ VALUES (?s ?n) {{ {numbered} }} {pattern} }} LIMIT {OWN * 20}"
    )
    names = {str(place): name for place, name in enumerate(properties)}
    every: list[Facts] = [{} for _ in things]
    for row in rows:
        own, term = every[int(row["n"].value)], row["o"]
        name = names[row["k"].value] if "k" in row else row["p"].value if "p" in row else properties[0]
        if name in own:
            own[name].append(term)
        else:
            own[name] = [term]
    return {iri: own for iri, own in zip(things, every, strict=True) if own}


TYPE = expand("rdf:type")
EVIDENCE, SOURCE, SELECTOR = expand("inno:evidence"), expand("oa:hasSource"), expand("oa:hasSelector")
ROW = "#row="
EXACT, START, END, LANGUAGE, ADDRESS = (
    expand(name) for name in ("oa:exact", "oa:start", "oa:end", "schema:inLanguage", "schema:url")
)


def evidence_of(snapshot: Snapshot, iris: Iterable[str]) -> dict[str, list[Words]]:
    """The words that support each of many facts, in their order in the source."""
    return evidence_in(snapshot, facts_of(snapshot, iris, [EVIDENCE]))


def evidence_in(snapshot: Snapshot, supported: Mapping[str, Facts]) -> dict[str, list[Words]]:
    """The words that support facts of which is known where these words are.

    Step by step, because each step is a look-up: a join of optional parts would read everything.
    """
    # A row of a table is evidence by its IRI alone (RFC 7111, section 2).
    described = {iri for iri in _objects(supported, EVIDENCE) if ROW not in iri}
    places = facts_of(snapshot, described, [SOURCE, SELECTOR])
    selectors = facts_of(snapshot, _objects(places, SELECTOR), [EXACT, START, END])
    sources = facts_of(snapshot, _objects(places, SOURCE), [LANGUAGE, ADDRESS])
    found: dict[str, list[Words]] = {}
    for fact, own in supported.items():
        for term in own.get(EVIDENCE, []):
            place = places.get(term.value, {})
            said: Facts = {}
            for selector in place.get(SELECTOR, []):
                said |= selectors.get(selector.value, {})
            source = first(place, SOURCE) or term.value.partition("#")[0]
            found.setdefault(fact, []).append(
                Words(
                    term.value,
                    source,
                    first(said, EXACT),
                    int(first(said, START) or 0),
                    int(first(said, END) or 0),
                    first(sources.get(source, {}), LANGUAGE),
                    first(sources.get(source, {}), ADDRESS),
                )
            )
    for places_of in found.values():
        places_of.sort(key=lambda words: (words.start, words.end, words.iri))
    return found


def first(facts: Facts, predicate: str) -> str:
    """The first value of a property, or nothing."""
    found = facts.get(predicate)
    return found[0].value if found else ""


def _objects(facts: Mapping[str, Facts], predicate: str) -> set[str]:
    return {term.value for own in facts.values() for term in own.get(predicate, [])}


def items(snapshot: Snapshot, pattern: str, thing: str, page: int = 1, of: str = "") -> Items:
    """What a pattern finds as `?item` for `?thing`, one page of it; `of` is the class wanted.

    Few items are ordered by their IRIs, which groups observations by source, city, indicator and period.
    However many links a thing has, only some are looked through: the class is asked of each in turn.
    """
    begin, node = (page - 1) * ROWS, NamedNode(thing)
    inner = f"{{ SELECT ?item WHERE {{ {pattern} }} LIMIT {scanned(page)} }}"
    wanted = f"{inner} FILTER EXISTS {{ ?item a {of} }}" if of else inner
    query = with_prefixes(f"SELECT DISTINCT ?item WHERE {{ {wanted} }} ")
    rows = snapshot.select(query + f"LIMIT {SORTABLE + 1}", thing=node)
    if sortable(rows):
        return one_page([row["item"].value for row in rows if isinstance(row["item"], NamedNode)], page)
    rows = snapshot.select(query + f"LIMIT {ROWS + 1} OFFSET {begin}", thing=node)
    iris = [row["item"].value for row in rows[:ROWS]]
    return Items(iris, None, len(rows) > ROWS, [])


def scanned(page: int) -> int:
    """How many links are looked through for one page."""
    return SCANNED + 4 * ROWS * (page - 1)


def sortable(iris: Sized) -> bool:
    """Whether items are few enough to be shown in the order of their IRIs."""
    return len(iris) <= SORTABLE


def one_page(iris: Sequence[str], page: int) -> Items:
    """One page of items that are all known, or of which so many are known that they are not sorted."""
    begin = (page - 1) * ROWS
    if not sortable(iris):
        return Items(list(iris[begin : begin + ROWS]), None, len(iris) > begin + ROWS, [])
    ordered = sorted(dict.fromkeys(iris))  # mostly in order already
    return Items(
        ordered[begin : begin + ROWS],
        len(ordered),
        len(ordered) > begin + ROWS,
        ordered[:CHARTED] if page == 1 else [],
    )


def mentions(
    snapshot: Snapshot, thing: str, known: set[str], covered: set[str]
) -> tuple[list[tuple[str, str]], bool]:
    """Who else links to a thing, as (subject, property), and whether there are more.

    `known` are subjects that the page shows already; `covered` are properties whose other subjects are on
    its further pages.
    """
    text = f"SELECT ?s ?p WHERE {{ {{ SELECT ?s ?p WHERE {{ ?s ?p ?thing }} LIMIT {SORTABLE} }}"
    if covered:
        text += f" FILTER({'&&'.join(f'!sameTerm(?p,<{name}>)' for name in sorted(covered))})"
    rows = snapshot.select(text + " }", thing=NamedNode(thing))
    rest = sorted({(row["s"].value, row["p"].value) for row in rows if row["s"].value not in known})
    return rest[:MENTIONS], len(rest) > MENTIONS


def in_graphs(snapshot: Snapshot, thing: str) -> list[str]:
    """The named graphs that say something of a thing."""
    rows = snapshot.select("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?thing ?p ?o } }", thing=NamedNode(thing))
    return sorted(row["g"].value for row in rows)


def as_query(pattern: str, thing: str, of: str, columns: tuple[str, ...] = ()) -> str:
    """A section of a page as a query of its own: the items and the properties shown of them."""
    names = [variable_of(column) for column in columns]
    optional = "".join(f"\n  OPTIONAL {{ ?item {c} ?{n} }}" for c, n in zip(columns, names, strict=True))
    body = bound(pattern, {"thing": NamedNode(thing)}) + (f" ?item a {of} ." if of else "")
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
