"""`/compare`: figures of one indicator side by side, for several cities and periods, as a table and a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, request
from pyoxigraph import NamedNode

from innograph.server.describing import exists
from innograph.server.engine import Snapshot
from innograph.server.pages import compared, figures
from innograph.server.pages.drawing import CITY, INDICATOR, SOURCE
from innograph.server.pages.language import Words
from innograph.server.pages.links import Links, expand, is_iri
from innograph.server.pages.plots import SERIES, Plot, Series, Value, plot
from innograph.server.pages.reading import PROLOGUE, SCANNED, Facts, facts_of, values_of
from innograph.server.pages.rendering import Frame, page
from innograph.server.pages.tables import title_of
from innograph.server.pages.values import Part, Values

CITIES = SERIES  # that are compared
OFFERED = 60  # cities and periods to choose from
FIGURES = 400  # of one city
_INDICATORS = (
    PROLOGUE + "SELECT ?thing WHERE { ?thing skos:inScheme ?scheme . ?thing a skos:Concept } LIMIT 200"
)
_INDICATORS_OF = f"""{PROLOGUE}SELECT DISTINCT ?thing WHERE {{
  {{ SELECT ?item WHERE {{ ?item sdmx-dimension:refArea ?city }} LIMIT {SCANNED} }} ?item inno:indicator ?thing
}} LIMIT 200"""
_CITIES_OF = f"""{PROLOGUE}SELECT DISTINCT ?thing WHERE {{
  {{ SELECT ?item WHERE {{ ?item inno:indicator ?indicator }} LIMIT {SCANNED} }}
  ?item sdmx-dimension:refArea ?thing
}} LIMIT {OFFERED}"""
_MATCHES = f"""{PROLOGUE}SELECT DISTINCT ?match WHERE {{
  ?indicator (skos:exactMatch|^skos:exactMatch)* ?match }} LIMIT 20"""
_COMPARISONS = (
    PROLOGUE
    + "SELECT ?item WHERE { VALUES ?observation { %s } ?item inno:observation ?observation } LIMIT 1000"
)
_FIGURES = f"""{PROLOGUE}SELECT ?item WHERE {{ ?item sdmx-dimension:refArea ?city ; inno:indicator ?indicator ;
  a inno:CityObservation }} LIMIT {FIGURES + 1}"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: the value of its parameter, its name, and whether it is chosen."""

    value: str
    name: str
    language: str
    chosen: bool


def compare_page(snapshot: Snapshot) -> Response:
    """The page of a comparison, or of what there is to compare."""

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        indicators = _things(snapshot, links, "indicator")[:1]
        cities = _things(snapshot, links, "city")[:CITIES]
        periods = tuple(dict.fromkeys(request.args.getlist("period")))[:OFFERED]
        if not indicators:
            return _choosing(snapshot, words, links, cities)
        return _comparing(snapshot, words, links, indicators[0], cities, periods)

    return page(snapshot.release, build)


def _things(snapshot: Snapshot, links: Links, kind: str) -> list[str]:
    """The things that a parameter names: by IRI, or by the last part of an IRI of ours."""
    found = []
    for given in dict.fromkeys(filter(None, request.args.getlist(kind))):
        iri = given if ":" in given else f"{links.base}{kind}/{given}"
        if not is_iri(iri):
            abort(400, f"{kind}={given!r} is neither an IRI nor the end of one")
        if not exists(snapshot, NamedNode(iri)):
            abort(404, f"the graph knows no {kind} {given!r}; /compare lists what there is")
        found.append(iri)
    return found


def short(iri: str, kind: str, links: Links) -> str:
    """The value of a parameter that names a thing."""
    prefix = f"{links.base}{kind}/"
    rest = iri.removeprefix(prefix)
    return rest if iri.startswith(prefix) and ":" not in rest else iri


def compare_link(links: Links, indicator: str = "", cities: Sequence[str] = ()) -> str:
    """The address of a comparison."""
    pairs = [("indicator", short(indicator, "indicator", links))] if indicator else []
    pairs += [("city", short(city, "city", links)) for city in cities]
    return links.to_all("/compare", pairs)


def _choosing(
    snapshot: Snapshot, words: Words, links: Links, cities: list[str]
) -> tuple[str, Frame, dict[str, Any]]:
    """Indicators to choose from: those with figures of the cities that are named, or all."""
    if cities:
        rows = [row for city in cities for row in snapshot.select(_INDICATORS_OF, city=NamedNode(city))]
    else:
        rows = snapshot.select(_INDICATORS, scheme=NamedNode(f"{links.base}scheme/indicators"))
    indicators = list(dict.fromkeys(row["thing"].value for row in rows))
    values = Values(snapshot, words, links, {*indicators, *cities}, {})
    listed = [
        Part(values.name(iri).value, compare_link(links, iri, cities), "", values.language(values.name(iri)))
        for iri in indicators
    ]
    frame = Frame(title=words.compare, crumbs=((words.home, links.to("/")),))
    return (
        "compare.html",
        frame,
        {"indicator": None, "indicators": sorted(listed, key=lambda part: part.text)},
    )


def _comparing(
    snapshot: Snapshot,
    words: Words,
    links: Links,
    indicator: str,
    asked: list[str],
    periods: Sequence[str],
) -> tuple[str, Frame, dict[str, Any]]:
    rows = snapshot.select(_CITIES_OF, indicator=NamedNode(indicator))
    known = list(dict.fromkeys([*asked, *sorted(row["thing"].value for row in rows)]))
    cities = asked or known[:CITIES]
    found: list[str] = []
    cut = False
    matches = [row["match"] for row in snapshot.select(_MATCHES, indicator=NamedNode(indicator))]
    for city in cities:
        for match in matches:
            items = snapshot.select(_FIGURES, city=NamedNode(city), indicator=match)
            cut = cut or len(items) > FIGURES
            found += [row["item"].value for row in items[:FIGURES]]
    facts = facts_of(snapshot, found, figures.FIGURE_NEEDS)
    comparisons = _comparisons(snapshot, facts)
    values = Values(snapshot, words, links, {indicator, *known, *found}, facts | comparisons)
    written = {iri: values.period(own) for iri, own in facts.items()}
    every = sorted(set(written.values()))
    shown = {iri: own for iri, own in facts.items() if not periods or written[iri] in periods}
    name = values.name(indicator)
    title = f"{words.compare}: {name}"
    frame = Frame(
        title=title,
        crumbs=((words.home, links.to("/")), (name.value, links.page(indicator))),
        query=links.query(_as_query(indicator, cities)),
    )
    return (
        "compare.html",
        frame,
        {
            "indicator": values.thing(indicator),
            "value": short(indicator, "indicator", links),
            "title": title,
            "cities": [
                Choice(
                    short(iri, "city", links),
                    values.name(iri).value,
                    values.language(values.name(iri)),
                    iri in cities,
                )
                for iri in known[:OFFERED]
            ],
            "periods": [Choice(p, p, "", not periods or p in periods) for p in every[-OFFERED:]],
            "heads": [values.thing(iri) for iri in cities],
            "rows": _rows(shown, written, cities, comparisons, values),
            "plots": _plots(shown, written, cities, name.value, values),
            "cut": f"{FIGURES * len(cities):,}" if cut else "",
            "hidden": list(links.carried.items()),
        },
    )


@dataclass(frozen=True, slots=True)
class Stated:
    """What sources state for one city and period, each figure with its source where there are several.

    `outcomes` tell how the figures compare, where they were compared.
    """

    figures: Sequence[tuple[Part, Part | None]] = ()
    outcomes: Sequence[Part] = ()


def _comparisons(snapshot: Snapshot, facts: Mapping[str, Facts]) -> dict[str, Facts]:
    """The comparisons of figures with each other, where several sources state some."""
    if len({_one(own, SOURCE) for own in facts.values()}) < 2:
        return {}
    rows = snapshot.select(_COMPARISONS % values_of(facts))
    found = facts_of(snapshot, {row["item"].value for row in rows}, compared.COMPARISON_NEEDS)
    return {iri: own for iri, own in found.items() if _inputs(own) <= facts.keys()}


def _inputs(comparison: Facts) -> set[str]:
    return {term.value for term in comparison.get(compared.OBSERVATION, [])}


def _rows(
    facts: Mapping[str, Facts],
    written: Mapping[str, str],
    cities: Sequence[str],
    comparisons: Mapping[str, Facts],
    values: Values,
) -> list[tuple[str, list[Stated]]]:
    """For each period, for each city, what is stated."""
    several = len({_one(own, SOURCE) for own in facts.values()}) > 1
    cells: dict[tuple[str, str], list[str]] = {}
    for iri, own in sorted(facts.items()):
        cells.setdefault((written[iri], _one(own, CITY)), []).append(iri)
    outcomes: dict[tuple[str, str], list[Part]] = {}
    for iri, own in sorted(comparisons.items()):
        observation = min(_inputs(own))
        if _inputs(own) <= facts.keys():
            place = written[observation], _one(facts[observation], CITY)
            outcomes.setdefault(place, []).append(Part(compared.outcome(own, values), values.links.page(iri)))

    def stated(place: tuple[str, str]) -> Stated:
        told = []
        for iri in cells.get(place, []):
            source = _one(facts[iri], SOURCE)
            shown = values.thing(source) if several and source else None
            told.append((values.observed(iri, facts[iri]), shown))
        return Stated(told, outcomes.get(place, []))

    periods = sorted({period for period, _ in cells})
    return [(period, [stated((period, city)) for city in cities]) for period in periods]


def _plots(
    facts: Mapping[str, Facts], written: Mapping[str, str], cities: Sequence[str], name: str, values: Values
) -> list[Plot]:
    """A plot for each unit: a series for each city, and for each source where several tell of one city."""
    series: dict[tuple[str, str, str], dict[str, Value]] = {}
    for iri, own in sorted(facts.items()):
        amount = figures.amount(own)
        if amount is None:
            continue
        key = (_one(own, figures.UNIT), _one(own, CITY), _one(own, SOURCE))
        value = Value(written[iri], amount, values.bare(own))
        series.setdefault(key, {})[written[iri]] = value
    found = []
    for place, unit in enumerate(dict.fromkeys(unit for unit, _, _ in series)):
        of_unit = {key[1:]: list(one.values()) for key, one in series.items() if key[0] == unit}
        doubled = {city for city, _ in of_unit if sum(c == city for c, _ in of_unit) > 1}
        named = [
            Series(_series_name(city, source, city in doubled, values), of_unit[city, source])
            for city, source in sorted(of_unit, key=lambda key: (cities.index(key[0]), key[1]))
        ]
        drawn = plot(f"compared-{place}", title_of(name, unit, values), named)
        if drawn:
            found.append(drawn)
    return found


def _series_name(city: str, source: str, doubled: bool, values: Values) -> str:
    name = values.name(city).value
    return f"{name} ({values.name(source)})" if doubled and source else name


def _one(own: Facts, predicate: str) -> str:
    terms = own.get(predicate)
    return terms[0].value if terms else ""


def _as_query(indicator: str, cities: Sequence[str]) -> str:
    among = " ".join(f"<{city}>" for city in cities)
    return f"""PREFIX sdmx-dimension: <{expand("sdmx-dimension:")}>
PREFIX sdmx-measure: <{expand("sdmx-measure:")}>
PREFIX sdmx-attribute: <{expand("sdmx-attribute:")}>
SELECT ?city ?period ?value ?powerOfTen ?unit ?observation WHERE {{
  VALUES ?city {{ {among} }}
  ?observation sdmx-dimension:refArea ?city ; <{INDICATOR}> <{indicator}> ;
    sdmx-dimension:refPeriod ?period ; sdmx-measure:obsValue ?value ;
    sdmx-attribute:unitMult ?powerOfTen ; sdmx-attribute:unitMeasure ?unit .
}} ORDER BY ?city ?period"""
