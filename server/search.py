"""`/search?q=`: things by their words in any language, as a page or as JSON (for suggestions, too)."""

from __future__ import annotations

import json
from typing import Any, cast

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from innograph.server import caching, negotiation
from innograph.server.context import context
from innograph.server.engine import Snapshot
from innograph.server.engine.errors import UnavailableError, UnknownReleaseError
from innograph.server.memento import asked_snapshot
from innograph.server.pages.finding import Outcome, Result, results, search_page
from innograph.server.pages.language import chosen_language
from innograph.server.pages.rendering import links
from innograph.server.protocol import parameters
from innograph.server.searching.index import Found, TooBroadError, search
from innograph.server.searching.keeping import Keeper, State
from innograph.server.searching.scanning import scan

blueprint = Blueprint("search", __name__)

FORMATS = (negotiation.Format("json", "application/json"), negotiation.HTML)
SHOWN = 30
MOST = 100
LONGEST = 200  # characters of a question
AGAIN = 2  # seconds until an index may be there


class NoIndexError(UnavailableError):
    """The release cannot be searched yet, or not for now."""

    title = "No search index"
    retry_after = AGAIN


@blueprint.get("/search")
def find() -> Response:
    """The things whose words begin with all the words of `q`."""
    wanted, accept = request.args.get("format"), request.headers.get("Accept")
    form = negotiation.by_name(FORMATS, wanted) if wanted else negotiation.choose(FORMATS, accept)
    given = parameters(request.query_string)
    limit = min(int(given.positive("limit") or SHOWN), MOST)
    text = request.args.get("q", "")[:LONGEST].strip()
    snapshot = asked_snapshot()
    outcome = _outcome(snapshot, text, limit)
    if form is negotiation.HTML:
        response = search_page(snapshot, text, outcome)
        if outcome.state != "ready":
            response.headers["Retry-After"] = str(AGAIN)
            response.headers["Cache-Control"] = "no-store"
        return response
    return _as_json(snapshot, text, outcome)


def _outcome(snapshot: Snapshot, text: str, limit: int) -> Outcome:
    release = snapshot.release
    indexes = keeper()
    state = indexes.want(release.number, release.identity)
    if not text:
        return Outcome("ready")
    if state in (State.BUILDING, State.FAILED):
        return Outcome(state.value)
    try:
        if state is State.ELSEWHERE:
            return Outcome("ready", scan(snapshot, text, limit))
        return Outcome("ready", search(indexes.folder(release.number), text, limit))
    except TooBroadError:
        return Outcome("wide")
    except FileNotFoundError:
        raise UnknownReleaseError(f"release {release.number} is not published any more") from None


def _as_json(snapshot: Snapshot, text: str, outcome: Outcome) -> Response:
    if outcome.state == "wide":
        raise NoIndexError("the words match too much to be searched through in time: add a word")
    if outcome.state == State.FAILED.value:
        raise NoIndexError("the search index of this release could not be built: see the server's log")
    if outcome.state != "ready":
        raise NoIndexError("the search index of this release is being built: try again in a moment")
    language = chosen_language()
    tag = caching.etag(snapshot.release, "search", request.full_path, language, context().address())
    if unchanged := caching.not_modified(tag):
        return unchanged
    found = outcome.found or Found([], 0, False)
    site = links(snapshot.release.base)
    content = {
        "query": text,
        "total": found.total,
        "more": found.more,
        "results": [_plain(result) for result in results(snapshot, found, language, site)],
    }
    body = json.dumps(content, ensure_ascii=False) + "\n"
    response = Response(body, content_type="application/json")
    response.vary.add("Accept-Language")
    response.headers["Innograph-Release"] = str(snapshot.release.number)
    return caching.tagged(response, tag)


def _plain(result: Result) -> dict[str, Any]:
    return {
        "iri": result.iri,
        "url": result.href,
        "label": result.name.value,
        "language": result.name.language,
        "type": result.kind,
        "match": result.match.value,
        "matchLanguage": result.match.language,
    }


@blueprint.record
def _keep(state: BlueprintSetupState) -> None:
    app = state.app
    app.extensions["innograph-search"] = Keeper(app.extensions["innograph"].settings.store)


def keeper() -> Keeper:
    """Who sees to the indexes of this application's store."""
    return cast(Keeper, current_app.extensions["innograph-search"])


@blueprint.after_app_request
def _prepare(response: Response) -> Response:
    """Have the index built that the search box of a page may soon ask for."""
    if response.status_code == 200 and response.mimetype == "text/html" and request.endpoint != "search.find":
        release = context().engine.snapshot().release
        keeper().want(release.number, release.identity)
    return response
