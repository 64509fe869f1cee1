"""`/llms.txt` and `/.well-known/api-catalog`: for programs that come to a site and look what it offers."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from innograph.server import caching
from innograph.server.context import context
from innograph.server.llms import llms_text

blueprint = Blueprint("discovery", __name__)


@blueprint.get("/llms.txt")
def llms() -> Response:
    """What is here and how to ask for it, for language models (llmstxt.org)."""
    snapshot = context().engine.snapshot()
    content = llms_text(snapshot, context().address)
    tag = caching.etag(snapshot.release, content)
    if unchanged := caching.not_modified(tag):
        return unchanged
    response = Response(content, content_type="text/plain; charset=utf-8")
    response.headers["Innograph-Release"] = str(snapshot.release.number)
    return caching.tagged(response, tag)


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """The interfaces of this site as a set of links (RFC 9727, RFC 9264)."""
    address = context().address
    described = {
        "service-desc": [{"href": address("openapi.json"), "type": "application/json"}],
        "service-doc": [{"href": address("openapi"), "type": "text/html"}],
    }
    content = {
        "linkset": [
            {
                "anchor": address("sparql"),
                "describedby": [{"href": address("sparql?format=ttl"), "type": "text/turtle"}],
                **described,
            },
            {
                "anchor": address("catalog"),
                "describedby": [{"href": address(".well-known/void"), "type": "text/turtle"}],
                **described,
            },
            {"anchor": address(), "help": [{"href": address("llms.txt"), "type": "text/plain"}], **described},
        ]
    }
    body = json.dumps(content, indent=1) + "\n"
    tag = caching.etag(context().engine.snapshot().release, body)
    if unchanged := caching.not_modified(tag):
        return unchanged
    return caching.tagged(Response(body, content_type="application/linkset+json"), tag)
