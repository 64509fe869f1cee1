"""The command line. Commands of other parts join by the entry point group `innograph.commands`.

Exit codes: 0 done, 1 the data is invalid (or a claim does not hold), 2 wrong usage.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

import click
from pyoxigraph import NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, Store

from innograph.loader import building, evidence, reporting, statistics
from innograph.loader.authored import DATA
from innograph.loader.errors import InputError, InvalidError, LoaderError
from innograph.loader.progress import steps
from innograph.loader.publishing import KEEP, Publisher
from innograph.loader.releases import Release, Releases
from innograph.ontology.namespaces import DEFAULT_BASE, PREFIXES, Names
from innograph.ontology.sparql import names_dataset, reaches_out



def _base(_: click.Context, parameter: click.Parameter, value: str) -> str:
    try:
        return Names(value).base
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from None


store_option = click.option(
    "--store",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".innograph"),
    envvar="INNOGRAPH_STORE",
    show_default=True,
    show_envvar=True,
    help="The folder that holds the releases.",
)
base_option = click.option(
    "--base",
    default=DEFAULT_BASE,
    envvar="INNOGRAPH_BASE_IRI",
    callback=_base,
    show_default=True,
    show_envvar=True,
    help="The base IRI that instances get.",
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=DATA,
    help="The folder of authored data (default: the project's own).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
release_option = click.option("--release", "number", type=int, help="An older release than the current one.")


class Commands(click.Group):
    """The commands of this module, and those that other installed parts bring."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in alphabetical order."""
        return sorted({*super().list_commands(ctx), *entry_points(group="innograph.commands").names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; a part is imported only when its command is used."""
        for entry in entry_points(group="innograph.commands", name=cmd_name):
            command = entry.load()
            assert isinstance(command, click.Command)
            return command
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what the loader refuses ends with its words and exit code 1."""
        try:
            return super().invoke(ctx)
        except InvalidError as error:
            for finding in error.findings:
                click.echo(reporting.in_words(finding, error.origins), err=True)
            raise _refused(error) from None
        except LoaderError as error:
            raise _refused(error) from None
        except OSError as error:
            raise _refused(f"{error.strerror or error}: {error.filename or 'the store'}") from None


class Refused(click.ClickException):
    """The data is invalid, or what was asked for is not there."""

    exit_code = 1


def _refused(why: object) -> click.ClickException:
    return Refused(str(why))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("innograph"), prog_name="innograph")
def main() -> None:
    """A knowledge graph of city innovation facts with a SPARQL endpoint."""


@main.command()
@store_option
@base_option
@data_option
@json_option
@click.option("--message", default="build", help="A note that the release keeps.")
def build(root: Path, base: str, data: Path, as_json: bool, message: str) -> None:
    """Build the graph from its authored files, validate it and publish a release."""
    with steps() as step:
        release, outcome = building.build(root, building.Inputs(base, data), step, message)
    if as_json:
        _print_json(
            _release_json(release) | {"findings": reporting.as_json(outcome.findings, outcome.origins)}
        )
        return
    for finding in outcome.findings:
        click.echo(reporting.in_words(finding, outcome.origins), err=True)
    description = release.description
    click.echo(f"release {release.number}: {description.quads} quads in {len(description.graphs)} graphs")


@main.command()
@base_option
@data_option
@json_option
def check(base: str, data: Path, as_json: bool) -> None:
    """Validate the authored files without publishing; exit code 1 and a report when they are invalid."""
    try:
        with steps() as step:
            outcome = building.check(building.Inputs(base, data), step)
    except InputError as error:
        if as_json:
            problems = [
                {"file": str(p.path), "line": p.line, "column": p.column, "what": p.what, "mend": p.mend}
                for p in error.problems
            ]
            _print_json({"valid": False, "problems": problems, "findings": []})
            sys.exit(1)
        raise
    if as_json:
        findings = reporting.as_json(outcome.findings, outcome.origins)
        _print_json({"valid": outcome.valid, "problems": [], "findings": findings})
    else:
        for finding in outcome.findings:
            click.echo(reporting.in_words(finding, outcome.origins))
        click.echo(
            f"{'valid' if outcome.valid else 'invalid'}: {outcome.quads} quads, {len(outcome.findings)} findings"
        )
    sys.exit(0 if outcome.valid else 1)


@main.command("evidence")
@store_option
@release_option
@json_option
@click.option("--text", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--source", help="The source's slug; found by the text's SHA-256 when not given.")
def evidence_command(root: Path, number: int | None, as_json: bool, text: Path, source: str | None) -> None:
    """Hold every anchor of a source against its text: the hash, and each phrase at its offsets."""
    release = _release(root, number)
    report = evidence.check_file(_open(release), text, source, release.description.base)
    if as_json:
        _print_json(report.as_json())
    else:
        for line in report.lines():
            click.echo(line)
    sys.exit(0 if report.holds else 1)


@main.command()
@store_option
@json_option
def releases(root: Path, as_json: bool) -> None:
    """List the published releases, oldest first."""
    published = Releases(root)
    state = published.state()
    if as_json:
        rows = [
            _release_json(r) | {"current": r.number == state.current, "pinned": r.number in state.pinned}
            for r in published.all()
        ]
        _print_json(rows)
        return
    for release in published.all():
        d = release.description
        marks = "".join(
            [" current" * (release.number == state.current), " pinned" * (release.number in state.pinned)]
        )
        click.echo(f"{release.number:>5}  {d.created}  {d.quads:>9} quads  {d.kind}: {d.message}{marks}")


@main.command()
@store_option
@click.argument("number", type=int, required=False)
def rollback(root: Path, number: int | None) -> None:
    """Make release NUMBER current again (without NUMBER: the one before the current)."""
    if number is None:
        number = _release(root, None).description.parent
        if number is None:
            raise _refused("there is no release before the current one")
    Publisher(root).rollback(number)
    click.echo(f"release {number} is current")


@main.command()
@store_option
@click.option("--keep", type=click.IntRange(min=0), default=KEEP, show_default=True, help="How many to keep.")
@click.option("--pin", type=int, multiple=True, help="Keep this release through every pruning.")
@click.option("--unpin", type=int, multiple=True, help="Do not keep this one any more.")
def prune(root: Path, keep: int, pin: tuple[int, ...], unpin: tuple[int, ...]) -> None:
    """Remove old releases: all but the last --keep, the current one and the pinned ones."""
    publisher = Publisher(root)
    for number in pin:
        publisher.pin(number)
    for number in unpin:
        publisher.pin(number, pinned=False)
    removed = publisher.prune(keep)
    click.echo(f"removed {len(removed)}: {', '.join(map(str, removed))}" if removed else "nothing to remove")


RDF_FORMATS = {
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "nt": RdfFormat.N_TRIPLES,
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "rdf": RdfFormat.RDF_XML,
}
TABLE_FORMATS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}


@main.command()
@store_option
@release_option
@click.option("--graph", help="Only this named graph: its IRI, or its name below graph/.")
@click.option("--format", "form", type=click.Choice(list(RDF_FORMATS)), default="nq", show_default=True)
@click.option("--canonical", is_flag=True, help="Sorted N-Quads: the RDFC-1.0 canonical form.")
@click.option(
    "-o", "--output", type=click.File("wb"), default="-", help="Where to write; '-' is standard output."
)
def dump(root: Path, number: int | None, graph: str | None, form: str, canonical: bool, output: Any) -> None:
    """Write a release, or one of its graphs, as RDF."""
    release = _release(root, number)
    store = _open(release)
    name = None
    if graph is not None:
        name = NamedNode(graph if ":" in graph else f"{release.description.base}graph/{graph}")
        if not store.contains_named_graph(name):
            raise _refused(f"no graph {name.value}; there are: {', '.join(release.description.graphs)}")
    if canonical:
        for line in statistics.canonical_lines(store.quads_for_pattern(None, None, None, name)):
            output.write(line)
        return
    chosen = RDF_FORMATS[form]
    prefixes = {prefix: str(namespace) for prefix, namespace in PREFIXES.items()}
    if chosen.supports_datasets and name is None:
        store.dump(output, chosen, prefixes=prefixes)
    else:
        statistics.write_triples(store, name, output, chosen, prefixes)


@main.command()
@store_option
@release_option
@json_option
def stats(root: Path, number: int | None, as_json: bool) -> None:
    """Count what a release holds: quads by graph, things by class."""
    release = _release(root, number)
    counted = statistics.count(_open(release), release.description)
    if as_json:
        _print_json(counted)
        return
    for title, rows in (("graphs", counted["graphs"]), ("classes", counted["classes"])):
        click.echo(title)
        for name, value in rows.items():
            click.echo(f"  {value:>9}  {name}")


@main.command()
@store_option
@release_option
@click.option(
    "-f", "--file", type=click.File("r", encoding="utf-8"), help="Read the query from a file ('-': stdin)."
)
@click.option(
    "--format", "form", type=click.Choice([*TABLE_FORMATS, *RDF_FORMATS]), help="Default: csv, or ttl."
)
@click.argument("sparql", required=False)
def query(root: Path, number: int | None, file: Any, form: str | None, sparql: str | None) -> None:
    """Ask a release in SPARQL; results go to standard output.

    Give the query as an argument or by --file. The project's prefixes need not be declared.
    """
    text = sparql if sparql is not None else (file.read() if file else None)
    if text is None:
        raise click.UsageError("give a query, or --file")
    if reaches_out(text):
        raise _refused("SERVICE is not allowed here: the command line asks the local release only")
    release = _release(root, number)
    try:
        results: Any = _open(release).query(
            text,
            base_iri=release.description.base,
            prefixes={prefix: str(namespace) for prefix, namespace in PREFIXES.items()},
            use_default_graph_as_union=not names_dataset(text),
        )
    except SyntaxError as error:
        raise click.UsageError(f"SPARQL syntax: {error}") from None
    tabular = isinstance(results, QuerySolutions | QueryBoolean)
    formats: dict[str, Any] = TABLE_FORMATS if tabular else RDF_FORMATS
    chosen = form or ("json" if isinstance(results, QueryBoolean) else "csv" if tabular else "ttl")
    if chosen not in formats:
        raise click.UsageError(f"this query's results are written as one of {', '.join(formats)}")
    output = click.get_binary_stream("stdout")
    results.serialize(output, formats[chosen])
    output.flush()


def _release(root: Path, number: int | None) -> Release:
    published = Releases(root)
    return published.current() if number is None else published.get(number)


def _open(release: Release) -> Store:
    return Store.read_only(str(release.store))


def _release_json(release: Release) -> dict[str, Any]:
    return json.loads(release.description.to_json())  # type: ignore[no-any-return]


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=1, ensure_ascii=False))
