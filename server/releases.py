"""`/releases`: the published states of the graph, each of them, and what changed between two.

What a release says never changes, and neither does the difference of two. A comparison is made in a process
of its own (`differences`), once; until it is there, programs get 503 with Retry-After.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, request
from flask.blueprints import BlueprintSetupState
from pyoxigraph import Triple

from innograph.ontology.namespaces import Names
from innograph.server import caching, differences, negotiation, openapi, versions
from innograph.server.context import context
from innograph.server.differences import Differences
from innograph.server.engine import ReleaseInfo
from innograph.server.engine.errors import NotAcceptableError, UnknownReleaseError
from innograph.server.exports import NotReadyError
from innograph.server.negotiation import Format
from innograph.server.pages import releases as pages
from innograph.server.writing import rdf_response

blueprint = Blueprint("releases", __name__)

JSON = Format("json", "application/json")
PATCH = Format("rdfp", "application/rdf-patch", names=("patch", "rdf-patch"))
N_QUADS = next(form for form in negotiation.GRAPH if form.name == "nq")
DESCRIBED = (JSON, *negotiation.TRIPLES, negotiation.HTML)
COMPARED = (JSON, PATCH, negotiation.HTML)


@blueprint.get("/releases")
@openapi.documented(get={"parameters": (openapi.FORMAT,)})
def releases() -> Response:
    """The published releases, as a page, as JSON or as RDF."""
    form = _form(DESCRIBED)
    published = context().engine.releases()
    current = context().engine.snapshot().release
    if form is negotiation.HTML:
        return pages.releases_page(published)
    if form is JSON:
        return _json([told(release, current, published) for release in published])
    names = Names(current.base)

    def triples() -> Iterator[Triple]:
        yield from versions.whole(current, names)
        for release in published:
            yield from versions.described(release, names, published)

    return rdf_response(triples(), current, form, about=names.iri("dataset/all"))


@blueprint.get("/releases/<int:number>")
@openapi.documented(get={"parameters": (openapi.FORMAT,)})
def release(number: int) -> Response:
    """One release: when it was published, what is in it, and its checksums."""
    form = _form(DESCRIBED)
    found = context().engine.snapshot(number).release
    published = context().engine.releases()
    current = context().engine.snapshot().release
    if form is negotiation.HTML:
        return pages.release_page(found, published)
    if form is JSON:
        return _json(told(found, current, published))
    described = versions.described(found, Names(found.base), published)
    return rdf_response([*described, *versions.graphs(found)], current, form, about=versions.node(number))


@blueprint.get("/releases/<int:before>..<int:after>")
@openapi.documented(get={"parameters": (openapi.FORMAT,)})
def difference(before: int, after: int) -> Response:
    """What changed between two releases, by source and by thing: a page, JSON, or a patch (RDF Patch)."""
    form = _form(COMPARED, f"its N-Quads are at /releases/{before}..{after}/added.nq and …/removed.nq")
    one, other = context().engine.snapshot(before).release, context().engine.snapshot(after).release
    try:
        if form is negotiation.HTML:
            folder = _differences().folder(one, other) if _kept(one, other) else None
            return pages.difference_page(one, other, differences.summary(folder) if folder else None)
        folder = _folder(one, other)
        tag = _tag(one, other, form.name)
        if unchanged := caching.not_modified(tag):
            return unchanged
        if form is JSON:
            return _json(differences.summary(folder), tag)
        packed = request.accept_encodings.quality("gzip") > 0
        response = Response(differences.patch(folder, packed=packed), content_type=PATCH.media_type)
    except FileNotFoundError:
        raise UnknownReleaseError(f"release {after} is not published any more") from None
    if packed:
        response.headers["Content-Encoding"] = "gzip"
        tag = tag and f"{tag}-gzip"
    response.headers.set("Content-Disposition", "inline", filename=f"{before}..{after}.rdfp")
    return caching.tagged(response, tag)


@blueprint.get('/releases/<int:before>..<int:after>/<any("added", "removed"):side>.nq')
def quads(before: int, after: int, side: str) -> Response:
    """The statements that were added, or removed, between two releases as N-Quads."""
    one, other = context().engine.snapshot(before).release, context().engine.snapshot(after).release
    folder = _folder(one, other)
    tag = _tag(one, other, side)
    if unchanged := caching.not_modified(tag):
        return unchanged
    try:
        lines = differences.n_quads(folder, added=side == "added")
    except FileNotFoundError:
        raise UnknownReleaseError(f"release {after} is not published any more") from None
    response = Response(lines, content_type=N_QUADS.content_type)
    response.headers.set("Content-Disposition", "inline", filename=f"{before}..{after}.{side}.nq")
    return caching.tagged(response, tag)


def told(release: ReleaseInfo, current: ReleaseInfo, published: Sequence[ReleaseInfo]) -> dict[str, Any]:
    """A release as JSON."""
    address, known = context().address, versions.checksums(release)
    before = versions.previous(release, published)
    downloads = context().exports.offered(release)
    return {
        "number": release.number,
        "identity": release.identity,
        "current": release.identity == current.identity,
        "created": release.created,
        "kind": release.kind,
        "message": release.message,
        "base": release.base,
        "quads": release.quads,
        "sha256": known.get(""),
        "graphs": [
            {"graph": iri, "quads": count, "sha256": known.get(iri)}
            for iri, count in sorted(release.graphs.items())
        ],
        "previous": before,
        "url": address(f"releases/{release.number}"),
        "query": address(f"sparql?release={release.number}"),
        "downloads": address(f"download/{release.number}/manifest.json") if downloads else None,
        "changes": address(f"releases/{before}..{release.number}") if before is not None else None,
    }


def _form(offered: Sequence[Format], more: str = "") -> Format:
    wanted, accept = request.args.get("format"), request.headers.get("Accept")
    form = negotiation.by_name(offered, wanted) if wanted else negotiation.choose(offered, accept)
    if form is None:
        names = ", ".join(offer.media_type for offer in offered)
        raise NotAcceptableError(f"this is served as one of {names}" + (f"; {more}" if more else ""))
    return form


def _kept(*releases: ReleaseInfo) -> bool:
    """Whether releases are those of this machine's store, so that they can be compared here."""
    return all(context().exports.offered(release) for release in releases)


def _folder(before: ReleaseInfo, after: ReleaseInfo) -> Any:
    if not _kept(before, after):
        abort(404, "this site fronts a store that holds one release: there is nothing to compare it with")
    folder = _differences().folder(before, after)
    if folder is None:
        raise NotReadyError(f"releases {before.number} and {after.number} are being compared: ask again")
    return folder


def _tag(before: ReleaseInfo, after: ReleaseInfo, form: str) -> str:
    current = context().engine.snapshot().release
    return caching.etag(current, "difference", before.identity, after.identity, form, context().address())


def _json(content: Any, tag: str = "") -> Response:
    body = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    tag = tag or caching.etag(context().engine.snapshot().release, body)
    if unchanged := caching.not_modified(tag):
        return unchanged
    return caching.tagged(Response(body, content_type=JSON.media_type), tag)


@blueprint.record
def _prepare(state: BlueprintSetupState) -> None:
    app = state.app
    app.extensions["innograph-differences"] = Differences(app.extensions["innograph"].settings.store)


def _differences() -> Differences:
    return cast(Differences, current_app.extensions["innograph-differences"])
