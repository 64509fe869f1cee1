"""Options that commands share, and what they do alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from pyoxigraph import Store

from innograph.loader.paths import DATA
from innograph.loader.releases import Release, Releases
from innograph.ontology.namespaces import DEFAULT_BASE, Names

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
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=DATA,
    help="The folder of authored data (default: the project's own).",
)
release_option = click.option("--release", "number", type=int, help="An older release than the current one.")


def _base(_: click.Context, parameter: click.Parameter, value: str) -> str:
    try:
        return Names(value).base
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from None


base_option = click.option(
    "--base",
    default=DEFAULT_BASE,
    envvar="INNOGRAPH_BASE_IRI",
    callback=_base,
    show_default=True,
    show_envvar=True,
    help="The base IRI that instances get.",
)


def find_release(root: Path, number: int | None) -> Release:
    """A release of a store: the current one where no number is given.

    Raises:
        NoReleaseError: there is none.
    """
    published = Releases(root)
    return published.current() if number is None else published.get(number)


def open_store(release: Release) -> Store:
    """A release's store, read-only."""
    return Store.read_only(str(release.store))


def release_json(release: Release) -> dict[str, Any]:
    """What is told of a release to programs."""
    return json.loads(release.description.to_json())  # type: ignore[no-any-return]


def print_json(value: Any) -> None:
    """Print a value for programs."""
    click.echo(json.dumps(value, indent=1, ensure_ascii=False))
