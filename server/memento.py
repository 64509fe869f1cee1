"""Memento (RFC 7089): the graph as it was. Every address is its own TimeGate, every release a memento of it.

`Accept-Datetime` on an address chooses the release that was the current one then (section 4.1.2, pattern
1.2: the answer itself is the memento, and says in Content-Location where it will stay); `?release=N` is the
address of a memento. Where both are given the address says which, as section 4.5.2 wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from flask import Flask, Response, g, request
from werkzeug.exceptions import SecurityError

from innograph.server.context import context
from innograph.server.engine import ReleaseInfo, Snapshot
from innograph.server.engine.errors import EngineError
from innograph.server.protocol import Parameters, ProtocolError, parameters

LINK_FORMAT = "application/link-format"
SAFE = "/:@!$&'()*+,;=~%-._"
TIMELESS = ("/docs", "/shapes", "/openapi")  # they change with the program, not with the data
REDIRECTS = (301, 302, 303)
LONGEST = 1000  # characters of an address that is repeated in links: a long query is not
_DATE = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")


def asked_release(given: Parameters) -> int | None:
    """The number of the release that a request asks for: by `release`, or by Accept-Datetime; else None.

    Raises:
        ProtocolError: what it asks by makes no sense.
    """
    number = given.release()
    moment = request.headers.get("Accept-Datetime")
    g.memento = True
    if number is None and moment is not None:
        number = context().engine.current_at(http_date(moment)).number
        g.dated = True
    g.memento_release = number
    return number


def asked_snapshot() -> Snapshot:
    """The release that the request names or dates, or the current one."""
    return context().engine.snapshot(asked_release(parameters(request.query_string)))


def dated() -> bool:
    """Whether a request chose its release by a date, so that its answer must not be kept as that of today."""
    return bool(g.get("dated", False))


def http_date(text: str) -> datetime:
    """The moment that an HTTP date names (RFC 9110, section 5.6.7; of its forms RFC 7089 allows this one).

    Raises:
        ProtocolError: it is none.
    """
    if _DATE.fullmatch(text.strip()):
        try:
            return datetime.strptime(text.strip(), "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        except ValueError:  # a day that does not exist
            pass
    raise ProtocolError(
        400,
        "Bad request",
        f"Accept-Datetime {text!r} is no date of HTTP: write it as `Tue, 20 Mar 2001 20:35:00 GMT`",
    )


def register(app: Flask) -> None:
    """Have an application say of every answer that depends on a release which one it is about, and of others."""
    app.after_request(finish)


def finish(response: Response) -> Response:
    """Say how an answer depends on time, and where its other states are (section 2.2)."""
    if not g.get("memento") or response.status_code >= 400 or request.path.startswith(TIMELESS):
        return response
    response.vary.add("accept-datetime")
    number: int | None = g.memento_release
    if number is None and request.path == "/sparql":
        return response  # links would be longer than most answers
    try:
        published = context().engine.releases() if number is not None else []
        shown = next((release for release in published if release.number == number), None)
        if shown is not None and response.status_code not in REDIRECTS:
            response.headers["Memento-Datetime"] = stamp(shown)
        if request.method in ("GET", "HEAD") and len(original_of()) <= LONGEST:
            _add_links(response, links(published, shown))
            if shown is not None and dated() and response.status_code not in REDIRECTS:
                response.headers["Content-Location"] = memento_of(shown)
    except (EngineError, SecurityError):  # the answer is right without
        pass
    return response


def links(published: Sequence[ReleaseInfo], shown: ReleaseInfo | None) -> Iterator[str]:
    """The links between an address, its list of states, and those of the states that are near."""
    original = original_of()
    yield f'<{original}>; rel="original timegate"'
    yield f'<{timemap_of(original)}>; rel="timemap"; type="{LINK_FORMAT}"'
    if shown is None or not published:
        return
    place = published.index(shown)
    near: dict[int, list[str]] = {}
    last = len(published) - 1
    for position, relation in ((0, "first"), (last, "last"), (place - 1, "prev"), (place + 1, "next")):
        if 0 <= position < len(published):
            near.setdefault(position, []).append(relation)
    near.setdefault(place, [])
    for position, relations in sorted(near.items()):
        release = published[position]
        relation = " ".join([*relations, "memento"])
        yield f'<{memento_of(release)}>; rel="{relation}"; datetime="{stamp(release)}"'


def original_of(path: str | None = None) -> str:
    """The address of a request without the release that it names."""
    pairs = [pair for pair in _query() if not pair.startswith("release=")]
    return _whole(path, pairs)


def memento_of(release: ReleaseInfo, path: str | None = None) -> str:
    """The address of a request as it was answered by a release."""
    pairs = [pair for pair in _query() if not pair.startswith("release=")]
    return _whole(path, [*pairs, f"release={release.number}"])


def _query() -> list[str]:
    # As it was sent, but for what could end a link or a line.
    text = quote(request.query_string.decode("latin-1"), safe="%&=+:/?@!$'()*,;~-._[]")
    return [pair for pair in text.split("&") if pair]


def _whole(path: str | None, pairs: Sequence[str]) -> str:
    local = quote(request.path if path is None else path, safe=SAFE).lstrip("/")
    return context().address(local) + ("?" + "&".join(pairs) if pairs else "")


def timemap_of(original: str) -> str:
    """The address of the list of states of an address of this site."""
    site = context().address()
    return site + "timemap/" + original.removeprefix(site)


def stamp(release: ReleaseInfo) -> str:
    """When a release was made, as a date of HTTP."""
    moment = datetime.fromisoformat(release.created).astimezone(UTC)
    return format_datetime(moment, usegmt=True)


def _add_links(response: Response, more: Iterator[str]) -> None:
    values = ", ".join(more)
    if values:
        present = response.headers.get("Link")
        response.headers["Link"] = f"{present}, {values}" if present else values
