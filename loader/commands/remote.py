"""The options of `build` that name a store elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from innograph.loader.releases import Release
    from innograph.loader.remote_publishing import Published


@dataclass(frozen=True, slots=True)
class Remote:
    """Where to publish, as it was asked."""

    graphs: str
    query: str
    token: str
    user: str
    everything: bool

    def publish(self, release: Release, step: Callable[[str], None]) -> Published:
        """Send a release there."""
        from innograph.loader.remote_publishing import Target, publish
        from innograph.loader.remote_store import Credentials

        target = Target(self.graphs, self.query, Credentials.read(self.token, self.user))
        return publish(release, target, step, everything=self.everything)

    def told(self, sent: Published) -> str:
        """What was done there, in words."""
        kept = f", {len(sent.kept)} were there already" if sent.kept else ""
        removed = f", {len(sent.removed)} removed" if sent.removed else ""
        return f"{self.graphs} holds it: {len(sent.sent)} graphs sent{kept}{removed}, counts verified"


def remote_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--to` and what goes with it; the command gets them as `remote`, None without `--to`."""

    @click.option("--to", metavar="URL", callback=_address, help="Send the release to this graph store, too.")
    @click.option(
        "--to-query",
        metavar="URL",
        default="",
        callback=_address,
        help="Its query address, to count there; without it the graphs are read back.",
    )
    @click.option(
        "--token", default="", envvar="INNOGRAPH_ENGINE_TOKEN", show_envvar=True, help="A bearer token."
    )
    @click.option(
        "--user", default="", envvar="INNOGRAPH_ENGINE_USER", show_envvar=True, help="name:password."
    )
    @click.option("--everything", is_flag=True, help="With --to: send also what the store says it holds.")
    @functools.wraps(command)
    def wrapped(*, to: str, to_query: str, token: str, user: str, everything: bool, **given: Any) -> None:
        if not to and (to_query or everything):
            raise click.UsageError("--to-query and --everything go with --to")
        command(remote=Remote(to, to_query, token, user, everything) if to else None, **given)

    return wrapped


def _address(_: click.Context, parameter: click.Parameter, value: str | None) -> str:
    if not value:
        return ""
    from innograph.loader.remote_store import store_address

    try:
        return store_address(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from None
