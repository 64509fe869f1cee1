"""Findings in words, for a terminal and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from innograph.loader.validation import Finding


def in_words(finding: Finding, origins: Mapping[str, str]) -> str:
    """One finding as text: where it is written, what it is about, what is wrong and how to mend it."""
    where = origin_of(finding.focus, origins)
    lines = [f"{finding.severity}: {finding.focus}"]
    if where:
        lines.append(f"  in {where}")
    if finding.path:
        lines.append(f"  at {finding.path}" + (f" with {finding.value}" if finding.value else ""))
    elif finding.value:
        lines.append(f"  with {finding.value}")
    lines.append(f"  {finding.message}")
    lines.append(f"  rule: {finding.rule}")
    return "\n".join(lines)


def as_json(findings: Iterable[Finding], origins: Mapping[str, str]) -> list[dict[str, Any]]:
    """Findings as plain objects, each with the file that writes its focus node."""
    return [asdict(finding) | {"origin": origin_of(finding.focus, origins)} for finding in findings]


def origin_of(focus: str, origins: Mapping[str, str]) -> str | None:
    """The file (and row) that writes a thing, or the thing that it belongs to."""
    while focus and focus not in origins:
        focus = focus.rpartition("/")[0]
    return origins.get(focus)
