"""A series of one article as the home page tells it: chart, figures, the words, and what was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from innograph.server.pages.charts import Chart, Point, chart
from innograph.server.pages.drawing import CITY, INDICATOR, SOURCE
from innograph.server.pages.figures import UNIT, amount
from innograph.server.pages.links import expand
from innograph.server.pages.reading import Facts, Words
from innograph.server.pages.tables import Quote, pictures_of, quotes, title_of
from innograph.server.pages.values import Part, Values

FROM, TO = expand("inno:fromObservation"), expand("inno:toObservation")
RATIO, RATE = expand("inno:ratio"), expand("inno:annualGrowthRate")


@dataclass(frozen=True, slots=True)
class Series:
    """One indicator of one city.

    `points` are period, figure and the words of that figure alone; the `shared` words state them all.
    """

    indicator: Part
    city: Part
    chart: Chart
    points: Sequence[tuple[str, Part, Sequence[Quote]]]
    shared: Sequence[Quote]
    change: Part | None
    rate: str


def all_series(
    observed: Sequence[str],
    changed: Sequence[str],
    facts: Mapping[str, Facts],
    evidence: Mapping[str, list[Words]],
    values: Values,
) -> list[Series]:
    """The series among observations of one source, in the order in which the source tells them."""
    groups: dict[tuple[str, str], list[str]] = {}
    for iri in sorted(observed, key=lambda iri: evidence[iri][-1].start if evidence.get(iri) else 0):
        own = facts[iri]
        groups.setdefault((own[INDICATOR][0].value, own[CITY][0].value), []).append(iri)
    told = []
    for place, ((indicator, city), iris) in enumerate(groups.items()):
        iris.sort(key=lambda iri: values.period(facts[iri]))
        points = [
            Point(values.period(facts[iri]), value, values.bare(facts[iri]))
            for iri in iris
            if (value := amount(facts[iri])) is not None
        ]
        units = facts[iris[0]].get(UNIT)
        unit = units[0].value if units else ""
        drawn = chart(f"series-{place}", title_of(values.name(indicator).value, unit, values), points)
        if drawn is None:
            continue
        sources = facts[iris[0]].get(SOURCE)
        drawn = replace(
            drawn, files=pictures_of(indicator, city, sources[0].value if sources else "", values)
        )
        shared, own_words = _split(iris, evidence)
        change = _change(iris, changed, facts)
        told.append(
            Series(
                values.thing(indicator),
                values.thing(city),
                drawn,
                [
                    (
                        values.period(facts[iri]),
                        values.observed(iri, facts[iri]),
                        quotes(own_words[iri], values),
                    )
                    for iri in iris
                ],
                quotes(shared, values),
                Part(values.words("times", ratio=_short(facts[change], RATIO)), values.links.page(change))
                if change
                else None,
                _short(facts[change], RATE) if change else "",
            )
        )
    return told


def _split(
    iris: Sequence[str], evidence: Mapping[str, list[Words]]
) -> tuple[list[Words], dict[str, list[Words]]]:
    """The words that all observations rest on, and those of each alone."""
    places = {iri: {(w.start, w.end): w for w in evidence.get(iri, [])} for iri in iris}
    common = set.intersection(*(set(found) for found in places.values()))
    shared = [w for key, w in places[iris[0]].items() if key in common]
    return shared, {
        iri: [w for key, w in found.items() if key not in common] for iri, found in places.items()
    }


def _change(iris: Sequence[str], changed: Sequence[str], facts: Mapping[str, Facts]) -> str:
    """The change from the first observation of a series to the last."""
    for iri in changed:
        own = facts[iri]
        if own.get(FROM, [None])[0] and own[FROM][0].value == iris[0] and own[TO][0].value == iris[-1]:
            return iri
    return ""


def _short(own: Facts, predicate: str) -> str:
    """A derived number with two decimals, for a glance; its page has all of them."""
    found = own.get(predicate)
    return f"{float(found[0].value):.2f}" if found else ""
