"""`/verify` as a page: a claim's verdict, what it was compared with, and in which words that is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from innograph.server.engine import Snapshot
from innograph.server.pages.figures import FIGURE_NEEDS, VALUE
from innograph.server.pages.language import Words
from innograph.server.pages.links import Links
from innograph.server.pages.reading import Facts, facts_of
from innograph.server.pages.rendering import Alternate, Frame, page
from innograph.server.pages.values import Part, Values
from innograph.server.verifying import Answer
from innograph.server.verifying.answers import Compared, Verdict
from innograph.server.verifying.fields import COLUMNS

ROLES = {"place": "verify_place", "indicator": "verify_indicator", "ranking": "verify_ranking"}
FIELDS = {
    "place": "verify_place",
    "indicator": "verify_indicator",
    "period": "verify_period",
    "value": "verify_value",
    "unit": "verify_unit",
}
VERDICTS = {
    Verdict.SUPPORTED: "verify_supported",
    Verdict.REFUTED: "verify_refuted",
    Verdict.DISPUTED: "verify_disputed",
    Verdict.NOT_IN_GRAPH: "verify_not_in_graph",
    Verdict.TOO_VAGUE: "verify_too_vague",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An observation beside a claim: `agrees` is a key of the words."""

    figure: Part
    period: str
    source: Part
    agrees: str
    quotes: Sequence[tuple[str, str, str]]  # words, or the row of a table, and where they lead


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer as a reader sees it."""

    verdict: str
    key: str
    claim: str
    understood: Sequence[tuple[str, Part]]
    rows: Sequence[Row]
    lines: Sequence[str]
    candidates: Sequence[tuple[str, Sequence[Part]]]


def verify_page(snapshot: Snapshot, given: Mapping[str, str], find: Callable[[], list[Answer]]) -> Response:
    """The form, with the answers to what was given in it below."""

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        answers = find()
        iris = {one.iri for answer in answers for one in answer.compared}
        iris |= {one.source for answer in answers for one in answer.compared if one.source}
        iris |= {str(answer.claim[role]) for answer in answers for role in ROLES if answer.claim.get(role)}
        facts = facts_of(snapshot, (one.iri for answer in answers for one in answer.compared), FIGURE_NEEDS)
        values = Values(snapshot, words, links, iris, facts)
        pairs = [(name, given[name]) for name in (*COLUMNS, "text") if given.get(name)]
        alternates = (
            tuple(
                Alternate(name, kind, f"/verify?{urlencode([*pairs, ('format', name)])}")
                for name, kind in (("json", "application/json"), ("jsonld", "application/ld+json"))
            )
            if pairs and request.method == "GET"
            else ()
        )
        frame = Frame(title=words.verify, crumbs=((words.home, links.to("/")),), alternates=alternates)
        shown = [_shown(answer, facts, values, words, links, given) for answer in answers]
        return (
            "verify.html",
            frame,
            {
                "given": {name: given.get(name, "") for name in ("text", "csv")},
                "fields": [(name, words(key), given.get(name, "")) for name, key in FIELDS.items()],
                "answers": shown,
                "checked": any(given.values()),
                "hidden": list(links.carried.items()),
            },
        )

    return page(snapshot.release, build)


def _shown(
    answer: Answer,
    facts: Mapping[str, Facts],
    values: Values,
    words: Words,
    links: Links,
    given: Mapping[str, str],
) -> Shown:
    claim = answer.claim
    told = str(claim.get("words") or " · ".join(v for v in claim.get("given", {}).values() if v))
    understood = [(words(key), values.thing(claim[role])) for role, key in ROLES.items() if claim.get(role)]
    period = claim.get("period") or "–".join(filter(None, (claim.get("from"), claim.get("to"))))
    if period:
        understood.append((words.period, Part(str(period))))
    lines = [
        line.told(words.language)
        for line in (answer.likely, answer.reason, answer.off(), answer.rule)
        if line is not None
    ]
    return Shown(
        words(VERDICTS[answer.verdict]),
        answer.verdict.name.lower().replace("_", "-"),
        told,
        understood,
        [_row(one, answer, facts.get(one.iri, {}), values, links) for one in answer.compared],
        lines,
        [
            (words(ROLES[role]), [_choice(thing, role, links, given) for thing in things])
            for role, things in answer.candidates.items()
        ],
    )


def _row(one: Compared, answer: Answer, own: Facts, values: Values, links: Links) -> Row:
    agrees = {True: "verify_agrees", False: "verify_differs", None: "verify_open"}[one.agrees]
    quotes = [
        (str(place.get("words", "")), place["iri"].partition("#row=")[2], links.page(place["iri"]))
        for place in answer.evidence.get(one.iri, [])
    ]
    figure = values.observed(one.iri, own) if VALUE in own else Part(one.shown, links.page(one.iri))
    return Row(
        figure,
        one.period,
        values.thing(one.source) if one.source else Part(""),
        agrees,
        quotes,
    )


def _choice(thing: Mapping[str, str], role: str, links: Links, given: Mapping[str, str]) -> Part:
    """A candidate: chosen in the form where one claim was asked, else just named."""
    fields = {name: given.get(name, "") for name in COLUMNS}
    if role not in fields or not any(fields.values()):
        return Part(thing["label"], links.page(thing["iri"]))
    return Part(
        thing["label"], links.to("/verify", **{**{k: v for k, v in fields.items() if v}, role: thing["iri"]})
    )
