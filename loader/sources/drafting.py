"""Rows that a program proposes for a source's table, in a file of their own: a person accepts them.

Nothing reads that file. Whoever agrees with a row moves it into observations.csv.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

COLUMNS = (
    *("city", "indicator", "period", "value", "unit", "multiplier", "status"),
    *("quote", "start", "end", "not_stated", "sentence"),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One observation as it might be meant, in the columns of observations.csv.

    City, indicator and unit are slugs (or prefixed names) of what is known; empty where nothing fits.
    `anchors` are start, end and phrase; `sentence` shows the words that it was read from.
    """

    city: str
    indicator: str
    period: str
    value: str
    unit: str
    multiplier: int = 0
    anchors: tuple[tuple[int, int, str], ...] = ()
    sentence: str = ""


def draft_table(proposals: Iterable[Proposal]) -> str:
    """The proposals as CSV: the columns of observations.csv, and the sentence that each was read from."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in proposals:
        anchors = sorted(row.anchors)
        starts, ends = ("|".join(str(anchor[n]) for anchor in anchors) for n in (0, 1))
        quotes = "|".join(anchor[2] for anchor in anchors)
        key = (row.city, row.indicator, row.period, row.value, row.unit, row.multiplier)
        writer.writerow((*key, "A", quotes, starts, ends, "", " ".join(row.sentence.split())))
    return text.getvalue()
