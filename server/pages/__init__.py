"""Pages for people: every kind of thing as HTML, complete without JavaScript."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from pyoxigraph import NamedNode

from innograph.server.engine import Snapshot
from innograph.server.protocol import Parameters, QueryOperation

blueprint = Blueprint("pages", __name__)


def problem_page(status: int, title: str, detail: str, more: dict[str, Any]) -> str:
    """An error as a page."""
    return f"<h1>{status} {title}</h1><p>{detail}"


def query_page(operation: QueryOperation | None, extras: Parameters) -> Response:
    """The query form, with the result of a query below it."""
    return Response("<h1>SPARQL</h1>", content_type="text/html; charset=utf-8")


def resource_page(snapshot: Snapshot, thing: NamedNode, path: str) -> Response:
    """The page of one thing."""
    return Response(f"<h1>{path}</h1>", content_type="text/html; charset=utf-8")


def catalog_page(snapshot: Snapshot) -> Response:
    """The catalogue as a page."""
    return Response("<h1>Catalogue</h1>", content_type="text/html; charset=utf-8")
