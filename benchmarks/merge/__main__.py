"""A whole merge beside the engine's bare load of what it gives: `python benchmarks/merge 10000 100000 1000000`.

For each number of observations: write a CSV table (cities by name and country, 25 indicators, 24 years),
build a store, merge the table by the command line, then load the same statements into an empty store with
Oxigraph's bulk loader and compact it. Both happen in processes of their own, one after the other, and into
named graphs. Prints JSON: wall and processor seconds, peak memory, their ratios, and with how many powers
of its size a merge grows.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
from pyoxigraph import NamedNode, RdfFormat, Store
from tables import MAPPING, write

from innograph.loader.releases import Release, Releases
from innograph.ontology.namespaces import DEFAULT_BASE, Names

NAMES = Names(DEFAULT_BASE)
SOURCE = "benchmark"
LIMIT = 3.0
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
    """What a process and its children took: seconds, and bytes of all of them together at their most."""

    wall: float
    processor: float
    memory: int

    def told(self) -> dict[str, float]:
        """As JSON."""
        return {
            "wall_s": round(self.wall, 2),
            "processor_s": round(self.processor, 2),
            "peak_mib": round(self.memory / 2**20),
        }


def main(sizes: Sequence[int]) -> None:
    """Measure each size and print all."""
    measured = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="innograph-merge-") as folder:
            measured.append(measure(size, Path(folder)))
        print(json.dumps(measured[-1]), file=sys.stderr, flush=True)
    print(
        json.dumps(
            {
                "machine": {
                    "processors": os.cpu_count(),
                    "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
                    "load_average": os.getloadavg(),
                },
                "limit": LIMIT,
                "sizes": measured,
                "growth": [growth(a, b) for a, b in pairwise(measured)],
            },
            indent=1,
        )
    )


def measure(size: int, folder: Path) -> dict[str, Any]:
    """One size: the merge, and the bare load of the same statements."""
    table, mapping, root = folder / "figures.csv", folder / "mapping.toml", folder / "store"
    write(table, size)
    mapping.write_text(MAPPING, "utf-8")
    command = [sys.executable, "-m", "innograph.loader"]
    subprocess.run([*command, "build", "--store", str(root)], check=True, stdout=subprocess.DEVNULL)
    before = Releases(root).current()
    merged, told = ran(
        [
            *command,
            "merge",
            "--store",
            str(root),
            "--source",
            SOURCE,
            "--mapping",
            str(mapping),
            "--json",
            str(table),
        ]
    )
    report = json.loads(told)
    release = Releases(root).current()
    files = dump(release, before, folder)
    triples = sum(release.description.graphs[graph] for graph in files)
    arguments = [part for graph, path in files.items() for part in (graph, str(path))]
    bare, _ = ran([sys.executable, "-c", _BARE, str(folder / "bare"), *arguments])
    return {
        "observations": size,
        "accepted": report["rows"]["accepted"],
        "refused": report["rows"]["refused"],
        "triples": triples,
        "n_triples_mib": round(sum(path.stat().st_size for path in files.values()) / 2**20, 1),
        "merge": merged.told(),
        "bare_load": bare.told(),
        "ratio_wall": round(merged.wall / bare.wall, 2),
        "ratio_processor": round(merged.processor / bare.processor, 2),
    }


def dump(release: Release, before: Release, folder: Path) -> dict[str, Path]:
    """What the merge added, as N-Triples by named graph: what it states, and what is derived from that."""
    store, files = Store.read_only(str(release.store)), {}
    for graph in (NAMES.graph(SOURCE), NAMES.graph("derived")):
        path = files[graph.value] = folder / f"{len(files)}.nt"
        with path.open("wb") as file:
            store.dump(file, RdfFormat.N_TRIPLES, from_graph=NamedNode(graph.value))
    return files


def ran(command: Sequence[str]) -> tuple[Cost, str]:
    """Run a command; what it cost, and what it printed."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output)
        most = [0]
        watcher = threading.Thread(target=_watch, args=(process.pid, most), daemon=True)
        watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        watcher.join()
        output.seek(0)
        text = output.read().decode()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, text)
    return Cost(wall, used.ru_utime + used.ru_stime, most[0]), text


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


def growth(small: dict[str, Any], large: dict[str, Any]) -> dict[str, float]:
    """The exponents by which time grows with the number of observations: 1 is linear."""
    step = math.log(large["observations"] / small["observations"])

    def exponent(kind: str, cost: str) -> float:
        return round(math.log(large[kind][cost] / small[kind][cost]) / step, 2)

    return {
        "from": small["observations"],
        "to": large["observations"],
        "merge_processor": exponent("merge", "processor_s"),
        "merge_wall": exponent("merge", "wall_s"),
        "bare_load_processor": exponent("bare_load", "processor_s"),
    }


if __name__ == "__main__":
    if len(sys.argv) < 2 or not all(size.isdecimal() for size in sys.argv[1:]):
        sys.exit("usage: python benchmarks/merge OBSERVATIONS…")
    main([int(size) for size in sys.argv[1:]])
