"""`innograph serve`."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from innograph.loader.releases import Releases
from innograph.server.settings import Settings, option, shown_default

_METAVARS = {int: "NUMBER", float: "SECONDS", str: "TEXT"}


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """An option for each setting; the environment says what the command line does not."""
    for setting in reversed(fields(Settings)):
        name = option(setting)
        if name is None:
            continue
        metadata, kind = setting.metadata, type(setting.default)
        default = shown_default(setting)
        about = f"{metadata['about'].replace('`', '')}  [{metadata['variable']}"
        about += f"; default: {default}]" if default else "]"
        if kind is bool:
            command = click.option(name, is_flag=True, default=None, help=about)(command)
            continue
        if metadata["choices"]:
            metavar = "|".join(metadata["choices"])
        else:
            metavar = "BYTES" if metadata["size"] else _METAVARS.get(kind, "DIR")
        command = click.option(name, metavar=metavar, help=about)(command)
    return command


@click.command()
@_options
@click.option(
    "--load",
    "files",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="With --scratch: serve this RDF file (may be repeated).",
)
def serve(files: tuple[Path, ...], **given: object) -> None:
    """Serve the newest release over HTTP; builds one first if nothing has been built.

    With --scratch: an endpoint over an empty store, or over the files that --load names; writing needs
    the bearer token of INNOGRAPH_TOKEN. What is written is gone when the server stops.
    """
    settings = _settings(given)
    if files and not settings.scratch:
        raise click.UsageError("--load goes with --scratch")
    if settings.engine:
        _check_engine(settings)
    with contextlib.ExitStack() as stack:
        # Where the counters of all HTTP processes meet; see `innograph.server.metrics`.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="innograph-metrics-")
        )
        if settings.scratch:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="innograph-scratch-"))
            settings = _settings(given | {"store": folder})
            address = settings.public_url or f"http://{settings.host}:{settings.port}"
            _loader("scratch", "--store", folder, "--base", address.rstrip("/") + "/", *map(str, files))
        elif not settings.engine and Releases(settings.store).state().current is None:
            _loader("", "build", "--store", str(settings.store))
        run(settings)


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


def _check_engine(settings: Settings) -> None:
    """Refuse settings of a store elsewhere that make no sense, before any process is started."""
    from innograph.server.engine.remote import remote_engine

    if settings.scratch:
        raise click.UsageError("--engine and --scratch exclude each other")
    try:
        remote_engine(settings).close()
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _loader(module: str, *arguments: str) -> None:
    """Run a program of the loader: the server knows nothing of how releases come to be."""
    name = f"innograph.loader.{module}".rstrip(".")
    done = subprocess.run([sys.executable, "-m", name, *arguments], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def run(settings: Settings) -> None:
    """Run the WSGI server until it is told to stop."""
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server.mp import MPServer

    from innograph.server import logs

    host = f"[{settings.host}]" if ":" in settings.host else settings.host

    class Server(MPServer):
        """A server that stops in order when it is told to, and at once when it is told again."""

        def signal_handler_interrupt(self, *arguments: Any, **more: Any) -> None:
            if os.getpid() != self.pid:  # a worker that is still starting has inherited this handler
                os._exit(0)
            if self.interrupt_signal:
                for worker in self.wrks:
                    worker.kill()  # type: ignore[no-untyped-call]
            for worker in self.wrks:  # the signal may have gone to the whole group
                worker.interrupt_by_parent = True
            super().signal_handler_interrupt(*arguments, **more)  # type: ignore[no-untyped-call]

        def _respawn_workers(self, *arguments: Any, **more: Any) -> None:
            super()._respawn_workers(*arguments, **more)
            if self.interrupt_signal:  # it came meanwhile, and the loop has forgotten it
                self.main_loop_interrupt.set()

        def _init_shared_socket(self) -> None:
            # Every worker listens with SO_REUSEPORT, so a second server would quietly take half of the requests.
            try:
                socket.create_server((settings.host, settings.port), family=_family(settings.host)).close()
                super()._init_shared_socket()  # type: ignore[no-untyped-call]
            except (OSError, RuntimeError) as error:
                why = getattr(error, "strerror", None) or str(error).partition("\n")[0]
                raise click.ClickException(
                    f"cannot listen on {host}:{settings.port}: {why}; choose another --port or --host"
                ) from None

    server = Server(
        "innograph.server.wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backlog=1024,
        websockets=False,
        log_enabled=settings.log != "off",
        log_level=LogLevels.error,  # its warnings are about numbers that we chose
        log_dictconfig=logs.configuration(settings),
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        respawn_failed_workers=True,
        workers_kill_timeout=max(settings.grace, 0.1),  # type: ignore[arg-type]  # 0 would wait for ever
    )
    server.on_startup(
        lambda: click.echo(f"innograph serves on http://{host}:{settings.port}/ (Ctrl-C stops it)", err=True)
    )
    server.serve()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
