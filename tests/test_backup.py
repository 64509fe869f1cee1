"""Backups: whole while others write, checked when they are restored, published like any other write."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import threading
from pathlib import Path

import pytest
from harness import BASE, SLUG, serving, within
from pyoxigraph import Store

from innograph.loader.publishing import Publisher
from innograph.loader.releases import Releases


def content(root: Path, number: int | None = None) -> set[str]:
    releases = Releases(root)
    release = releases.current() if number is None else releases.get(number)
    return {str(quad) for quad in Store.read_only(str(release.store))}


def add(root: Path, name: str) -> None:
    """Publish a release with one quad more."""
    with Publisher(root).draft(BASE, clone=True) as draft:
        draft.store.update(
            f"INSERT DATA {{ GRAPH <{BASE}graph/reference> {{ <{BASE}x/{name}> <{BASE}p> 1 }} }}"
        )
        draft.publish(kind="test", message=name)


@pytest.fixture
def own(store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(store, tmp_path / "own", symlinks=True))


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_what_is_restored_is_what_was_backed_up(own: Path, tmp_path: Path, name: str) -> None:
    add(own, "second")
    within("backup", "--store", own, tmp_path / name)
    done = within("restore", "--store", tmp_path / "new", tmp_path / name)
    assert "release 1: " in done.stdout
    assert content(tmp_path / "new") == content(own)
    was, is_now = Releases(own).current().description, Releases(tmp_path / "new").current().description
    assert (is_now.quads, is_now.graphs, is_now.base) == (was.quads, was.graphs, was.base)
    assert is_now.identity != was.identity
    with serving(tmp_path / "new") as site:
        assert site.get("/health/ready").json()["quads"] == was.quads
        assert site.get("/city/beijing.ttl").status == 200


def test_into_a_store_in_use_it_is_a_new_release(own: Path, tmp_path: Path) -> None:
    within("backup", "--store", own, tmp_path / "b.tar")
    before = content(own)
    add(own, "mistake")
    with serving(own) as site:
        within("restore", "--store", own, tmp_path / "b.tar")
        assert site.get("/health/ready").json()["release"] == 3
    assert content(own) == before
    within("rollback", "--store", own, 2)
    assert content(own) != before


@pytest.mark.parametrize("name", ["all", "all.tar"])
def test_releases_can_be_chosen_and_share_their_files(own: Path, tmp_path: Path, name: str) -> None:
    for number in range(2, 7):
        add(own, str(number))
    target = tmp_path / name
    within("backup", "--store", own, "--all", target)
    within("backup", "--store", own, tmp_path / "one.tar")
    if target.is_dir():
        files = {(s.st_ino): s.st_size for s in (p.stat() for p in target.rglob("*"))}
        size = sum(files.values())
    else:
        size = target.stat().st_size
    assert size < 3 * (tmp_path / "one.tar").stat().st_size
    manifest = json.loads(
        within("backup", "--store", own, "--json", "--release", 2, "--release", 4, tmp_path / "x").stdout
    )
    assert manifest["releases"] == [2, 4]
    within("restore", "--store", tmp_path / "fourth", "--release", 4, target)
    assert content(tmp_path / "fourth") == content(own, 4)
    within("restore", "--store", tmp_path / "every", "--all", target)
    assert [content(tmp_path / "every", n) for n in range(1, 7)] == [content(own, n) for n in range(1, 7)]
    missing = within("restore", "--store", tmp_path / "every", "--release", 9, target, check=False)
    assert missing.returncode == 1
    assert "it holds: 1, 2, 3, 4, 5, 6" in missing.stderr


def test_backups_are_whole_while_others_write_and_prune(own: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            add(own, f"w{number}")
            Publisher(own).prune(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for turn in range(3):
            done = within("backup", "--store", own, "--json", tmp_path / f"{turn}.tar")
            number = json.loads(done.stdout)["current"]
            within("restore", "--store", tmp_path / f"s{turn}", tmp_path / f"{turn}.tar")
            restored = content(tmp_path / f"s{turn}")
            # Release n + 1 holds what the writer added n times, no more and no less.
            assert sum(f"<{BASE}x/w" in quad for quad in restored) == number - 1
    finally:
        stop.set()
        writer.join()
    assert not list(own.glob("staging-*"))


def damaged(path: Path, member: str, tmp_path: Path) -> Path:
    """A copy of a tar backup with one byte of a file changed, and the tar itself well-formed."""
    folder = tmp_path / "opened"
    with tarfile.open(path) as tar:
        tar.extractall(folder)
    [file] = [p for p in folder.glob(member) if p.is_file()][:1]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.unlink()
    file.write_bytes(data)
    return folder


@pytest.mark.parametrize(
    "member", ["releases/*/store/*.sst", "releases/*/store/CURRENT", "releases/*/release.json"]
)
def test_a_changed_file_is_refused_and_nothing_is_published(own: Path, tmp_path: Path, member: str) -> None:
    within("backup", "--store", own, tmp_path / "b.tar")
    source = damaged(tmp_path / "b.tar", member, tmp_path)
    done = within("restore", "--store", tmp_path / "new", source, check=False)
    assert done.returncode == 1
    assert "SHA-256 differs" in done.stderr
    assert Releases(tmp_path / "new").state().current is None
    assert not [p for p in (tmp_path / "new").rglob("*") if p.is_file()]


def test_what_is_no_backup_is_refused_with_words(own: Path, tmp_path: Path) -> None:
    within("backup", "--store", own, tmp_path / "b.tar")
    half = tmp_path / "half.tar"
    half.write_bytes((tmp_path / "b.tar").read_bytes()[:20_000])
    (tmp_path / "text.tar").write_text("no tar file at all")
    (tmp_path / "empty").mkdir()
    for source, words in [
        (half, "no (whole) backup"),
        (tmp_path / "text.tar", "no (whole) tar file"),
        (tmp_path / "empty", "lacks backup.json"),
        (tmp_path / "nowhere", "there is no backup"),
    ]:
        done = within("restore", "--store", tmp_path / "new", source, check=False)
        assert (done.returncode, words in done.stderr) == (1, True), done.stderr
        assert "Traceback" not in done.stderr
    again = within("backup", "--store", own, tmp_path / "b.tar", check=False)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    nothing = within("backup", "--store", tmp_path / "none", tmp_path / "c.tar", check=False)
    assert nothing.returncode == 1
    assert not list(tmp_path.glob("c.tar*"))


def test_a_backup_never_writes_outside_the_store(own: Path, tmp_path: Path) -> None:
    within("backup", "--store", own, tmp_path / "b")
    manifest = json.loads((tmp_path / "b" / "backup.json").read_text())
    manifest["files"]["releases/0001/../../../escaped"] = "0" * 64
    (tmp_path / "b" / "backup.json").write_text(json.dumps(manifest))
    (tmp_path / "escaped").write_text("x")
    done = within("restore", "--store", tmp_path / "new", tmp_path / "b", check=False)
    assert done.returncode == 1
    assert "outside itself" in done.stderr


def test_another_base_iri_is_refused(own: Path, tmp_path: Path) -> None:
    within("backup", "--store", own, tmp_path / "b.tar")
    other = tmp_path / "other"
    within("build", "--store", other, "--base", "https://graph.example/")
    done = within("restore", "--store", other, tmp_path / "b.tar", check=False)
    assert done.returncode == 1
    assert "https://graph.example/" in done.stderr
    assert Releases(other).current().number == 1


def test_what_a_killed_backup_left_is_removed_by_the_next(own: Path, tmp_path: Path) -> None:
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    left = own / f"staging-{gone}-x"
    left.mkdir()
    kept = own / f"staging-{os.getpid()}-x"
    kept.mkdir()
    within("backup", "--store", own, tmp_path / "b.tar")
    assert not left.exists()
    assert kept.exists()
    assert SLUG in str(Releases(own).current().description.graphs)
