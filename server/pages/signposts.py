"""Signposting (signposting.org, typed links of RFC 8288): what a program follows from a page to the thing itself.

`cite-as` names it for good, `describedby` leads to its description as data, `item` to its content, `license`
and `author` say by whom and on which terms, `type` says what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pyoxigraph import NamedNode

from innograph.server.context import context
from innograph.server.engine import ReleaseInfo
from innograph.server.exports import Scope
from innograph.server.pages.linked_data import CC0
from innograph.server.pages.links import SAFE, expand
from innograph.server.pages.reading import Facts

ABOUT_PAGE = "https://schema.org/AboutPage"
DATASET = "https://schema.org/Dataset"
CATALOG = "https://schema.org/DataCatalog"
SCHEMA = expand("schema:")
TYPE, COLLECTION = expand("rdf:type"), expand("qb:dataSet")
LICENCES = (expand("dcterms:license"), expand("schema:license"))
AUTHORS = (expand("schema:author"), expand("schema:spokenByCharacter"), expand("dcterms:creator"))
RDF = ("text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml")
# What a source says is on its own terms; everything else here is given away (docs: data/LICENSE.md).
OF_SOURCES = ("source/", "dataset/", "observation/", "claim/", "quotation/", "graph/")
MOST = 20


@dataclass(frozen=True, slots=True)
class Signpost:
    """A typed link."""

    relation: str
    href: str
    media_type: str = ""

    def header(self) -> str:
        """It as a value of the Link header (RFC 8288, section 3)."""
        kind = f'; type="{self.media_type}"' if self.media_type else ""
        # A header is ASCII: an IRI stands in it as a URI (RFC 3987, section 3.1).
        return f'<{quote(self.href, safe=SAFE + "?#[]")}>; rel="{self.relation}"{kind}'


def of_thing(
    iri: str,
    path: str,
    own: Facts,
    formats: Iterable[tuple[str, str]],
    files: Scope | None,
    release: ReleaseInfo,
) -> tuple[Signpost, ...]:
    """The links of a thing's page; `formats` are its documents by media type, `path` is where it is."""
    documents = tuple(formats)
    classes = {term.value for term in own.get(TYPE, []) if term.value.startswith(SCHEMA)}
    if path.startswith("dataset/"):
        classes.add(DATASET)
    return (
        Signpost("cite-as", iri),
        *_described(documents),
        *(Signpost("type", name) for name in sorted({ABOUT_PAGE, *classes})),
        *(Signpost("author", name) for name in _iris(own, AUTHORS)),
        *(Signpost("license", name) for name in _licences(own, path, files)),
        *(_files(files, release) if files else _tables(documents)),
        *(Signpost("collection", name) for name in _iris(own, (COLLECTION,))),
    )


def of_everything(release: ReleaseInfo, files: Scope | None) -> tuple[Signpost, ...]:
    """The links of the home page: that of the whole dataset."""
    address = context().address
    return (
        Signpost("cite-as", f"{release.base}dataset/all"),
        *_described(
            [(kind, f"catalog?format={name}") for name, kind in (("ttl", RDF[0]), ("jsonld", RDF[1]))]
        ),
        Signpost("type", ABOUT_PAGE),
        Signpost("type", DATASET),
        Signpost("license", CC0),
        *(_files(files, release) if files else ()),
        Signpost("api-catalog", address(".well-known/api-catalog")),
        Signpost("service-desc", address("openapi.json"), "application/json"),
        Signpost("help", address("llms.txt"), "text/plain"),
    )


def of_catalogue(release: ReleaseInfo, datasets: Sequence[str]) -> tuple[Signpost, ...]:
    """The links of the catalogue's page, whose items are datasets."""
    return (
        Signpost("cite-as", f"{release.base}catalog"),
        *_described(
            [(kind, f"catalog?format={name}") for name, kind in (("ttl", RDF[0]), ("jsonld", RDF[1]))]
        ),
        Signpost("type", ABOUT_PAGE),
        Signpost("type", CATALOG),
        Signpost("license", CC0),
        *(Signpost("item", iri) for iri in sorted(datasets)[:MOST]),
    )


def _described(documents: Iterable[tuple[str, str]]) -> Iterator[Signpost]:
    for kind, path in documents:
        if kind in RDF:
            yield Signpost("describedby", context().address(path.lstrip("/")), kind)


def _tables(documents: Iterable[tuple[str, str]]) -> Iterator[Signpost]:
    for kind, path in documents:
        if kind not in RDF:
            yield Signpost("item", context().address(path.lstrip("/")), kind)


def _files(files: Scope, release: ReleaseInfo) -> Iterator[Signpost]:
    for file in files.files[:MOST]:
        kind = "application/gzip" if file.packed else file.media_type
        yield Signpost("item", context().address(f"download/{release.number}/{file.name}"), kind)


def _licences(own: Facts, path: str, files: Scope | None) -> list[str]:
    stated = _iris(own, LICENCES)
    if not stated and files is not None and files.licence and path.startswith("dataset/"):
        stated = [files.licence]
    if not stated and not path.startswith(OF_SOURCES):
        stated = [CC0]
    return stated


def _iris(own: Facts, predicates: Iterable[str]) -> list[str]:
    found = {t.value for p in predicates for t in own.get(p, []) if isinstance(t, NamedNode)}
    return sorted(iri for iri in found if iri.startswith(("http://", "https://")))[:MOST]
