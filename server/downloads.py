"""`/download`: the files of a release, whole and resumable, and the page that lists them.

A file of a numbered release never changes: it is cached for ever, has its SHA-256 as a strong entity tag,
and is sent in parts where a client asks (RFC 9110, section 14). `/download/latest/…` leads to the newest.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, redirect, send_file
from pyoxigraph import Literal, NamedNode, Triple

from innograph.ontology.authorities import AUTHORITIES
from innograph.ontology.namespaces import DCAT, DCTERMS, RDF, SPDX, VOID, XSD
from innograph.server import caching
from innograph.server.context import context
from innograph.server.engine import ReleaseInfo, Snapshot
from innograph.server.exports import File, Manifest, NotReadyError, Scope
from innograph.server.memento import asked_snapshot
from innograph.server.pages.files import download_page

blueprint = Blueprint("downloads", __name__)

FOR_EVER = "public, max-age=31536000, immutable, no-transform"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
FORMAT_NAMES = {
    "nq": "N-Quads",
    "ttl": "Turtle",
    "jsonld": "JSON-LD",
    "csv": "CSV",
    "csv.gz": "CSV",
    "csvw": "CSVW metadata",
    "parquet": "Parquet",
} | {f"links-{name}": f"link table, {authority.title}" for name, authority in AUTHORITIES.items()}
DUMPS = ("nq", "ttl")  # what void:dataDump may name: RDF (VoID, section 3.3)
PLAIN = {"SHA256SUMS": "text/plain; charset=utf-8", "manifest.json": "application/json"}


@blueprint.get("/download")
def downloads() -> Response:
    """The page of all files of a release."""
    snapshot = asked_snapshot()
    return download_page(snapshot, context().exports.manifest(snapshot.release))


@blueprint.get("/download/latest/<name>")
def latest(name: str) -> Response:
    """The way to a file of the newest release."""
    number = context().engine.snapshot().release.number
    response: Response = redirect(f"/download/{number}/{name}", 302)  # type: ignore[assignment]
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@blueprint.get("/download/<int:number>/<name>")
def download(number: int, name: str) -> Response:
    """One file of a release."""
    snapshot = context().engine.snapshot(number)
    manifest = _manifest(snapshot)
    if manifest.described(name):
        return _croissant(manifest, name, snapshot.release)
    file = manifest.file(name)
    if file is None and name not in PLAIN:
        abort(404, f"release {number} has no file {name}; /download/{number}/manifest.json lists what it has")
    media_type = file.media_type if file else PLAIN[name]
    if file and file.packed:
        media_type = "application/gzip"
    tag = file.sha256 if file else caching.etag(snapshot.release, name)
    response = send_file(
        manifest.folder / name,
        mimetype=media_type,
        etag=tag,
        conditional=True,
        download_name=name,
        as_attachment=file is not None and file.format != "csvw",
    )
    if file is not None and file.format == "csv":
        # CSVW, section 5.2: the table says where its metadata is.
        response.headers["Link"] = f'<{name}-metadata.json>; rel="describedby"; type="application/csvm+json"'
    return _for_ever(response, snapshot.release)


def _manifest(snapshot: Snapshot) -> Manifest:
    """The manifest of a release.

    Raises:
        NotReadyError: its files are still being written.
    """
    exports, release = context().exports, snapshot.release
    if not exports.offered(release):
        abort(404, "this site has no files to download: ask its SPARQL endpoint, or its graph store")
    manifest = exports.manifest(release)
    if manifest is None:
        raise NotReadyError(f"the files of release {release.number} are being written: ask again in a moment")
    return manifest


def _croissant(manifest: Manifest, name: str, release: ReleaseInfo) -> Response:
    """Croissant metadata with whole addresses, which its readers need."""
    tag = caching.etag(release, name, context().address())
    if unchanged := caching.not_modified(tag):
        return _for_ever(unchanged, release)
    described = json.loads((manifest.folder / name).read_text("utf-8"))
    described["url"] = context().address(f"download?release={release.number}")
    for part in described["distribution"]:
        part["contentUrl"] = address(release, part["contentUrl"])
    body = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    response = Response(body, content_type="application/ld+json")
    response.set_etag(tag)
    return _for_ever(response, release)


def _for_ever(response: Response, release: ReleaseInfo) -> Response:
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Innograph-Release"] = str(release.number)
    return response


def address(release: ReleaseInfo, name: str) -> str:
    """The public address of a file."""
    return context().address(f"download/{release.number}/{name}")


def distributions(release: ReleaseInfo) -> list[Triple]:
    """The files of a release as `dcat:distribution`s of its datasets (DCAT 3, section 6.8).

    They are told with a release and not stored in it, so that the same content has the same triples
    whatever its number and wherever it is served.
    """
    manifest = context().exports.manifest(release)
    if manifest is None:
        return []
    return [
        triple
        for scope in manifest.scopes
        for file in scope.files
        for triple in _distribution(release, scope, file)
    ]


def _distribution(release: ReleaseInfo, scope: Scope, file: File) -> list[Triple]:
    dataset, node = NamedNode(scope.dataset), NamedNode(address(release, file.name))
    checksum = NamedNode(f"{node.value}#sha256")
    described: list[tuple[NamedNode, Any]] = [
        (RDF.type, DCAT.Distribution),
        (DCTERMS.title, Literal(f"{scope.title}: {FORMAT_NAMES[file.format]}", language="en")),
        (DCTERMS.issued, Literal(release.created, datatype=XSD.dateTime)),
        (DCAT.accessURL, NamedNode(context().address("download"))),
        (DCAT.downloadURL, node),
        (DCAT.mediaType, NamedNode(MEDIA_TYPES + file.media_type)),
        (DCAT.byteSize, Literal(str(file.bytes), datatype=XSD.nonNegativeInteger)),
        (SPDX.checksum, checksum),
    ]
    if file.packed:
        described.append((DCAT.compressFormat, NamedNode(f"{MEDIA_TYPES}application/gzip")))
    if scope.licence:
        described.append((DCTERMS.license, NamedNode(scope.licence)))
    triples = [Triple(dataset, DCAT.distribution, node)]
    if file.format in DUMPS:
        triples.append(Triple(dataset, VOID.dataDump, node))
    triples += [Triple(node, predicate, value) for predicate, value in described]
    return [
        *triples,
        Triple(checksum, RDF.type, SPDX.Checksum),
        Triple(checksum, SPDX.algorithm, NamedNode(f"{SPDX}checksumAlgorithm_sha256")),
        Triple(checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary)),
    ]
