"""Which of a page's many observations are drawn, so that the others need not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from innograph.server.engine import Snapshot
from innograph.server.pages.charts import comparable
from innograph.server.pages.figures import FIGURE_NEEDS, UNIT, amount
from innograph.server.pages.links import expand
from innograph.server.pages.reading import Facts, facts_of

CHARTS = 8
CITY, INDICATOR = expand("sdmx-dimension:refArea"), expand("inno:indicator")
SOURCE, PERIOD = expand("prov:wasDerivedFrom"), expand("sdmx-dimension:refPeriod")

Key = tuple[str, ...]


def key_of(own: Facts) -> Key:
    """What tells the series of an observation from others: indicator, city, source and unit."""
    return tuple(own[p][0].value if own.get(p) else "" for p in (INDICATOR, CITY, SOURCE, UNIT))


def facts_drawn(snapshot: Snapshot, iris: Sequence[str], known: Mapping[str, Facts]) -> dict[str, Facts]:
    """The figures of the first series among observations that are in the order of their IRIs.

    As many series as are drawn are read whole, and one observation of each further series. An IRI is
    `observation/{source}/{city}/{indicator}/{period}`, so those that differ in their last step alone are of
    one series, or of one for each unit. Other IRIs are read, each for itself or all together. `known` is
    what was read before.
    """
    parts = [list(part) for _, part in groupby(iris, key=lambda iri: iri.rpartition("/")[0])]
    facts = _read(snapshot, {part[0] for part in parts}, known)
    series: dict[Key, list[str]] = {}
    for part in parts:
        series.setdefault(key_of(facts.get(part[0], {})), []).extend(part)
    waiting, drawn = list(series.values()), 0
    while waiting and drawn < CHARTS:
        chosen = waiting[: CHARTS - drawn]
        del waiting[: CHARTS - drawn]
        facts |= _read(snapshot, {iri for part in chosen for iri in part} - facts.keys(), known)
        drawn += sum(_drawable([facts.get(iri, {}) for iri in part]) for part in chosen)
    return facts


def _read(snapshot: Snapshot, iris: set[str], known: Mapping[str, Facts]) -> dict[str, Facts]:
    found = {iri: known[iri] for iri in iris & known.keys()}
    return found | facts_of(snapshot, iris - found.keys(), FIGURE_NEEDS)


def _drawable(figures: Sequence[Facts]) -> int:
    """How many of the series among figures a chart can show."""
    found: dict[Key, list[tuple[str, Decimal]]] = {}
    for own in figures:
        if (value := amount(own)) is not None:
            periods = own.get(PERIOD)
            found.setdefault(key_of(own), []).append((periods[0].value if periods else "", value))
    return sum(comparable(points) for points in found.values())
