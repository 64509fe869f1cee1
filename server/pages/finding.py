"""`/search` as a page: what was found, what kind of thing each is, and where the words stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from innograph.server.engine import Snapshot
from innograph.server.pages.language import Text, Words
from innograph.server.pages.links import Links
from innograph.server.pages.naming import Labels
from innograph.server.pages.rendering import Frame, page
from innograph.server.searching import fields
from innograph.server.searching.index import Found

STATUS = {"ready": 200, "wide": 503, "building": 503, "failed": 503}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a search: `ready`, or why not (`building`, `failed`, `wide`)."""

    state: str
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A thing that was found, in the reader's language. `match` are its words, where they are not its name."""

    iri: str
    href: str
    name: Text
    kind: str
    kind_language: str
    match: Text
    quoted: bool


def results(snapshot: Snapshot, found: Found, language: str, links: Links) -> list[Result]:
    """Hits as a reader sees them."""
    wanted = {iri for hit in found.hits for iri in (hit.iri, hit.kind) if iri}
    labels = Labels(snapshot, links, language, wanted)
    shown = []
    for hit in found.hits:
        name = labels.name(hit.iri)
        kind = labels.name(hit.kind) if hit.kind else Text("")
        told = hit.match and hit.match != name.value and hit.match not in {value for _, value in hit.names}
        if hit.column == fields.NAME and hit.match != name.value:
            told = True  # found by its name in another language
        match = Text(hit.match, hit.match_language) if told else Text("")
        shown.append(
            Result(
                hit.iri,
                links.page(hit.iri),
                name,
                kind.value,
                "" if kind.language == language else kind.language,
                match,
                hit.column == fields.QUOTED,
            )
        )
    return shown


def search_page(snapshot: Snapshot, text: str, outcome: Outcome) -> Response:
    """The page of a search."""

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        found = outcome.found
        shown: Sequence[Result] = results(snapshot, found, words.language, links) if found else ()
        title = f"{text} · {words.search}" if text else words.search
        frame = Frame(title=title, crumbs=((words.home, links.to("/")),))
        notes = {
            "building": words.search_building,
            "failed": words.search_unavailable,
            "wide": words.search_wide,
        }
        return (
            "search.html",
            frame,
            {
                "text": text,
                "found": found,
                "results": shown,
                "note": notes.get(outcome.state, ""),
                "again": links.to("/search", q=text),
                "as_json": links.to("/search", q=text, format="json"),
            },
        )

    return page(snapshot.release, build, status=STATUS[outcome.state])
