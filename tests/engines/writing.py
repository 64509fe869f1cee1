"""What every engine that writes does: each behaviour is a function over an engine with an empty store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from engines.contract import TRIPLES, rows, whole

from innograph.server.engine import Document, Engine, EngineError, UnknownGraphError, Update

Writing = Callable[[Engine, Path], None]
WRITINGS: list[Writing] = []

GRAPH = "http://example.org/graph"
IN_GRAPH = f"SELECT ?s ?o WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"


def writing(function: Writing) -> Writing:
    WRITINGS.append(function)
    return function


def document(folder: Path, text: str, media_type: str = "text/turtle") -> Document:
    path = folder / f"document-{len(text)}"
    path.write_text(text)
    return Document(path, media_type)


def subjects(engine: Engine) -> set[str]:
    return {row["s"] for row in rows(engine, IN_GRAPH)}


@writing
def what_is_written_is_read_in_the_next_request(engine: Engine, folder: Path) -> None:
    for number in range(5):
        text = f"INSERT DATA {{ <urn:{number}> <urn:p> {number} GRAPH <{GRAPH}> {{ <urn:{number}> <urn:p> 1 }} }}"
        engine.update(Update(text))
        assert len(rows(engine, "SELECT ?s WHERE { ?s <urn:p> ?o }")) == number + 1
        assert len(subjects(engine)) == number + 1
    engine.update(Update(f"DELETE WHERE {{ GRAPH <{GRAPH}> {{ ?s <urn:p> ?o }} }} ; CLEAR DEFAULT"))
    assert rows(engine, "SELECT ?s WHERE { ?s ?p ?o }") == []
    assert subjects(engine) == set()


@writing
def an_update_asks_the_graphs_that_it_is_told_to(engine: Engine, folder: Path) -> None:
    engine.update(Update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <urn:a> <urn:p> 1 }} }}"))
    engine.update(Update("INSERT { ?s <urn:found> 1 } WHERE { ?s <urn:p> 1 }", using=[GRAPH]))
    assert len(rows(engine, "SELECT ?s WHERE { ?s <urn:found> 1 }")) == 1


@writing
def a_malformed_update_is_refused_whole(engine: Engine, folder: Path) -> None:
    with pytest.raises(EngineError) as caught:
        engine.update(Update("INSERT DATA { <urn:a> <urn:b> <urn:c> } ; INSERT DATA { nonsense }"))
    assert caught.value.status == 400
    assert rows(engine, "SELECT ?s WHERE { ?s ?p ?o }") == []


@writing
def graphs_are_put_added_to_and_deleted(engine: Engine, folder: Path) -> None:
    first, second = document(folder, "<urn:a> <urn:p> 1 ."), document(folder, "<urn:b> <urn:p> 1 , 2 .")
    assert engine.write_graph(GRAPH, [first], GRAPH, replace=True) is True
    assert engine.write_graph(GRAPH, [second], GRAPH, replace=False) is False
    assert subjects(engine) == {"<urn:a>", "<urn:b>"}
    assert engine.write_graph(GRAPH, [second], GRAPH, replace=True) is False
    assert subjects(engine) == {"<urn:b>"}
    assert engine.write_graph(GRAPH, [first, second], GRAPH, replace=True) is False
    assert subjects(engine) == {"<urn:a>", "<urn:b>"}
    assert whole(engine.graph(GRAPH, TRIPLES)).count(b"\n") == 3
    engine.delete_graph(GRAPH)
    with pytest.raises(UnknownGraphError):
        engine.graph(GRAPH, TRIPLES)
    with pytest.raises(UnknownGraphError):
        engine.delete_graph(GRAPH)


@writing
def a_malformed_document_changes_nothing(engine: Engine, folder: Path) -> None:
    engine.write_graph(GRAPH, [document(folder, "<urn:a> <urn:p> 1 .")], GRAPH, replace=True)
    with pytest.raises(EngineError) as caught:
        engine.write_graph(
            GRAPH, [document(folder, "<urn:b> <urn:p> 1 . <urn:c> <urn:p")], GRAPH, replace=True
        )
    assert caught.value.status == 400
    assert subjects(engine) == {"<urn:a>"}
