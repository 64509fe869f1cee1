"""`innograph releases`, `rollback` and `prune`."""

from __future__ import annotations

from pathlib import Path

import click

from innograph.loader.cli import Refused
from innograph.loader.commands.options import (
    find_release,
    json_option,
    print_json,
    release_json,
    store_option,
)
from innograph.loader.publishing import KEEP, Publisher
from innograph.loader.releases import Releases


@click.command()
@store_option
@json_option
def releases(root: Path, as_json: bool) -> None:
    """List the published releases, oldest first."""
    published = Releases(root)
    state = published.state()
    if as_json:
        rows = [
            release_json(r) | {"current": r.number == state.current, "pinned": r.number in state.pinned}
            for r in published.all()
        ]
        print_json(rows)
        return
    for release in published.all():
        d = release.description
        marks = "".join(
            [" current" * (release.number == state.current), " pinned" * (release.number in state.pinned)]
        )
        click.echo(f"{release.number:>5}  {d.created}  {d.quads:>9} quads  {d.kind}: {d.message}{marks}")


@click.command()
@store_option
@click.argument("number", type=int, required=False)
def rollback(root: Path, number: int | None) -> None:
    """Make release NUMBER current again (without NUMBER: the one before the current)."""
    if number is None:
        number = find_release(root, None).description.parent
        if number is None:
            raise Refused("there is no release before the current one")
    Publisher(root).rollback(number)
    click.echo(f"release {number} is current")


@click.command()
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
