"""The command line as its users meet it: help, exit codes, formats."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest
import rdflib
from harness import BASE, SLUG, innograph

COMMANDS = [
    "backup",
    "build",
    "check",
    "dump",
    "evidence",
    "prune",
    "query",
    "releases",
    "restore",
    "rollback",
    "serve",
    "stats",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    told = innograph(command, "--help").stdout
    assert told.startswith("Usage: ")
    assert len(told.splitlines()) > 3


def test_the_commands_are_listed() -> None:
    listed = innograph("--help").stdout
    assert all(f"  {command} " in listed for command in COMMANDS)


@pytest.mark.parametrize("arguments", [["nonsense"], ["query"], ["prune", "--keep", "-1"], ["evidence"]])
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert innograph(*arguments, check=False).returncode == 2


def test_what_is_not_there_ends_with_1(tmp_path: Path) -> None:
    asked = innograph("query", "--store", tmp_path / "none", "ASK {}", check=False)
    assert asked.returncode == 1
    assert "run `innograph build`" in asked.stderr


def test_a_query_is_answered_as_csv_and_the_prefixes_are_known(store: Path) -> None:
    asked = innograph(
        "query", "--store", store, "SELECT ?city ?name { ?city a schema:City ; rdfs:label ?name }"
    )
    rows = list(csv.DictReader(io.StringIO(asked.stdout)))
    assert {"city": BASE + "city/beijing", "name": "Beijing"} in rows


def test_a_query_comes_from_a_file_or_standard_input(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text("ASK { ?s a schema:City }")
    assert json.loads(innograph("query", "--store", store, "--file", file).stdout)["boolean"] is True
    piped = innograph(
        "query", "--store", store, "-f", "-", input="ASK { ?s a schema:Country ; a schema:City }"
    )
    assert json.loads(piped.stdout)["boolean"] is False


def test_a_constructed_graph_is_turtle(store: Path) -> None:
    asked = innograph("query", "--store", store, "CONSTRUCT { ?c a schema:City } { ?c a schema:City }")
    assert len(rdflib.Graph().parse(data=asked.stdout, format="turtle")) == 1


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("SELECT * {", 2, "SPARQL syntax"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 1, "SERVICE is not allowed"),
    ],
)
def test_a_query_that_cannot_be_asked_is_refused_in_words(
    store: Path, query: str, code: int, words: str
) -> None:
    asked = innograph("query", "--store", store, query, check=False)
    assert asked.returncode == code
    assert words in asked.stderr


def test_a_dump_of_one_graph_is_that_graph(store: Path) -> None:
    counted = json.loads(innograph("stats", "--store", store, "--json").stdout)
    dumped = innograph("dump", "--store", store, "--graph", SLUG, "--format", "nt").stdout
    assert len(dumped.splitlines()) == counted["graphs"][f"{BASE}graph/{SLUG}"]
    turtle = innograph("dump", "--store", store, "--graph", "reference", "--format", "ttl").stdout
    assert (
        len(rdflib.Graph().parse(data=turtle, format="turtle")) == counted["graphs"][f"{BASE}graph/reference"]
    )
    missing = innograph("dump", "--store", store, "--graph", "none", check=False)
    assert missing.returncode == 1
    assert "there are: " in missing.stderr


def test_a_dump_builds_the_same_store_again(store: Path, tmp_path: Path) -> None:
    from pyoxigraph import RdfFormat, Store

    file = tmp_path / "all.nq"
    innograph("dump", "--store", store, "-o", file)
    copy = Store()
    copy.bulk_load(path=str(file), format=RdfFormat.N_QUADS)
    assert len(copy) == json.loads(innograph("stats", "--store", store, "--json").stdout)["quads"]


article = os.environ.get("INNOGRAPH_ARTICLE")


@pytest.mark.skipif(
    not article, reason="the article's text is not part of the project: set INNOGRAPH_ARTICLE"
)
def test_every_phrase_stands_in_the_article_where_the_graph_says(store: Path) -> None:
    report = json.loads(innograph("evidence", "--store", store, "--text", article, "--json").stdout)
    assert report["holds"]
    assert len(report["anchors"]) > 60
    assert report["sha256"]["actual"] == report["sha256"]["expected"]


@pytest.mark.skipif(
    not article, reason="the article's text is not part of the project: set INNOGRAPH_ARTICLE"
)
def test_one_changed_figure_in_the_text_is_found(store: Path, tmp_path: Path) -> None:
    changed = tmp_path / "article.txt"
    changed.write_text(Path(str(article)).read_text("utf-8").replace("262.9", "262.8"), "utf-8")
    checked = innograph("evidence", "--store", store, "--text", changed, check=False)
    assert checked.returncode == 1
    assert "SHA-256 differs" in checked.stdout
    assert "should read '262.9' but reads '262.8'" in checked.stdout


def test_a_text_that_belongs_to_no_source_is_refused(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_bytes(b"\xff\xfe")
    assert innograph("evidence", "--store", store, "--text", other, check=False).returncode == 1
    unknown = innograph("evidence", "--store", store, "--text", other, "--source", "none", check=False)
    assert unknown.returncode == 1
    assert SLUG in unknown.stderr
