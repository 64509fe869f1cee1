"""Figures in a sentence: each number bound to an indicator, a place and a period, or why it is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from innograph.ontology.figures.precision import Figure, agree
from innograph.ontology.figures.sentences import binding, growth
from innograph.ontology.figures.sentences.hedges import Comparator
from innograph.ontology.figures.sentences.lexicon import Lexicon, Mention
from innograph.ontology.figures.sentences.marks import Marks
from innograph.ontology.figures.sentences.quantities import MONEY, POINTS, TIMES, Amount
from innograph.ontology.figures.sentences.records import FigureClaim, Named, Why
from innograph.ontology.figures.sentences.text import Span
from innograph.ontology.figures.sentences.times import When

if TYPE_CHECKING:
    from innograph.ontology.figures.sentences.reading import Context

_REACHING = re.compile(r"\b(?:to|reaching|hitting|and reached|and hit)$|(?:至|到|达)$")


@dataclass(frozen=True, slots=True)
class Dated:
    """The period of a number, "" where that is open, and the words that say so (perhaps of an earlier sentence)."""

    period: str
    when: When


@dataclass
class Bound:
    """What the numbers of a sentence belong to, by their places among its amounts."""

    levels: list[int] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    mentions: dict[int, Mention] = field(default_factory=dict)
    whens: dict[int, Dated] = field(default_factory=dict)
    why: dict[int, Why] = field(default_factory=dict)
    amounts: dict[int, Amount] = field(default_factory=dict)


def bind(marks: Marks, lexicon: Lexicon, context: Context) -> Bound:
    """Bind the numbers of a sentence that state a level; what states a change is left to `growth`."""
    bound = Bound(pairs=binding.pairs(marks))
    paired = {at for pair in bound.pairs for at in pair}
    for at, amount in enumerate(marks.amounts):
        bound.amounts[at] = amount
        if amount.kind in (TIMES, POINTS) or (at not in paired and growth.relation(marks, at)):
            continue
        bound.levels.append(at)
    for first, second in _sharing(marks, bound):
        bound.amounts[first] = _inherit(bound.amounts[first], bound.amounts[second])
    for at in bound.levels:
        held = replace(marks, amounts=tuple(bound.amounts[i] for i in range(len(marks.amounts))))
        mention, why = binding.indicator_of(held, lexicon, at, bound.levels, bound.mentions)
        if why is not None:
            bound.why[at] = why
        elif mention is not None:
            bound.mentions[at] = mention
    for first, second in bound.pairs:  # "from 313.6 billion, the value rose to"
        mention, end = bound.mentions.get(second), marks.amounts[first].end
        behind = mention is not None and mention.start >= end and not marks.residue(end, mention.start)
        if first not in bound.mentions and mention is not None and behind:
            bound.mentions[first] = mention
            bound.why.pop(first, None)
    for at in reversed(bound.levels[:-1]) if binding.listed(marks) else ():
        following = bound.mentions.get(at + 1)
        if (
            at not in bound.mentions
            and following
            and binding.joins(marks, marks.amounts[at], marks.amounts[at + 1])
        ):
            bound.mentions[at] = following
    _periods(marks, bound, context)
    return bound


def _sharing(marks: Marks, bound: Bound) -> list[tuple[int, int]]:
    """Numbers of which the first may have the unit of the second: "from 313.6 to 853.69 billion yuan"."""
    found = [(i, j) for i, j in bound.pairs if i < j]
    if binding.listed(marks):
        found += [(i, bound.levels[-1]) for i in bound.levels[:-1]]
    return found


def _inherit(amount: Amount, other: Amount) -> Amount:
    """An amount with the unit of another, and with its multiplier where only then both are of one size."""
    if amount.kind or amount.multiplier or not (other.kind or other.multiplier):
        return amount
    own, whole = amount.value, other.value
    if other.multiplier and own and whole:
        shifted = own.scaleb(other.multiplier)
        if _near(shifted, whole) and not _near(own, whole):
            return replace(amount, multiplier=other.multiplier, kind=other.kind, units=other.units)
        if not _near(own, whole):
            return amount
    return replace(amount, kind=other.kind, units=other.units)


def _near(one: object, other: object) -> bool:
    ratio = abs(one / other)  # type: ignore[operator]
    return 0.01 < ratio < 100  # type: ignore[no-any-return]


def _periods(marks: Marks, bound: Bound, context: Context) -> None:
    points = [when for when in marks.whens if when.first and not when.last and not when.since]
    bindable = [at for at in bound.levels if at in bound.mentions]
    if binding.listed(marks) and len(bindable) > 1:
        for mention in dict.fromkeys(bound.mentions[at] for at in bindable):
            own = [at for at in bindable if bound.mentions[at] == mention]
            if len(own) == len(points):
                for at, when in zip(own, points, strict=True):
                    bound.whens[at] = Dated(when.first, when)
    spans: Sequence[When] = [when for when in marks.whens if when.span]
    own_whens = [when for when in marks.whens if not binding.is_base(marks, when)]
    carried = context.carried() if not own_whens else []
    if len(carried) == 1 and carried[0].span:
        spans = carried
    if len({(when.first, when.last) for when in spans}) == 1:
        for i, j in bound.pairs:
            attached = [binding.period_after(marks, marks.amounts[at]) for at in (i, j)]
            if all(when is None or when.span for when in attached):
                bound.whens[i], bound.whens[j] = (
                    Dated(spans[0].first, spans[0]),
                    Dated(spans[0].last, spans[0]),
                )
    taken = {id(after) for at in bindable if (after := binding.period_after(marks, marks.amounts[at]))}
    paired = {at for pair in bound.pairs for at in pair}
    only = carried[0] if len(carried) == 1 and carried[0].first and not carried[0].span else None
    for at in bindable:
        if at not in bound.whens:
            dated = _period(marks, bound, at, taken, points) or (only if at not in paired else None)
            if dated is not None:
                bound.whens[at] = Dated(_end_or_point(marks, at, dated), dated)


def _end_or_point(marks: Marks, at: int, when: When) -> str:
    """A point in time; of a span its end, where the figure is what was risen to."""
    if not when.span:
        return "" if when.since else when.first
    before = marks.folded[marks.span.start : marks.amounts[at].start].rstrip()
    return when.last if marks.verbs and _REACHING.search(before) else ""


def _period(marks: Marks, bound: Bound, at: int, taken: set[int], points: list[When]) -> When | None:
    amount = marks.amounts[at]
    if attached := binding.period_after(marks, amount):
        return attached
    first = next((pair[0] for pair in bound.pairs if pair[1] == at), None)
    usable = [w for w in marks.whens if not binding.is_base(marks, w) or 0 <= amount.start - w.end <= 3]
    leading = [w for w in usable if w.end <= amount.at and id(w) not in taken]
    if first is not None and first < at:  # only what stands between the two, or nothing, is of the second
        own = [w for w in leading if w.start >= marks.amounts[first].end]
        if own:
            return own[-1]
        return leading[-1] if leading and len(marks.whens) == 1 and not leading[-1].span else None
    if any(pair[0] == at for pair in bound.pairs):
        close = [w for w in leading if amount.start - w.end <= 3]
        return close[-1] if close else None
    if leading:
        return leading[-1]
    distinct = {(w.first, w.last) for w in usable}
    return usable[-1] if len(distinct) == 1 else None


def claims(
    marks: Marks, lexicon: Lexicon, context: Context, bound: Bound, used: set[int]
) -> list[FigureClaim]:
    """A claim for each number that is bound; what is no plain statement is told why."""
    found: list[FigureClaim] = []
    ordered = _places_in_order(marks, bound)
    for at in bound.levels:
        if at in used:
            continue
        mention, amount = bound.mentions.get(at), bound.amounts[at]
        told, why = binding.told(marks, amount.at, marks.amounts[at].start)
        if why is not None:
            bound.why[at] = why
        if why is not None or mention is None:
            continue
        place = ordered.get(at) or binding.place_of(marks, mention, max(amount.at, mention.start), context)
        dated = bound.whens.get(at)
        if any(_contradicts(amount, place, mention, dated, other) for other in found):
            bound.why[at] = Why("twice", name=marks.words(mention))
            continue
        anchors = (mention, amount, *((dated.when,) if dated else ()))
        found.append(
            FigureClaim(
                *_extent(marks, mention, amount, place, dated),
                place,
                told,
                binding.indicator_named(marks, mention, amount.at),
                amount,
                dated.period if dated else "",
                marks.words(dated.when) if dated else "",
                per(marks, mention, lexicon),
                tuple(Span(anchor.start, anchor.end) for anchor in anchors),
            )
        )
        used.add(at)
    return found


def _places_in_order(marks: Marks, bound: Bound) -> dict[int, Named]:
    """The places of numbers told in the order of the places: "Beijing and Shanghai … respectively"."""
    mentions = {bound.mentions.get(at) for at in bound.levels}
    places = (
        [p for p in marks.places if not p.aside and p.start < marks.amounts[bound.levels[0]].at]
        if bound.levels
        else []
    )
    periods = {w.first for w in marks.whens if w.first}
    if len(mentions) != 1 or None in mentions or len(periods) > 1 or len(places) < 2:
        return {}
    if len(places) != len(bound.levels) or not binding.LIST.search(
        marks.folded, marks.span.start, marks.span.end
    ):
        return {}
    return {
        at: Named(place.words, place.iris, unknown=not place.iris)
        for at, place in zip(bound.levels, places, strict=True)
    }


def _contradicts(
    amount: Amount, place: Named, mention: Mention, dated: Dated | None, other: FigureClaim
) -> bool:
    """Whether an earlier claim of the sentence gives the same thing another number: then this counts a part."""
    plain = Comparator.IS in (amount.comparator, other.amount.comparator)
    same = place.iris == other.place.iris and mention.iris == other.indicator.iris
    if not (plain and same and dated and dated.period and dated.period == other.period):
        return False
    currencies = amount.kind == MONEY and amount.units != other.amount.units
    if currencies or amount.comparator is not other.amount.comparator:
        return False
    one, two = (Figure(a.digits, a.multiplier) for a in (amount, other.amount))
    return not agree(one, two)


def _extent(
    marks: Marks, mention: Mention, amount: Amount, place: Named, dated: Dated | None
) -> tuple[int, int]:
    """The stretch that holds all words of a claim within its sentence."""
    spans = [mention, amount, *(p for p in marks.places if p.words == place.words and not place.carried)]
    if dated and marks.span.holds(dated.when):
        spans.append(dated.when)
    return min(s.start for s in spans), max(s.end for s in spans)


def per(marks: Marks, mention: Mention, lexicon: Lexicon) -> tuple[str, int] | None:
    """The denominator that the sentence states for a name whose unit has one."""
    wanted = {thing.unit_rate[0] for iri in mention.iris if (thing := lexicon.things[iri]).unit_rate}
    near = sorted(
        (rate for rate in marks.rates if rate.of in wanted),
        key=lambda rate: min(abs(rate.start - mention.end), abs(mention.start - rate.end)),
    )
    return (near[0].of, near[0].amount) if near else None
