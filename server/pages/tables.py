"""The sections of a page as tables, ready for a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from innograph.server.pages import compared, figures
from innograph.server.pages.charts import Chart, Point, chart
from innograph.server.pages.drawing import CHARTS, key_of
from innograph.server.pages.kinds import Section
from innograph.server.pages.links import expand
from innograph.server.pages.reading import Facts, Items, Words, as_query, variable_of
from innograph.server.pages.values import Part, Values

COMPUTED = ("name", "figure", "words", "stated", "outcome")


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a source at their place, with a link to the evidence."""

    text: str
    href: str
    language: str
    start: int
    end: int
    row: str
    source: Part
    original: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table."""

    parts: Sequence[Part] = ()
    quotes: Sequence[Quote] = ()
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a common heading, or under none."""

    heading: Part | None
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """One section, ready to show. `query` asks the same of the endpoint."""

    anchor: str
    title: str
    headings: Sequence[Part]
    groups: Sequence[Group]
    charts: Sequence[Chart]
    shown: int
    total: int | None
    more: bool
    query: str


def table(
    section: Section,
    thing: str,
    found: Items,
    facts: Mapping[str, Facts],
    evidence: Mapping[str, list[Words]],
    values: Values,
) -> Table:
    """A section with what was found for it."""
    order = found.iris
    sources = {words.source for iri in order for words in evidence.get(iri, [])}
    if "words" in section.columns and len(sources) == 1:
        order = sorted(order, key=lambda iri: _place(evidence.get(iri, [])))
    columns = [column for column in section.columns if _has(column, order, facts, evidence)]
    rows = {iri: [_cell(column, iri, thing, facts, evidence, values) for column in columns] for iri in order}
    groups: list[Group]
    if section.group:
        by: dict[str, list[str]] = {}
        for iri in order:
            heads = facts.get(iri, {}).get(expand(section.group))
            by.setdefault(heads[0].value if heads else "", []).append(iri)
        groups = [
            Group(values.thing(head) if head else None, [rows[i] for i in iris]) for head, iris in by.items()
        ]
    else:
        groups = [Group(None, list(rows.values()))]
    shown = tuple(column for column in columns if column not in COMPUTED)
    return Table(
        section.title,
        values.words(section.title),
        [_heading(column, place, list(rows.values()), values) for place, column in enumerate(columns)],
        groups,
        series(found.charted, facts, values) if section.chart else (),
        len(order),
        found.total,
        found.more,
        values.links.query(as_query(section.pattern, thing, section.of, _queried(columns, shown))),
    )


def _has(
    column: str, iris: Sequence[str], facts: Mapping[str, Facts], evidence: Mapping[str, list[Words]]
) -> bool:
    """Whether any item has something for a column: an empty column is left out."""
    if column == "words":
        return any(words.exact for iri in iris for words in evidence.get(iri, []))
    return column in COMPUTED or any(expand(column) in facts.get(iri, {}) for iri in iris)


def series(
    iris: Sequence[str], facts: Mapping[str, Facts], values: Values, *, whole_titles: bool = False
) -> list[Chart]:
    """Charts of the first series among observations: one indicator of one city in one source and unit.

    A title says what tells the series of a page apart; `whole_titles` name indicator and city always.
    """
    found: dict[tuple[str, ...], list[Point]] = {}
    for iri in iris:
        own = facts.get(iri, {})
        value = figures.amount(own)
        if value is None:
            continue
        point = Point(values.period(own), value, values.bare(own))
        found.setdefault(key_of(own), []).append(point)
    several_cities = len({key[1] for key in found}) > 1
    several_indicators = len({key[0] for key in found}) > 1
    charts = []
    for place, (key, points) in enumerate(found.items()):
        names = (
            [values.name(key[0]).value] if several_indicators or not several_cities or whole_titles else []
        )
        names += [values.name(key[1]).value] if several_cities or whole_titles else []
        drawn = chart(f"chart-{place}", title_of(": ".join(names), key[3], values), points)
        if drawn:
            charts.append(replace(drawn, files=pictures_of(key[0], key[1], key[2], values)))
            if len(charts) == CHARTS:
                break
    return charts


def pictures_of(indicator: str, city: str, source: str, values: Values) -> tuple[tuple[str, str], ...]:
    """Where a series is drawn as a picture: beside the documents of its indicator."""
    links = values.links
    if not links.ours(indicator):
        return ()
    chosen = {
        name: iri.removeprefix(f"{links.base}{name}/")
        for name, iri in (("city", city), ("source", source))
        if iri
    }
    page = links.page(indicator).partition("?")[0].removesuffix(".html")
    # The picture speaks the language of the page that leads to it.
    chosen["lang"] = values.words.language
    return tuple((name.upper(), links.to(f"{page}/chart.{name}", **chosen)) for name in ("svg", "png"))


def title_of(name: str, unit: str, values: Values) -> str:
    """A chart's title: the name of the series, with the currency of money."""
    currency = values.unit(unit).currency if unit else ""
    return f"{name}, {currency}" if currency else name


def quotes(places: Sequence[Words], values: Values) -> list[Quote]:
    """Words of sources, ready to show."""
    language = values.words.language
    return [
        Quote(
            words.exact,
            values.links.page(words.iri),
            words.language if words.language != language else "",
            words.start,
            words.end,
            words.iri.partition("#row=")[2],
            values.thing(words.source),
            original(words),
        )
        for words in places
    ]


def original(words: Words) -> str:
    """The address of the words in their source, where it has one: browsers scroll there and mark them.

    (URL Fragment Text Directives, section 3.3: commas, ampersands and hyphens mean something of their own.)
    """
    if not words.address.startswith(("http://", "https://")) or not words.exact:
        return ""
    return f"{words.address.partition('#')[0]}#:~:text={quote(words.exact, safe='').replace('-', '%2D')}"


def _cell(
    column: str,
    iri: str,
    thing: str,
    facts: Mapping[str, Facts],
    evidence: Mapping[str, list[Words]],
    values: Values,
) -> Cell:
    own = facts.get(iri, {})
    if column == "name":
        return Cell([inward(values.thing(iri))])
    if column == "figure":
        return Cell([values.observed(iri, own)], numeric=True) if figures.VALUE in own else Cell()
    if column == "words":
        return Cell(quotes=[q for q in quotes(evidence.get(iri, []), values) if q.text])
    if column == "stated":
        return Cell(compared.stated(own, facts, values, thing))
    if column == "outcome":
        return Cell([Part(compared.outcome(own, values), values.links.page(iri))])
    predicate = expand(column)
    parts = [inward(values.part(term, own, predicate)) for term in own.get(predicate, [])]
    return Cell(parts, numeric=bool(parts) and all(part.style == "number" for part in parts))


def inward(part: Part) -> Part:
    """A part without its second link, the way out, which stands on the page of the thing itself."""
    return replace(part, outward="") if part.href and part.outward else part


def _heading(column: str, place: int, rows: Sequence[Sequence[Cell]], values: Values) -> Part:
    """A column's heading, set like its cells: numbers stand to the right."""
    style = "number" if any(row[place].numeric for row in rows) else ""
    if column in COMPUTED:
        return Part(values.words(column), style=style)
    name = values.name(expand(column))
    return Part(name.value, language=values.language(name), style=style)


def _place(places: Sequence[Words]) -> tuple[int, str]:
    """Where a fact stands in its source: its last words, since the first ones may be shared by many."""
    return (places[-1].start, places[-1].iri) if places else (1 << 30, "")


def _queried(columns: Sequence[str], shown: tuple[str, ...]) -> tuple[str, ...]:
    """The properties that ask for what the columns show."""
    extra = []
    if "figure" in columns:
        extra += ["sdmx-measure:obsValue", "sdmx-attribute:unitMult", "sdmx-attribute:unitMeasure"]
    if "outcome" in columns:
        extra += ["inno:verdict", "inno:reason", "inno:relativeDifference", "inno:observation"]
    if "name" in columns and "figure" not in columns:
        extra.append("rdfs:label")
    names: dict[str, str] = {}
    for column in (*extra, *shown):
        names.setdefault(variable_of(column), column)
    return tuple(names.values())
