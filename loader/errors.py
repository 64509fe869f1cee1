"""What the loader says when it refuses something: what, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from innograph.loader.validation import Finding


class LoaderError(Exception):
    """Anything the loader refuses. Nothing has been published when it is raised."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Bad input at a place in a file; line and column count from one, None is the whole file."""

    path: Path
    what: str
    mend: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        return f"{place}: {self.what}\n  to mend: {self.mend}"


class InputError(LoaderError):
    """Authored files that cannot be read; `problems` names every place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


class InvalidError(LoaderError):
    """A graph that breaks the rules.

    `findings` holds the violations and the warnings, `origins` the file that writes a thing, by IRI.
    """

    def __init__(self, findings: Sequence[Finding], origins: Mapping[str, str] | None = None) -> None:
        self.findings = list(findings)
        self.origins = origins or {}
        violations = sum(finding.severity == "Violation" for finding in self.findings)
        super().__init__(f"the graph is invalid: {violations} violation{'s' if violations != 1 else ''}")


class NoReleaseError(LoaderError):
    """A release was asked for that is not published (or none is)."""


class BusyError(LoaderError):
    """Another process holds the write lock of the store, and did not give it up in time."""
