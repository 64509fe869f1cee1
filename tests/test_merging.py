"""A merge is exact, repeatable and reversible, keeps bad rows out, and leaves nothing when it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from merging import (
    BASE,
    BEIJING,
    CONTRACTS,
    NAMES,
    YUAN,
    Made,
    assert_whole,
    city,
    copied,
    figure,
    figures,
    graph_of,
    opened,
)
from pyoxigraph import Literal, NamedNode, Quad, Triple

from innograph.loader import building
from innograph.loader.canonical import canonical_sha256
from innograph.loader.changing import write
from innograph.loader.errors import InvalidError
from innograph.loader.merging import loading
from innograph.loader.merging.batches import Setting, Workshop, unpacked
from innograph.loader.merging.batches.observing import Observing
from innograph.loader.merging.batches.spilling import decode, encode, series_of, unique
from innograph.loader.merging.batches.workers import done
from innograph.loader.merging.describing import source
from innograph.loader.merging.keeping import NoLongerFitsError, NotKeptError
from innograph.loader.merging.merge import NotMergedError, Options, RefusedRowsError, merge, unmerge
from innograph.loader.merging.records import Aligned, Refused
from innograph.loader.paths import DATA
from innograph.loader.publishing import Publisher
from innograph.loader.requests import Mode, Update
from innograph.loader.validation import violates
from innograph.loader.validation.judging import judge
from innograph.ontology.namespaces import INNO, RDF, RDFS, SCHEMA, SH

SMALL = [*figures(3), figure(BEIJING, 2022, "1", 90, indicator=CONTRACTS, unit=YUAN, multiplier=9)]
# Where the tests run in the background of a shell, Ctrl-C is ignored by whatever they start.
LISTING = ("import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
           "sys.path.insert(0, {tests!r}); from merging import *; from innograph.loader.merging.merge "
           "import merge; merge(Publisher(Path({root!r})), 'made-up', Made(figures(400)))")  # fmt: skip


def entries(publisher: Publisher) -> list[str]:
    return sorted(path.name for path in (publisher.root / "releases").iterdir())


def test_a_merge_is_what_doing_everything_from_scratch_gives(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    before = publisher.releases.current()
    first = merge(publisher, "made-up", Made(list(SMALL)))
    assert first.release is not None
    assert first.counted.accepted == len(SMALL)
    assert_whole(first.release)
    release = opened(first.release)
    assert not violates(judge(release))
    [evidence] = release.quads_for_pattern(
        NamedNode(f"{BASE}observation/made-up/beijing/technology-contract-value/2022"), INNO.evidence, None
    )
    assert evidence.object == NamedNode(f"{BASE}source/made-up/cities.csv#row=90")

    again = merge(publisher, "made-up", Made(SMALL[::-1]))
    assert not again.changed
    assert again.release is not None
    assert again.release.number == first.release.number

    other = merge(publisher, "made-up", Made(figures(2, seed=7)))
    assert other.release is not None
    assert_whole(other.release)
    back = merge(publisher, "made-up", Made(list(SMALL)))
    assert back.release is not None
    assert back.release.description.checksum == first.release.description.checksum

    gone = unmerge(publisher, "made-up")
    assert gone.description.checksum == before.description.checksum
    assert gone.description.graphs == before.description.graphs
    with pytest.raises(NotMergedError):
        unmerge(publisher, "made-up")


def test_a_merge_is_compared_with_what_others_state(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    values = [("2014", "31371853.967"), ("2023", "85369394")]
    records = [
        figure(BEIJING, year, digits, row, indicator=CONTRACTS, unit=YUAN, multiplier=4)
        for row, (year, digits) in enumerate(values, 2)
    ]
    merged = merge(publisher, "made-up", Made(list(records)))
    assert merged.verdicts == {"agrees": 1, "differs": 1}
    assert merged.release is not None
    assert_whole(merged.release)
    [difference] = [
        quad.object.value  # type: ignore[union-attr]
        for quad in opened(merged.release).quads_for_pattern(None, INNO.relativeDifference, None)
        if quad.subject.value.endswith("/2014")  # type: ignore[union-attr]
    ]
    assert abs(float(difference)) == pytest.approx(0.0004, abs=0.00003)
    assert (
        unmerge(publisher, "made-up").description.checksum == publisher.releases.get(1).description.checksum
    )


def test_large_content_is_replaced_by_loading_the_rest(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = copied(store, tmp_path)
    merge(publisher, "made-up", Made(list(figures(20))))
    monkeypatch.setattr(loading, "SMALL", 100)
    again = merge(publisher, "made-up", Made(list(SMALL)))
    assert again.release is not None
    monkeypatch.undo()
    fresh = merge(copied(store, tmp_path / "fresh"), "made-up", Made(list(SMALL)))
    assert fresh.release is not None
    assert canonical_sha256(opened(again.release)) == fresh.release.description.checksum


def test_rows_that_break_a_rule_are_refused_and_the_rest_goes_on(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    bad = [
        figure(city(0), 2011, "-4", 100),
        figure(city(0), 2999, "4", 101),
        figure(city(0), "20133", "4", 102),
        figure(city(0), 2014, "4", 103, unit=YUAN),
        Refused("cities.csv", 104, "12,3,4 is no number", "write 1234", column="value"),
    ]
    told: list[Refused] = []
    merged = merge(publisher, "made-up", Made([*SMALL, *bad]), rejected=told.extend)
    assert merged.release is not None
    assert [row.row for row in told] == [100, 101, 102, 103, 104]
    assert all(row.reason and row.mend for row in told)
    assert merged.counted.accepted == len(SMALL)
    assert_whole(merged.release)
    graph = graph_of(merged.release)
    results = {q.subject for q in graph if q.predicate == RDF.type and q.object == SH.ValidationResult}
    rows = {
        q.object.value.rpartition("#")[2]
        for q in graph
        if q.subject in results and q.predicate == SH.focusNode
    }  # type: ignore[union-attr]
    assert rows == {f"row={number}" for number in range(100, 105)}
    with pytest.raises(RefusedRowsError):
        merge(publisher, "made-up", Made([*SMALL, *bad]), Options(strict=True))
    assert publisher.releases.current().number == merged.release.number


def test_a_dry_run_tells_all_and_publishes_nothing(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    merged = merge(publisher, "made-up", Made(list(SMALL)), Options(dry_run=True))
    assert merged.release is None
    assert merged.changed
    assert merged.counted.accepted == len(SMALL)
    assert entries(publisher) == ["0001"]


def test_what_a_source_itself_breaks_is_refused_whole(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    twice = [
        Triple(NamedNode(city(0)), RDFS.label, Literal("one", language="en")),
        Triple(NamedNode(city(0)), RDFS.label, Literal("another", language="en")),
    ]
    with pytest.raises(InvalidError):
        merge(publisher, "made-up", Made(list(SMALL), extra=twice))
    assert entries(publisher) == ["0001"]


@pytest.mark.parametrize(
    "name", ["beijing-innovation-2014-2023", "reference", "geonames", "all", "Made Up", ""]
)
def test_only_what_was_merged_is_replaced(store: Path, tmp_path: Path, name: str) -> None:
    publisher = copied(store, tmp_path)
    with pytest.raises(NotMergedError):
        merge(publisher, name, Made(list(SMALL)))


def test_a_build_keeps_what_was_merged(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    merged = merge(publisher, "made-up", Made(list(SMALL)))
    assert merged.release is not None
    built, _ = building.build(publisher.root, building.Inputs())
    assert built.description.checksum == merged.release.description.checksum
    assert built.description.graphs == merged.release.description.graphs
    with pytest.raises(NotKeptError):
        building.build(publisher.root, building.Inputs(base="https://example.org/"))
    # An indicator that other units are asked of now: nothing is published, nothing is lost.
    data = tmp_path / "data"
    data.symlink_to(DATA)
    changed = tmp_path / "changed"
    changed.mkdir()
    for entry in DATA.iterdir():
        if entry.name != "reference":
            (changed / entry.name).symlink_to(entry)
    (changed / "reference").mkdir()
    for entry in (DATA / "reference").iterdir():
        text = entry.read_text("utf-8")
        if entry.name == "indicators.ttl":
            text += f"\n<{BASE}indicator/national-high-tech-enterprises> <{SCHEMA.maxValue.value}> 40000 .\n"
            text += f"<{BASE}indicator/technology-contract-value> <{SCHEMA.minValue.value}> 2000000000 .\n"
        (changed / "reference" / entry.name).write_text(text, "utf-8")
    with pytest.raises(NoLongerFitsError, match="made-up"):
        building.build(publisher.root, building.Inputs(data=changed))
    assert publisher.releases.current().number == built.number


def test_what_others_need_is_not_taken_out(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    merge(publisher, "made-up", Made(list(SMALL)))
    other = merge(publisher, "other", Made([figure(city(0), 2001, "5", 2)], describes=False, slug="other"))
    assert other.release is not None
    with pytest.raises(InvalidError):
        unmerge(publisher, "made-up")
    with pytest.raises(InvalidError):
        merge(publisher, "made-up", Made([figure(BEIJING, 2001, "5", 2)]))
    assert entries(publisher) == ["0001", "0002", "0003"]
    unmerge(publisher, "other")
    gone = unmerge(publisher, "made-up")
    assert gone.description.checksum == publisher.releases.get(1).description.checksum


def test_small_writes_go_on_beside_a_merged_source(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    merge(publisher, "made-up", Made(list(SMALL)))
    fact = f"{BASE}observation/made-up/made-up-1/national-high-tech-enterprises/2004"
    text = f"DELETE WHERE {{ GRAPH <{BASE}graph/made-up> {{ <{fact}> ?p ?o }} }}"
    [outcome] = write(publisher, [Update(text)], Mode(BASE))
    assert outcome.error is None
    assert outcome.release is not None
    assert_whole(outcome.release)


def test_processes_do_the_same_as_one(store: Path, tmp_path: Path) -> None:
    brought = tmp_path / "brought.nq"
    material = Made(list(figures(2)))
    around = [*source(material.described(), NAMES), *material.minted()]
    brought.write_text("".join(f"{Quad(*triple, NAMES.graph('made-up'))} .\n" for triple in around))
    setting = Setting("made-up", BASE, store / "releases/0001/store", brought, DATA / "derivations")
    observing = Observing("made-up", NAMES)
    batches = [[encode(one, observing)] for one in figures(2, range(2000, 2003))]
    alone = [Workshop(setting).do(batch) for batch in batches]
    assert [one.stated for one in done(setting, batches, 2)] == [one.stated for one in alone]
    assert b"observation/made-up" in unpacked(alone[0].stated)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_merge_leaves_nothing(store: Path, tmp_path: Path, number: int) -> None:
    publisher = copied(store, tmp_path)
    program = LISTING.format(tests=str(Path(__file__).parent), root=str(publisher.root))
    process = subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.DEVNULL, start_new_session=True, env=os.environ
    )
    deadline = time.monotonic() + 60
    while len(psutil.Process(process.pid).children(recursive=True)) < 2:
        assert process.poll() is None, "it was over too soon"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    workers = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, number)
    process.wait(timeout=30)
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive
    with publisher.lock(wait=30):
        assert entries(publisher) == ["0001"]


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(2000, 2003), st.sampled_from(["1", "1.0", "2"])))
)
@settings(max_examples=60, deadline=None)
def test_each_key_is_kept_at_most_once(rows: list[tuple[str, int, str]]) -> None:
    observing = Observing("made-up", NAMES)
    records = [
        figure(f"{BASE}city/{name}", year, digits, row) for row, (name, year, digits) in enumerate(rows, 2)
    ]
    refused: list[Refused] = []
    repeated: list[Refused] = []
    lines = sorted(encode(record, observing) for record in records)
    kept = [decode(line) for s in series_of(lines) for line in unique(s, refused.append, repeated.append)]
    later = [
        decode(x) for s in series_of(lines) for x in unique(s, lambda _: None, lambda _: None, later=True)
    ]
    assert sorted(row.row for row in (*kept, *refused, *repeated)) == list(range(2, len(rows) + 2))

    def key(record: Aligned) -> tuple[str, str]:
        return record.place, record.period

    keys = [key(record) for record in kept]
    assert len(keys) == len(set(keys))
    for record in records:
        same = [other for other in records if key(other) == key(record)]
        agree = len({float(other.digits) for other in same}) == 1
        assert (key(record) in keys) == agree
        assert [x for x in later if key(x) == key(record)] == [same[0] if agree else same[-1]]
