"""The same behaviours of every engine: the local one, Oxigraph's server, and Virtuoso where it is asked for.

`make test-engines` installs Virtuoso and sets INNOGRAPH_TEST_ENGINES.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from engines import stores
from engines.contract import BEHAVIOURS, Behaviour
from harness import innograph

from innograph.loader.remote_store import Credentials
from innograph.server.engine import Engine
from innograph.server.engine.local import LocalEngine
from innograph.server.engine.remote import RemoteEngine

virtuoso = pytest.mark.skipif("INNOGRAPH_TEST_ENGINES" not in os.environ, reason="make test-engines runs it")
ENGINES = [
    "local",
    "oxigraph",
    pytest.param("virtuoso", marks=virtuoso),
]


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An engine that holds the published graph."""
    name = request.param
    if name == "local":
        local = LocalEngine(store)
        yield local
        local.close()
        return
    with ExitStack() as stack:
        if name == "oxigraph":
            there = stack.enter_context(stores.oxigraph())
        else:
            there = stack.enter_context(stores.virtuoso(tmp_path_factory.mktemp("virtuoso")))
        user = ("--user", there.user) if there.user else ()
        copy = tmp_path_factory.mktemp("built") / "store"
        innograph("build", "--store", copy, "--to", there.graphs, "--to-query", there.query, *user)
        remote = RemoteEngine(
            there.query,
            credentials=Credentials.read(user=there.user),
            dataset="graphs" if name == "virtuoso" else "auto",  # its union holds graphs of its own
        )
        stack.callback(remote.close)
        yield remote


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda function: function.__name__)
def test_engine(engine: Engine, behaviour: Behaviour) -> None:
    behaviour(engine)
