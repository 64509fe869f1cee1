"""`innograph update`: change the graph by SPARQL Update; what would break it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from innograph.loader import reporting
from innograph.loader.changing import write
from innograph.loader.cli import Refused
from innograph.loader.commands.options import (
    find_release,
    json_option,
    print_json,
    release_json,
    store_option,
)
from innograph.loader.errors import InvalidError
from innograph.loader.publishing import Publisher
from innograph.loader.requests import Mode, Update


@click.command()
@store_option
@json_option
@click.option(
    "-f", "--file", type=click.File("r", encoding="utf-8"), help="Read the update from a file ('-': stdin)."
)
@click.argument("sparql", required=False)
def update(root: Path, as_json: bool, file: Any, sparql: str | None) -> None:
    """Do a SPARQL Update, validate the result and publish it as a release.

    It may run beside a server over the same store. Exit code 1 and a report when the graph would be
    invalid; nothing is changed then.
    """
    text = sparql if sparql is not None else (file.read() if file else None)
    if text is None:
        raise click.UsageError("give an update, or --file")
    base = find_release(root, None).description.base
    [outcome] = write(Publisher(root), [Update(text)], Mode(base))
    if isinstance(outcome.error, SyntaxError):
        raise click.UsageError(f"SPARQL syntax: {outcome.error}")
    if isinstance(outcome.error, InvalidError):
        raise outcome.error
    if outcome.error is not None:
        raise Refused(str(outcome.error))
    assert outcome.release is not None
    if as_json:
        print_json(release_json(outcome.release) | {"findings": reporting.as_json(outcome.findings, {})})
    else:
        click.echo(f"release {outcome.release.number}: {outcome.release.description.message}")
