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

    def add(self, lines: Iterable[bytes]) -> None:
        """Count distinct lines of N-Triples; those of a subject stand together."""
        properties: Counter[bytes] = Counter()
        classes: Counter[bytes] = Counter()
        before = b""
        for line in lines:
            subject, predicate, rest = line.split(b" ", 2)
            term = rest[:-3]
            properties[predicate] += 1
            self.objects.add(term)
            if predicate == _TYPE:
                classes[term] += 1
            if subject != before:
                self.counts.subjects += 1
                before = subject
        self.counts.triples += properties.total()
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
