"""VoID statistics (VoID, section 4) of lines of N-Triples, counted as they stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from innograph.loader.counting import Counts
from innograph.ontology.namespaces import RDF

_TYPE = str(RDF.type).encode()


@dataclass
class Tally:
    """What some whole subjects say, in counts; `objects` are the distinct ones, in N-Triples form.

    Subjects must not be torn between tallies that are added up.
    """

    counts: Counts = field(default_factory=Counts)
    objects: set[bytes] = field(default_factory=set)

    def add(self, lines: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Count distinct lines of N-Triples: subject, predicate, and the rest of each."""
        parts = list(lines)
        properties = Counter(predicate for _, predicate, _ in parts)
        classes = Counter(rest[:-3] for _, predicate, rest in parts if predicate == _TYPE)
        self.objects.update([rest[:-3] for _, _, rest in parts])
        self.counts.subjects += len({subject for subject, _, _ in parts})
        self.counts.triples += len(parts)
        for found, total in ((properties, self.counts.properties), (classes, self.counts.classes)):
            for iri, count in found.items():
                total[iri[1:-1].decode()] += count


def plus(one: Counts, other: Counts) -> Counts:
    """The counts of two graphs without a subject in common; `objects` is left to who knows them all."""
    return Counts(
        one.triples + other.triples,
        one.subjects + other.subjects,
        0,
        one.properties + other.properties,
        one.classes + other.classes,
    )
