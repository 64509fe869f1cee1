"""`/metrics`: counts and latencies for Prometheus.

With `innograph serve` every number is of the whole server: counters of several HTTP processes meet in
the folder that `PROMETHEUS_MULTIPROC_DIR` names (which must be set before this module is imported),
and the rest is measured when it is asked for. Under another WSGI server without that variable the
counters are those of the process that answers.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections import Counter as Counts
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import psutil
from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from innograph.server.context import Context, context
from innograph.server.engine.errors import EngineError

SETTLED_AFTER = 0.1  # seconds; what an ended process had not written down by then is lost
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

blueprint = Blueprint("metrics", __name__)
registry = CollectorRegistry()

requests = Histogram(
    "innograph_request_duration_seconds",
    "Time from a request to the last byte of its answer, by route and outcome.",
    ["route", "outcome"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=registry,
)
response_bytes = Counter(
    "innograph_response_bytes", "Bytes of answers, without headers.", ["route"], registry=registry
)
writes = Counter("innograph_writes", "Requests to write, by outcome.", ["outcome"], registry=registry)
evaluators_ended = Counter(
    "innograph_evaluators_ended",
    "Evaluators that were ended, by reason: a query's deadline (a time-out), fairness to those who waited,"
    " died (out of memory or stack), abandoned by the client, retired after a long query, error, closed.",
    ["reason"],
    registry=registry,
)
cache_requests = Counter(
    "innograph_response_cache_requests",
    "Answers from the response cache (hit) and answers that were put into it (miss).",
    ["result"],
    registry=registry,
)
cache_bytes = Gauge(
    "innograph_response_cache_bytes",
    "Memory that the response caches use.",
    multiprocess_mode="livesum",
    registry=registry,
)
# So that rates begin at nought.
for reason in ("deadline", "fairness", "died", "abandoned", "retired"):
    evaluators_ended.labels(reason)
cache_hits, cache_misses = cache_requests.labels("hit"), cache_requests.labels("miss")


Note = tuple[str, str, float, int] | Counter


class _Notes:
    """What was counted a moment ago in this process.

    To write a number down where all processes meet takes as long as a small answer from the cache, so it is
    done for many at once: when somebody asks this process, and otherwise a tenth of a second later.
    """

    def __init__(self) -> None:
        self._waiting: deque[Note] = deque()
        self._any = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, note: Note) -> None:
        """Note an answer that has ended, or one more of what is counted."""
        self._waiting.append(note)
        if not self._any.is_set():
            self._any.set()
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._settle_by_and_by, name="metrics", daemon=True
                    )
                    self._thread.start()

    def settle(self) -> None:
        """Write down what there is."""
        with self._lock:
            while self._waiting:
                _write_down(self._waiting.popleft())

    def _settle_by_and_by(self) -> None:
        while self._any.wait():
            time.sleep(SETTLED_AFTER)
            self._any.clear()
            self.settle()


def _write_down(note: Note) -> None:
    if isinstance(note, Counter):
        note.inc()
        return
    route, outcome, seconds, size = note
    duration, sent = _series(route, outcome)
    duration.observe(seconds)
    sent.inc(size)


@lru_cache(maxsize=1024)
def _series(route: str, outcome: str) -> tuple[Histogram, Counter]:
    return requests.labels(route, outcome), response_bytes.labels(route)


_notes = _Notes()


def answered(route: str, outcome: str, seconds: float, size: int) -> None:
    """Count an answer that has ended."""
    _notes.add((route, outcome, seconds, size))


def count(counter: Counter) -> None:
    """Count one."""
    _notes.add(counter)


def evaluator_ended(reason: str) -> None:
    """Count an evaluator that was ended."""
    evaluators_ended.labels(reason).inc()


class _State(Collector):
    """What is measured when it is asked for: the release, the store, the processes."""

    def __init__(self, asked: Context) -> None:
        self.context = asked

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        with contextlib.suppress(EngineError):  # nothing is published yet, or a remote engine is away
            release = self.context.engine.snapshot().release
            yield _gauge("innograph_release", "Number of the release that is served.", release.number)
            yield _gauge("innograph_release_quads", "Quads of the release that is served.", release.quads)
        store = self.context.settings.store
        if store.is_dir():  # a remote engine has none
            yield _gauge("innograph_store_bytes", "Size of all releases on disk.", disk_usage(store))
        memory = GaugeMetricFamily(
            "innograph_memory_bytes", "Resident memory of the server's processes by role.", labels=["role"]
        )
        number = GaugeMetricFamily("innograph_processes", "Processes of the server by role.", labels=["role"])
        resident, count = processes()
        for role in sorted(count):
            memory.add_metric([role], resident[role])
            number.add_metric([role], count[role])
        yield memory
        yield number


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value)


def disk_usage(folder: Path) -> int:
    """Bytes on disk below a folder; files that releases share by hard links count once."""
    sizes: dict[tuple[int, int], int] = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # pruned meanwhile
                stat = os.stat(os.path.join(parent, name))
                sizes[stat.st_dev, stat.st_ino] = stat.st_blocks * 512
    return sum(sizes.values())


def processes() -> tuple[Counts[str], Counts[str]]:
    """Resident bytes and number of the server's processes, by role."""
    main = psutil.Process(os.getppid() if multiprocessing.parent_process() else os.getpid())
    resident: Counts[str] = Counts()
    number: Counts[str] = Counts()
    for process in [main, *main.children(recursive=True)]:
        with contextlib.suppress(psutil.Error):  # it ended meanwhile
            line = " ".join(process.cmdline())
            role = "evaluator" if ".evaluator " in line else "writer" if ".writer " in line else "http"
            resident[role] += process.memory_info().rss
            number[role] += 1
    return resident, number


@blueprint.get("/metrics")
def metrics() -> Response:
    """Everything in the Prometheus or OpenMetrics text format, as the client prefers."""
    _notes.settle()
    asked = CollectorRegistry()
    asked.register(_State(context()))
    folder = os.environ.get(SHARED_FOLDER)
    if folder:
        _forget_the_dead(Path(folder))
        MultiProcessCollector(asked, folder)  # type: ignore[no-untyped-call]
    else:
        asked.register(registry)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    response = Response(encode(asked), content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def _forget_the_dead(folder: Path) -> None:
    """Drop the gauges of HTTP processes that have ended; their counters stay."""
    for file in folder.glob("gauge_live*_*.db"):
        process = int(file.stem.rpartition("_")[2])
        if not psutil.pid_exists(process):
            mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
