"""Releases: immutable, numbered for ever, rolled back by moving a name, pruned but for the pinned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness import BASE, within
from pyoxigraph import Literal, NamedNode, Quad, Store

from innograph.loader.errors import BusyError, NoReleaseError
from innograph.loader.publishing import Publisher
from innograph.loader.releases import Releases

THING, SAYS, GRAPH = NamedNode(BASE + "x"), NamedNode("http://example.org/says"), NamedNode(BASE + "graph/x")


def write(root: Path, word: str, *, clone: bool = True) -> int:
    """Publish a release that says one word more."""
    with Publisher(root).draft(BASE, clone=clone) as draft:
        draft.store.add(Quad(THING, SAYS, Literal(word), GRAPH))
        return draft.publish(kind="test", message=word).number


def words(root: Path, number: int | None = None) -> set[str]:
    releases = Releases(root)
    release = releases.current() if number is None else releases.get(number)
    store = Store.read_only(str(release.store))
    return {quad.object.value for quad in store.quads_for_pattern(THING, SAYS, None, None)}  # type: ignore[union-attr]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "one", clone=False)
    return tmp_path


def test_a_write_is_a_copy_and_earlier_releases_stay_as_they_were(root: Path) -> None:
    assert write(root, "two") == 2
    assert words(root) == {"one", "two"}
    assert words(root, 1) == {"one"}


def test_a_draft_that_is_not_published_leaves_no_trace(root: Path) -> None:
    with Publisher(root).draft(BASE, clone=True) as draft:
        draft.store.add(Quad(THING, SAYS, Literal("refused"), GRAPH))
    assert [p.name for p in (root / "releases").iterdir()] == ["0001"]
    write(root, "two")
    assert words(root) == {"one", "two"}


def test_a_rollback_followed_by_a_write_forgets_what_was_rolled_back(root: Path) -> None:
    write(root, "wrong")
    Publisher(root).rollback(1)
    assert words(root) == {"one"}
    assert write(root, "right") == 3
    assert words(root) == {"one", "right"}
    assert Releases(root).current().description.parent == 1


def test_what_a_crash_left_before_publishing_is_never_served(root: Path) -> None:
    draft = Publisher(root).draft(BASE, clone=True)
    with draft as unfinished:
        unfinished.store.add(Quad(THING, SAYS, Literal("crashed"), GRAPH))
        unfinished.store.flush()
        unfinished.folder.rename(root / "releases" / "0002")  # renamed, and then the power went
        unfinished.folder = root / "nowhere"
    assert words(root) == {"one"}
    assert write(root, "two") == 2
    assert words(root) == {"one", "two"}


def test_an_identity_never_repeats(root: Path) -> None:
    first = Releases(root).current().description.identity
    write(root, "two")
    second = Releases(root).current().description.identity
    Publisher(root).rollback(1)
    assert Releases(root).current().description.identity == first
    assert first != second


def test_pruning_keeps_the_last_the_current_and_the_pinned(root: Path) -> None:
    for word in ("two", "three", "four", "five"):
        write(root, word)
    publisher = Publisher(root)
    publisher.pin(2)
    publisher.rollback(3)
    assert publisher.prune(keep=1) == [1, 4]
    assert Releases(root).state().published == (2, 3, 5)
    assert {p.name for p in (root / "releases").iterdir()} == {"0002", "0003", "0005"}
    with pytest.raises(NoReleaseError, match="published are: 2, 3, 5"):
        Releases(root).get(1)
    publisher.pin(2, pinned=False)
    assert publisher.prune(keep=0) == [2, 5]


def test_old_releases_go_by_themselves(root: Path) -> None:
    for number in range(2, 26):
        write(root, str(number))
    assert Releases(root).state().published == tuple(range(6, 26))
    assert len(list((root / "releases").iterdir())) == 20


def test_one_writer_at_a_time(root: Path) -> None:
    publisher = Publisher(root)
    with publisher.lock(), pytest.raises(BusyError), Publisher(root).lock(wait=0.1):
        raise AssertionError("two writers")


def test_the_command_line_lists_rolls_back_and_prunes(root: Path) -> None:
    write(root, "two")
    listed = json.loads(within("releases", "--store", root, "--json").stdout)
    assert [(r["number"], r["current"]) for r in listed] == [(1, False), (2, True)]
    assert "release 1 is current" in within("rollback", "--store", root).stdout
    assert words(root) == {"one"}
    assert "removed 1: 2" in within("prune", "--store", root, "--keep", "0").stdout
    missing = within("rollback", "--store", root, "9", check=False)
    assert (missing.returncode, missing.stderr) == (
        1,
        "Error: release 9 is not published; published are: 1\n",
    )


def test_an_error_that_somebody_keeps_does_not_hold_a_draft(tmp_path: Path) -> None:
    kept = []

    def fill(store: Store) -> None:
        store.add(Quad(THING, SAYS, Literal("kept"), GRAPH))
        try:
            raise ValueError("an optional part is missing")
        except ValueError as error:
            kept.append(error)

    with Publisher(tmp_path).draft(BASE, clone=False) as draft:
        fill(draft.store)
        draft.publish(kind="test", message="kept")
    assert words(tmp_path) == {"kept"}
