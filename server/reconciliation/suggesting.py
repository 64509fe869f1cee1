"""What somebody may mean who has typed the beginning of a name (section "Suggest Services")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from innograph.server.engine import Snapshot
from innograph.server.pages.language import LANGUAGES, Words
from innograph.server.reconciliation.candidates import Finder
from innograph.server.reconciliation.describing import descriptions
from innograph.server.reconciliation.properties import Property, proposed
from innograph.server.reconciliation.reconciling import classes_of, identified_by
from innograph.server.reconciliation.types import TYPES, Type, members, ranks, types_of
from innograph.server.searching.text import folded

PAGE = 10  # suggestions at once
DEEPEST = 1000  # suggestions that can be skipped
Suggestions = list[dict[str, Any]]


def entities(
    snapshot: Snapshot, finder: Finder, prefix: str, kind: str, cursor: int, words: Words
) -> Suggestions:
    """Things whose name begins so, or that a typed identifier means."""
    base = snapshot.release.base
    found = dict.fromkeys(identified_by(snapshot, prefix))
    candidates = [] if found else finder.find(prefix, ranks([kind] if kind else [], base), loosely=False)
    typed = folded(prefix)
    named = {
        candidate.iri: min((_fit(typed, value) for _, _, value in candidate.names), default=(3, 0))
        for candidate in candidates
    }
    found.update(dict.fromkeys(sorted(named, key=lambda iri: (named[iri], iri))))
    classes = classes_of(snapshot, found)
    wanted = members(kind, base) if kind else frozenset()
    fitting = [
        iri
        for iri in found
        if (not wanted.isdisjoint(classes.get(iri, ())) if kind else types_of(classes.get(iri, ()), base))
    ][cursor : cursor + PAGE]
    told = descriptions(snapshot, fitting, classes, words)
    return [
        {
            "id": iri,
            "name": told[iri][0],
            "description": told[iri][1],
            "notable": [
                {"id": found_type.id, "name": words(found_type.word)}
                for found_type in types_of(classes[iri], base)
            ],
        }
        for iri in fitting
    ]


def _fit(typed: str, name: str) -> tuple[int, int]:
    """How well a name continues what was typed, the lowest best; of names alike, the shortest."""
    plain = folded(name)
    return (0 if plain == typed else 1 if plain.startswith(typed) else 2), len(name)


def types(prefix: str, cursor: int, words: Words) -> Suggestions:
    """The types whose name, in any language, or id has a word that begins so."""
    found = [kind for kind in TYPES if _begins(prefix, _spellings(kind))]
    return [kind.described(words) for kind in found[cursor : cursor + PAGE]]


def properties(snapshot: Snapshot, prefix: str, kind: str, cursor: int, words: Words) -> Suggestions:
    """The properties, of things of a type where one is given, whose name or id has a word that begins so."""
    every = [
        (found, [found.id, *found.aliases, *(found.called(Words(language)) for language in LANGUAGES)])
        for found in proposed(snapshot, kind, words)
    ]
    fitting = [found for found, spelled in every if _begins(prefix, spelled)]
    return [told(found, words) for found in fitting[cursor : cursor + PAGE]]


def told(found: Property, words: Words) -> dict[str, Any]:
    """A property as suggestions and proposals tell it."""
    return {"id": found.id, "name": found.called(words)}


def _spellings(kind: Type) -> list[str]:
    return [kind.id, kind.word.removeprefix("type_"), *(Words(language)(kind.word) for language in LANGUAGES)]


def _begins(prefix: str, spelled: Iterable[str]) -> bool:
    typed = folded(prefix).strip()
    return any(
        text.startswith(typed) or f" {typed}" in text.replace(":", " ").replace("/", " ")
        for text in map(folded, spelled)
    )
