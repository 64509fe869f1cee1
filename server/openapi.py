"""`/openapi.json`: the HTTP interface in OpenAPI 3.1, read from the routes themselves so that it cannot drift.

Every rule of the application is a path; its view's docstring is the summary. What a docstring cannot
tell (parameters, bodies, media types) stands in a `documented` decorator next to the route.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any, TypeVar

from flask import Blueprint, Flask, Response, current_app
from werkzeug.routing import Rule

from innograph.server import negotiation
from innograph.server.memento import asked_snapshot
from innograph.server.pages.interface import interface_page

blueprint = Blueprint("openapi", __name__)

View = TypeVar("View", bound=Callable[..., Any])
Object = dict[str, Any]

PROBLEM: Object = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, where, and how to mend it"},
        "line": {"type": "integer", "description": "of a query's error, counted from 1"},
        "column": {"type": "integer"},
        "findings": {"type": "array", "items": {"type": "object"}, "description": "of an invalid write"},
    },
}
FORMATS = [form.name for form in (*negotiation.SOLUTIONS, *negotiation.GRAPH, negotiation.HTML)]
STRING: Object = {"type": "string"}
IRI: Object = {"type": "string", "format": "iri"}
IRIS: Object = {"type": "array", "items": IRI}
TRIPLES = [form.media_type for form in negotiation.TRIPLES]


def documented(**methods: Mapping[str, Any]) -> Callable[[View], View]:
    """Say of a view which methods do something, and what its docstring does not tell of each."""

    def note(view: View) -> View:
        view.openapi = methods  # type: ignore[attr-defined]
        return view

    return note


def parameter(name: str, schema: Object, description: str, *, required: bool = False) -> Object:
    """A parameter of the address."""
    return {
        "name": name,
        "in": "query",
        "required": required,
        "schema": schema,
        "description": description,
    }


def content(media_types: Iterable[str], schema: Object | None = None) -> Object:
    """Content that comes in any of some media types."""
    return {media_type: {"schema": schema or STRING} for media_type in media_types}


def body(media_types: Iterable[str], **forms: Object) -> Object:
    """A request body in any of some media types; a form (`form`, `multipart`) has its own schema."""
    found = content(media_types)
    names = {"form": "application/x-www-form-urlencoded", "multipart": "multipart/form-data"}
    for name, schema in forms.items():
        found[names[name]] = {"schema": schema}
    return {"required": True, "content": found}


FORMAT = parameter("format", {"enum": FORMATS}, "the format of the answer, whatever Accept says")
RELEASE = parameter("release", {"type": "integer", "minimum": 1}, "the published release that is asked")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """This description."""
    text = json.dumps(describe(current_app), ensure_ascii=False, indent=1)
    return Response(text + "\n", content_type="application/json")


@blueprint.get("/openapi")
def interface() -> Response:
    """This description as a page."""
    return interface_page(asked_snapshot(), describe(current_app))


def describe(app: Flask) -> Object:
    """The description of an application's routes."""
    paths: Object = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        paths.setdefault(path(rule), {}).update(_operations(app, rule))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "innograph",
            "version": version("innograph"),
            "description": "A knowledge graph of city innovation facts. Every error is problem+json"
            " (RFC 9457); HEAD is answered wherever GET is, OPTIONS everywhere.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def path(rule: Rule) -> str:
    """A rule as a path template."""
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule)


def _operations(app: Flask, rule: Rule) -> Object:
    view = app.view_functions[rule.endpoint]
    given: Mapping[str, Mapping[str, Any]] = getattr(view, "openapi", {})
    names = given or {method.lower() for method in rule.methods or () if method not in ("HEAD", "OPTIONS")}
    return {method: _operation(view, rule, method, given.get(method, {})) for method in sorted(names)}


def _operation(view: Callable[..., Any], rule: Rule, method: str, given: Mapping[str, Any]) -> Object:
    arguments = [
        {"name": name, "in": "path", "required": True, "schema": STRING} for name in sorted(rule.arguments)
    ]
    summary = (view.__doc__ or rule.endpoint).strip().partition("\n")[0]
    operation: Object = {
        "operationId": f"{method}-{rule.endpoint}".replace(".", "-"),
        "summary": given.get("summary", summary),
        "parameters": [*arguments, *given.get("parameters", ())],
        "responses": given.get("responses", {"2XX": {"description": "the answer"}})
        | {"3XX": {"description": "not modified since, or found elsewhere"}}
        | {
            code: {
                "description": meaning,
                "content": content(["application/problem+json"], {"$ref": "#/components/schemas/Problem"}),
            }
            for code, meaning in (("4XX", "refused, and why"), ("503", "ended or too busy: try again later"))
        },
    }
    if "body" in given:
        operation["requestBody"] = given["body"]
    if given.get("token"):
        operation["security"] = [{"token": []}]
    return operation
