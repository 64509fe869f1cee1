"""`innograph verify`: is a claim right, who says so, and in which words?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from innograph.loader.cli import Refused
from innograph.loader.errors import NoReleaseError
from innograph.server.verifying import Answer, Verdict, Verifier
from innograph.server.verifying.fields import UnreadableError

_MARKS = {
    Verdict.SUPPORTED: ("✓", "green"),
    Verdict.REFUTED: ("✗", "red"),
    Verdict.DISPUTED: ("≠", "yellow"),
    Verdict.NOT_IN_GRAPH: ("–", None),
    Verdict.TOO_VAGUE: ("?", "yellow"),
}


@click.command()
@click.option(
    "--store",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".innograph"),
    envvar="INNOGRAPH_STORE",
    show_default=True,
    show_envvar=True,
    help="The folder that holds the releases.",
)
@click.option("--release", "number", type=int, help="An older release than the current one.")
@click.option(
    "--place", default="", help="A label in any language, a slug, an IRI, a Wikidata or GeoNames number."
)
@click.option("--indicator", default="", help="A label in any language, a slug or an IRI.")
@click.option("--period", default="", help="2023, 2023-Q1, 2023-03 …; a span (2014-2023) for growth.")
@click.option(
    "--value", default="", help="853.69, '853.69 billion yuan', 'about 28,000', 'more than fivefold' …"
)
@click.option("--unit", default="", help="CNY, 亿元, 'billion yuan', 'per 10,000 people', % …")
@click.option(
    "--csv",
    "table",
    type=click.File("rb"),
    help="Claims in columns place,indicator,period,value,unit ('-': stdin).",
)
@click.option("--text", help="A sentence or short text; '-' reads standard input.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def verify(
    root: Path,
    number: int | None,
    table: Any,
    text: str | None,
    as_json: bool,
    **given: str,
) -> None:
    """Check claims against the graph.

    Give one claim by its options, several by --csv, or a text by --text. Each is supported, refuted,
    disputed (by two sources), not in the graph, or too vague; with the observations compared, their
    sources and exact words. Exit code 0: no claim was refuted or disputed; 1: one was; 2: wrong usage.
    """
    asked = [bool(any(given.values())), table is not None, text is not None]
    if sum(asked) != 1:
        raise click.UsageError(
            "give a claim (--place, --indicator, --period, --value, --unit), or --csv, or --text"
        )
    try:
        with Verifier.open(root, number) as verifier:
            if table is not None:
                answers = verifier.csv(_decoded(table.read()))
            elif text is not None:
                answers = verifier.text(_decoded(sys.stdin.buffer.read()) if text == "-" else text)
            else:
                answers = [verifier.claim(**given)]
    except UnreadableError as error:
        raise click.UsageError(str(error)) from None
    except NoReleaseError as error:
        raise Refused(str(error)) from None
    if as_json:
        click.echo(json.dumps([answer.to_json() for answer in answers], indent=1, ensure_ascii=False))
    else:
        _print(answers)
    if any(answer.verdict in (Verdict.REFUTED, Verdict.DISPUTED) for answer in answers):
        sys.exit(1)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"the input is not UTF-8 at byte {error.start}: save it as UTF-8") from None


def _print(answers: list[Answer]) -> None:
    if not answers:
        click.echo("No claim was found in the text: no number, growth or rank that the rules read.")
    for answer in answers:
        mark, colour = _MARKS[answer.verdict]
        click.echo(
            click.style(f"{mark} {answer.verdict.value}", fg=colour, bold=True) + f": {_claimed(answer)}"
        )
        for one in answer.compared:
            agrees = {True: "agrees", False: "differs", None: "open"}[one.agrees]
            title = answer.titles.get(one.source, one.source)
            click.echo(f"    {agrees}: {one.shown} ({one.period}), {title}")
            for words in answer.evidence.get(one.iri, []):
                quoted = (
                    f"“{words['words']}” ({words['start']}–{words['end']})"
                    if "words" in words
                    else words["iri"]
                )
                click.echo(f"      {quoted}")
        for line in (answer.reason, answer.rule, answer.off(), answer.likely):
            if line is not None:
                click.echo(f"    {line.told()}")
        for role, things in answer.candidates.items():
            click.echo(f"    {role}: " + "; ".join(f"{thing['label']} <{thing['iri']}>" for thing in things))


def _claimed(answer: Answer) -> str:
    claim = answer.claim
    if "words" in claim:
        return f"“{' '.join(str(claim['words']).split())}” ({claim['start']}–{claim['end']})"
    return ", ".join(value for value in claim.get("given", {}).values() if value)
