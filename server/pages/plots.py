"""Plots of several series as SVG: bars in groups for few periods, lines for longer series.

Names stand beside what they name, so that nothing depends on telling colours apart. No style attributes
and no scripts: colours are classes of the style sheet (`s0` to `s5`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from unicodedata import east_asian_width

from markupsafe import Markup, escape

from innograph.server.pages.charts import moment

BARS_UP_TO = 3
SERIES = 6  # colours of the style sheet
WIDTH = 640
NAME_WIDTH, PLACE_WIDTH, FIGURE_WIDTH, BAR, GAP = 300, 90, 130, 22, 12
CHARACTER = 8.7  # width of a letter
TOP, BOTTOM, LEFT, RIGHT, HEIGHT = 16, 28, 64, 210, 320


@dataclass(frozen=True, slots=True)
class Value:
    """One figure of a series: where it stands (a period, or the name of a row), and how it is written."""

    place: str
    amount: Decimal
    written: str


@dataclass(frozen=True, slots=True)
class Series:
    """A name and its figures."""

    name: str
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot that is ready to show: `description` says in words what is drawn."""

    identifier: str
    title: str
    description: str
    width: int
    height: float
    content: Markup
    left_out: int = 0  # figures that are not drawn


def plot(identifier: str, title: str, series: Sequence[Series]) -> Plot | None:
    """A plot of series over common periods; None where there is nothing to draw."""
    shown = [one for one in series if one.values]
    places = sorted({value.place for one in shown for value in one.values})
    if not places:
        return None
    if len(places) > BARS_UP_TO and all(moment(place) for place in places):
        drawn = _lines(identifier, title, shown[:SERIES], places)
        return replace(drawn, left_out=sum(len(one.values) for one in shown[SERIES:])) if drawn else None
    return bars(identifier, title, shown)


def bars(identifier: str, title: str, series: Sequence[Series]) -> Plot | None:
    """Bars in groups: a group for each series, a bar for each of its figures."""
    amounts = [value.amount for one in series for value in one.values]
    low, high = min([*amounts, Decimal(0)]), max([*amounts, Decimal(0)])
    if low == high:
        return None
    longest = max((breadth(one.name) for one in series if _single(one)), default=0)
    names = min(longest + 16, NAME_WIDTH) if longest else PLACE_WIDTH
    scale = (WIDTH - names - FIGURE_WIDTH) / float(high - low)
    zero = names + float(-low) * scale
    drawn, y = [], 0.0
    for one in series:
        single = _single(one)
        if not single and one.name:
            drawn.append(_text(0, y + 16, one.name, "figure", width=WIDTH))
            y += BAR + 2
        for rank, value in enumerate(one.values):
            width = max(abs(float(value.amount)) * scale, 1.5)
            x = zero if value.amount >= 0 else zero - width
            kind = "bar newest" if rank == len(one.values) - 1 else "bar"
            drawn.append(_text(0, y + 16, one.name if single else value.place, "period", width=names))
            drawn.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{y:.0f}" width="{width:.1f}" height="{BAR}" rx="2"/>'
            )
            drawn.append(_text(max(x + width, zero) + 8, y + 16, value.written, "figure", width=FIGURE_WIDTH))
            y += BAR + (GAP / 2)
        y += GAP
    return Plot(identifier, title, _described(series), WIDTH, y - GAP, Markup("".join(drawn)))


def _lines(identifier: str, title: str, series: Sequence[Series], places: Sequence[str]) -> Plot | None:
    amounts = [value.amount for one in series for value in one.values]
    low, high = min([*amounts, Decimal(0)]), max([*amounts, Decimal(0)])
    if low == high:
        return None
    begin, end = moment(places[0]), moment(places[-1])
    across = (WIDTH - LEFT - RIGHT) / ((end - begin) or 1)
    down = (HEIGHT - TOP - BOTTOM) / float(high - low)

    def at(value: Value) -> tuple[float, float]:
        return (
            LEFT + (moment(value.place) - begin) * across,
            HEIGHT - BOTTOM - float(value.amount - low) * down,
        )

    drawn = _axis(low, high, down)
    ends = []
    for place, one in enumerate(series):
        ordered = sorted(one.values, key=lambda value: moment(value.place))
        points = [at(value) for value in ordered]
        path = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
        drawn.append(f'<path class="line s{place}" d="{path}"/>')
        if len(points) <= 30:
            drawn += [f'<circle class="dot s{place}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points]
        ends.append((points[-1][1], place, one.name, ordered[-1].written))
    for label_y, place, name, written in _apart(ends):
        drawn.append(
            f'<rect class="key s{place}" x="{WIDTH - RIGHT + 10}" y="{label_y - 5:.1f}" width="10" height="10"/>'
        )
        text = f"{name}: {written}" if name else written
        drawn.append(_text(WIDTH - RIGHT + 26, label_y + 5, text, "figure small", width=RIGHT - 26))
    drawn.append(_text(LEFT, HEIGHT - 6, places[0], "period"))
    drawn.append(_text(WIDTH - RIGHT, HEIGHT - 6, places[-1], "period", anchor="end"))
    return Plot(identifier, title, _described(series), WIDTH, HEIGHT, Markup("".join(drawn)))


def _axis(low: Decimal, high: Decimal, down: float) -> list[str]:
    """Horizontal lines at round numbers, zero among them."""
    step = Decimal(10) ** (high - low).adjusted()
    while (high - low) / step < 3:
        step /= 2
    drawn, tick = [], (low // step) * step
    while tick <= high:
        if tick >= low:
            y = HEIGHT - BOTTOM - float(tick - low) * down
            kind = "axis" if tick == 0 else "grid"
            drawn.append(f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            drawn.append(_text(LEFT - 8, y + 5, f"{tick.normalize():,f}", "period small", anchor="end"))
        tick += step
    return drawn


def _apart(ends: list[tuple[float, int, str, str]]) -> list[tuple[float, int, str, str]]:
    """Labels at the ends of lines, moved apart where they would cover each other."""
    placed: list[tuple[float, int, str, str]] = []
    for y, *rest in sorted(ends):
        free = placed[-1][0] + 18 if placed else y
        placed.append((max(y, free), *rest))  # type: ignore[arg-type]
    excess = placed[-1][0] - (HEIGHT - BOTTOM)
    return [(y - max(excess, 0), *rest) for y, *rest in placed]  # type: ignore[misc]


def _text(x: float, y: float, text: str, kind: str, *, anchor: str = "", width: float = 0) -> str:
    place = f' text-anchor="{anchor}"' if anchor else ""
    shown = fitting(text, width) if width else text
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{place}>{escape(shown)}</text>'


def breadth(text: str) -> float:
    """About how wide a text is: a Chinese or Japanese character takes the room of two letters."""
    return sum(CHARACTER * (1.9 if east_asian_width(c) in "WF" else 1) for c in text)


def fitting(text: str, width: float) -> str:
    """As much of a text as fits into a width."""
    if breadth(text) <= width:
        return text
    while len(text) > 1 and breadth(text) > width - CHARACTER:
        text = text[:-1]
    return text + "…"


def _single(one: Series) -> bool:
    """Whether a series is one bar with one name."""
    return len(one.values) == 1 and one.values[0].place in ("", one.name)


def _described(series: Sequence[Series]) -> str:
    parts = []
    for one in series:
        if _single(one):
            parts.append(f"{one.name}: {one.values[0].written}")
        else:
            inner = "; ".join(f"{value.place}: {value.written}" for value in one.values)
            parts.append(f"{one.name}: {inner}" if one.name else inner)
    return ". ".join(parts)
