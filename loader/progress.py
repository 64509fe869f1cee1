"""What long work shows: the current step on a terminal, with its rate and the time left; nothing in a pipe."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


@contextlib.contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """A function that names the step that begins; drawn on standard error when that is a terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("starting", total=None)
        yield lambda name: progress.update(task, description=name)


class Bars:
    """Steps with a bar where their length is known, and with a count where it is not."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None)

    def step(self, name: str, total: int | None = None) -> None:
        """A step begins; `total` is how much it has to do, where that is known."""
        self._progress.remove_task(self._task)
        self._task = self._progress.add_task(name, total=total)

    def advance(self, number: int) -> None:
        """So much of the step is done."""
        self._progress.advance(self._task, number)


class _Rate(ProgressColumn):
    """How much is done, and how much each second."""

    def render(self, task: Task) -> Text:
        done = f"{task.completed:,.0f}" if task.completed else ""
        return Text(f"{done} ({task.speed:,.0f}/s)" if done and task.speed else done)


@contextlib.contextmanager
def bars() -> Iterator[Bars]:
    """Progress with rate and remaining time; drawn on standard error when that is a terminal."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bars(progress)
