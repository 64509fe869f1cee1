"""Pages for people: every kind of thing as HTML, complete without JavaScript.

What other modules call is here; what a page shows for a class is data in `kinds.py`, and the words of
the interface are in `words.json`.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, request
from pyoxigraph import NamedNode

from innograph.server.describing import exists
from innograph.server.engine import Snapshot
from innograph.server.memento import asked_snapshot as asked_snapshot  # for whoever asks for pages
from innograph.server.pages import (
    catalogue,
    compare,
    home,
    querying,
    rendering,
    terms,
    things,
    vocabulary,
)
from innograph.server.pages.language import Words, chosen_language
from innograph.server.pages.links import VOCABULARY, is_iri
from innograph.server.pages.rendering import Frame
from innograph.server.protocol import Parameters, QueryOperation

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home_page() -> Response:
    """The way in: what is here, in figures, words and questions."""
    return home.home_page(asked_snapshot())


@blueprint.get("/static/<name>")
def static_file(name: str) -> Response:
    """A style sheet or picture."""
    return rendering.static_response(name)


@blueprint.get("/sparql/terms")
def editor_terms() -> Response:
    """What the query editor completes."""
    return terms.terms_response(asked_snapshot())


@blueprint.get("/compare")
def compare_page() -> Response:
    """Figures of one indicator side by side: `?indicator=…&city=…&period=…`, each but the first repeatable."""
    return compare.compare_page(asked_snapshot())


@blueprint.get("/about")
def about_page() -> Response:
    """What the graph says of any IRI: of somebody else's thing, or of a term with all that it is used for."""
    iri = request.args.get("iri", "")
    snapshot = asked_snapshot()
    links = rendering.links(snapshot.release.base)
    if not is_iri(iri):
        abort(400, "give the thing's IRI: /about?iri=https://…")
    if links.ours(iri) and iri != VOCABULARY:
        return redirect(links.page(iri), 303)  # type: ignore[return-value]
    if not exists(snapshot, NamedNode(iri)):
        abort(404, f"the graph says nothing of <{iri}>")
    return things.thing_page(snapshot, NamedNode(iri), None)


def problem_page(status: int, title: str, detail: str, more: dict[str, Any]) -> str:
    """An error as a page."""
    words = Words(chosen_language())
    links = rendering.links("")
    frame = Frame(title=f"{status} {title}", crumbs=((words.home, links.to("/")),))
    return rendering.render("problem.html", words, links, frame, None, detail=detail)


def query_page(operation: QueryOperation | None, extras: Parameters) -> Response:
    """The query form, with the result of a query below it."""
    return querying.query_page(operation, extras)


def resource_page(snapshot: Snapshot, thing: NamedNode, path: str) -> Response:
    """The page of one thing."""
    if thing.value == VOCABULARY:
        return vocabulary.vocabulary_page(snapshot)
    return things.thing_page(snapshot, thing, path)


def catalog_page(snapshot: Snapshot) -> Response:
    """The catalogue as a page."""
    return catalogue.catalogue_page(snapshot)
