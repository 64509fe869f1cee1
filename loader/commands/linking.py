"""`innograph export`: our things beside those of others, as a table to join by."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from innograph.loader.commands.options import find_release, open_store, release_option, store_option
from innograph.loader.exporting.links import links, write_links
from innograph.ontology.authorities import AUTHORITIES

DELIMITERS = {"csv": ",", "tsv": "\t"}


@click.command()
@store_option
@release_option
@click.option(
    "--for",
    "name",
    type=click.Choice(list(AUTHORITIES)),
    required=True,
    help="Whose identifiers the table has.",
)
@click.option("--format", "form", type=click.Choice(list(DELIMITERS)), default="csv", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.File("w", encoding="utf-8"),
    default="-",
    help="Where to write; '-' is standard output.",
)
def export(root: Path, number: int | None, name: str, form: str, output: Any) -> None:
    """Write a link table: our things with their identifiers at GeoNames or Wikidata.

    One row for each link: thing, label, relation (owl:sameAs and skos:exactMatch say that it is the same
    thing), identifier, link.
    """
    store = open_store(find_release(root, number))
    with tempfile.TemporaryDirectory() as scratch:
        count = write_links(links(store, AUTHORITIES[name], Path(scratch)), output, DELIMITERS[form])
    click.echo(f"{count} links to {AUTHORITIES[name].title}", err=True)
