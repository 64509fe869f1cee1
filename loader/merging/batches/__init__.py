"""A batch of whole series: to RDF, with what is derived from it, and validated. Runs in a worker.

A batch stands in a small store of its own, with everything that it refers to. So each derivation and
rule takes time that depends on the batch, and a million observations cost a hundred times ten thousand.
A row that breaks a rule is refused, and the rest of the batch is done again without it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import zstandard
from pyoxigraph import NamedNode, RdfFormat, Store, Triple

from innograph.loader.counting import Counts
from innograph.loader.deriving import root
from innograph.loader.large_tables import read_line
from innograph.loader.merging.batches.observing import Observing
from innograph.loader.merging.batches.spilling import decode
from innograph.loader.merging.batches.surroundings import Surroundings
from innograph.loader.merging.records import Refused
from innograph.loader.merging.tallying import Tally
from innograph.loader.observations import MEND, observation
from innograph.loader.validation import Finding, cube_constraints_in_place, graph_rules
from innograph.loader.validation.constraints import validate_batch
from innograph.ontology.namespaces import INNO, PROV, SDMX_DIMENSION, Names

# Observations in a batch. Fewer repeat the work on what they refer to, more are joined slower.
SIZE = 400
COMPARISONS = "comparisons"  # the derivation that looks at other sources
_INPUT, _VERDICT = str(PROV.wasDerivedFrom).encode(), str(INNO.verdict).encode()


@dataclass(frozen=True, slots=True)
class Setting:
    """What a worker needs to know: all of it can be sent to another process."""

    slug: str
    base: str
    release: Path
    brought: Path
    derivations: Path
    kept: Path | None = None
    """An earlier release, whose observations of the source are kept as they are."""
    authored: bool = False
    """Whether the lines are rows of an authored table (`large_tables`), of which none is left out."""


@dataclass
class Done:
    """What became of a batch.

    `stated` and `derived` are packed N-Quads in the order of their bytes (see `unpacked`), `shared` those
    derived ones that other batches have too. The counts are those of `stated` and `derived` but for their
    distinct objects: these are listed, packed, in N-Triples form, each with a tab and 0 where it is stated
    or 1 where it is only derived. `verdicts` counts comparisons with other sources. `findings` is what
    remains to be told.
    """

    stated: bytes = b""
    derived: bytes = b""
    shared: frozenset[bytes] = frozenset()
    objects: bytes = b""
    in_stated: Counts = field(default_factory=Counts)
    in_derived: Counts = field(default_factory=Counts)
    accepted: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class _One(NamedTuple):
    """An observation as N-Triples, its place and indicator, and the table and row that state it."""

    text: str
    series: tuple[str, str]
    row: tuple[str, int] = ("", 0)


class _Assembled(NamedTuple):
    """A batch with all around it: as a store, as one document in N-Triples, and what is derived in sorted lines."""

    store: Store
    document: str
    derived: list[bytes]


class Workshop:
    """Does batches of one merge."""

    def __init__(self, setting: Setting) -> None:
        self.names = Names(setting.base)
        self.observing = Observing(setting.slug, self.names)
        self.graph = self.names.graph(setting.slug)
        release = Store.read_only(str(setting.release))
        self.around = Surroundings(release, setting.brought, self.names, self.graph)
        self.queries = {p.stem: p.read_text("utf-8") for p in sorted(setting.derivations.glob("*.rq"))}
        self.kept = None if setting.kept is None else Store.read_only(str(setting.kept))
        self.authored = setting.authored
        self._own = (self.observing.prefix, self.names.iri(f"change/{setting.slug}/").value)
        self._compared = f"<{self.names.iri('comparison/').value}".encode()

    def do(self, lines: Sequence[bytes]) -> Done:
        """Do a batch of whole series: lines of `spilling.encode`, or of `kept_line` where they are kept."""
        done = Done()
        if self.kept is not None:
            batch = self._kept(lines)
        else:
            batch = self._authored(lines, done) if self.authored else self._stated(lines, done)
        texts = {iri: one.text for iri, one in batch.items()}
        while texts:
            keys = dict.fromkeys(batch[iri].series for iri in texts)
            others = {other for place, indicator in keys for other in self.around.others(place, indicator)}
            assembled = self._assembled(texts.values(), others)
            store, document = assembled.store, assembled.document
            findings = validate_batch(document, store)
            findings += [*graph_rules(store, document), *cube_constraints_in_place(store)]
            wrong = {} if self.kept is not None or self.authored else self._wrong(findings, texts)
            if not wrong:
                done.findings = [finding for finding in findings if self._concerns(finding)]
                self._pack(done, assembled)
                break
            for iri, finding in wrong.items():
                what, _, mend = finding.message.partition(": ")
                done.refused.append(Refused(*batch[iri].row, what, mend, column=_local(finding.path or "")))
                del texts[iri]
        return done

    def _stated(self, lines: Iterable[bytes], done: Done) -> dict[str, _One]:
        """The observations of records, by IRI."""
        found = {}
        for line in lines:
            record = decode(line)
            try:
                text = self.observing.lines(record)
            except ValueError as error:
                what, _, mend = str(error).partition(": ")
                done.refused.append(Refused(record.table, record.row, what, mend or "mend the cell"))
                continue
            series = record.place, record.indicator
            found[self.observing.iri(record)] = _One(text, series, (record.table, record.row))
        return found

    def _authored(self, lines: Iterable[bytes], done: Done) -> dict[str, _One]:
        """The observations of authored rows, each with its evidence."""
        found: dict[str, _One] = {}
        for line in lines:
            table, number, row = read_line(line)
            try:
                triples = list(observation(row, self.observing.slug, self.names))
            except ValueError as error:
                done.refused.append(Refused(table, number, str(error), MEND))
                continue
            iri, said = _subject(triples[0]), "".join(f"{triple} .\n" for triple in triples)
            place, indicator = (
                next(t.object.value for t in triples if t.predicate == link)  # type: ignore[union-attr]
                for link in (SDMX_DIMENSION.refArea, INNO.indicator)
            )
            earlier = found[iri].text if iri in found else ""  # a key that is stated twice breaks a rule
            found[iri] = _One(earlier + said, (place, indicator), (table, number))
        return found

    def _kept(self, lines: Iterable[bytes]) -> dict[str, _One]:
        """The observations that an earlier release holds."""
        assert self.kept is not None
        found = {}
        for line in lines:
            iri = line.decode().rstrip("\n").split("\t")[1]
            quads = list(self.kept.quads_for_pattern(NamedNode(iri), None, None, self.graph))
            said = {quad.predicate: quad.object for quad in quads}
            series = (said[SDMX_DIMENSION.refArea].value, said[INNO.indicator].value)  # type: ignore[union-attr]
            found[iri] = _One("".join(f"{quad.triple} .\n" for quad in quads), series)
        return found

    def _assembled(self, texts: Collection[str], others: set[str]) -> _Assembled:
        """The batch with what it refers to and what is derived from it.

        The document has the literals as they are written, the store has them as it keeps them.
        """
        graph = self.names.graph("derived")
        around = self.around.of({*_objects("".join(texts).splitlines()), *others})
        store = Store()

        def load(text: str | bytes, form: RdfFormat = RdfFormat.N_TRIPLES, **options: Any) -> None:
            # Lenient, because it was written by the engine, or of terms that it has checked (`observing`).
            store.load(text, form, lenient=True, **options)

        load("".join(texts), to_graph=self.graph)
        load(self.around.vocabulary + "".join(node.quads for node in around), RdfFormat.N_QUADS)
        for name, query in self.queries.items():
            if name != COMPARISONS or others:
                constructed: Any = store.query(
                    query,
                    base_iri=self.names.base,
                    use_default_graph_as_union=True,
                    custom_functions={INNO.root: root},
                )
                load(constructed.serialize(format=RdfFormat.N_TRIPLES), to_graph=graph)
        derived = _sorted(store, graph)
        targets = {rest[1:-4].decode() for _, _, rest in map(_parts, derived) if rest[:1] == b"<"}
        known = {id(node) for node in around}
        further = [node for node in self.around.of({*targets, INNO.Change.value}) if id(node) not in known]
        load("".join(node.quads for node in further), RdfFormat.N_QUADS)
        described = (node.triples for node in (*around, *further))
        return _Assembled(store, "".join((*texts, b"".join(derived).decode(), *described)), derived)

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

    def _pack(self, done: Done, batch: _Assembled) -> None:
        """Put the output of a valid batch into `done`."""
        own = f"<{self.observing.prefix}".encode()
        stated, derived = Tally(), Tally()
        lines = [line for line in _sorted(batch.store, self.graph) if line.startswith(own)]
        stated.add(map(_parts, lines))
        done.stated = packed(_in_graph(lines, self.graph))
        computed, shared, said = [], [], []
        for _, group in groupby(((*_parts(line), line) for line in batch.derived), key=itemgetter(0)):
            about = list(group)
            inputs = [rest for _, link, rest, _ in about if link == _INPUT]
            if any(term.startswith(own) for term in inputs):
                computed += [line for *_, line in about]
                said += [(subject, link, rest) for subject, link, rest, _ in about]
            elif not inputs:
                shared += [line for *_, line in about]  # an activity, or its query
        derived.add(said)
        graph = self.names.graph("derived")
        done.derived = packed(_in_graph(computed, graph))
        done.shared = frozenset(_in_graph(shared, graph))
        done.in_stated, done.in_derived = stated.counts, derived.counts
        done.objects = packed(
            [term + b"\t0\n" for term in stated.objects]
            + [term + b"\t1\n" for term in derived.objects - stated.objects]
        )
        done.accepted = stated.counts.subjects
        done.verdicts = Counter(
            rest[1:-4].decode().rpartition("/")[2]
            for subject, link, rest in said
            if link == _VERDICT and subject.startswith(self._compared)
        )


def _local(path: str) -> str:
    """What a property is called in short, where a path is one property."""
    return re.split(r"[/#]", path)[-1] if re.fullmatch(r"[^\s<>|()]+", path) else ""


def kept_line(iri: str) -> bytes:
    """A line for an observation of an earlier release; in order of such lines a series stands together."""
    return f"{iri.rpartition('/')[0]}/\t{iri}\n".encode()


def _objects(lines: Iterable[str]) -> set[str]:
    """The IRIs that triples point at."""
    terms = {line.split(" ", 2)[2] for line in lines}
    return {term[1:-3] for term in terms if term[0] == "<"}


def _subject(triple: Triple) -> str:
    assert isinstance(triple.subject, NamedNode)
    return triple.subject.value


def _parts(line: bytes) -> tuple[bytes, bytes, bytes]:
    """The subject and the predicate of a line of N-Triples, and the rest of it."""
    subject, predicate, rest = line.split(b" ", 2)
    return subject, predicate, rest


def _sorted(store: Store, graph: NamedNode) -> list[bytes]:
    text = store.dump(format=RdfFormat.N_TRIPLES, from_graph=graph) or b""
    return sorted(text.splitlines(keepends=True))


def _in_graph(lines: Iterable[bytes], graph: NamedNode) -> list[bytes]:
    ending = f" {graph} .\n".encode()
    return [line[:-3] + ending for line in lines]


def packed(lines: Iterable[bytes]) -> bytes:
    """Lines, packed: a sixtieth of their size, in less time than writing them to a disk takes."""
    text = b"".join(lines)
    return zstandard.ZstdCompressor(level=1).compress(text) if text else b""


def unpacked(data: bytes) -> bytes:
    """What `packed` packed."""
    return zstandard.ZstdDecompressor().decompress(data) if data else b""
