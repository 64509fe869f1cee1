"""A release in RDF: a version of the whole dataset (DCAT 3, section 11), with what it can be checked by.

Told with a release and not stored in it, so that the same content has the same triples whatever its number
and wherever it is served.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from innograph.ontology.namespaces import ADMS, DCAT, DCTERMS, RDF, RDFS, SD, SPDX, VOID, XSD, Names
from innograph.server.context import context
from innograph.server.engine import ReleaseInfo


def node(number: int) -> NamedNode:
    """What a release is called: the address of its page."""
    return NamedNode(context().address(f"releases/{number}"))


def previous(release: ReleaseInfo, published: Iterable[ReleaseInfo]) -> int | None:
    """The number of the release that a release was made from, if it is still published."""
    return next((other.number for other in published if other.number == release.parent), None)


def checksums(release: ReleaseInfo) -> dict[str, str]:
    """The SHA-256 of each graph's canonical form, by graph; that of the whole release has no name.

    Those taken when the release was published, and those of the files that have been written since.
    """
    found: dict[str, str] = {}
    exports = context().exports
    if exports.offered(release) and exports.ready(release) and (manifest := exports.manifest(release)):
        names = Names(release.base)
        for scope in manifest.scopes:
            graph = "" if scope.name == "all" else names.graph(scope.name).value
            if scope.checksum:
                found[graph] = scope.checksum
    found |= release.checksums
    return found | ({"": release.checksum} if release.checksum else {})


def checksum(subject: NamedNode, value: str) -> Iterator[Triple]:
    """The SHA-256 of a dataset."""
    checked = NamedNode(f"{subject.value}/checksum")
    yield Triple(subject, SPDX.checksum, checked)
    yield Triple(checked, RDF.type, SPDX.Checksum)
    yield Triple(checked, SPDX.algorithm, NamedNode(f"{SPDX}checksumAlgorithm_sha256"))
    yield Triple(checked, SPDX.checksumValue, Literal(value, datatype=XSD.hexBinary))


def whole(release: ReleaseInfo, names: Names, datasets: Collection[object] = ()) -> Iterator[Triple]:
    """The whole dataset as the version that is served: its number, date, notes, checksums, predecessor.

    `datasets` are those of the sources whose checksums are told, too.
    """
    dataset, published = names.iri("dataset/all"), context().engine.releases()
    yield from _version(dataset, release)
    for other in published:
        yield Triple(dataset, DCAT.hasVersion, node(other.number))
    yield Triple(dataset, DCAT.hasCurrentVersion, node(context().engine.snapshot().release.number))
    before = previous(release, published)
    for other in published:
        if other.number == before:
            yield Triple(dataset, DCAT.previousVersion, node(other.number))
        if other.number in (before, release.number):
            yield from described(other, names, published)
    for graph, value in checksums(release).items():
        of = names.dataset(graph.removeprefix(names.graph("").value)) if graph else dataset
        if not graph or of in datasets:
            yield from checksum(of, value)


def of_dataset(dataset: NamedNode, release: ReleaseInfo) -> list[Triple]:
    """What is told of one dataset with a release: of the whole its version, of a source its checksum."""
    told = whole(release, Names(release.base), {dataset})
    checked = NamedNode(f"{dataset.value}/checksum")
    return [triple for triple in told if triple.subject in (dataset, checked)]


def described(release: ReleaseInfo, names: Names, published: Iterable[ReleaseInfo]) -> Iterator[Triple]:
    """One release as a resource of its own."""
    version = node(release.number)
    yield Triple(version, RDF.type, DCAT.Dataset)
    yield Triple(version, RDFS.label, Literal(f"Release {release.number}", language="en"))
    yield Triple(version, DCTERMS.title, Literal(f"Release {release.number}", language="en"))
    yield Triple(version, DCAT.isVersionOf, names.iri("dataset/all"))
    yield from _version(version, release)
    yield Triple(version, VOID.triples, _count(release.quads))
    before = previous(release, published)
    if before is not None:
        yield Triple(version, DCAT.previousVersion, node(before))
    known = checksums(release)
    if "" in known:
        yield from checksum(version, known[""])


def graphs(release: ReleaseInfo) -> Iterator[Triple]:
    """The named graphs of a release, each with its size and checksum."""
    version, known = node(release.number), checksums(release)
    for iri, count in sorted(release.graphs.items()):
        part = NamedNode(f"{version.value}#graph-{quote(iri, safe='')}")
        yield Triple(version, DCTERMS.hasPart, part)
        yield Triple(part, RDF.type, SD.NamedGraph)
        yield Triple(part, SD.name, NamedNode(iri))
        yield Triple(part, VOID.triples, _count(count))
        if iri in known:
            yield from checksum(part, known[iri])


def _version(subject: NamedNode, release: ReleaseInfo) -> Iterator[Triple]:
    yield Triple(subject, DCAT.version, Literal(str(release.number)))
    yield Triple(subject, DCTERMS.issued, Literal(release.created, datatype=XSD.dateTime))
    yield Triple(subject, ADMS.versionNotes, Literal(release.message, language="en"))


def _count(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
