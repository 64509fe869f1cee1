"""The folder of one source: its anchors, and what it says of its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from innograph.loader.errors import InputError, LoaderError, Problem
from innograph.loader.sources.anchors import AnchorFile, Written
from innograph.loader.sources.editing import Edit, edited, read, write
from innograph.loader.sources.statements import Statement, Term, statements
from innograph.loader.sources.tables import AnchorTable, Dialect
from innograph.loader.sources.turtle_anchors import TurtleAnchors
from innograph.ontology.namespaces import INNO, SPDX, Names

Places = dict[tuple[Path, int], tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What a source's files say of its text, and where they say it."""

    path: Path
    sha256: Term
    length: Term | None


class SourceFolder:
    """`data/sources/SLUG/`, read for its anchors; `source` is the text that they point into.

    Raises:
        LoaderError: there is no such source.
        InputError: a table whose anchors cannot be told apart.
    """

    def __init__(self, data: Path, slug: str, names: Names, source: str) -> None:
        self.path = data / "sources" / slug
        if not self.path.is_dir():
            known = ", ".join(slugs(data)) or "none"
            raise LoaderError(f"{self.path}: there is no such source; there are: {known}")
        self.iri = names.source(slug).value
        self._base = names.base
        files: list[AnchorFile] = []
        problems: list[Problem] = []
        for metadata in sorted(self.path.glob("*-metadata.json")):
            table = metadata.with_name(metadata.name.removesuffix("-metadata.json"))
            try:
                files.append(AnchorTable(table, Dialect.of(metadata)))
            except InputError as error:
                problems += error.problems
            except (OSError, ValueError) as error:
                problems.append(Problem(table, str(error), "write the table and its metadata in UTF-8"))
        files += (TurtleAnchors(path, names.base, source) for path in sorted(self.path.glob("*.ttl")))
        if problems:
            raise InputError(problems)
        self._files = files

    def anchors(self) -> list[Written]:
        """Every anchor of the source, file by file."""
        return [anchor for file in self._files for anchor in file.anchors()]

    def edits(self, places: Places) -> dict[Path, list[Edit]]:
        """The edits, by file, that put anchors (by file and number) at these places."""
        found = {}
        for file in self._files:
            of_file = {number: to for (path, number), to in places.items() if path == file.path}
            edits = file.edits(of_file)
            if edits:
                found[file.path] = edits
        return found

    def text_facts(self) -> TextFacts:
        """The checksum and the length of the text.

        Raises:
            LoaderError: no file of the source gives a checksum.
        """
        for path in sorted(self.path.glob("*.ttl")):
            said = list(statements(read(path), self._base))
            for checksum in _objects(said, self.iri, SPDX.checksum.value):
                for value in _objects(said, checksum.value, SPDX.checksumValue.value):
                    length = next(_objects(said, self.iri, INNO.textLength.value), None)
                    return TextFacts(path, value, length)
        raise LoaderError(f"{self.path}: no file says {self.iri} spdx:checksum …: add it to source.ttl")

    def save(self, edits: Mapping[Path, Iterable[Edit]]) -> list[Path]:
        """Write the edits into the files; returns the files that changed."""
        changed = []
        for path, found in edits.items():
            old = read(path)
            new = edited(old, found)
            if new != old:
                write(path, new)
                changed.append(path)
        return changed


def slugs(data: Path) -> list[str]:
    """The slugs of all sources in a data folder."""
    return sorted(path.name for path in data.glob("sources/*") if path.is_dir())


def _objects(said: Iterable[Statement], subject: str, predicate: str) -> Iterator[Term]:
    return (s.object for s in said if s.subject.value == subject and s.predicate.value == predicate)
