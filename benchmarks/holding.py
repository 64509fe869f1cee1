"""What one machine holds: `python benchmarks/holding.py 10000 100000 1000000` (docs/scaling.md has a table).

For each number of observations: generate, bulk-load into a release, publish, open, look up; then serve the
release and look up over HTTP. Everything is deleted afterwards. Prints a Markdown row for each.
"""

from __future__ import annotations

import http.client
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import generate
from pyoxigraph import RdfFormat, Store

from innograph.loader.publishing import Publisher
from innograph.ontology.namespaces import DEFAULT_BASE

PORT = int(os.environ.get("INNOGRAPH_BENCHMARK_PORT", "8249"))
LOOKUPS = 300
PREFIXES = """PREFIX inno: <https://w3id.org/innograph/ontology#>
PREFIX dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX measure: <http://purl.org/linked-data/sdmx/2009/measure#>
"""
HEAD = (
    "| observations | quads | N-Quads | load, wall (CPU) | publish, compacted | on disk | open | peak memory"
    " | one figure | one series | one city | mean by city | one figure, HTTP |"
)


def main(sizes: list[int]) -> None:
    """Measure each size and print the table."""
    print(HEAD)
    print("|--:" * (HEAD.count("|") - 1) + "|")
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="innograph-holding-") as folder:
            print("| " + " | ".join(measure(size, Path(folder))) + " |", flush=True)


def measure(size: int, folder: Path) -> list[str]:
    """The cells of a row."""
    file = folder / "observations.nq"
    with file.open("wb") as output:
        generate.write(size, output)
    written = file.stat().st_size
    publisher = Publisher(folder / "store")
    with publisher.draft(DEFAULT_BASE, clone=False) as draft:
        started = Moment()
        draft.store.bulk_load(path=str(file), format=RdfFormat.N_QUADS)
        loaded = started.told()
        file.unlink()
        started = Moment()
        release = draft.publish(kind="benchmark", message=f"{size} observations", compact=True)
        published = started.told()
    opened = statistics.median(timed(lambda: Store.read_only(str(release.store))) for _ in range(5))
    store = Store.read_only(str(release.store))
    chance = random.Random(1)
    cities = max(size // (len(generate.YEARS) * generate.INDICATORS), 1)

    def ask(text: str) -> float:
        return timed(lambda: list(store.query(text, use_default_graph_as_union=True)))

    figures = [
        str(row[0])
        for row in store.query(
            PREFIXES + f"SELECT ?o WHERE {{ ?o a inno:CityObservation }} LIMIT {20 * LOOKUPS}",
            use_default_graph_as_union=True,
        )
    ]
    chance.shuffle(figures)
    fresh = iter(figures)
    single = statistics.median(ask(figure(next(fresh))) for _ in range(LOOKUPS))
    one = statistics.median(
        ask(series(chance.randrange(cities), chance.randrange(25))) for _ in range(LOOKUPS)
    )
    whole = statistics.median(ask(of_city(chance.randrange(cities))) for _ in range(50))
    mean = statistics.median(ask(means(chance.randrange(25))) for _ in range(5))
    over_http = serve_and_ask(folder / "store", lambda: figure(next(fresh)))
    return [
        f"{size:,}",
        f"{release.description.quads:,}",
        megabytes(written),
        loaded,
        published,
        megabytes(sum(path.stat().st_size for path in release.store.iterdir())),
        f"{opened * 1000:.0f} ms",
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:,} MiB",
        f"{single * 1000:.3f} ms",
        f"{one * 1000:.1f} ms",
        f"{whole * 1000:.1f} ms",
        f"{mean * 1000:.0f} ms",
        f"{over_http * 1000:.2f} ms",
    ]


class Moment:
    """When something began. Processor time does not depend on what else the machine does."""

    def __init__(self) -> None:
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def told(self) -> str:
        """How long ago that is, and how much of the processors was used."""
        wall, processor = time.perf_counter() - self.wall, time.process_time() - self.processor
        return f"{wall:.1f} s ({processor:.1f})"


def figure(iri: str) -> str:
    """All that is said of one figure."""
    return f"SELECT ?p ?o WHERE {{ {iri} ?p ?o }}"


def series(city: int, indicator: int) -> str:
    """One indicator of one city over the years."""
    return PREFIXES + (
        f"SELECT ?year ?value WHERE {{ ?o dimension:refArea {generate.city(city)} ;"
        f" inno:indicator {generate.indicator(indicator)} ; dimension:refPeriod ?year ; measure:obsValue ?value }}"
    )


def of_city(city: int) -> str:
    """Every figure of one city."""
    return PREFIXES + (
        f"SELECT ?indicator ?year ?value WHERE {{ ?o dimension:refArea {generate.city(city)} ;"
        " inno:indicator ?indicator ; dimension:refPeriod ?year ; measure:obsValue ?value }"
    )


def means(indicator: int) -> str:
    """The mean of an indicator in each city."""
    return PREFIXES + (
        f"SELECT ?city (AVG(?value) AS ?mean) WHERE {{ ?o inno:indicator {generate.indicator(indicator)} ;"
        " dimension:refArea ?city ; measure:obsValue ?value } GROUP BY ?city"
    )


def serve_and_ask(store: Path, query: Callable[[], str]) -> float:
    """The median time of a look-up over HTTP on one connection, never asked before."""
    command = [sys.executable, "-m", "innograph.loader", "serve", "--store", str(store), "--port", str(PORT)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        while not _ready():
            time.sleep(0.1)
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)

        def ask() -> None:
            connection.request(
                "GET", "/sparql?" + urlencode({"query": query()}), headers={"Accept": "text/csv"}
            )
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body

        return statistics.median(timed(ask) for _ in range(LOOKUPS))
    finally:
        server.terminate()
        server.wait()


def _ready() -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def timed(action: Callable[[], object]) -> float:
    """Seconds that an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def megabytes(size: int) -> str:
    """A size in megabytes."""
    return f"{size / 1e6:,.0f} MB"


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 100_000])
