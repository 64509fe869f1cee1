"""`/reconcile`: the endpoints of the Reconciliation Service API 0.2.

Reads only: every answer is a function of the release and the request. Cross-origin access is open as
everywhere (section "Cross-Origin Access"), and JSONP is there for older clients.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, abort, request
from pyoxigraph import NamedNode

from innograph.ontology.namespaces import SCHEMA
from innograph.server import caching, openapi
from innograph.server.context import context
from innograph.server.describing import exists
from innograph.server.engine import Snapshot
from innograph.server.engine.errors import UnavailableError, UnknownReleaseError
from innograph.server.pages import asked_snapshot
from innograph.server.pages.language import Words, chosen_language
from innograph.server.pages.rendering import edition
from innograph.server.protocol import FORM, Parameters, ProtocolError, media_type, parameters
from innograph.server.reconciliation import preview, requests, suggesting
from innograph.server.reconciliation.candidates import Finder, IndexFinder, LabelFinder
from innograph.server.reconciliation.extending import extend, settings
from innograph.server.reconciliation.properties import PROPERTIES, proposed, resolved
from innograph.server.reconciliation.reconciling import reconcile
from innograph.server.reconciliation.requests import bad, too_much
from innograph.server.reconciliation.types import DEFAULT, TYPES, expanded
from innograph.server.responses import options
from innograph.server.search import NoIndexError, keeper
from innograph.server.searching.keeping import State

blueprint = Blueprint("reconciliation", __name__)

SECONDS = 10.0  # that finding candidates for a whole batch may take
PATIENCE = 5.0  # seconds that a request waits for an index that is being built, or for its turn
AT_ONCE = 4  # requests of one process that find candidates, so that they never take all of the processor
METHODS = "GET, HEAD, OPTIONS, POST"
WIDTH, HEIGHT = 430, 300  # pixels of a preview
# What a script of a page may be called (ECMA-262, section 12.7), with dots: nothing else is a callback.
_CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,99}(?:\.[A-Za-z_$][\w$]{0,99}){0,4}", re.ASCII)

JSON = {
    "200": {"description": "JSON, or JSONP with `callback`", "content": openapi.content(["application/json"])}
}
CALLBACK = openapi.parameter("callback", openapi.STRING, "a function's name: the answer is JSONP")
LANGUAGE = openapi.parameter("lang", {"enum": ["en", "zh", "ja"]}, "the language of names")
COMMON = (LANGUAGE, CALLBACK, openapi.RELEASE)
ID = openapi.parameter("id", openapi.STRING, "an identifier", required=True)
PREFIX = openapi.parameter("prefix", openapi.STRING, "what was typed")
CURSOR = openapi.parameter("cursor", {"type": "integer", "minimum": 0}, "how many suggestions to skip")
TYPE = openapi.parameter("type", openapi.STRING, "the id of a type")
BATCHES = {
    "type": "object",
    "properties": {
        "queries": {"type": "string", "description": "a reconciliation query batch in JSON"},
        "extend": {"type": "string", "description": "a data extension query in JSON"},
    },
}


turns = threading.BoundedSemaphore(AT_ONCE)


class TooLongError(UnavailableError):
    """Finding candidates takes too long, or too many ask at the same time."""

    title = "Too much at once"
    retry_after = 2


@blueprint.route(
    "/reconcile", methods=["GET", "POST", "OPTIONS"], strict_slashes=False, provide_automatic_options=False
)
@openapi.documented(
    get={
        "parameters": (
            openapi.parameter("queries", openapi.STRING, "a reconciliation query batch in JSON"),
            openapi.parameter("extend", openapi.STRING, "a data extension query in JSON"),
            *COMMON,
        ),
        "responses": JSON,
    },
    post={"parameters": COMMON, "body": openapi.body([], form=BATCHES), "responses": JSON},
)
def endpoint() -> Response:
    """Match names to things, or fetch values of what was matched; without either, the service manifest."""
    if request.method == "OPTIONS":
        return options(METHODS)
    given = parameters(request.query_string)
    if request.method == "POST":
        given = Parameters(given.pairs + _form().pairs)
    queries, extension = given.one("queries"), given.one("extend")
    if queries is not None and extension is not None:
        raise bad("both 'queries' and 'extend': ask one at a time")
    snapshot, words = asked_snapshot(), Words(chosen_language())
    if queries is None and extension is None:
        if request.method == "POST":
            raise bad("the form has neither a field 'queries' nor a field 'extend'")
        keeper().want(snapshot.release.number, snapshot.release.identity)
        return _answer(snapshot, words, lambda: manifest(snapshot, words))
    if extension is not None:
        wanted = requests.extension(extension)
        return _answer(snapshot, words, lambda: extend(snapshot, wanted, words))
    batch = requests.batch(queries or "")

    def reconciled() -> dict[str, Any]:
        with _finder(snapshot) as finder:
            return reconcile(snapshot, finder, batch, words)

    return _answer(snapshot, words, reconciled)


def manifest(snapshot: Snapshot, words: Words) -> dict[str, Any]:
    """The service manifest (section "Service Manifest")."""
    site = context().address().rstrip("/")
    spoken = f"&lang={request.args['lang']}" if request.args.get("lang") else ""

    def suggests(kind: str) -> dict[str, str]:
        return {
            "service_url": site,
            "service_path": f"/reconcile/suggest/{kind}",
            "flyout_service_url": site,
            "flyout_service_path": f"/reconcile/flyout/{kind}?id=${{id}}{spoken}",
        }

    return {
        "versions": ["0.2"],
        "name": f"innograph: {words.reconcile_name}",
        "identifierSpace": snapshot.release.base,
        "schemaSpace": SCHEMA.Thing.value,
        "documentation": f"{site}/docs/reconciling",
        "serviceVersion": version("innograph"),
        "batchSize": requests.BATCH,
        "defaultTypes": [{"id": kind.id, "name": words(kind.word)} for kind in DEFAULT],
        "view": {"url": f"{site}/about?iri={{{{id}}}}{spoken}"},
        "preview": {
            "url": f"{site}/reconcile/preview?id={{{{id}}}}{spoken}",
            "width": WIDTH,
            "height": HEIGHT,
        },
        "suggest": {kind: suggests(kind) for kind in ("entity", "property", "type")},
        "extend": {
            "propose_properties": {"service_url": site, "service_path": "/reconcile/properties"},
            "property_settings": settings(words),
        },
    }


@blueprint.get("/reconcile/suggest/entity")
@openapi.documented(get={"parameters": (PREFIX, CURSOR, TYPE, *COMMON), "responses": JSON})
def suggest_entity() -> Response:
    """Complete the name of a thing."""
    snapshot, words, given = asked_snapshot(), Words(chosen_language()), parameters(request.query_string)
    prefix, cursor, kind = _prefix(given), _cursor(given), _short(given, "type")

    def found() -> dict[str, Any]:
        with _finder(snapshot) as finder:
            return {"result": suggesting.entities(snapshot, finder, prefix, kind, cursor, words)}

    return _answer(snapshot, words, found)


@blueprint.get("/reconcile/suggest/type")
@openapi.documented(get={"parameters": (PREFIX, CURSOR, *COMMON), "responses": JSON})
def suggest_type() -> Response:
    """Complete the name of a type."""
    snapshot, words, given = asked_snapshot(), Words(chosen_language()), parameters(request.query_string)
    prefix, cursor = _prefix(given), _cursor(given)
    return _answer(snapshot, words, lambda: {"result": suggesting.types(prefix, cursor, words)})


@blueprint.get("/reconcile/suggest/property")
@openapi.documented(get={"parameters": (PREFIX, CURSOR, TYPE, *COMMON), "responses": JSON})
def suggest_property() -> Response:
    """Complete the name of a property."""
    snapshot, words, given = asked_snapshot(), Words(chosen_language()), parameters(request.query_string)
    # OpenRefine names the type `schema` here (its ReconStandardServicePanel).
    prefix, cursor, kind = _prefix(given), _cursor(given), _short(given, "type") or _short(given, "schema")
    return _answer(
        snapshot,
        words,
        lambda: {"result": suggesting.properties(snapshot, prefix, kind, cursor, words)},
    )


@blueprint.get("/reconcile/properties")
@openapi.documented(
    get={
        "parameters": (
            TYPE,
            openapi.parameter("limit", {"type": "integer", "minimum": 1}, "how many properties at most"),
            *COMMON,
        ),
        "responses": JSON,
    }
)
def propose() -> Response:
    """Propose properties to fetch of things of a type."""
    snapshot, words, given = asked_snapshot(), Words(chosen_language()), parameters(request.query_string)
    kind, limit = _short(given, "type"), given.positive("limit")
    if limit is not None and limit % 1:
        raise bad(f"limit={given.one('limit')!r} is no integer")

    def found() -> dict[str, Any]:
        every = proposed(snapshot, kind, words)[: int(min(limit, 1000)) if limit else None]
        content: dict[str, Any] = {"properties": [suggesting.told(p, words) for p in every]}
        if kind:
            content["type"] = kind
        if limit:
            content["limit"] = int(min(limit, 1000))
        return content

    return _answer(snapshot, words, found)


@blueprint.get("/reconcile/preview")
@openapi.documented(
    get={
        "parameters": (ID, LANGUAGE, openapi.RELEASE),
        "responses": {"200": {"description": "a page", "content": openapi.content(["text/html"])}},
    }
)
def preview_page() -> Response:
    """A thing in short, to be shown within the page of somebody else."""
    snapshot, words, given = asked_snapshot(), Words(chosen_language()), parameters(request.query_string)
    iri = _thing(snapshot, given)
    tag = caching.etag(
        snapshot.release, "preview", edition(), request.full_path, words.language, context().address()
    )
    response = caching.not_modified(tag)
    if response is None:
        response = Response(preview.page(snapshot, iri, words), content_type="text/html; charset=utf-8")
        response.headers["Innograph-Release"] = str(snapshot.release.number)
        response.headers["Content-Language"] = words.language
        caching.tagged(response, tag)
    response.vary.add("Accept-Language")
    # Any site may frame it: there is nothing in it to click that changes anything.
    response.headers["Content-Security-Policy"] = preview.POLICY
    return response


@blueprint.get("/reconcile/flyout/<any(entity, property, type):kind>")
@openapi.documented(get={"parameters": (ID, *COMMON), "responses": JSON})
def flyout(kind: str) -> Response:
    """A few words on a suggestion."""
    snapshot, words, given = asked_snapshot(), Words(chosen_language()), parameters(request.query_string)
    wanted = _short(given, "id")
    if kind == "entity":
        iri = _thing(snapshot, given)
        return _answer(
            snapshot, words, lambda: {"id": wanted, "html": preview.fragment(snapshot, iri, words)}
        )
    if kind == "type":
        known = next((found for found in TYPES if found.id == wanted), None)
        name = words(known.word) if known else ""
    else:
        found = resolved(wanted, snapshot.release.base) if wanted else None
        name = found.called(words) if found in PROPERTIES else wanted
    if not name:
        abort(404, f"there is no {kind} {wanted[:100]!r}")
    return _answer(snapshot, words, lambda: {"id": wanted, "html": preview.line(name, wanted)})


def _form() -> Parameters:
    request.max_content_length = context().settings.max_query_bytes
    kind = media_type(request.content_type)
    if kind != FORM:
        raise ProtocolError(
            415,
            "Unsupported media type",
            f"queries are sent as {FORM}, not as {kind or 'a body without Content-Type'}",
            {"Accept-Post": FORM},
        )
    return parameters(request.get_data())


def _prefix(given: Parameters) -> str:
    return (_short(given, "prefix")).strip()


def _short(given: Parameters, name: str) -> str:
    text = given.one(name) or ""
    if len(text) > requests.LONGEST:
        raise too_much(f"{name!r} has {len(text)} characters: give at most {requests.LONGEST}")
    return text


def _cursor(given: Parameters) -> int:
    text = given.one("cursor") or "0"
    if not re.fullmatch("[0-9]{1,9}", text, re.ASCII):
        raise bad(f"cursor={text[:50]!r} is no number of suggestions to skip")
    return min(int(text), suggesting.DEEPEST)


def _thing(snapshot: Snapshot, given: Parameters) -> str:
    """The thing that `id` names."""
    text = _short(given, "id")
    iri = expanded(text, snapshot.release.base) if text else None
    if iri is None:
        raise bad("give the IRI of a thing: ?id=https://…")
    if not exists(snapshot, NamedNode(iri)):
        abort(404, f"the graph says nothing of <{iri}>")
    return iri


@contextmanager
def _finder(snapshot: Snapshot) -> Iterator[Finder]:
    """What finds candidates in a release; a small release's index is waited for.

    Raises:
        NoIndexError: the release cannot be searched yet, or not for now.
        TooLongError: it took too long.
    """
    release = snapshot.release
    deadline = time.monotonic() + PATIENCE
    while (state := keeper().want(release.number, release.identity)) is State.BUILDING:
        if time.monotonic() >= deadline:
            raise NoIndexError("the search index of this release is being built: try again in a moment")
        time.sleep(0.05)
    if state is State.FAILED:
        raise NoIndexError("the search index of this release could not be built: see the server's log")
    try:
        finder: Finder = (
            LabelFinder(snapshot)
            if state is State.ELSEWHERE
            else IndexFinder(keeper().folder(release.number), min(SECONDS, context().settings.deadline))
        )
    except FileNotFoundError:
        raise UnknownReleaseError(f"release {release.number} is not published any more") from None
    try:
        if not turns.acquire(timeout=PATIENCE):
            raise TooLongError("too many ask at the same time: try again in a moment")
        try:
            yield finder
        except TimeoutError:
            raise TooLongError("finding candidates took too long: send fewer queries at once") from None
        finally:
            turns.release()
    finally:
        finder.close()


def _answer(snapshot: Snapshot, words: Words, make: Any) -> Response:
    """JSON, or JSONP where a callback is named; of a GET only what the client does not hold already."""
    callback = request.args.get("callback")
    if callback is not None and not _CALLBACK.fullmatch(callback):
        raise bad("'callback' is the name of a function: letters, digits, _, $ and dots")
    tag = ""
    if request.method != "POST":
        tag = caching.etag(
            snapshot.release, "reconcile", edition(), request.full_path, words.language, context().address()
        )
        if unchanged := caching.not_modified(tag):
            unchanged.vary.add("Accept-Language")
            return unchanged
    text = json.dumps(make(), ensure_ascii=False)
    if callback is None:
        response = Response(text + "\n", content_type="application/json")
    else:
        # The comment keeps the answer from being anything else than a script; U+2028 ends lines in old ones.
        text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("<", "\\u003c")
        response = Response(f"/**/{callback}({text});\n", content_type="text/javascript; charset=utf-8")
    response.vary.add("Accept-Language")
    response.headers["Innograph-Release"] = str(snapshot.release.number)
    return caching.tagged(response, tag)
