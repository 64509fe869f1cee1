"""`innograph evidence`: the words of a source held against its text, and brought after it where it changed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from innograph.loader import evidence
from innograph.loader.commands.options import (
    base_option,
    data_option,
    find_release,
    json_option,
    open_store,
    print_json,
    release_option,
    store_option,
)
from innograph.ontology.namespaces import Names


@click.command("evidence")
@store_option
@release_option
@base_option
@data_option
@json_option
@click.option("--text", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True)
@click.option("--source", help="The source's slug; found by the text's SHA-256 when not given.")
@click.option(
    "--write", is_flag=True, help="The text has changed: write its offsets into the authored files."
)
def evidence_command(
    root: Path,
    number: int | None,
    base: str,
    data: Path,
    as_json: bool,
    text: Path,
    source: str | None,
    write: bool,
) -> None:
    """Hold every anchor of a source against its text: the hash, and each phrase at its offsets.

    Where the text is not the one that was published, it is told where each phrase stands now, or what
    stands in its place. With --write the authored files follow: anchors whose words are still there are
    moved, checksum and length are renewed; anchors whose words are gone lose their offsets, so that no
    build takes them until the figure is mended. Exit code 1 where anything does not hold.
    """
    if write:
        _write(data, source, base, text, as_json)
        return
    release = find_release(root, number)
    report = evidence.check_file(open_store(release), text, source, release.description.base)
    moved = None
    if report.actual != report.expected:
        from innograph.loader.sources.moving import moves

        moved = moves((checked.anchor for checked in report.anchors), text.read_bytes().decode("utf-8"))
    if as_json:
        print_json(report.as_json(moved))
    else:
        for line in report.lines(moved):
            click.echo(line)
    sys.exit(0 if report.holds else 1)


def _write(data: Path, source: str | None, base: str, text: Path, as_json: bool) -> None:
    from innograph.loader.sources.folder import slugs
    from innograph.loader.sources.following import follow

    known = slugs(data)
    if source is None and len(known) != 1:
        raise click.UsageError(f"--write needs --source, one of: {', '.join(known) or 'none'}")
    followed = follow(data, source or known[0], Names(base), text)
    if as_json:
        print_json(followed.as_json())
    else:
        for line in followed.lines():
            click.echo(line)
    sys.exit(1 if followed.refused else 0)
