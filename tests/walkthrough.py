"""Documents that show what to do, done: files are written, commands are run, outputs are compared."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from innograph.loader.cli import main

FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBERS = re.compile(r"\d+(?= quads| graphs|: )")
ELSE = ' || echo "exit code $?"'


def blocks(document: Path) -> list[tuple[str, str, str]]:
    """The fenced blocks of a document: language, file name, content."""
    return [(match[1], match[2] or "", match[3]) for match in FENCE.finditer(document.read_text("utf-8"))]


def commands(console: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it is said to print."""
    lines = iter(console.splitlines())
    command, output = "", []
    for line in lines:
        if line.startswith("$ "):
            if command:
                yield command, output
            command, output = line[2:], []
            while not _complete(command):
                command += "\n" + next(lines)
        else:
            output.append(line)
    yield command, output


def stable(lines: list[str]) -> list[str]:
    """Lines without the counts that grow with the project's own data."""
    return [NUMBERS.sub("N", line) if "quads" in line else line for line in lines]


def follow(document: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Do what a document shows in a folder with `data`, our own commands in this process; returns them."""
    monkeypatch.chdir(folder)
    ran = []
    for language, file, content in blocks(document):
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(content, "utf-8")
        elif language == "console":
            for command, output in commands(content):
                ran.append(command)
                actual = _innograph(command) if command.startswith("innograph ") else _shell(command)
                assert stable(actual) == stable(output), command
    return ran


def _innograph(command: str) -> list[str]:
    arguments = shlex.split(command.removesuffix(ELSE))[1:]
    place = 2 if arguments[0] == "source" else 1
    if arguments[0] in ("build", "check", "source") or "--write" in arguments:
        arguments[place:place] = ["--data", "data"]
    done = CliRunner().invoke(main, arguments, env={"INNOGRAPH_STORE": "store"}, catch_exceptions=False)
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    if command.endswith(ELSE):
        return [*lines, f"exit code {done.exit_code}"] if done.exit_code else lines
    assert done.exit_code == 0, f"{command}\n{done.output}"
    return lines


def _shell(command: str) -> list[str]:
    done = subprocess.run(["bash", "-ec", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return [line.rstrip() for line in done.stdout.splitlines()]


def _complete(command: str) -> bool:
    try:
        return bool(shlex.split(command))
    except ValueError:
        return False
