"""Settings: all documented, the same from the environment and the command line, and refused with words."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import fields
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from harness import innograph

from innograph.server.settings import Settings, option, table

PROJECT = Path(__file__).parent.parent
PAGE = PROJECT / "docs" / "settings.md"


def variables_in(text: str) -> set[str]:
    return {name.rstrip("_") for name in re.findall(r"INNOGRAPH_[A-Z_]+", text)}


def options_of(command: click.Command) -> list[click.Option]:
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]


def commands() -> dict[str, click.Command]:
    return {entry.name: entry.load() for entry in entry_points(group="innograph.commands")}


def test_the_table_of_the_page_is_the_one_that_the_settings_make() -> None:
    """To mend: put what `python -m innograph.server.settings` prints into docs/settings.md."""
    assert "\n".join(table()) in PAGE.read_text("utf-8")


def test_every_variable_that_the_code_reads_is_on_the_page() -> None:
    code = [*(PROJECT / "server").rglob("*.py"), *(PROJECT / "loader").rglob("*.py")]
    read = set().union(*(variables_in(path.read_text("utf-8")) for path in code))
    bound = {
        str(found.envvar) for command in commands().values() for found in options_of(command) if found.envvar
    }
    assert bound <= read
    documented = variables_in(PAGE.read_text("utf-8"))
    assert read <= documented
    assert {setting.metadata["variable"] for setting in fields(Settings)} <= documented


def test_every_variable_on_the_page_exists() -> None:
    everywhere = [
        path for folder in ("server", "loader", "tests") for path in (PROJECT / folder).rglob("*.py")
    ]
    known = set().union(
        *(variables_in(path.read_text("utf-8")) for path in everywhere if path.name != Path(__file__).name)
    )
    files = {
        f"{setting.metadata['variable']}_FILE" for setting in fields(Settings) if setting.metadata["secret"]
    }
    assert variables_in(PAGE.read_text("utf-8")) <= known | files


def test_every_setting_is_an_option_of_serve_except_secrets() -> None:
    offered = {name for found in options_of(commands()["serve"]) for name in found.opts}
    assert {option(setting) for setting in fields(Settings)} - {None} <= offered
    assert "--token" not in offered
    help_text = innograph("serve", "--help").stdout
    assert all(s.metadata["variable"] in help_text for s in fields(Settings) if not s.metadata["secret"])


def test_what_the_environment_says_and_what_is_handed_on_are_the_same() -> None:
    said = {
        "INNOGRAPH_STORE": "/srv/graph",
        "INNOGRAPH_PORT": "81",
        "INNOGRAPH_DEADLINE": "2.5",
        "INNOGRAPH_SCRATCH": "yes",
        "INNOGRAPH_EVALUATOR_MEMORY": "512MiB",
        "INNOGRAPH_CACHE_BYTES": "0",
        "INNOGRAPH_TOKEN": "secret",
        "INNOGRAPH_LOG": "json",
        "INNOGRAPH_LOG_LEVEL": "",
    }
    settings = Settings.from_environment(said)
    assert settings.store == Path("/srv/graph")
    assert (settings.port, settings.deadline, settings.scratch) == (81, 2.5, True)
    assert (settings.evaluator_memory, settings.cache_bytes) == (512 << 20, 0)
    assert Settings.from_environment(settings.to_environment()) == settings
    assert Settings.from_environment({}) == Settings()
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "size"), [("1000", 1000), ("64k", 65536), ("64KiB", 65536), ("2 GB", 2 << 30), ("1t", 1 << 40)]
)
def test_sizes_have_units(text: str, size: int) -> None:
    assert Settings.from_environment({"INNOGRAPH_MAX_RESULT_BYTES": text}).max_result_bytes == size


@pytest.mark.parametrize(
    ("variable", "text", "why"),
    [
        ("INNOGRAPH_PORT", "eighty", "must be a whole number"),
        ("INNOGRAPH_PORT", "0", "must be at least 1"),
        ("INNOGRAPH_DEADLINE", "nan", "must be at least"),
        ("INNOGRAPH_DEADLINE", "inf", "must be at least"),
        ("INNOGRAPH_EVALUATORS", "0", "must be at least 1"),
        ("INNOGRAPH_MAX_QUERY_BYTES", "1 parsec", "such as 67108864 or 64MiB"),
        ("INNOGRAPH_SCRATCH", "maybe", "must be true or false"),
        ("INNOGRAPH_LOG", "xml", "must be one of text, json, off"),
        ("INNOGRAPH_TOKEN_FILE", "/no/such/file", "No such file"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(variable: str, text: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)) as refusal:
        Settings.from_environment({variable: text})
    assert variable in str(refusal.value)
    assert text in str(refusal.value)


def test_the_command_line_refuses_as_wrong_usage(tmp_path: Path) -> None:
    for arguments in (["--port", "eighty"], ["--log", "xml"], ["--load", __file__]):
        done = innograph("serve", "--store", tmp_path, *arguments, check=False)
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from a file\n")
    assert Settings.from_environment({"INNOGRAPH_TOKEN_FILE": str(file)}).token == "from a file"
    both = {"INNOGRAPH_TOKEN_FILE": str(file), "INNOGRAPH_TOKEN": "given"}
    assert Settings.from_environment(both).token == "given"


def test_what_other_documents_set_exists() -> None:
    documents = [PROJECT / "docs" / "operating.md", *(PROJECT / "docs" / "deploy").iterdir()]
    assert len(documents) > 3
    documented = variables_in(PAGE.read_text("utf-8"))
    offered = {name for found in options_of(commands()["serve"]) for name in found.opts}
    for document in documents:
        text = document.read_text("utf-8")
        assert variables_in(text) <= documented, document
        for line in re.findall(r"innograph serve ([^`\n#]*)|\| `(--[^|]*)\|", text):
            assert set(re.findall(r"--[a-z-]+", " ".join(line))) <= offered, document


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "deploy" / "innograph.service").read_text("utf-8")
    unit = tmp_path / "innograph.service"
    program = Path(sys.executable).with_name("innograph")
    unit.write_text(text.replace("/opt/innograph/.venv/bin/innograph", str(program)))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
