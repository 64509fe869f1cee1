"""The page of one thing: what its kind declares, what is stated of it, and what links to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Response, request
from pyoxigraph import NamedNode

from innograph.server import tables as rows
from innograph.server.context import context
from innograph.server.engine import Snapshot
from innograph.server.pages import citing, compared, files, licensing, reading
from innograph.server.pages.compare import compare_link
from innograph.server.pages.drawing import BEGINNING, facts_drawn
from innograph.server.pages.figures import FIGURE_NEEDS
from innograph.server.pages.kinds import ELSEWHERE, FIGURE_PARTS, ORDER, Kind, Section, kind_of
from innograph.server.pages.language import Words
from innograph.server.pages.linked_data import dataset_data
from innograph.server.pages.links import SAFE, Links, expand
from innograph.server.pages.reading import Facts
from innograph.server.pages.rendering import Alternate, Frame, page
from innograph.server.pages.sections import listed as listed_in
from innograph.server.pages.signposts import of_thing
from innograph.server.pages.tables import Cell, Table, inward, quotes, table
from innograph.server.pages.values import Part, Values

FORMATS = (
    ("ttl", "text/turtle"),
    ("jsonld", "application/ld+json"),
    ("nt", "application/n-triples"),
    ("rdf", "application/rdf+xml"),
)
TABLES = (("csv", "text/csv"), ("json", "application/json"))
PLAIN = Kind(
    "",
    (
        Section("instances", "?item a ?thing"),
        Section("left_open_by", "?item inno:notStated ?thing", ("name", "prov:wasDerivedFrom")),
    ),
)
GRAPH = Kind("graph", (Section("things", "GRAPH ?thing { ?item a ?class }", ("name", "rdf:type")),))
TYPE, LABEL, SCHEME = expand("rdf:type"), expand("rdfs:label"), expand("skos:inScheme")
NOT_STATED, EVIDENCE = expand("inno:notStated"), expand("inno:evidence")
HIDDEN = {expand(name) for name in ELSEWHERE}
WHOLE = {expand(name) for name in FIGURE_PARTS}
PLACES = {expand(name): place for place, name in enumerate(ORDER)}
EXPLANATIONS = ("rdfs:comment", "skos:definition")
QUERIES = ("sh:select", "sh:ask", "sh:construct")
# Whose classes say most about a thing, in order; the others are rather general (an agent, an entity).
TELLING = [expand(f"{prefix}:") for prefix in ("inno", "schema", "qudt", "sh", "dcat", "qb", "owl", "void")]
DERIVED = {expand("inno:Change"), expand("inno:Comparison"), expand("schema:ClaimReview")}


def thing_page(snapshot: Snapshot, thing: NamedNode, path: str | None) -> Response:
    """The page of a thing; `path` is None where it has no address of its own on this site."""

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        return thing_view(snapshot, thing.value, path, words, links, page_number())

    # The files of a dataset may come to be after its release.
    has_files = path is not None and path.startswith(("dataset/", "source/"))
    variant = has_files and context().exports.manifest(snapshot.release) is not None
    response = page(snapshot.release, build, variant=variant)
    if has_files and context().exports.awaited(snapshot.release):
        response.headers["Cache-Control"] = "no-cache"  # the list of files will be on it
    return response


def page_number() -> int:
    """The page of long lists that a request asks for."""
    asked = request.args.get("page", "1")
    return min(int(asked), 100_000) if asked.isdecimal() and len(asked) < 7 and int(asked) > 0 else 1


def thing_view(
    snapshot: Snapshot, iri: str, path: str | None, words: Words, links: Links, number: int
) -> tuple[str, Frame, dict[str, Any]]:
    """Everything that the template needs of a thing."""
    own = reading.own_facts(snapshot, iri)
    kind = _kind(snapshot, iri, own, links)
    begun: dict[str, Facts] = {}
    drawing = BEGINNING if number == 1 and any(section.chart for section in kind.sections) else ()
    every = zip(kind.sections, listed_in(snapshot, kind.sections, iri, number, drawing, begun), strict=True)
    found = [(section, items) for section, items in every if items.iris]
    listed = {item for _, items in found for item in items.iris}
    columns = {expand(c) for section, _ in found for c in (*section.columns, section.group) if ":" in c}
    if any("outcome" in section.columns for section, _ in found):
        columns |= compared.COMPARISON_NEEDS
    facts = reading.facts_of(snapshot, listed, columns | FIGURE_NEEDS | {EVIDENCE})
    for place, (section, items) in enumerate(found):
        if section.chart:
            drawn = facts_drawn(snapshot, items.charted, facts, begun)
            found[place] = (section, replace(items, charted=[i for i in items.charted if i in drawn]))
            facts = drawn | facts  # of what is listed, more has been read
    facts |= reading.facts_of(snapshot, compared.observations_of(facts) - facts.keys(), FIGURE_NEEDS)
    facts[iri] = own
    supported = {i for section, items in found if "words" in section.columns for i in items.iris} | {iri}
    evidence = reading.evidence_in(snapshot, {i: facts[i] for i in supported if i in facts})
    far = [(key, reading.items(snapshot, f"?thing {route} ?item", iri).iris) for key, route in kind.paths]
    covered = {expand(p) for section, items in found if items.more for p in section.properties}
    mentions, more_mentions = reading.mentions(snapshot, iri, listed | _mentioned_in(own), covered)
    graphs = reading.in_graphs(snapshot, iri)

    named = {iri, *listed, *graphs, *_prefixes(iri, links), *(i for _, iris in far for i in iris)}
    named |= columns
    named.update(name for pair in mentions for name in pair)
    for places in evidence.values():
        named.update(place.source for place in places)
    values = Values(snapshot, words, links, named, facts)

    name = values.name(iri)
    sections = [table(section, iri, items, facts, evidence, values) for section, items in found]
    scope = files.files_about(iri, snapshot.release, links) if number == 1 else None
    has_rows = path is not None and rows.has_rows(snapshot, NamedNode(iri))
    frame = Frame(
        title=name.value,
        crumbs=_crumbs(iri, own, values),
        alternates=_alternates(path, iri, has_rows, links),
        identifier=iri,
        outward=not iri.startswith(links.base) and iri.startswith(("http://", "https://")),
        query=links.query(_question(iri)),
        data=dataset_data(iri, own, facts, values, snapshot.release, scope),
        graphs=tuple((values.name(g).value, links.page(g)) for g in graphs),
        signposts=of_thing(
            iri,
            path,
            own,
            ((a.media_type, a.href) for a in _alternates(path, iri, has_rows, links)),
            scope,
            snapshot.release,
        )
        if path is not None
        else (),
    )
    return (
        "thing.html",
        frame,
        {
            "name": name,
            "name_language": values.language(name),
            "types": [inward(values.thing(c)) for c in _types(own)],
            "derived": bool(DERIVED & {term.value for term in own.get(TYPE, [])}),
            "explanation": [values.part(t) for p in EXPLANATIONS for t in _readable(own, expand(p), words)],
            "said": [values.part(term) for term in own.get(expand("schema:text"), [])],
            "speakers": [values.part(term) for term in own.get(expand("schema:spokenByCharacter"), [])],
            "figure": _headline(iri, own, values),
            "texts": [(t.value, links.query(t.value)) for p in QUERIES for t in own.get(expand(p), [])],
            "facts": _rows(snapshot, iri, own, far, kind, values),
            "evidence": quotes(evidence.get(iri, []), values),
            "not_stated": sorted(
                (inward(values.thing(term.value)) for term in own.get(NOT_STATED, [])),
                key=lambda part: part.text,
            ),
            "facts_last": kind.facts_last,
            "sections": sections,
            "warnings": licensing.warnings_about(snapshot, iri, words, links),
            "statements": snapshot.release.graphs.get(iri),
            "mentions": [(inward(values.thing(s)), values.thing(p)) for s, p in mentions],
            "more_mentions": links.query(f"SELECT ?thing ?property WHERE {{ ?thing ?property <{iri}> }}")
            if more_mentions
            else "",
            "number": number,
            "previous": links.to(_address(path), **_parameters(iri, path), page=str(number - 1)),
            "next": links.to(_address(path), **_parameters(iri, path), page=str(number + 1)),
            "citation": citing.cited(snapshot, iri, path, own, values)
            if path is not None and citing.citable(path) and number == 1
            else None,
            "files": files.downloads_of(snapshot, scope, words, links) if scope else None,
            "csv": links.to(f"/{quote(path, safe=SAFE)}.csv") if has_rows and path else "",
            "compare": _compare(iri, kind, sections, links),
        },
    )


def _kind(snapshot: Snapshot, iri: str, own: Facts, links: Links) -> Kind:
    if iri in snapshot.release.graphs:
        return GRAPH
    classes = {links.short(term.value) for term in own.get(TYPE, [])}
    schemes = {term.value.removeprefix(links.base) for term in own.get(SCHEME, [])}
    path = iri.removeprefix(links.base) if links.ours(iri) else ""
    return kind_of(classes, schemes, path) or PLAIN


def _compare(iri: str, kind: Kind, sections: list[Table], links: Links) -> str:
    """Where the figures of an indicator or a city are compared with others."""
    if not any(section.anchor == "figures" for section in sections):
        return ""
    if kind.key == "scheme/indicators":
        return compare_link(links, indicator=iri)
    return compare_link(links, cities=[iri]) if kind.key == "schema:City" else ""


def _types(own: Facts) -> list[str]:
    """The classes of a thing, the most telling first."""

    def rank(iri: str) -> tuple[int, str]:
        return next(
            (place for place, space in enumerate(TELLING) if iri.startswith(space)), len(TELLING)
        ), iri

    return sorted({term.value for term in own.get(TYPE, [])}, key=rank)


def _rows(
    snapshot: Snapshot, iri: str, own: Facts, far: list[tuple[str, list[str]]], kind: Kind, values: Values
) -> list[tuple[Part, str, Cell]]:
    """The table of facts: property, what it means (where that is shown), values."""
    shown = [p for p in own if p not in HIDDEN and not (p in WHOLE and figure_is_told(own))]
    shown.sort(key=lambda p: (PLACES.get(p, len(PLACES)), values.name(p).value))
    meanings = reading.facts_of(snapshot, map(expand, kind.explained), [expand("rdfs:comment")])
    found = []
    for predicate in shown:
        comments = meanings.get(predicate, {}).get(expand("rdfs:comment"), [])
        heading = inward(values.thing(predicate))
        parts = [values.part(term, own, predicate) for term in own[predicate]]
        found.append(
            (heading, comments[0].value if comments else "", Cell(sorted(parts, key=lambda part: part.text)))
        )
    for key, iris in far:
        if iris:
            found.append((Part(values.words(key)), "", Cell([values.thing(i) for i in iris])))
    others = values.labels.others(iri)
    if others:
        parts = [Part(text.value, language=text.language) for text in others]
        found.append((Part(values.words.other_languages), "", Cell(parts)))
    return found


def _headline(iri: str, own: Facts, values: Values) -> str:
    """What is told largest: a figure, or how two figures compare."""
    if compared.OBSERVATION in own:
        return compared.outcome(own, values)
    return values.observed(iri, own).text if WHOLE & own.keys() else ""


def figure_is_told(own: Facts) -> bool:
    """Whether the page says a figure in full above its facts."""
    return expand("sdmx-measure:obsValue") in own


def _readable(own: Facts, predicate: str, words: Words) -> list[Any]:
    """The one explanation that the reader should see."""
    terms = own.get(predicate, [])
    for wanted in (words.language, "en", None):
        for term in terms:
            if wanted is None or getattr(term, "language", None) == wanted:
                return [term]
    return []


def _mentioned_in(own: Facts) -> set[str]:
    """What a thing links to itself: its parts link back, which a page needs not repeat."""
    return {term.value for terms in own.values() for term in terms if isinstance(term, NamedNode)}


def _prefixes(iri: str, links: Links) -> list[str]:
    """The things that a path lies below: an observation of its evidence, a dataset of its checksum."""
    if not links.ours(iri):
        return []
    steps = iri[len(links.base) :].split("/")
    return [links.base + "/".join(steps[:end]) for end in range(1, len(steps))]


def _crumbs(iri: str, own: Facts, values: Values) -> tuple[tuple[str, str], ...]:
    links = values.links
    above = [prefix for prefix in _prefixes(iri, links) if values.labels.known(prefix)]
    if not above:
        above = [term.value for term in own.get(SCHEME, [])][:1] or _types(own)[:1]
    crumbs = [(values.name(step).value, _listing(step, links)) for step in above]
    return ((values.words.home, links.to("/")), *crumbs)


def _listing(iri: str, links: Links) -> str:
    """A class leads to the list of its things."""
    return links.page(iri) if links.ours(iri) else links.about(iri)


def _alternates(path: str | None, iri: str, has_rows: bool, links: Links) -> tuple[Alternate, ...]:
    if path is None:
        text = f"DESCRIBE <{iri}>"
        return tuple(Alternate(name, kind, links.query(text, format=name)) for name, kind in FORMATS)
    formats = FORMATS + (TABLES if has_rows else ())
    address = quote(path, safe=SAFE)
    return tuple(Alternate(name, kind, links.to(f"/{address}.{name}")) for name, kind in formats)


def _question(iri: str) -> str:
    return f"SELECT ?property ?value WHERE {{\n  <{iri}> ?property ?value\n}}"


def _address(path: str | None) -> str:
    """Where the page of a thing is."""
    return "/about" if path is None else f"/{quote(path, safe=SAFE)}.html"


def _parameters(iri: str, path: str | None) -> dict[str, str]:
    return {} if path is not None else {"iri": iri}
