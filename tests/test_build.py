"""`innograph build`: whole or not at all, the same twice, and clear about what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import BASE, SLUG, within
from pyoxigraph import BlankNode, RdfFormat, parse

from innograph.loader.paths import DATA
from innograph.loader.releases import Releases


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the authored data, to spoil."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.fixture
def published(store: Path, tmp_path: Path) -> Path:
    """A store of one's own with the published graph."""
    return Path(shutil.copytree(store, tmp_path / "own"))


def test_a_release_holds_one_graph_for_each_kind_of_content(store: Path) -> None:
    graphs = Releases(store).current().description.graphs
    names = ["catalog", "derived", "ontology", "reference", SLUG]
    assert sorted(graphs) == sorted(f"{BASE}graph/{name}" for name in names)
    assert all(count > 0 for count in graphs.values())


def test_the_same_input_gives_the_same_graph(store: Path, tmp_path: Path) -> None:
    within("build", "--store", tmp_path / "again")
    first, second = (within("dump", "--store", s, "--canonical").stdout for s in (store, tmp_path / "again"))
    assert first == second
    checksums = {Releases(s).current().description.checksum for s in (store, tmp_path / "again")}
    assert len(checksums) == 1


def test_the_checksum_is_that_of_the_canonical_dump(store: Path) -> None:
    import hashlib

    dumped = within("dump", "--store", store, "--canonical").stdout.encode()
    assert hashlib.sha256(dumped).hexdigest() == Releases(store).current().description.checksum


def test_nothing_that_is_stored_is_a_blank_node(store: Path) -> None:
    dumped = within("dump", "--store", store).stdout
    for quad in parse(dumped.encode(), format=RdfFormat.N_QUADS):
        assert not isinstance(quad.subject, BlankNode)
        assert not isinstance(quad.object, BlankNode)


def test_a_process_whose_parsers_remember_builds_too(tmp_path: Path) -> None:
    program = (
        "import sys; from pyparsing import ParserElement; ParserElement.enable_packrat();"
        "from innograph.loader.cli import main; main(['build', '--store', sys.argv[1]])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "store")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_instances_get_the_base_iri_of_the_deployment(tmp_path: Path) -> None:
    base = "https://data.example.org/facts/"
    within("build", "--store", tmp_path / "store", environment={"INNOGRAPH_BASE_IRI": base})
    city = within("query", "--store", tmp_path / "store", "SELECT ?c { ?c a schema:City }").stdout
    assert city.split() == ["c", f"{base}city/beijing"]
    dumped = within("dump", "--store", tmp_path / "store").stdout
    assert BASE + "city" not in dumped
    assert "https://w3id.org/innograph/ontology#CityObservation" in dumped


def test_a_base_iri_that_is_none_is_refused(tmp_path: Path) -> None:
    refused = within("build", "--store", tmp_path / "store", "--base", "nonsense", check=False)
    assert refused.returncode == 2
    assert "nonsense" in refused.stderr


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_bad_cell_is_told_with_file_line_and_column(data: Path, published: Path) -> None:
    table = data / "sources" / SLUG / "observations.csv"
    spoil(table, "262.9,", "many,")
    refused = within("build", "--store", published, "--data", data, check=False)
    assert refused.returncode == 1
    assert f"{table}:3:4: " in refused.stderr
    assert "to mend: " in refused.stderr
    assert Releases(published).state().published == (1,)


def test_a_syntax_error_is_told_with_file_line_and_column(data: Path, published: Path) -> None:
    file = data / "reference" / "cities.ttl"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines, "<city/x> a schema:City ; ; . x"]), "utf-8")
    refused = within("build", "--store", published, "--data", data, check=False)
    assert refused.returncode == 1
    assert f"{file}:{len(lines) + 1}:" in refused.stderr
    assert Releases(published).state().current == 1


def test_a_blank_node_is_refused_with_its_line(data: Path, tmp_path: Path) -> None:
    file = data / "reference" / "cities.ttl"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines, "<city/x> <http://example.org/p> [ ] ."]), "utf-8")
    refused = within("check", "--data", data, check=False)
    assert refused.returncode == 1
    assert f"{file}:{len(lines) + 1}: " in refused.stderr
    assert "blank node" in refused.stderr


def test_a_violation_is_told_with_focus_node_file_row_and_mend(data: Path, published: Path) -> None:
    table = data / "sources" / SLUG / "observations.csv"
    spoil(table, "48.2,per-10000-people", "48.2,per-nothing")
    refused = within("build", "--store", published, "--data", data, check=False)
    assert refused.returncode == 1
    assert f"{BASE}observation/{SLUG}/beijing/patents-per-10000-people/2014" in refused.stderr
    assert f"{table}:2" in refused.stderr
    assert "rule: " in refused.stderr
    assert Releases(published).state().published == (1,)
    assert [entry.name for entry in (published / "releases").iterdir()] == ["0001"]


def test_every_mistake_in_every_file_is_told_at_once(data: Path) -> None:
    spoil(data / "sources" / SLUG / "observations.csv", "262.9,", "many,")
    (data / "reference" / "cities.ttl").write_text("<city/x> a", "utf-8")
    report = json.loads(within("check", "--json", "--data", data, check=False).stdout)
    assert not report["valid"]
    assert {Path(p["file"]).name for p in report["problems"]} == {"observations.csv", "cities.ttl"}
    assert all(p["line"] and p["what"] and p["mend"] for p in report["problems"])


def test_check_passes_on_the_published_graph() -> None:
    report = json.loads(within("check", "--json").stdout)
    assert report["valid"]
    assert [f for f in report["findings"] if f["severity"] == "Violation"] == []


def test_a_full_disk_leaves_the_earlier_release(published: Path) -> None:
    limit = ["prlimit", "--fsize=20000", "--", sys.executable, "-m", "innograph.loader"]
    refused = subprocess.run(
        [*limit, "build", "--store", str(published)], capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode != 0
    within("prune", "--store", published)
    assert Releases(published).state().published == (1,)
    assert [entry.name for entry in (published / "releases").iterdir()] == ["0001"]
    assert "beijing" in within("query", "--store", published, "SELECT ?c { ?c a schema:City }").stdout


@pytest.mark.parametrize("moment", [0.4, 0.9, 1.2, 1.5, 1.7, 1.8, 1.9, 2.0, 2.2])
def test_a_build_that_is_killed_leaves_a_whole_release(published: Path, moment: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "innograph.loader", "build", "--store", str(published)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(moment)
    with_all_it_started = process.pid
    if process.poll() is None:
        os.killpg(with_all_it_started, signal.SIGKILL)
    process.wait()
    current = Releases(published).current()
    counted = json.loads(within("stats", "--store", published, "--json").stdout)
    assert counted["quads"] == current.description.quads
    [n] = within(
        "query", "--store", published, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    ).stdout.split()[1:]
    assert int(n) == current.description.quads
    within("prune", "--store", published)  # the next writer removes what was left behind
    kept = {f"{number:04d}" for number in Releases(published).state().published}
    assert {entry.name for entry in (published / "releases").iterdir()} == kept
