"""Templates, static files, and what every page has in common."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, abort, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from innograph.server import caching
from innograph.server.context import context
from innograph.server.engine import ReleaseInfo
from innograph.server.memento import dated
from innograph.server.pages import written
from innograph.server.pages.language import LANGUAGES, Words, chosen_language
from innograph.server.pages.links import SAFE, Links
from innograph.server.pages.signposts import Signpost

HERE = Path(__file__).parent
HTML = "text/html; charset=utf-8"
CARRIED = ("lang", "release")


@dataclass(frozen=True, slots=True)
class Alternate:
    """Another format of what a page shows."""

    name: str
    media_type: str
    href: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What the layout needs beside the content of a page."""

    title: str
    crumbs: tuple[tuple[str, str], ...] = ()
    alternates: tuple[Alternate, ...] = ()
    identifier: str = ""
    outward: bool = False  # whether the identifier leads to somebody else's site
    query: str = ""
    data: dict[str, Any] | None = None  # schema.org JSON-LD
    permanent: bool = True
    graphs: tuple[tuple[str, str], ...] = field(default=())
    signposts: tuple[Signpost, ...] = ()


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """The content of each static file, and the hash that is in its address."""
    found = {}
    for path in sorted((HERE / "static").iterdir()):
        content = path.read_bytes()
        found[path.name] = (content, blake2b(content, digest_size=8).hexdigest())
    return found


def static_address(name: str) -> str:
    """The address of a static file: it changes with the content, so it may be cached for ever."""
    stem, dot, suffix = name.rpartition(".")
    return f"/static/{stem}.{static_files()[name][1]}{dot}{suffix}"


def has_static(name: str) -> bool:
    """Whether a static file is there: the query editor is one that has to be built."""
    return name in static_files()


def static_response(asked: str) -> Response:
    """A static file, by its name with the hash of its content (for ever) or without (for some minutes)."""
    parts = asked.split(".")
    name = f"{parts[0]}.{parts[2]}" if len(parts) == 3 else asked
    if name not in static_files():
        abort(404, f"there is no static file {asked}")
    content, version = static_files()[name]
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = Response(content, content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
    response.set_etag(version)
    current = name != asked and parts[1] == version
    response.headers["Cache-Control"] = f"public, max-age={31536000 if current else 300}" + (
        ", immutable" if current else ""
    )
    return response.make_conditional(request.environ)  # type: ignore[return-value]


@cache
def environment() -> Environment:
    """The templates."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(static=static_address, has_static=has_static, languages=LANGUAGES)
    found.globals.update(written_part=written.part, written_parts=written.parts)
    return found


@cache
def edition() -> str:
    """A fingerprint of the templates, styles and words: a new edition makes old copies stale."""
    digest = blake2b(digest_size=8)
    for path in sorted((*HERE.glob("*.py"), *HERE.glob("*.json"), *HERE.glob("*/*.*"))):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def carried() -> dict[str, str]:
    """The parameters of this request that links on its page keep."""
    return {name: request.args[name] for name in CARRIED if request.args.get(name)}


def links(base: str) -> Links:
    """Addresses on this site for the reader of this request."""
    return Links(base, carried())


def render(
    template: str, words: Words, site: Links, frame: Frame, release: ReleaseInfo | None, **values: Any
) -> str:
    """A template within the layout."""
    return (
        environment()
        .get_template(template)
        .render(
            t=words,
            lang=words.language,
            links=site,
            frame=frame,
            release=release,
            newest=_newest(release),
            here=_path(),
            asked=request.args.get("q", "") if request.path == "/search" else "",
            switch=_switch,
            permalink=_permalink(release),
            canonical=_canonical(),
            linked_data=_json(frame.data) if frame.data else "",
            **values,
        )
    )


def page(
    release: ReleaseInfo,
    build: Callable[[Words, Links], tuple[str, Frame, dict[str, Any]]],
    *,
    status: int = 200,
    variant: object = "",
) -> Response:
    """A page of a release: built only where the client does not hold it already.

    `build` gives the template, the frame and the template's values; `variant` is what they depend on
    beside the release and the request.
    """
    words = Words(chosen_language())
    tag = caching.etag(
        release, edition(), request.full_path, words.language, context().address(), _newest(release), variant
    )
    response = caching.not_modified(tag) if status == 200 else None
    if response is None:
        site = links(release.base)
        template, frame, values = build(words, site)
        body = render(template, words, site, frame, release, **values)
        response = Response(body, status, content_type=HTML)
        response.headers["Link"] = _link_header(frame)
        response.headers["Content-Language"] = words.language
        response.headers["Innograph-Release"] = str(release.number)
        if status == 200:
            caching.tagged(response, tag)
    response.vary.add("Accept-Language")
    return response


def _newest(release: ReleaseInfo | None) -> bool:
    # Only a request that names a release, or a date, can get an old one.
    if release is None or not ("release" in request.args or dated()):
        return True
    return context().engine.snapshot().release.number == release.number


def _switch(language: str) -> str:
    """This page in another language."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return Links("", {}).to(_path()) + "?" + _encoded([*pairs, ("lang", language)])


def _permalink(release: ReleaseInfo | None) -> str:
    if release is None:
        return _path()
    pairs = [(n, v) for n, v in request.args.items(multi=True) if n not in ("release", "lang")]
    return _path() + "?" + _encoded([*pairs, ("release", str(release.number))])


def _canonical() -> str:
    pairs = [(n, v) for n, v in request.args.items(multi=True) if n not in ("release", "lang")]
    return context().address(_path().lstrip("/")) + ("?" + _encoded(pairs) if pairs else "")


def _path() -> str:
    """The path of the request as it stands in an address: a header could not hold it decoded."""
    return quote(request.path, safe=SAFE)


def _encoded(pairs: Sequence[tuple[str, str]]) -> str:
    return urlencode(pairs)


def _link_header(frame: Frame) -> str:
    links = [f'<{_canonical()}>; rel="canonical"']
    links += [f'<{a.href}>; rel="alternate"; type="{a.media_type}"' for a in frame.alternates]
    return ", ".join([*links, *(signpost.header() for signpost in frame.signposts)])


def _json(data: dict[str, Any]) -> str:
    """JSON that can stand in a script element: no character of it can end the element."""
    text = json.dumps(data, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
