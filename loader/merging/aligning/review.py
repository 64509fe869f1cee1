"""What a person decides: the review file, in SSSOM (Simple Standard for Sharing Ontological Mappings, TSV).

Each uncertain name has a line for each candidate, as `skos:mappingRelation`: related somehow. A person
answers by changing `predicate_id` to `skos:exactMatch` (or `owl:sameAs`), by writing `Not` into
`predicate_modifier`, or by `sssom:NoTermFound` as the object where no candidate is right. The next run reads
the answers, keeps them with every column and comment that the person added, and asks what is still open.
"""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from innograph.loader.errors import InputError, Problem
from innograph.loader.merging.aligning.matches import INDICATOR, PLACE, UNCERTAIN, UNIT, Match
from innograph.loader.merging.records import Name
from innograph.ontology.namespaces import Names

OPEN = "skos:mappingRelation"
ACCEPTING = ("skos:exactMatch", "owl:sameAs")
# Answers that make no identity: the name is a new thing, near to the object.
RELATED = ("skos:closeMatch", "skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch")
NOT = "Not"
NOTHING = "sssom:NoTermFound"
COLUMNS = (
    "subject_label",
    "subject_category",
    "predicate_modifier",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
    "other",
    "comment",
)
_PROPOSED = "semapv:LexicalMatching"
_HEAD = """\
#mapping_set_id: {base}source/{source}/review
#license: https://w3id.org/sssom/license/unspecified
#subject_type: rdfs literal
#curie_map:
#  innograph: {base}
#  owl: http://www.w3.org/2002/07/owl#
#  semapv: https://w3id.org/semapv/vocab/
#  skos: http://www.w3.org/2004/02/skos/core#
#  sssom: https://w3id.org/sssom/
#  unit: http://qudt.org/vocab/unit/
#comment: Accept a line by predicate_id skos:exactMatch, reject it by predicate_modifier Not. Where no line is right, \
write sssom:NoTermFound as the object_id of one, or the IRI, Wikidata or GeoNames identifier that is.
"""

Key = tuple[str, str, str]  # category, label, other
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person answered for a name: the object, or "" when it is a new thing, near to `close`."""

    object: str
    close: tuple[str, ...] = ()


def key(kind: str, name: Name) -> Key:
    """What tells a name from others in the file."""
    told = [("country", name.country), ("level", name.level), ("language", name.language), *name.identifiers]
    return kind, " ".join(name.label.split()), "|".join(f"{slot}={value}" for slot, value in told if value)


@dataclass
class Review:
    """The answers of one source's review file, and the file as it stands."""

    names: Names
    source: str
    columns: tuple[str, ...] = COLUMNS
    rows: list[Row] = field(default_factory=list)
    head: str = ""
    _decisions: dict[Key, Decision] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, names: Names, source: str) -> Review:
        """Read a review file; an absent one is an empty one.

        Raises:
            InputError: with every line that is no answer, or that contradicts another.
        """
        review = cls(names, source)
        if not path.exists():
            return review
        try:
            text = path.read_text("utf-8-sig")
        except UnicodeDecodeError:
            raise InputError([Problem(path, "the review file is not UTF-8", "save it as UTF-8")]) from None
        lines = text.splitlines(keepends=True)
        skipped = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
        review.head = "".join(lines[:skipped])
        table = csv.DictReader(io.StringIO("".join(lines[skipped:])), delimiter="\t")
        missing = [
            column
            for column in ("subject_label", "predicate_id", "object_id")
            if column not in (table.fieldnames or ())
        ]
        if missing and lines[skipped:]:
            what = f"the column{'s' if len(missing) > 1 else ''} {', '.join(missing)} of SSSOM are missing"
            raise InputError([Problem(path, what, "restore the header line (tab-separated)", skipped + 1)])
        review.columns = tuple(dict.fromkeys([*(table.fieldnames or ()), *COLUMNS]))
        problems: list[Problem] = []
        numbered: list[tuple[int, Row]] = []
        for row in table:
            line = skipped + table.line_num
            if None in row:
                problems.append(
                    Problem(path, "the line has more cells than the header", "remove a tab", line)
                )
                continue
            clean = {column: (row.get(column) or "").strip() for column in review.columns}
            if any(clean.values()):
                numbered.append((line, clean))
        review.rows = [row for _, row in numbered]
        review._decide(numbered, path, problems)
        if problems:
            raise InputError(problems)
        return review

    def decision(self, kind: str, name: Name) -> Decision | None:
        """The answer for a name; a line without `other` answers for all names of its label."""
        category, label, other = key(kind, name)
        return self._decisions.get((category, label, other)) or self._decisions.get((category, label, ""))

    def text(self, matches: Iterable[Match]) -> str:
        """The file for the next round: all answers as they are, and what is still open; in stable order."""
        rows = {self._place(row): row for row in self.rows if _is_answer(row)}
        before = {self._place(row): row for row in self.rows}
        for match in matches:
            if match.certainty == UNCERTAIN:
                for row in self._proposals(match):
                    place = self._place(row)
                    kept = {
                        c: v for c, v in before.get(place, {}).items() if c not in COLUMNS or c == "comment"
                    }
                    rows.setdefault(place, {**row, **{c: v for c, v in kept.items() if v}})
        order = sorted(rows.values(), key=_order)
        out = io.StringIO()
        out.write(self.head or _HEAD.format(base=self.names.base, source=self.source))
        writer = csv.DictWriter(out, self.columns, delimiter="\t", lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(order)
        return out.getvalue()

    def write(self, path: Path, matches: Iterable[Match]) -> bool:
        """Write the file unless nothing changed (true: it was written); whole or not at all."""
        text = self.text(matches)
        if path.exists() and path.read_text("utf-8-sig") == text:
            return False
        waiting = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            waiting.write_text(text, "utf-8")
            waiting.replace(path)
        finally:
            waiting.unlink(missing_ok=True)
        return True

    def _decide(self, numbered: list[tuple[int, Row]], path: Path, problems: list[Problem]) -> None:
        grouped: dict[Key, list[tuple[int, Row]]] = defaultdict(list)
        for line, row in numbered:
            category = row["subject_category"]
            if category not in (PLACE, INDICATOR, UNIT):
                what = f"the subject_category {category!r} is unknown"
                problems.append(Problem(path, what, "write place, indicator or unit", line))
            elif row["predicate_id"] not in (OPEN, *ACCEPTING, *RELATED):
                what = f"the predicate_id {row['predicate_id']!r} is no answer"
                problems.append(
                    Problem(path, what, f"write {ACCEPTING[0]} to accept, {OPEN} to leave it open", line)
                )
            elif row["predicate_modifier"] not in ("", NOT):
                what = f"the predicate_modifier {row['predicate_modifier']!r} is unknown"
                problems.append(Problem(path, what, f"write {NOT}, or nothing", line))
            else:
                grouped[category, " ".join(row["subject_label"].split()), row["other"]].append((line, row))
        for where, answers in grouped.items():
            decision = self._answer(answers, path, problems)
            if decision is not None:
                self._decisions[where] = decision

    def _answer(self, answers: list[tuple[int, Row]], path: Path, problems: list[Problem]) -> Decision | None:
        right: dict[str, int] = {}
        nothing, close, wrong = False, [], 0
        for line, row in answers:
            if row["object_id"] == NOTHING:
                nothing = True
            elif row["predicate_modifier"] == NOT:
                wrong += 1
            elif row["predicate_id"] in ACCEPTING:
                right.setdefault(self._expanded(row["object_id"]), line)
            elif row["predicate_id"] in RELATED:
                close.append(self._expanded(row["object_id"]))
        if len(right) > 1 or (right and nothing):
            what = f"{answers[0][1]['subject_label']!r} is answered twice: {', '.join([*right, *[NOTHING] * nothing])}"
            problems.append(Problem(path, what, "accept one line for each name", max(right.values())))
            return None
        if right:
            return Decision(next(iter(right)))
        if nothing or close or wrong == len(answers):
            return Decision("", tuple(close))
        return None

    def _expanded(self, curie: str) -> str:
        prefix, _, rest = curie.partition(":")
        return self.names.base + rest if prefix == "innograph" else curie

    def _proposals(self, match: Match) -> Iterable[Row]:
        kind, label, other = key(match.kind, match.name)
        for candidate in match.candidates:
            path = self.names.relative(candidate.iri)
            yield {
                "subject_label": label,
                "subject_category": kind,
                "predicate_modifier": "",
                "predicate_id": OPEN,
                "object_id": candidate.iri if path is None else f"innograph:{path}",
                "object_label": candidate.label,
                "mapping_justification": _PROPOSED,
                "confidence": f"{candidate.score:.2f}",
                "other": other,
                "comment": candidate.comment,
            }

    def _place(self, row: Row) -> tuple[str, ...]:
        label = " ".join(row["subject_label"].split())
        return row["subject_category"], label, row["other"], self._expanded(row["object_id"])


def _is_answer(row: Row) -> bool:
    return row["predicate_id"] != OPEN or row["predicate_modifier"] == NOT or row["object_id"] == NOTHING


def _order(row: Row) -> tuple[object, ...]:
    try:
        confidence = float(row["confidence"])
    except ValueError:
        confidence = 0.0
    return row["subject_category"], row["subject_label"], row["other"], -confidence, row["object_id"]
