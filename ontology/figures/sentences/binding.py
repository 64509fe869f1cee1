"""Which name, place and period a number in a sentence belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from innograph.ontology.figures.sentences import hedges, surroundings
from innograph.ontology.figures.sentences.lexicon import Lexicon, Mention
from innograph.ontology.figures.sentences.marks import Marks, han_subject
from innograph.ontology.figures.sentences.quantities import COUNT, MONEY, NAMED, PERCENT, Amount
from innograph.ontology.figures.sentences.records import Named, Told, Why
from innograph.ontology.figures.sentences.text import CJK, Span
from innograph.ontology.figures.sentences.times import When

if TYPE_CHECKING:
    from innograph.ontology.figures.sentences.reading import Context

_FAR = 60  # characters between a number and the name after it, or the year after it
_PARTED = re.compile(r"[,;，；。]|\b(?:and|but|while|whereas|to|from|than|compared)\b|和|与|及|と")
_FROM = re.compile(r"(?:\bfrom (?:just |only |a mere )?|从|由|自)$")
_TO = re.compile(
    r"(?:\bto (?:just |only |reach |stand at |hit )?|[^从由自]*(?:增长|增加|上升|提高|提升|下降|降低"
    r"|减少|扩大|攀升|跃升|增|升|降|发展)了?(?:到|至|为)|至|到)$"
)
_IN_BRACKETS = r"(?:\([^()]{1,12}\))?"
_FROM_JA, _TO_JA = (
    re.compile(f"{_IN_BRACKETS}から"),
    re.compile(f"{_IN_BRACKETS}(?:に|へ|まで|となっ)"),
)
_BASE = re.compile(
    r"\b(?:compared (?:with|to)|than in|than|from|over|versus|vs\.?|against)(?: the)? $|(?:比|较|相比|与)$"
)
_BASE_JA = re.compile(r"(?:に|と)比べ|比で|より|の水準")
LIST = re.compile(r"\brespectively\b|分别|それぞれ")


def is_base(marks: Marks, when: When) -> bool:
    """Whether a period is only what another one is compared with: "than in 2014", 比2014年."""
    before = marks.folded[marks.span.start : when.start]
    words = marks.folded[when.start : when.end]
    led = _BASE.search(before) or re.match(r"(?:from|over|than) ", words)
    return bool(led and not when.span) or bool(_BASE_JA.match(marks.folded, when.end))


def pairs(marks: Marks) -> list[tuple[int, int]]:
    """Numbers that a sentence tells as from A to B: their places among the amounts."""
    found: list[tuple[int, int]] = []
    for i, first in enumerate(marks.amounts):
        if not _leads_from(marks, first):
            continue
        for j in (i + 1, i + 2, i - 1):
            free = 0 <= j < len(marks.amounts) and not any(i in pair or j in pair for pair in found)
            plain = free and (j < i or not marks.residue(first.end, marks.amounts[j].start))
            if plain and _leads_to(marks, marks.amounts[j], first.end if j > i else marks.span.start):
                found.append((i, j))
    return found


def _leads_from(marks: Marks, amount: Amount) -> bool:
    return bool(_FROM.search(_before(marks, marks.span.start, amount.start))) or bool(
        _FROM_JA.match(marks.folded, amount.end, marks.span.end)
    )


def _before(marks: Marks, begin: int, end: int) -> str:
    """The text before a number, without a period right before it: from 2014年的 only what leads to that."""
    cut = end
    for when in reversed(marks.whens):
        if begin <= when.start and when.end <= cut and not marks.folded[when.end : cut].strip(" 的の年"):
            cut = when.start
    text = marks.folded[begin:cut]
    return text if cut == end else text.rstrip() + (" " if text.endswith(" ") else "")


def _leads_to(marks: Marks, amount: Amount, begin: int) -> bool:
    before = _before(marks, begin, amount.start)
    if re.search(
        f"[{CJK}]", marks.folded[amount.start : min(amount.end + 3, marks.span.end)]
    ) and _TO_JA.match(marks.folded, amount.end, marks.span.end):
        return True
    return bool(_TO.search(before))


def listed(marks: Marks) -> bool:
    """Whether a sentence tells numbers and years in the same order: "respectively", or two lists."""
    if LIST.search(marks.folded, marks.span.start, marks.span.end):
        return True
    return _joined(marks, marks.whens) and _joined(marks, marks.amounts)


def _joined(marks: Marks, found: Sequence[Span]) -> bool:
    return any(joins(marks, one, other) for one, other in pairwise(found))


def joins(marks: Marks, one: Span, other: Span) -> bool:
    """Whether only "and" or a comma stands between two marks."""
    gap = marks.folded[one.end : other.start].strip()
    return one.end <= other.start and gap in (
        "and",
        ",",
        "、",
        "和",
        "与",
        "と",
        ", and",
        "及",
        "年と",
        "年和",
    )


def indicator_of(
    marks: Marks, lexicon: Lexicon, at: int, levels: list[int], bound: dict[int, Mention]
) -> tuple[Mention | None, Why | None]:
    """The name that a number belongs to, or none and why not."""
    amount = marks.amounts[at]
    following = next((m for m in marks.indicators if m.start >= amount.end), None)
    if following and _adjacent(marks, amount, following) and _fits(amount, following, lexicon):
        return following, None
    preceding = next((m for m in reversed(marks.indicators) if m.end <= amount.at), None)
    if preceding is None:
        holding = next((m for m in marks.indicators if m.start < amount.end and m.end > amount.start), None)
        if holding is None:
            return None, Why("no-indicator")
        return holding, None
    earlier = [i for i in levels if i < at and marks.amounts[i].at >= preceding.end]
    begin = marks.amounts[earlier[-1]].end if earlier else preceding.end
    if earlier and bound.get(earlier[-1]) != preceding:
        return None, Why("other-number")
    if left := marks.residue(begin, amount.start):
        return None, Why("between", left, marks.words(preceding))
    if not _fits(amount, preceding, lexicon):
        return None, Why("unit", name=marks.words(preceding))
    return preceding, None


def _adjacent(marks: Marks, amount: Amount, mention: Mention) -> bool:
    gap = marks.between(amount.end, mention.start)
    return (
        len(gap) <= _FAR
        and not surroundings.part(marks, amount.end, mention.start)
        and not marks.residue(amount.end, mention.start)
        and not _PARTED.search(gap)
        and not any(amount.end <= mark.start < mention.start for mark in (*marks.amounts, *marks.verbs))
    )


def _fits(amount: Amount, mention: Mention, lexicon: Lexicon) -> bool:
    things = [lexicon.things[iri] for iri in mention.iris]
    if amount.kind == MONEY:
        return any(thing.money for thing in things)
    if amount.kind == PERCENT:
        return any(thing.percent for thing in things)
    if amount.kind == COUNT:
        return any(not thing.money and not thing.percent for thing in things)
    return amount.kind in ("", NAMED)


def place_of(marks: Marks, mention: Mention | None, at: int, context: Context) -> Named:
    """The place that a claim is about: the nearest one before, one after, or the only one so far."""
    between = mention is not None and any(mention.end <= place.start < at for place in marks.places)
    if mention is not None and not between and (words := han_subject(marks, min(mention.start, at))):
        clause = marks.clause(mention.start)
        if any(place.iris and clause.holds(place) and place.end <= mention.start for place in marks.places):
            return Named(why=Why("place-narrowed", words))
        return Named(words, (), unknown=True)
    subjects = [place for place in marks.places if not place.aside]
    before = [place for place in subjects if place.start < at]
    if before:
        last = before[-1]
        rivals = [
            place
            for place in before[:-1]
            if place.iris != last.iris and not any(place.end <= a.at < last.start for a in marks.amounts)
        ]
        if rivals and re.search(r"\b(?:and|or)\b|[、和与とや]", marks.folded[rivals[-1].end : last.start]):
            return Named(last.words, tuple(sorted({*last.iris, *rivals[-1].iris})), certain=False)
        return Named(last.words, last.iris, unknown=not last.iris)
    others = {place.iris: place for place in subjects}
    if others and any(starter.start < at for starter in marks.starters):
        return Named(why=Why("place-stranger", marks.words(marks.starters[0])))
    if len(others) == 1:
        place = next(iter(others.values()))
        return Named(place.words, place.iris, unknown=not place.iris)
    if len(others) > 1:
        return Named(certain=False, why=Why("places"))
    if marks.starters:
        return Named(why=Why("place-stranger", marks.words(marks.starters[0])))
    if asides := [place for place in marks.places if place.aside]:
        return Named(why=Why("place-aside", asides[0].aside, asides[0].words))
    if len(context.places) == 1 and not context.strangers:
        (iris, words), *_ = context.places.items()
        return Named(words, iris, carried=True)
    return Named(why=Why("places-before" if context.places else "place"))


def indicator_named(marks: Marks, mention: Mention, at: int) -> Named:
    """A mention as a claim names it whose number stands at a place."""
    words = marks.words(mention)
    if mention.whole and (beside := surroundings.narrowing(marks, mention, at)):
        why = Why("beside", beside, words)
        return Named(words, mention.iris, certain=False, missing="another statistic", why=why)
    return Named(words, mention.iris, certain=mention.whole, missing=mention.missing)


def told(marks: Marks, amount_at: int, amount_start: int) -> tuple[Told, Why | None]:
    """How a clause tells its number; and why it is no plain statement, where it is none."""
    clause = marks.clause(amount_at)
    plain = marks.between(clause.start, clause.end)
    if match := hedges.MODAL.search(plain):
        return Told(), Why("plan", match[0])
    if match := hedges.OTHER_NOT.search(marks.between(marks.span.start, marks.span.end)):
        return Told(), Why("denial", match[0])
    sentence = marks.folded[marks.span.start : marks.span.end]
    negated = bool(hedges.EQUAL_NOT.search(marks.folded, clause.start, max(clause.start, amount_start)))
    negated = negated or bool(re.match(r".{0,12}(?:ではな|じゃな)", marks.folded[amount_at : clause.end]))
    says = hedges.SAYS.search(sentence)
    return (
        Told(
            negated,
            any(quote.start < amount_at < quote.end for quote in marks.quotes),
            says[0] if says else "",
            bool(re.search(r"[?？]|か。?$", sentence[-2:])),
        ),
        None,
    )


def period_after(marks: Marks, amount: Amount) -> When | None:
    """The period that follows a number closely and belongs to it: "146 in 2014"."""
    when = next((w for w in marks.whens if w.start >= amount.end), None)
    if when is None or when.start - amount.end > _FAR:
        return None
    gap = marks.between(amount.end, when.start)
    if _PARTED.search(gap) or marks.residue(amount.end, when.start):
        return None
    if any(amount.end <= other.at < when.start for other in marks.amounts):
        return None
    han = "年" in marks.folded[when.start : when.end]
    return when if not han or re.search(r"[(（]", gap) else None
