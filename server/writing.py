"""RDF documents: triples written in the format that the client prefers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flask import Response, request
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from innograph.ontology.namespaces import PREFIXES, RDF, XSD
from innograph.server import caching, negotiation
from innograph.server.engine import NotAcceptableError, ReleaseInfo
from innograph.server.negotiation import Format

# Literals of these types are written without their type.
ABBREVIATED = (XSD.string, XSD.integer, XSD.decimal, XSD.boolean, RDF.langString)
PREFIXED = ("text/turtle", "application/rdf+xml", "application/trig")


def write(triples: Iterable[Triple], form: Format, about: NamedNode | None = None) -> bytes:
    """Triples as bytes of a format: the same bytes for the same triples, whatever their order.

    They are in the order of their subjects, but what the document is `about` comes first.

    Turtle, TriG and RDF/XML declare the prefixes that they use, in alphabetical order: the serializer
    would order them anew in each process.
    """
    rdf = RdfFormat.from_media_type(form.media_type)
    assert rdf is not None
    ordered = sorted(set(triples), key=lambda triple: (triple.subject != about, *_order(triple)))
    if form.media_type not in PREFIXED:
        return serialize(ordered, format=rdf) or b""
    document = serialize(ordered, format=rdf, prefixes=used_prefixes(ordered)) or b""
    if form.media_type == "application/rdf+xml":
        return _ROOT.sub(_in_order, document, count=1)
    lines = document.splitlines(keepends=True)
    count = next((i for i, line in enumerate(lines) if not line.startswith(b"@prefix ")), len(lines))
    return b"".join(sorted(lines[:count]) + lines[count:])


def used_prefixes(triples: Iterable[Triple]) -> dict[str, str]:
    """The project's prefixes that IRIs of some triples begin with, in alphabetical order."""
    iris = {node.value for triple in triples for node in _nodes(triple)}
    return {
        prefix: str(namespace)
        for prefix, namespace in sorted(PREFIXES.items())
        if any(iri.startswith(str(namespace)) for iri in iris)
    }


def _nodes(triple: Triple) -> Iterator[NamedNode]:
    for term in (triple.subject, triple.predicate, triple.object):
        if isinstance(term, Triple):
            yield from _nodes(term)
        elif isinstance(term, NamedNode) and term != RDF.type:  # which is "a"
            yield term
        elif isinstance(term, Literal) and term.datatype not in ABBREVIATED:
            yield term.datatype


def _order(triple: Triple) -> tuple[str, bool, str, str]:
    """By subject, its types first, then by predicate and object."""
    return (str(triple.subject), triple.predicate != RDF.type, str(triple.predicate), str(triple.object))


_ROOT = re.compile(rb"(?<=<rdf:RDF )[^>]*(?=>)")


def _in_order(attributes: re.Match[bytes]) -> bytes:
    return b" ".join(sorted(attributes[0].split()))


def rdf_response(
    triples: Iterable[Triple],
    release: ReleaseInfo,
    form: Format | None = None,
    about: NamedNode | None = None,
) -> Response:
    """A document of triples that is `about` something, in `form` or in what the client prefers.

    Raises:
        NotAcceptableError: the client accepts no RDF.
    """
    chosen = form or _preferred()
    content = write(triples, chosen, about)
    # By its bytes: what a document says may depend on the address and the settings too.
    tag = caching.etag(release, content)
    if unchanged := caching.not_modified(tag):
        return unchanged
    response = Response(content, content_type=chosen.content_type)
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
