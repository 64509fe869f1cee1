"""All the files of a release, written beside each other and put in place at once."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Store

from innograph.loader.catalog import source_graphs
from innograph.loader.exporting import graphs, metadata
from innograph.loader.exporting.links import links, write_links
from innograph.loader.exporting.rows import Rows
from innograph.loader.exporting.tables import SEPARATORS, write_tables
from innograph.loader.publishing import sync_folder, sync_tree
from innograph.loader.releases import Release, Releases
from innograph.ontology.authorities import AUTHORITIES
from innograph.ontology.namespaces import DCTERMS, RDFS, Names

FILES, MANIFEST = "files", "manifest.json"
WRITING = "files-being-written"
# Name of the format, end of the file's name, media type, how it is packed.
FORMATS = (
    ("nq", ".nq.gz", "application/n-quads", "gzip"),
    ("ttl", ".ttl.gz", "text/turtle", "gzip"),
    ("jsonld", ".jsonld.gz", "application/ld+json", "gzip"),
    ("csv", ".csv", "text/csv", ""),
    ("csv.gz", ".csv.gz", "text/csv", "gzip"),
    ("csvw", ".csv-metadata.json", "application/csvm+json", ""),
    ("parquet", ".parquet", "application/vnd.apache.parquet", ""),
)
LINKS = "links-{}"  # a link table, of the whole graph only
_HOLDS = 'ASK { ?s <http://www.w3.org/ns/oa#exact> ?words FILTER(CONTAINS(?words, "%s")) }'


@dataclass(frozen=True, slots=True)
class Scope:
    """What a set of files is of: everything, or one source."""

    name: str
    dataset: NamedNode
    graph: NamedNode | None


def export(root: Path, number: int) -> Path:
    """Write the files of a release unless they are there; returns their folder.

    One process of a store does so at a time. A folder that is there is complete: it gets its name at the
    end, and a crash leaves one that the next run removes.

    Raises:
        NoReleaseError: no such release is published.
        OSError: the disk.
    """
    release = Releases(root).get(number)
    target = release.path / FILES
    with alone(root):
        if not target.exists():
            folder = release.path / WRITING
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                _write(release, folder)
                sync_tree(folder)
                os.rename(folder, target)
                sync_folder(release.path)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    return target


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Be the one process of a store that writes files to take along."""
    with (root / "exporting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(release: Release, folder: Path) -> None:
    description = release.description
    store, names = Store.read_only(str(release.store)), Names(description.base)
    separator = next(
        (s for s in SEPARATORS if not store.query(_HOLDS % s, use_default_graph_as_union=True)),
        SEPARATORS[-1],
    )
    scopes = [Scope("all", names.iri("dataset/all"), None)]
    scopes += [Scope(slug, names.dataset(slug), names.graph(slug)) for slug in source_graphs(store, names)]
    described = [_Writing(release, store, folder, scope, separator).write() for scope in scopes]
    files = [file for scope in described for file in scope["files"]]
    sums = "".join(f"{file['sha256']}  {file['name']}\n" for file in files)
    (folder / "SHA256SUMS").write_text(sums, "utf-8")
    manifest = {"release": description.number, "identity": description.identity, "scopes": described}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")


class _Writing:
    """The files of one scope."""

    def __init__(self, release: Release, store: Store, folder: Path, scope: Scope, separator: str) -> None:
        self.release, self.store, self.folder, self.scope = release.description, store, folder, scope
        self.separator = separator
        self.files: list[dict[str, Any]] = []
        self.title = self._said(RDFS.label) or scope.name
        self.licence = self._said(DCTERMS.license)

    def write(self) -> dict[str, Any]:
        """Write them; returns what the manifest says of the scope."""
        n_quads = self._path("nq")
        checksum = graphs.write_n_quads(self.store, self.scope.graph, n_quads)
        graphs.write_turtle(n_quads, self._path("ttl"))
        named = [self.scope.graph] if self.scope.graph else self._graphs()
        graphs.write_json_ld(self.store, named, self._path("jsonld"))
        for form in ("nq", "ttl", "jsonld"):
            self._add(form)
        rows = self._tables()
        if self.scope.graph is None:
            self._links()
        return {
            "name": self.scope.name,
            "dataset": self.scope.dataset.value,
            "title": self.title,
            "licence": self.licence,
            "quads": self.release.quads
            if self.scope.graph is None
            else self.release.graphs.get(self.scope.graph.value, 0),
            "rows": rows,
            "checksum": checksum,
            "files": self.files,
        }

    def _tables(self) -> int:
        """The tables, where there are observations; returns how many."""
        reading = Rows(self.store, self.folder)
        rows = reading.of(self.scope.graph)
        first = next(rows, None)
        if first is None:
            return 0
        plain = self._path("csv")
        count = write_tables(
            chain([first], rows), self.separator, plain, self._path("csv.gz"), self._path("parquet")
        )
        described = metadata.csvw(plain.name, self.title, self.licence, self.separator, reading.period_types)
        self._json(self._path("csvw"), described)
        for form in ("csv", "csv.gz", "csvw", "parquet"):
            self._add(form)
        # Not in the manifest: whoever serves it makes its addresses whole, so it has no fixed checksum.
        about = self.release
        croissant = metadata.croissant(
            self.scope.name, self.title, self.licence, about.number, about.created, self.files
        )
        self._json(self.folder / f"{self.scope.name}.croissant.json", croissant)
        return count

    def _links(self) -> None:
        """The link tables that have links."""
        for name, authority in AUTHORITIES.items():
            form = LINKS.format(name)
            path = self.folder / f"{form}.csv"
            with path.open("w", encoding="utf-8", newline="") as output:
                count = write_links(links(self.store, authority, self.folder), output)
            if count:
                self._enter(path, form, "text/csv")
            else:
                path.unlink()

    def _graphs(self) -> list[NamedNode]:
        found = [graph for graph in self.store.named_graphs() if isinstance(graph, NamedNode)]
        return sorted(found, key=lambda graph: graph.value)

    def _path(self, form: str) -> Path:
        ending = next(ending for name, ending, _, _ in FORMATS if name == form)
        return self.folder / f"{self.scope.name}{ending}"

    def _json(self, path: Path, content: dict[str, Any]) -> None:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def _add(self, form: str) -> None:
        """Enter a written file in the manifest."""
        _, _, media_type, packed = next(entry for entry in FORMATS if entry[0] == form)
        self._enter(self._path(form), form, media_type, packed)

    def _enter(self, path: Path, form: str, media_type: str, packed: str = "") -> None:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.files.append(
            {
                "name": path.name,
                "format": form,
                "media_type": media_type,
                "packed": packed,
                "bytes": path.stat().st_size,
                "sha256": digest,
            }
        )

    def _said(self, predicate: NamedNode) -> str | None:
        found = self.store.quads_for_pattern(self.scope.dataset, predicate, None)
        terms = sorted(
            (quad.object for quad in found),
            key=lambda term: (getattr(term, "language", None) not in ("en", None), str(term)),
        )
        return terms[0].value if terms else None  # type: ignore[union-attr]
