"""The home page: the figures of one article as charts, what can be done here, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response
from pyoxigraph import NamedNode

from innograph.server.engine import Snapshot
from innograph.server.pages import reading
from innograph.server.pages.examples import examples
from innograph.server.pages.figures import FIGURE_NEEDS
from innograph.server.pages.language import Words
from innograph.server.pages.linked_data import whole_data
from innograph.server.pages.links import Links, expand
from innograph.server.pages.reading import PROLOGUE
from innograph.server.pages.rendering import Alternate, Frame, page
from innograph.server.pages.series import Series, all_series
from innograph.server.pages.signposts import of_everything
from innograph.server.pages.values import Part, Values

SERIES = 4
TOUR = 5
LEFT_OPEN = 8
OVERVIEWS = 4
FEATURED = PROLOGUE + "SELECT ?source WHERE { ?source a schema:Article } ORDER BY ?source LIMIT 1"
OBSERVATIONS = "?item prov:wasDerivedFrom ?thing"
CHANGES = (
    PROLOGUE
    + "SELECT ?change WHERE { VALUES ?from { %s } ?change inno:fromObservation ?from ; a inno:Change }"
)
OPEN = (
    PROLOGUE
    + """SELECT ?property (COUNT(?fact) AS ?n) WHERE {
  { SELECT ?fact ?property WHERE { ?fact inno:notStated ?property } LIMIT 20000 }
} GROUP BY ?property ORDER BY DESC(?n) ?property"""
)
COUNTS = (
    PROLOGUE
    + """SELECT ?class ?n WHERE { ?whole void:classPartition ?part .
  ?part void:class ?class ; void:entities ?n }"""
)
NEEDED = FIGURE_NEEDS | {
    expand(f"inno:{p}") for p in ("fromObservation", "toObservation", "ratio", "annualGrowthRate")
}
SHOWN_COUNTS = (
    "schema:City",
    "inno:CityObservation",
    "schema:Claim",
    "schema:Quotation",
    "oa:SpecificResource",
    "inno:Change",
    "schema:ClaimReview",
)


@dataclass(frozen=True, slots=True)
class Overview:
    """What takes counting: the same for all readers of a release."""

    left_open: tuple[tuple[str, int], ...]
    counts: dict[str, int]


def home_page(snapshot: Snapshot) -> Response:
    """The home page of a release."""

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        return home_view(snapshot, words, links)

    return page(snapshot.release, build)


def home_view(snapshot: Snapshot, words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
    """Everything that the template of the home page needs."""
    overview = _overview(snapshot)
    sources = [row["source"].value for row in snapshot.select(FEATURED)]
    series: list[Series] = []
    named = {iri for iri, _ in overview.left_open} | {expand(name) for name in SHOWN_COUNTS} | set(sources)
    tour = examples(snapshot)[:TOUR]
    values: Values
    if sources:
        observed = reading.items(snapshot, OBSERVATIONS, sources[0], of="inno:CityObservation").iris
        rows = snapshot.select(CHANGES % reading.values_of(observed))
        changed = sorted(row["change"].value for row in rows)
        facts = reading.facts_of(snapshot, {*observed, *changed}, NEEDED)
        evidence = reading.evidence_of(snapshot, observed)
        named |= {*observed, *changed, *(place.source for places in evidence.values() for place in places)}
        values = Values(snapshot, words, links, named, facts)
        series = all_series(observed, changed, facts, evidence, values)[:SERIES]
    else:
        values = Values(snapshot, words, links, named, {})
    frame = Frame(
        title="innograph",
        data=whole_data(snapshot.release, links, words.lede),
        signposts=of_everything(snapshot.release, None),
        alternates=(Alternate("ttl", "text/turtle", links.to("/catalog", format="ttl")),),
    )
    return (
        "home.html",
        frame,
        {
            "series": series,
            "source": values.thing(sources[0]) if sources else None,
            "csv": links.page(sources[0]).replace(".html", ".csv") if sources else "",
            "tour": [(values.language(e.title), e, links.query(e.text)) for e in tour],
            "left_open": [
                (values.thing(iri), n, links.about(iri)) for iri, n in overview.left_open[:LEFT_OPEN]
            ],
            "counts": _counts(overview, values, snapshot.release.quads),
        },
    )


_overviews: dict[str, Overview] = {}  # by release; a lost race only counts twice


def _overview(snapshot: Snapshot) -> Overview:
    identity = snapshot.release.identity
    found = _overviews.get(identity) if identity else None
    if found is None:
        whole = NamedNode(f"{snapshot.release.base}dataset/all")
        left_open = tuple((row["property"].value, reading.number(row["n"])) for row in snapshot.select(OPEN))
        rows = snapshot.select(COUNTS, whole=whole)
        found = Overview(left_open, {row["class"].value: reading.number(row["n"]) for row in rows})
        if not identity:  # a store elsewhere that does not tell when it changes
            return found
        while len(_overviews) >= OVERVIEWS:
            _overviews.pop(next(iter(_overviews)), None)
        _overviews[identity] = found
    return found


def _counts(overview: Overview, values: Values, quads: int) -> list[tuple[Part, str]]:
    found = []
    for name in SHOWN_COUNTS:
        count = overview.counts.get(expand(name), 0)
        if count:
            label = values.name(expand(name))
            part = Part(label.value, values.links.about(expand(name)), language=values.language(label))
            found.append((part, f"{count:,}"))
    return [*found, (Part(values.words.statements, values.links.to("/catalog")), f"{quads:,}")]
