"""What the words around a number say of it: about, over, nearly, at least, not; and what is no statement of fact.

Longer words stand before those that they contain.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Comparator(StrEnum):
    """How a claimed number relates to the true one."""

    IS = "is"
    ABOUT = "about"
    NEARLY = "nearly"
    OVER = "over"
    AT_LEAST = "at least"
    UNDER = "under"
    AT_MOST = "at most"
    BETWEEN = "between"


_BEFORE: tuple[tuple[Comparator, str], ...] = (
    (
        Comparator.AT_MOST,
        r"(?:not|n't|never) (?:exceed|surpass|top|pass)(?:ed|ing)?|不超过|未超过|没有超过|并未超过",
    ),
    (
        Comparator.UNDER,
        r"(?:not|n't|never|failed to|yet to) (?:reach|hit|attain)(?:ed)?|(?:fell|falls|falling"
        r"|fall) short of"
        r"|未达到?|没有达到|没达到|未能达到|尚未达到?|没到",
    ),
    (
        Comparator.AT_MOST,
        r"(?:no|not) more than|at most|up to|as many as|as much as|a maximum of|<=|≤|至多|最多|最大で?|不高于|不多于",
    ),
    (
        Comparator.AT_LEAST,
        r"(?:no|not) (?:less|fewer) than|at least|a minimum of|>=|≥|不少于|不低于|至少|少なくとも|最低でも",
    ),
    (
        Comparator.NEARLY,
        r"just (?:under|short of|below|shy of)|nearly|almost|close to|approach(?:es|ed|ing)|将近|接近|近|ほぼ",
    ),
    (
        Comparator.OVER,
        r"(?:well|far|slightly|just|a little)? ?(?:over|more than|above|greater than|higher than"
        r"|in excess of|upwards? of"
        r"|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|top(?:s|ped|ping)|(?:crossed|passed"
        r"|broke)(?: through)?)"
        r"|>|超过了?|超過|超出|超越|超|逾|突破了?|高于|多于|高达",
    ),
    (
        Comparator.UNDER,
        r"(?:well )?(?:under|less than|below|fewer than|lower than)|<|不足|不到|低于|少于|未満",
    ),
    (
        Comparator.ABOUT,
        r"about|around|approximately|approx\.?|roughly|some|circa|ca\.|an estimated|more or less|~|≈"
        r"|约为|大约|大概|约|約|およそ|おおよそ|概ね|ざっと",
    ),
)
_AFTER: tuple[tuple[Comparator, str], ...] = (
    (Comparator.AT_LEAST, r"以上| or (?:more|above|higher)\b|\+(?!\d)"),
    (Comparator.AT_MOST, r"以下| or (?:less|fewer|below)\b"),
    (Comparator.UNDER, r"未満|を下回|に(?:届か(?:なかった|ない|ず)?|達し(?:なかった|ない|ず))|足らず"),
    (Comparator.NEARLY, r"近く|弱(?!く|ま|い)"),
    (
        Comparator.OVER,
        r"超(?!过)|強(?!く|ま|い)|を?(?:超え|上回|突破)|余り?(?!的?人)|あまり|多(?=[元家件个])",
    ),
    (Comparator.ABOUT, r"左右|上下|前後|程度|ほど|くらい|ぐらい| or so\b"),
)
_BEFORE_RE = [(kind, re.compile(rf"(?:{words}) ?(?:the |of |a total of )?$")) for kind, words in _BEFORE]
_AFTER_RE = [(kind, re.compile(rf"(?:{words})")) for kind, words in _AFTER]
REACH = 36  # characters before a number that are looked at

# What makes a sentence no statement about what was: it is told and not checked.
MODAL = re.compile(
    r"\b(?:will|would|could|may|might|should|expect(?:s|ed)?|plan(?:s|ned)?|aim(?:s|ed)?|target(?:s"
    r"|ed)?|forecasts?|project(?:s|ed)"
    r"|hope(?:s|d)?|intend(?:s|ed)?|predict(?:s|ed)?|pledge[sd]?|goal|if|unless|according to plans)\b"
    r"|预计|预期|将达|将超|将(?=增|突破|提高|实现|有)|有望|力争|计划|目标|拟|如果|若|或将|可能"
    r"|見込|予定|予測|目標|目指|だろう|でしょう|かもしれ|もし|計画"
)
EQUAL_NOT = re.compile(
    r"\b(?:was|were|is|are|has|had|did|does)(?: not|n't)(?! only)|\bnot(?! only)\b|并非|并不是|不是|(?<!有)没有$"
    r"|而非|ではな(?:い|く|かった)|じゃない"
)
OTHER_NOT = re.compile(
    r"\b(?:never|no longer|neither|nor|without|den(?:y|ies|ied)|false(?:ly)?|untrue|wrong(?:ly)?"
    r"|incorrect(?:ly)?|myth|no evidence|nobody|no one|none|hardly|doubt(?:s|ed|ful)?|disput(?:es?|ed)"
    r"|refut(?:es?|ed)|debunk(?:s|ed)?|hoax|fake|rumou?rs?|unfounded|unlikely|implausible|contrary to)\b"
    r"|(?<!有)没有(?![ \d〇零一二两三四五六七八九十百千])|没能|从未|未能|否认|不实|谣言"
    r"|未(?=见|曾|有|达|超)|ません|(?<!では)(?<!じゃ)なかった"
    r"|(?<!では)(?<!じゃ)ない(?=$|[。、と])|否定|誤り"
)
SAYS = re.compile(
    r"\b(?:said|says|stat(?:ed|es)|claim(?:s|ed)?|according to|report(?:s|ed)|told|announced"
    r"|argue[sd]?|alleged(?:ly)?|reportedly)\b"
    r"|据|表示|称|报道|指出|宣布|によると|によれば|と述べ|と発表|と語"
)


def before(text: str) -> tuple[Comparator, int] | None:
    """What the end of a text says of the number after it, and how many characters that takes."""
    tail = text[-REACH:]
    for kind, pattern in _BEFORE_RE:
        if match := pattern.search(tail):
            first = match.start() + len(match[0]) - len(match[0].lstrip())
            inside = (
                first > 0 and tail[first].isascii() and tail[first].isalpha() and tail[first - 1].isalnum()
            )
            if not inside or not tail[first - 1].isascii():
                return kind, len(tail) - first
    return None


def after(text: str) -> tuple[Comparator, int] | None:
    """What the beginning of a text says of the number before it, and how many characters that takes."""
    for kind, pattern in _AFTER_RE:
        if match := pattern.match(text):
            return kind, match.end()
    return None
