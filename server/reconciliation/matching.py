"""How well candidates fit what was asked, and which is certain.

A candidate's score is how alike its best name is (0 to 100), times how well it fits the conditions. A
candidate for which another value is known than was asked is left out; one for which none is known stays, and
is never certain. Certain is who has an identifier that was given, or who alone has the very name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from innograph.ontology.authorities import recognized, same
from innograph.ontology.figures.names import SHORTENED, folded, score
from innograph.server.engine import Term
from innograph.server.reconciliation.candidates import Candidate
from innograph.server.reconciliation.properties import Kind, Property
from innograph.server.reconciliation.requests import Entity, Value
from innograph.server.reconciliation.types import expanded
from innograph.server.searching import fields

LEAST = 0.5  # how alike a name must be for its thing to be a candidate
FITS = 0.8  # how well a known value must fit
UNKNOWN = 0.9  # factor of a condition of which nothing is known
CONTAINED, MOST = 0.6, 0.94  # of a name that has all the words of the query, at least; and at most
OTHER = 0.999  # factor of a name that is not the preferred one: of two with one name, who is called so first
NEAR, FAR = 25.0, 150.0  # kilometres: up to there it is the place; from there on it is another
DEGREES = 0.3
EARTH = 6371.0  # kilometres
QUALIFIED = 0.9  # factor of a name that is followed by something else, behind a comma or in brackets
_TAIL = re.compile(r"\s*(?:[,，、;(（[【].*)$", re.DOTALL)
_PAIR = re.compile(
    r"\s*(?P<lat>[+-]?\d{1,3}(?:\.\d{1,15})?)\s*[,; ]\s*(?P<long>[+-]?\d{1,3}(?:\.\d{1,15})?)\s*"
    r"|\s*(?:<[^>]*>\s*)?POINT\s*\(\s*(?P<x>[+-]?\d{1,3}(?:\.\d{1,15})?)\s+(?P<y>[+-]?\d{1,3}(?:\.\d{1,15})?)\s*\)\s*",
    re.ASCII | re.IGNORECASE,
)


@dataclass(slots=True)
class Match:
    """A candidate and how well it fits: `name` and `fits` (by property, where known) are 0 to 1."""

    candidate: Candidate
    name: float
    exact: bool
    fits: dict[str, float] = field(default_factory=dict)
    unknown: int = 0
    certain: bool = False

    @property
    def score(self) -> float:
        """0 to 100, rounded to two digits."""
        if self.candidate.identified:
            return 100.0
        factor = math.prod(self.fits.values()) * UNKNOWN**self.unknown
        return round(100 * self.name * factor, 2)


def named(candidate: Candidate, query: str) -> Match:
    """How alike a candidate's best name is to what was asked; of a nameless query, 1."""
    if not query:
        return Match(candidate, 1.0, False)
    alike, exact = 0.0, False
    head, words = _TAIL.sub("", query), set(folded(query).split())
    for column, _, value in candidate.names:
        found = score(query, value)
        exact = exact or found == 1
        if found < MOST and words <= set(folded(value).split()):
            found = max(found, CONTAINED + (MOST - CONTAINED) * found)
        if head and head != query:
            found = max(found, QUALIFIED * score(head, value))
        alike = max(alike, found if column == fields.NAME else found * OTHER)
    return Match(candidate, alike, exact)


def decide(matches: list[Match], query: str) -> list[Match]:
    """The matches in order, best first, with the certain one marked, if there is one."""
    ordered = sorted(matches, key=lambda match: (-match.score, not match.exact, match.candidate.iri))
    identified = [match for match in ordered if match.candidate.identified]
    exact = [match for match in ordered if match.exact]
    if len(identified) == 1:
        # An identifier that leads elsewhere than the name does is not certain.
        found = identified[0]
        found.certain = found.exact or not exact
    elif not identified and query and len(exact) == 1:
        exact[0].certain = not exact[0].unknown
    return ordered


def fit(
    found: Property,
    asked: Sequence[Value],
    known: Iterable[Term],
    labels: dict[str, list[str]],
    base: str,
) -> float | None:
    """How well the known values of a property fit the asked ones: the best of all, None where nobody knows."""
    every = [_fit(found, value, term, labels, base) for value in asked for term in known]
    told = [value for value in every if value is not None]
    return max(told) if told else None


def _fit(found: Property, asked: Value, known: Term, labels: dict[str, list[str]], base: str) -> float | None:
    text = as_text(asked)
    if found.kind is Kind.AUTHORITY:
        wanted, has = found.authority.identifier(text), found.authority.identifier(known.value, bare=False)
        return None if wanted is None or has is None else float(wanted == has)
    if found.kind is Kind.LINK:
        return _link(expanded(text, base) or text, known.value)
    if found.kind is Kind.DEGREES:
        one, other = number(text), number(known.value)
        return None if one is None or other is None else float(abs(one - other) <= DEGREES)
    if isinstance(known, NamedNode):
        if same(expanded(text, base) or text, known.value) or _authority_of(text, known.value):
            return 1.0
        if isinstance(asked, Entity):
            return 0.0
        # Countries of similar names (Niger, Nigeria) are two, and so are similar codes.
        strict = found.id == "country"
        return max((_called(text, label, strict) for label in labels.get(known.value, [])), default=None)
    one, other = number(text), number(known.value)
    if one is not None and other is not None:
        return float(one == other)
    return score(text, known.value)


def _called(text: str, label: str, strict: bool) -> float:
    alike = score(text, label) if ":" not in label else float(text == label)
    return 0.0 if strict and alike < SHORTENED else alike


def _authority_of(text: str, iri: str) -> bool:
    """Whether a text is the bare identifier of what an IRI names."""
    found = recognized(iri)
    return found is not None and found[0].identifier(text) == found[1]


def _link(asked: str, known: str) -> float | None:
    """1 where two IRIs name one thing, 0 where one site names two; what other sites say is no answer."""
    if same(asked, known):
        return 1.0
    one, other = recognized(asked), recognized(known)
    if one and other:
        return 0.0 if one[0] is other[0] else None
    return 0.0 if _host(asked) and _host(asked) == _host(known) else None


def _host(iri: str) -> str:
    try:
        return urlsplit(iri).hostname or ""
    except ValueError:
        return ""


def as_text(value: Value) -> str:
    """A value as text: an entity is its identifier."""
    if isinstance(value, Entity):
        return value.id
    return str(value).lower() if isinstance(value, bool) else str(value)


def number(text: str) -> Decimal | None:
    """A text as a finite number, or None."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def coordinates(text: str) -> tuple[float, float] | None:
    """Latitude and longitude of a text such as "39.9, 116.4" or "POINT(116.4 39.9)"; None where it is neither."""
    match = _PAIR.fullmatch(text)
    if match is None:
        return None
    pair = (match["lat"], match["long"]) if match["lat"] else (match["y"], match["x"])
    lat, long = map(float, pair)
    return (lat, long) if abs(lat) <= 90 and abs(long) <= 180 else None


def near(asked: Sequence[Value], known: Sequence[tuple[float, float]]) -> float | None:
    """How well known places fit asked ones: 1 up to 25 km apart, 0.8 at 150 km, 0 beyond."""
    pairs = [pair for value in asked if (pair := coordinates(as_text(value)))]
    every = [distance(one, other) for one in pairs for other in known]
    if not every:
        return None
    apart = min(every)
    if apart > FAR:
        return 0.0
    return round(1 - (1 - FITS) * max(apart - NEAR, 0) / (FAR - NEAR), 4)


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two places (haversine)."""
    (lat1, long1), (lat2, long2) = ([math.radians(degrees) for degrees in place] for place in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((long2 - long1) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))
