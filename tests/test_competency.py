"""The questions that the graph must answer: `data/queries/NN-name.rq` with its answer beside it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from harness import Site

from innograph.loader.paths import DATA

# The published graph has one source: `test_compared_pages` asks these of several.
OF_SEVERAL_SOURCES = {"22-where-sources-differ"}
QUESTIONS = sorted((DATA / "queries").glob("*.rq"))


def test_there_are_twenty_questions_and_five_of_them_are_the_tour() -> None:
    assert len(QUESTIONS) >= 20
    tour = [
        line for path in QUESTIONS for line in path.read_text().splitlines() if line.startswith("# tour: ")
    ]
    assert sorted(tour) == [f"# tour: {n}" for n in range(1, 6)]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_has_its_answer(site: Site, question: Path) -> None:
    reply = site.query(question.read_text("utf-8"), "text/csv")
    assert reply.status == 200, reply.text
    answer = list(csv.reader(io.StringIO(reply.text)))
    assert answer == list(csv.reader(io.StringIO(question.with_suffix(".csv").read_text("utf-8"))))
    assert len(answer) > 1 or question.stem in OF_SEVERAL_SOURCES


def test_every_question_is_in_the_catalogue_and_answers_from_there(site: Site) -> None:
    examples = site.rows(
        """PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT ?query ?label ?text { ?query a sh:SPARQLExecutable ; rdfs:label ?label ; sh:select|sh:ask ?text }"""
    )
    assert len(examples) == len(QUESTIONS)
    for example in examples:
        assert site.query(example["text"]).status == 200
        assert example["label"] != example["query"]
