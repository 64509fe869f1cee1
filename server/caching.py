"""Strong ETags by release: an answer is a function of the release and the request (RFC 9110, section 8.8.3)."""

from __future__ import annotations

from hashlib import blake2b

from flask import Response, request

from innograph.ontology.sparql import keywords, tokens
from innograph.server.engine import ReleaseInfo
from innograph.server.responses import empty

# What makes two answers to one query on one release differ.
VOLATILE = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE"})


def etag(release: ReleaseInfo, *parts: object) -> str:
    """An entity tag for a representation: the release's identity and a fingerprint of the request.

    Empty where the release has no identity (a store elsewhere that does not tell what it holds).
    """
    return fingerprint(release.identity, *parts) if release.identity else ""


def fingerprint(identity: str, *parts: object) -> str:
    """An entity tag of a release's identity and of what was asked."""
    return f"{identity}-{blake2b(repr(parts).encode(), digest_size=9).hexdigest()}"


def volatile(query: str) -> bool:
    """Whether a query's answer may differ from one time to the next on one release."""
    return bool(keywords(query, VOLATILE)) or _makes_nodes(query)


def _makes_nodes(query: str) -> bool:
    """Whether a CONSTRUCT template makes blank nodes, whose labels are new each time."""
    if "CONSTRUCT" not in query.upper():
        return False
    inside = False
    for token in tokens(query):
        if token.keyword == "CONSTRUCT":
            inside = True
        elif token.keyword == "WHERE" or token.text == "}":
            inside = False
        elif inside and token.text in ("_", "[", "(", "~", "|"):
            return True
    return False


def not_modified(tag: str) -> Response | None:
    """A 304 where the client holds the representation of this tag already.

    The comparison is weak (RFC 9110, section 13.1.2), which also admits the tags of encoded variants.
    """
    if not tag:
        return None
    held = {value.removesuffix("-gzip") for value in request.if_none_match.as_set(include_weak=True)}
    if tag not in held and not request.if_none_match.star_tag:
        return None
    return tagged(empty(304), tag)


def tagged(response: Response, tag: str) -> Response:
    """A response with its tag; caches must ask whether it still holds. Without a tag nobody may keep it."""
    if not tag:
        response.headers["Cache-Control"] = "no-store"
        return response
    response.set_etag(tag)
    response.headers["Cache-Control"] = "public, no-cache"
    return response
