"""The verdicts on claims that were written, with their answers, before the rules were run on them.

    python benchmarks/verify/verdicts.py .innograph .innograph-merged

The first store is the published graph; the second has MarketPush.csv and MarketPull.csv merged into it by
the mappings in data/mappings. Each line of `tests/data/verdicts.tsv` is a text, or the five fields of a
claim, and the verdicts that it must get: S supported, R refuted, D disputed, N not in the graph. In brackets
stands what may be found and need not be; "-" is a text in which nothing must be judged. "Too vague" and "not
understood" count as nothing found, and "not in the graph" is never wrong, only missed.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from innograph.server.verifying import Answer, Verifier
from innograph.server.verifying.fields import COLUMNS

CLAIMS = Path(__file__).parents[2] / "tests" / "data" / "verdicts.tsv"
LETTERS = {"supported": "S", "refuted": "R", "disputed": "D", "not in the graph": "N"}


@dataclass
class Tally:
    """Lines and verdicts: how many are right, wrong (told and not so), and missed."""

    lines: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    errors: list[str] = field(default_factory=list)


def answers(verifier: Verifier, form: str, claim: str) -> list[Answer]:
    """What is found about one line."""
    if form == "text":
        return verifier.text(claim)
    return [verifier.claim(**dict(zip(COLUMNS, claim.split(";"), strict=True)))]


def measure(stores: dict[str, Verifier], language: str = "", part: str = "") -> Tally:
    """The tally over all lines of the stores given, or those of one language or one set."""
    tally = Tally()
    with CLAIMS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if (
                row["store"] not in stores
                or language not in ("", row["language"])
                or part not in ("", row["set"])
            ):
                continue
            told = row["verdicts"].replace("-", "").split()
            wanted = Counter(word for word in told if "(" not in word)
            allowed = wanted + Counter(word.strip("()") for word in told if "(" in word)
            found_answers = answers(stores[row["store"]], row["form"], row["claim"])
            found = Counter(LETTERS[a.verdict] for a in found_answers if a.verdict in LETTERS)
            wrong = {letter: count for letter, count in (found - allowed).items() if letter != "N"}
            missed = wanted - found
            tally.lines += 1
            tally.right += (found & allowed).total()
            tally.wrong += sum(wrong.values())
            tally.missed += missed.total()
            if wrong or missed:
                told_of = "".join(f"\n    {_short(answer)}" for answer in found_answers)
                mark = "WRONG" if wrong else "missed"
                tally.errors.append(
                    f"{mark} {row['store']} {row['claim']}\n    wanted {row['verdicts']}{told_of}"
                )
    return tally


def _short(answer: Answer) -> str:
    claim = {key: value for key, value in answer.claim.items() if key not in ("given", "row", "start", "end")}
    names = {key: str(value).rsplit("/", 1)[-1] for key, value in claim.items() if value is not None}
    return f"{answer.verdict}: {names} {answer.reason.told() if answer.reason else ''}"


def main() -> None:
    """Print what is right, wrong and missed for each set and language, and each line that is not right."""
    stores = {
        name: Verifier.open(path) for name, path in zip(("published", "merged"), sys.argv[1:3], strict=False)
    }
    with CLAIMS.open(encoding="utf-8", newline="") as file:
        parts = sorted({row["set"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)})
    for part in (*parts, ""):
        for language in ("en", "zh", "ja", ""):
            tally = measure(stores, language, part)
            print(
                f"set {part or 'all':3} {language or 'all':3}  lines {tally.lines}  verdicts right {tally.right}"
                f"  wrong {tally.wrong}  missed {tally.missed}"
            )
    print("\n".join(tally.errors))


if __name__ == "__main__":
    main()
