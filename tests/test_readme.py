"""The README is true: every command that it shows gives what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from harness import innograph

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SHOWN = [
    (match[1], match[2])
    for match in re.finditer(r"```console\n\$ \.venv/bin/innograph (.+)\n((?:.*\n)*?)```", README)
]


def test_the_tour_has_five_queries() -> None:
    assert len(SHOWN) == 5


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_a_command_prints_what_is_shown(store: Path, command: str, output: str) -> None:
    name, *arguments = shlex.split(command)
    assert innograph(name, "--store", store, *arguments, cwd=ROOT).stdout.splitlines() == output.splitlines()


def test_every_link_leads_somewhere() -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / link).exists(), link


def test_the_documents_link_only_to_what_there_is() -> None:
    for document in (ROOT / "docs").glob("*.md"):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text("utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"
