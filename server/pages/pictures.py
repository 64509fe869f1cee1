"""Charts to take along: a picture that says by itself what it shows, from which source and release.

The same geometry as on the pages, with presentation attributes instead of the site's styles, so that it
looks alike wherever it is put. PNG is drawn of the SVG by resvg with the fonts of the system.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from unicodedata import east_asian_width

import resvg_py

from innograph.server.context import context
from innograph.server.engine import Snapshot
from innograph.server.pages import reading
from innograph.server.pages.charts import WIDTH as DRAWN
from innograph.server.pages.charts import Chart
from innograph.server.pages.drawing import facts_drawn
from innograph.server.pages.figures import FIGURE_NEEDS
from innograph.server.pages.language import Words
from innograph.server.pages.links import Links, expand
from innograph.server.pages.reading import Facts
from innograph.server.pages.rendering import environment
from innograph.server.pages.tables import series
from innograph.server.pages.values import Values

WIDTH, MARGIN, GAP = 640, 28, 28
TITLE, SMALL = 20, 13  # sizes of letters
LINE = 1.35  # of the size of letters, from line to line
SCALE = (WIDTH - 2 * MARGIN) / DRAWN
ZOOM = 2  # pixels of a PNG for each unit, so that it is sharp on dense screens
# What tells the series of a thing apart in an address, and where it is below the base.
SELECTING = {
    "indicator": expand("inno:indicator"),
    "city": expand("sdmx-dimension:refArea"),
    "source": expand("prov:wasDerivedFrom"),
    "unit": expand("sdmx-attribute:unitMeasure"),
}
PATTERNS = tuple(
    f"?item {link} ?thing ."
    for link in ("sdmx-dimension:refArea", "inno:indicator", "prov:wasDerivedFrom", "qb:dataSet")
)
_BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{}</svg>'


@dataclass(frozen=True, slots=True)
class Placed:
    """A chart at its height in the picture, with its title in lines."""

    chart: Chart
    title: tuple[tuple[float, str], ...]
    top: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the template of a picture needs."""

    title: str
    description: str
    charts: tuple[Placed, ...]
    foot: tuple[tuple[float, str], ...]
    height: float


def chart_picture(
    snapshot: Snapshot, iri: str, selected: Mapping[str, str], words: Words, links: Links
) -> str | None:
    """The charts of a thing as one SVG; None where there is nothing to draw.

    `selected` are values of `SELECTING`: slugs or whole IRIs.
    """
    found = _observed(snapshot, iri)
    # To choose among series, all must be read; else only those that are drawn.
    facts = (
        reading.facts_of(snapshot, found, FIGURE_NEEDS) if selected else facts_drawn(snapshot, found, {}, {})
    )
    wanted = {SELECTING[name]: _whole(name, value, links) for name, value in selected.items()}
    shown = [i for i in found if i in facts and _fits(facts[i], wanted)]
    values = Values(snapshot, words, links, {iri}, {i: facts[i] for i in shown})
    charts = series(shown, facts, values, whole_titles=True)
    if not charts:
        return None
    sources = sorted({term.value for i in shown for term in facts[i].get(SELECTING["source"], [])})
    path = links.page(iri).partition("?")[0].lstrip("/")
    release = snapshot.release
    told, named = "innograph", ""
    if release.identity:  # a store elsewhere may have no releases
        told += f" · {words('release_of', number=release.number, date=release.created[:10])}"
        named = f"?release={release.number}"
    foot = (
        f"{words.source}: {'; '.join(values.name(source).value for source in sources)}",
        told,
        context().address(path + named),
    )
    picture = _laid_out(values.name(iri).value, charts, foot)
    return environment().get_template("picture.svg").render(p=picture, lang=words.language, t=words)


def png(svg: str) -> bytes:
    """A picture as PNG."""
    drawn: bytes = resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM)
    return drawn


@cache
def writes(letter: str) -> bool:
    """Whether this machine has a font with a letter: without one, resvg leaves it out silently."""
    text = f'<text x="5" y="30" font-size="30" font-family="sans-serif">{letter}</text>'
    return png(_BLANK.format(text)) != png(_BLANK.format(""))


def _observed(snapshot: Snapshot, iri: str) -> list[str]:
    """The observations of a city, an indicator, a source or a dataset."""
    for pattern in PATTERNS:
        found = reading.items(snapshot, pattern, iri, of="inno:CityObservation").charted
        if found:
            return found
    return []


def _whole(name: str, value: str, links: Links) -> str:
    return value if ":" in value else f"{links.base}{name}/{value}"


def _fits(own: Facts, wanted: Mapping[str, str]) -> bool:
    return all(value in {term.value for term in own.get(p, [])} for p, value in wanted.items())


def _laid_out(title: str, charts: Sequence[Chart], foot: Sequence[str]) -> Picture:
    """Charts below each other, then the foot."""
    y, placed = float(MARGIN), []
    for chart in charts:
        lines, y = _lines(chart.title, TITLE, y)
        placed.append(Placed(chart, lines, round(y + 8, 1)))
        y += 8 + chart.height * SCALE + GAP
    y += 4
    written: list[tuple[float, str]] = []
    for text in foot:
        lines, y = _lines(text, SMALL, y)
        written += lines
    described = "; ".join(f"{chart.title}: {chart.description}" for chart in charts)
    return Picture(title, described, tuple(placed), tuple(written), round(y + MARGIN / 2, 1))


def _lines(text: str, size: int, y: float) -> tuple[tuple[tuple[float, str], ...], float]:
    """A text in lines that fit the picture, each with its baseline; and where the next thing may begin."""
    lines, line, width = [], "", 0.0
    for word in _words(text):
        wide = sum(1.0 if east_asian_width(letter) in "WF" else 0.56 for letter in word) * size
        if line and width + wide > WIDTH - 2 * MARGIN:
            lines.append(line.rstrip())
            line, width = "", 0.0
        line, width = line + word, width + wide
    lines.append(line.rstrip())
    placed = tuple((round(y + size + n * size * LINE, 1), line) for n, line in enumerate(lines))
    return placed, y + len(lines) * size * LINE


def _words(text: str) -> Iterable[str]:
    """Where a line may end: after a space, after any wide letter, after some signs of an address."""
    word = ""
    for letter in text:
        word += letter
        if letter in " /?&" or east_asian_width(letter) in "WF" or len(word) >= 40:
            yield word
            word = ""
    if word:
        yield word
