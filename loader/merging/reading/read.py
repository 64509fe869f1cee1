"""Reading whatever a file is, by its content first and its name second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from innograph.loader.errors import InputError
from innograph.loader.merging.reading import beside, json_stat, json_tables, json_values, sdmx_tables
from innograph.loader.merging.reading.csv_tables import read_csv
from innograph.loader.merging.reading.opening import Content, Workspace, contents
from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.reading.sheets import read_sheets
from innograph.loader.merging.records import Table

_RDF = (".ttl", ".nt", ".nq", ".trig", ".n3", ".rdf", ".owl", ".jsonld")
_SDMX_NAMESPACE = b"http://www.sdmx.org/resources/sdmxml/schemas/"
# Read this much to see whether a CSV is SDMX-CSV or which names its columns have.
_HEADER = 2**16


def read(source: Path | str, options: Options | None = None) -> Iterator[Table]:
    """The tables of a file or of what an address answers, one after the other.

    Each table's rows must be read before the next table is asked for. What is unpacked on the way is
    removed when the last table is done (or the generator closed).

    Raises:
        InputError: it cannot be read, is no table, or holds none; says what would mend it.
    """
    options = options or Options()
    with ExitStack() as stack:
        workspace = Workspace(stack, options.limit)
        count = 0
        problems: list[InputError] = []
        for content in contents(source, workspace):
            if content.member and _is_beside(content):
                continue
            try:
                for table in _tables(content, options):
                    named = _named(table, content)
                    if not options.tables or any(fnmatch(named.name, pattern) for pattern in options.tables):
                        count += 1
                        yield named
            except InputError as error:
                if not content.member or count:
                    raise
                problems.append(error)  # a READ.ME in an archive of tables is no reason to refuse it
        if not count:
            if problems:
                raise problems[0]
            name = source if isinstance(source, str) else source.name
            raise Content(Path(source), str(name), lambda: open(source, "rb"), workspace).problem(  # noqa: SIM115
                "has no table" + (f" named {' or '.join(options.tables)}" if options.tables else ""),
                "correct tables under [read] in the mapping" if options.tables else "is it the right file?",
            )


def _named(table: Table, content: Content) -> Table:
    name = "/".join(part for part in (content.member, table.name) if part)
    return replace(table, name=name, described={"file": content.name, **table.described})


def _is_beside(content: Content) -> bool:
    name = content.name.lower()
    return name.endswith(("-metadata.json", "datapackage.json", ".md", ".pdf", ".html")) or name.startswith(
        ("readme", "licen")
    )


def _tables(content: Content, options: Options) -> Iterator[Table]:
    head = content.head()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    suffix = PurePosixPath(content.name).suffix.lower()
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        yield from read_sheets(content, options)
    elif head.startswith(b"PAR1"):
        from innograph.loader.merging.reading.parquet import read_parquet

        yield from read_parquet(content, options)
    elif head.startswith(b"ARROW1"):
        from innograph.loader.merging.reading.parquet import read_arrow

        yield from read_arrow(content, options)
    elif head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff")):
        raise content.problem("is a document or a picture, not data", "export its table as CSV or Excel")
    elif not head.strip():
        raise content.problem("is empty", "fetch it again")
    elif suffix in _RDF or start.startswith((b"@prefix", b"@base", b"PREFIX ", b"<http")):
        raise content.problem("is RDF, not a table", "merge it as a graph, without a mapping for columns")
    elif start.startswith(b"<"):
        yield from _xml(content, start, options)
    elif suffix in (".jsonl", ".ndjson"):
        yield from json_tables.read_json_lines(content, options)
    elif start.startswith((b"{", b"[")):
        yield from _json(content, start, options)
    else:
        yield from _csv(content, options)


def _xml(content: Content, start: bytes, options: Options) -> Iterator[Table]:
    if _SDMX_NAMESPACE in start:
        yield from sdmx_tables.read_sdmx(content, options)
        return
    lowered = start[:2000].lower()
    if b"<html" in lowered or b"<!doctype html" in lowered:
        raise content.problem("is a web page, not data", "download the file that the page links to")
    if b"22-rdf-syntax-ns#" in start:
        raise content.problem("is RDF, not a table", "merge it as a graph, without a mapping for columns")
    raise content.problem("is XML of an unknown kind", "export it as CSV, Excel, Parquet, JSON or SDMX")


def _json(content: Content, start: bytes, options: Options) -> Iterator[Table]:
    lines = start.split(b"\n", 2)
    if len(lines) > 1 and start.startswith(b"{") and _whole(lines[0]) and lines[1].lstrip().startswith(b"{"):
        yield from json_tables.read_json_lines(content, options)
        return
    value = json_values.load(content)
    if json_stat.is_json_stat(value):
        yield from json_stat.read_json_stat(content, value, options)
    elif isinstance(value, dict) and ("dataSets" in value or "dataSets" in (value.get("data") or {})):
        yield from sdmx_tables.read_sdmx(content, options)
    elif isinstance(value, dict) and (beside.is_csvw(value) or "resources" in value):
        yield from _described_files(content, value, options)
    else:
        yield from json_tables.read_json(content, value, options)


def _whole(line: bytes) -> bool:
    try:
        return isinstance(json_values.loads(line.decode("utf-8")), dict)
    except ValueError:
        return False


def _described_files(content: Content, value: dict[str, Any], options: Options) -> Iterator[Table]:
    """The tables that a metadata file describes, which lie beside it."""
    if beside.is_csvw(value):
        names = [str(table.get("url", "")) for table in value.get("tables", [value])]
    else:
        names = [str(found.get("path", "")) for found in value["resources"] if isinstance(found, dict)]
    if content.member or any(
        not name or ":" in name or name.startswith("/") or ".." in name for name in names
    ):
        raise content.problem(
            "is metadata of tables that do not lie beside it", "merge the tables themselves"
        )
    for name in names:
        for table in read(content.path.parent / name, options):
            yield replace(
                table, name="/".join(part for part in (name if len(names) > 1 else "", table.name) if part)
            )


def _csv(content: Content, options: Options) -> Iterator[Table]:
    def columns() -> tuple[str, ...]:
        from innograph.loader.merging.reading.metadata import Metadata

        return next(iter(read_csv(content, options, Metadata()))).columns

    for table in read_csv(content, options, beside.metadata_for(content, columns)):
        yield sdmx_tables.with_roles(table) if sdmx_tables.is_sdmx_csv(table.columns) else table
