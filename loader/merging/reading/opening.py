"""Opening what was named: a file, an address, or what is compressed or archived in one.

What comes out is bounded, since a few kilobytes can unpack to terabytes, and members of an archive are
read in place: nothing is written under a name that an archive gives.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

import urllib3
import zstandard

from innograph.loader.errors import InputError, Problem

HEAD = 65536
_MEMBERS = 1000
_LAYERS = 3


@dataclass
class Workspace:
    """Where contents are unpacked that need a file to be read from; removed when reading ends."""

    stack: ExitStack
    limit: int
    _folder: Path | None = None
    _count: int = 0

    def file(self, suffix: str) -> Path:
        """A new name for a file."""
        if self._folder is None:
            self._folder = Path(self.stack.enter_context(TemporaryDirectory(prefix="innograph-reading-")))
        self._count += 1
        return self._folder / f"{self._count}{suffix}"


@dataclass(frozen=True)
class Content:
    """Bytes that can be read from the beginning as often as needed.

    `path` is the file that the user named, `name` what it or its member is called, `member` the path
    within an archive ("" outside one), `plain` a file that holds exactly these bytes, if there is one.
    """

    path: Path
    name: str
    open: Callable[[], IO[bytes]]
    workspace: Workspace
    member: str = ""
    plain: Path | None = None
    siblings: Callable[[str], bytes | None] = field(default=lambda name: None)

    def head(self, size: int = HEAD) -> bytes:
        """The first bytes.

        Raises:
            InputError: they cannot be read.
        """
        with self.open() as stream, self.telling():
            return stream.read(size)

    def file(self) -> Path:
        """A file that holds these bytes, for readers that jump about in it."""
        if self.plain is not None:
            return self.plain
        target = self.workspace.file(PurePosixPath(self.name).suffix)
        with self.telling(), self.open() as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 2**20)
        return target

    def problem(self, what: str, mend: str, row: int | None = None) -> InputError:
        """The error that says what is wrong with this content."""
        inside = f"in {self.member}: " if self.member else ""
        return InputError([Problem(self.path, inside + what, mend, row)])

    def telling(self) -> _Telling:
        """Turns what decompressors raise into an error that names the file."""
        return _Telling(self)


@dataclass(frozen=True)
class _Telling:
    content: Content

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        broken = (OSError, EOFError, zipfile.BadZipFile, zstandard.ZstdError, lzma.LZMAError, RuntimeError)
        if isinstance(error, broken) and not isinstance(error, FileNotFoundError | PermissionError):
            raise self.content.problem(
                f"cannot be read to its end: {error}", "fetch or make it again"
            ) from error
        if isinstance(error, OSError):
            raise self.content.problem(
                f"cannot be read: {error.strerror}", "check the path and its permissions"
            ) from error


class Bounded(io.RawIOBase):
    """A stream that refuses to give more than `limit` bytes; with it `below` is closed, where it reads from."""

    def __init__(
        self, stream: IO[bytes], below: IO[bytes], limit: int, refuse: Callable[[], Exception]
    ) -> None:
        self._stream, self._below, self._left, self._refuse = stream, below, limit, refuse

    def readable(self) -> bool:
        """True: it is read from."""
        return True

    def readinto(self, buffer: object) -> int:
        """The next bytes into a buffer."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        found = self._stream.read(len(view))
        self._left -= len(found)
        if self._left < 0:
            raise self._refuse()
        view[: len(found)] = found
        return len(found)

    def close(self) -> None:
        """Close all of them."""
        self._stream.close()
        self._below.close()
        super().close()


def contents(source: Path | str, workspace: Workspace) -> Iterator[Content]:
    """What a file or an address holds: itself, or what is in it when compressed or an archive.

    Raises:
        InputError: it cannot be read, or unpacks to more than the limit.
    """
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        name = PurePosixPath(urllib3.util.parse_url(source).path or "").name or "download"
        path = download(
            source,
            workspace.file("-" + "".join(c for c in name if c.isalnum() or c in "._-")),
            workspace.limit,
        )
        whole = Content(Path(source), name, lambda: path.open("rb"), workspace, plain=path)
    else:
        path = Path(source)
        if not path.is_file():
            raise InputError([Problem(path, "there is no such file", "check the path")])
        beside = path.parent
        whole = Content(
            path,
            path.name,
            lambda: path.open("rb"),
            workspace,
            plain=path,
            siblings=lambda n: _beside(beside, n),
        )
    yield from _unwrapped(whole, 0)


def _beside(folder: Path, name: str) -> bytes | None:
    path = folder / name
    return path.read_bytes() if path.is_file() and path.stat().st_size < 2**24 else None


def download(url: str, target: Path, limit: int) -> Path:
    """Fetch an address into a file.

    Raises:
        InputError: it does not answer, or with an error, or with more than `limit` bytes.
    """

    def problem(what: str, mend: str) -> InputError:
        return InputError([Problem(Path(url), what, mend)])

    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=10, read=60), retries=urllib3.Retry(2, redirect=5)
    )
    try:
        answer = pool.request("GET", url, preload_content=False, headers={"User-Agent": "innograph"})
        with closing(answer):
            if answer.status != 200:
                raise problem(
                    f"the server answers {answer.status} {answer.reason}",
                    "open the address in a browser and correct it",
                )
            size = 0
            with target.open("wb") as file:
                for chunk in answer.stream(2**18, decode_content=True):
                    size += len(chunk)
                    if size > limit:
                        raise problem(
                            f"is longer than {limit:,} bytes", "download a part of it, or raise the limit"
                        )
                    file.write(chunk)
    except urllib3.exceptions.HTTPError as error:
        raise problem(f"cannot be fetched: {error}", "check the address and the network") from error
    finally:
        pool.clear()
    return target


def _unwrapped(content: Content, layer: int) -> Iterator[Content]:
    head = content.head(512)
    unpack = _decompressor(head)
    if unpack is None and not _is_archive(content, head):
        yield content
        return
    if layer == _LAYERS:
        raise content.problem(f"is packed more than {_LAYERS} times over", "unpack it first")
    if unpack is None:
        yield from _members(content, layer)
        return
    suffix = PurePosixPath(content.name).suffix.lower()
    name = content.name[: -len(suffix)] if suffix in (".gz", ".zst", ".bz2", ".xz") else content.name
    yield from _unwrapped(replace(content, name=name, open=_bounded(content, unpack), plain=None), layer + 1)


def _decompressor(head: bytes) -> Callable[[IO[bytes]], IO[bytes]] | None:
    if head.startswith(b"\x1f\x8b"):
        return lambda stream: gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return lambda stream: zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
    if head.startswith(b"BZh"):
        return lambda stream: bz2.BZ2File(stream)
    if head.startswith(b"\xfd7zXZ"):
        return lambda stream: lzma.LZMAFile(stream)
    return None


def _bounded(content: Content, unpack: Callable[[IO[bytes]], IO[bytes]]) -> Callable[[], IO[bytes]]:
    limit = content.workspace.limit

    def refuse() -> Exception:
        return content.problem(
            f"unpacks to more than {limit:,} bytes", "unpack it first if that is right, and merge parts of it"
        )

    def open_() -> IO[bytes]:
        below = content.open()
        return io.BufferedReader(Bounded(unpack(below), below, limit, refuse), 2**16)

    return open_


def _is_archive(content: Content, head: bytes) -> bool:
    """A zip that is not a spreadsheet."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    names = set(_names(content))
    return not (
        {"[Content_Types].xml", "xl/workbook.xml", "xl/workbook.bin"} & names or _is_document(content, names)
    )


def _is_document(content: Content, names: set[str]) -> bool:
    return "mimetype" in names and "content.xml" in names


def _names(content: Content) -> list[str]:
    with content.telling(), zipfile.ZipFile(content.file()) as archive:
        return archive.namelist()


def check_archive(content: Content) -> None:
    """Refuse a spreadsheet (a zip) that says it unpacks to more than the limit, before a library opens it.

    Raises:
        InputError: it does.
    """
    with content.telling(), zipfile.ZipFile(content.file()) as archive:
        total = sum(info.file_size for info in archive.infolist())
    limit = min(content.workspace.limit, 2**30)
    if total > limit:
        raise content.problem(
            f"unpacks to {total:,} bytes, and a spreadsheet is held in memory", "save its sheets as CSV"
        )


def _members(content: Content, layer: int) -> Iterator[Content]:
    path = content.file()
    with content.telling(), zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir() and not _hidden(info.filename)]
        total = sum(info.file_size for info in infos)
    if len(infos) > _MEMBERS or total > content.workspace.limit:
        raise content.problem(
            f"holds {len(infos):,} files of {total:,} bytes: more than {_MEMBERS:,} or {content.workspace.limit:,}",
            "unpack it and merge the files that matter",
        )
    if any(info.flag_bits & 1 for info in infos):
        raise content.problem("is encrypted", "unpack it with its password first")
    known = {info.filename for info in infos}
    for info in infos:
        inside = PurePosixPath(info.filename)

        def open_(name: str = info.filename) -> IO[bytes]:
            with content.telling():
                archive = zipfile.ZipFile(path)
                stream = archive.open(name)
                archive.close()  # the member keeps the file open until it is closed itself
            return stream

        def siblings(name: str, folder: PurePosixPath = inside.parent) -> bytes | None:
            sibling = str(folder / name)
            if sibling not in known:
                return None
            with content.telling(), zipfile.ZipFile(path) as archive, archive.open(sibling) as stream:
                return stream.read(2**24)

        member = replace(
            content, name=inside.name, member=info.filename, plain=None, open=open_, siblings=siblings
        )
        yield from _unwrapped(replace(member, open=_bounded(member, lambda stream: stream)), layer + 1)


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") and part != ".." for part in parts) or "__MACOSX" in parts
