"""`innograph source`: begin a source from its text, and have its phrases located."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import asdict
from pathlib import Path

import click

from innograph.loader.commands.options import base_option, data_option, json_option, print_json
from innograph.loader.errors import LoaderError
from innograph.ontology.namespaces import Names

text_path = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def source() -> None:
    """Sources: the folders that articles are entered in."""


@source.command()
@base_option
@data_option
@json_option
@click.option(
    "--slug", default="", help="The last part of its IRI for ever; made from the title when not given."
)
@click.option("--title", default="", help="Its title; the text's first line when not given.")
@click.option("--language", default="", help="A tag such as en, zh or ja; detected when not given.")
@click.option("--url", default="", help="Where it is found.")
@click.option("--author", default="", help="Who wrote it.")
@click.option("--publisher", default="", help="Who published it.")
@click.option("--published", default="", help="When: a year, a month (2024-03) or a day (2024-03-31).")
@click.option("--licence", "--license", "licence", default="", help="The IRI of its licence.")
@click.option("--draft", is_flag=True, help="Propose rows for the figures that the text's sentences state.")
@click.argument("text", type=text_path)
def new(base: str, data: Path, as_json: bool, draft: bool, text: Path, **given: str) -> None:
    """Make the folder of a source from its TEXT, a file in UTF-8, which itself stays where it is.

    What is not given is said to be not stated. Nothing that is there is overwritten. With --draft the file
    observations.draft.csv has a row for each figure that rules find in the text; a person moves those that
    are right into observations.csv, and nothing else reads it.
    """
    from innograph.loader.sources.creating import About, UnknownError, create, read_text

    about = About(**given)
    proposed = None
    if draft:
        from innograph.loader.sources.proposing import propose

        proposed = propose(read_text(text)[1], data, Names(base))
    try:
        made = create(text, about, data, base, proposed.rows if proposed else ())
    except UnknownError as error:
        raise click.UsageError(f"{error}: give it with {error.option}") from None
    if as_json:
        told = {"draft": asdict(proposed)} if proposed else {}
        print_json(asdict(made) | {"folder": str(made.folder)} | told)
        return
    click.echo(f"{made.folder}: {', '.join(made.files)}")
    click.echo(f"title: {made.title}")
    click.echo(f"language: {made.language}; {made.length} characters; SHA-256 {made.sha256}")
    if proposed:
        click.echo(
            f"draft: {len(proposed.rows)} rows proposed, none accepted; {proposed.further} further claims seen"
        )
        for start, words, why in proposed.open:
            click.echo(f"  not understood at {start}: {words!r} ({why})")
    click.echo("next steps:")
    steps = (
        *(
            [f"move the rows that are right from {made.folder / 'observations.draft.csv'}"]
            if proposed
            else []
        ),
        f"look through {made.folder / 'source.ttl'}: what the text does not state is listed there",
        "add cities, indicators and people that are new to the reference data",
        "enter figures in observations.csv with the text's own words in quote; leave start and end empty",
        "enter what is claimed and who is quoted in claims.ttl",
        f"innograph source locate {made.slug} --text {text}",
        "innograph check",
        "innograph build",
    )
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}")


@source.command()
@base_option
@data_option
@json_option
@click.option("--text", type=text_path, required=True, help="The text that the source was made from.")
@click.option("--dry-run", is_flag=True, help="Say what would be filled in, and change nothing.")
@click.argument("slug")
def locate(base: str, data: Path, as_json: bool, text: Path, dry_run: bool, slug: str) -> None:
    """Find the phrases of a source in its text and fill in their offsets.

    In tables the cells start and end of each phrase in quote, in Turtle files inno:anchor "the words".
    Nothing else in the files changes. Exit code 1 where a phrase stands at several places or nowhere.
    """
    from innograph.loader.sources.creating import read_text
    from innograph.loader.sources.filling import fill
    from innograph.loader.sources.folder import Places, SourceFolder
    from innograph.loader.sources.locating import Located

    content, words = read_text(text)
    folder = SourceFolder(data, slug, Names(base), words)
    expected, actual = folder.text_facts().sha256.value.lower(), hashlib.sha256(content).hexdigest()
    if expected != actual:
        raise LoaderError(
            f"{text} is not the text that {slug} was made from (SHA-256 {actual}, not {expected}): "
            f"give that one, or let the source follow it: innograph evidence --write --source {slug} --text {text}"
        )
    found = fill(folder.anchors(), words)
    places: Places = {
        (f.anchor.path, f.anchor.number): (f.found.start, f.found.end)
        for f in found
        if f.new and isinstance(f.found, Located)
    }
    changed = [] if dry_run else folder.save(folder.edits(places))
    unsure = [filled for filled in found if not filled.certain]
    if as_json:
        print_json({"phrases": [f.as_json() for f in found], "written": [str(path) for path in changed]})
    else:
        for filled in unsure:
            for line in filled.lines():
                click.echo(line)
        held = len(found) - len(places) - len(unsure)
        click.echo(f"{slug}: {len(places)} located, {held} stood already, {len(unsure)} to mend")
    sys.exit(1 if unsure else 0)
