"""`innograph diff`: what changed between two releases."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from innograph.loader.commands.options import find_release, json_option, store_option
from innograph.loader.differing.files import PATCH, write
from innograph.loader.differing.telling import Difference, GraphDifference
from innograph.loader.progress import steps
from innograph.loader.releases import Release, Releases
from innograph.ontology.namespaces import PREFIXES

_SPAN = re.compile(r"(\d*)\.\.(\d*)")


@click.command()
@store_option
@json_option
@click.option(
    "--patch", is_flag=True, help="Print the patch that makes the one release of the other (RDF Patch)."
)
@click.argument("span", nargs=-1, metavar="[M..N | M N | N]")
def diff(root: Path, as_json: bool, patch: bool, span: tuple[str, ...]) -> None:
    """Say what was added, removed and changed between releases M and N, by source and by thing.

    Without M, since the release before N; without N, up to the current one. A patch consists of N-Quads
    behind an A or a D: docs/releases.md shows how to apply it.
    """
    if as_json and patch:
        raise click.UsageError("give --json or --patch, not both")
    before, after = _releases(root, span)
    with tempfile.TemporaryDirectory(prefix="innograph-diff-") as folder:
        with steps() as step:
            step("comparing")
            difference = write(Releases(root), before, after, Path(folder))
        if patch:
            with gzip.open(Path(folder) / PATCH) as written:
                shutil.copyfileobj(written, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
    if as_json:
        click.echo(json.dumps(asdict(difference), indent=1, ensure_ascii=False))
        return
    for line in in_words(difference):
        click.echo(line)


def _releases(root: Path, span: tuple[str, ...]) -> tuple[Release, Release]:
    match = _SPAN.fullmatch(span[0]) if len(span) == 1 else None
    numbers = list(match.groups()) if match else ["", *span] if len(span) == 1 else list(span or ("", ""))
    if len(numbers) != 2 or not all(number == "" or number.isdecimal() for number in numbers):
        raise click.UsageError("name two releases by their numbers: `innograph diff 3..5`, or `diff 3 5`")
    one, other = (int(number) if number else None for number in numbers)
    after = find_release(root, other)
    if one is None:
        one = after.description.parent
        if one is None:
            raise click.UsageError(f"there is no release before {after.number}: name the two to compare")
    return find_release(root, one), after


def in_words(difference: Difference) -> Iterator[str]:
    """A difference as lines for a terminal."""
    yield f"{_release(difference.before)} -> {_release(difference.after)}"
    base = difference.after["base"]
    if not difference.graphs:
        yield "nothing changed"
    for graph in difference.graphs:
        yield from _graph(graph, base)
    if difference.graphs:
        yield f"in all: {difference.added} statements added, {difference.removed} removed"


def _release(told: dict[str, object]) -> str:
    return f"release {told['number']} ({told['created']}, {told['kind']}: {told['message']})"


def _graph(graph: GraphDifference, base: str) -> Iterator[str]:
    counts = ", ".join(f"{count} {kind}" for kind, count in graph.things.items() if count)
    name = _short(graph.graph, base) if graph.graph else "the default graph"
    yield f"{name}: {counts}; {graph.added} statements added, {graph.removed} removed"
    for thing in graph.listed:
        yield f"  {thing.change} {_short(thing.iri, base)}"
        for said in thing.statements if thing.change == "changed" else ():
            part = "" if said.subject == thing.iri else f"{_short(said.subject, base)} "
            values = " -> ".join(
                " ".join(_term(term, base) for term in sorted(terms)) or "nothing"
                for terms in (said.before, said.after)
            )
            yield f"    {part}{_short(said.property, base)}: {values}"
        if thing.more and thing.change == "changed":
            yield "    and more: --patch has everything"
    if graph.more:
        yield f"  and {sum(graph.things.values()) - len(graph.listed)} more: --patch has everything"


def _term(term: str, base: str) -> str:
    """A term as a person reads it: digits and words, without the type that goes without saying."""
    if term.startswith("<"):
        return _short(term[1:-1], base)
    return re.sub(r'(?<=")\^\^<[^>]*>$', "", term)


def _short(iri: str, base: str) -> str:
    """An IRI as a path below the base or as a prefixed name, if it can be."""
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(str(namespace))
        if local != iri and "/" not in local:
            return f"{prefix}:{local}"
    return iri.removeprefix(base)
