"""A release of things written as Turtle, with its search index: for tests of finding."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from harness import BASE

from innograph.server.searching.building import build


def release_with_index(root: Path, turtle: str) -> Path:
    """Publish the things in a general store below `root`, and index them; returns the release's folder."""
    file = root / "things.ttl"
    file.write_text(turtle, "utf-8")
    command = [
        sys.executable,
        "-m",
        "innograph.loader.scratch",
        "--store",
        root / "store",
        "--base",
        BASE,
        file,
    ]
    subprocess.run([str(part) for part in command], check=True, timeout=60)
    release = next((root / "store" / "releases").iterdir())
    assert build(release)
    return release
