"""LOAD: documents of the web, from addresses on an allow list only (SPARQL 1.1 Update, section 3.1.4)."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from http.client import HTTPMessage
from typing import IO

from pyoxigraph import Quad, RdfFormat, parse

from innograph.ontology.sparql import allowed

SECONDS = 20.0
LARGEST = 64 << 20
ACCEPT = "text/turtle, application/n-triples, application/rdf+xml;q=0.9, application/ld+json;q=0.8"


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to where LOAD may go."""

    def __init__(self, allow_list: Sequence[str]) -> None:
        self.allow_list = allow_list

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request that follows a redirect, if its target is allowed."""
        if not allowed(newurl, self.allow_list):
            raise urllib.error.HTTPError(
                newurl, code, f"redirected to {newurl}, which is not allowed", headers, fp
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetcher(allow_list: Sequence[str]) -> Callable[[str], Iterable[Quad]] | None:
    """A function that reads the RDF at an allowed address; None where nothing is allowed."""
    addresses = [entry for entry in allow_list if entry.startswith(("http://", "https://"))]
    if not addresses:
        return None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay(addresses))

    def fetch(address: str) -> Iterable[Quad]:
        if not allowed(address, addresses):
            raise PermissionError(f"LOAD <{address}> is not allowed: it is not on the allow list")
        request = urllib.request.Request(address, headers={"Accept": ACCEPT})
        with opener.open(request, timeout=SECONDS) as response:
            content = response.read(LARGEST + 1)
            kind = response.headers.get_content_type()
        if len(content) > LARGEST:
            raise ValueError(f"{address} is larger than {LARGEST} bytes")
        form = RdfFormat.from_media_type(kind)
        if form is None:
            raise ValueError(f"{address} is sent as {kind}, which is no RDF")
        return list(parse(content, format=form, base_iri=address, rename_blank_nodes=True))

    return fetch
