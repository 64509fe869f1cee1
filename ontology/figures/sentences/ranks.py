"""Ranks in a sentence: "ranked first in the …", "topped the … for 2023", 位居第一, 第1位."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from innograph.ontology.figures.sentences import binding
from innograph.ontology.figures.sentences.marks import Marks
from innograph.ontology.figures.sentences.records import Named, RankClaim
from innograph.ontology.figures.sentences.text import Span

if TYPE_CHECKING:
    from innograph.ontology.figures.sentences.reading import Context

_ORDERS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth",
    "one two three four five six seven eight nine ten",
    "一 二 三 四 五 六 七 八 九 十",
)
_NTH = {word: at for order in _ORDERS for at, word in enumerate(order.split(), 1)}
_WORDS = "|".join(sorted((word for word in _NTH if word.isascii()), key=len, reverse=True))
_RANK = re.compile(
    rf"\b(?:rank(?:s|ed|ing)?|plac(?:e[sd]?|ing)|c[ao]me[s]?|stood|finished|was|is|were|sits?|holds?"
    rf"|(?:fell|falls|fallen|r[io]se[sn]?|slipp?(?:ed|s)?|dropp?(?:ed|s)?|climb(?:ed|s)?|moved)"
    rf" (?:back |down |up )?to|took|takes?|held|kept|secur(?:es?|ed)|claim(?:s|ed)|retain(?:s|ed)"
    rf"|occup(?:ies|ied)|earn(?:s|ed)|maintain(?:s|ed))(?: in| at| the| as|)*"
    rf" (?:no\.? ?|number |the |#)*(?P<en>{_WORDS}|\d{{1,4}})(?:st|nd|rd|th)?(?: place"
    rf"| spot)?\b(?! (?:of|time|year|million|billion|percent))"
    r"|\b(?P<top>topp?(?:ed|s|ing)?(?= (?:the|of the|its|\"))|lead(?:s|ing)?(?= the)|led(?= the)"
    r"|at the top of|tops)\b"
    r"|(?:排名|位居|位列|名列|排在|列|居|排)?(?:全球|世界|全国|世界の"
    r"|世界で)?第(?P<zh>[一二三四五六七八九十]|\d{1,4})(?:名|位)?"
    r"|(?P<zhtop>居首|榜首|首位|トップ|首位)|(?P<ja>\d{1,3})位"
)


def claims(marks: Marks, context: Context, used: set[int]) -> list[RankClaim]:
    """The ranks that a sentence claims of a place in a ranking of the graph."""
    found: list[RankClaim] = []
    rankings = list(marks.rankings)
    if not rankings:
        return found
    for match in _RANK.finditer(marks.folded, marks.span.start, marks.span.end):
        ranking = min(rankings, key=lambda m: min(abs(m.start - match.end()), abs(match.start() - m.end)))
        gap = Span(min(ranking.end, match.end()), max(ranking.start, match.start()))
        if any(f.ranking.words == marks.words(ranking) for f in found) or marks.residue(gap.start, gap.end):
            continue
        told, why = binding.told(marks, match.start(), match.start())
        if why is not None:
            continue
        place = binding.place_of(marks, None, match.start(), context)
        near = marks.clause(match.start()) if len(rankings) > 1 else marks.span
        points = {w.first for w in marks.whens if w.first and not w.last and not w.since and near.holds(w)}
        at_place = [
            w.first
            for w in marks.whens
            if w.first and not w.last and 0 <= w.start - max(ranking.end, match.end()) <= 12
        ]
        period = at_place[0] if at_place else points.pop() if len(points) == 1 else ""
        spans = [
            Span(match.start(), match.end()),
            ranking,
            *(p for p in marks.places if p.words == place.words),
        ]
        found.append(
            RankClaim(
                min(s.start for s in spans),
                max(s.end for s in spans),
                place,
                told,
                Named(marks.words(ranking), ranking.iris, certain=ranking.whole, missing=ranking.missing),
                _rank(match),
                period,
            )
        )
        used.update(at for at, a in enumerate(marks.amounts) if match.start() <= a.at < match.end())
    return found


def _rank(match: re.Match[str]) -> int:
    named = match.groupdict()
    if named["top"] or named["zhtop"]:
        return 1
    word = named["en"] or named["zh"] or named["ja"] or ""
    return _NTH.get(word) or int(word)
