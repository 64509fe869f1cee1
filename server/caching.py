"""Strong ETags by release: an answer is a function of the release and the request (RFC 9110, section 8.8.3)."""

from __future__ import annotations

from hashlib import blake2b

from flask import Response, request

from innograph.ontology.sparql import keywords
from innograph.server.engine import ReleaseInfo

# What makes two answers to one query on one release differ.
VOLATILE = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})


def etag(release: ReleaseInfo, *parts: object) -> str:
    """An entity tag for a representation: the release's identity and a fingerprint of the request.

    Empty where the release has no identity (a store elsewhere that does not tell what it holds).
    """
    if not release.identity:
        return ""
    fingerprint = blake2b(repr(parts).encode(), digest_size=9).hexdigest()
    return f"{release.identity}-{fingerprint}"


def volatile(query: str) -> bool:
    """Whether a query's answer may differ from one time to the next on one release."""
    return bool(keywords(query, VOLATILE))


def not_modified(tag: str) -> Response | None:
    """A 304 where the client holds the representation of this tag already.

    The comparison is weak (RFC 9110, section 13.1.2), which also admits the tags of encoded variants.
    """
    if not tag:
        return None
    held = {value.removesuffix("-gzip") for value in request.if_none_match.as_set(include_weak=True)}
    if tag not in held and not request.if_none_match.star_tag:
        return None
    response = Response(status=304)
    return tagged(response, tag)


def tagged(response: Response, tag: str) -> Response:
    """A response with its tag; caches must ask whether it still holds. Without a tag nobody may keep it."""
    if not tag:
        response.headers["Cache-Control"] = "no-store"
        return response
    response.set_etag(tag)
    response.headers["Cache-Control"] = "public, no-cache"
    return response
