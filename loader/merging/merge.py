"""A merge from beginning to end: records → series on disk → batches in processes → a release.

Everything happens under the write lock and in a draft, whose folder also takes what memory should not
hold. So whatever goes wrong on the way, Ctrl-C included, the store stays as it was.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pyoxigraph import Quad, RdfFormat, Store, Triple, serialize

from innograph.loader.catalog import RESERVED
from innograph.loader.errors import InvalidError, LoaderError
from innograph.loader.exporting.sorting import sorted_lines
from innograph.loader.merging import describing
from innograph.loader.merging.batches import SIZE, Setting
from innograph.loader.merging.batches.observing import Observing
from innograph.loader.merging.batches.spilling import batched, begun, encode, series_of, unique
from innograph.loader.merging.batches.workers import done
from innograph.loader.merging.compared import Compared, compared
from innograph.loader.merging.describing import TOLD, Counted, Description
from innograph.loader.merging.keeping import merged_sources
from innograph.loader.merging.loading import Content, Replacement, State
from innograph.loader.merging.records import Aligned, Refused
from innograph.loader.merging.rejecting import Rejects
from innograph.loader.paths import DATA
from innograph.loader.publishing import Draft, Publisher
from innograph.loader.releases import Release
from innograph.loader.validation import Finding, violates
from innograph.ontology.namespaces import Names

FINDINGS = 1_000  # warnings that a report tells


class Progress(Protocol):
    """Whom a merge tells how far it is."""

    def step(self, name: str, total: int | None = None) -> None:
        """A step begins; `total` is how much it has to do, where that is known."""

    def advance(self, number: int) -> None:
        """So much of the step is done."""


class Quiet:
    """The progress of a merge that nobody watches."""

    def step(self, name: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self, number: int) -> None:
        """Nothing."""


class Material(Protocol):
    """What is merged, in our terms. `records` is read first and once; then the rest is known."""

    def records(self, release: Store, names: Names) -> Iterator[Aligned | Refused]:
        """All observations and refused rows, in the order of the files."""

    def described(self) -> Description:
        """The source, its files and its mapping."""

    def minted(self) -> Iterable[Triple]:
        """New places, indicators, units and periods, and what was matched how."""

    def read(self) -> tuple[int, int]:
        """How many rows were read, and how many values were missing."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to merge: `later` lets the last of several rows for one key stand, `strict` refuses all with one."""

    later: bool = False
    strict: bool = False
    dry_run: bool = False
    workers: int | None = None
    data: Path = DATA


@dataclass
class Merged:
    """What a merge did; `release` is None where nothing was published, `changed` tells whether it would be.

    `verdicts` counts the comparisons with other sources. The lists hold the first thousand.
    """

    slug: str
    counted: Counted
    release: Release | None = None
    changed: bool = True
    verdicts: Counter[str] = field(default_factory=Counter)
    compared: list[Compared] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    repeated: list[Refused] = field(default_factory=list)


class RefusedRowsError(LoaderError):
    """A strict merge met rows that it can't take; nothing was published."""

    def __init__(self, merged: Merged) -> None:
        self.merged = merged
        super().__init__(f"{merged.counted.refused} rows are refused: mend them, or merge without --strict")


class NothingToMergeError(LoaderError):
    """No row gave an observation."""

    def __init__(self, merged: Merged) -> None:
        self.merged = merged
        first = "".join(f"; row {row.row}: {row.reason} ({row.mend})" for row in merged.refused[:3])
        super().__init__(
            f"none of {merged.counted.read} rows gives an observation{first}: correct the mapping"
        )


def merge(
    publisher: Publisher,
    slug: str,
    material: Material,
    options: Options = Options(),
    progress: Progress | None = None,
    rejected: Callable[[Iterable[Refused]], None] | None = None,
) -> Merged:
    """Merge material as the source `slug`, in the place of what that source had.

    `rejected` is given every refused row, in order, however many there are.

    Raises:
        RefusedRowsError: a strict merge met rows that it can't take.
        NothingToMergeError: no row gave an observation.
        InvalidError: what is merged breaks the rules otherwise than by single rows.
        NotMergedError: the name is that of a source that was not merged, or no name.
        NoReleaseError: nothing is published yet.
        BusyError: another writer holds the store.
        WorkerLostError: a worker process was killed.
    """
    release = publisher.releases.current()
    with publisher.draft(release.description.base, clone=True) as draft:
        release = publisher.releases.current()
        check_free(release, slug, Names(draft.base))
        run = _Run(draft, release, slug, material, options, progress or Quiet())
        try:
            return run.do(rejected)
        finally:
            run.end()


def unmerge(publisher: Publisher, slug: str, data: Path = DATA, progress: Progress | None = None) -> Release:
    """Take a source out: its graph, what was derived from it, its share of the counts.

    Raises:
        NotMergedError: there is no such source, or it was not merged.
        InvalidError: something else needs what would go.
    """
    release = publisher.releases.current()
    watching = progress or Quiet()
    with publisher.draft(release.description.base, clone=True) as draft:
        release = publisher.releases.current()
        names = Names(draft.base)
        if slug not in merged_sources(Store.read_only(str(release.store)), names):
            raise NotMergedError(
                f"{slug} is no merged source: see `innograph stats` for the graphs there are"
            )
        replacement = Replacement(draft, State.of(release), slug, data)
        replacement.do(None, watching.step)
        shutil.rmtree(draft.folder / "merging", ignore_errors=True)
        return draft.publish(kind="unmerge", message=f"unmerge {slug}", **replacement.told)


class NotMergedError(LoaderError):
    """There is no merged source of this name, or the name is that of another graph."""


def check_free(release: Release, slug: str, names: Names) -> None:
    """Only what was merged may be replaced by a merge."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) or slug in RESERVED:
        raise NotMergedError(
            f"{slug!r} is no name for a source: use small letters, digits and single hyphens, and none of"
            f" {', '.join(sorted(RESERVED))}"
        )
    present = names.graph(slug).value in release.description.graphs
    if present and slug not in merged_sources(Store.read_only(str(release.store)), names):
        raise NotMergedError(
            f"{slug} is a source that was not merged: it is not replaced; give --source another name"
        )


class _Run:
    def __init__(
        self,
        draft: Draft,
        release: Release,
        slug: str,
        material: Material,
        options: Options,
        progress: Progress,
    ) -> None:
        self.draft = draft
        self.release = release
        self.slug = slug
        self.material = material
        self.options = options
        self.progress = progress
        self.names = Names(draft.base)
        self.observing = Observing(slug, self.names)
        self.folder = draft.folder / "merging"
        self.folder.mkdir()
        self.rejects = Rejects(self.folder, "rejects")
        self.repeats = Rejects(self.folder, "repeats")
        self.content = Content(slug, self.folder)
        self.findings: dict[Finding, None] = {}
        self.verdicts: Counter[str] = Counter()
        self.aligned = 0
        self.accepted = 0

    def do(self, rejected: Callable[[Iterable[Refused]], None] | None) -> Merged:
        """See `merge`."""
        lines = self._sorted()
        described = self.material.described()
        minted = list(self.material.minted())
        source = list(describing.source(described, self.names))
        if self.names.graph(self.slug).value not in self.release.description.graphs:
            self.content.load_ahead(self.draft.store, [*source, *minted])
        self._work(lines, [*source, *minted])
        merged = self._merged()
        if rejected is not None:
            rejected(self.rejects)
        if self.options.strict and merged.counted.refused:
            raise RefusedRowsError(merged)
        if not merged.counted.accepted:
            raise NothingToMergeError(merged)
        if violates(self.findings):
            raise InvalidError(merged.findings)
        told = describing.outcome(described, merged.counted, merged.refused, self.names)
        self.content.head = [*source, *minted, *told]
        graph = self.names.graph(self.slug).value
        if self.content.sha256(self.names) == self.release.description.checksums.get(graph):
            merged.changed = False
            merged.release = self.release
            return merged
        replacement = Replacement(self.draft, State.of(self.release), self.slug, self.options.data)
        replacement.do(self.content, self.progress.step)
        merged.findings += replacement.findings
        merged.compared = compared(self.draft.store, self.slug, self.names) if self.verdicts else []
        if self.options.dry_run:
            return merged
        self.end()
        self.progress.step("publishing")
        files = ", ".join(input_.name for input_ in described.inputs)
        merged.release = self.draft.publish(
            kind="merge", message=f"merge {self.slug}: {files}", **replacement.told
        )
        return merged

    def end(self) -> None:
        """Leave no file open and none in the draft's folder."""
        for opened in (self.rejects, self.repeats, self.content):
            opened.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _sorted(self) -> Iterator[bytes]:
        """All records as sorted lines; when this returns, all have been read."""
        self.progress.step("reading and aligning")
        before = Store.read_only(str(self.release.store))
        return begun(sorted_lines(self._encoded(before), self.folder))

    def _encoded(self, before: Store) -> Iterator[bytes]:
        for number, record in enumerate(self.material.records(before, self.names), 1):
            if number % TOLD == 0:
                self.progress.advance(TOLD)
            if isinstance(record, Refused):
                self.rejects.add(record)
                continue
            try:
                line = encode(record, self.observing)
            except ValueError as error:
                what, _, mend = str(error).partition(": ")
                self.rejects.add(Refused(record.table, record.row, what, mend or "mend the cell"))
                continue
            self.aligned += 1
            yield line

    def _work(self, lines: Iterable[bytes], around: Iterable[Triple]) -> None:
        """Do the batches; their results go to the content."""
        self.progress.step("deriving and validating", self.aligned)
        brought = self.folder / "brought.nq"
        graph = self.names.graph(self.slug)
        quads = (Quad(triple.subject, triple.predicate, triple.object, graph) for triple in around)
        brought.write_bytes(serialize(quads, format=RdfFormat.N_QUADS) or b"")
        setting = Setting(
            self.slug, self.names.base, self.release.store, brought, self.options.data / "derivations"
        )
        with contextlib.closing(done(setting, self._batches(lines), self.options.workers)) as results:
            for batch in results:
                for row in batch.refused:
                    self.rejects.add(row)
                for finding in batch.findings:
                    if finding.severity == "Violation" or len(self.findings) < FINDINGS:
                        self.findings[finding] = None
                self.content.add(batch)
                self.verdicts += batch.verdicts
                self.accepted += batch.accepted
                self.progress.advance(batch.accepted + len(batch.refused))

    def _batches(self, lines: Iterable[bytes]) -> Iterator[list[bytes]]:
        later = self.options.later
        series = (unique(s, self.rejects.add, self.repeats.add, later=later) for s in series_of(lines))
        return batched(series, SIZE)

    def _merged(self) -> Merged:
        read, missing = self.material.read()
        counted = Counted(read, self.accepted, missing, self.repeats.count, self.rejects.count)
        return Merged(
            self.slug,
            counted,
            verdicts=self.verdicts,
            findings=list(self.findings),
            refused=self.rejects.first(TOLD),
            repeated=self.repeats.first(TOLD),
        )
