"""Growth in a sentence: fivefold, doubled, 20 % more, 年均增长, from A to B."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from innograph.ontology.figures.sentences import binding
from innograph.ontology.figures.sentences.lexicon import Lexicon, Mention
from innograph.ontology.figures.sentences.marks import Marks, Verb
from innograph.ontology.figures.sentences.quantities import PERCENT, POINTS, TIMES, Amount
from innograph.ontology.figures.sentences.records import GrowthClaim, Relation, Why
from innograph.ontology.figures.sentences.text import Span

if TYPE_CHECKING:
    from innograph.ontology.figures.sentences.figures import Bound
    from innograph.ontology.figures.sentences.reading import Context

_ANNUAL = re.compile(
    r"\b(?:annual(?:ly|ized|ised)? (?:average )?(?:compound )?(?:growth|rate|increase)"
    r"|average annual|annually|per annum|(?:a|per|each|every) year|cagr|compound)\b"
    r"|年均|年平均|年率|平均每年|复合"
)
_YEAR_ON_YEAR = re.compile(
    r"year[- ](?:on|over)[- ]year|\byoy\b|y/y|from (?:the|a) (?:previous|prior) year|同比|比上年|较上年|前年比|前年度比"
)
_BEHIND = re.compile(
    r"(?: ?(?:annual|yearly|year-on-year))? ?(?:-|\b)(?:increase|growth|rise|jump|gain|expansion"
    r"|surge|higher|more|up)\b|的?(?:增长|增幅|涨幅|成长)|の?(?:増加|伸び|上昇|拡大|成長|増)"
)
_BEHIND_LESS = re.compile(
    r" ?(?:decrease|decline|drop|fall|reduction|lower|less|fewer|down)\b|的?(?:下降|降幅|减少)|の?(?:減少|低下|減)"
)
_LEADS = re.compile(r"(?:\bby|\bof|了|约|达|, (?:or|up|down)|\bup|\bdown|:) ?$")
_BY = re.compile(r"\bby (?:a factor of |another )?$")
_LEVEL = re.compile(r"(?:\bto|\bat|\bfrom|\bas|\bwas|\bis|\bwere|至|到|为|は|が|占) ?$")
_AS_MUCH = re.compile(r" ?(?:as |the |that |its |what |of (?:the|its|that) |compared)")
_GROWTH_IS = re.compile(
    r"\b(?:growth|increase|rise|decline|decrease|drop|gain)(?: rate)?\b[^,;]*"
    r"\b(?:was|is|were|of|at|averaged|reached|stood at|came to) ?$"
    r"|(?:增速|增幅|增长率|涨幅|降幅)(?:为|达到?|是)?$"
    r"|(?:伸び率|成長率|増加率|減少率)は$"
)

_ADDED = re.compile(
    r"\b(?:add(?:s|ed|ing)|gain(?:s|ed|ing)|los(?:t|es|ing)|shed(?:s|ding)?) $|(?:新增|净增|减少|增加)了?$"
)
_LOST = re.compile(r"\b(?:los(?:t|es|ing)|shed(?:s|ding)?) $|减少了?$")


def relation(marks: Marks, at: int) -> Relation | None:
    """How a number relates two figures; None where it states a level."""
    amount = marks.amounts[at]
    before = marks.folded[marks.span.start : amount.start]
    after = marks.folded[amount.end : marks.span.end]
    verb = _verb_before(marks, amount)
    behind = _BEHIND.match(after) or _BEHIND_LESS.match(after)
    if amount.kind == TIMES:
        return _times(marks, amount, before, after, verb)
    if amount.kind == POINTS:
        return Relation.POINTS
    level = _LEVEL.search(before)
    if amount.kind == PERCENT:
        if (
            _GROWTH_IS.search(before)
            or behind
            or (verb and not level and _close(marks, verb, amount))
            or (_ANNUAL.search(before[-30:]) and verb)
        ):
            clause = marks.clause(amount.at)
            annual = _ANNUAL.search(marks.folded, clause.start, clause.end)
            return Relation.ANNUAL if annual else Relation.PERCENT
        return None
    if verb and _close(marks, verb, amount) and (_BY.search(before) or _directly(marks, verb, amount)):
        return Relation.DIFFERENCE
    if _ADDED.search(before) or (re.match(r"の?(?:増加|減少|増|減)(?!え|り|っ)", after) and not level):
        return Relation.DIFFERENCE
    return None


def _times(marks: Marks, amount: Amount, before: str, after: str, verb: Verb | None) -> Relation:
    words = marks.folded[amount.at : amount.end]
    if "倍" in words:
        if re.search(r"(?:到|至|为|达|达到|是[^,，]{0,12}的)$", before) or re.match(
            r"(?:于|に|へ|と|の(?!増|伸))", after
        ):
            return Relation.RATIO
        if re.search(r"(?:增长|增加|提高|上升|扩大|多)了$", before):
            return Relation.BY
        return (
            Relation.EITHER
            if verb or re.match(r"増|の増|以上増", after) or "翻" in before[-2:]
            else Relation.RATIO
        )
    if "times" in words or words.rstrip().endswith("x"):
        if _BY.search(before):
            return Relation.BY
        if re.search(r"\bto $", before) or _AS_MUCH.match(after):
            return Relation.RATIO
        return Relation.EITHER
    return Relation.EITHER if _BY.search(before) else Relation.RATIO


def _verb_before(marks: Marks, amount: Amount) -> Verb | None:
    return next((verb for verb in reversed(marks.verbs) if verb.end <= amount.at), None)


def _directly(marks: Marks, verb: Verb, amount: Amount) -> bool:
    """Whether a number follows a verb at once and no level is risen to: 增加214件, "rose 540 billion yuan"."""
    gap = marks.folded[verb.end : amount.start].strip()
    word = marks.words(verb)
    return (
        gap in ("", "了")
        and not word.endswith(("至", "到", "为"))
        and word.lower() not in ("up", "down", "higher")
    )


def _close(marks: Marks, verb: Verb, amount: Amount) -> bool:
    """Whether a verb governs a number: nothing but links and periods between, and no other number."""
    gap = marks.between(verb.end, amount.start)
    if any(verb.end <= other.at < amount.at for other in marks.amounts) or re.search(r"[;；。]|,(?! )", gap):
        return False
    return len(gap.strip()) <= 24 and not marks.residue(verb.end, amount.start)


def claims(
    marks: Marks, lexicon: Lexicon, context: Context, bound: Bound, used: set[int]
) -> list[GrowthClaim]:
    """The growth claims of a sentence: of pairs, of numbers that state a change, and of words alone."""
    found: list[GrowthClaim] = []
    for i, j in bound.pairs:
        mention = bound.mentions.get(i)
        if mention is None or bound.mentions.get(j) != mention:
            continue
        verb = _of_pair(marks, min(i, j), max(i, j))
        since, until = (bound.whens[at].period if at in bound.whens else "" for at in (i, j))
        if verb is not None:
            kind = Relation.UP if verb.up else Relation.DOWN
            found += _claim(marks, context, mention, kind, None, (since, until), verb, bound)
    for at, amount in enumerate(marks.amounts):
        kind_ = None if at in bound.levels else relation(marks, at)
        if kind_ is None:
            continue
        mention_ = _mention(marks, amount)
        if mention_ is None:
            bound.why[at] = Why("no-indicator")
            continue
        more = _claim(
            marks,
            context,
            mention_,
            kind_,
            amount,
            _span(marks, amount, kind_, bound, context),
            amount,
            bound,
            at,
        )
        if more:
            used.add(at)
        found += more
    if not found and not bound.mentions:
        found += _in_words(marks, context, bound)
    # "rose fivefold, from A to B" says once that it rose.
    counted = {one.indicator for one in found if one.relation not in (Relation.UP, Relation.DOWN)}
    return [
        one
        for one in found
        if one.indicator not in counted or one.relation not in (Relation.UP, Relation.DOWN)
    ]


def _of_pair(marks: Marks, first: int, second: int) -> Verb | None:
    """The verb that a pair belongs to: the last one before it, or one right after it."""
    begin = (
        marks.amounts[first - 1].end if first and marks.amounts[first - 1].kind != TIMES else marks.span.start
    )
    before = [
        verb for verb in marks.verbs if begin <= verb.start and verb.end <= marks.amounts[first].start + 6
    ]
    inside = [v for v in marks.verbs if marks.amounts[first].end <= v.start < marks.amounts[second].at]
    end = marks.amounts[second].end
    after = [v for v in marks.verbs if v.start >= end and len(marks.between(end, v.start).strip(" ()")) <= 4]
    return next(iter((*reversed(before), *inside, *after)), None)


def _mention(marks: Marks, amount: Amount) -> Mention | None:
    """The name that a change is of: the last before it, else the first after it that "in" or "of" leads to."""
    before = [m for m in marks.indicators if m.end <= amount.at]
    if before:
        later = [a for a in marks.amounts if before[-1].end <= a.at < amount.at]
        begin = later[-1].end if later else before[-1].end
        return before[-1] if not marks.residue(begin, amount.start) else None
    after = [m for m in marks.indicators if m.start >= amount.end]
    return after[0] if after and not marks.residue(amount.end, after[0].start) else None


def _span(marks: Marks, amount: Amount, kind: Relation, bound: Bound, context: Context) -> tuple[str, str]:
    """The two periods that a change is told of; "" for what is not certain."""
    earlier = context.carried()
    whens = marks.whens or (tuple(earlier) if len(earlier) == 1 else ())
    spans = [when for when in whens if when.span]
    if len({(w.first, w.last) for w in spans}) == 1:
        return spans[0].first, spans[0].last
    if spans:
        return "", ""
    for i, j in bound.pairs:
        if i in bound.whens and j in bound.whens and bound.whens[i].period and bound.whens[j].period:
            return bound.whens[i].period, bound.whens[j].period
    points = list(dict.fromkeys(w.first for w in whens if w.first and not w.since))
    vague = [w for w in whens if not w.first]
    begun = next((w.first for w in whens if w.since), "")
    if begun:
        return begun, points[0] if len(points) == 1 else ""
    if len(points) == 2 and not vague and all(p.isdigit() for p in points):
        return min(points), max(points)
    if len(points) == 1:
        base = any(binding.is_base(marks, w) for w in marks.whens)
        yearly = _YEAR_ON_YEAR.search(marks.folded, marks.span.start, marks.span.end)
        lone = kind in (Relation.PERCENT, Relation.DIFFERENCE) and not vague and not base
        if points[0].isdigit() and (yearly or lone) and kind is not Relation.ANNUAL:
            return str(int(points[0]) - 1), points[0]
        if not base:
            return "", points[0]
        carried = earlier[0] if len(earlier) == 1 else None
        later = carried is not None and not carried.span and carried.first > points[0]
        return points[0], carried.first if carried is not None and later else ""
    return "", ""


def _in_words(marks: Marks, context: Context, bound: Bound) -> list[GrowthClaim]:
    """Growth that is told without a number: "rose between 2014 and 2023", "a sharp increase"."""
    if marks.amounts or not marks.verbs or not marks.indicators:
        return []
    large = marks.large()
    spans = [when for when in marks.whens if when.span]
    if not large and len(spans) != 1:
        return []
    verb = marks.verbs[0]
    found = []
    for mention in marks.indicators:
        if mention.whole or mention.weight >= 10:
            kind = Relation.LARGE if large else Relation.UP if verb.up else Relation.DOWN
            since, until = (spans[0].first, spans[0].last) if len(spans) == 1 else ("", "")
            found += _claim(marks, context, mention, kind, None, (since, until), verb, bound)
    return found


def _claim(
    marks: Marks,
    context: Context,
    mention: Mention,
    kind: Relation,
    amount: Amount | None,
    span: tuple[str, str],
    words: Span,
    bound: Bound,
    at: int = -1,
) -> list[GrowthClaim]:
    told, why = binding.told(marks, words.start, words.start)
    if why is not None:
        bound.why[at] = why
        return []
    place = binding.place_of(marks, mention, max(words.start, mention.start), context)
    verb = _verb_before(marks, amount) if amount else None
    falls = kind is Relation.DOWN or bool(
        amount
        and kind is not Relation.RATIO
        and (
            (verb and not verb.up and _close(marks, verb, amount))
            or _LOST.search(marks.folded[marks.span.start : amount.start])
            or _BEHIND_LESS.match(marks.folded[amount.end : marks.span.end])
        )
    )
    spans = [mention, words, *(p for p in marks.places if p.words == place.words and not place.carried)]
    return [
        GrowthClaim(
            min(s.start for s in spans),
            max(s.end for s in spans),
            place,
            told,
            binding.indicator_named(marks, mention, words.start),
            kind,
            amount,
            span[0],
            span[1],
            falls=falls,
        )
    ]
