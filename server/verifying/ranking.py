"""Rank claims: what sources claim of the same place in the same ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode

from innograph.ontology.figures.sentences.records import RankClaim
from innograph.server.pages.links import expand
from innograph.server.pages.reading import PROLOGUE, facts_of, first
from innograph.server.verifying.answers import Answer, Compared, Verdict, message

if TYPE_CHECKING:
    from innograph.server.verifying.judging import Judge

_CLAIMS = f"""{PROLOGUE}SELECT ?item WHERE {{
  ?item sdmx-dimension:refArea ?place ; inno:ranking ?ranking ; a inno:RankingClaim }} LIMIT 200"""
RANK, PERIOD, AS_STATED, SOURCE = (
    expand(name)
    for name in ("inno:rank", "sdmx-dimension:refPeriod", "inno:periodAsStated", "prov:wasDerivedFrom")
)


def judge(judge: Judge, claim: RankClaim, content: dict[str, Any]) -> Answer:
    """The answer to a rank claim: supported where a source claims the same rank for the same period."""
    content |= {
        "ranking": claim.ranking.iri or None,
        "ranking_words": claim.ranking.words or None,
        "rank": claim.rank,
        "period": claim.period or None,
    }
    if answer := judge.unclear(content, {"place": claim.place, "ranking": claim.ranking}):
        return answer
    items = [
        row["item"].value
        for place in judge.known.equals(claim.place.iri)
        for row in judge.snapshot.select(
            _CLAIMS, place=NamedNode(place), ranking=NamedNode(claim.ranking.iri)
        )
    ]
    told = facts_of(judge.snapshot, items, (RANK, PERIOD, AS_STATED, SOURCE))
    answer = Answer(Verdict.NOT_IN_GRAPH, content, rule=message("rule_rank"))
    if not told:
        answer.reason, answer.rule = message("no_rank"), None
        return answer
    agreed = []
    for iri, own in sorted(told.items()):
        stated, rank = first(own, PERIOD), first(own, RANK)
        same = rank == str(claim.rank)
        agrees: bool | None = same
        if claim.period and stated != claim.period:
            agrees = None
        agreed.append(agrees)
        when = stated or first(own, AS_STATED)
        answer.compared.append(
            Compared(iri, None, "", when, "", first(own, SOURCE), agrees, f"#{rank}, {when}")
        )
    from innograph.server.verifying.judging import verdict

    if all(agrees is None for agrees in agreed):
        answer.reason = message("no_rank_period", period=claim.period)
        answer.rule = None
        return answer
    answer.verdict = verdict(agreed)
    if claim.told.negated and answer.verdict in (Verdict.SUPPORTED, Verdict.REFUTED):
        answer.verdict = Verdict.REFUTED if answer.verdict is Verdict.SUPPORTED else Verdict.SUPPORTED
    return answer
