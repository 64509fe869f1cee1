"""What became of a name: the match, how it was found, and what else it might have been."""

from __future__ import annotations

from dataclasses import dataclass, field

from innograph.loader.merging.records import Name

PLACE, INDICATOR, UNIT = "place", "indicator", "unit"

CERTAIN = "certain"  # an identifier, or one exact label at the right level
ACCEPTED = "accepted"  # a person accepted it in the review file
UNCERTAIN = "uncertain"  # candidates for a person to look at; a new resource until then
NEW = "new"  # nothing like it is known


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a name may mean: its IRI (that it would get, if it is not in the graph yet), and how alike (0…1)."""

    iri: str
    label: str
    score: float
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A distinct name of a source, and the resource that stands for it.

    `kind` is place, indicator or unit; `how` says by what it was found ("ISO 3166-2", "label", "review",
    "mapping"); `certainty` is one of the words above. `power` is the power of ten in a unit's words.
    """

    kind: str
    name: Name
    iri: str
    label: str
    how: str
    score: float
    certainty: str
    candidates: tuple[Candidate, ...] = ()
    language: str = ""
    power: int = 0


@dataclass(frozen=True, slots=True)
class Conversion:
    """How the stated figures of a unit compare: figure × 10^`power` in `unit`, × `factor` in `into`.

    `into` is the indicator's unit that others state; it is `unit` itself where only a power of ten stood
    in the words.
    """

    stated: str
    unit: str
    power: int
    into: str
    factor: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A name that nothing can stand for: why, and what would mend it."""

    reason: str
    mend: str
    column: str = field(default="")
