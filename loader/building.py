"""From authored files to a release: read, load, derive, describe, validate, publish.

Everything happens in a draft. Whatever goes wrong on the way, the draft is deleted and the release
before goes on being served.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyoxigraph import NamedNode, Quad, Store, Triple

from innograph.loader.authored import Authored, read_authored
from innograph.loader.canonical import canonical_sha256, graph_sha256
from innograph.loader.catalog import catalog, counted
from innograph.loader.deriving import derive
from innograph.loader.errors import InvalidError
from innograph.loader.large_tables import LARGE
from innograph.loader.merging.adding import add, places
from innograph.loader.merging.keeping import keep
from innograph.loader.paths import DATA, ONTOLOGY
from innograph.loader.publishing import Draft, Publisher, count_by_graph
from innograph.loader.releases import Release
from innograph.loader.validation import Finding, cube_constraints, fast, graph_rules
from innograph.loader.validation.judging import judge
from innograph.ontology.namespaces import DEFAULT_BASE, Names

# Above this many quads pyshacl would take minutes: the native engine, which tests hold to its verdicts, is asked.
JUDGED = 30_000
Step = Callable[[str], None]


def _quiet(_: str) -> None:
    """The progress of a program that has nobody watching."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where a build reads from, and the base IRI that it gives the instances."""

    base: str = DEFAULT_BASE
    data: Path = DATA
    ontology: Path = ONTOLOGY
    large: int = LARGE  # a source with more rows in its tables than this is added in batches


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found; `origins` tells where each thing is written."""

    findings: list[Finding]
    origins: dict[str, str]
    quads: int

    @property
    def valid(self) -> bool:
        """Whether nothing is a violation (warnings are allowed)."""
        return not any(finding.severity == "Violation" for finding in self.findings)


def build(root: Path, inputs: Inputs, step: Step = _quiet, message: str = "build") -> tuple[Release, Outcome]:
    """Build, validate and publish a release in the store folder `root`. What was merged there is kept.

    Raises:
        InputError: authored files that cannot be read, each mistake with its place.
        InvalidError: the graph breaks the rules, or a merged source does not fit it any more.
        NotKeptError: a merged source has the name of an authored one, or another base IRI.
        BusyError: another writer holds the store.
        OSError: the disk.
    """
    publisher = Publisher(root)
    with publisher.draft(inputs.base, clone=False) as draft:
        outcome, told = _filled(draft, inputs, step)
        if not outcome.valid:
            raise InvalidError(outcome.findings, outcome.origins)
        if publisher.releases.state().current is not None:
            told = keep(draft, publisher.releases.current(), told, inputs.data, step)
        step("publishing")
        release = draft.publish(kind="build", message=message, **told | {"compact": True})
    return release, outcome


def check(inputs: Inputs, step: Step = _quiet) -> Outcome:
    """Do all that a build does but publish.

    Raises:
        InputError: authored files that cannot be read, each mistake with its place.
    """
    with (
        TemporaryDirectory(prefix="innograph-check-") as folder,
        Publisher(Path(folder)).draft(inputs.base, clone=False) as draft,
    ):
        return _filled(draft, inputs, step)[0]


def _filled(draft: Draft, inputs: Inputs, step: Step) -> tuple[Outcome, dict[str, Any]]:
    """Fill an empty draft with all that is authored; what was found, and what `Draft.publish` is to know."""
    folder = draft.folder / "rows"
    folder.mkdir()
    step("reading authored files")
    names = Names(inputs.base)
    authored = read_authored(names, inputs.data, inputs.ontology, folder, inputs.large)
    outcome = assemble(draft.store, authored, inputs, step)
    graphs = count_by_graph(draft.store)
    told: dict[str, Any] = {
        "graphs": graphs,
        "checksum": canonical_sha256(draft.store),
        "checksums": {graph: graph_sha256(draft.store, graph) for graph in graphs},
    }
    for slug, rows in authored.rows.items():
        if outcome.valid:
            told, findings = add(draft, rows, slug, told, inputs.data, step)
            origins = places(rows, slug, names, {f.focus for f in findings}) if findings else {}
            outcome = Outcome(
                outcome.findings + findings, outcome.origins | origins, sum(told["graphs"].values())
            )
    shutil.rmtree(folder)
    return outcome, told


def assemble(store: Store, authored: Authored, inputs: Inputs, step: Step) -> Outcome:
    """Fill an empty store with the whole graph and validate it.

    SHACL sees the literals as they are written, since storing them makes them canonical.
    """
    names = authored.names
    quads = list(authored.quads())
    step("loading")
    store.bulk_extend(quads)
    step("deriving")
    quads += _add(store, names.graph("derived"), derive(store, inputs.data / "derivations", inputs.base))
    step("describing")
    described = list(catalog(store, names, counted(store, names), inputs.data / "queries"))
    quads += _add(store, names.graph("catalog"), described)
    step("validating")
    validate = judge if len(quads) <= JUDGED else fast
    findings = [*validate(quads), *graph_rules(store), *cube_constraints(store)]
    return Outcome(findings, authored.origins, len(store))


def _add(store: Store, graph: NamedNode, triples: list[Triple]) -> list[Quad]:
    quads = [Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples]
    store.extend(quads)
    return quads
