"""RDF documents: triples written in the format that the client prefers."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, request
from pyoxigraph import RdfFormat, Triple, serialize

from innograph.ontology.namespaces import PREFIXES
from innograph.server import caching, negotiation
from innograph.server.engine import NotAcceptableError, ReleaseInfo
from innograph.server.negotiation import Format

USED_PREFIXES = {prefix: str(namespace) for prefix, namespace in PREFIXES.items()}


def write(triples: Iterable[Triple], form: Format, base: str | None = None) -> bytes:
    """Triples as bytes of a format; Turtle and RDF/XML with the project's prefixes."""
    rdf = RdfFormat.from_media_type(form.media_type)
    assert rdf is not None
    return serialize(triples, format=rdf, prefixes=USED_PREFIXES, base_iri=base) or b""


def rdf_response(
    triples: Iterable[Triple], release: ReleaseInfo, form: Format | None = None, variant: object = None
) -> Response:
    """A document of triples, in `form` or in what the client prefers.

    `variant` is what the triples depend on beside the release and the request.

    Raises:
        NotAcceptableError: the client accepts no RDF.
    """
    chosen = form or _preferred()
    parts = (request.path, request.query_string, chosen.name)
    tag = caching.etag(release, *parts, variant) if variant else caching.etag(release, *parts)
    if unchanged := caching.not_modified(tag):
        return unchanged
    response = Response(write(triples, chosen), content_type=chosen.content_type)
    response.headers["Innograph-Release"] = str(release.number)
    return caching.tagged(response, tag)


def _preferred() -> Format:
    wanted = request.args.get("format")
    accept = request.headers.get("Accept")
    chosen = (
        negotiation.by_name(negotiation.GRAPH, wanted)
        if wanted
        else negotiation.choose(negotiation.GRAPH, accept)
    )
    if chosen is None:
        names = ", ".join(form.media_type for form in negotiation.GRAPH)
        raise NotAcceptableError(f"this is served as one of {names}")
    return chosen
