"""Files to take along: the page of all of them, and the list on a dataset's or a source's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response

from innograph.ontology.authorities import AUTHORITIES
from innograph.server.context import context
from innograph.server.engine import ReleaseInfo, Snapshot
from innograph.server.exports import File, Manifest, Scope
from innograph.server.pages import licensing
from innograph.server.pages.language import Words
from innograph.server.pages.linked_data import whole_data
from innograph.server.pages.links import Links
from innograph.server.pages.rendering import Alternate, Frame, page
from innograph.server.pages.signposts import of_everything

# What a file is called for its reader, and the word of `words.json` that says what it is good for.
FORMATS = {
    "csv": ("CSV", "file_csv"),
    "csv.gz": ("CSV, gzip", "file_csv"),
    "csvw": ("CSVW", "file_csvw"),
    "parquet": ("Parquet", "file_parquet"),
    "ttl": ("Turtle, gzip", "file_ttl"),
    "nq": ("N-Quads, gzip", "file_nq"),
    "jsonld": ("JSON-LD, gzip", "file_jsonld"),
} | {f"links-{name}": (f"CSV, {authority.title}", "file_links") for name, authority in AUTHORITIES.items()}
SHOWN, LISTED = 12, 500  # datasets whose files are on the page of all, and those that it leads to
UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Download:
    """A file as a page shows it."""

    name: str
    form: str
    about: str
    href: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Downloads:
    """The files of one dataset as a page shows them."""

    anchor: str
    title: str
    href: str
    licence: str | None
    quads: str
    rows: str
    checksum: str | None
    croissant: str
    files: tuple[Download, ...]
    warnings: tuple[str, ...]


def downloads_of(snapshot: Snapshot, scope: Scope, words: Words, links: Links) -> Downloads:
    """The files of a dataset, tables first."""
    order, release = list(FORMATS), snapshot.release
    files = sorted(scope.files, key=lambda file: order.index(file.format))
    return Downloads(
        scope.name,
        scope.title,
        links.page(scope.dataset),
        scope.licence,
        f"{scope.quads:,}",
        f"{scope.rows:,}",
        scope.checksum,
        f"/download/{release.number}/{scope.croissant}" if scope.croissant else "",
        tuple(_download(file, release, words) for file in files),
        tuple(licensing.warnings_about(snapshot, scope.dataset, words, links)),
    )


def _download(file: File, release: ReleaseInfo, words: Words) -> Download:
    form, about = FORMATS[file.format]
    return Download(
        file.name,
        form,
        words(about),
        f"/download/{release.number}/{file.name}",
        size(file.bytes),
        file.sha256,
    )


def size(count: int) -> str:
    """A number of bytes as people read it: 5.8 kB."""
    amount, unit = float(count), UNITS[0]
    for unit in UNITS:  # noqa: B007  # the last one stays
        if amount < 1000:
            break
        amount /= 1000
    return f"{count} bytes" if unit == UNITS[0] else f"{amount:.1f} {unit}"


def files_about(iri: str, release: ReleaseInfo, links: Links) -> Scope | None:
    """The files of a dataset or a source; None for other things, or before they are there."""
    dataset = iri.replace(f"{links.base}source/", f"{links.base}dataset/", 1)
    if not dataset.startswith(f"{links.base}dataset/"):
        return None
    manifest = context().exports.manifest(release)
    return manifest.scope(dataset) if manifest else None


def download_page(snapshot: Snapshot, manifest: Manifest | None) -> Response:
    """The page of all files of a release; while they are being written it says so (202)."""
    release = snapshot.release

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        frame = Frame(
            title=words.download,
            crumbs=((words.home, links.to("/")),),
            alternates=(Alternate("json", "application/json", f"/download/{release.number}/manifest.json"),)
            if manifest
            else (),
            data=whole_data(release, links, words.lede, manifest.scopes[0] if manifest else None),
            signposts=of_everything(release, manifest.scopes[0] if manifest else None),
        )
        found = manifest.scopes if manifest else ()
        scopes = [downloads_of(snapshot, scope, words, links) for scope in found[:SHOWN]]
        more = [(scope.title, links.page(scope.dataset) + "#files") for scope in found[SHOWN:LISTED]]
        others = [
            (other.number, other.created[:10], links.to("/download", release=str(other.number)))
            for other in reversed(context().engine.releases())
        ]
        offered = context().exports.offered(release)
        return "downloads.html", frame, {"scopes": scopes, "more": more, "others": others, "offered": offered}

    waiting = manifest is None and context().exports.offered(release)
    response = page(release, build, status=202 if waiting else 200)
    if waiting:
        response.headers["Retry-After"] = "5"
        response.headers["Cache-Control"] = "no-store"
    return response
