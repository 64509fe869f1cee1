"""`innograph backup` and `restore`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from innograph.loader import backup as backups
from innograph.loader.commands.options import json_option, print_json, release_json, store_option


@click.command()
@store_option
@json_option
@click.option("--release", "numbers", type=int, multiple=True, help="This release; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Every published release.")
@click.argument("target", type=click.Path(path_type=Path))
def backup(root: Path, as_json: bool, numbers: tuple[int, ...], everything: bool, target: Path) -> None:
    """Copy the current release to TARGET: a new folder, or a file that ends in .tar.

    The server may run, and others may write meanwhile.
    """
    if numbers and everything:
        raise click.UsageError("give --release or --all, not both")
    manifest = backups.backup(root, target, numbers, everything=everything)
    if as_json:
        print_json(asdict(manifest))
        return
    held = ", ".join(map(str, manifest.releases))
    click.echo(f"{target}: release {held}, {len(manifest.files)} files")


@click.command()
@store_option
@json_option
@click.option("--release", "number", type=int, help="This release; default: the one that was current.")
@click.option("--all", "everything", is_flag=True, help="Every release of the backup, one after the other.")
@click.argument("source", type=click.Path(path_type=Path))
def restore(root: Path, as_json: bool, number: int | None, everything: bool, source: Path) -> None:
    """Publish a release of the backup SOURCE as a new release, once every file has been checked.

    The store may be new or in use; what it holds already stays as its older releases.
    """
    if number is not None and everything:
        raise click.UsageError("give --release or --all, not both")
    restored = backups.restore(source, root, number, everything=everything)
    if as_json:
        print_json([release_json(release) for release in restored])
        return
    for release in restored:
        click.echo(f"release {release.number}: {release.description.quads} quads from {source}")
