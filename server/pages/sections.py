"""What the sections of a page list: one question for all that differ only in the class or verdict of their items."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pyoxigraph import NamedNode

from innograph.server.engine import Snapshot
from innograph.server.pages.kinds import Section
from innograph.server.pages.links import expand
from innograph.server.pages.reading import PROLOGUE, TYPE, Items, facts_of, items, one_page, scanned, sortable

ASKED = 600  # things that are asked for their classes by name, rather than all again by what they have in common


def listed(snapshot: Snapshot, sections: Sequence[Section], thing: str, page: int) -> list[Items]:
    """One page of the items of each section, as `items` gives it for each alone."""
    found: dict[Section, list[str]] = {}
    for alike in _alike(sections):
        ask = _by_verdict if alike[0].verdict else _by_class
        found |= ask(snapshot, alike, thing, page)
    return [
        one_page(found[section], page)
        if section in found
        else items(snapshot, section.pattern, thing, page, section.of)
        for section in sections
    ]


def _alike(sections: Sequence[Section]) -> list[list[Section]]:
    """Sections of which one question finds all items."""
    groups: dict[str, list[Section]] = {}
    for section in sections:
        if section.of:
            groups.setdefault(section.common or section.pattern, []).append(section)
    return list(groups.values())


def _by_class(
    snapshot: Snapshot, sections: Sequence[Section], thing: str, page: int
) -> dict[Section, list[str]]:
    """The items of sections with one pattern, by their classes."""
    pattern = f"SELECT ?item WHERE {{ {sections[0].pattern} }} LIMIT {scanned(page)}"
    rows = snapshot.select(PROLOGUE + pattern, thing=NamedNode(thing))
    ours = _path(snapshot.release.base)
    every = dict.fromkeys(row["item"].value for row in rows if isinstance(row["item"], NamedNode))
    groups: dict[object, list[str]] = {}
    for iri in every:
        path = ours.fullmatch(iri)
        groups.setdefault(path.groups() if path else iri, []).append(iri)
    alike = {group[0]: group for group in groups.values()}
    wanted = [expand(section.of) for section in sections]
    classes = _classes(snapshot, pattern, thing, alike, wanted)
    found: dict[str, set[str]] = {name: set() for name in wanted}
    for first, group in alike.items():
        for name in classes.get(first, ()):
            found[name].update(group)
    return {
        section: [iri for iri in every if iri in found[name]]
        for section, name in zip(sections, wanted, strict=True)
    }


def _path(base: str) -> re.Pattern[str]:
    """The IRI of an observation, or of a change: `observation/{source}/{city}/{indicator}/{period}`.

    Those of one source and indicator are of one class, so that the first of them tells it for all.
    """
    return re.compile(rf"{re.escape(base)}(observation|change)/([^/]+)/[^/]+/([^/]+)/[^/]+")


def _classes(
    snapshot: Snapshot, pattern: str, thing: str, iris: Mapping[str, object], wanted: Sequence[str]
) -> dict[str, set[str]]:
    """Which of the wanted classes things have."""
    found: dict[str, set[str]] = {}
    if len(iris) <= ASKED:
        for iri, own in facts_of(snapshot, iris, [TYPE]).items():
            found[iri] = {term.value for term in own[TYPE]}.intersection(wanted)
        return found
    # Not VALUES: the engine would begin with all things of a class.
    chosen = " || ".join(f"sameTerm(?class, <{name}>)" for name in wanted)
    query = f"SELECT ?item ?class WHERE {{ {{ {pattern} }} ?item a ?class FILTER({chosen}) }}"
    for row in snapshot.select(PROLOGUE + query, thing=NamedNode(thing)):
        found.setdefault(row["item"].value, set()).add(row["class"].value)
    return found


def _by_verdict(
    snapshot: Snapshot, sections: Sequence[Section], thing: str, page: int
) -> dict[Section, list[str]]:
    """The comparisons of sections, by their verdicts; nothing where there may be more than were read."""
    kind, limit = sections[0].of, scanned(page)
    if not snapshot.ask(f"{PROLOGUE}ASK {{ ?item a {kind} }}"):  # nothing has been compared: no need to look
        return {section: [] for section in sections}
    text = f"SELECT DISTINCT ?item ?verdict WHERE {{ {sections[0].common} ?item a {kind} }} LIMIT {limit}"
    rows = snapshot.select(PROLOGUE + text, thing=NamedNode(thing))
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
