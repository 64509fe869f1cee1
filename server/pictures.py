"""`/{path of a thing}/chart.svg` and `chart.png`: the charts of a thing as a picture.

`?city=`, `?indicator=`, `?source=` and `?unit=` choose among its series: a slug, or a whole IRI.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from innograph.server import caching
from innograph.server.context import context
from innograph.server.memento import asked_snapshot
from innograph.server.pages import pictures, rendering
from innograph.server.pages.language import FALLBACK, Words, chosen_language
from innograph.server.pages.links import is_iri
from innograph.server.resources import stored_iri

blueprint = Blueprint("pictures", __name__)

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


@blueprint.get("/<path:path>/chart.<any(svg, png):form>")
def chart(path: str, form: str) -> Response:
    """The charts of a thing."""
    snapshot = asked_snapshot()
    thing = stored_iri(snapshot, path)
    if thing is None:
        abort(404, f"nothing is known of /{path}; the home page leads to what there is")
    if form == "png" and not pictures.writes("A"):
        abort(501, "this machine has no fonts, so it cannot write on a PNG: take chart.svg, or install some")
    words = Words(chosen_language())
    if form == "png" and words.language != FALLBACK and not pictures.writes("京"):
        words = Words(FALLBACK)
    tag = caching.etag(
        snapshot.release, rendering.edition(), request.full_path, words.language, context().address()
    )
    response = caching.not_modified(tag)
    if response is None:
        links = rendering.links(snapshot.release.base)
        selected = {name: value for name, value in request.args.items() if name in pictures.SELECTING}
        if not all(is_iri(value) or ":" not in value for value in selected.values()):
            abort(400, "give each of city, indicator, source and unit as a slug or as a whole IRI")
        svg = pictures.chart_picture(snapshot, thing.value, selected, words, links)
        if svg is None:
            abort(404, "nothing to draw here: a chart needs figures of one series at two times or more")
        body = svg.encode() if form == "svg" else pictures.png(svg)
        response = Response(body, content_type=MEDIA_TYPES[form])
        name = path.rpartition("/")[2] or "chart"
        response.headers.set("Content-Disposition", "inline", filename=f"{name}.{form}")
        response.headers["Innograph-Release"] = str(snapshot.release.number)
        caching.tagged(response, tag)
    response.vary.add("Accept-Language")
    return response
