"""Which of a page's many observations are drawn, so that the others need not be read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from innograph.server.engine import Snapshot
from innograph.server.pages.charts import comparable
from innograph.server.pages.figures import AS_STATED, FIGURE_NEEDS, MULTIPLIER, UNIT, VALUE, amount
from innograph.server.pages.links import expand
from innograph.server.pages.reading import Facts, facts_of

CHARTS = 8
CITY, INDICATOR = expand("sdmx-dimension:refArea"), expand("inno:indicator")
SOURCE, PERIOD = expand("prov:wasDerivedFrom"), expand("sdmx-dimension:refPeriod")

KEYS = (INDICATOR, CITY, SOURCE, UNIT)
BEGINNING = (*KEYS, VALUE)
SHARED = (INDICATOR, CITY, SOURCE)  # alike in a series
OWN = (VALUE, AS_STATED, MULTIPLIER, PERIOD, UNIT)

Key = tuple[str, ...]


def key_of(own: Facts) -> Key:
    """What tells the series of an observation from others: indicator, city, source and unit."""
    return tuple(own[p][0].value if own.get(p) else "" for p in KEYS)


def facts_drawn(
    snapshot: Snapshot, iris: Sequence[str], known: Mapping[str, Facts], begun: Mapping[str, Facts]
) -> dict[str, Facts]:
    """The figures of the first series among observations that are in the order of their IRIs.

    As many series as are drawn are read whole, and one observation of each further series. `known` is what
    was read before; of those `begun` at least `BEGINNING` was. An IRI is
    `observation/{source}/{city}/{indicator}/{period}`, so those that differ in their last step alone are of
    one series, or of one for each unit; of other IRIs everything is read.
    """
    ours = re.compile(re.escape(f"{snapshot.release.base}observation/") + "([^/]+/){3}[^/]+")
    if not all(map(ours.fullmatch, iris)):
        return facts_of(snapshot, iris, FIGURE_NEEDS)
    parts = [list(part) for _, part in groupby(iris, key=lambda iri: iri.rpartition("/")[0])]
    firsts = {part[0] for part in parts}
    keys = {iri: begun[iri] for iri in firsts & begun.keys()}
    keys |= facts_of(snapshot, firsts - keys.keys(), BEGINNING)
    series: dict[Key, list[list[str]]] = {}
    for part in parts:
        series.setdefault(key_of(keys.get(part[0], {})), []).append(part)
    facts: dict[str, Facts] = {}
    waiting, drawn = list(series.values()), 0
    while waiting and drawn < CHARTS:
        chosen = waiting[: CHARTS - drawn]
        del waiting[: CHARTS - drawn]
        read = _points(snapshot, {part[0]: part for parts in chosen for part in parts}, keys, known)
        facts |= read
        drawn += sum(_drawable([read[i] for part in parts for i in part if i in read]) for parts in chosen)
    return {part[0]: keys[part[0]] for part in parts if part[0] in keys} | facts


def _points(
    snapshot: Snapshot, parts: Mapping[str, list[str]], keys: Mapping[str, Facts], known: Mapping[str, Facts]
) -> dict[str, Facts]:
    """The figures of whole series, each of which is told by what is known of its first observation."""
    wanted = {iri: first for first, part in parts.items() for iri in part}
    found = {iri: known[iri] for iri in wanted.keys() & known.keys()}
    for iri, own in facts_of(snapshot, wanted.keys() - found.keys(), OWN).items():
        found[iri] = {p: terms for p, terms in keys.get(wanted[iri], {}).items() if p in SHARED} | own
    return found


def _drawable(figures: Sequence[Facts]) -> int:
    """How many of the series among figures a chart can show."""
    found: dict[Key, list[tuple[str, Decimal]]] = {}
    for own in figures:
        if (value := amount(own)) is not None:
            periods = own.get(PERIOD)
            found.setdefault(key_of(own), []).append((periods[0].value if periods else "", value))
    return sum(comparable(points) for points in found.values())
