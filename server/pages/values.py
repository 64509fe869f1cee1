"""Terms made ready for a page: words, links, languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pyoxigraph import Literal, NamedNode

from innograph.ontology.figures.precision import percent as share
from innograph.server.engine import Snapshot, Term
from innograph.server.pages import figures
from innograph.server.pages.figures import Unit, figure, grouped, scaled, unit_of
from innograph.server.pages.language import Text, Words
from innograph.server.pages.links import Links, expand
from innograph.server.pages.naming import Labels
from innograph.server.pages.reading import Facts, facts_of, number

NUMBERS = {expand(f"xsd:{name}") for name in ("integer", "decimal", "double", "float")}
CODES = {expand(f"xsd:{name}") for name in ("hexBinary", "anyURI", "base64Binary")}
PERIOD = expand("sdmx-dimension:refPeriod")
EVIDENCE = expand("inno:evidence")
# Values that count in the unit of the thing they are stated of.
IN_UNIT = {expand("inno:difference")}
IN_PERCENT = {expand("inno:annualGrowthRate")}
# Parts of a whole, which people read in percent.
SHARES = {expand("inno:relativeDifference")}


@dataclass(frozen=True, slots=True)
class Part:
    """One value as a page shows it: words, perhaps linked, perhaps with a way out."""

    text: str
    href: str = ""
    outward: str = ""
    language: str = ""
    style: str = ""  # a class of the style sheet: `code`, `number`


class Values:
    """Makes parts of terms, with the labels of one page."""

    def __init__(
        self, snapshot: Snapshot, words: Words, links: Links, iris: Iterable[str], facts: Mapping[str, Facts]
    ) -> None:
        self.words = words
        self.links = links
        every = set(iris)
        used: set[str] = set()
        for found in facts.values():
            every.update(found)
            for predicate, terms in found.items():
                if predicate != EVIDENCE:  # shown by its words
                    every.update([term.value for term in terms if isinstance(term, NamedNode)])
            if figures.UNIT in found:
                used.update([unit.value for unit in found[figures.UNIT]])
        self._things: dict[str, Part] = {}
        self.labels = Labels(snapshot, links, words.language, every, facts)
        units = facts_of(snapshot, used)
        self._units = {iri: unit_of(self.labels.name(iri), units.get(iri, {})) for iri in used}

    def name(self, iri: str) -> Text:
        """What a thing is called."""
        return self.labels.name(iri)

    def language(self, text: Text) -> str:
        """The language of words where it is not the page's; empty where it is."""
        return "" if text.language in ("", self.words.language) else text.language

    def thing(self, iri: str) -> Part:
        """A link to a thing: to our page of it where we know something, with a way out to others' things."""
        part = self._things.get(iri)
        if part is None:
            part = self._things[iri] = self._thing(iri)
        return part

    def _thing(self, iri: str) -> Part:
        name = self.name(iri)
        known = self.links.ours(iri) or self.labels.known(iri)
        web = iri if iri.startswith(("http://", "https://")) else ""
        if known:
            out = "" if iri.startswith(self.links.base) else web
            return Part(name.value, self.links.page(iri), out, self.language(name))
        return Part(name.value, "", web)

    def part(self, term: Term, of: Facts | None = None, predicate: str = "") -> Part:
        """A value: `of` is what else is stated of its thing, for values that count in its unit."""
        if isinstance(term, NamedNode):
            return self.thing(term.value)
        if not isinstance(term, Literal):
            return Part(str(term), style="code")
        kind = term.datatype.value
        if predicate in IN_UNIT and of is not None:
            return Part(self.figure(term.value, of), style="number")
        if kind in NUMBERS and term.value.lower().strip("+-").replace(".", "", 1).isdigit():
            if predicate in SHARES:
                sign = "−" if term.value.startswith("-") else "+"
                return Part(f"{sign}{share(Decimal(term.value))} %", style="number")
            percent = " %" if predicate in IN_PERCENT else ""
            return Part(grouped(term.value) + percent, style="number")
        if kind in CODES:
            return Part(term.value, style="code")
        return Part(term.value, language=self.language(Text("", term.language or "")))

    def figure(self, digits: str, of: Facts) -> str:
        """Digits with the multiplier and unit of a thing."""
        units = of.get(figures.UNIT)
        multiplier = number(of.get(figures.MULTIPLIER, [None])[0])
        return figure(digits, multiplier, self.unit(units[0].value) if units else None, self.words)

    def observed(self, iri: str, of: Facts) -> Part:
        """The figure of an observation, linked to it."""
        digits = of.get(figures.AS_STATED) or of.get(figures.VALUE)
        return Part(self.figure(digits[0].value, of) if digits else "", self.links.page(iri), style="number")

    def bare(self, of: Facts) -> str:
        """The figure of an observation without its unit, for a chart that names the unit once."""
        digits = of.get(figures.AS_STATED) or of.get(figures.VALUE)
        multiplier = number(of.get(figures.MULTIPLIER, [None])[0])
        return scaled(digits[0].value, multiplier, self.words) if digits else ""

    def unit(self, iri: str) -> Unit:
        """How a unit is written."""
        return self._units.get(iri) or Unit(self.name(iri))

    def period(self, of: Facts) -> str:
        """The period of an observation as written: a year, a month, a day, or the name of an interval."""
        periods = of.get(PERIOD)
        if not periods:
            return ""
        period = periods[0]
        return self.name(period.value).value if isinstance(period, NamedNode) else period.value
