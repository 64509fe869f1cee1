"""`/timemap/…`: the states of an address that are kept (RFC 7089, section 5)."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from innograph.server import caching
from innograph.server.context import context
from innograph.server.memento import LINK_FORMAT, memento_of, original_of, stamp, timemap_of
from innograph.server.protocol import parameters
from innograph.server.resources import is_served

blueprint = Blueprint("timemaps", __name__)


@blueprint.get("/timemap/")
def timemap_of_home() -> Response:
    """The states of the home page that are kept, with their dates."""
    return timemap("")


@blueprint.get("/timemap/<path:path>")
def timemap(path: str) -> Response:
    """The states of an address that are kept, with their dates (RFC 7089, section 5)."""
    parameters(request.query_string)  # must be readable
    published = context().engine.releases()
    if not is_served(path, published):
        abort(404, f"nothing is known of /{path}: a time map is that of an address of this site")
    original = original_of(f"/{path}")
    lines = [
        f'<{original}>; rel="original timegate"',
        f'<{timemap_of(original)}>; rel="self"; type="{LINK_FORMAT}"'
        + (f'; from="{stamp(published[0])}"; until="{stamp(published[-1])}"' if published else ""),
    ]
    for place, release in enumerate(published):
        relations = ["first"] * (place == 0) + ["last"] * (place == len(published) - 1) + ["memento"]
        lines.append(
            f'<{memento_of(release, f"/{path}")}>; rel="{" ".join(relations)}"; datetime="{stamp(release)}"'
        )
    body = ",\n".join(lines) + "\n"
    tag = caching.etag(context().engine.snapshot().release, body)
    if unchanged := caching.not_modified(tag):
        return unchanged
    return caching.tagged(Response(body, content_type=LINK_FORMAT), tag)
