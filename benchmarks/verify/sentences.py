"""Precision and recall of the sentence rules on the annotated sentences of the tests.

    python benchmarks/verify/sentences.py .innograph

A claim is what a reader would take from a sentence: place, indicator, period, comparator and number (or
relation and span). A found claim counts where all of these are equal; one that is asked back (a name that is
not certain) is not found. Empty lines of expectation are sentences that must give no claim.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from innograph.ontology.figures.sentences.lexicon import Lexicon
from innograph.ontology.figures.sentences.reading import read
from innograph.ontology.figures.sentences.records import (
    FigureClaim,
    Found,
    GrowthClaim,
    Named,
    NotUnderstood,
    Relation,
)
from innograph.server.verifying import Verifier

SENTENCES = Path(__file__).parents[2] / "tests" / "data" / "sentences.tsv"
SHORT = {
    "technology-contract-value": "T",
    "patents-per-10000-people": "P",
    "national-high-tech-enterprises": "N",
    "new-tech-companies-per-day": "D",
}
SIGNS = {
    "is": "=",
    "about": "~",
    "nearly": "<~",
    "over": ">",
    "at least": ">=",
    "under": "<",
    "at most": "<=",
}
RELATIONS = {
    Relation.RATIO: "ratio",
    Relation.BY: "by",
    Relation.EITHER: "either",
    Relation.PERCENT: "percent",
    Relation.ANNUAL: "annual",
    Relation.POINTS: "points",
    Relation.DIFFERENCE: "difference",
    Relation.UP: "up",
    Relation.DOWN: "down",
    Relation.LARGE: "vague",
}


@dataclass
class Score:
    """What was found right, found wrong, and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of what was found, the share that is right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Of what is there, the share that was found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def notation(claim: Found) -> str | None:
    """A claim in the notation of the sentences, or None for what is not certain."""
    if isinstance(claim, NotUnderstood):
        return None
    place = (
        "?"
        if claim.place.unknown
        else "B"
        if claim.place.iri.endswith("city/beijing")
        else _open(claim.place)
    )
    if place is None:
        return None
    if not isinstance(claim, FigureClaim | GrowthClaim):
        return (
            f"{place} R:{claim.ranking.iri.rsplit('/', 1)[-1]} {claim.rank} {claim.period or '-'}"
            if claim.ranking.iri
            else None
        )
    if not claim.indicator.iri:
        return None
    indicator = SHORT.get(claim.indicator.iri.rsplit("/", 1)[-1], claim.indicator.iri)
    negated = " not" if claim.told.negated else ""
    if isinstance(claim, FigureClaim):
        value = claim.amount.value
        shown = f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
        return f"{place} {indicator} {claim.period or '-'} {SIGNS[claim.amount.comparator]} {shown}{negated}"
    if claim.relation is Relation.LARGE or not (claim.since and claim.until):
        return None
    told = f"{place} {indicator} {claim.since}..{claim.until} {RELATIONS[claim.relation]}"
    if claim.amount is not None:
        value = claim.amount.value
        told += f" {SIGNS[claim.amount.comparator]} {value.normalize():f}"
    return told + negated


def _open(place: Named) -> str | None:
    return "-" if not place.iris else None


def measure(lexicon: Lexicon, language: str = "", part: str = "") -> Score:
    """The score over all sentences, or those of one language or of one set."""
    score = Score()
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if (language and row["language"] != language) or (part and row["set"] != part):
                continue
            wanted = Counter(filter(None, (part.strip() for part in row["claims"].split("|"))))
            found = Counter(filter(None, map(notation, read(row["text"], lexicon).found)))
            score.right += (wanted & found).total()
            score.wrong += (found - wanted).total()
            score.missed += (wanted - found).total()
            if wanted != found:
                score.errors.append(
                    f"{row['text']}\n    missed {list(wanted - found)}\n    wrong {list(found - wanted)}"
                )
    return score


def main() -> None:
    """Print precision and recall for each language and for all, and each sentence that is not read right."""
    lexicon = Verifier.open(sys.argv[1] if len(sys.argv) > 1 else ".innograph").known.lexicon
    score = Score()
    for part in ("1", "2", "3", "4", ""):
        for language in ("en", "zh", "ja", ""):
            score = measure(lexicon, language, part)
            shares = f"precision {score.precision:.3f}  recall {score.recall:.3f}"
            counts = f"right {score.right}  wrong {score.wrong}  missed {score.missed}"
            print(f"set {part or 'all':3} {language or 'all':3}  {shares}  {counts}")
    print("\n".join(score.errors))


if __name__ == "__main__":
    main()
