"""`innograph serve`."""

from __future__ import annotations

import os
import subprocess
import sys
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
    "--threads", default=64, show_default=True, type=click.IntRange(1), help="Requests at once in each."
)
@click.option("--deadline", type=float, help="Seconds that a query may take.")
@click.option("--evaluators", type=click.IntRange(1), help="Queries at the same time in each HTTP process.")
@click.option("--evaluator-memory", type=click.IntRange(1 << 26), help="Bytes that a query may use.")
def serve(host: str, port: int, workers: int, threads: int, **given: object) -> None:
    """Serve the newest release over HTTP; builds one first if nothing has been built."""
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
    if Releases(settings.store).state().current is None:
        # A process of its own: the server knows nothing of how releases come to be.
        built = subprocess.run([sys.executable, "-m", "innograph.loader", "build", "--store", settings.store])
        if built.returncode:
            sys.exit(built.returncode)
    run(host, port, workers, threads)


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
