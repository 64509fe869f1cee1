"""`innograph serve`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from innograph.loader.releases import Releases
from innograph.server.settings import Settings


@click.command()
@click.option("--store", type=click.Path(path_type=Path, file_okay=False), help="The folder of the releases.")
@click.option("--host", default="127.0.0.1", show_default=True, envvar="INNOGRAPH_HOST", show_envvar=True)
@click.option("--port", default=8000, show_default=True, type=int, envvar="INNOGRAPH_PORT", show_envvar=True)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="HTTP processes.")
@click.option(
    "--threads", default=1024, show_default=True, type=click.IntRange(1), help="Requests at once in each."
)
@click.option("--deadline", type=float, help="Seconds that a query may take.")
@click.option("--evaluators", type=click.IntRange(1), help="Queries at the same time in each HTTP process.")
@click.option("--scratch", is_flag=True, help="Serve an empty, throw-away, general store without rules.")
@click.option(
    "--load",
    "files",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="With --scratch: serve this RDF file (may be repeated).",
)
@click.option("--evaluator-memory", type=click.IntRange(1 << 26), help="Bytes that a query may use.")
def serve(
    host: str,
    port: int,
    workers: int,
    threads: int,
    scratch: bool,
    files: tuple[Path, ...],
    **given: object,
) -> None:
    """Serve the newest release over HTTP; builds one first if nothing has been built.

    With --scratch: an endpoint over an empty store, or over the files that --load names; writing needs
    the bearer token of INNOGRAPH_TOKEN. What is written is gone when the server stops.
    """
    if files and not scratch:
        raise click.UsageError("--load goes with --scratch")
    if scratch:
        with tempfile.TemporaryDirectory(prefix="innograph-scratch-") as folder:
            given["store"] = Path(folder)
            settings = _settings(given | {"scratch": True})
            address = settings.public_url or f"http://{host}:{port}"
            _loader("scratch", "--store", folder, "--base", address.rstrip("/") + "/", *map(str, files))
            run(host, port, workers, threads)
        return
    settings = _settings(given)
    if Releases(settings.store).state().current is None:
        _loader("", "build", "--store", str(settings.store))
    run(host, port, workers, threads)


def _settings(given: dict[str, object]) -> Settings:
    """The settings of the environment and of the command line, for this process and those it starts."""
    environment = os.environ | {
        Settings.__dataclass_fields__[name].metadata["variable"]: str(value)
        for name, value in given.items()
        if value is not None
    }
    try:
        settings = Settings.from_environment(environment)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    os.environ.update(settings.to_environment())
    return settings


def _loader(module: str, *arguments: str) -> None:
    """Run a program of the loader: the server knows nothing of how releases come to be."""
    name = f"innograph.loader.{module}".rstrip(".")
    done = subprocess.run([sys.executable, "-m", name, *arguments], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def run(host: str, port: int, workers: int, threads: int) -> None:
    """Run the WSGI server until it is told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    click.echo(f"innograph serves on http://{host}:{port}/ (Ctrl-C stops it)", err=True)
    Granian(
        "innograph.server.wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backlog=1024,
        websockets=False,
        log_level="warning",  # type: ignore[arg-type]
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        respawn_failed_workers=True,
        workers_kill_timeout=5,
    ).serve()
