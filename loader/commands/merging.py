"""`innograph merge` and `unmerge`: other people's tables beside ours, each a source of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from innograph.loader.cli import Refused
from innograph.loader.commands.graphs import graph_options
from innograph.loader.commands.options import data_option, json_option, print_json, release_json, store_option
from innograph.loader.progress import bars
from innograph.loader.publishing import Publisher


@click.command()
@store_option
@data_option
@json_option
@click.option("--source", "slug", help="The name that the source gets: small letters, digits, hyphens.")
@click.option(
    "--mapping", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="What the columns mean."
)
@click.option(
    "--review", type=click.Path(path_type=Path, dir_okay=False), help="Answers of a person (SSSOM)."
)
@click.option("--guess", "guessing", is_flag=True, help="Only write a draft of the mapping from the files.")
@click.option("--dry-run", is_flag=True, help="Do everything but publish.")
@click.option("--strict", is_flag=True, help="Take all rows or nothing.")
@click.option("--later", is_flag=True, help="Where rows disagree about one figure, let the last one stand.")
@click.option("--refused", type=click.Path(path_type=Path, dir_okay=False), help="Write refused rows as CSV.")
@click.option("--workers", type=click.IntRange(1), help="Processes that derive and validate.")
@click.argument("sources", metavar="[FILE…]", nargs=-1)
@graph_options
def merge(
    root: Path,
    data: Path,
    as_json: bool,
    slug: str | None,
    mapping: Path | None,
    review: Path | None,
    guessing: bool,
    dry_run: bool,
    strict: bool,
    later: bool,
    refused: Path | None,
    workers: int | None,
    sources: tuple[str, ...],
) -> None:
    """Merge the tables or the RDF in FILE… (files or addresses) as one source, in the place of what it had.

    Rows that cannot be taken are told, and the rest is merged; with --strict nothing is. Exit code 1
    when nothing is published for what the files say.
    """
    from innograph.loader.merging.guessing import guess

    if guessing:
        click.echo(guess(sources), nl=False)
        return
    if not slug:
        raise click.UsageError("give --source, the name that the source gets")
    from innograph.loader.merging import merge as merging
    from innograph.loader.merging.report import Report, write_rejected
    from innograph.loader.merging.tables import Tables, files
    from innograph.ontology.licences import licence_of

    with ExitStack() as stack:
        stack.enter_context(_ended_cleanly())
        said = _mapping(mapping, sources)
        material = Tables(slug, files(sources, stack, said.read.limit), said, review)

        def rejected(rows: Iterable[Any]) -> None:
            if refused is not None:
                write_rejected(refused, material.rows(), rows)

        options = merging.Options(later, strict, dry_run, workers, data)
        progress = stack.enter_context(bars())
        try:
            merged = merging.merge(Publisher(root), slug, material, options, progress, rejected)
        except (merging.RefusedRowsError, merging.NothingToMergeError) as error:
            for line in Report(error.merged).lines():
                click.echo(line, err=True)
            raise
        if review is not None and not dry_run:
            material.write_review()
        warnings = licence_of(material.described().about.get("licence")).warnings
        report = Report(merged, material.matches(), material.conversions(), list(warnings))
    if as_json:
        print_json(report.as_json())
        return
    for line in report.lines():
        click.echo(line)
    if not merged.changed:
        click.echo("nothing has changed: no new release")
    elif merged.release is None:
        click.echo("dry run: nothing is published")
    else:
        click.echo(f"release {merged.release.number}: {merged.release.description.quads} quads")


@click.command()
@store_option
@data_option
@json_option
@click.argument("slug", metavar="SOURCE")
def unmerge(root: Path, data: Path, as_json: bool, slug: str) -> None:
    """Take the merged source SOURCE out again, with all that was derived from it."""
    from innograph.loader.merging import merge as merging

    with _ended_cleanly(), bars() as progress:
        release = merging.unmerge(Publisher(root), slug, data, progress)
    if as_json:
        print_json(release_json(release))
    else:
        click.echo(f"release {release.number}: {release.description.quads} quads, without {slug}")


def _mapping(path: Path | None, sources: tuple[str, ...]) -> Any:
    """The mapping of a file, or the guessed one where the files themselves leave nothing open."""
    from innograph.loader.merging.guessing import certain, guess, questions
    from innograph.loader.merging.mapping.file import parse_mapping, read_mapping

    if path is not None:
        return read_mapping(path)
    draft = guess(sources)
    if certain(draft):
        return parse_mapping(draft, Path("the guessed mapping"))
    asked = "".join(f"\n  {question}" for question in questions(draft)[:5])
    raise Refused(
        f"the files do not say all that a merge needs:{asked}\nwrite a draft with `innograph merge --guess"
        f" {' '.join(sources)} > mapping.toml`, correct it, and give it with --mapping"
    )


@contextmanager
def _ended_cleanly() -> Iterator[None]:
    """Whoever ends the process meanwhile has it clean up first, as on Ctrl-C."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
