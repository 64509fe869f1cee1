"""Every anchor that is written in a source's folder, wherever it is written, with its place there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from innograph.loader.sources.editing import Edit


@dataclass(frozen=True, slots=True)
class Written:
    """An anchor as an authored file has it: its number in that file, its phrase, and its offsets or None."""

    path: Path
    line: int
    column: int
    number: int
    phrase: str
    start: int | None
    end: int | None


class AnchorFile(Protocol):
    """A file of anchors that can be put elsewhere."""

    path: Path
    text: str

    def anchors(self) -> Iterator[Written]:
        """The anchors in the order of the file."""

    def edits(self, places: Mapping[int, tuple[int, int] | None]) -> list[Edit]:
        """The edits that put anchors, by number, at these places; None takes the offsets away."""
