"""What the sections of a page list: one question for all that differ only in the class or verdict of their items."""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import NamedNode

from innograph.server.engine import Snapshot
from innograph.server.pages.kinds import Section
from innograph.server.pages.links import expand
from innograph.server.pages.reading import PROLOGUE, SORTABLE, Items, items, one_page, scanned


def listed(snapshot: Snapshot, sections: Sequence[Section], thing: str, page: int) -> list[Items]:
    """One page of the items of each section, as `items` gives it for each alone."""
    found: dict[Section, set[str]] = {}
    for alike in _alike(sections):
        ask = _by_verdict if alike[0].verdict else _by_class
        found |= ask(snapshot, alike, thing, page)
    return [
        one_page(found[section], page)
        if section in found and len(found[section]) <= SORTABLE
        else items(snapshot, section.pattern, thing, page, section.of)
        for section in sections
    ]


def _alike(sections: Sequence[Section]) -> list[list[Section]]:
    """Sections of which one question finds all items."""
    groups: dict[str, list[Section]] = {}
    for section in sections:
        if section.of:
            groups.setdefault(section.common or section.pattern, []).append(section)
    return [alike for alike in groups.values() if len(alike) > 1]


def _by_class(
    snapshot: Snapshot, sections: Sequence[Section], thing: str, page: int
) -> dict[Section, set[str]]:
    """The items of sections with one pattern, by their classes."""
    classes = ", ".join(section.of for section in sections)
    # Not VALUES: the engine would begin with all things of a class.
    text = (
        f"SELECT ?item ?class WHERE {{ {{ SELECT ?item WHERE {{ {sections[0].pattern} }} LIMIT {scanned(page)} }}"
        f" ?item a ?class FILTER(?class IN ({classes})) }}"
    )
    found: dict[str, set[str]] = {expand(section.of): set() for section in sections}
    for row in snapshot.select(PROLOGUE + text, thing=NamedNode(thing)):
        if isinstance(row["item"], NamedNode):
            found[row["class"].value].add(row["item"].value)
    return {section: found[expand(section.of)] for section in sections}


def _by_verdict(
    snapshot: Snapshot, sections: Sequence[Section], thing: str, page: int
) -> dict[Section, set[str]]:
    """The comparisons of sections, by their verdicts; nothing where there may be more than were read."""
    common, limit = sections[0].common, scanned(page)
    text = f"SELECT DISTINCT ?item ?verdict WHERE {{ {common} ?item a {sections[0].of} }} LIMIT {limit}"
    rows = snapshot.select(PROLOGUE + text, thing=NamedNode(thing))
    if len(rows) == limit:
        return {}
    return {
        section: {
            row["item"].value
            for row in rows
            if isinstance(row["item"], NamedNode)
            and row["verdict"].value.endswith(f"/verdict/{section.verdict}")
        }
        for section in sections
    }
