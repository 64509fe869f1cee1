"""What things are called: the labels of everything on a page, in the reader's language, by few queries.

An observation, a place in a text and a part of a statistic have no label of their own: their names are
made of what they consist of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from pyoxigraph import Literal, NamedNode

from innograph.server.engine import Snapshot
from innograph.server.pages.language import Text, best
from innograph.server.pages.links import Links, expand
from innograph.server.pages.reading import PROLOGUE, Facts, facts_of, first, values_of

_LABELS = (
    PROLOGUE
    + """SELECT ?thing ?label WHERE { VALUES ?thing { %s }
  ?thing rdfs:label|skos:prefLabel|dcterms:title ?label }"""
)
INDICATOR, CITY = expand("inno:indicator"), expand("sdmx-dimension:refArea")
PERIOD, SELECTOR = expand("sdmx-dimension:refPeriod"), expand("oa:hasSelector")
EXACT, START, END = expand("oa:exact"), expand("oa:start"), expand("oa:end")
COUNTED = (expand("void:class"), expand("void:property"))
OBSERVED = {INDICATOR, CITY, PERIOD}
PARTS = (INDICATOR, CITY, PERIOD, SELECTOR, EXACT, START, END, *COUNTED)
REMEMBERED = 10_000  # things whose labels are kept in memory
WELL_KNOWN = {"https://creativecommons.org/publicdomain/zero/1.0/": "CC0 1.0"}
_COMPOSED = re.compile(r"^observation/|/evidence/|^dataset/.*/(class|property)/")


@lru_cache(maxsize=4)
def _read(identity: str) -> dict[str, list[Literal]]:
    """The labels that were read of a release, which never changes."""
    return {}


def _labels(snapshot: Snapshot, iris: set[str]) -> dict[str, list[Literal]]:
    """The labels of things; most of a page's are those of every page: properties, classes, indicators, units."""
    identity = snapshot.release.identity
    known = _read(identity) if identity else {}
    found = {iri: labels for iri in iris if (labels := known.get(iri)) is not None}
    unknown = iris - found.keys()
    if unknown:
        read: dict[str, list[Literal]] = {iri: [] for iri in unknown}
        for row in snapshot.select(_LABELS % values_of(unknown)):
            read.setdefault(row["thing"].value, []).append(row["label"])  # type: ignore[arg-type]
        if len(known) > REMEMBERED:
            known.clear()
        known |= read
        found |= read
    return found


class Labels:
    """The names of things; what has none is called by its short IRI."""

    def __init__(
        self,
        snapshot: Snapshot,
        links: Links,
        language: str,
        iris: Iterable[str],
        known: Mapping[str, Facts] = MappingProxyType({}),
    ) -> None:
        """`known` is what was read of some things before: observations are named by it."""
        self._links = links
        self._language = language
        wanted = set(iris)
        parts = self._parts(snapshot, wanted, known)
        for found in parts.values():
            wanted.update(t.value for terms in found.values() for t in terms if isinstance(t, NamedNode))
        self.all = _labels(snapshot, wanted)
        self._composed: dict[str, Text] = {}
        self._composed = {iri: name for iri, found in parts.items() if (name := self._compose(found))}

    def known(self, iri: str) -> bool:
        """Whether the graph names a thing."""
        return bool(self.all.get(iri)) or iri in self._composed

    def name(self, iri: str) -> Text:
        """What a thing is called."""
        return best(self.all.get(iri, []), self._language) or self._composed.get(iri) or self._short(iri)

    def others(self, iri: str) -> list[Text]:
        """The labels of a thing in other languages than the one shown."""
        shown = self.name(iri)
        labels = [Text(label.value, label.language or "") for label in self.all.get(iri, [])]
        return sorted({label for label in labels if label != shown}, key=lambda text: text.language)

    def _short(self, iri: str) -> Text:
        short = WELL_KNOWN.get(iri) or self._links.short(iri)
        return Text(re.sub("^https?://(www[.])?", "", short).rstrip("/"))

    def _parts(self, snapshot: Snapshot, iris: set[str], known: Mapping[str, Facts]) -> dict[str, Facts]:
        base = self._links.base
        composed = {iri for iri in iris if iri.startswith(base) and _COMPOSED.search(iri[len(base) :])}
        told = {iri: known[iri] for iri in composed & known.keys() if known[iri].keys() >= OBSERVED}
        observed = {iri: {part: own[part] for part in OBSERVED} for iri, own in told.items()}
        found = observed | facts_of(snapshot, composed - observed.keys(), PARTS)
        selected = {term.value for own in found.values() for term in own.get(SELECTOR, [])}
        selectors = facts_of(snapshot, selected, [EXACT])
        for own in found.values():
            for term in own.pop(SELECTOR, []):
                own |= selectors.get(term.value, {})
        return found

    def _compose(self, parts: Facts) -> Text | None:
        if INDICATOR in parts and CITY in parts:
            names = [self.name(first(parts, key)) for key in (INDICATOR, CITY)]
            language = names[0].language if names[0].language == names[1].language else ""
            period = parts[PERIOD][0] if PERIOD in parts else Literal("")
            when = self.name(period.value).value if isinstance(period, NamedNode) else period.value
            return Text(f"{names[0]}: {names[1]}, {when}", language)
        if EXACT in parts:
            words = first(parts, EXACT)
            return Text(f"“{words if len(words) <= 80 else words[:79] + '…'}”")
        if START in parts:
            return Text(f"{first(parts, START)}–{first(parts, END)}")
        return next((self.name(first(parts, term)) for term in COUNTED if term in parts), None)
