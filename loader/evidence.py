"""Evidence: the exact words that state a fact, and where they stand in their source.

An anchor is a phrase with its place: code points of the source's text, start inclusive, end
exclusive. In the graph it is an `oa:SpecificResource` with a text quote and a text position selector
(Web Annotation Data Model, sections 4.2.4 and 4.2.5).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode, Store, Triple

from innograph.loader.errors import LoaderError
from innograph.ontology.namespaces import INNO, OA, RDF, XSD

if TYPE_CHECKING:
    from innograph.loader.sources.moving import Move

ANCHOR = INNO.anchor
_SHORT = re.compile(r"(\d+)-(\d+) (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Anchor:
    """A phrase at its place; ordered by start, then end."""

    start: int
    end: int
    phrase: str

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Read the authored short form: ``"550-568 313.6 billion yuan"``.

        Raises:
            ValueError: not of that form.
        """
        match = _SHORT.fullmatch(text)
        if match is None:
            raise ValueError(f"anchor {text!r} is not of the form 'START-END phrase'")
        return cls(int(match[1]), int(match[2]), match[3])


def evidence(fact: NamedNode, source: NamedNode, anchors: Iterable[Anchor]) -> Iterator[Triple]:
    """The triples that give a fact its evidence, numbered in the order of the text."""
    for number, anchor in enumerate(sorted(set(anchors)), 1):
        node = NamedNode(f"{fact.value}/evidence/{number}")
        quote, position = NamedNode(f"{node.value}/quote"), NamedNode(f"{node.value}/position")
        yield Triple(fact, INNO.evidence, node)
        yield Triple(node, RDF.type, OA.SpecificResource)
        yield Triple(node, OA.hasSource, source)
        yield Triple(node, OA.hasSelector, quote)
        yield Triple(node, OA.hasSelector, position)
        yield Triple(quote, RDF.type, OA.TextQuoteSelector)
        yield Triple(quote, OA.exact, Literal(anchor.phrase))
        yield Triple(position, RDF.type, OA.TextPositionSelector)
        yield Triple(position, OA.start, Literal(str(anchor.start), datatype=XSD.integer))
        yield Triple(position, OA.end, Literal(str(anchor.end), datatype=XSD.integer))


@dataclass(frozen=True, slots=True)
class CheckedAnchor:
    """One anchor held against the text; `found` is what really stands at its place."""

    evidence: str
    anchor: Anchor
    found: str

    @property
    def holds(self) -> bool:
        """Whether the phrase stands where the anchor says."""
        return self.found == self.anchor.phrase


_SOURCE_BY_CHECKSUM = """
PREFIX spdx: <http://spdx.org/rdf/terms#>
SELECT DISTINCT ?source ?sha WHERE {
  ?source spdx:checksum [ spdx:algorithm spdx:checksumAlgorithm_sha256 ; spdx:checksumValue ?sha ]
  FILTER EXISTS { ?evidence <http://www.w3.org/ns/oa#hasSource> ?source }
} ORDER BY ?source"""

_ANCHORS = """
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT ?evidence ?exact ?start ?end WHERE {
  ?evidence oa:hasSource <SOURCE> ; oa:hasSelector ?quote, ?position .
  ?quote oa:exact ?exact . ?position oa:start ?start ; oa:end ?end
} ORDER BY ?start ?end ?evidence"""


def sources_with_text(store: Store) -> dict[str, str]:
    """SHA-256 (lower-case hex) of the text of each source that evidence refers to, by source IRI."""
    rows = store.query(_SOURCE_BY_CHECKSUM, use_default_graph_as_union=True)
    return {row["source"].value: row["sha"].value.lower() for row in rows}  # type: ignore[union-attr]


def check_text(store: Store, source: str, text: bytes) -> list[CheckedAnchor]:
    """Every anchor of a source, held against its text (UTF-8).

    Raises:
        UnicodeDecodeError: the text is not UTF-8.
    """
    decoded = text.decode("utf-8")
    query = _ANCHORS.replace("<SOURCE>", str(NamedNode(source)))
    rows = store.query(query, use_default_graph_as_union=True)
    checked = []
    for row in rows:  # type: ignore[union-attr]
        anchor = Anchor(int(row["start"].value), int(row["end"].value), row["exact"].value)
        checked.append(CheckedAnchor(row["evidence"].value, anchor, decoded[anchor.start : anchor.end]))
    return checked


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """What came of holding a text against the anchors of its source."""

    source: str
    expected: str
    actual: str
    anchors: list[CheckedAnchor]

    @property
    def holds(self) -> bool:
        """Whether it is the very text, and every phrase stands at its place."""
        return self.actual == self.expected and bool(self.anchors) and all(a.holds for a in self.anchors)

    def lines(self, moves: Mapping[Anchor, Move] | None = None) -> Iterator[str]:
        """The report in words; what does not hold comes first. `moves` are what became of anchors in a new text."""
        if self.actual != self.expected:
            yield f"SHA-256 differs: the text has {self.actual}, {self.source} was taken from {self.expected}"
        for checked in self.anchors:
            if not checked.holds:
                anchor = checked.anchor
                yield (
                    f"{checked.evidence}: {anchor.start}-{anchor.end} should read {anchor.phrase!r}"
                    f" but reads {checked.found!r}"
                )
                if moves:
                    yield f"    {moves[anchor].in_words()}"
        good = sum(checked.holds for checked in self.anchors)
        yield f"{self.source}: {good} of {len(self.anchors)} phrases stand where the graph says"

    def as_json(self, moves: Mapping[Anchor, Move] | None = None) -> dict[str, Any]:
        """The report for programs; `moves` as in `lines`."""
        return {
            "source": self.source,
            "holds": self.holds,
            "sha256": {"expected": self.expected, "actual": self.actual},
            "anchors": [
                {
                    "evidence": c.evidence,
                    "start": c.anchor.start,
                    "end": c.anchor.end,
                    "phrase": c.anchor.phrase,
                    "found": c.found,
                    "holds": c.holds,
                    **(moves[c.anchor].as_json() if moves else {}),
                }
                for c in self.anchors
            ],
        }


def check_file(store: Store, text: Path, slug: str | None, base: str) -> EvidenceReport:
    """Hold a file against the source that it is the text of.

    The source is the one named by `slug`, or the one with the file's hash, or the only one there is.

    Raises:
        LoaderError: no such source, or no way to tell which; or the file is not UTF-8.
    """
    content = text.read_bytes()
    actual = hashlib.sha256(content).hexdigest()
    known = sources_with_text(store)
    matching = [source for source, expected in known.items() if expected == actual]
    source = f"{base}source/{slug}" if slug else next(iter(matching or known), None)
    if source is None or source not in known or (not slug and not matching and len(known) > 1):
        slugs = ", ".join(iri.rpartition("/")[2] for iri in known) or "none"
        raise LoaderError(f"{text}: cannot tell whose text this is; name one by --source: {slugs}")
    try:
        anchors = check_text(store, source, content)
    except UnicodeDecodeError as error:
        raise LoaderError(
            f"{text}: not UTF-8 at byte {error.start}; give the text as it was hashed"
        ) from None
    return EvidenceReport(source, known[source], actual, anchors)
