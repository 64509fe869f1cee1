"""The example queries of the catalogue; those of the tour first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from innograph.server.engine import Snapshot
from innograph.server.pages.language import Text
from innograph.server.pages.reading import PROLOGUE

_EXAMPLES = (
    PROLOGUE
    + """SELECT ?query ?label ?about ?text WHERE { ?query a sh:SPARQLExecutable ; rdfs:label ?label ;
  sh:select|sh:ask|sh:construct ?text OPTIONAL { ?query rdfs:comment ?about } } ORDER BY ?query LIMIT 200"""
)
_TOUR = re.compile(r"^#\s*tour\b\D*(\d*)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """An example query with its title and what it answers."""

    iri: str
    title: Text
    about: str
    text: str
    tour: int | None


def examples(snapshot: Snapshot) -> list[Example]:
    """Every example query: those marked `# tour` in their order, then the others."""
    found = []
    for row in snapshot.select(_EXAMPLES):
        text = row["text"].value
        mark = _TOUR.search(text)
        place = int(mark[1] or 0) if mark else None
        title = Text(row["label"].value, getattr(row["label"], "language", "") or "")
        about = row["about"].value if "about" in row else ""
        found.append(Example(row["query"].value, title, about, text, place))
    return sorted(found, key=lambda example: (example.tour is None, example.tour or 0, example.iri))
