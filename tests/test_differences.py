"""Two states compared: what changed, a patch that makes the one of the other, and checksums that tell."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from harness import BASE, SLUG
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store
from states import FIGURE, GRAPH, published_thrice

from innograph.loader.canonical import canonical_lines
from innograph.loader.checking import check_release
from innograph.loader.cli import main
from innograph.loader.differing import files, finding
from innograph.loader.differing.finding import changes, touched_between
from innograph.loader.differing.telling import owner
from innograph.loader.publishing import Publisher
from innograph.loader.releases import Release, Releases


def innograph(*arguments: object) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def states(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with three releases: as published, with one figure raised, and with a link more."""
    root = tmp_path_factory.mktemp("states") / "store"
    published_thrice(store, root)
    return root


def lines(release: Release) -> set[bytes]:
    return set(canonical_lines(Store.read_only(str(release.store))))


def patched(before: set[bytes], patch: list[bytes]) -> set[bytes]:
    """What a patch makes of N-Quads, with nothing but lines."""
    deleted = {line[2:] for line in patch if line.startswith(b"D ")}
    added = {line[2:] for line in patch if line.startswith(b"A ")}
    assert deleted <= before
    assert not added & before
    return (before - deleted) | added


@pytest.mark.parametrize(("one", "other"), [(1, 2), (1, 3), (3, 1), (2, 2)])
def test_a_release_and_the_patch_have_the_checksum_of_the_other(
    states: Path, tmp_path: Path, one: int, other: int
) -> None:
    releases = Releases(states)
    before, after = releases.get(one), releases.get(other)
    difference = files.write(releases, before, after, tmp_path)
    patch = gzip.decompress((tmp_path / files.PATCH).read_bytes()).splitlines(keepends=True)
    made = patched(lines(before), patch)
    assert hashlib.sha256(b"".join(sorted(made))).hexdigest() == after.description.checksum
    assert (difference.added, difference.removed) == (
        len(lines(after) - lines(before)),
        len(lines(before) - lines(after)),
    )
    head = {line.split(b" ", 2)[1]: line for line in patch if line.startswith(b"H ")}
    assert head[b"sha256"] == f'H sha256 "{after.description.checksum}" .\n'.encode()
    assert patch[-1] == b"TC .\n"
    if one != other:
        assert patch.index(b"TX .\n") == len(head)


def test_small_writes_are_compared_by_what_they_touched_and_all_else_by_graph(
    states: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = Releases(states)
    first, last = releases.get(1), releases.get(3)
    touched = touched_between(releases, first, last)
    assert touched is not None
    assert FIGURE in touched
    quick = set(changes(releases, first, last))
    monkeypatch.setattr(finding, "touched_between", lambda *_: None)
    assert set(changes(releases, first, last)) == quick
    assert {change.quad.subject.value for change in quick} <= touched


def test_graphs_are_walked_in_step_whatever_differs(tmp_path: Path) -> None:
    """Stores made apart, with blank nodes, a default graph, and a graph that only one has."""
    says, graphs = NamedNode("http://e/says"), [NamedNode("http://e/g"), NamedNode("http://e/h")]

    def quad(number: int) -> Quad:
        subject = BlankNode(f"b{number}") if number % 7 == 0 else NamedNode(f"http://e/{number % 50}")
        graph = DefaultGraph() if number % 5 == 0 else graphs[number % 2]
        return Quad(subject, says, Literal(str(number)), graph)

    one = {quad(number) for number in range(400)}
    other = {quad(number) for number in range(350, 700)} | {Quad(says, says, says, NamedNode("http://e/i"))}
    for content in (one, other):
        with Publisher(tmp_path).draft(BASE, clone=False) as draft:
            draft.store.extend(content)
            draft.publish(kind="test", message="")
    releases = Releases(tmp_path)
    found = set(changes(releases, releases.get(1), releases.get(2)))
    assert {change.quad for change in found if not change.added} == one - other
    assert {change.quad for change in found if change.added} == other - one


def test_what_changed_is_told_by_source_and_by_thing(states: Path) -> None:
    told = json.loads(innograph("diff", "--store", states, "1..2", "--json").stdout)
    graphs = {graph["graph"]: graph for graph in told["graphs"]}
    assert {GRAPH, f"{BASE}graph/derived"} <= graphs.keys()
    [figure] = graphs[GRAPH]["listed"]
    assert (figure["iri"], figure["change"], figure["added"], figure["removed"]) == (FIGURE, "changed", 2, 2)
    stated = next(s for s in figure["statements"] if s["property"].endswith("valueAsStated"))
    assert (stated["before"], stated["after"]) == (['"262.9"'], ['"263.1"'])
    assert graphs[GRAPH]["things"] == {"added": 0, "removed": 0, "changed": 1}
    text = innograph("diff", "--store", states, "2").stdout
    assert 'inno:valueAsStated: "262.9" -> "263.1"' in text
    assert f"changed observation/{SLUG}/beijing/patents-per-10000-people/2023" in text


def test_a_thing_that_a_graph_did_not_have_is_added_and_one_that_it_has_no_more_removed(
    tmp_path: Path,
) -> None:
    says, graph = NamedNode("http://e/says"), NamedNode(f"{BASE}graph/x")

    def publish(words: dict[str, str]) -> None:
        with Publisher(tmp_path).draft(BASE, clone=False) as draft:
            draft.store.extend(Quad(NamedNode(BASE + s), says, Literal(o), graph) for s, o in words.items())
            draft.publish(kind="test", message="")

    publish({"old": "1", "kept": "1", "kept/evidence/1/quote": "a"})
    publish({"new": "1", "kept": "1", "kept/evidence/1/quote": "b"})
    releases = Releases(tmp_path)
    (tmp_path / "out").mkdir()
    difference = files.write(releases, releases.get(1), releases.get(2), tmp_path / "out")
    [entry] = difference.graphs
    assert {thing.iri.removeprefix(BASE): thing.change for thing in entry.listed} == {
        "old": "removed",
        "new": "added",
        "kept": "changed",
    }
    [part] = next(thing for thing in entry.listed if thing.change == "changed").statements
    assert part.subject == f"{BASE}kept/evidence/1/quote"


def test_parts_belong_to_the_thing_whose_iri_they_extend() -> None:
    base = "<https://e.org/"
    for part, whole in (
        ("observation/a/b/2014/evidence/1/quote>", "observation/a/b/2014>"),
        ("observation/a/b/2014/evidence/12>", "observation/a/b/2014>"),
        ("source/a/checksum>", "source/a>"),
        ("dataset/all/class/qb:Observation>", "dataset/all>"),
        ("dataset/all/links/wikidata-sameAs>", "dataset/all>"),
        ("indicator/property/x>", "indicator/property/x>"),
        ("evidence/1x>", "evidence/1x>"),
    ):
        assert owner(base + part) == base + whole


def test_a_command_that_names_no_two_releases_says_how_to() -> None:
    for span in (["one..two"], ["1", "2", "3"], ["1...2"]):
        refused = innograph("diff", "--store", "nowhere", *span)
        assert (refused.exit_code, "diff 3..5" in refused.stderr) == (2, True)


@pytest.fixture
def altered(store: Path, tmp_path: Path) -> Iterator[Callable[[Quad, Quad], Path]]:
    root = tmp_path / "store"
    shutil.copytree(store, root, symlinks=True)

    def alter(old: Quad, new: Quad) -> Path:
        opened = Store(str(Releases(root).get(1).store))
        assert old in opened
        opened.remove(old)
        opened.add(new)
        opened.flush()
        return root

    return alter  # type: ignore[return-value]


def test_one_changed_digit_is_found(store: Path, altered: Callable[[Quad, Quad], Path]) -> None:
    taken = check_release(Releases(store).get(1))
    assert all(checksum.holds and checksum.recorded for checksum in taken)
    says = NamedNode("https://w3id.org/innograph/ontology#valueAsStated")
    stated = [Quad(NamedNode(FIGURE), says, Literal(d), NamedNode(GRAPH)) for d in ("262.9", "263.9")]
    root = altered(*stated)
    broken = {checksum.graph for checksum in check_release(Releases(root).get(1)) if not checksum.holds}
    assert broken == {"", GRAPH}
    refused = innograph("check", "--store", root, "--release", "1")
    assert refused.exit_code == 1
    assert f"differs  {GRAPH}" in refused.stdout
    assert "restore" in refused.stdout


def test_a_difference_is_kept_whole_and_the_oldest_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "KEPT", 3)
    for number in range(files.KEPT + 3):
        with Publisher(tmp_path).draft(BASE, clone=bool(number)) as draft:
            quad = Quad(NamedNode(BASE), NamedNode(BASE), Literal(str(number)), NamedNode(BASE))
            draft.store.add(quad)
            draft.publish(kind="test", message="")
    last = files.KEPT + 3
    (tmp_path / "releases" / f"{last:04d}" / files.FOLDER / files.WRITING).mkdir(
        parents=True
    )  # left by a crash
    for before in range(1, last):
        folder = files.keep(tmp_path, before, last)
        assert {path.name for path in folder.iterdir()} == {files.SUMMARY, files.PATCH}
    kept = [path.name for path in folder.parent.iterdir()]
    assert len(kept) == files.KEPT
    assert f"{last - 1:04d}" in kept
    stamp = (folder / files.SUMMARY).stat().st_mtime_ns
    assert (files.keep(tmp_path, last - 1, last) / files.SUMMARY).stat().st_mtime_ns == stamp


def test_a_state_remembers_since_when_which_release_was_current(tmp_path: Path) -> None:
    publisher, releases = Publisher(tmp_path), Releases(tmp_path)
    for number in (1, 2):
        with publisher.draft(BASE, clone=number > 1) as draft:
            draft.publish(kind="test", message="")
    first, second = (datetime.fromisoformat(r.description.created) for r in releases.all())
    now = datetime.now(UTC)
    assert releases.current_at(first - timedelta(days=1)).number == 1
    assert releases.current_at(second).number == 2
    publisher.rollback(1)
    assert [number for _, number in releases.state().history] == [1, 2, 1]
    assert releases.current_at(now + timedelta(days=1)).number == 1
    publisher.prune(keep=0)
    assert releases.current_at(second).number == 1
    assert {number for _, number in releases.state().history} == {1}


def test_a_state_written_before_history_was_kept_goes_by_when_releases_were_made(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path)
    for number in (1, 2):
        with publisher.draft(BASE, clone=number > 1) as draft:
            draft.publish(kind="test", message="")
    state = tmp_path / (tmp_path / "current").readlink()
    told = json.loads(state.read_text())
    del told["history"]
    state.write_text(json.dumps(told))
    releases = Releases(tmp_path)
    assert releases.current_at(datetime.now(UTC)).number == 2
    assert releases.current_at(datetime(2000, 1, 1, tzinfo=UTC)).number == 1
