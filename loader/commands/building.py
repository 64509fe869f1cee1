"""`innograph build` and `check`: from authored files to a release."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from innograph.loader import building, reporting
from innograph.loader.checking import Checksum, check_release
from innograph.loader.commands.options import (
    base_option,
    data_option,
    find_release,
    json_option,
    print_json,
    release_json,
    store_option,
)
from innograph.loader.commands.remote import Remote, remote_options
from innograph.loader.errors import InputError
from innograph.loader.progress import steps
from innograph.loader.releases import Release


@click.command()
@store_option
@base_option
@data_option
@json_option
@click.option("--message", default="build", help="A note that the release keeps.")
@remote_options
def build(root: Path, base: str, data: Path, as_json: bool, message: str, remote: Remote | None) -> None:
    """Build the graph from its authored files, validate it and publish a release.

    With --to, the release is then sent to a store elsewhere: only the graphs that differ, the
    catalogue last, each counted afterwards. What was broken off goes on where it stopped.
    """
    with steps() as step:
        release, outcome = building.build(root, building.Inputs(base, data), step, message)
        sent = remote.publish(release, step) if remote else None
    if as_json:
        told = {"findings": reporting.as_json(outcome.findings, outcome.origins)}
        print_json(release_json(release) | told | ({"remote": asdict(sent)} if sent else {}))
        return
    for finding in outcome.findings:
        click.echo(reporting.in_words(finding, outcome.origins), err=True)
    description = release.description
    click.echo(f"release {release.number}: {description.quads} quads in {len(description.graphs)} graphs")
    if remote and sent:
        click.echo(remote.told(sent))


@click.command()
@base_option
@data_option
@json_option
@store_option
@click.option("--release", "number", type=int, help="Take the checksums of this release again instead.")
def check(base: str, data: Path, as_json: bool, root: Path, number: int | None) -> None:
    """Validate the authored files without publishing; exit code 1 and a report when they are invalid.

    With --release, see instead whether a published release still is what was published: the checksum of
    each of its graphs is taken again; exit code 1 where one differs.
    """
    if number is not None:
        _check_release(find_release(root, number), as_json)
        return
    try:
        with steps() as step:
            outcome = building.check(building.Inputs(base, data), step)
    except InputError as error:
        if as_json:
            problems = [
                {"file": str(p.path), "line": p.line, "column": p.column, "what": p.what, "mend": p.mend}
                for p in error.problems
            ]
            print_json({"valid": False, "problems": problems, "findings": []})
            sys.exit(1)
        raise
    if as_json:
        findings = reporting.as_json(outcome.findings, outcome.origins)
        print_json({"valid": outcome.valid, "problems": [], "findings": findings})
    else:
        for finding in outcome.findings:
            click.echo(reporting.in_words(finding, outcome.origins))
        click.echo(
            f"{'valid' if outcome.valid else 'invalid'}: {outcome.quads} quads, {len(outcome.findings)} findings"
        )
    sys.exit(0 if outcome.valid else 1)


def _check_release(release: Release, as_json: bool) -> None:
    with steps() as step:
        taken = check_release(release, step)
    broken = [checksum for checksum in taken if not checksum.holds]
    if as_json:
        told = [asdict(checksum) | {"holds": checksum.holds} for checksum in taken]
        print_json({"release": release.number, "valid": not broken, "checksums": told})
    else:
        for checksum in taken:
            click.echo(_in_words(checksum))
        what = f"release {release.number} is what was published"
        if broken:
            what = (
                f"release {release.number} was changed after it was published: roll back to another with"
                " `innograph rollback N`, or restore a backup with `innograph restore`"
            )
        click.echo(what)
    sys.exit(1 if broken else 0)


def _in_words(checksum: Checksum) -> str:
    name = checksum.graph or "the whole release"
    if checksum.recorded_quads != checksum.found_quads:
        return f"differs  {name}: {checksum.found_quads} quads, {checksum.recorded_quads} were published"
    if checksum.recorded is None:
        return f"unknown  {name}: no checksum was recorded; now it is {checksum.found}"
    if not checksum.holds:
        return f"differs  {name}: SHA-256 {checksum.found}, published was {checksum.recorded}"
    return f"holds    {name}: SHA-256 {checksum.found}"
