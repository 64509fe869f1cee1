"""All that the rules see in one sentence: names, periods, numbers, denominators, verbs of change."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from innograph.ontology.figures.sentences import hedges, links, quantities, rates, surroundings, times
from innograph.ontology.figures.sentences.hedges import Comparator
from innograph.ontology.figures.sentences.lexicon import INDICATOR, RANKING, Lexicon, Mention
from innograph.ontology.figures.sentences.quantities import TIMES, Amount
from innograph.ontology.figures.sentences.text import CJK, Span
from innograph.ontology.figures.sentences.times import When

_UP = re.compile(
    r"\b(?:increas(?:e[sd]?|ing)|r[io]s(?:e|es|en|ing)|gr[eo]w(?:s|n|ing|th)?|expan(?:d(?:s|ed|ing)?"
    r"|sion)|climb(?:s|ed|ing)?|jump(?:s|ed|ing)?"
    r"|surg(?:e[sd]?|ing)|soar(?:s|ed|ing)?|gain(?:s|ed)?|swell(?:s|ed)?|rocket(?:s|ed)?"
    r"|advanc(?:e[sd]?|ing)|up(?= |,|$)(?! to)|higher|multipl(?:ied|y))\b"
    r"|增长|增加|增至|增到|增为|上升|升至|升到|提高|提升|扩大|攀升|跃升|增(?=了)|成长|増加|増え|伸び"
    r"|上昇|拡大|急増|倍増|増(?=[、。で]|$)"
)
_DOWN = re.compile(
    r"\b(?:decreas(?:e[sd]?|ing)|f[ae]ll(?:s|en|ing)?|drop(?:s|ped|ping)?|declin(?:e[sd]?|ing)"
    r"|shr[aiu]nk(?:s|ing)?|down(?= |,|$)|reduc(?:e[sd]?|tion)|lower(?:ed)?"
    r"|slump(?:s|ed)?|plung(?:e[sd]?|ing)|contract(?:ed|ion)|slid|halv(?:e[sd]?|ing))\b"
    r"|下降|减少|降至|降到|降低|下跌|缩减|萎缩|下滑|減少|減り|減っ|低下|縮小|下落|減(?=[、。で]|$)"
)
_LARGE = re.compile(
    r"\b(?:sharp(?:ly)?|dramatic(?:ally)?|significant(?:ly)?|substantial(?:ly)?|rapid(?:ly)?"
    r"|remarkabl[ey]|steep(?:ly)?|strong(?:ly)?|huge(?:ly)?|massive(?:ly)?"
    r"|considerabl[ey]|marked(?:ly)?)\b|大幅|显著|快速|迅速|明显|急速|急激|大きく|著しく|大幅に"
)
_FACTOR = re.compile(
    r"\b(?P<two>doubl(?:es?|ed|ing)|twice|two-?fold)\b|\b(?P<three>(?:tripl|trebl)(?:es?|ed|ing)"
    r"|thrice)\b|\b(?P<four>quadrupl(?:es?|ed|ing))\b"
    r"|\b(?P<five>quintupl(?:es?|ed|ing))\b|\b(?P<half>halv(?:es?|ed|ing)|cut in half)\b"
    r"|(?P<zh4>翻了?两番)|(?P<zh8>翻了?三番)|(?P<zh2>翻了?一?番|倍增|増え?て倍|倍増)|(?P<zhhalf>减半"
    r"|半減|腰斩)"
)
_FACTORS = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "half": "0.5",
    "zh2": "2",
    "zh4": "4",
    "zh8": "8",
    "zhhalf": "0.5",
}
_NAME = re.compile(r"(?<![\w-])[A-Z][\w-]*(?:(?: (?:de|of|del|da|do))? [A-Z][\w-]*)*(?:['’]s)?")
_ACTS = re.compile(
    r",? (?:also |now |then |still )?(?:is|was|has|had|leads|led|ranks|follows|followed|trails|lags|boasts|comes|came"
    r"|reached|saw|reports|reported|recorded|overtook|grew|rose)\b"
)
_HAN_PLACE = re.compile(
    r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,3}(?:区|县|市|省))(?!委|政府|场|民|值|域|内)"
)
_HAN_NO_PLACE = re.compile(r"全|各|本|我|该|同|城|当|直辖|特|地级|小区|園区|园区|校区|市辖")
_WHICH = re.compile(r",? (?:which|whose|where)\b")
_HAN_SUBJECT = re.compile(r"^([\u4e00-\u9fff]{2,3}?)(?:则|也|还|同样|紧随|排名|位居|拥有|是|的|在(?!于))")
_HAS = re.compile(r" (?:had|has|signed|topped|tops|boasts|boasted|registered|ranked)\b")
_NO_PLACES = (
    "january february march april may june july august september october november december monday"
    " tuesday wednesday thursday friday "
    "saturday sunday i gdp r&d ceo ip ai it we he she you who what there everyone officials experts analysts"
)
_NO_PLACE = frozenset(_NO_PLACES.split())
_CLAUSE = re.compile(r"[,，;；、:：](?!\d)|(?<!\d)[,，](?=\d)|[。！？]")


@dataclass(frozen=True, slots=True)
class Verb(Span):
    """A word of growth or decline."""

    up: bool


@dataclass(frozen=True, slots=True)
class Place(Span):
    """A place that is named: `iris` are what the name may mean; none where the graph does not know it.

    `aside` are the words that set it aside: a clause that compares with a place is not about it.
    """

    iris: tuple[str, ...]
    words: str
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """What one sentence holds, each kind in the order of the text."""

    span: Span
    text: str
    folded: str
    places: tuple[Place, ...]
    indicators: tuple[Mention, ...]
    rankings: tuple[Mention, ...]
    whens: tuple[When, ...]
    rates: tuple[rates.Rate, ...]
    amounts: tuple[Amount, ...]
    verbs: tuple[Verb, ...]
    quotes: tuple[Span, ...]
    starters: tuple[Span, ...]  # capitalized words at the beginning that may be names

    @property
    def strangers(self) -> bool:
        """Whether a word at the beginning does what places do: "Shanghai is …"."""
        if any(_ACTS.match(self.folded, own.end, self.span.end) for own in self.starters):
            return True
        han = _HAN_SUBJECT.match(self.between(self.span.start, self.span.end))
        return bool(
            han and not self.places and not _HAN_NO_PLACE.search(han[1]) and links.residue(han[1]) == han[1]
        )

    def words(self, span: Span) -> str:
        """The words of a stretch, as they stand."""
        return self.text[span.start : span.end]

    def between(self, start: int, end: int) -> str:
        """The folded text of a stretch, with blanks for all marks in it."""
        piece = list(self.folded[start:end])
        groups = (
            self.places,
            self.indicators,
            self.rankings,
            self.whens,
            self.rates,
            self.amounts,
            self.verbs,
        )
        for mark in (mark for group in groups for mark in group):
            for at in range(max(mark.start, start), min(mark.end, end)):
                piece[at - start] = " "
        return "".join(piece)

    def residue(self, start: int, end: int) -> str:
        """Words between two marks that no rule knows."""
        return links.residue(self.between(start, end))

    def clause(self, at: int) -> Span:
        """The clause that a place of the sentence is in: what commas and stops bound."""
        begin, end = self.span.start, self.span.end
        for match in _CLAUSE.finditer(self.folded, begin, end):
            if any(
                mark.start <= match.start() < mark.end
                for mark in (*self.whens, *self.amounts, *self.indicators)
            ):
                continue
            if match.end() <= at:
                begin = match.end()
            elif match.start() >= at:
                end = match.start()
                break
        return Span(begin, end)

    def large(self) -> bool:
        """Whether the sentence speaks of a large change without saying how large."""
        return bool(_LARGE.search(self.folded, self.span.start, self.span.end))


def mark(text: str, folded: str, span: Span, lexicon: Lexicon) -> Marks:
    """Everything that the rules see in a sentence of a text."""
    japanese = bool(re.search("[\u3040-\u30ff]", folded[span.start : span.end]))
    found_rates = rates.scan(folded, span.start, span.end)
    whens = [
        w for w in times.scan(folded, span, japanese=japanese) if not any(w.meets(r) for r in found_rates)
    ]
    rankings = [m for m in lexicon.named(RANKING, folded, span, []) if m.whole or m.weight > 1]
    indicators = lexicon.named(INDICATOR, folded, span, found_rates)
    whole = [m for m in indicators if m.whole]
    indicators = [m for m in indicators if m.whole or not any(m.meets(w) for w in whole)]
    known = [m for m in (*indicators, *rankings) if m.whole or m.weight > 1]
    places = [m for m in lexicon.places(text, folded, span) if not any(m.meets(k) for k in known)]
    worded = factors(folded, span)
    taken = [
        *found_rates,
        *whens,
        *places,
        *worded,
        *(m for m in known if m.whole and re.search(r"\d", folded[m.start : m.end])),
    ]
    amounts = sorted([*worded, *quantities.scan(folded, span, taken, lexicon.units)], key=lambda a: a.at)
    amounts = quantities.ranges(amounts, folded, span, _changing(folded, span))
    verbs = [Verb(m.start(), m.end(), True) for m in _UP.finditer(folded, span.start, span.end)]
    verbs += [Verb(m.start(), m.end(), False) for m in _DOWN.finditer(folded, span.start, span.end)]
    verbs = [v for v in verbs if not any(v.meets(m) for m in (*whole, *places))]
    named, starters = _names(text, folded, span, [*known, *whens, *places, *amounts], lexicon)
    stated = [
        replace(p, aside=surroundings.aside(folded, span, p))
        for p in (*_containing(places, lexicon, folded, text), *named)
    ]
    return Marks(
        span,
        text,
        folded,
        tuple(sorted(stated, key=lambda p: p.start)),
        tuple(indicators),
        tuple(rankings),
        tuple(whens),
        tuple(r for r in found_rates),
        tuple(amounts),
        tuple(sorted(verbs, key=lambda v: v.start)),
        tuple(_quotes(folded, span)),
        tuple(starters),
    )


def _changing(folded: str, span: Span) -> list[Span]:
    """The words of growth and decline in a sentence, wherever they stand."""
    found = (*_UP.finditer(folded, span.start, span.end), *_DOWN.finditer(folded, span.start, span.end))
    return [Span(match.start(), match.end()) for match in found if match[0] not in ("contract", "higher")]


def factors(folded: str, span: Span) -> list[Amount]:
    """Doubled, tripled, 翻一番: numbers without digits."""
    found = []
    for match in _FACTOR.finditer(folded, span.start, span.end):
        digits = next(_FACTORS[name] for name, value in match.groupdict().items() if value)
        start, end, comparator = match.start(), match.end(), Comparator.IS
        if pre := hedges.before(folded[span.start : start]):
            start, comparator = start - pre[1], pre[0]
        if post := hedges.after(folded[end : span.end]):
            end, comparator = end + post[1], comparator if comparator is not Comparator.IS else post[0]
        found.append(Amount(start, end, match.start(), digits, 0, TIMES, (), comparator, True))
    return found


def _containing(places: list[Mention], lexicon: Lexicon, folded: str, text: str) -> list[Place]:
    """Places without those that only say where another of them lies: "Beijing, China", 中国北京."""
    kept = []
    for at, place in enumerate(places):
        neighbours = [
            p for p in (places[at - 1] if at else None, places[at + 1] if at + 1 < len(places) else None) if p
        ]
        holds = {
            w
            for p in neighbours
            for iri in p.iris
            if iri in lexicon.things
            for w in lexicon.things[iri].within
        }
        near = any(
            len(folded[min(p.end, place.end) : max(p.start, place.start)].strip(" ,'s的の")) <= 8
            for p in neighbours
        )
        if set(place.iris) & holds and near:
            continue
        kept.append(Place(place.start, place.end, place.iris, text[place.start : place.end]))
    return kept


def _names(
    text: str, folded: str, span: Span, known: list[Span], lexicon: Lexicon
) -> tuple[list[Place], list[Span]]:
    """Names that may be places which the graph does not know, and words at the beginning that may be names."""
    unknown, starters = [], []
    for match in _NAME.finditer(text, span.start, span.end):
        first = re.match(r"[A-Z][a-z]* ", match[0])
        skipped = len(first[0]) if first and not links.residue(first[0].lower()) else 0
        own = Span(match.start() + skipped, match.end())
        word = folded[own.start : own.end].removesuffix("'s")
        if any(own.meets(k) for k in known) or word in _NO_PLACE or lexicon.is_place(word):
            continue
        before = folded[max(span.start, own.start - 12) : own.start]
        possessive = (
            match[0].endswith(("'s", "’s"))
            or _WHICH.match(folded, own.end, span.end) is not None
            or (own.start == span.start and _HAS.match(folded, own.end, span.end) is not None)
        )
        if possessive or re.search(
            r"\b(?:in|while|whereas|and|but|than|for|not|lags?|trails?|overtook|surpass(?:es|ed)|beats?|behind|like)"
            r"(?: the)?(?: city of)? $",
            before,
        ):
            if own.start != span.start or links.residue(word):
                name = text[own.start : own.end].removesuffix("'s").removesuffix("’s")
                unknown.append(Place(own.start, own.end, (), name))
        elif (own.start == span.start or re.search(r"[,;:] $", before)) and links.residue(word):
            starters.append(own)
    for match in _HAN_PLACE.finditer(folded, span.start, span.end):
        own = Span(match.start(1), match.end(1))
        if not any(own.meets(k) for k in known) and not _HAN_NO_PLACE.search(match[1]):
            unknown.append(Place(own.start, own.end, (), text[own.start : own.end]))
    return unknown, starters


def _quotes(folded: str, span: Span) -> list[Span]:
    at = [match.start() for match in re.finditer('"', folded[span.start : span.end])]
    return [Span(span.start + a, span.start + b + 1) for a, b in zip(at[::2], at[1::2], strict=False)]


def han_subject(marks: Marks, at: int) -> str:
    """Chinese or Japanese words right before a mark in its clause that no rule knows: perhaps a place."""
    clause = marks.clause(at)
    before = marks.between(clause.start, at)
    places = [p for p in marks.places if clause.start <= p.start and p.end <= at]
    if places:
        return links.residue("".join(re.findall(f"[{CJK}]+", marks.between(places[-1].end, at))))
    tail = re.search(f"([{CJK}]+)[\\s的の]*$", before)
    return links.residue(tail[1]) if tail else ""
