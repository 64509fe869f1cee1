"""`/openapi.json` is the application's routes, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from harness import Site

from innograph.server.application import create_app
from innograph.server.engine.local import LocalEngine
from innograph.server.openapi import describe
from innograph.server.settings import Settings


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, Any]]:
    engine = LocalEngine(tmp_path_factory.mktemp("none"), evaluators=1, ready=1)
    app = create_app(Settings(store=Path("none")), engine)
    yield app, describe(app)
    engine.close()


def test_every_route_is_described_and_nothing_else(described: tuple[Any, dict[str, Any]]) -> None:
    app, description = described
    routes = {re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    assert set(description["paths"]) == routes
    for path, operations in description["paths"].items():
        rules = [
            rule
            for rule in app.url_map.iter_rules()
            if re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule) == path
        ]
        assert operations
        assert {method.upper() for method in operations} <= set().union(
            *(rule.methods or () for rule in rules)
        )


def test_every_operation_says_what_it_does(described: tuple[Any, dict[str, Any]]) -> None:
    _, description = described
    operations = [operation for path in description["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["summary"].endswith(".") for operation in operations)
    assert all(operation["responses"] for operation in operations)


def test_writing_needs_the_token_and_reading_does_not(described: tuple[Any, dict[str, Any]]) -> None:
    _, description = described
    locked = {
        (method, path)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if "security" in operation
    }
    graphs = {(m, p) for m in ("put", "post", "delete") for p in ("/graphs", "/graphs/{path}")}
    assert locked == {("post", "/update"), *graphs}


def test_it_is_valid_openapi(site: Site) -> None:
    reply = site.get("/openapi.json")
    assert reply.media_type == "application/json"
    assert reply.json()["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(reply.json()).validate()
