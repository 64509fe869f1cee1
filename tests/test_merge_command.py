"""`innograph merge` on an official table: what it finds, what it refuses, how it is mended and taken back."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from harness import SLUG, within
from walkthrough import follow

from innograph.loader.merging.mapping.file import read_mapping
from innograph.loader.merging.report import write_rejected
from innograph.loader.merging.tables import File, Tables
from innograph.loader.paths import DATA

SAMPLE = Path(__file__).parent / "data" / "merging" / "technology-market.csv"
MAPPING = DATA / "mappings" / "china-technology-market-push.toml"


def test_an_official_table_is_merged_mended_and_taken_out(store: Path, tmp_path: Path) -> None:
    shutil.copytree(store, tmp_path / "store", symlinks=True)
    table, refused = tmp_path / "market.csv", tmp_path / "refused.csv"
    text = SAMPLE.read_text("utf-8")
    columns, *rows = csv.reader(text.splitlines())
    broken = dict(zip(columns, rows[0], strict=True)) | {"year": "2999"}
    table.write_text(text + ",".join(broken[column] for column in columns) + "\n", "utf-8")
    command = ("--store", tmp_path / "store", "--source", "market", "--mapping", MAPPING)

    told = json.loads(within("merge", *command, table, "--refused", refused, "--json").stdout)
    assert told["rows"]["read"] == len(rows) + 1
    assert told["rows"]["refused"] == 1
    assert [row["row"] for row in told["refused"]] == [len(rows) + 2]
    compared = {c["own"].rpartition("/")[2]: c for c in told["comparisons"] if SLUG in c["other"]}
    assert compared["2023"]["verdict"] == "agrees"
    assert compared["2014"]["verdict"] == "differs"
    assert abs(float(compared["2014"]["difference"])) == pytest.approx(0.00038, abs=0.00001)

    # The refused row, mended, is merged as any file is.
    [again] = csv.DictReader(refused.read_text("utf-8-sig").splitlines())
    assert {column: again[column] for column in columns} == broken
    assert again["reason"]
    assert again["mend"]
    refused.write_text(refused.read_text("utf-8-sig").replace("2999", "2021"), "utf-8")
    mended = within("merge", *command[:3], "mended", *command[4:], refused)
    assert "1 observations" in mended.stdout

    gone = within("unmerge", "--store", tmp_path / "store", "market")
    assert "without market" in gone.stdout


def test_what_a_file_leaves_open_is_asked(tmp_path: Path) -> None:
    from innograph.loader.commands.merging import merge

    table = tmp_path / "open.csv"
    table.write_text("a,b\nx,1\ny,2\n")
    result = CliRunner().invoke(merge, ["--store", str(tmp_path), "--source", "open", str(table)])
    assert result.exit_code == 1
    assert "--guess" in result.output
    draft = CliRunner().invoke(merge, ["--guess", str(table)])
    assert draft.exit_code == 0
    assert "# ?" in draft.output


def test_refused_rows_are_written_with_their_cells(tmp_path: Path) -> None:
    from innograph.loader.merging.records import Refused

    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    for path in (one, two):
        path.write_text(
            "province,year,value,units,variables,chn_block4\n北京,2014,x,万元,a,b\n上海,2015,1,万元,a,b\n"
        )
    material = Tables("market", [File(one, one.name), File(two, two.name)], read_mapping(MAPPING))
    rows = [Refused("one.csv", 2, "no number", "write one"), Refused("two.csv", 3, "no", "yes")]
    write_rejected(tmp_path / "bad.csv", material.rows(), [rows[0], rows[0], rows[1]])
    first = (tmp_path / "bad.csv").read_text("utf-8-sig").splitlines()
    assert first[1:] == ["北京,2014,x,万元,a,b,2,no number,write one"]
    assert (tmp_path / "bad-2.csv").read_text("utf-8-sig").splitlines()[1].startswith("上海,2015")


def test_the_tutorial_merges_an_official_series(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parents[1]
    for folder in ("data", "tests"):
        (tmp_path / folder).symlink_to(root / folder)
    shutil.copytree(store, tmp_path / "store", symlinks=True)
    assert len(follow(root / "docs" / "merging-tutorial.md", tmp_path, monkeypatch)) == 7
