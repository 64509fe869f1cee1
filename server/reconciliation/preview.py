"""A thing in short: what people see of a candidate before they choose it (section "Preview Service")."""

from __future__ import annotations

from typing import Any

from markupsafe import escape

from innograph.server.engine import Snapshot
from innograph.server.headers import SECURITY
from innograph.server.pages.language import Words
from innograph.server.pages.rendering import environment, links
from innograph.server.reconciliation.describing import descriptions
from innograph.server.reconciliation.extending import SHOW, TEXT, extend
from innograph.server.reconciliation.properties import Kind, proposed
from innograph.server.reconciliation.reconciling import classes_of
from innograph.server.reconciliation.requests import Extension, Wanted
from innograph.server.reconciliation.types import types_of

FACTS = 12  # properties that are shown
VALUES = 4  # values of one
SAID = frozenset({"rdfs:label", "rdfs:comment", "owl:sameAs", "geo:lat", "geo:long"})  # shown otherwise
POLICY = SECURITY["Content-Security-Policy"].replace("frame-ancestors 'none'", "frame-ancestors *")


def page(snapshot: Snapshot, iri: str, words: Words) -> str:
    """The preview of a thing as a page of its own."""
    name, about, facts = _told(snapshot, iri, words)
    site = links(snapshot.release.base)
    return (
        environment()
        .get_template("preview.html")
        .render(
            t=words, lang=words.language, name=name, about=about, facts=facts, href=site.page(iri), iri=iri
        )
    )


def fragment(snapshot: Snapshot, iri: str, words: Words) -> str:
    """The preview of a thing as a piece of HTML."""
    classes = classes_of(snapshot, [iri])
    return line(*descriptions(snapshot, [iri], classes, words)[iri])


def line(name: str, about: str) -> str:
    """A name and what is said of it, as a piece of HTML."""
    return f"<p><strong>{escape(name)}</strong></p><p>{escape(about)}</p>"


def _told(snapshot: Snapshot, iri: str, words: Words) -> tuple[str, str, list[tuple[str, str]]]:
    """The name, the description, and some facts: each a property and its values as text."""
    classes = classes_of(snapshot, [iri])
    name, about = descriptions(snapshot, [iri], classes, words)[iri]
    kinds = types_of(classes.get(iri, set()), snapshot.release.base)
    offered = proposed(snapshot, kinds[0].id, words) if kinds else []
    wanted = [found for found in offered if found.id not in SAID]
    # Figures last: there may be many.
    wanted.sort(key=lambda found: found.kind is Kind.FIGURES)
    asked = Extension((iri,), tuple(Wanted(found.id, {SHOW: TEXT}) for found in wanted[: FACTS * 3]))
    answer = extend(snapshot, asked, words)
    facts = []
    for column in answer["meta"]:
        cells = [_text(cell) for cell in answer["rows"][iri][column["id"]]]
        if cells:
            facts.append((column["name"], "; ".join(cells[:VALUES]) + ("…" if len(cells) > VALUES else "")))
    return name, about, facts[:FACTS]


def _text(cell: dict[str, Any]) -> str:
    return str(cell.get("name") or next(iter(cell.values()), ""))
