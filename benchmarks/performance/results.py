"""What a benchmark finds: figures of ours and of a peer, taken in turns, and the ratio of their medians."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Result:
    """One line of the page.

    `ours` and `peers` hold the figure of each round, in `unit`. `target` is what the ratio of ours to
    `against` should be, as "≥ 0.5" or "≤ 3"; where there is no peer, what our own median should be.
    """

    work: str
    size: int
    unit: str
    ours: list[float]
    peers: dict[str, list[float]] = field(default_factory=dict)
    against: str = ""
    target: str = ""
    note: str = ""

    @property
    def median(self) -> float:
        """The median of our rounds."""
        return statistics.median(self.ours)

    def ratio(self, peer: str) -> float:
        """Our median over a peer's."""
        theirs = statistics.median(self.peers[peer])
        return self.median / theirs if theirs else math.inf

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if not self.target:
            return None
        relation, bound = self.target.split()[:2]
        figure = self.ratio(self.against) if self.against else self.median
        return figure >= float(bound) if relation == "≥" else figure <= float(bound)

    def to_json(self) -> dict[str, Any]:
        """The raw figures, and what they come to."""
        ratios = {peer: round(self.ratio(peer), 3) for peer in self.peers}
        return asdict(self) | {"median": self.median, "ratios": ratios, "met": self.met}


def in_turns(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure each contender once a round, so that what the machine does meanwhile hits all alike."""
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders) if number % 2 == 0 else list(contenders)[::-1]
        for name in names:
            figures[name].append(contenders[name]())
    return figures


def exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """How a figure grows with size: the slope of its logarithm over the size's (least squares)."""
    if len(points) < 2 or any(x <= 0 or y <= 0 for x, y in points):
        return None
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    if len(set(xs)) < 2:
        return None
    return statistics.linear_regression(xs, ys).slope
