"""The same behaviours of every engine: the local one, Oxigraph's server, and Virtuoso where it is asked for.

`make test-engines` installs Virtuoso and sets INNOGRAPH_TEST_ENGINES.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from engines import stores
from engines.contract import BEHAVIOURS, Behaviour
from engines.writing import WRITINGS, Writing
from harness import BASE

from innograph.loader.releases import Releases
from innograph.loader.remote_publishing import Target, publish
from innograph.loader.remote_store import Credentials
from innograph.server.engine import Engine
from innograph.server.engine.local import LocalEngine
from innograph.server.engine.remote import RemoteEngine
from innograph.server.engine.remote_state import RemoteState

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
        credentials = Credentials.read(user=there.user)
        target = Target(there.graphs, there.query, credentials)
        publish(Releases(store).current(), target, lambda _: None)
        remote = RemoteEngine(
            there.query,
            credentials=credentials,
            dataset="graphs" if name == "virtuoso" else "auto",  # its union holds graphs of its own
        )
        stack.callback(remote.close)
        yield remote


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda function: function.__name__)
def test_engine(engine: Engine, behaviour: Behaviour) -> None:
    behaviour(engine)


@pytest.fixture(params=["local", "oxigraph"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine over an empty store without rules."""
    if request.param == "local":
        subprocess.run(
            [sys.executable, "-m", "innograph.loader.scratch", "--store", tmp_path, "--base", BASE],
            check=True,
        )
        local = LocalEngine(tmp_path, general=True)
        yield local
        local.close()
        return
    with stores.oxigraph() as there:
        yield RemoteEngine(
            there.query, update_url=there.update, graphs_url=there.graphs, dataset="store", base=BASE
        )


@pytest.mark.parametrize("writing", WRITINGS, ids=lambda function: function.__name__)
def test_writing(empty: Engine, tmp_path: Path, writing: Writing) -> None:
    writing(empty, tmp_path)


@pytest.mark.parametrize("options", [(), ("--union-default-graph",)], ids=["apart", "union"])
def test_whether_the_default_graph_is_the_union_is_found_out(store: Path, options: tuple[str, ...]) -> None:
    with stores.oxigraph(store / "releases" / "0001" / "store", *options) as there:
        plain = RemoteEngine(there.query, dataset="store")
        state = RemoteState(lambda query, *_: plain.select(query), plain.ask, BASE, "auto", fresh=1)
        assert state.dataset() == (None if options else sorted(plain.snapshot().release.graphs))
        plain.close()
