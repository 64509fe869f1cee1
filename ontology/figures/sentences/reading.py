"""`read`: the claims of a text. Its numbers are bound to names and periods sentence by sentence, or told as open."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from innograph.ontology.figures.sentences import binding, figures, growth, ranks
from innograph.ontology.figures.sentences.lexicon import Lexicon
from innograph.ontology.figures.sentences.marks import Marks, mark
from innograph.ontology.figures.sentences.records import Found, NotUnderstood, Reading, Why
from innograph.ontology.figures.sentences.text import Span, fold, paragraphs, sentences
from innograph.ontology.figures.sentences.times import When

LONGEST = 20_000  # characters of a text that are read
MOST = 200  # claims
_LONGEST_SENTENCE = 1_000
_MOST_NUMBERS = 40  # in a sentence: more are a table, not a claim
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass
class Context:
    """What earlier sentences of the text have named, for what is carried over where that is certain."""

    places: dict[tuple[str, ...], str] = field(default_factory=dict)
    strangers: bool = False  # a place was named that the graph does not know, or a name that may be one
    whens: list[When] = field(default_factory=list)  # of the paragraph

    def note(self, marks: Marks) -> None:
        """Remember what a sentence named."""
        for place in marks.places:
            if place.iris:
                self.places.setdefault(place.iris, place.words)
            else:
                self.strangers = True
        self.strangers = self.strangers or marks.strangers
        for when in (w for w in marks.whens if not binding.is_base(marks, w)):
            self.whens = [w for w in self.whens if (w.first, w.last) != (when.first, when.last)]
            self.whens.append(when)

    def carried(self) -> list[When]:
        """The periods of earlier sentences of the paragraph; a vague one counts only where it is the last word."""
        named = [when for when in self.whens if when.first]
        return named if named and self.whens[-1].first else list(self.whens)


def read(text: str, lexicon: Lexicon, *, longest: int = LONGEST, most: int = MOST) -> Reading:
    """The claims of a text, and the numbers in it that no rule fits.

    At most `longest` characters and `most` findings; `cut` says that there was more.
    """
    cut = len(text) > longest
    text = text[:longest]
    folded = fold(text)
    found: list[Found] = []
    context = Context()
    for paragraph in paragraphs(folded):
        context.whens = []
        for span in sentences(text, paragraph):
            if len(found) >= most:
                return Reading(tuple(found[:most]), True)
            if span.end - span.start > _LONGEST_SENTENCE:
                found.append(
                    NotUnderstood(
                        span.start,
                        span.end,
                        text[span.start : span.end],
                        Why("long", f"{_LONGEST_SENTENCE:,}"),
                    )
                )
                continue
            if len(_DIGITS.findall(folded, span.start, span.end)) > _MOST_NUMBERS:
                why = Why("table", str(_MOST_NUMBERS))
                found.append(NotUnderstood(span.start, span.end, text[span.start : span.end], why))
                continue
            marks = mark(text, folded, span, lexicon)
            found += _sentence(marks, lexicon, context)
            context.note(marks)
    return Reading(tuple(found[:most]), cut or len(found) > most)


def _sentence(marks: Marks, lexicon: Lexicon, context: Context) -> list[Found]:
    used: set[int] = set()
    bound = figures.bind(marks, lexicon, context)
    found: list[Found] = []
    found += ranks.claims(marks, context, used)
    found += growth.claims(marks, lexicon, context, bound, used)
    found += figures.claims(marks, lexicon, context, bound, used)
    told: list[Found] = []
    for at, amount in enumerate(marks.amounts):
        if at not in used:
            words = marks.words(amount)
            told.append(NotUnderstood(amount.start, amount.end, words, bound.why.get(at, Why("no-rule"))))
    told += _loose_digits(marks)
    return sorted([*found, *told], key=lambda one: (one.start, one.end))


def _loose_digits(marks: Marks) -> list[Found]:
    """Digits that stand in no mark: dates in odd forms, codes, numbers with two commas."""
    known = (*marks.amounts, *marks.whens, *marks.rates, *marks.indicators, *marks.rankings, *marks.places)
    found: list[Found] = []
    for match in _DIGITS.finditer(marks.folded, marks.span.start, marks.span.end):
        own = Span(match.start(), match.end())
        attached = re.search(r"[a-z]-?$", marks.folded[max(0, own.start - 2) : own.start]) or re.match(
            r"-?[a-z]", marks.folded[own.end : own.end + 2]
        )
        if not attached and not any(own.meets(mark) for mark in known):
            found.append(NotUnderstood(own.start, own.end, marks.words(own), Why("form")))
    return found
