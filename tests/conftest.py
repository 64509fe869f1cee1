"""What the tests share: one built store, and one server over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from harness import Site, serving, within
from scratch import scratch

# How long an example takes says how busy the machine is, and nothing else.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# These files take longest: they begin first, so that the last process is not left alone with one of them.
LONG = (
    "small_writes_agree",
    "crashes",
    "writes",
    "build",
    "merging_graphs",
    "merging",
    "clients",
    "hostile",
    "fuzz",
    "benchmarks",
    "shapes",
    "pages",
    "downloads",
    "browser",
    "backup",
    "documentation",
    "engines",
    "operating",
    "remote_serving",
    "editor",
    "validators_agree",
    "merge_command",
)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the order of files: the runner of several processes would begin with those of most tests."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first."""
    places = {f"test_{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONG)))


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
