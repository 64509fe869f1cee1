"""A batch of whole series: to RDF, with what is derived from it, and validated. Runs in a worker.

A batch stands in a small store of its own, with everything that it refers to. So each derivation and
rule takes time that depends on the batch, and a million observations cost a hundred times ten thousand.
A row that breaks a rule is refused, and the rest of the batch is done again without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyoxigraph import RdfFormat, Store

from innograph.loader.counting import Counts
from innograph.loader.deriving import root
from innograph.loader.merging.observing import Observing
from innograph.loader.merging.records import Refused
from innograph.loader.merging.spilling import decode
from innograph.loader.merging.surroundings import Described, Surroundings
from innograph.loader.merging.tallying import Tally
from innograph.loader.validation import Finding, cube_constraints, graph_rules
from innograph.loader.validation.batching import validate_document
from innograph.ontology.namespaces import INNO, Names

# Observations in a batch. Fewer repeat the work on what they refer to, more are joined slower.
SIZE = 400
CODEC = "zstd"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a worker needs to know: all of it can be sent to another process."""

    slug: str
    base: str
    release: Path
    brought: Path
    derivations: Path


@dataclass
class Done:
    """What became of a batch.

    `stated` and `derived` are packed N-Quads in the order of their bytes (see `unpacked`), `shared` those
    derived ones that other batches have too. The counts are those of `stated` and `derived` but for their
    distinct objects: these are listed, packed, in N-Triples form, each with a tab and 0 where it is stated
    or 1 where it is only derived. `findings` is what remains to be told.
    """

    stated: bytes = b""
    derived: bytes = b""
    shared: frozenset[bytes] = frozenset()
    objects: bytes = b""
    in_stated: Counts = field(default_factory=Counts)
    in_derived: Counts = field(default_factory=Counts)
    accepted: int = 0
    refused: list[Refused] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Workshop:
    """Does batches of one merge."""

    def __init__(self, setting: Setting) -> None:
        self.names = Names(setting.base)
        self.observing = Observing(setting.slug, self.names)
        self.graph = self.names.graph(setting.slug)
        release = Store.read_only(str(setting.release))
        self.around = Surroundings(release, setting.brought, self.names, self.graph)
        self.queries = [path.read_text("utf-8") for path in sorted(setting.derivations.glob("*.rq"))]
        self._own = tuple(
            self.names.iri(f"{kind}/{setting.slug}/").value for kind in ("observation", "change", "review")
        )
        self._agent = self.names.iri("agent/innograph").value

    def do(self, lines: Sequence[bytes]) -> Done:
        """Do a batch: lines of `spilling.encode`, whole series."""
        done = Done()
        rows: dict[str, tuple[str, int]] = {}
        texts: dict[str, str] = {}
        for line in lines:
            record = decode(line)
            iri = self.observing.iri(record)
            rows[iri] = record.table, record.row
            try:
                texts[iri] = self.observing.lines(record)
            except ValueError as error:
                done.refused.append(Refused(record.table, record.row, str(error), "mend the cell"))
        while texts:
            around = self._around(texts.values())
            store, derived = self._assembled(texts.values(), around)
            findings = [
                *validate_document("".join((*texts.values(), derived, *(node.triples for node in around)))),
                *graph_rules(store),
                *cube_constraints(store),
            ]
            wrong = self._wrong(findings, texts)
            if not wrong:
                done.findings = [finding for finding in findings if self._concerns(finding)]
                self._pack(done, store)
                break
            for iri, finding in wrong.items():
                what, _, mend = finding.message.partition(": ")
                done.refused.append(Refused(*rows[iri], what, mend, column=finding.path or ""))
                del texts[iri]
        return done

    def _around(self, texts: Iterable[str]) -> list[Described]:
        """What the observations and what is derived from them refer to."""
        objects = {line.split(" ", 2)[2][:-2] for text in texts for line in text.splitlines()}
        nodes = {term[1:-1] for term in objects if term.startswith("<")}
        return self.around.of({*nodes, self._agent, INNO.Change.value})

    def _assembled(self, texts: Iterable[str], around: Iterable[Described]) -> tuple[Store, str]:
        """The batch in its store, and the triples derived from it."""
        store = Store()
        store.load("".join(texts), RdfFormat.N_TRIPLES, to_graph=self.graph)
        store.load(self.around.vocabulary + "".join(n.quads for n in around), RdfFormat.N_QUADS)
        graph = self.names.graph("derived")
        for query in self.queries:
            constructed: Any = store.query(
                query,
                base_iri=self.names.base,
                use_default_graph_as_union=True,
                custom_functions={INNO.root: root},
            )
            store.load(constructed.serialize(format=RdfFormat.N_TRIPLES), RdfFormat.N_TRIPLES, to_graph=graph)
        found = store.dump(format=RdfFormat.N_TRIPLES, from_graph=graph)
        return store, (found or b"").decode()

    def _wrong(self, findings: Iterable[Finding], texts: Mapping[str, str]) -> dict[str, Finding]:
        """The first violation of each of the batch's observations."""
        wrong: dict[str, Finding] = {}
        for finding in findings:
            if finding.severity == "Violation" and finding.focus in texts:
                wrong.setdefault(finding.focus, finding)
        return wrong

    def _concerns(self, finding: Finding) -> bool:
        """Whether a finding tells anything of this merge: the release may hold warnings of its own."""
        return (
            finding.severity == "Violation"
            or finding.focus.startswith(self._own)
            or self.around.brings(finding.focus)
        )

    def _pack(self, done: Done, store: Store) -> None:
        stated, derived = Tally(), Tally()
        prefix = f"<{self._own[0]}".encode()
        lines = _sorted(store, self.graph)
        lines = [line for line in lines if line.startswith(prefix)]
        stated.add(lines)
        done.stated = packed(_in_graph(lines, str(self.graph)))
        graph = self.names.graph("derived")
        others = tuple(f"<{own}".encode() for own in self._own[1:])
        own, shared = [], set()
        for line in _sorted(store, graph):
            if line.startswith(others):
                own.append(line)
            else:
                shared.add(line)
        derived.add(own)
        done.derived = packed(_in_graph(own, str(graph)))
        done.shared = frozenset(_in_graph(sorted(shared), str(graph)))
        done.in_stated, done.in_derived = stated.counts, derived.counts
        done.objects = packed(
            [term + b"\t0\n" for term in stated.objects]
            + [term + b"\t1\n" for term in derived.objects - stated.objects]
        )
        done.accepted = stated.counts.subjects


def _sorted(store: Store, graph: Any) -> list[bytes]:
    text = store.dump(format=RdfFormat.N_TRIPLES, from_graph=graph) or b""
    return sorted(text.splitlines(keepends=True))


def _in_graph(lines: Iterable[bytes], graph: str) -> list[bytes]:
    ending = f" {graph} .\n".encode()
    return [line[:-3] + ending for line in lines]


def packed(lines: Iterable[bytes]) -> bytes:
    """Lines, packed; with their length before them, which unpacking needs."""
    text = b"".join(lines)
    return len(text).to_bytes(8) + pa.compress(text, CODEC, asbytes=True) if text else b""


def unpacked(data: bytes) -> bytes:
    """What `packed` packed."""
    if not data:
        return b""
    text: bytes = pa.decompress(data[8:], int.from_bytes(data[:8]), CODEC, asbytes=True)
    return text
