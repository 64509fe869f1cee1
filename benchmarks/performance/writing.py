"""Writing over HTTP: one small update validated and published, many at once, and what readers notice."""

from __future__ import annotations

import http.client
import itertools
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks import generate
from benchmarks.performance.plan import Plan
from benchmarks.performance.results import Result
from benchmarks.performance.servers import TOKEN, Server, ours
from benchmarks.performance.serving import PREFIXES
from benchmarks.performance.stores import Prepared

WRITERS = 16
_turn = itertools.count(1)


def small_updates(plan: Plan, data: Prepared) -> Iterator[Result]:
    """One figure corrected at a time; then by sixteen writers at once, with readers beside them."""
    root = data.root.with_name(f"{data.root.name}-written")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(data.root, root, symlinks=True)
    try:
        with ours(Prepared(data.size, root, data.quads)) as server:
            for _ in range(3):
                _correct(server)
            seconds = [_correct(server) for _ in range(plan.rounds * 20)]
            yield Result(
                "one small update, validated and published", data.size, "s", seconds, target="≤ 0.15"
            )
            worst = statistics.quantiles(seconds, n=100)[98]
            yield Result("the same, 99th percentile", data.size, "s", [worst], target="≤ 0.5")
            alone = _reading(server, plan.seconds)
            with ThreadPoolExecutor(WRITERS + 1) as pool:
                ends = time.monotonic() + plan.seconds * 2
                reading = pool.submit(_reading, server, plan.seconds * 2)
                counts = list(pool.map(lambda _: _write_until(server, ends), range(WRITERS)))
                beside = reading.result()
            yield Result(
                "acknowledged updates of sixteen writers", data.size, "1/s",
                [sum(counts) / (plan.seconds * 2)], target="≥ 50",
            )  # fmt: skip
            yield Result(
                "p99 of readers beside sixteen writers",
                data.size,
                "s",
                [beside],
                {"alone": [alone]},
                "alone",
                "≤ 1.5",
            )
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _correct(server: Server) -> float:
    """Correct one figure; the seconds until that was acknowledged."""
    turn = next(_turn)
    year = 2000 + turn % len(generate.YEARS)
    observation = generate.NAMES.observation("table-0", "synthetic-0", f"synthetic-{turn % 20}", str(year))
    value = f"{turn}.5"
    text = (
        f"{PREFIXES}WITH {generate.NAMES.graph('table-0')} DELETE {{ {observation} measure:obsValue ?v ;"
        f" inno:valueAsStated ?s }} INSERT {{ {observation} measure:obsValue {value} ;"
        f' inno:valueAsStated "{value}" }} WHERE {{ {observation} measure:obsValue ?v ; inno:valueAsStated ?s }}'
    )
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    begun = time.perf_counter()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/sparql-update"}
    connection.request("POST", "/update", text, headers)
    response = connection.getresponse()
    body = response.read()
    seconds = time.perf_counter() - begun
    connection.close()
    if response.status != 204:
        raise RuntimeError(f"an update was answered with {response.status}: {body[:500]!r}")
    return seconds


def _write_until(server: Server, ends: float) -> int:
    done = 0
    while time.monotonic() < ends:
        _correct(server)
        done += 1
    return done


def _reading(server: Server, seconds: float) -> float:
    """The 99th percentile of small questions, four readers, one every 10 ms each."""
    waits: list[float] = []
    ends = time.monotonic() + seconds

    def read(reader: int) -> None:
        for number in itertools.count():
            if time.monotonic() > ends:
                return
            observation = generate.NAMES.observation(
                "table-0", "synthetic-0", "synthetic-21", str(2000 + number % 24)
            )
            begun = time.perf_counter()
            server.ask(
                f"{PREFIXES}SELECT ?v{reader}_{number} {{ {observation} measure:obsValue ?v{reader}_{number} }}"
            )
            waits.append(time.perf_counter() - begun)
            time.sleep(0.01)

    threads = [threading.Thread(target=read, args=(reader,)) for reader in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statistics.quantiles(waits, n=100)[98]
