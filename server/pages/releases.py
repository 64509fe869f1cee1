"""`/releases` as pages: the published states of the graph, one of them, and what changed between two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Response
from pyoxigraph import RdfFormat, parse

from innograph.server import versions
from innograph.server.context import context
from innograph.server.engine import ReleaseInfo, Term
from innograph.server.pages.language import Words
from innograph.server.pages.links import Links
from innograph.server.pages.rendering import Alternate, Frame, page
from innograph.server.pages.values import Part, Values

THINGS = 60  # of a graph that its page lists; JSON and the patch have more
STATEMENTS = 12  # of a thing
LISTED = 400
LAST = ("reference", "ontology", "derived", "catalog")  # graphs that say less to a reader than sources do
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Row:
    """A release in the list: where its page is, and where what changed since the one before it is."""

    release: ReleaseInfo
    href: str
    changes: str
    current: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A property of a thing, with its values before and afterwards; `part` is what of the thing has it."""

    part: Part | None
    property: Part
    before: list[Part]
    after: list[Part]


@dataclass(frozen=True, slots=True)
class ChangedThing:
    """A thing that was added, removed or changed."""

    name: Part
    change: str
    count: int
    changes: list[Change] = field(default_factory=list)
    more: bool = False


@dataclass(frozen=True, slots=True)
class ChangedGraph:
    """A named graph with what changed in it."""

    anchor: str
    name: Part
    counts: dict[str, int]
    added: int
    removed: int
    things: list[ChangedThing]
    more: int


def releases_page(published: Sequence[ReleaseInfo]) -> Response:
    """Every published release, the newest first."""
    current = context().engine.snapshot().release

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        frame = Frame(
            title=words.releases, crumbs=((words.home, links.to("/")),), alternates=_alternates("/releases")
        )
        rows = [_row(release, current, published, links) for release in reversed(published)]
        return "releases.html", frame, {"rows": rows}

    return page(current, build, variant=[release.identity for release in published])


def release_page(shown: ReleaseInfo, published: Sequence[ReleaseInfo]) -> Response:
    """One release."""
    current = context().engine.snapshot().release
    known = versions.checksums(shown)

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        at = Links(links.base, links.carried | _named(shown, current))
        values = Values(context().engine.snapshot(shown.number), words, at, shown.graphs, {})
        frame = Frame(
            title=words("release_number", number=shown.number),
            crumbs=((words.home, links.to("/")), (words.releases, links.to("/releases"))),
            alternates=_alternates(f"/releases/{shown.number}"),
            identifier=versions.node(shown.number).value,
        )
        row = _row(shown, current, published, links)
        content = {
            "row": row,
            "shown": shown,
            "previous": versions.previous(shown, published),
            "checksum": known.get(""),
            "graphs": [
                (values.thing(iri), f"{count:,}", known.get(iri))
                for iri, count in sorted(shown.graphs.items())
            ],
            "files": at.to("/download") if context().exports.offered(shown) else "",
            "query": at.to("/sparql"),
            "others": [
                (other.number, links.to(f"/releases/{other.number}..{shown.number}"))
                for other in reversed(published)
                if other.number != shown.number
            ],
        }
        return "release.html", frame, content

    variant = (shown.identity, sorted(known.items()), [release.identity for release in published])
    return page(current, build, variant=variant)


def difference_page(before: ReleaseInfo, after: ReleaseInfo, summary: dict[str, Any] | None) -> Response:
    """What changed between two releases; while they are being compared the page says so (202)."""
    current = context().engine.snapshot().release
    address = f"/releases/{before.number}..{after.number}"
    compared = all(context().exports.offered(release) for release in (before, after))

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        frame = Frame(
            title=words("changes_between", before=before.number, after=after.number),
            crumbs=((words.home, links.to("/")), (words.releases, links.to("/releases"))),
            alternates=(
                Alternate("json", JSON, f"{address}?format=json"),
                Alternate("rdfp", "application/rdf-patch", f"{address}?format=rdfp"),
                Alternate("added.nq", "application/n-quads", f"{address}/added.nq"),
                Alternate("removed.nq", "application/n-quads", f"{address}/removed.nq"),
            )
            if summary
            else (),
        )
        content: dict[str, Any] = {
            "before": (before, links.to(f"/releases/{before.number}")),
            "after": (after, links.to(f"/releases/{after.number}")),
            "summary": summary,
            "graphs": _Telling(before, after, current, words, links).graphs(summary) if summary else [],
            "compared": compared,
            "address": address,
        }
        return "difference.html", frame, content

    waiting = compared and summary is None
    variant = (before.identity, after.identity, waiting)
    response = page(current, build, status=202 if waiting else 200, variant=variant)
    if waiting:
        response.headers["Retry-After"] = "5"
        response.headers["Cache-Control"] = "no-store"
    return response


class _Telling:
    """Makes what a difference lists ready to show: names as the release had them that had the thing."""

    def __init__(
        self, before: ReleaseInfo, after: ReleaseInfo, current: ReleaseInfo, words: Words, links: Links
    ) -> None:
        self._releases = (before, after)
        self._current = current
        self._words = words
        self._links = links

    def graphs(self, summary: dict[str, Any]) -> list[ChangedGraph]:
        base = self._links.base
        found = sorted(summary["graphs"], key=lambda graph: _place(graph["graph"], base))
        room = LISTED
        listed: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
        for graph in found:
            things = graph["listed"][: min(THINGS, room)]
            room -= len(things)
            listed.append((graph, things))
        iris = {graph["graph"] for graph in found if graph["graph"]}
        iris |= {_source(iri, base) for iri in iris}
        for _, things in listed:
            for thing in things:
                iris |= _mentioned(thing)
        self._then, self._now = (self._values(release, iris) for release in self._releases)
        return [self._graph(place, graph, things) for place, (graph, things) in enumerate(listed)]

    def _values(self, release: ReleaseInfo, iris: Iterable[str]) -> Values:
        links = Links(self._links.base, self._links.carried | _named(release, self._current))
        named = {iri for iri in iris if ":" in iri and not iri.startswith("_:")}
        return Values(context().engine.snapshot(release.number), self._words, links, named, {})

    def _graph(self, place: int, graph: dict[str, Any], things: list[dict[str, Any]]) -> ChangedGraph:
        shown = [self._thing(thing) for thing in things]
        counts = {kind: count for kind, count in graph["things"].items() if count}
        more = sum(counts.values()) - len(shown)
        name = self._named(graph["graph"]) if graph["graph"] else Part(self._words.default_graph)
        source = _source(graph["graph"], self._links.base)
        if any(values.labels.known(source) for values in (self._now, self._then)):
            called = self._named(source)
            name = replace(called, href=name.href)
        return ChangedGraph(f"graph-{place}", name, counts, graph["added"], graph["removed"], shown, more)

    def _thing(self, thing: dict[str, Any]) -> ChangedThing:
        count, statements = thing["added"] + thing["removed"], thing["statements"]
        values = self._then if thing["change"] == "removed" else self._now
        name = values.thing(thing["iri"]) if ":" in thing["iri"] else Part(thing["iri"], style="code")
        if thing["change"] != "changed":
            return ChangedThing(name, thing["change"], count)
        changes = [
            Change(
                self._named(said["subject"]) if said["subject"] != thing["iri"] else None,
                self._named(said["property"]),
                [self._then.part(term) for term in _terms(said["before"])],
                [self._now.part(term) for term in _terms(said["after"])],
            )
            for said in statements[:STATEMENTS]
        ]
        more = thing["more"] or len(statements) > STATEMENTS
        return ChangedThing(name, thing["change"], count, changes, more)

    def _named(self, iri: str) -> Part:
        return (self._now if self._now.labels.known(iri) else self._then).thing(iri)


def _mentioned(thing: dict[str, Any]) -> set[str]:
    found = {thing["iri"]}
    for said in thing["statements"][:STATEMENTS] if thing["change"] == "changed" else ():
        found |= {said["subject"], said["property"]}
        found |= {term[1:-1] for term in (*said["before"], *said["after"]) if term.startswith("<")}
    return found


def _terms(terms: list[str]) -> list[Term]:
    """Terms of N-Triples, in an order that does not change."""
    text = "".join(f"<s:s> <p:p> {term} .\n" for term in sorted(terms))
    return [quad.object for quad in parse(text, RdfFormat.N_TRIPLES)]


def _source(graph: str, base: str) -> str:
    """The source whose statements a named graph holds, if it is that of one."""
    return graph.replace(f"{base}graph/", f"{base}source/", 1)


def _place(graph: str, base: str) -> tuple[int, str]:
    name = graph.removeprefix(f"{base}graph/")
    return (LAST.index(name) + 1 if name in LAST else 0, name)


def _named(release: ReleaseInfo, current: ReleaseInfo) -> dict[str, str]:
    """The parameter that keeps a reader on a release which is not the current one."""
    return {} if release.identity == current.identity else {"release": str(release.number)}


def _row(release: ReleaseInfo, current: ReleaseInfo, published: Sequence[ReleaseInfo], links: Links) -> Row:
    before = versions.previous(release, published)
    changes = links.to(f"/releases/{before}..{release.number}") if before is not None else ""
    current_one = release.identity == current.identity
    return Row(release, links.to(f"/releases/{release.number}"), changes, current_one)


def _alternates(address: str) -> tuple[Alternate, ...]:
    forms = (("json", JSON), ("ttl", "text/turtle"), ("jsonld", "application/ld+json"))
    return tuple(Alternate(name, kind, f"{address}?format={name}") for name, kind in forms)
