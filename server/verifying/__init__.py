"""Checking claims against the graph: is this figure right, who says so, and in which words?

From Python::

    from innograph.server.verifying import Verifier

    with Verifier.open(".innograph") as verifier:
        answer = verifier.claim(place="Beijing", indicator="Annual value of technology contracts",
                                period="2023", value="853.69", unit="billion CNY")
        answer.verdict, answer.to_json()
        verifier.text("Beijing's patents per 10,000 people rose from 48.2 in 2014 to 262.9 in 2023.")
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType

from pyoxigraph import Store

from innograph.loader.releases import Releases
from innograph.ontology.figures.sentences import reading
from innograph.server.engine import ReleaseInfo, Snapshot
from innograph.server.engine.snapshot import LocalSnapshot
from innograph.server.verifying import fields
from innograph.server.verifying.answers import Answer, Verdict, message
from innograph.server.verifying.judging import Judge
from innograph.server.verifying.knowledge import knowledge

__all__ = ["Answer", "OutOfTimeError", "Verdict", "Verifier"]


class OutOfTimeError(RuntimeError):
    """The claims could not all be checked in the time that was given."""


class Verifier:
    """Checks claims against one release."""

    def __init__(self, snapshot: Snapshot, seconds: float | None = None) -> None:
        """`seconds` bounds how long claims are checked; what takes longer raises `OutOfTimeError`."""
        self._until = None if seconds is None else monotonic() + seconds
        self.snapshot = snapshot
        self.known = knowledge(snapshot)
        self._judge = Judge(snapshot, self.known)

    @classmethod
    def open(cls, store: str | Path, release: int | None = None) -> Verifier:
        """A verifier over a store folder: the current release, or an older one.

        Raises:
            NoReleaseError: nothing is published there, or not this release.
        """
        published = Releases(Path(store))
        found = published.current() if release is None else published.get(release)
        told = found.description
        info = ReleaseInfo(
            told.number,
            told.identity,
            told.base,
            told.created,
            told.quads,
            told.graphs,
            told.checksum,
            told.message,
        )
        return cls(LocalSnapshot(info, Store.read_only(str(found.store)), union=True))

    def __enter__(self) -> Verifier:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def claim(
        self, *, place: str = "", indicator: str = "", period: str = "", value: str = "", unit: str = ""
    ) -> Answer:
        """The answer to one claim. A value may hold its multiplier and unit: "853.69 billion yuan".

        A period that is a span ("2014-2023") with a value in times or percent is a growth claim.
        """
        given = {"place": place, "indicator": indicator, "period": period, "value": value, "unit": unit}
        return self.rows([given])[0]

    def rows(self, rows: Iterable[Mapping[str, str]]) -> list[Answer]:
        """The answers to claims in rows with the columns place, indicator, period, value and unit, in their order."""
        answers = []
        for number, row in enumerate(rows, 1):
            self._in_time()
            answers.append(self._answer(fields.read(row, self.known, number)))
        self._judge.finish(answers)
        return answers

    def csv(self, text: str) -> list[Answer]:
        """The answers to the claims of a CSV, in its order.

        Raises:
            UnreadableError: it has not the columns, or too many rows.
        """
        return self.rows(fields.rows(text))

    def text(self, text: str) -> list[Answer]:
        """The answers to the claims in a text, and its numbers that are not understood, in the text's order.

        At most the first 20,000 characters and 200 findings; the last answer tells where more was left out.
        """
        read = reading.read(text, self.known.lexicon)
        found = []
        for claim in read.found:
            self._in_time()
            found.append(self._judge.judge(claim, text))
        self._judge.finish(found)
        if read.cut:
            content = {
                "kind": "not understood",
                "words": "",
                "start": min(len(text), reading.LONGEST),
                "end": len(text),
            }
            found.append(
                Answer(Verdict.TOO_VAGUE, content, reason=message("cut", longest=f"{reading.LONGEST:,}"))
            )
        return found

    def _answer(self, given: fields.Given) -> Answer:
        if given.claim is not None:
            answer = self._judge.judge(given.claim)
        else:
            assert given.problem is not None
            answer = Answer(
                Verdict.TOO_VAGUE, {"kind": "figure"}, reason=given.problem, missing=list(given.missing)
            )
        answer.claim["given"] = dict(given.fields)
        answer.claim["row"] = given.row
        return answer

    def _in_time(self) -> None:
        if self._until is not None and monotonic() > self._until:
            raise OutOfTimeError("the claims could not all be checked in time: send them in parts")
