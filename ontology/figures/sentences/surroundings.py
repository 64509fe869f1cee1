"""What stands around a name and may make another thing of it: "outside Beijing", "one Beijing firm", "taxes on".

A place that a clause only compares with or leaves out is not what the clause is about. An indicator's name
beside words that no rule knows may be part of another statistic's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from innograph.ontology.figures.sentences import links, words
from innograph.ontology.figures.sentences.quantities import PERCENT, TIMES
from innograph.ontology.figures.sentences.text import Span

if TYPE_CHECKING:
    from innograph.ontology.figures.sentences.lexicon import Mention
    from innograph.ontology.figures.sentences.marks import Marks

# Words before a place that set it aside, whatever follows.
_LEFT_OUT = re.compile(
    r"\b(?:outside(?: of)?|excluding|except(?: for)?|excepting|besides|apart from|aside from|other than|beyond"
    r"|without|bar|minus|not|nor|rather than|instead of|as opposed to|not counting|not including"
    r"|leaving out)(?: the)?(?: city of)? $"
    r"|(?:不含|不包括|不计|剔除|除了?|除去|而不是|而非|不是)$"
)
# Words before a place that make it a larger or a smaller one.
_ANOTHER_SIZE = re.compile(
    r"\b(?:greater|metropolitan|downtown|central|inner|outer|urban|suburban|rural|old|(?:north|south|east|west)"
    r"(?:east|west)?(?:ern)?|(?:parts?|most|much|half|all) of|the rest of)(?: the)? $|大$"
)
_LEFT_OUT_AFTER = re.compile(r"市?(?:以外|之外|外(?=[,，、的の])|を除|以外|を含ま)")
# Words before a place that make it the other one of a comparison or of a deal, unless a possessive follows.
_OTHER = re.compile(
    r"\b(?:unlike|compared (?:with|to)|in comparison (?:with|to)|relative to|than|ahead of|behind|versus|vs\.?"
    r"|against|with|alongside|next to|from|to|into|near|towards?|trail(?:s|ed|ing)?|lag(?:s|ged|ging)?"
    r"|overt(?:akes?|ook|aking)|surpass(?:es|ed|ing)?|beat(?:s|ing)?|outpac(?:es?|ed|ing)|dwarf(?:s|ed|ing)?"
    r"|rival(?:s|led|ing)?|match(?:es|ed|ing)?|follow(?:s|ed|ing)?|exceed(?:s|ed|ing)?|outstrip(?:s|ped|ping)?"
    r"|eclips(?:es?|ed|ing)|supplies|supplied|unlike in)(?: that of)?(?: the)?(?: city of)? $"
    r"|(?:流向|输往|输入|对|向|是|等于|相当于|超过|超越|高于|低于|不及|落后于|领先于?|赶超|追赶)$"
)
_DEALS = frozenset(
    ("with", "from", "to", "into", "流向", "输往", "对", "向")
)  # only a part is with one place
_OTHER_AFTER = re.compile(r"市?(?:より|に比べ|と比べ|と比較|を上回|を下回|を超え|を抜|向け|に次)")
_NOT_OTHER_AFTER = re.compile(
    r"'s\b|'(?= )|(?:,| ,) ?(?:whose|which|where)\b| [a-z]+ing\b"
    r"|的(?![一二三四五六七八九十\d]+(?:半|成|分|倍)|一半)[\u4e00-\u9fff]{2}"
)
_MARKET_SIDE = re.compile(
    r"\b(?:buyers?'?|buy(?:ing)?[ -]side|bought|purchas(?:e[sd]?|ers?|ing)|absorb(?:s|ed|ing)?|import(?:s|ed|ing)"
    r"|export(?:s|ed|ing)|sellers?'?|sell(?:ing)?[ -]side)\b|吸纳|买方|卖方|输入|流入|流向|買い?手|売り?手|輸入|輸出"
)
_HEAD = re.compile(
    r"(?<![\w-])([a-z][a-z-]+) (?:on|for|of|from|under|per|behind|in|among|by|to)"
    r"(?: (?:the|all|its|their|these|those|such))* $"
)
_PART = re.compile(
    r"^ ?(?:out )?of (?:the|its|all|these|those|their|our|them)\b|^ ?(?:out )?of  *'s\b|^ ?(?:out )?of {3,}"
)
_DONE = re.compile(r"\b(?:were|was|are|been|being|got) (?:[a-z]+ly )?([a-z]+(?:ed|en|lt|nt|ld))\b")
# Whoever is said to be in a place: "state-owned enterprises in Beijing signed".
_ACTOR = re.compile(
    r"(?:^|\bthat\b)((?:(?!\bthat\b).)*?)\b(?:in|of|across|from|throughout) (?:the )?(?:city of )?$"
)
_HEAD_WORDS = (
    "number numbers count total value values amount worth volume turnover level sum figure figures stock pool host"
    " list status creation establishment registration recognition tally density ratio rate range quantity"
    " deals terms home case billion million trillion thousand yuan form light way"
)
_HEADS = frozenset(_HEAD_WORDS.split())


def aside(folded: str, within: Span, place: Span) -> str:
    """The words that set a place aside ("outside Beijing"), or nothing where it may be what is spoken of."""
    before = folded[max(within.start, place.start - 40) : place.start]
    after = folded[place.end : min(within.end, place.end + 24)]
    left = _LEFT_OUT.search(before)
    whole = left and (left[0].isascii() or left[0].endswith(("是", "非")))
    if left and (whole or re.match(r"[^,，。]{0,3}(?:外|的|,|，)", after)):
        return f"{left[0].strip()}"
    if match := _ANOTHER_SIZE.search(before) or _LEFT_OUT_AFTER.match(after):
        return match[0].strip()
    if (match := _OTHER_AFTER.match(after)) is not None:
        return match[0]
    other = _OTHER.search(before)
    if other and not _NOT_OTHER_AFTER.match(after):
        first = not before[: other.start()].strip() and place.start - within.start <= 40
        if other[0].strip() in ("from", "to") and first:
            return ""
        return other[0].strip()
    return ""


def part(marks: Marks, start: int, end: int) -> bool:
    """Whether what stands between a number and a name makes it a part of it: "9,400 of Beijing's …"."""
    return bool(_PART.search(marks.between(start, end)))


def narrowing(marks: Marks, mention: Mention, at: int) -> str:
    """Words beside an indicator's name, told of a number at a place, that may make another statistic of it."""
    clause = marks.clause(min(mention.start, at))
    for side in _MARKET_SIDE.finditer(marks.folded, marks.span.start, marks.span.end):
        if not mention.start <= side.start() < mention.end:
            return side[0]
    for place in marks.places:
        if place.aside in _DEALS and clause.holds(place):
            return f"{place.aside} {place.words}"
    places = [p for p in marks.places if clause.start <= p.start and p.end <= mention.start]
    if places:
        between = marks.between(places[-1].end, mention.start)
        if not re.search(r"[,;:()]", between) and (left := latin(between)):
            return left
        if counted := _counted(marks, places[-1].end, mention.start, at):
            return counted
        actor = _ACTOR.search(marks.between(clause.start, places[-1].start))
        if actor and (left := latin(actor[1])):
            return left
    before = marks.between(clause.start, mention.start)
    head = _HEAD.search(before)
    if head and not links.is_link(head[1]) and head[1] not in _HEADS and head[1] not in words.GENERIC:
        return head[0].strip()
    if at < mention.start and (done := _DONE.search(marks.between(mention.end, clause.end))):
        return done[0] if not links.of_subject(done[1]) else ""
    return ""


def _counted(marks: Marks, begin: int, end: int, at: int) -> str:
    """Other numbered things before a name that may have what it names: "its top 100 firms signed"."""
    for amount in marks.amounts:
        other = amount.at != at and amount.kind not in (TIMES, PERCENT)
        if other and begin <= amount.start and amount.end <= end:
            gap = marks.between(amount.end, end)
            if re.search("[a-z]", gap) and not re.search(r"[,;:()]|\band\b", gap):
                return marks.words(amount)
    return ""


def latin(folded: str) -> str:
    """The English words between a place and a name that may make another statistic of it."""
    return " ".join(w for w in re.findall(r"[a-z]+", folded) if len(w) > 1 and not links.of_subject(w))
