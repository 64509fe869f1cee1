"""The documents of a graph store request, put into files: they are parsed elsewhere."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from innograph.server import negotiation
from innograph.server.engine import Document
from innograph.server.protocol import ProtocolError, media_parameters, media_type

MULTIPART = "multipart/form-data"
CHUNK = 1 << 16
MAX_PARTS = 1000


@contextlib.contextmanager
def documents(request: Request, limit: int) -> Iterator[list[Document]]:
    """The RDF documents that a request sends: its body, or the parts of a form in their order.

    Raises:
        ProtocolError: 415 for what is not RDF triples, 400 for what is no form.
    """
    request.max_content_length = limit
    if request.content_encoding:
        raise ProtocolError(
            415,
            "Unsupported media type",
            "send the body without Content-Encoding",
            {"Accept-Encoding": "identity"},  # RFC 9110, section 15.5.16
        )
    with tempfile.TemporaryDirectory(prefix="innograph-") as name:
        folder = Path(name)
        if request.mimetype == MULTIPART:
            yield _parts(request, folder, limit)
        else:
            form = triples_type(request.content_type or "application/rdf+xml")
            path = folder / "body"
            with path.open("wb") as file:
                shutil.copyfileobj(request.stream, file, CHUNK)
            yield [Document(path, form)]


def triples_type(content_type: str) -> str:
    """The media type of a Content-Type header that carries triples.

    Raises:
        ProtocolError: 415, since it does not, or not in UTF-8.
    """
    kind = media_type(content_type)
    form = next((f for f in negotiation.TRIPLES if kind == f.media_type or kind in f.aliases), None)
    if form is None:
        raise ProtocolError(
            415, "Unsupported media type", f"a graph is sent as one of {_NAMES}, not as {kind or 'nothing'}"
        )
    charset = media_parameters(content_type).get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii") and form.charset:
        raise ProtocolError(415, "Unsupported media type", f"{kind} is sent as UTF-8, not as {charset}")
    return form.media_type


_NAMES = ", ".join(f.media_type for f in negotiation.TRIPLES)


def _parts(request: Request, folder: Path, limit: int) -> list[Document]:
    """Each part of a form in a file of its own (RFC 7578); parts keep their own media types."""
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary:
        raise ProtocolError(400, "Bad request", "the multipart media type names no boundary")
    decoder = MultipartDecoder(boundary.encode(), limit, max_parts=MAX_PARTS)
    found: list[Document] = []
    file: IO[bytes] | None = None
    try:
        while True:
            event = decoder.next_event()
            if isinstance(event, NeedData):
                decoder.receive_data(request.stream.read(CHUNK) or None)
            elif isinstance(event, (Field, File)):
                path = folder / str(len(found))
                filename = event.filename if isinstance(event, File) else None
                found.append(Document(path, _part_type(event.headers, filename)))
                file = path.open("wb")
            elif isinstance(event, Data) and file is not None:
                file.write(event.data)
                if not event.more_data:
                    file.close()
            elif isinstance(event, Epilogue):
                break
    except RequestEntityTooLarge:
        raise
    except ValueError as error:
        raise ProtocolError(400, "Bad request", f"the multipart body is malformed: {error}") from None
    finally:
        if file is not None:
            file.close()
    if not found:
        raise ProtocolError(400, "Bad request", "the multipart body has no part")
    return found


def _part_type(headers: Headers, filename: str | None) -> str:
    """A part's media type; where it has none, what its file's name says (section 5.5)."""
    content_type = headers.get("Content-Type")
    if content_type:
        return triples_type(content_type)
    form = negotiation.by_name(negotiation.TRIPLES, (filename or "").rpartition(".")[2])
    if form is None:
        raise ProtocolError(
            400,
            "Bad request",
            "a part has neither a Content-Type nor a file name that ends in "
            + ", ".join(f".{f.name}" for f in negotiation.TRIPLES),
        )
    return form.media_type
