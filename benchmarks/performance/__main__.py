"""Measure everything and write the page: `make bench`, or `python -m benchmarks.performance --sizes 10000`.

The raw figures go beside the page as JSON. Data is made once and kept in the work folder.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.performance import building, serving, validating, writing
from benchmarks.performance.page import machine, page, plots
from benchmarks.performance.plan import Plan
from benchmarks.performance.results import Result
from benchmarks.performance.stores import Prepared, prepared

Benchmark = Callable[[Plan, Prepared], Iterator[Result]]
BENCHMARKS: dict[str, Benchmark] = {
    "look-ups": serving.look_ups,
    "aggregates": serving.aggregates,
    "long-results": serving.long_results,
    "conditional": serving.conditional,
    "city-page": serving.city_page,
    "updates": writing.small_updates,
    "build": building.building,
    "validation": validating.validation,
    "start": serving.starting,
    "crowd": serving.crowd,
    "memory": serving.memory,
}
LARGEST = {"validation": 100_000}  # Jena keeps the whole graph in memory


def main(arguments: list[str]) -> None:
    """Run the benchmarks that are asked for, at every size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.performance", description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="observations"
    )
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each figure (default: 5)")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of load for each (default: 3)")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), metavar="NAME",
                        help=f"some of: {', '.join(BENCHMARKS)}")  # fmt: skip
    parser.add_argument("--work", type=Path, help="folder that keeps the data between runs")
    parser.add_argument("--output", type=Path, default=Path("docs/performance.md"), help="the page to write")
    parser.add_argument(
        "--without-peers", action="store_true", help="leave rdflib-endpoint, Virtuoso and Jena out"
    )
    parser.add_argument(
        "--largest", nargs="+", default=[], metavar="NAME=SIZE", help="the largest size to measure a work at"
    )
    told = parser.parse_args(arguments)
    largest = LARGEST | {name: int(size) for name, _, size in (text.partition("=") for text in told.largest)}
    with tempfile.TemporaryDirectory(prefix="innograph-benchmarks-") as temporary:
        plan = Plan(
            tuple(told.sizes), told.rounds, told.seconds, told.work or Path(temporary), not told.without_peers
        )
        found: list[Result] = []
        for result in _measure(plan, told.only, largest):
            found.append(result)
            _write(found, told.output)  # so that a run that is broken off leaves what it found


def _write(found: list[Result], output: Path) -> None:
    """Write the page, the plots and the raw figures."""
    figures = {"machine": machine(), "results": [result.to_json() for result in found]}
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    output.with_suffix(".json").write_text(text + "\n", "utf-8")
    output.write_text(page(found, figures["machine"], plots(found, output.parent)), "utf-8")


def _measure(plan: Plan, names: list[str], largest: dict[str, int]) -> Iterator[Result]:
    for size in plan.sizes:
        data = prepared(size, plan.work)
        for name in names:
            if size > largest.get(name, size):
                continue
            print(f"{name}, {size:,} observations", file=sys.stderr, flush=True)
            for result in BENCHMARKS[name](replace(plan, sizes=(size,)), data):
                print(f"  {result.work}: {result.median:.4g} {result.unit}", file=sys.stderr, flush=True)
                yield result


if __name__ == "__main__":
    main(sys.argv[1:])
