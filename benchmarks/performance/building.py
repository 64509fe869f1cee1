"""Building at size, validation included, beside the engine's bare load of the same statements.

Twice: a table that is merged, and one that is authored. Each command fills a fresh store; then its statements
are loaded into an empty one with Oxigraph's bulk loader and compacted, in named graphs, by a process of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from pyoxigraph import NamedNode, RdfFormat, Store

from benchmarks.performance import tables
from benchmarks.performance.plan import Plan
from benchmarks.performance.results import Result
from benchmarks.performance.stores import Prepared
from innograph.loader.large_tables import LARGE
from innograph.loader.releases import Releases
from innograph.ontology.namespaces import DEFAULT_BASE, Names

NAMES = Names(DEFAULT_BASE)
SOURCE = "benchmark"
BARE = "bulk load"
LARGEST_AUTHORED = 100_000
_COMMAND = [sys.executable, "-m", "innograph.loader"]
_BARE = """
import sys
from pyoxigraph import NamedNode, RdfFormat, Store
store = Store(sys.argv[1])
for graph, path in zip(sys.argv[2::2], sys.argv[3::2]):
    store.bulk_load(path=path, format=RdfFormat.N_TRIPLES, to_graph=NamedNode(graph))
store.optimize()
store.flush()
"""


@dataclass(frozen=True)
class Cost:
    """What a process and its children took: seconds, and MiB of all of them together at their most."""

    wall: float
    processor: float
    memory: float


def building(plan: Plan, data: Prepared) -> Iterator[Result]:
    """A merge, and where the table is too large for the judge a build, in turns with the bare load."""
    with tempfile.TemporaryDirectory(prefix="building-", dir=plan.work) as folder:
        yield from _merging(plan, data.size, Path(folder))
    if LARGE < data.size <= LARGEST_AUTHORED:
        with tempfile.TemporaryDirectory(prefix="building-", dir=plan.work) as folder:
            yield from _authored(plan, data.size, Path(folder))


def _merging(plan: Plan, size: int, folder: Path) -> Iterator[Result]:
    table, mapping, empty = folder / "figures.csv", folder / "mapping.toml", folder / "empty"
    tables.write(table, size)
    mapping.write_text(tables.MAPPING, "utf-8")
    subprocess.run([*_COMMAND, "build", "--store", str(empty)], check=True, stdout=subprocess.DEVNULL)

    def merge(store: Path) -> Cost:
        shutil.copytree(empty, store, symlinks=True)
        given = ["--source", SOURCE, "--mapping", str(mapping), str(table)]
        return ran([*_COMMAND, "merge", "--store", str(store), *given])

    yield from _beside("a table merged", merge, plan, size, folder)


def _authored(plan: Plan, size: int, folder: Path) -> Iterator[Result]:
    data = folder / "data"
    tables.author(data, size, SOURCE)

    def build(store: Path) -> Cost:
        return ran([*_COMMAND, "build", "--store", str(store), "--data", str(data)])

    yield from _beside("an authored table built", build, plan, size, folder)


def _beside(
    work: str, command: Callable[[Path], Cost], plan: Plan, size: int, folder: Path
) -> Iterator[Result]:
    ours: list[Cost] = []
    bare: list[Cost] = []
    store = folder / "store"
    rounds = 1 if size >= 1_000_000 else min(plan.rounds, 3) if size >= 100_000 else plan.rounds
    for _ in range(rounds):
        shutil.rmtree(store, ignore_errors=True)
        ours.append(command(store))
        files = _dumped(store, folder)
        shutil.rmtree(folder / "bare", ignore_errors=True)
        bare.append(ran([sys.executable, "-c", _BARE, str(folder / "bare"), *files]))
    quads = Releases(store).current().description.quads
    for what, unit, target, figure in (
        (f"{work}, validated and published", "s", "≤ 3", lambda cost: cost.wall),
        (f"{work}: processor time", "s", "", lambda cost: cost.processor),
        (f"{work}: peak memory", "MiB", "", lambda cost: cost.memory),
    ):
        note = f"{quads:,} quads in the release"
        theirs = {BARE: [figure(cost) for cost in bare]}
        yield Result(what, size, unit, [figure(cost) for cost in ours], theirs, BARE, target, note)


def _dumped(root: Path, folder: Path) -> list[str]:
    """What the source states and what is derived, as N-Triples files: graph and path of each."""
    store = Store.read_only(str(Releases(root).current().store))
    told = []
    for number, graph in enumerate((NAMES.graph(SOURCE), NAMES.graph("derived"))):
        path = folder / f"{number}.nt"
        with path.open("wb") as file:
            store.dump(file, RdfFormat.N_TRIPLES, from_graph=NamedNode(graph.value))
        told += [graph.value, str(path)]
    return told


def ran(command: Sequence[str]) -> Cost:
    """Run a command; what it cost."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = [0]
    watcher = threading.Thread(target=_watch, args=(process.pid, most), daemon=True)
    watcher.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(wall, used.ru_utime + used.ru_stime, most[0] / 2**20)


def _watch(number: int, most: list[int]) -> None:
    """Memory of a process and all below it, ten times a second: what is private, and what is shared once."""
    try:
        while True:
            process = psutil.Process(number)
            if process.status() == psutil.STATUS_ZOMBIE:
                return
            family = [process, *process.children(recursive=True)]
            most[0] = max(most[0], sum(_memory(one) for one in family))
            time.sleep(0.1)
    except psutil.Error:
        return


def _memory(process: psutil.Process) -> int:
    try:
        told = process.memory_info()
        return int(told.rss - told.shared) if hasattr(told, "shared") else int(told.rss)
    except psutil.Error:
        return 0
