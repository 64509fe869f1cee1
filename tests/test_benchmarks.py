"""The benchmarks run, at the smallest size: they cannot rot. What they measure is not looked at here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed: it makes the load")
def test_every_benchmark_runs_and_tells_its_figures(tmp_path: Path) -> None:
    output = tmp_path / "performance.md"
    size, page = 300, ["--sizes", "300", "--rounds", "1", "--seconds", "1", "--output", str(output)]
    subprocess.run(
        [sys.executable, "-m", "benchmarks.performance", *page, "--work", str(tmp_path), "--without-peers"],
        check=True,
        capture_output=True,
        cwd=ROOT,
        env=os.environ,
        timeout=200,
    )
    found = json.loads(output.with_suffix(".json").read_text("utf-8"))
    works = {result["work"] for result in found["results"]}
    assert len(works) > 15
    assert all(result["size"] == size and result["ours"] for result in found["results"])
    text = output.read_text("utf-8")
    assert all(work in text for work in works)
