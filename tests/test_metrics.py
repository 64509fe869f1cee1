"""`/metrics` over HTTP: parsed as Prometheus does, right for the whole server, with one process or several."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

from harness import BASE, Site, serving, wait_until
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from innograph.server.settings import Settings

TOKEN = "a-token-for-tests"
ETERNAL = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
EVALUATORS = Settings().ready_evaluators
DURATION = "innograph_request_duration_seconds_count"


def value(site: Site, name: str, **labels: str) -> float:
    """The value of a metric, summed over the labels that are not given; 0 where there is none."""
    families = text_string_to_metric_families(site.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return sum(s.value for s in samples if labels.items() <= s.labels.items())


def test_it_is_well_formed_in_both_formats(site: Site) -> None:
    site.get("/health/live")
    plain = site.get("/metrics")
    assert plain.media_type == "text/plain"
    assert plain.headers["cache-control"] == "no-store"
    names = {family.name for family in text_string_to_metric_families(plain.text)}
    assert {
        "innograph_request_duration_seconds",
        "innograph_response_bytes",
        "innograph_evaluators_ended",
        "innograph_response_cache_requests",
        "innograph_release",
        "innograph_release_quads",
        "innograph_store_bytes",
        "innograph_memory_bytes",
        "innograph_processes",
    } <= names
    rich = site.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert rich.media_type == "application/openmetrics-text"
    families = {family.name for family in openmetrics.text_string_to_metric_families(rich.text)}
    assert "innograph_request_duration_seconds" in families


def test_requests_are_counted_by_route_and_outcome(site: Site) -> None:
    def counted(route: str, outcome: str) -> float:
        return value(site, DURATION, route=route, outcome=outcome)

    asked = [
        ("/sparql?query=ASK%7B%7D", "/sparql", "ok"),
        ("/sparql?query=nonsense", "/sparql", "malformed query"),
        ("/sparql?update=CLEAR%20ALL", "/sparql", "client error"),
        (f"/sparql?timeout=0.2&query={quote(ETERNAL)}", "/sparql", "deadline exceeded"),
        ("/city/nowhere", "/<path:path>", "client error"),
        ("/city/beijing.ttl", "/<path:path>", "ok"),
    ]
    for path, route, outcome in asked:
        before = counted(route, outcome)
        site.get(path, Cache_Control="no-cache")
        assert counted(route, outcome) == before + 1, path
    tag = site.get("/city/beijing.ttl").headers["etag"]
    before = counted("/<path:path>", "not modified")
    site.get("/city/beijing.ttl", If_None_Match=tag)
    assert counted("/<path:path>", "not modified") == before + 1


def test_evaluators_that_were_ended_are_counted_by_reason(site: Site) -> None:
    before = value(site, "innograph_evaluators_ended_total", reason="deadline")
    assert site.get(f"/sparql?timeout=0.2&query={quote(ETERNAL)}").status == 503
    assert value(site, "innograph_evaluators_ended_total", reason="deadline") == before + 1


def test_the_release_the_store_and_the_processes_are_measured(site: Site, store: Path) -> None:
    ready = site.get("/health/ready").json()
    assert value(site, "innograph_release") == ready["release"]
    assert value(site, "innograph_release_quads") == ready["quads"]
    files = [path for path in (store / "releases").rglob("*") if path.is_file()]
    assert value(site, "innograph_store_bytes") >= sum(path.stat().st_size for path in files)
    wait_until(lambda: value(site, "innograph_processes", role="evaluator") == EVALUATORS)
    assert value(site, "innograph_processes", role="http") == 2  # the one that answers, and the main one
    assert value(site, "innograph_memory_bytes", role="http") > 20 << 20
    assert value(site, "innograph_memory_bytes", role="evaluator") > EVALUATORS << 20


def test_writes_are_counted_by_outcome(store: Path, tmp_path: Path) -> None:
    own = shutil.copytree(store, tmp_path / "own", symlinks=True)
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    insert = (
        f"INSERT DATA {{ GRAPH <{BASE}graph/reference> {{ <{BASE}city/beijing> {label} 'no language' }} }}"
    )
    with serving(own, INNOGRAPH_TOKEN=TOKEN) as site:

        def update(text: str, token: str) -> int:
            headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/sparql-update"}
            return site.request("POST", "/update", text, **headers).status

        assert update(insert, "another") == 401
        assert update(insert, TOKEN) == 422
        assert update("INSERT DATA {}", TOKEN) == 204
        for outcome in ("client error", "invalid graph", "ok"):
            assert value(site, "innograph_writes_total", outcome=outcome) == 1, outcome


def test_several_processes_are_counted_together_and_none_is_lost(store: Path) -> None:
    """Whichever process is asked tells of all; what an ended one counted stays."""
    with serving(store, "--workers", 2, "--ready-evaluators", 1, "--cache-bytes", 0) as site:

        def asked() -> float:
            return value(site, DURATION, route="/sparql", outcome="ok")

        for _ in range(30):
            assert site.query("ASK {}").status == 200
        wait_until(lambda: {asked() for _ in range(10)} == {30})  # each process writes them down by and by
        assert value(site, "innograph_processes", role="http") == 3
        wait_until(lambda: value(site, "innograph_processes", role="evaluator") == 2)
        children = Path(f"/proc/{site.group}/task/{site.group}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        wait_until(lambda: _answers(site) and value(site, "innograph_processes", role="http") == 3)
        assert asked() == 30
        assert site.query("ASK {}").status == 200
        wait_until(lambda: asked() == 31)


def _answers(site: Site) -> bool:
    """Whether ten requests in a row are answered, by whichever process."""
    try:
        return all(site.get("/health/ready").status == 200 for _ in range(10))
    except OSError:
        return False
