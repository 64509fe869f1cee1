"""The example queries of the catalogue; those of the tour first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyoxigraph import Literal

from innograph.server.engine import Snapshot
from innograph.server.pages.language import Text
from innograph.server.pages.links import expand
from innograph.server.pages.reading import PROLOGUE, facts_of, first

_EXAMPLES = PROLOGUE + "SELECT ?query WHERE { ?query a sh:SPARQLExecutable } LIMIT 200"
LABEL, ABOUT = expand("rdfs:label"), expand("rdfs:comment")
TEXTS = tuple(expand(f"sh:{form}") for form in ("select", "ask", "construct"))
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
    iris = [row["query"].value for row in snapshot.select(_EXAMPLES)]
    for iri, own in facts_of(snapshot, iris, (LABEL, ABOUT, *TEXTS)).items():
        text = next((first(own, form) for form in TEXTS if form in own), "")
        mark = _TOUR.search(text)
        place = int(mark[1] or 0) if mark else None
        label = own.get(LABEL, [Literal(iri)])[0]
        title = Text(label.value, getattr(label, "language", "") or "")
        found.append(Example(iri, title, first(own, ABOUT), text, place))
    return sorted(found, key=lambda example: (example.tour is None, example.tour or 0, example.iri))
