"""What a validator says: one finding for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation or warning, with what is wrong and how to mend it in `message`."""

    severity: str
    """``Violation``, ``Warning`` or ``Info``."""
    rule: str
    """The IRI of the shape, or the file of the rule below `shapes/` (``graph/duplicate-key.rq``)."""
    focus: str
    """The IRI of the node that is wrong (N-Triples form where it is not an IRI)."""
    path: str | None
    """The property concerned, in SPARQL path syntax without prefixes; an IRI where it is one property."""
    value: str | None
    """The offending value, in N-Triples form."""
    message: str
    component: str | None
    """The IRI of the SHACL constraint component; None for rules that are not SHACL."""


SEVERITIES = ("Violation", "Warning", "Info")


def arrange(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings once each, gravest first, then by focus node: the same list for the same graph."""
    return sorted(
        set(findings),
        key=lambda finding: (
            SEVERITIES.index(finding.severity),
            finding.focus,
            finding.rule,
            finding.path or "",
            finding.value or "",
            finding.component or "",
        ),
    )


def violates(findings: Iterable[Finding]) -> bool:
    """Whether any finding forbids publishing."""
    return any(finding.severity == "Violation" for finding in findings)
