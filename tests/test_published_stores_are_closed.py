"""A release does not change any more once it is published: nothing keeps its store open."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Store

from innograph.loader.changing import write
from innograph.loader.publishing import Publisher
from innograph.loader.requests import Mode, Update

MODE = Mode("http://example.org/", rules=False)


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    publisher = Publisher(tmp_path)
    with publisher.draft(MODE.base, clone=False) as draft:
        draft.publish(kind="scratch", message="empty")
    return publisher


@pytest.mark.parametrize(
    "texts",
    [
        ["INSERT DATA { <a> <b> 1 }"],
        ["INSERT DATA { <a> <b> 1 } ; DELETE { ?s ?p ?o } INSERT { ?s ?p [] } WHERE { ?s ?p ?o }"],
        ["INSERT DATA { <a> <b> 1 }", "CREATE GRAPH <g> ; CREATE GRAPH <g>"],
        ["INSERT DATA { <a> <b> 1 }", "INSERT { ?s ?p 1 } WHERE { ?s ?p", "LOAD <http://example.org/>"],
    ],
)
def test_a_published_store_is_closed(publisher: Publisher, texts: list[str]) -> None:
    outcomes = write(publisher, [Update(text) for text in texts], MODE)
    assert outcomes[0].error is None
    assert all(outcome.error is not None for outcome in outcomes[1:])
    # RocksDB refuses to open a store for writing that is open in this process.
    assert len(Store(str(publisher.releases.current().store))) == 1


def test_a_store_that_is_still_in_use_is_not_published(publisher: Publisher) -> None:
    with publisher.draft(MODE.base, clone=True) as draft:
        held = draft.store
        with pytest.raises(RuntimeError, match="still held"):
            draft.publish(kind="update", message="")
        assert len(held) == 0
    assert publisher.releases.current().number == 1
