"""Merged sources outlive a build: it makes everything authored anew, and keeps what was merged.

What a merged source states stays as it is. What is derived from it, and its comparisons, are computed
again, and it is held to the rules as they are now, since authored files, shapes and derivations may have
changed.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, serialize

from innograph.loader.catalog import source_graphs
from innograph.loader.errors import InvalidError, LoaderError
from innograph.loader.exporting.sorting import sorted_lines
from innograph.loader.merging.batches import SIZE, Setting, kept_line
from innograph.loader.merging.batches.spilling import batched, begun, series_of
from innograph.loader.merging.batches.workers import done
from innograph.loader.merging.describing import activity_of
from innograph.loader.merging.loading import Content, Replacement, State
from innograph.loader.publishing import Draft
from innograph.loader.releases import Release
from innograph.loader.validation import Finding, violates
from innograph.loader.validation.finding import arrange
from innograph.ontology.namespaces import INNO, RDF, Names

Step = Callable[[str], None]


class NoLongerFitsError(InvalidError):
    """A merged source breaks the rules of what is authored now; the release before is still served."""

    def __init__(self, slug: str, findings: list[Finding]) -> None:
        super().__init__(findings)
        self.args = (
            f"the merged source {slug} no longer fits what is authored ({self}): nothing is published or"
            f" lost; merge it again with a mapping that fits, or `innograph unmerge {slug}` first",
        )


class NotKeptError(LoaderError):
    """A merged source cannot stand beside what is authored now."""


def merged_sources(store: Store, names: Names) -> list[str]:
    """The slugs of the sources that were merged, not authored."""
    return [
        slug
        for slug in source_graphs(store, names)
        if any(store.quads_for_pattern(activity_of(slug, names), RDF.type, None, names.graph(slug)))
    ]


def keep(draft: Draft, earlier: Release, told: dict[str, Any], data: Path, step: Step) -> dict[str, Any]:
    """Put the merged sources of an earlier release into a draft that holds what is authored.

    `told` is what `Draft.publish` is to know of the draft; the same is returned of the whole.

    Raises:
        NoLongerFitsError: a source breaks the rules as they are now.
        NotKeptError: a source of that name is authored, or has another base IRI.
    """
    names, before = Names(draft.base), Store.read_only(str(earlier.store))
    merged = merged_sources(before, Names(earlier.description.base))
    if merged and earlier.description.base != draft.base:
        raise NotKeptError(
            f"the merged sources {', '.join(merged)} have IRIs below {earlier.description.base}: build with"
            " that --base or into another --store, or unmerge them first and merge them again afterwards"
        )
    state = State(draft.folder, told["graphs"], told["checksums"])
    for slug in merged:
        if names.graph(slug).value in state.graphs:
            raise NotKeptError(
                f"the source {slug} was merged and is authored too: rename the folder data/sources/{slug},"
                f" or `innograph unmerge {slug}` first"
            )
        step(f"keeping the merged source {slug}")
        folder = draft.folder / f"keeping-{slug}"
        folder.mkdir()
        try:
            draft.store.flush()
            draft.store.backup(str(folder / "store"))
            state = State(folder / "store", state.graphs, state.checksums)
            content = Content(slug, folder)
            try:
                _read(content, draft, before, earlier.store, state, data)
                replacement = Replacement(draft, state, slug, data)
                replacement.do(content)
            except InvalidError as error:
                raise NoLongerFitsError(slug, error.findings) from None
            finally:
                content.close()
                shutil.rmtree(draft.folder / "merging", ignore_errors=True)
            told = replacement.told
            state = State(folder, told["graphs"], told["checksums"])
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return told


def _read(content: Content, draft: Draft, before: Store, earlier: Path, state: State, data: Path) -> None:
    """Fill content with what an earlier release states, derived and validated anew."""
    names = Names(draft.base)
    slug, folder = content.slug, content.folder
    graph, prefix = names.graph(slug), names.iri(f"observation/{slug}/").value
    head: list[Quad] = []

    def observations() -> Iterator[bytes]:
        for subject, quads in groupby(_quads(before, graph), key=lambda quad: quad.subject):
            said = list(quads)
            if (
                isinstance(subject, NamedNode)
                and subject.value.startswith(prefix)
                and any(q.predicate == RDF.type and q.object == INNO.CityObservation for q in said)
            ):
                yield kept_line(subject.value)
            else:
                head.extend(said)

    lines = begun(sorted_lines(observations(), folder))
    brought = folder / "brought.nq"
    brought.write_bytes(serialize(head, format=RdfFormat.N_QUADS) or b"")
    setting = Setting(slug, names.base, state.store, brought, data / "derivations", earlier)
    content.head = [quad.triple for quad in head]
    content.load_ahead(draft.store, content.head)
    findings: set[Finding] = set()
    with contextlib.closing(done(setting, batched(series_of(lines), SIZE))) as results:
        for batch in results:
            content.add(batch)
            findings.update(batch.findings)
    if violates(findings):
        raise InvalidError(arrange(findings))


def _quads(store: Store, graph: NamedNode) -> Iterator[Quad]:
    return store.quads_for_pattern(None, None, None, graph)
