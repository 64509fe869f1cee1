"""The command line: every command is an entry point of the group `innograph.commands`.

So a part of the project brings its own commands, the loader need not know the server, and only what a
command needs is imported. Exit codes: 0 done, 1 the data is invalid (or a claim does not hold), 2 wrong
usage.
"""

from __future__ import annotations

import gc
from importlib.metadata import entry_points, version
from typing import Any

import click

from innograph.loader.errors import InvalidError, LoaderError


class Refused(click.ClickException):
    """The data is invalid, or what was asked for is not there."""

    exit_code = 1


class Commands(click.Group):
    """The commands that installed parts bring."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in alphabetical order."""
        return sorted(entry_points(group="innograph.commands").names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name."""
        for entry in entry_points(group="innograph.commands", name=cmd_name):
            command = entry.load()
            assert isinstance(command, click.Command)
            return command
        return None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what the loader refuses ends with its words and exit code 1."""
        # Commands make many objects that stay and few cycles: looking for these took a tenth of their time.
        gc.set_threshold(100_000, 50, 100)
        try:
            return super().invoke(ctx)
        except InvalidError as error:
            from innograph.loader import reporting

            for finding in error.findings:
                click.echo(reporting.in_words(finding, error.origins), err=True)
            raise Refused(str(error)) from None
        except LoaderError as error:
            raise Refused(str(error)) from None
        except BrokenPipeError:
            raise  # whoever reads the output has enough: no error of ours (click ends quietly)
        except OSError as error:
            raise Refused(f"{error.strerror or error}: {error.filename or 'the store'}") from None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("innograph"), prog_name="innograph")
def main() -> None:
    """A knowledge graph of city innovation facts with a SPARQL endpoint."""
