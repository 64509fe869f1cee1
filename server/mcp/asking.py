"""What the tools share: the release, sources, labels, and things by what they are called.

What a tool refuses is a `ToolError` that says what is wrong and how to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from mcp.server.mcpserver.exceptions import ToolError
from pyoxigraph import Literal, NamedNode

from innograph.ontology.figures.names import score
from innograph.server.describing import exists
from innograph.server.engine import Engine, Snapshot
from innograph.server.engine.errors import EngineError
from innograph.server.mcp.models import Hit, Language, Release, Source
from innograph.server.pages.links import SAFE, Links, expand, is_iri
from innograph.server.pages.naming import Labels
from innograph.server.pages.reading import PROLOGUE, Facts, facts_of, first

SOURCES = 20  # told with an answer
LONGEST_NAME = 200
CANDIDATES = 5
SURE = 0.95  # a form of the name: 北京 for 北京市
DERIVED_FROM, LICENCE = expand("prov:wasDerivedFrom"), expand("dcterms:license")
AUTHOR, URL, PART_OF = expand("schema:author"), expand("schema:url"), expand("schema:isPartOf")
_NAMED = (
    PROLOGUE
    + """SELECT DISTINCT ?thing ?label WHERE { %s ?thing rdfs:label|skos:prefLabel|skos:altLabel ?label }
  LIMIT 200000"""
)
_STATED_BY = (
    PROLOGUE
    + """SELECT DISTINCT ?source WHERE {
  { SELECT ?fact WHERE { ?fact sdmx-dimension:refArea|inno:indicator|schema:about ?thing } LIMIT 5000 }
  ?fact prov:wasDerivedFrom ?source FILTER(STRSTARTS(STR(?source), ?sources)) }"""
    + f" LIMIT {SOURCES}"
)
# What a name may be of, by what it is called in a message.
KINDS = {
    "city": "?thing a schema:City .",
    "indicator": "{ SELECT DISTINCT ?thing WHERE { ?thing skos:inScheme ?indicators } }",
}
_SCHEMELESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Asking:
    """One question to the graph: a snapshot, and the labels in the reader's language."""

    def __init__(self, engine: Engine, language: Language = "en", release: int | None = None) -> None:
        try:
            self.snapshot: Snapshot = engine.snapshot(release)
        except EngineError as error:
            raise ToolError(str(error)) from None
        self.language = language
        self.links = Links(self.snapshot.release.base)

    def release(self) -> Release:
        """What is told of the release."""
        about = self.snapshot.release
        return Release(
            number=about.number, identity=about.identity, created=about.created, sha256=about.checksum
        )

    def labels(self, iris: Iterable[str]) -> Labels:
        """The labels of things."""
        return Labels(self.snapshot, self.links, self.language, [iri for iri in iris if is_iri(iri)])

    def sources_of(self, iris: Iterable[str]) -> list[str]:
        """The sources that things are derived from, or are part of; through what was computed, too."""
        base = f"{self.snapshot.release.base}source/"
        wanted = {iri for iri in iris if is_iri(iri)}
        found = {iri for iri in wanted if iri.startswith(base) and "/" not in iri[len(base) :]}
        for _ in range(2):  # a change of two figures is derived from them, they from their source
            facts = facts_of(self.snapshot, wanted, (DERIVED_FROM, PART_OF))
            linked = {term.value for own in facts.values() for terms in own.values() for term in terms}
            found |= {iri for iri in linked if iri.startswith(base)}
            wanted = {iri for iri in linked - found if is_iri(iri)}
        return sorted(found)[:SOURCES]

    def stated_by(self, thing: str) -> list[str]:
        """The sources of what is stated about a city, an indicator, or anything that claims are about."""
        sources = Literal(f"{self.snapshot.release.base}source/")
        rows = self.snapshot.select(_STATED_BY, thing=NamedNode(thing), sources=sources)
        return [row["source"].value for row in rows]

    def sources(self, iris: Iterable[str]) -> list[Source]:
        """Sources with their names, authors and licences."""
        wanted = sorted(set(iris))[:SOURCES]
        own = facts_of(self.snapshot, wanted, (AUTHOR, URL, LICENCE))
        base = self.snapshot.release.base
        datasets = {iri: iri.replace(f"{base}source/", f"{base}dataset/", 1) for iri in wanted}
        licences = facts_of(self.snapshot, datasets.values(), (LICENCE,))
        authors = {term.value for facts in own.values() for term in facts.get(AUTHOR, [])}
        labels = self.labels([*wanted, *authors])
        return [
            Source(
                iri=iri,
                label=labels.name(iri).value,
                authors=[labels.name(term.value).value for term in own.get(iri, {}).get(AUTHOR, [])],
                licence=_licence(own.get(iri, {}), licences.get(datasets[iri], {})),
                url=first(own.get(iri, {}), URL) or None,
            )
            for iri in wanted
        ]

    def thing(self, text: str) -> str:
        """The IRI that a text is: whole, or a path below the base of the graph's IRIs.

        Raises:
            ToolError: the graph says nothing of it.
        """
        plain = clean(text, "iri")
        base = self.snapshot.release.base
        forms = [plain.strip("<>")]
        if not _SCHEMELESS.match(plain):
            path = plain.lstrip("/")
            forms = [base + quote(path, safe=SAFE), base + path]
        for form in forms:
            if is_iri(form) and exists(self.snapshot, NamedNode(form)):
                return form
        raise ToolError(
            f"the graph says nothing of {plain[:100]!r}: give an IRI that another tool has answered, or its path"
            f" below {base}; the tool `search` finds things by their names"
        )

    def named(self, text: str, kind: str) -> str:
        """The IRI of a city or an indicator, by IRI, path, or name in any language.

        Raises:
            ToolError: nothing is called so, or more than one; the message names the candidates.
        """
        plain = clean(text, kind)
        if plain.startswith(("http://", "https://", "<", f"{kind}/", f"/{kind}/")):
            return self.thing(plain)
        best: dict[str, float] = {}
        for iri, label in self.all_named(kind):
            best[iri] = max(best.get(iri, 0.0), score(plain, label))
        ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
        top = [iri for iri, found in ranked if found >= SURE and found == ranked[0][1]]
        if len(top) == 1:
            return top[0]
        near = top or [iri for iri, found in ranked[:CANDIDATES] if found > 0.5]
        labels = self.labels(near)
        told = "; ".join(f"{labels.name(iri)} <{iri}>" for iri in near[:CANDIDATES])
        what = (
            f"{plain[:100]!r} may be more than one {kind}" if top else f"no {kind} is called {plain[:100]!r}"
        )
        raise ToolError(
            what + (f": name one by its IRI: {told}" if told else f": ask for the {kind}s there are")
        )

    def all_named(self, kind: str) -> list[tuple[str, str]]:
        """Every city or indicator with each of its labels."""
        scheme = f"<{self.snapshot.release.base}scheme/indicators>"
        rows = self.snapshot.select(_NAMED % KINDS[kind].replace("?indicators", scheme))
        return [(row["thing"].value, row["label"].value) for row in rows]

    def hits(self, iris: Iterable[str]) -> list[Hit]:
        """Things with their labels."""
        wanted = list(iris)
        labels = self.labels(wanted)
        names = [(iri, labels.name(iri)) for iri in wanted]
        return [Hit(iri=iri, label=name.value, language=name.language) for iri, name in names]


def clean(text: str, name: str, longest: int = LONGEST_NAME) -> str:
    """An argument as text that can be looked for.

    Raises:
        ToolError: it is empty, too long, or no text.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ToolError(f"{name} is not text: it holds half of a surrogate pair") from None
    plain = text.strip()
    if not plain:
        raise ToolError(f"{name} is empty: say what you ask for")
    if len(plain) > longest:
        raise ToolError(f"{name} has {len(plain)} characters, {longest} are allowed: shorten it")
    if any(ord(letter) < 32 and letter not in "\t\n\r" for letter in plain):
        raise ToolError(f"{name} holds control characters: take them out")
    return plain


def _licence(*stated: Facts) -> str | None:
    return next((first(facts, LICENCE) for facts in stated if first(facts, LICENCE)), None)
