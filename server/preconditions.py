"""Conditional writes: If-Match and If-None-Match (RFC 9110, section 13.1), so that nobody's change is lost."""

from __future__ import annotations

from flask import request

from innograph.server import caching, negotiation
from innograph.server.context import context
from innograph.server.engine import Precondition, PreconditionError


def graph_tag(release: str, graph: str | None, form: negotiation.Format) -> str:
    """The entity tag of a graph in a format, in the state that a release's identity names."""
    return caching.fingerprint(release, "graph", graph, form.name)


def precondition(graph: str | None) -> Precondition | None:
    """What a request wants to be true of a graph when it is written; None where it does not care.

    Raises:
        PreconditionError: it is not so already now.
    """
    if "If-Match" not in request.headers and "If-None-Match" not in request.headers:
        return None
    release = context().engine.snapshot().release
    current = {graph_tag(release.identity, graph, form) for form in negotiation.TRIPLES}
    current |= {f"{tag}-gzip" for tag in current}
    only_on = exists = None
    if "If-Match" in request.headers:
        exists = True
        if not request.if_match.star_tag:
            # Strong comparison: a weak tag never matches (section 13.1.1).
            if current.isdisjoint(request.if_match.as_set()):
                raise PreconditionError("the graph is not in the state that If-Match names: read it again")
            only_on = release.number
    if "If-None-Match" in request.headers:
        if request.if_none_match.star_tag:
            exists = False
        elif not current.isdisjoint(request.if_none_match.as_set(include_weak=True)):
            raise PreconditionError("the graph is in a state that If-None-Match names")
    return Precondition(only_on, exists)
