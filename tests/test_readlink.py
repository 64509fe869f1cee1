"""The look at the current state's link: as `os.readlink`, whatever the target."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from innograph.loader.readlink import LONGEST, readlink


@pytest.mark.parametrize("target", ["states/0001", "状态/零", "x" * (LONGEST - 1), "x" * LONGEST, "y/" * 900])
def test_target_is_told_as_the_system_has_it(tmp_path: Path, target: str) -> None:
    link = tmp_path / "current"
    link.symlink_to(target)
    assert readlink(os.fsencode(link)) == os.readlink(link)


def test_what_is_no_link_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        readlink(os.fsencode(tmp_path / "absent"))
    with pytest.raises(OSError, match="Invalid argument"):
        readlink(os.fsencode(tmp_path))
