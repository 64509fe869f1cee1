"""The files of a release, as its manifest tells; started where they have not been written yet.

A program of the loader writes them (`python -m innograph.loader.exporting`), in a process of its own. It
is started once for each release, by the first who asks for one of its files or for where they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from innograph.loader.errors import NoReleaseError
from innograph.loader.releases import Releases
from innograph.server.engine import ReleaseInfo
from innograph.server.engine.errors import UnavailableError
from innograph.server.programs import Programs

FILES, MANIFEST, PROGRAM = "files", "manifest.json", "innograph.loader.exporting"
SMALL = 50_000  # quads up to which the files are there within seconds, so that it is worth to wait
PATIENCE = 10.0  # seconds to wait for the files of a small release
KEPT = 8  # manifests in memory


class NotReadyError(UnavailableError):
    """The files are being written."""

    title = "Being prepared"
    retry_after = 5


@dataclass(frozen=True, slots=True)
class File:
    """One file: `format` as in the manifest, `packed` is `gzip` or empty."""

    name: str
    format: str
    media_type: str
    packed: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The files of one dataset: of everything (`all`), or of one source.

    `checksum` is the SHA-256 of its canonical N-Quads, where somebody has computed it; `rows` are its
    observations.
    """

    name: str
    dataset: str
    title: str
    licence: str | None
    quads: int
    rows: int
    checksum: str | None
    files: tuple[File, ...]

    @property
    def croissant(self) -> str:
        """The name of the Croissant metadata of its tables; empty where it has none."""
        return f"{self.name}.croissant.json" if self.rows else ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was written for a release, and where."""

    release: int
    folder: Path
    scopes: tuple[Scope, ...]

    def file(self, name: str) -> File | None:
        """A file by its name."""
        return next((file for scope in self.scopes for file in scope.files if file.name == name), None)

    def described(self, name: str) -> bool:
        """Whether a name is that of the Croissant metadata of a dataset with tables."""
        return any(scope.croissant == name for scope in self.scopes)

    def scope(self, dataset: str) -> Scope | None:
        """The files of a dataset, by its IRI."""
        return next((scope for scope in self.scopes if scope.dataset == dataset), None)


class Exports:
    """The files of the releases of one store."""

    def __init__(self, root: Path, *, enabled: bool = True) -> None:
        self._root = root
        self._releases = Releases(root)
        self._enabled = enabled
        self._programs = Programs(PROGRAM)
        self._known: dict[str, Manifest] = {}

    def offered(self, release: ReleaseInfo) -> bool:
        """Whether a release can have files: it is one of this machine's store, and no throw-away one."""
        if not self._enabled:
            return False
        try:
            return self._releases.get(release.number).description.identity == release.identity
        except NoReleaseError:
            return False

    def ready(self, release: ReleaseInfo) -> bool:
        """Whether the files are there."""
        return release.identity in self._known or self._manifest_of(release.number).exists()

    def awaited(self, release: ReleaseInfo) -> bool:
        """Whether the files will be there and are not yet: what tells of them must not be kept."""
        return self.offered(release) and not self.ready(release)

    def manifest(self, release: ReleaseInfo) -> Manifest | None:
        """What there is of a release, or None; of a small one it is waited for, else only begun."""
        if not self.offered(release):
            return None
        patience = PATIENCE if release.quads <= SMALL else 0.0
        arguments = (str(self._root), str(release.number))
        if not self._programs.done(arguments, lambda: self.ready(release), patience):
            return None
        return self._read(release)

    def _read(self, release: ReleaseInfo) -> Manifest | None:
        known = self._known.get(release.identity)
        if known is None:
            path = self._manifest_of(release.number)
            try:
                raw = json.loads(path.read_text("utf-8"))
            except FileNotFoundError:  # the release was pruned meanwhile
                return None
            scopes = tuple(
                Scope(**(scope | {"files": tuple(File(**file) for file in scope["files"])}))
                for scope in raw["scopes"]
            )
            known = Manifest(release.number, path.parent, scopes)
            while len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)), None)
            self._known[release.identity] = known
        return known

    def _manifest_of(self, number: int) -> Path:
        return self._releases.folder(number) / FILES / MANIFEST
