"""`innograph mcp`."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click

from innograph.loader.releases import Releases
from innograph.server.settings import Settings

PORT = 8001


@click.command()
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder that holds the releases.  [INNOGRAPH_STORE; default: .innograph]",
)
@click.option("--http", is_flag=True, help="Serve over HTTP at /mcp instead of standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --http: the address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="With --http.")
def mcp(store: Path | None, http: bool, host: str, port: int) -> None:
    """Serve the graph to language models and agents: the Model Context Protocol.

    Reads only. The limits are those of `innograph serve` and its INNOGRAPH_ variables: deadline, memory,
    evaluators, length of queries and results, allowed SERVICE endpoints.
    """
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if store is not None:
        settings = replace(settings, store=store)
    if not settings.engine and Releases(settings.store).state().current is None:
        # Standard output belongs to the protocol.
        build = [sys.executable, "-m", "innograph.loader", "build", "--store", str(settings.store)]
        done = subprocess.run(build, stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            sys.exit(done.returncode)
    serve(settings, http=http, host=host, port=port)


def serve(settings: Settings, *, http: bool, host: str, port: int) -> None:
    """Serve until standard input ends, or until it is told to stop."""
    from innograph.server.application import engine_of
    from innograph.server.mcp.serving import mcp_server, security

    engine = engine_of(settings)
    try:
        server = mcp_server(engine, settings)
        if not http:
            server.run("stdio")
            return
        server.run(
            "streamable-http",
            host=host,
            port=port,
            json_response=True,
            stateless_http=True,
            max_request_body_size=2 * settings.max_query_bytes,
            transport_security=security(host, settings.public_url),
        )
    finally:
        engine.close()
