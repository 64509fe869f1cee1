"""What a merge did, in words and for programs."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from innograph.loader import reporting
from innograph.loader.merging.aligning.matches import CERTAIN, UNCERTAIN, Conversion, Match
from innograph.loader.merging.compared import Compared
from innograph.loader.merging.merge import Merged
from innograph.loader.merging.records import Refused, Table
from innograph.ontology.figures.precision import percent

SHOWN = 20  # lines of each kind in the text; JSON has the first thousand


@dataclass
class Report:
    """A merge with what became of its names; `warnings` are for whoever publishes it."""

    merged: Merged
    matches: list[Match] = field(default_factory=list)
    conversions: list[Conversion] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The report as plain objects."""
        merged = self.merged
        return {
            "source": merged.slug,
            "release": merged.release.number if merged.release else None,
            "changed": merged.changed,
            "rows": asdict(merged.counted),
            "verdicts": dict(merged.verdicts),
            "comparisons": [asdict(comparison) for comparison in merged.compared],
            "matches": [asdict(match) for match in self.matches],
            "conversions": [asdict(conversion) for conversion in self.conversions],
            "refused": [_row(row) for row in merged.refused],
            "repeated": [_row(row) for row in merged.repeated],
            "warnings": self.warnings,
            "findings": reporting.as_json(merged.findings, {}),
        }

    def lines(self) -> Iterator[str]:
        """The report as text."""
        merged, counted = self.merged, self.merged.counted
        yield (
            f"{counted.read:,} rows read: {counted.accepted:,} observations, {counted.skipped:,} values missing,"
            f" {counted.repeated:,} repeated, {counted.refused:,} refused"
        )
        yield from _listed((f"{r.table} row {r.row}: {_why(r)}" for r in merged.refused), counted.refused)
        for kind, found in _by_kind(self.matches).items():
            yield f"{kind}: " + ", ".join(f"{number} {certainty}" for certainty, number in found.items())
        unsure = [match for match in self.matches if match.certainty == UNCERTAIN]
        yield from _listed((_question(match) for match in unsure), len(unsure))
        for c in self.conversions:
            yield f"unit {c.stated}: × 10^{c.power} {c.unit}" + (
                f" × {c.factor} {c.into}" if c.into != c.unit else ""
            )
        if merged.verdicts:
            told = ", ".join(f"{number:,} {verdict}" for verdict, number in sorted(merged.verdicts.items()))
            yield f"compared with other sources: {told}"
            yield from _listed(map(_difference, merged.compared), merged.verdicts.total())
        for warning in self.warnings:
            yield f"warning: {warning}"
        warned = Counter((finding.rule, finding.message) for finding in merged.findings)
        for (rule, message), number in warned.items():
            yield f"warning ({number:,} ×): {message} [{rule.rpartition('#')[2]}]"


def write_rejected(path: Path, tables: Iterable[Table], refused: Iterable[Refused]) -> None:
    """Write refused rows as CSV, with the cells that they have and why: to be mended and merged.

    A table after the first has a file of its own, named after it. Both arguments are in the same order of
    tables or not: rows are looked up by table and number.
    """
    wanted: dict[str, dict[int, list[Refused]]] = {}
    for row in refused:
        wanted.setdefault(row.table, {}).setdefault(row.row, []).append(row)
    names = [
        path,
        *(path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, len(wanted) + 1)),
    ]
    for table in tables:
        rows = wanted.pop(table.name, None)
        if rows is None:
            for _ in table.rows:  # the next table can be read when this one is done
                pass
            continue
        with names.pop(0).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*table.columns, "row", "reason", "mend"])
            for number, cells in table.rows:
                if number in rows:
                    reasons = " | ".join(dict.fromkeys(row.reason for row in rows[number]))
                    mends = " | ".join(dict.fromkeys(row.mend for row in rows[number]))
                    writer.writerow([*(cell or "" for cell in cells), number, reasons, mends])


def _row(row: Refused) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name != "cells"}


def _listed(lines: Iterable[str], total: int) -> Iterator[str]:
    shown = 0
    for line in lines:
        if shown == SHOWN:
            break
        shown += 1
        yield f"  {line}"
    if total > shown:
        yield f"  … and {total - shown:,} more"


def _why(row: Refused) -> str:
    column = f"{row.column}: " if row.column else ""
    return f"{column}{row.reason}" + (f" ({row.mend})" if row.mend else "")


def _by_kind(matches: Iterable[Match]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for match in matches:
        found.setdefault(f"{match.kind}s", Counter({CERTAIN: 0}))[match.certainty] += 1
    return found


def _question(match: Match) -> str:
    candidates = "; ".join(f"{c.label} <{c.iri}> {c.score:.2f}" for c in match.candidates[:3])
    return f"{match.kind} {match.name.label!r}: is it {candidates}?"


def _difference(one: Compared) -> str:
    figures = f"{_figure(one.figure)} here, {_figure(one.theirs)} there"
    if one.verdict == "differs" and one.difference:
        return f"differs by {percent(Decimal(one.difference))} %: {one.label} ({figures})"
    return f"{one.verdict}{f' ({one.reason})' if one.reason else ''}: {one.label} ({figures})"


def _figure(figure: tuple[str, int]) -> str:
    digits, power = figure
    return f"{digits} × 10^{power}" if power else digits
