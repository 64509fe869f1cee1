"""How to cite a thing: as text, as BibTeX, as CSL-JSON, always with the release and what it can be checked by.

A source is cited as itself: what it leaves open (its author, its date) is said to be unknown, never
guessed. Everything else is cited as part of this graph.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pyoxigraph import Literal

from innograph.server import versions
from innograph.server.context import context
from innograph.server.engine import ReleaseInfo, Snapshot
from innograph.server.pages.language import Words, best
from innograph.server.pages.links import Links, expand
from innograph.server.pages.reading import Facts, facts_of, first
from innograph.server.pages.values import Values

STYLE = Path(__file__).parent / "citation.csl"
LOCALES = {"en": "en-US", "zh": "zh-CN", "ja": "ja-JP"}
CITED = ("dataset", "source", "indicator", "city", "observation")
CONTRIBUTORS = "The innograph contributors"
UNNAMED = "Unnamed author"
# What CSL calls the kinds of sources (CSL 1.0.2, appendix III); another kind is a document.
TYPES = {
    "schema:ScholarlyArticle": "article-journal",
    "schema:NewsArticle": "article-newspaper",
    "schema:BlogPosting": "post-weblog",
    "schema:Report": "report",
    "schema:Dataset": "dataset",
    "schema:Article": "article",
}
# Of classic BibTeX, which knows no data set: what it does not know is `misc`.
BIBTEX = {"report": "techreport", "article-journal": "article"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_TEX = {
    **{letter: f"\\{letter}" for letter in "$&%#_"},
    "{": r"\textbraceleft{}",  # a lone brace would end the entry, escaped or not
    "}": r"\textbraceright{}",
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
AUTHOR, TYPE = expand("schema:author"), expand("rdf:type")
SOURCE, CHECKSUM = expand("prov:wasDerivedFrom"), expand("spdx:checksum")
SHA256 = expand("spdx:checksumAlgorithm_sha256")

Item = dict[str, Any]  # a CSL-JSON item
_CITEPROC = threading.Lock()


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation as a page shows it: the text, and where its files are."""

    text: str
    files: tuple[tuple[str, str], ...]


def citable(path: str | None) -> bool:
    """Whether the thing at a path below the base is one that people cite."""
    return path is not None and path.partition("/")[0] in CITED and "/" in path


def cited(snapshot: Snapshot, iri: str, path: str, own: Facts, values: Values) -> Cited:
    """The citation of a thing for its page, of which `own` is stated."""
    words, links = values.words, values.links
    item = _item(snapshot, iri, path, own, values)
    address = links.page(iri).partition("?")[0].removesuffix(".html")
    # A store elsewhere may have no releases: then there is none to name.
    named = {"release": str(snapshot.release.number)} if snapshot.release.identity else {}
    carried = {**links.carried, **named}
    files = tuple(
        (name, Links(links.base, carried).to(f"{address}.{ending}"))
        for name, ending in (("BibTeX", "bib"), ("CSL-JSON", "csl.json"), ("text", "cite.txt"))
    )
    return Cited(as_text(item, words.language), files)


def csl_item(snapshot: Snapshot, iri: str, path: str, words: Words, links: Links) -> Item:
    """A thing as a CSL-JSON item."""
    own = facts_of(snapshot, [iri]).get(iri, {})
    return _item(snapshot, iri, path, own, Values(snapshot, words, links, {iri}, {iri: own}))


def _item(snapshot: Snapshot, iri: str, path: str, own: Facts, values: Values) -> Item:
    release, words, links = snapshot.release, values.words, values.links
    address = context().address(links.page(iri).partition("?")[0].lstrip("/"))
    permalink, key, told = address, f"innograph-{_key(path)}", "innograph"
    if release.identity:
        permalink, key = f"{address}?release={release.number}", f"{key}-{release.number}"
        told += f", release {release.number} of {release.created[:10]}"
    item: Item = {"id": key}
    if path.startswith("source/"):
        recorded = f"Recorded in {told}: {permalink}."
        return item | _source(snapshot, iri, own, words, links, recorded)
    title = values.name(iri).value
    if path.startswith("observation/"):
        title += f": {values.observed(iri, own).text}"
    notes = [_stated_by(snapshot, term.value, words, links) for term in own.get(SOURCE, [])]
    notes += _checksums(release, path)
    item |= {
        "type": "dataset" if path.startswith("dataset/") else "entry",
        "title": title,
        "author": [{"literal": CONTRIBUTORS}],
        "publisher": "innograph",
        "URL": permalink,
    }
    if release.identity:
        item |= {"issued": _date(release.created), "version": f"release {release.number}"}
    if item["type"] == "entry":
        item["container-title"] = "Facts about innovation in cities"
    return item | ({"note": " ".join(notes)} if notes else {})


def _checksums(release: ReleaseInfo, path: str) -> list[str]:
    """What a thing can be checked by: its source's graph, where it has one, and the whole release."""
    known = versions.checksums(release)
    kind, _, rest = path.partition("/")
    graph = known.get(f"{release.base}graph/{rest.partition('/')[0]}")
    notes = []
    if kind in ("dataset", "observation") and graph:
        notes.append(f"SHA-256 of the source's graph: {graph}.")
    if "" in known:
        notes.append(f"SHA-256 of the release: {known['']}.")
    return notes


def _source(snapshot: Snapshot, iri: str, own: Facts, words: Words, links: Links, recorded: str) -> Item:
    """A source as itself, with what it states of itself and nothing else."""
    headlines = own.get(expand("schema:headline")) or own.get(expand("rdfs:label"), [])
    title = best([term for term in headlines if isinstance(term, Literal)], words.language)
    item: Item = {
        "type": _type(own, links),
        "title": title.value if title else links.short(iri),
        "author": [{"literal": name} for name in _authors(snapshot, own, words, links)],
    }
    published = first(own, expand("schema:datePublished"))
    if _DATE.match(published):
        item["issued"] = _date(published)
    publishers = [term.value for term in own.get(expand("schema:publisher"), [])]
    if publishers:
        values = Values(snapshot, words, links, publishers, {})
        item["publisher"] = "; ".join(values.name(p).value for p in publishers)
    for name, predicate in (("URL", "schema:url"), ("language", "schema:inLanguage")):
        if stated := first(own, expand(predicate)):
            item[name] = stated
    checksum = _checksum(snapshot, own)
    return item | {"note": f"{recorded} SHA-256 of its text: {checksum}." if checksum else recorded}


def _type(own: Facts, links: Links) -> str:
    classes = {links.short(term.value) for term in own.get(TYPE, [])}
    return next((kind for name, kind in TYPES.items() if name in classes), "document")


def _authors(snapshot: Snapshot, own: Facts, words: Words, links: Links) -> list[str]:
    """The names of a source's authors; one whom it does not name is said to be unnamed."""
    authors = [term.value for term in own.get(AUTHOR, [])]
    facts = facts_of(snapshot, authors, [TYPE])
    values = Values(snapshot, words, links, authors, {})
    unknown = expand("inno:UnknownAgent")
    names = [
        UNNAMED
        if any(term.value == unknown for term in facts.get(author, {}).get(TYPE, []))
        else values.name(author).value
        for author in authors
    ]
    return sorted(set(names)) or [UNNAMED]


def _stated_by(snapshot: Snapshot, source: str, words: Words, links: Links) -> str:
    """Which source a thing is taken from, in a sentence."""
    item = _source(snapshot, source, facts_of(snapshot, [source]).get(source, {}), words, links, "")
    authors = ", ".join(author["literal"] for author in item["author"])
    issued = item.get("issued", {}).get("date-parts", [["n.d."]])[0][0]
    return f"Stated by: {authors} ({issued}), “{item['title']}”."


def _checksum(snapshot: Snapshot, own: Facts) -> str:
    """The SHA-256 of a source's text, where it is known."""
    nodes = [term.value for term in own.get(CHECKSUM, [])]
    for said in facts_of(snapshot, nodes).values():
        if first(said, expand("spdx:algorithm")) == SHA256:
            return first(said, expand("spdx:checksumValue"))
    return ""


def _date(text: str) -> dict[str, list[list[int]]]:
    match = _DATE.match(text)
    assert match is not None, text
    return {"date-parts": [[int(part) for part in match.groups() if part]]}


def _key(path: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")


def as_text(item: Item, language: str) -> str:
    """An item as a line of a bibliography, by the style of ours in the reader's language."""
    # Only when a citation is asked for: it takes a while to import.
    from citeproc import Citation, CitationItem, CitationStylesBibliography, formatter
    from citeproc.source.json import CiteProcJSON

    with _CITEPROC:
        bibliography = CitationStylesBibliography(_style(language), CiteProcJSON([item]), formatter.plain)
        bibliography.register(Citation([CitationItem(item["id"])]))
        [entry] = bibliography.bibliography()
        text: str = "".join(map(str, entry))
    return text


@cache
def _style(language: str) -> Any:
    """The style of ours with the words of a language. It is one for all threads, and not made for that."""
    from citeproc import CitationStylesStyle

    return CitationStylesStyle(str(STYLE), locale=LOCALES[language], validate=False)


def as_csl_json(item: Item) -> str:
    """An item as a CSL-JSON list."""
    return json.dumps([item], ensure_ascii=False, indent=1) + "\n"


def as_bibtex(item: Item) -> str:
    """An item as a BibTeX entry in UTF-8; a date that is not stated is `n.d.`."""
    issued = item.get("issued", {}).get("date-parts", [[]])[0]
    fields = {
        "author": " and ".join("{" + _tex(author["literal"]) + "}" for author in item["author"]),
        "title": "{" + _tex(item["title"]) + "}",
        "year": str(issued[0]) if issued else "n.d.",
        "month": MONTHS[issued[1] - 1] if len(issued) > 1 else "",
        "journal": _tex(item.get("container-title", "")) if item["type"] == "article-journal" else "",
        "publisher": _tex(item.get("publisher", "")),
        "version": _tex(item.get("version", "")),
        "url": item.get("URL", ""),
        "note": _tex(item.get("note", "")),
    }
    lines = [
        f"  {name} = {value}" if name == "month" else f"  {name} = {{{value}}}"
        for name, value in fields.items()
        if value
    ]
    kind: str = BIBTEX.get(item["type"], "misc")
    return "\n".join((f"@{kind}{{{item['id']},", ",\n".join(lines), "}", ""))


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)
