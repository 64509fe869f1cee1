"""Graphs asked of a SPARQL endpoint by CONSTRUCT or DESCRIBE, into a file first.

What is asked for streams to the disk, within limits of time and size; nothing is read before it is
complete. Redirections are not followed, and what is not encrypted is asked only of this machine, or
where that was allowed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import urllib3
from pyoxigraph import RdfFormat

from innograph.loader.errors import LoaderError
from innograph.loader.remote_store import Credentials, StoreClient, StoreError, allow, origin, store_address
from innograph.ontology.sparql import tokens

ACCEPT = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.5, application/ld+json;q=0.3"
SUFFIXES = {
    RdfFormat.N_TRIPLES: ".nt",
    RdfFormat.TURTLE: ".ttl",
    RdfFormat.RDF_XML: ".rdf",
    RdfFormat.JSON_LD: ".jsonld",
    RdfFormat.N_QUADS: ".nq",
    RdfFormat.TRIG: ".trig",
}
_CHUNK = 1 << 18
_LOCAL = ("localhost", "127.0.0.1", "::1")


class EndpointError(StoreError):
    """An endpoint that cannot be asked, or whose answer cannot be used."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may take: seconds until it begins, seconds in all, and bytes."""

    first: float = 60.0
    whole: float = 600.0
    size: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to an endpoint."""

    endpoint: str
    query: str
    credentials: Credentials = field(default_factory=Credentials)
    insecure: bool = False


def check(asked: Asked) -> None:
    """Look at a question before it is asked.

    Raises:
        LoaderError: the address is none or not encrypted, or the query makes no graph.
    """
    try:
        store_address(asked.endpoint)
    except ValueError as error:
        raise LoaderError(str(error)) from None
    parts = urlsplit(asked.endpoint)
    if parts.scheme != "https" and parts.hostname not in _LOCAL and not asked.insecure:
        raise LoaderError(
            f"{origin(asked.endpoint)} is not encrypted: ask by https, or allow it with --insecure"
        )
    form = next((t.keyword for t in tokens(asked.query) if t.keyword in _FORMS), "")
    if form not in ("CONSTRUCT", "DESCRIBE"):
        raise LoaderError(
            f"the query is {form or 'none'}: give a CONSTRUCT (or DESCRIBE) query, whose answer is a graph"
        )


_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "INSERT", "DELETE", "LOAD", "CLEAR", "DROP")


def fetch(asked: Asked, folder: Path, limits: Limits = Limits()) -> Path:
    """Ask, and return the file in `folder` that holds the answer; its suffix tells its format.

    Raises:
        LoaderError: see `check`.
        EndpointError: it refused, answered what is no RDF, took too long or answered too much.
    """
    check(asked)
    client = StoreClient(asked.credentials)
    deadline = time.monotonic() + limits.whole
    headers = {
        "Accept": ACCEPT,
        "Accept-Encoding": "identity",
        "Content-Type": "application/sparql-query; charset=utf-8",
    }
    try:
        answer = client.send("POST", asked.endpoint, asked.query.encode(), headers, limits.first)
        try:
            suffix = _suffix(asked.endpoint, answer)
            path = folder / f"answer{suffix}"
            _receive(asked.endpoint, answer, path, deadline, limits)
        finally:
            answer.close()
    finally:
        client.close()
    return path


def _suffix(endpoint: str, answer: urllib3.BaseHTTPResponse) -> str:
    where = origin(endpoint)
    if 300 <= answer.status < 400:
        target = urljoin(endpoint, answer.headers.get("Location", ""))
        raise EndpointError(f"{where} redirects to {target}: give that address if you trust it")
    if answer.status != 200:
        said = " ".join(answer.read(2000).decode("utf-8", "replace").split())[:500]
        raise EndpointError(
            f"{where} answers {answer.status} {answer.reason or ''}: {said or 'nothing more'}"
        )
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    form = RdfFormat.from_media_type(kind) if kind else None
    if form not in SUFFIXES:
        raise EndpointError(
            f"{where} answers with {kind or 'no media type'}, which is no RDF: is it a SPARQL endpoint?"
        )
    return SUFFIXES[form]


def _receive(
    endpoint: str, answer: urllib3.BaseHTTPResponse, path: Path, deadline: float, limits: Limits
) -> None:
    where, size = origin(endpoint), 0
    try:
        with path.open("wb") as file:
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise EndpointError(
                        f"{where} had not answered in full after {limits.whole:g} s: ask for less, or allow more time"
                    )
                allow(answer, min(left, limits.first))
                chunk = answer.read1(_CHUNK)
                if not chunk:
                    break
                size += len(chunk)
                if size > limits.size:
                    raise EndpointError(
                        f"{where} answers with more than {limits.size:,} bytes: ask for less, or allow more"
                    )
                file.write(chunk)
    except urllib3.exceptions.TimeoutError:
        raise EndpointError(f"{where} stopped in the middle of its answer") from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise EndpointError(f"{where} broke its answer off after {size:,} bytes: {error}") from None
