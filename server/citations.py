"""`/{path of a thing}.bib`, `.csl.json`, `.cite.txt`: how to cite a thing, as a file."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from innograph.server import caching
from innograph.server.context import context
from innograph.server.memento import asked_snapshot
from innograph.server.pages import citing, rendering
from innograph.server.pages.language import Words, chosen_language
from innograph.server.resources import stored_iri

blueprint = Blueprint("citations", __name__)

# The media types are those registered with IANA, and what reference managers expect for BibTeX.
MEDIA_TYPES = {
    "bib": "application/x-bibtex; charset=utf-8",
    "csl.json": "application/vnd.citationstyles.csl+json",
    "cite.txt": "text/plain; charset=utf-8",
}


@blueprint.get('/<path:path>.<any("bib", "csl.json", "cite.txt"):form>')
def citation(path: str, form: str) -> Response:
    """The citation of a thing, of the release that the request names or the current one."""
    snapshot = asked_snapshot()
    thing = stored_iri(snapshot, path)
    if thing is None or not citing.citable(path):
        abort(404, f"no citation of /{path}: datasets, sources, indicators, cities and observations have one")
    words = Words(chosen_language())
    tag = caching.etag(
        snapshot.release, rendering.edition(), request.full_path, words.language, context().address()
    )
    response = caching.not_modified(tag)
    if response is None:
        item = citing.csl_item(snapshot, thing.value, path, words, rendering.links(snapshot.release.base))
        if form == "bib":
            content = citing.as_bibtex(item)
        elif form == "csl.json":
            content = citing.as_csl_json(item)
        else:
            content = citing.as_text(item, words.language) + "\n"
        response = Response(content, content_type=MEDIA_TYPES[form])
        name = f"{path.rpartition('/')[2]}.{form}"
        response.headers.set("Content-Disposition", "inline", filename=name)
        response.headers["Innograph-Release"] = str(snapshot.release.number)
        caching.tagged(response, tag)
    response.vary.add("Accept-Language")
    return response
