"""Charts as geometry: a template draws them as SVG without style attributes or scripts.

Few points are bars, each for itself: two figures say nothing of the years between them. Longer series
are a line with a dot for each figure. Every chart begins at zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from markupsafe import Markup, escape

BARS_UP_TO = 3
WIDTH = 480
BAR_LEFT, BAR_RIGHT, BAR_HEIGHT, BAR_GAP = 64, 150, 34, 14
LINE_HEIGHT, LINE_LEFT, LINE_RIGHT, LINE_TOP, LINE_BOTTOM = 220, 16, 74, 24, 28


class Point(NamedTuple):
    """One figure: its period, its value, and how it is written."""

    period: str
    value: Decimal
    written: str


class Mark(NamedTuple):
    """A bar or a dot at its place."""

    x: float
    y: float
    width: float
    label: str
    period: str
    newest: bool
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that is ready to draw: `path` is empty for bars; `files` lead to it as a picture."""

    identifier: str
    title: str
    description: str
    height: float
    marks: tuple[Mark, ...]
    points: tuple[Point, ...]
    path: str = ""
    grid: tuple[float, ...] = ()
    baseline: float = 0
    width: int = WIDTH
    files: tuple[tuple[str, str], ...] = ()

    @property
    def dots(self) -> Markup:
        """The marks of a line as SVG: a template takes ten times as long over so many."""
        small = 4 if len(self.marks) <= 20 else 2
        drawn = []
        for mark in self.marks:
            x, y = mark.x, mark.y
            if mark.newest:
                drawn.append(f'<circle class="dot newest" cx="{x}" cy="{y}" r="4"/>\n')
                kind, beside, above, anchor = "figure newest", 8, 0, ' text-anchor="middle"'
            else:
                drawn.append(f'<circle class="dot" cx="{x}" cy="{y}" r="{small}"/>\n')
                kind, beside, above, anchor = "figure", 0, 10, ""
            if mark.labelled:
                drawn.append(
                    f'<text class="{kind}" x="{x + beside}" y="{y - above}">{escape(mark.label)}</text>\n'
                    f'<text class="period" x="{x}" y="{self.baseline + 20}"{anchor}>{escape(mark.period)}</text>'
                )
        return Markup("".join(drawn))


def chart(identifier: str, title: str, points: Sequence[Point]) -> Chart | None:
    """A chart of a series in order of time; None where there is nothing to compare, or nothing drawable."""
    if not comparable([(point.period, point.value) for point in points]):
        return None
    ordered = tuple(sorted(points, key=lambda point: point.period))
    top = max(point.value for point in ordered)
    described = "; ".join(f"{point.period}: {point.written}" for point in ordered)
    if len(ordered) <= BARS_UP_TO:
        return _bars(identifier, title, described, ordered, top)
    return _line(identifier, title, described, ordered, top)


def comparable(points: Sequence[tuple[str, Decimal]]) -> bool:
    """Whether periods and values make a chart: two or more, each at its time, none below zero, not all zero."""
    return (
        len(points) > 1
        and len({period for period, _ in points}) == len(points)
        and min(value for _, value in points) >= 0
        and any(value for _, value in points)
    )


def _bars(identifier: str, title: str, described: str, points: tuple[Point, ...], top: Decimal) -> Chart:
    room = WIDTH - BAR_LEFT - BAR_RIGHT
    marks = []
    for row, point in enumerate(points):
        width = max(float(point.value / top) * room, 2.0)
        y = row * (BAR_HEIGHT + BAR_GAP)
        marks.append(Mark(BAR_LEFT, y, round(width, 1), point.written, point.period, row == len(points) - 1))
    height = len(points) * (BAR_HEIGHT + BAR_GAP) - BAR_GAP
    return Chart(identifier, title, described, height, tuple(marks), points)


def _line(identifier: str, title: str, described: str, points: tuple[Point, ...], top: Decimal) -> Chart:
    times = [moment(point.period) for point in points]
    span = (times[-1] - times[0]) or 1.0
    room_x, room_y = WIDTH - LINE_LEFT - LINE_RIGHT, LINE_HEIGHT - LINE_TOP - LINE_BOTTOM
    bottom = LINE_HEIGHT - LINE_BOTTOM
    marks = []
    for place, (time, point) in enumerate(zip(times, points, strict=True)):
        x = LINE_LEFT + (time - times[0]) / span * room_x
        y = bottom - float(point.value / top) * room_y
        ends = place in (0, len(points) - 1)
        newest = place == len(points) - 1
        marks.append(Mark(round(x, 1), round(y, 1), 0, point.written, point.period, newest, ends))
    path = "M" + "L".join(f"{mark.x},{mark.y}" for mark in marks)
    grid = tuple(round(bottom - room_y * part / 4, 1) for part in range(1, 5))
    return Chart(identifier, title, described, LINE_HEIGHT, tuple(marks), points, path, grid, bottom)


def moment(period: str) -> float:
    """A year, month or day as a number of years, so that gaps in a series show."""
    parts = period.split("-")
    try:
        year = float(parts[0])
        month = float(parts[1]) - 1 if len(parts) > 1 else 0.0
        day = float(parts[2]) - 1 if len(parts) > 2 else 0.0
    except ValueError:
        return 0.0
    return year + month / 12 + day / 366
