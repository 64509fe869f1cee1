"""What the tests share: one built store, and one server over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Site, serving, within
from scratch import scratch


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one release of the published graph. Not to be written to."""
    root = tmp_path_factory.mktemp("published") / "store"
    within("build", "--store", root)
    return root


@pytest.fixture(scope="session")
def site(store: Path) -> Iterator[Site]:
    """A server over the published graph, shared by all tests that only read."""
    with serving(store) as running:
        yield running


@pytest.fixture(scope="session")
def general() -> Iterator[Site]:
    """A server over a general store; whoever writes to it begins with `scratch.empty`."""
    with scratch() as running:
        yield running
