"""The part of `innograph merge` that takes RDF: files that are graphs, and endpoints asked by CONSTRUCT."""

from __future__ import annotations

import functools
import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from innograph.loader.commands.options import print_json
from innograph.loader.progress import bars
from innograph.loader.publishing import Publisher

if TYPE_CHECKING:
    from innograph.loader.merging.graphs import MergedGraph
    from innograph.loader.merging.graphs.remote import Asked
    from innograph.loader.merging.tables import File

# What only tables have: said where it is given for RDF.
_OF_TABLES = ("review", "guessing", "strict", "later", "refused", "workers")


def graph_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for RDF. Files that are RDF, and endpoints, never reach the command itself."""

    @click.option("--endpoint", metavar="URL", default="", help="Merge what this SPARQL endpoint answers.")
    @click.option(
        "--query",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="The CONSTRUCT query to ask it.",
    )
    @click.option("--insecure", is_flag=True, help="Ask an endpoint by http, too.")
    @click.option("--token-file", type=click.File("r", encoding="utf-8"), help="Holds its bearer token.")
    @click.option(
        "--drop", multiple=True, metavar="NAMESPACE", help="Leave out a tool's bookkeeping in RDF: csvw, say."
    )
    @functools.wraps(command)
    def wrapped(
        *,
        endpoint: str,
        query: Path | None,
        insecure: bool,
        token_file: Any,
        drop: tuple[str, ...],
        **given: Any,
    ) -> None:
        sources = given["sources"]
        if bool(endpoint) != bool(query) or (endpoint and sources):
            raise click.UsageError("--endpoint and --query go together, without files")
        if not (sources or endpoint):
            raise click.UsageError("give files, or --endpoint and --query")
        if endpoint and query:
            from innograph.loader.merging.graphs.remote import Asked
            from innograph.loader.remote_store import Credentials

            text = query.read_text("utf-8")
            _merge(
                Asked(endpoint, text, Credentials(token_file.read().strip() if token_file else ""), insecure),
                drop,
                given,
            )
            return
        with ExitStack() as stack:
            files = _graphs(sources, stack)
            if files:
                _merge(files, drop, given)
                return
        if drop:
            raise click.UsageError("--drop goes with RDF")
        command(**given)

    return wrapped


def _graphs(sources: tuple[str, ...], stack: ExitStack) -> list[File]:
    """The files, where they are RDF; nothing where they are tables. An address is judged by its name."""
    from innograph.loader.merging.graphs.reading import LIMIT, is_graph, names_graph
    from innograph.loader.merging.tables import files

    graphs = [names_graph(source) if "://" in source else is_graph(Path(source)) for source in sources]
    if any(graphs) and not all(graphs):
        raise click.UsageError("these are graphs and tables: merge them as two sources")
    return files(sources, stack, LIMIT) if all(graphs) else []


def _merge(sources: list[File] | Asked, drop: tuple[str, ...], given: dict[str, Any]) -> None:
    from innograph.loader.merging.graphs import GraphOptions, merge_graph, read_graph_mapping

    wrong = [name for name in _OF_TABLES if given.get(name)]
    if wrong:
        raise click.UsageError(f"--{wrong[0].replace('guessing', 'guess')} goes with tables, not with RDF")
    if not given["slug"]:
        raise click.UsageError("give --source, the name that the source gets")
    signal.signal(signal.SIGTERM, _interrupted)
    options = read_graph_mapping(given["mapping"]) if given["mapping"] else GraphOptions()
    options = replace(options, drop=(*options.drop, *drop), dry_run=given["dry_run"], data=given["data"])
    with bars() as progress:
        merged = merge_graph(Publisher(given["root"]), given["slug"], sources, options, progress)
    _tell(merged, as_json=given["as_json"])


def _tell(merged: MergedGraph, *, as_json: bool) -> None:
    if as_json:
        print_json(merged.as_json())
        return
    for line in merged.lines():
        click.echo(line)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt
