"""What the sections of a page list: one question for all that differ only in the class or verdict of their items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pyoxigraph import NamedNode

from innograph.server.engine import Snapshot
from innograph.server.pages.kinds import Section
from innograph.server.pages.links import expand
from innograph.server.pages.reading import (
    SCANNED,
    TYPE,
    Facts,
    Items,
    facts_of,
    items,
    one_page,
    scanned,
    sortable,
    with_prefixes,
)

# Things that are asked for their classes by name, rather than all again by what they have in common.
ASKED = 600


def listed(
    snapshot: Snapshot,
    sections: Sequence[Section],
    thing: str,
    page: int,
    wanted: Collection[str] = (),
    read: dict[str, Facts] | None = None,
) -> list[Items]:
    """One page of the items of each section, as `items` gives it for each alone.

    What was read of some things on the way is put into `read`: the values of the wanted properties.
    """
    read = {} if read is None else read
    found: dict[Section, list[str]] = {}
    for alike in _alike(sections):
        if alike[0].verdict:
            found |= _by_verdict(snapshot, alike, thing, page)
        else:
            found |= _by_class(snapshot, alike, thing, page, wanted, read)
    return [
        one_page(found[section], page)
        if section in found
        else items(snapshot, _begun(snapshot, section), thing, page, section.of)
        for section in sections
    ]


def _begun(snapshot: Snapshot, section: Section) -> str:
    """The pattern of a section, begun with what is rare where that fits few things indeed."""
    if section.rare:
        few = f"SELECT * WHERE {{ {section.rare} }} LIMIT {SCANNED}"
        [row] = snapshot.select(with_prefixes(f"SELECT (COUNT(*) AS ?n) WHERE {{ {{ {few} }} }}"))
        if int(row["n"].value) < SCANNED:
            return f"{{ {few} }} FILTER EXISTS {{ {section.pattern} }}"
    return section.pattern


def _alike(sections: Sequence[Section]) -> list[list[Section]]:
    """Sections of which one question finds all items."""
    groups: dict[str, list[Section]] = {}
    for section in sections:
        if section.of:
            groups.setdefault(section.common or section.pattern, []).append(section)
    return list(groups.values())


def _by_class(
    snapshot: Snapshot,
    sections: Sequence[Section],
    thing: str,
    page: int,
    wanted: Collection[str],
    read: dict[str, Facts],
) -> dict[Section, list[str]]:
    """The items of sections with one pattern, by their classes."""
    pattern = f"SELECT ?item WHERE {{ {sections[0].pattern} }} LIMIT {scanned(page)}"
    rows = snapshot.select(with_prefixes(pattern), thing=NamedNode(thing))
    every = [term.value for row in rows if isinstance(term := row["item"], NamedNode)]
    if sortable(every):
        every.sort()
    groups: dict[object, list[str]] = {}
    for iri in every:
        groups.setdefault(_series(iri, snapshot.release.base), []).append(iri)
    alike = {group[0]: group for group in groups.values()}
    names = [expand(section.of) for section in sections]
    found: dict[str, set[str]] = {name: set() for name in names}
    for first, classes in _classes(snapshot, pattern, thing, alike, names, wanted, read).items():
        for name in classes:
            found[name].update(alike[first])
    return {
        section: [iri for iri in every if iri in found[name]]
        for section, name in zip(sections, names, strict=True)
    }


def _series(iri: str, base: str) -> object:
    """What tells the class of an observation, or of a change: `observation/{source}/{city}/{indicator}/{period}`.

    Those of one source and indicator are of one class, so that one of them tells it for all.
    """
    if iri.startswith(base):
        steps = iri[len(base) :].split("/")
        if len(steps) == 5 and steps[0] in ("observation", "change"):
            return steps[0], steps[1], steps[3]
    return iri


def _classes(
    snapshot: Snapshot,
    pattern: str,
    thing: str,
    iris: Mapping[str, object],
    names: Sequence[str],
    wanted: Collection[str],
    read: dict[str, Facts],
) -> dict[str, set[str]]:
    """Which of the named classes things have."""
    found: dict[str, set[str]] = {}
    if len(iris) <= ASKED:
        facts = facts_of(snapshot, iris, {TYPE, *wanted})
        read |= facts
        for iri, own in facts.items():
            found[iri] = {term.value for term in own.get(TYPE, ())}.intersection(names)
        return found
    # Not VALUES: the engine would begin with all things of a class.
    chosen = " || ".join(f"sameTerm(?class, <{name}>)" for name in names)
    query = f"SELECT ?item ?class WHERE {{ {{ {pattern} }} ?item a ?class FILTER({chosen}) }}"
    for row in snapshot.select(with_prefixes(query), thing=NamedNode(thing)):
        if row["item"].value in iris:
            found.setdefault(row["item"].value, set()).add(row["class"].value)
    return found


def _by_verdict(
    snapshot: Snapshot, sections: Sequence[Section], thing: str, page: int
) -> dict[Section, list[str]]:
    """The comparisons of sections, by their verdicts; nothing where there may be more than were read."""
    kind, limit = sections[0].of, scanned(page)
    if not snapshot.ask(with_prefixes(f"ASK {{ ?item a {kind} }}")):  # nothing has been compared
        return {section: [] for section in sections}
    text = f"SELECT DISTINCT ?item ?verdict WHERE {{ {sections[0].common} ?item a {kind} }} LIMIT {limit}"
    rows = snapshot.select(with_prefixes(text), thing=NamedNode(thing))
    if len(rows) == limit:
        return {}
    found = {
        section: [
            row["item"].value
            for row in rows
            if isinstance(row["item"], NamedNode)
            and row["verdict"].value.endswith(f"/verdict/{section.verdict}")
        ]
        for section in sections
    }
    return {section: iris for section, iris in found.items() if sortable(iris)}
