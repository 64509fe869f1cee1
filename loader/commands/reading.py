"""`innograph query`, `dump` and `stats`: what a release holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from pyoxigraph import NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat

from innograph.loader import statistics
from innograph.loader.canonical import canonical_lines
from innograph.loader.cli import Refused
from innograph.loader.commands.options import (
    find_release,
    json_option,
    open_store,
    print_json,
    release_option,
    store_option,
)
from innograph.ontology.namespaces import PREFIXES
from innograph.ontology.sparql import names_dataset, reaches_out

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


@click.command()
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
    release = find_release(root, number)
    store = open_store(release)
    name = None
    if graph is not None:
        name = NamedNode(graph if ":" in graph else f"{release.description.base}graph/{graph}")
        if not store.contains_named_graph(name):
            raise Refused(f"no graph {name.value}; there are: {', '.join(release.description.graphs)}")
    if canonical:
        for line in canonical_lines(store.quads_for_pattern(None, None, None, name)):
            output.write(line)
        return
    chosen = RDF_FORMATS[form]
    prefixes = {prefix: str(namespace) for prefix, namespace in PREFIXES.items()}
    if chosen.supports_datasets and name is None:
        store.dump(output, chosen, prefixes=prefixes)
    else:
        statistics.write_triples(store, name, output, chosen, prefixes)


@click.command()
@store_option
@release_option
@json_option
def stats(root: Path, number: int | None, as_json: bool) -> None:
    """Count what a release holds: quads by graph, things by class."""
    release = find_release(root, number)
    counted = statistics.count(open_store(release), release.description)
    if as_json:
        print_json(counted)
        return
    for title, rows in (("graphs", counted["graphs"]), ("classes", counted["classes"])):
        click.echo(title)
        for name, value in rows.items():
            click.echo(f"  {value:>9}  {name}")


@click.command()
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
        raise Refused("SERVICE is not allowed here: the command line asks the local release only")
    release = find_release(root, number)
    try:
        results: Any = open_store(release).query(
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
    output = sys.stdout.buffer
    results.serialize(output, formats[chosen])
    output.flush()
