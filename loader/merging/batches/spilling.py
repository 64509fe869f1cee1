"""Records on disk between aligning and publishing, in order of their observations' IRIs.

So a series stands together however the file is ordered, equal keys meet, and memory does not grow with
the file. Each record is one line of bytes, whose beginning is what it sorts by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import chain, groupby, islice

from innograph.loader.merging.batches.observing import Observing
from innograph.loader.merging.records import Aligned, Refused

ROWS = 12  # digits of a row number, so that rows sort as numbers
Refuse = Callable[[Refused], None]


def encode(record: Aligned, observing: Observing) -> bytes:
    """A record as a line: its series, period, table and row, then what it says."""
    said = json.dumps(
        [record.place, record.indicator, record.unit, record.period, record.digits,
         record.multiplier, record.status, record.note],
        ensure_ascii=False,
    )  # fmt: skip
    table = json.dumps(record.table, ensure_ascii=False)
    key = f"{observing.series(record)}\t{observing.period(record)}\t{table}\t{record.row:0{ROWS}}"
    return f"{key}\t{said}\n".encode()


def decode(line: bytes) -> Aligned:
    """Read what `encode` wrote."""
    _, _, table, row, said = line.decode().split("\t")
    place, indicator, unit, period, digits, multiplier, status, note = json.loads(said)
    return Aligned(
        place, indicator, unit, period, json.loads(table), int(row), digits, multiplier, status, note
    )


def series_of(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines of each series, in a sorted stream."""
    for _, group in groupby(lines, key=lambda line: line.split(b"\t", 1)[0]):
        yield list(group)


def begun(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The same lines; when this returns, whatever they are sorted from has been read to its end."""
    first = list(islice(lines, 1))
    return chain(first, lines)


def batched(series: Iterable[list[bytes]], size: int) -> Iterator[list[bytes]]:
    """Whole series, together, until they are at least `size` lines."""
    batch: list[bytes] = []
    for lines in series:
        batch += lines
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def unique(series: list[bytes], refuse: Refuse, repeat: Refuse, *, later: bool = False) -> list[bytes]:
    """A series with one record for each period.

    Where a key is stated again with the same amount, the first is kept and `repeat` hears of the other.
    Where amounts differ all are refused, because nobody knows which is right; with `later` the last one
    stands and the others are refused.
    """
    if len({_period(line) for line in series}) == len(series):
        return series
    kept = []
    for _, group in groupby(series, key=_period):
        same = list(group)
        if len(same) > 1:
            same = _one(same, refuse, repeat, later)
        kept += same
    return kept


def _one(lines: list[bytes], refuse: Refuse, repeat: Refuse, later: bool) -> list[bytes]:
    records = [decode(line) for line in lines]
    if len({_amount(record) for record in records}) == 1:
        for record in records[1:]:
            repeat(_refused(record, f"row {records[0].row} says the same", "remove one of the two rows"))
        return lines[:1]
    rows = ", ".join(f"{record.row} ({record.digits})" for record in records)
    reason = f"rows {rows} give different values for one place, indicator and period"
    mend = "keep the right row, or map what tells the rows apart to indicators of their own"
    refused = records[:-1] if later else records
    for record in refused:
        refuse(_refused(record, reason, mend))
    return lines[-1:] if later else []


def _period(line: bytes) -> bytes:
    return line.split(b"\t", 2)[1]


def _amount(record: Aligned) -> tuple[Decimal, str, str]:
    return Decimal(record.digits).scaleb(record.multiplier), record.unit, record.status


def _refused(record: Aligned, reason: str, mend: str) -> Refused:
    return Refused(record.table, record.row, reason, mend)
