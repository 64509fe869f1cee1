"""Media types and content negotiation: pure functions over header values (RFC 9110, section 12).

Each format is declared once: its names in `format=` and as a suffix, the media type it is sent as,
and what else clients call it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from innograph.server.engine import Accepted
from innograph.server.protocol import VERSIONS


@dataclass(frozen=True, slots=True)
class Format:
    """A representation: `name` is its suffix and its value of `format=`, `names` are further values."""

    name: str
    media_type: str
    aliases: tuple[str, ...] = ()
    charset: bool = False
    names: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header."""
        return f"{self.media_type}; charset=utf-8" if self.charset else self.media_type


SOLUTIONS = (
    Format("json", "application/sparql-results+json", ("application/json", "text/json")),
    Format("xml", "application/sparql-results+xml", ("application/xml", "text/xml")),
    Format("csv", "text/csv", (), charset=True),
    Format("tsv", "text/tab-separated-values", ("text/tsv",), charset=True),
)
BOOLEAN = SOLUTIONS[:2]
HTML = Format("html", "text/html", ("application/xhtml+xml",), charset=True)
GRAPH = (
    Format(
        "ttl", "text/turtle", ("application/turtle", "application/x-turtle"), charset=True, names=("turtle",)
    ),
    Format("nt", "application/n-triples", ("text/plain",), names=("n-triples", "ntriples")),
    Format("jsonld", "application/ld+json", ("application/json",), names=("json-ld", "json")),
    Format("rdf", "application/rdf+xml", ("application/xml", "text/xml"), names=("rdf+xml", "rdfxml", "xml")),
    Format("trig", "application/trig", ("application/x-trig",)),
    Format("nq", "application/n-quads", ("text/x-nquads", "text/nquads"), names=("n-quads", "nquads")),
)
TRIPLES = GRAPH[:4]


@dataclass(frozen=True, slots=True)
class Range:
    """A media range of an Accept header: its type, its parameters and its quality value."""

    media: str
    parameters: frozenset[tuple[str, str]]
    quality: float


# Pieces between commas or semicolons that are not inside a quoted string.
_LISTED = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PIECES = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*")+')
_QUALITY = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)
# What our own representations are: a range with these parameters means them.
_OURS = frozenset(
    {("charset", "utf-8"), ("charset", "utf8"), ("header", "present")}
    | {("version", version) for version in VERSIONS}
)


def preferences(accept: str) -> list[Range]:
    """The media ranges of an Accept header.

    A range whose quality is no number counts as 0; an empty header accepts everything.
    """
    ranges = []
    for part in _LISTED.findall(accept.lower()):
        media, *parameters = (piece.strip() for piece in _PIECES.findall(part) or [""])
        if not media:
            continue
        given = {name.strip(): value.strip().strip('"') for name, _, value in _pairs(parameters)}
        quality = _quality_value(given.pop("q", "1"))
        ranges.append(Range(media, frozenset(given.items()), quality))
    return ranges or [Range("*/*", frozenset(), 1.0)]


def _pairs(parameters: Sequence[str]) -> list[tuple[str, str, str]]:
    return [parameter.partition("=") for parameter in parameters if parameter]


def _quality_value(text: str) -> float:
    return min(float(text), 1.0) if _QUALITY.fullmatch(text) else 0.0


def choose(offered: Sequence[Format], accept: str | None) -> Format | None:
    """The offered format that a client prefers; the first where it has no preference, None where none will do.

    A more specific range overrides a less specific one (RFC 9110, section 12.5.1). Of formats that
    are wanted equally the one named most specifically wins, then the one offered first.
    """
    ranges = preferences(accept or "")
    best: tuple[float, int, int] | None = None
    chosen = None
    for order, offer in enumerate(offered):
        quality, specificity = _quality(offer, ranges)
        if quality > 0 and (best is None or (quality, specificity, -order) > best):
            best, chosen = (quality, specificity, -order), offer
    return chosen


def _quality(offer: Format, ranges: Sequence[Range]) -> tuple[float, int]:
    best = (-1, 0.0)
    for wanted in ranges:
        media = wanted.media
        if media == offer.media_type:
            specificity = 40
        elif media in offer.aliases:
            specificity = 30
        elif media.endswith("/*") and media != "*/*" and offer.media_type.startswith(media[:-1]):
            specificity = 20
        elif media in ("*/*", "*"):
            specificity = 10
        else:
            continue
        if wanted.parameters <= _OURS:
            specificity += len(wanted.parameters)
        elif wanted.quality > 0:
            specificity -= 5  # not quite what we have (a profile, say), and better than nothing
        else:
            continue  # what is refused is something else
        best = max(best, (specificity, wanted.quality))
    return best[1], best[0]


def by_name(offered: Sequence[Format], name: str) -> Format | None:
    """The offered format of a `format=` value: its short name or its media type."""
    wanted = name.strip().lower()
    return next((f for f in offered if wanted in (f.name, f.media_type, *f.names, *f.aliases)), None)


def accepted(accept: str | None, override: str | None) -> Accepted:
    """What to answer a query in, for each kind of result; `override` is the value of `format=`."""
    short = len(accept or "") + len(override or "") <= REMEMBERED
    return (_accepted_remembered if short else _accepted)(accept, override)


def _accepted(accept: str | None, override: str | None) -> Accepted:
    def pick(offered: Sequence[Format]) -> str | None:
        chosen = by_name(offered, override) if override else choose(offered, accept)
        return chosen.media_type if chosen else None

    return Accepted(pick(SOLUTIONS), pick(BOOLEAN), pick(GRAPH))


def prefers_page(accept: str | None, *, query: bool) -> bool:
    """Whether HTML is wanted before any result format, and before any RDF."""
    return (_page_remembered if len(accept or "") <= REMEMBERED else _page)(accept, query)


def _page(accept: str | None, query: bool) -> bool:
    offered = (*SOLUTIONS, *GRAPH) if query else GRAPH
    return choose((*offered, HTML), accept) is HTML


# Most clients send one of a few headers.
REMEMBERED = 200
_accepted_remembered = lru_cache(maxsize=256)(_accepted)
_page_remembered = lru_cache(maxsize=256)(_page)


def content_type(media_type: str) -> str:
    """The Content-Type header for a media type of ours."""
    known = next((f for f in (*SOLUTIONS, *GRAPH, HTML) if f.media_type == media_type), None)
    return known.content_type if known else media_type
