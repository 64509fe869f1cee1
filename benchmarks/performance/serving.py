"""Reading over HTTP: look-ups, aggregates, long results, conditional requests, pages, starting, a crowd, memory."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from benchmarks import generate
from benchmarks.performance.load import FIXED, FRESH, load
from benchmarks.performance.plan import Plan
from benchmarks.performance.results import Result, in_turns
from benchmarks.performance.servers import Server, native, ours, rdflib_endpoint, virtuoso
from benchmarks.performance.stores import Prepared, stated_again

JSON = "application/sparql-results+json"
PREFIXES = """PREFIX inno: <https://w3id.org/innograph/ontology#>
PREFIX dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX measure: <http://purl.org/linked-data/sdmx/2009/measure#>
"""
CLIENTS = 8
RDFLIB_SIZE = 10_000  # rdflib keeps all in memory, at about a kilobyte a triple
VIRTUOSO_SIZE = 100_000  # a million observations take it many minutes to load
SMALL = "p99 of a small question"
_never = itertools.count(time.time_ns() % 1_000_000_000)


def look_ups(plan: Plan, data: Prepared) -> Iterator[Result]:
    """One figure by its observation, by eight clients: never asked before, and asked again."""

    def fresh(server: Server) -> float:
        numbers = {
            "seed": next(_never),
            "size": data.size,
            "indicators": generate.INDICATORS,
            "per_source": generate.PER_SOURCE,
            "path": server.path,
        }
        return load(server.port, FRESH % numbers, clients=CLIENTS, seconds=plan.seconds).rate

    def again(server: Server) -> float:
        observation = generate.NAMES.observation("table-0", "synthetic-0", "synthetic-0", "2000")
        query = f"SELECT ?v {{ {observation} measure:obsValue ?v }}"
        target = f"{server.path}?{urlencode({'query': PREFIXES + query})}"
        script = FIXED % {"path": target, "headers": f'["Accept"] = "{JSON}"'}
        return load(server.port, script, clients=CLIENTS, seconds=plan.seconds).rate

    with _beside(plan, data, rdflib=True) as servers:
        figures = in_turns(plan.rounds, {s.name: (lambda s=s: fresh(s)) for s in servers})
        mine = figures.pop("innograph")
        yield Result(
            "point look-up, never asked before, 8 clients",
            data.size,
            "1/s",
            mine,
            figures,
            "oxigraph",
            "≥ 0.5",
        )
        if "rdflib-endpoint" in figures:
            yield Result(
                "the same, beside rdflib-endpoint", data.size, "1/s", mine,
                {"rdflib-endpoint": figures["rdflib-endpoint"]}, "rdflib-endpoint", "≥ 5",
            )  # fmt: skip
        figures = in_turns(plan.rounds, {s.name: (lambda s=s: again(s)) for s in servers})
        yield Result(
            "the same look-up asked again, 8 clients", data.size, "1/s", figures.pop("innograph"), figures,
            "oxigraph", "≥ 1.2",
        )  # fmt: skip


def aggregates(plan: Plan, data: Prepared) -> Iterator[Result]:
    """The mean of one indicator by city: never asked before, and asked again."""

    def query(number: int) -> str:
        about = generate.indicator(number % generate.INDICATORS)
        v = f"v{number}"
        return (
            f"{PREFIXES}SELECT ?city (AVG(?{v}) AS ?mean) {{ ?o inno:indicator {about} ;"
            f" dimension:refArea ?city ; measure:obsValue ?{v} }} GROUP BY ?city"
        )

    def fresh(server: Server) -> float:
        return 1 / _seconds(lambda: server.ask(query(next(_never))))

    repeated = query(next(_never))

    def again(server: Server) -> float:
        server.ask(repeated)
        return 1 / min(_seconds(lambda: server.ask(repeated)) for _ in range(5))

    with _beside(plan, data, virtuoso_too=True) as servers:
        for name, measure, target in (("never asked before", fresh, "≥ 1"), ("asked again", again, "≥ 50")):
            figures = in_turns(plan.rounds * 3, {s.name: (lambda s=s, m=measure: m(s)) for s in servers})
            mine = figures.pop("innograph")
            yield Result(
                f"mean of one indicator by city, {name}", data.size, "1/s", mine, figures, "oxigraph", target
            )


def long_results(plan: Plan, data: Prepared) -> Iterator[Result]:
    """Many rows as JSON and CSV, by one client and four; the time to the first byte; the server's memory."""
    rows = min(100_000, data.size)

    def query() -> str:
        v = f"v{next(_never)}"
        return f"{PREFIXES}SELECT ?o ?{v} {{ ?o measure:obsValue ?{v} }} LIMIT {rows}"

    with _beside(plan, data) as servers:
        for form, clients in itertools.product((JSON, "text/csv"), (1, 4)):
            name = (
                f"{rows:,} rows as {'JSON' if form == JSON else 'CSV'}, {clients} client{'s' * (clients > 1)}"
            )

            def rate(server: Server, form: str = form, clients: int = clients) -> float:
                return (
                    clients * rows / _seconds(lambda: _together(clients, lambda: server.ask(query(), form)))
                )

            figures = in_turns(plan.rounds, {s.name: (lambda s=s, r=rate: r(s)) for s in servers})
            yield Result(name, data.size, "rows/s", figures.pop("innograph"), figures, "oxigraph", "≥ 0.95")
        figures = in_turns(plan.rounds * 3, {s.name: (lambda s=s: _first_byte(s, query())) for s in servers})
        yield Result(
            f"{rows:,} rows: time to the first byte", data.size, "s", figures.pop("innograph"), figures,
            "oxigraph", "≤ 1.5",
        )  # fmt: skip
        [mine] = [server for server in servers if server.name == "innograph"]
        held = [mine.memory()]
        for _ in range(4):
            _together(4, lambda: mine.ask(query()))
            held.append(mine.memory())
        yield Result(
            f"memory after {rows:,} rows sixteen times, over that after four times", data.size, "×",
            [held[-1] / held[1]], target="≤ 1.1",
        )  # fmt: skip


def conditional(plan: Plan, data: Prepared) -> Iterator[Result]:
    """A page and a document: asked for as known (304), against made anew for each request."""
    with ours(data) as server, ours(data, INNOGRAPH_CACHE_ENTRIES="0") as uncached:
        for name, path in (("page", "/city/synthetic-0.html"), ("document", "/city/synthetic-0.ttl")):
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            etag = (response.getheader("ETag") or "").replace('"', '\\"')

            def known(path: str = path, etag: str = etag) -> float:
                script = FIXED % {"path": path, "headers": f'["If-None-Match"] = "{etag}"'}
                return load(server.port, script, clients=CLIENTS, seconds=plan.seconds).rate

            def anew(path: str = path) -> float:
                done, ends = 0, time.monotonic() + plan.seconds
                while time.monotonic() < ends:
                    uncached.get(path.replace("synthetic-0", f"synthetic-{next(_never) % _cities(data)}"))
                    done += 1
                return done / plan.seconds

            figures = in_turns(plan.rounds, {"known": known, "anew": anew})
            yield Result(
                f"conditional GET of a {name} (304), against fresh ones", data.size, "1/s", figures["known"],
                {"fresh": figures["anew"]}, "fresh", "≥ 2",
            )  # fmt: skip


def city_page(plan: Plan, data: Prepared) -> Iterator[Result]:
    """The page of a city with over a thousand facts of two sources, each time of another city."""
    whole = generate.INDICATORS * len(generate.YEARS)
    cities = min(max(data.size // whole, 1), 40)
    with stated_again(data, cities) as more, ours(more, INNOGRAPH_CACHE_ENTRIES="0") as server:
        for number in range(cities):
            server.get(f"/city/synthetic-{number}.html")
        begun = next(_never)
        seconds = [
            _seconds(lambda n=n: server.get(f"/city/synthetic-{(begun + n) % cities}.html"))  # type: ignore[misc]
            for n in range(plan.rounds * 10)
        ]
        facts = min(data.size, whole) + whole
        yield Result(f"page of a city with {facts:,} facts", data.size, "s", seconds, target="≤ 0.02")


def starting(plan: Plan, data: Prepared) -> Iterator[Result]:
    """From the command to the first answer."""

    def seconds(start: Callable[[Prepared], contextlib.AbstractContextManager[Server]]) -> float:
        with start(data) as server:
            return server.seconds_to_answer

    figures = in_turns(plan.rounds, {"innograph": lambda: seconds(ours), "oxigraph": lambda: seconds(native)})
    yield Result(
        "start to the first answer", data.size, "s", figures["innograph"], target="≤ 1.5",
        peers={"oxigraph": figures["oxigraph"]},
    )  # fmt: skip


def crowd(plan: Plan, data: Prepared) -> Iterator[Result]:
    """Small questions while six clients send cross products without pause."""
    bad = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f) }"
    figures: dict[str, list[float]] = {}
    lost: dict[str, int] = {}
    for start in (ours, native):
        with start(data) as server:
            ends = time.monotonic() + plan.seconds * plan.rounds

            def offend(server: Server = server, ends: float = ends) -> None:
                while time.monotonic() < ends:
                    with contextlib.suppress(OSError):
                        server.ask(bad, timeout=max(ends - time.monotonic(), 0.1))

            offenders = [threading.Thread(target=offend, daemon=True) for _ in range(6)]
            for thread in offenders:
                thread.start()
            waits, refused = [], 0
            while time.monotonic() < ends:
                number = next(_never)
                observation = generate.NAMES.observation(
                    "table-0", "synthetic-0", "synthetic-0", str(2000 + number % 24)
                )
                begun = time.monotonic()
                try:
                    server.ask(
                        f"{PREFIXES}SELECT ?v{number} {{ {observation} measure:obsValue ?v{number} }}",
                        timeout=10,
                    )
                except OSError:
                    refused += 1
                waits.append(time.monotonic() - begun)
                time.sleep(0.02)
            figures[server.name] = [statistics.quantiles(waits, n=100)[98]]
            lost[server.name] = refused
    yield Result(
        f"{SMALL}, six clients sending cross products", data.size, "s", figures["innograph"],
        {"oxigraph": figures["oxigraph"]}, target="≤ 2",
        note=f"refused: {lost['innograph']} of innograph, {lost['oxigraph']} of oxigraph",
    )  # fmt: skip


def memory(plan: Plan, data: Prepared) -> Iterator[Result]:
    """What the whole process group holds at most, under look-ups and long results."""
    peaks: dict[str, list[float]] = {}
    for start in (ours, native):
        with start(data) as server:
            peak, over = 0, threading.Event()

            def watch(server: Server = server, over: threading.Event = over) -> int:
                highest = server.memory()
                while not over.wait(0.1):
                    highest = max(highest, server.memory())
                return max(highest, server.memory())

            found: list[int] = []
            watcher = threading.Thread(target=lambda w=watch, f=found: f.append(w()))
            watcher.start()
            for _ in range(plan.rounds):
                v = f"v{next(_never)}"
                _together(4, lambda s=server, v=v: s.ask(f"SELECT * {{ ?s ?p ?{v} }} LIMIT 100000"))  # type: ignore[misc]
            over.set()
            watcher.join()
            peak = max(found)
            peaks[server.name] = [peak / (1 << 20)]
    yield Result(
        "peak memory, serving, whole process group", data.size, "MiB", peaks["innograph"],
        {"oxigraph": peaks["oxigraph"]},
    )  # fmt: skip


@contextlib.contextmanager
def _beside(
    plan: Plan, data: Prepared, *, rdflib: bool = False, virtuoso_too: bool = False
) -> Iterator[list[Server]]:
    """Ours and the peers that can hold the data, all running at once, idle but for the one that is asked."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(ours(data)), stack.enter_context(native(data))]
        if rdflib and data.size <= RDFLIB_SIZE and plan.has("rdflib_endpoint"):
            servers.append(stack.enter_context(rdflib_endpoint(data)))
        if virtuoso_too and data.size <= VIRTUOSO_SIZE and plan.has_program("virtuoso-t") and plan.peers:
            servers.append(stack.enter_context(virtuoso(data)))
        yield servers


def _cities(data: Prepared) -> int:
    return max(data.size // (len(generate.YEARS) * generate.INDICATORS) + 1, 2)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _together(clients: int, work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _first_byte(server: Server, query: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    begun = time.perf_counter()
    connection.request("GET", f"{server.path}?{urlencode({'query': query})}", headers={"Accept": JSON})
    response = connection.getresponse()
    response.read(1)
    seconds = time.perf_counter() - begun
    response.read()  # who leaves before the end ends an evaluator
    connection.close()
    return seconds
