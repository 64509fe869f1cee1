"""Tables as the material of a merge: read, mapped and aligned, file by file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import urllib3
from pyoxigraph import Store, Triple

from innograph.loader.errors import InputError, Problem
from innograph.loader.merging.aligning import Aligner, Conversion, Match
from innograph.loader.merging.describing import Description, Input
from innograph.loader.merging.mapping import Counts, Mapping
from innograph.loader.merging.mapping.rows import mapped
from innograph.loader.merging.matched import matched
from innograph.loader.merging.reading import read
from innograph.loader.merging.reading.opening import download
from innograph.loader.merging.records import Aligned, Refused, Table
from innograph.ontology.namespaces import Names


@dataclass(frozen=True, slots=True)
class File:
    """A file to merge, the name that its rows are cited by, and the address that it was fetched from."""

    path: Path
    name: str
    url: str = ""

    def input(self) -> Input:
        """What tells its bytes from others."""
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        return Input(self.name, self.path.stat().st_size, digest.hexdigest(), self.url)


def files(sources: Sequence[str], stack: ExitStack, limit: int) -> list[File]:
    """Files by their paths or addresses; what is fetched is removed when the stack is closed.

    Raises:
        InputError: there is no such file, it cannot be fetched, or two have one name.
    """
    found = []
    for source in sources:
        if source.startswith(("http://", "https://")):
            name = PurePosixPath(urllib3.util.parse_url(source).path or "").name or "download"
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="innograph-fetched-")))
            found.append(File(download(source, folder / name, limit), name, source))
        else:
            path = Path(source)
            if not path.is_file():
                raise InputError([Problem(path, "there is no such file", "check the path")])
            found.append(File(path, path.name))
    names = [file.name for file in found]
    for file in found:
        if names.count(file.name) > 1:
            mend = "rename one: rows are cited by the name of their file"
            raise InputError([Problem(file.path, "another file to merge has the same name", mend)])
    return found


class Tables:
    """Tables of files, by a mapping. `review` is the file of a person's answers, if there is one."""

    def __init__(self, slug: str, sources: Sequence[File], mapping: Mapping, review: Path | None = None):
        self.slug = slug
        self.sources = sources
        self.mapping = mapping
        self.review = review
        self.counts = Counts()
        self._aligner: Aligner | None = None
        self._names = Names()
        self._about: dict[str, str] = {}

    def records(self, release: Store, names: Names) -> Iterator[Aligned | Refused]:
        """All observations and refused rows, in the order of the files.

        Raises:
            InputError: a file cannot be read, or not by this mapping; or the review file is no such.
        """
        self._names = names
        self._aligner = aligner = Aligner(
            release,
            names,
            self.slug,
            review=self.review,
            declared=self.mapping.new_indicators(),
            rates=(self.mapping.rates, [file.path.parent for file in self.sources]),
        )
        for file in self.sources:
            for table in read(file.path, self.mapping.read):
                self._about = {**table.described, **self._about}
                cited = self.cited(file, table)
                for stated in mapped(table, self.mapping, self.counts):
                    record = stated if isinstance(stated, Refused) else aligner.align(stated)
                    yield replace(record, table=cited)

    @staticmethod
    def cited(file: File, table: Table) -> str:
        """What the rows of a table are cited by: the file, and the sheet or member where it has several.

        Without the dots by which a member of an archive points out of it: an IRI would lose what is before them.
        """
        inside = [part for part in table.name.split("/") if part not in ("", ".", "..")]
        return "/".join([file.name, *inside])

    def described(self) -> Description:
        """The source: what the mapping says of it, and else what the files say of themselves."""
        source = self.mapping.source
        stated = {name: getattr(source, name) for name in source.__dataclass_fields__}
        about = self._about | {name: value for name, value in stated.items() if value}
        return Description(self.slug, tuple(f.input() for f in self.sources), about, self.mapping.text)

    def minted(self) -> Iterable[Triple]:
        """New places, indicators, units and periods; and the matches."""
        assert self._aligner is not None
        yield from self._aligner.minted()
        yield from matched(self._aligner.matches(), self.slug, self._names)

    def matches(self) -> list[Match]:
        """What became of each distinct name."""
        return self._aligner.matches() if self._aligner else []

    def conversions(self) -> list[Conversion]:
        """How the units of the files compare with those of the graph."""
        return self._aligner.conversions() if self._aligner else []

    def write_review(self) -> bool:
        """Write what a person should look at into the review file; whether it changed."""
        return self._aligner.write_review() if self._aligner else False

    def read(self) -> tuple[int, int]:
        """How many rows were read, and how many values were missing."""
        return self.counts.rows, self.counts.missing

    def rows(self) -> Iterator[Table]:
        """The tables again, named as their rows are cited: for whoever wants the cells of some rows."""
        for file in self.sources:
            for table in read(file.path, self.mapping.read):
                yield replace(table, name=self.cited(file, table))
