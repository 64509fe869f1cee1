"""The tools that look things up: search, describe, list_indicators, get_series."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from mcp.server.mcpserver.exceptions import ToolError
from pyoxigraph import Literal, NamedNode

from innograph.server.engine import Accepted, Engine, Query, Term
from innograph.server.engine.errors import EngineError
from innograph.server.mcp.asking import SOURCES, Asking, clean
from innograph.server.mcp.models import (
    DescribeAnswer,
    Evidence,
    Figure,
    Hit,
    Indicator,
    IndicatorsAnswer,
    Language,
    Property,
    SearchAnswer,
    SeriesAnswer,
    Value,
)
from innograph.server.pages import reading
from innograph.server.pages.links import expand
from innograph.server.pages.naming import Labels
from innograph.server.pages.reading import PROLOGUE, Words
from innograph.server.searching.index import Found, TooBroadError, search
from innograph.server.searching.keeping import Keeper, State
from innograph.server.searching.scanning import scan

PATIENCE = 10.0  # seconds to wait for a search index that is being built
FIGURES = 500
INDICATORS = 500
MENTIONED = 20
VALUES = 50  # of a property
LONGEST_VALUE = 2_000  # characters of a literal
JSON = "application/sparql-results+json"
NONE = {"n": "0", "first": "", "last": ""}
TYPE, NOT_STATED = expand("rdf:type"), expand("inno:notStated")
_SERIES = (
    PROLOGUE
    + """SELECT DISTINCT ?observation ?period ?value ?stated ?multiplier ?unit ?status ?source WHERE {
  ?observation sdmx-dimension:refArea ?city ; inno:indicator ?indicator .
  ?observation sdmx-dimension:refPeriod ?period ; sdmx-measure:obsValue ?value ; inno:valueAsStated ?stated ;
    sdmx-attribute:unitMult ?multiplier ; sdmx-attribute:unitMeasure ?unit ;
    sdmx-attribute:obsStatus ?status ; prov:wasDerivedFrom ?source .
} ORDER BY ?period ?source"""
    + f" LIMIT {FIGURES + 1}"
)
_COUNTS = (
    PROLOGUE
    + """SELECT ?indicator (COUNT(?observation) AS ?n) (MIN(STR(?period)) AS ?first) (MAX(STR(?period)) AS ?last)
WHERE { ?observation inno:indicator ?indicator ; sdmx-dimension:refPeriod ?period } GROUP BY ?indicator"""
)
_SOURCES = PROLOGUE + "SELECT DISTINCT ?source WHERE { ?set dcterms:source ?source }" + f" LIMIT {SOURCES}"


class Things:
    """The tools over one engine."""

    def __init__(self, engine: Engine, keeper: Keeper, site: str = "") -> None:
        """`site` is the address of the pages; without one they are where the IRIs are dereferenced."""
        self._engine = engine
        self._keeper = keeper
        self._address = site.rstrip("/")
        self._counting = threading.Lock()
        self._counted: tuple[str, dict[str, dict[str, str]]] = ("", {})

    def search(self, text: str, limit: int, language: Language) -> SearchAnswer:
        """Things whose words begin with all the words of a text."""
        asking = Asking(self._engine, language)
        found = self._found(asking, clean(text, "text"), limit)
        labels = asking.labels([*(hit.iri for hit in found.hits), *(hit.kind for hit in found.hits)])
        results = []
        for hit in found.hits:
            name = labels.name(hit.iri)
            kind = labels.name(hit.kind).value if hit.kind else ""
            match = hit.match if hit.match != name.value else ""
            results.append(Hit(iri=hit.iri, label=name.value, language=name.language, kind=kind, match=match))
        sources = asking.sources(asking.sources_of(hit.iri for hit in found.hits))
        return SearchAnswer(
            release=asking.release(), sources=sources, results=results, total=found.total, more=found.more
        )

    def _found(self, asking: Asking, text: str, limit: int) -> Found:
        release = asking.snapshot.release
        deadline = time.monotonic() + PATIENCE
        while (state := self._keeper.want(release.number, release.identity)) is State.BUILDING:
            if time.monotonic() > deadline:
                raise ToolError("the search index of this release is being built: try again in a minute")
            time.sleep(0.1)
        try:
            if state is State.READY:
                return search(self._keeper.folder(release.number), text, limit)
            return scan(asking.snapshot, text, limit)
        except TooBroadError:
            raise ToolError("the words match too much to be searched through in time: add a word") from None
        except FileNotFoundError:
            raise ToolError(f"release {release.number} is not published any more: ask again") from None

    def describe(self, iri: str, language: Language) -> DescribeAnswer:
        """Everything stated of a thing."""
        asking = Asking(self._engine, language)
        thing = asking.thing(iri)
        own = reading.own_facts(asking.snapshot, thing)
        mentions, _ = reading.mentions(asking.snapshot, thing, set(), set())
        mentioned = list(dict.fromkeys(subject for subject, _ in mentions))[:MENTIONED]
        named = {thing, *own, *mentioned}
        named |= {term.value for terms in own.values() for term in terms if isinstance(term, NamedNode)}
        labels = asking.labels(named)
        stated_by = asking.sources_of([thing]) or asking.stated_by(thing)
        hidden = (TYPE, NOT_STATED, reading.EVIDENCE)
        return DescribeAnswer(
            release=asking.release(),
            sources=asking.sources(stated_by),
            iri=thing,
            label=labels.name(thing).value,
            types=[labels.name(term.value).value for term in own.get(TYPE, [])],
            properties=[
                Property(
                    iri=name,
                    label=labels.name(name).value,
                    values=[_value(term, labels) for term in terms[:VALUES]],
                )
                for name, terms in sorted(own.items())
                if name not in hidden
            ],
            evidence=_evidence(reading.evidence_of(asking.snapshot, [thing]).get(thing, [])),
            not_stated=[labels.name(term.value).value for term in own.get(NOT_STATED, [])],
            mentioned_by=asking.hits(mentioned),
            page=self._site(asking) + asking.links.page(thing),
        )

    def list_indicators(self, text: str, language: Language) -> IndicatorsAnswer:
        """The indicators whose labels hold some words; all of them without words."""
        asking = Asking(self._engine, language)
        wanted = clean(text, "text").casefold() if text.strip() else ""
        counts = self._counts(asking) or {}
        labelled: dict[str, list[str]] = {}
        for iri, label in asking.all_named("indicator"):
            labelled.setdefault(iri, []).append(label)
        found = [
            iri
            for iri in sorted({*labelled, *counts})
            if not wanted or any(wanted in label.casefold() for label in labelled.get(iri, []))
        ]
        shown = found[:INDICATORS]
        keys = [expand(name) for name in ("skos:prefLabel", "skos:definition", "sdmx-attribute:unitMeasure")]
        facts = reading.facts_of(asking.snapshot, shown, keys)
        units = {term.value for own in facts.values() for term in own.get(keys[2], [])}
        labels = asking.labels({*shown, *units})
        rows = asking.snapshot.select(_SOURCES)
        return IndicatorsAnswer(
            release=asking.release(),
            sources=asking.sources(row["source"].value for row in rows),
            indicators=[
                Indicator(
                    iri=iri,
                    label=labels.name(iri).value,
                    labels={
                        term.language or "": term.value
                        for term in facts.get(iri, {}).get(keys[0], [])
                        if isinstance(term, Literal)
                    },
                    definition=_in(facts.get(iri, {}).get(keys[1], []), language),
                    unit=", ".join(labels.name(t.value).value for t in facts.get(iri, {}).get(keys[2], [])),
                    figures=int(counts.get(iri, NONE)["n"]) if counts else None,
                    first=counts.get(iri, NONE)["first"],
                    last=counts.get(iri, NONE)["last"],
                )
                for iri in shown
            ],
            more=len(found) > len(shown),
        )

    def _site(self, asking: Asking) -> str:
        return self._address or asking.snapshot.release.base.rstrip("/")

    def _counts(self, asking: Asking) -> dict[str, dict[str, str]] | None:
        """The figures of each indicator; None where that takes too long.

        It reads all figures, so an evaluator does it, once for a release.
        """
        release = asking.snapshot.release
        with self._counting:
            known, counts = self._counted
            if not release.identity or release.identity != known:
                query = Query(_COUNTS, Accepted(JSON, None, None), release=release.number or None)
                try:
                    result = self._engine.query(query)
                    try:
                        content = b"".join(result.body)
                    finally:
                        result.close()
                except EngineError:
                    return None
                rows = json.loads(content)["results"]["bindings"]
                counts = {
                    row["indicator"]["value"]: {name: term["value"] for name, term in row.items()}
                    for row in rows
                    if "indicator" in row
                }
                self._counted = (release.identity, counts)
            return counts

    def get_series(self, city: str, indicator: str, language: Language) -> SeriesAnswer:
        """The figures of an indicator for a city."""
        asking = Asking(self._engine, language)
        place, measure = asking.named(city, "city"), asking.named(indicator, "indicator")
        rows = asking.snapshot.select(_SERIES, city=NamedNode(place), indicator=NamedNode(measure))
        shown = rows[:FIGURES]
        observations = [row["observation"].value for row in shown]
        evidence = reading.evidence_of(asking.snapshot, observations)
        left_open = reading.facts_of(asking.snapshot, observations, [NOT_STATED])
        named = {place, measure}
        named |= {
            row[key].value for row in shown for key in ("unit", "period") if isinstance(row[key], NamedNode)
        }
        named |= {term.value for own in left_open.values() for term in own[NOT_STATED]}
        labels = asking.labels(named)
        figures = []
        for row in shown:
            observation, period = row["observation"].value, row["period"]
            figures.append(
                Figure(
                    period=labels.name(period.value).value if isinstance(period, NamedNode) else period.value,
                    value=row["stated"].value,
                    multiplier=reading.number(row["multiplier"]),
                    amount=_amount(row["value"].value, reading.number(row["multiplier"])),
                    unit=labels.name(row["unit"].value).value,
                    unit_iri=row["unit"].value,
                    status=row["status"].value.rpartition("-")[2],
                    source=row["source"].value,
                    observation=observation,
                    evidence=_evidence(evidence.get(observation, [])),
                    not_stated=[
                        labels.name(term.value).value
                        for term in left_open.get(observation, {}).get(NOT_STATED, [])
                    ],
                )
            )
        return SeriesAnswer(
            release=asking.release(),
            sources=asking.sources(figure.source for figure in figures),
            city=place,
            city_label=labels.name(place).value,
            indicator=measure,
            indicator_label=labels.name(measure).value,
            figures=figures,
            more=len(rows) > FIGURES,
        )


def _value(term: Term, labels: Labels) -> Value:
    if isinstance(term, NamedNode):
        return Value(value=term.value, iri=True, label=labels.name(term.value).value)
    if isinstance(term, Literal):
        text = term.value if len(term.value) <= LONGEST_VALUE else term.value[:LONGEST_VALUE] + "…"
        return Value(value=text, language=term.language or "", datatype=term.datatype.value)
    return Value(value=str(term))


def _evidence(words: Sequence[Words]) -> list[Evidence]:
    return [
        Evidence(
            quote=one.exact,
            start=one.start if one.exact else None,
            end=one.end if one.exact else None,
            source=one.source,
            place=one.iri,
        )
        for one in words
    ]


def _in(terms: Sequence[Term], language: str) -> str:
    """The one of several texts that is in a language, else the English one, else none."""
    texts = {term.language: term.value for term in terms if isinstance(term, Literal)}
    return texts.get(language) or texts.get("en") or ""


def _amount(digits: str, multiplier: int) -> str:
    try:
        return f"{Decimal(digits).scaleb(multiplier):f}"
    except InvalidOperation:
        return digits
