"""The names that a text may use: places, indicators and rankings by the graph's own labels, in any language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from innograph.ontology.figures.sentences import rates, words
from innograph.ontology.figures.sentences.text import CJK, Span, fold, is_cjk

PLACE, INDICATOR, RANKING = "place", "indicator", "ranking"
_LONGEST = 24  # letters of a Chinese or Japanese name
_MOST_WORDS = 8  # of a name in other letters
_SPREAD = 3  # words of others that may stand within a name
_GAP = 10  # letters between the parts of a Chinese or Japanese name
_TOKEN = re.compile(rf"[^\W\d_{CJK}]+|\d+(?:[.,]\d+)*")
# What never stands within a name: it parts two.
_PARTS = re.compile(r"[;:()]|, |\b(?:and|or|but|while|whereas|from|to)\b")
_NARROWER = re.compile(
    r"(?:大学|学院|日报|晚报|时报|青年报|新闻|新聞|银行|銀行|证券|站|机场|地铁|奥运|冬奥|时间|烤鸭"
    r"|同仁|[\u4e00-\u9fff]{1,5}?(?:(?<!地)(?<!全)(?<!市)区|县|镇|开发区|示范区|研究院|研究所))"
)
_PART_OF = re.compile(
    r"(?:district|area|zone|part|parts|suburb|county|university|north|south|east|west)s? (?:in|of) (?:the )?$"
)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that has names. `labels` are (text, language), the preferred ones first.

    Of an indicator: `units` are those that it may have, `money` and `percent` tell their kind, `unit_rate`
    their denominator. Of a place: `within` are the places that hold it.
    """

    iri: str
    kind: str
    labels: tuple[tuple[str, str], ...]
    money: bool = False
    percent: bool = False
    unit_rate: tuple[str, int] | None = None
    within: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention(Span):
    """A place where a text names things of one kind.

    `whole` is false where it says more or less than the label: `missing` tells what. `weight` is how much
    of the label it holds.
    """

    kind: str
    iris: tuple[str, ...]
    whole: bool = True
    missing: str = ""
    weight: int = 1


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What a text must hold to name a thing by one label: word classes, or parts in Chinese or Japanese."""

    iri: str
    kind: str
    core: tuple[str, ...]
    rate: tuple[str, int] | None
    han: bool
    shown: str


@dataclass
class Lexicon:
    """Names of things, ready to be found in texts. Made once for a graph."""

    things: dict[str, Thing] = field(default_factory=dict)
    units: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _han_places: dict[str, set[str]] = field(default_factory=dict)
    _places: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    _patterns: list[_Pattern] = field(default_factory=list)

    @classmethod
    def of(cls, things: Iterable[Thing], units: Mapping[str, Iterable[str]]) -> Lexicon:
        """A lexicon of things, and of units by their names (each with the IRIs that it may mean)."""
        made = cls()
        for thing in things:
            made._enter(thing)
        for name, iris in units.items():
            if key := fold(name).strip():
                made.units[key] = tuple(sorted({*made.units.get(key, ()), *iris}))
        return made

    def _enter(self, thing: Thing) -> None:
        self.things[thing.iri] = thing
        for label, _ in thing.labels:
            folded = fold(label).strip()
            if thing.kind == PLACE:
                self._enter_place(folded, thing.iri)
            elif pattern := _pattern(thing, folded, label):
                self._patterns.append(pattern)

    def _enter_place(self, folded: str, iri: str) -> None:
        if is_cjk(folded):
            if 2 <= len(folded) <= _LONGEST:
                self._han_places.setdefault(folded, set()).add(iri)
            return
        key = tuple(_TOKEN.findall(folded))
        if key and len(key) <= _MOST_WORDS and len("".join(key)) > 1:
            self._places.setdefault(key, set()).add(iri)

    def places(self, text: str, folded: str, within: Span) -> list[Mention]:
        """The places that a stretch of a text names, in their order."""
        found = [*self._latin_places(text, folded, within), *self._han(folded, within)]
        found.sort(key=lambda mention: mention.start)
        return found

    def is_place(self, folded: str) -> bool:
        """Whether a name is that of a place, wherever it stands."""
        return tuple(_TOKEN.findall(folded)) in self._places

    def _latin_places(self, text: str, folded: str, within: Span) -> list[Mention]:
        found = []
        tokens = list(_TOKEN.finditer(folded, within.start, within.end))
        plain = text[within.start : within.start + 1].islower()  # whoever begins small writes names small
        at = 0
        while at < len(tokens):
            step = 1
            for length in range(min(_MOST_WORDS, len(tokens) - at), 0, -1):
                key = tuple(token[0] for token in tokens[at : at + length])
                iris = self._places.get(key)
                start, end = tokens[at].start(), tokens[at + length - 1].end()
                if iris and (plain or text[start].isupper()) and self._stands_alone(text, folded, start, end):
                    found.append(Mention(start, end, PLACE, tuple(sorted(iris))))
                    step = length
                    break
            at += step
        return found

    def _stands_alone(self, text: str, folded: str, start: int, end: int) -> bool:
        """Whether a name is not part of a longer one: Beijing Daily, Beijing-Tianjin, Haidian District of Beijing."""
        if re.match(r"-[^\W\d_]", folded[end : end + 2]) or (
            start and re.match(r"[^\W\d_]-", folded[start - 2 : start])
        ):
            return False
        following = re.match(r"(?:'s)? ([A-Z][\w-]*)", text[end : end + 40].replace("’", "'"))
        if following and following[1] in ("Province", "Municipality", "Prefecture"):
            following = None
        acronym = following and re.fullmatch("[A-Z&]{2,4}", following[1])
        if following and not acronym and not self._begins_known(folded, end + following.start(1)):
            return False
        return not _PART_OF.search(folded[max(0, start - 40) : start])

    def _begins_known(self, folded: str, at: int) -> bool:
        """Whether a name of an indicator or of a ranking begins at a place."""
        rest = _TOKEN.findall(folded, at, at + 80)[:4]
        classes = {words.stem(token) for token in rest[:1]}
        return any(not p.han and classes & set(p.core) for p in self._patterns) or bool(
            rest and rest[0] in words.GENERIC
        )

    def _han(self, folded: str, within: Span) -> list[Mention]:
        found = []
        at = within.start
        while at < within.end:
            for length in range(min(_LONGEST, within.end - at), 1, -1):
                iris = self._han_places.get(folded[at : at + length])
                if iris:
                    end = at + length
                    if not _NARROWER.match(folded, end, within.end) or self._han_name_at(
                        folded, end, within.end
                    ):
                        found.append(Mention(at, end, PLACE, tuple(sorted(iris))))
                    at = end - 1
                    break
            at += 1
        return found

    def _han_name_at(self, folded: str, at: int, limit: int) -> bool:
        return any(p.han and words.han_pattern(p.core[0]).match(folded, at, limit) for p in self._patterns)

    def named(self, kind: str, folded: str, within: Span, found_rates: Iterable[rates.Rate]) -> list[Mention]:
        """Where a stretch of folded text names indicators or rankings: whole names, and parts of them.

        Of names that overlap the one that holds most of its label stays; equals become one that may mean
        either. Parts are given only where no whole name is.
        """
        near = list(found_rates)
        mentions: list[Mention] = []
        tokens = [
            t
            for t in _TOKEN.finditer(folded, within.start, within.end)
            if not any(r.meets(_span(t)) for r in near)
        ]
        classes = [words.stem(token[0]) for token in tokens]
        for pattern in self._patterns:
            if pattern.kind != kind:
                continue
            if pattern.han:
                mentions += _han_mentions(pattern, folded, within, near)
            else:
                mentions += _mentions(pattern, folded, within, tokens, classes, near)
        return _strongest(mentions)


def _span(match: re.Match[str]) -> Span:
    return Span(match.start(), match.end())


def _pattern(thing: Thing, folded: str, label: str) -> _Pattern | None:
    found = rates.scan(folded, 0, len(folded))
    rate = (found[0].of, found[0].amount) if found else None
    rest = folded
    for one in reversed(found):
        rest = f"{rest[: one.start]} {rest[one.end :]}"
    if is_cjk(rest):
        core = words.han_core(rest)
        if sum(map(len, core)) < 2:
            return None
    else:
        stems = [words.stem(token) for token in _TOKEN.findall(rest)]
        core = tuple(dict.fromkeys(s for s in stems if s not in words.GENERIC)) or tuple(dict.fromkeys(stems))
        if not core:
            return None
    return _Pattern(thing.iri, thing.kind, core, rate or None, is_cjk(rest), label)


def _mentions(
    pattern: _Pattern,
    folded: str,
    within: Span,
    tokens: list[re.Match[str]],
    classes: list[str],
    near: list[rates.Rate],
) -> list[Mention]:
    """Whole names where all words stand close together, else parts."""
    wanted = set(pattern.core)
    places = [at for at, name in enumerate(classes) if name in wanted]
    found: list[Mention] = []
    for first, at in _windows(places, classes, len(wanted)):
        start, end = tokens[first].start(), tokens[at].end()
        others = [t for t in range(first, at + 1) if classes[t] not in wanted]
        if len([t for t in others if tokens[t][0] not in words.GENERIC]) > _SPREAD or _PARTS.search(
            folded, start, end
        ):
            continue
        inner = any(words.QUALIFIERS.fullmatch(tokens[t][0]) for t in others)
        missing = "another statistic" if inner or _qualified(folded, within, start, end, wanted) else ""
        if not missing:
            missing = _rate_missing(pattern, folded, start, end, near)
        found.append(
            Mention(start, end, pattern.kind, (pattern.iri,), not missing, missing, 10 * len(wanted))
        )
    if found := [*_literal(pattern, folded, within), *found]:
        return found
    seen = {classes[at] for at in places} - {at for at in wanted if at.isdigit()}
    if not seen:
        return []
    lacking = " ".join(name for name in pattern.core if name not in seen)
    run = _run([at for at in places if classes[at] in seen])
    weight = len(seen)
    return [
        Mention(
            tokens[run[0]].start(),
            tokens[run[-1]].end(),
            pattern.kind,
            (pattern.iri,),
            False,
            lacking,
            weight,
        )
    ]


def _literal(pattern: _Pattern, folded: str, within: Span) -> list[Mention]:
    """Where a label stands word by word: that is certain, and goes before all that only resembles it."""
    found = []
    label = fold(pattern.shown).strip()
    at = folded.find(label, within.start, within.end) if len(pattern.core) + len(label) > 5 else -1
    while at >= 0:
        end = at + len(label)
        start = at
        inside = re.search(rf"[^\W{CJK}]$", folded[max(0, at - 1) : at]) and label[0].isascii()
        if not inside and not (
            label[-1].isascii() and label[-1].isalnum() and folded[end : end + 1].isalnum()
        ):
            if pattern.han:
                qualified = _han_qualified(folded, within, start, end)
            else:
                qualified = _qualified(folded, within, start, end, set(pattern.core))
            missing = "another statistic" if qualified else ""
            found.append(
                Mention(start, end, pattern.kind, (pattern.iri,), not missing, missing, 1_000 + len(label))
            )
        at = folded.find(label, end, within.end)
    return found


def _windows(places: list[int], classes: list[str], count: int) -> list[tuple[int, int]]:
    """The shortest stretches of words, none within reach of another, that hold all of `count` classes."""
    last: dict[str, int] = {}
    found = []
    for at in places:
        last[classes[at]] = at
        if len(last) == count:
            found.append((min(last.values()), at))
    kept: list[tuple[int, int]] = []
    for first, at in sorted(found, key=lambda window: (window[1] - window[0], window[0])):
        if all(at < other[0] or first > other[1] for other in kept):
            kept.append((first, at))
    return sorted(kept)


def _run(places: list[int]) -> list[int]:
    """The longest run of neighbouring places."""
    best: list[int] = []
    run: list[int] = []
    for at in places:
        run = [*run, at] if run and at - run[-1] <= 2 else [at]
        if len(run) > len(best):
            best = run
    return best


def _qualified(folded: str, within: Span, start: int, end: int, wanted: set[str]) -> bool:
    """Whether words next to a name make another statistic of it."""
    before = _TOKEN.findall(folded, max(within.start, start - 40), start)
    tail = [w for w in before[-3:] if w not in ("of", "the", "by", "a", "for", "s", "in")]
    following = folded[end : min(end + 24, within.end)]
    after = re.match(r" ([a-z-]+)", following)
    close = [*(tail[-1:]), *([after[1]] if after else [])]
    if (
        _TOKEN.search(folded, max(within.start, start - 2), start) is None
        and folded[max(within.start, start - 2) : start].strip()
    ):
        close = close[1:] if tail else close  # a comma parts them
    if tail and words.BEFORE_ONLY.fullmatch(tail[-1]):
        return True
    extra = {"new", "newly", "additional"} - {w for w in ("new", "newly") if "new" in wanted}
    return any(words.stem(w) not in wanted and (words.QUALIFIERS.fullmatch(w) or w in extra) for w in close)


def _rate_missing(pattern: _Pattern, folded: str, start: int, end: int, near: list[rates.Rate]) -> str:
    if pattern.rate is None:
        attached = any(0 <= rate.start - end <= 1 or 0 <= start - rate.end <= 1 for rate in near)
        return "another statistic" if attached else ""
    if any(rate.of == pattern.rate[0] for rate in near):
        return ""
    number = f"{pattern.rate[1]:,} " if pattern.rate[1] != 1 else ""
    return f"per {number}{'people' if pattern.rate[0] == 'person' else pattern.rate[0]}"


def _han_mentions(pattern: _Pattern, folded: str, within: Span, near: list[rates.Rate]) -> list[Mention]:
    found = _literal(pattern, folded, within)
    at = within.start
    while first := words.han_pattern(pattern.core[0]).search(folded, at, within.end):
        start, end, whole = first.start(), first.end(), True
        for part in pattern.core[1:]:
            following = words.han_pattern(part).search(folded, end, min(within.end, end + _GAP + len(part)))
            if not following:
                whole = False
                break
            end = following.end()
        at = first.end()
        missing = "" if whole else "".join(pattern.core)
        if whole and _han_qualified(folded, within, start, end):
            missing = "another statistic"
        elif whole:
            missing = _rate_missing(pattern, folded, start, end, near)
        if suffix := words.HAN_SUFFIX.match(folded, end, within.end):
            end = suffix.end()
        weight = 10 * sum(map(len, pattern.core)) // 2 if whole else len(pattern.core[0])
        found.append(Mention(start, end, pattern.kind, (pattern.iri,), not missing, missing, weight))
    return found


def _han_qualified(folded: str, within: Span, start: int, end: int) -> bool:
    before = folded[max(within.start, start - 8) : start]
    return bool(
        re.search(f"(?:{words.HAN_QUALIFIERS.pattern})(?:的|の)?$", before)
        or re.match(f"(?:的|の)?(?:{words.HAN_QUALIFIERS.pattern})", folded[end : min(within.end, end + 8)])
    )


def _strongest(mentions: list[Mention]) -> list[Mention]:
    """Mentions without overlap: the heavier one stays, equally heavy ones of one stretch become one."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (-m.weight, not m.whole, m.start)):
        rival = next((at for at, other in enumerate(kept) if mention.meets(other)), None)
        if rival is None:
            kept.append(mention)
        elif kept[rival].weight == mention.weight and not set(mention.iris) <= set(kept[rival].iris):
            other = kept[rival]
            if other.whole and not mention.whole:
                continue
            kept[rival] = Mention(
                min(other.start, mention.start),
                max(other.end, mention.end),
                other.kind,
                tuple(sorted({*other.iris, *mention.iris})),
                other.whole and mention.whole,
                other.missing or mention.missing,
                other.weight,
            )
    return sorted(kept, key=lambda mention: mention.start)
