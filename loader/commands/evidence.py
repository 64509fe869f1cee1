"""`innograph evidence`: the words of a source held against its text."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from innograph.loader import evidence
from innograph.loader.commands.options import (
    find_release,
    json_option,
    open_store,
    print_json,
    release_option,
    store_option,
)


@click.command("evidence")
@store_option
@release_option
@json_option
@click.option("--text", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--source", help="The source's slug; found by the text's SHA-256 when not given.")
def evidence_command(root: Path, number: int | None, as_json: bool, text: Path, source: str | None) -> None:
    """Hold every anchor of a source against its text: the hash, and each phrase at its offsets."""
    release = find_release(root, number)
    report = evidence.check_file(open_store(release), text, source, release.description.base)
    if as_json:
        print_json(report.as_json())
    else:
        for line in report.lines():
            click.echo(line)
    sys.exit(0 if report.holds else 1)
