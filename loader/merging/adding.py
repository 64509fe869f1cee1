"""Large tables of authored sources in a build: in batches, as a merge does them, beside what is built already.

The draft holds the rest of the authored graph, validated. What the rows state, what is derived from it and how
it compares with other sources comes out of the batches of `Workshop`, so memory does not grow with the tables.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pyoxigraph import RdfFormat, serialize

from innograph.loader.errors import InputError, Problem
from innograph.loader.exporting.sorting import sorted_lines
from innograph.loader.large_tables import read_line
from innograph.loader.merging.batches import SIZE, Setting
from innograph.loader.merging.batches.spilling import batched, series_of
from innograph.loader.merging.batches.workers import done
from innograph.loader.merging.loading import Content, Replacement, State
from innograph.loader.observations import key
from innograph.loader.publishing import Draft
from innograph.loader.validation import Finding, violates
from innograph.ontology.namespaces import Names

Step = Callable[[str], None]
FINDINGS = 1_000  # warnings that are told


def add(
    draft: Draft, rows: Path, slug: str, told: dict[str, Any], data: Path, step: Step
) -> tuple[dict[str, Any], list[Finding]]:
    """Add the rows of a source (a file of `large_tables`) to a draft that holds all else that it states.

    `told` is what `Draft.publish` is to know of the draft; the same is returned of the whole, with what is
    wrong. Where a rule is broken, the draft must not be published.

    Raises:
        InputError: rows that mean nothing, each with its place.
    """
    folder = draft.folder / f"adding-{slug}"
    folder.mkdir()
    try:
        draft.store.flush()
        draft.store.backup(str(folder / "store"))
        state = State(folder / "store", told["graphs"], told["checksums"])
        with contextlib.closing(Content(slug, folder)) as content:
            step(f"deriving and validating {slug}")
            findings = _fill(content, draft, rows, state, data)
            if violates(findings):
                return told, findings
            replacement = Replacement(draft, state, slug, data)
            replacement.do(content, step, head_is_there=True)
            return replacement.told, findings
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(draft.folder / "merging", ignore_errors=True)


def _fill(content: Content, draft: Draft, rows: Path, state: State, data: Path) -> list[Finding]:
    """Do the batches; what is wrong with them."""
    names, folder = Names(draft.base), content.folder
    graph = names.graph(content.slug)
    head = list(draft.store.quads_for_pattern(None, None, None, graph))
    content.head = [quad.triple for quad in head]
    content.load_ahead(draft.store, ())
    brought = folder / "brought.nq"
    brought.write_bytes(serialize(head, format=RdfFormat.N_QUADS) or b"")
    setting = Setting(content.slug, names.base, state.store, brought, data / "derivations", authored=True)
    findings: dict[Finding, None] = {}
    problems: list[Problem] = []
    with rows.open("rb") as file:
        lines = sorted_lines(file, folder)
        with contextlib.closing(done(setting, batched(series_of(lines), SIZE))) as results:
            for batch in results:
                content.add(batch)
                problems += [Problem(Path(r.table), r.reason, r.mend, r.row) for r in batch.refused]
                for finding in batch.findings:
                    if finding.severity == "Violation" or len(findings) < FINDINGS:
                        findings[finding] = None
    if problems:
        raise InputError(sorted(problems, key=lambda problem: (problem.path, problem.line or 0)))
    return list(findings)


def places(rows: Path, slug: str, names: Names, things: Iterable[str]) -> dict[str, str]:
    """Where rows are written that state some things, by the IRIs of their observations."""
    wanted, found = set(things), {}
    with rows.open("rb") as file:
        for line in file:
            written = read_line(line)
            iri = names.observation(slug, *key(written.row)).value
            if any(thing.startswith(iri) for thing in wanted):
                found[iri] = f"{written.table}:{written.line}"
    return found
