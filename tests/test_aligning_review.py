"""The review file: what is asked, how a person answers, and that answers stay."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from aligned import aligned, aligner, described, short, stated

from innograph.loader.errors import InputError
from innograph.loader.merging.aligning import Aligner
from innograph.loader.merging.records import Name, Refused

LONDON, PARIS = Name("London"), Name("Paris")
THEATRES = Name("Patents per 10,000 persons")


def asked(path: Path, *names: Name) -> Aligner:
    """Align figures of the places, and write the review."""
    using = aligner(review=path)
    for name in names:
        using.align(stated(name))
    using.write_review()
    return using


def rows(path: Path) -> list[dict[str, str]]:
    text = "".join(line for line in path.read_text("utf-8").splitlines(keepends=True) if line[0] != "#")
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


def answer(path: Path, line: str, **cells: str) -> None:
    """Change cells of the line of an object, as an editor would."""
    text = path.read_text("utf-8")
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    table = rows(path)
    for row in table:
        if row["object_id"] == line:
            row.update(cells)
    out = io.StringIO()
    writer = csv.DictWriter(out, table[0].keys() | cells.keys(), delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    path.write_text(head + out.getvalue(), "utf-8")


def place(using: Aligner, name: Name) -> str:
    return short(aligned(using.align(stated(name))).place)


def test_what_is_uncertain_is_written_as_sssom_in_stable_order(tmp_path: Path) -> None:
    path = tmp_path / "review.sssom.tsv"
    using = asked(path, PARIS, LONDON, Name("Beijing"))
    first = path.read_text("utf-8")
    assert [row["subject_label"] for row in rows(path)] == ["London"] * 2 + ["Paris"] * 3
    best = rows(path)[0]
    assert best["object_id"] == "innograph:city/london"
    assert best["predicate_id"] == "skos:mappingRelation"
    assert best["mapping_justification"] == "semapv:LexicalMatching"
    assert float(best["confidence"]) == 1
    assert "GB" in best["comment"]
    assert not using.write_review()
    asked(path, LONDON, PARIS)  # in another order
    assert path.read_text("utf-8") == first


@pytest.mark.parametrize("predicate", ["skos:exactMatch", "owl:sameAs"])
def test_an_accepted_line_decides_and_stays_with_its_comment(tmp_path: Path, predicate: str) -> None:
    path = tmp_path / "review.tsv"
    asked(path, LONDON, PARIS)
    answer(path, "innograph:city/london", predicate_id=predicate, comment="it says so", reviewer_id="orcid:1")
    using = asked(path, LONDON, PARIS)
    assert place(using, LONDON) == "city/london"
    assert described(using.minted(), "city/london")
    assert [match.certainty for match in using.matches() if match.name == LONDON] == ["accepted"]
    [kept] = [row for row in rows(path) if row["subject_label"] == "London"]
    assert (kept["predicate_id"], kept["comment"], kept["reviewer_id"]) == (
        predicate,
        "it says so",
        "orcid:1",
    )
    assert len([row for row in rows(path) if row["subject_label"] == "Paris"]) == 3
    before = path.read_bytes()
    asked(path, PARIS)  # a file without London keeps the answer
    assert path.read_bytes() == before


def test_rejecting_some_candidates_leaves_the_question_and_all_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "review.tsv"
    asked(path, LONDON)
    answer(path, "innograph:city/london", predicate_modifier="Not")
    using = asked(path, LONDON)
    assert [match.certainty for match in using.matches() if match.name == LONDON] == ["uncertain"]
    answer(path, "innograph:city/london-ca", predicate_modifier="Not")
    using = asked(path, LONDON)
    assert [(match.certainty, match.how) for match in using.matches() if match.name == LONDON] == [
        ("new", "review")
    ]
    assert place(using, LONDON) == "city/london-in-census"


def test_no_term_found_makes_a_new_place(tmp_path: Path) -> None:
    path = tmp_path / "review.tsv"
    asked(path, LONDON)
    answer(path, "innograph:city/london-ca", object_id="sssom:NoTermFound")
    using = asked(path, LONDON)
    assert [match.certainty for match in using.matches() if match.name == LONDON] == ["new"]
    assert [row["object_id"] for row in rows(path)] == ["sssom:NoTermFound"]


@pytest.mark.parametrize(
    ("answered", "found"),
    [
        ("wikidata:Q956", "city/beijing"),
        ("http://www.wikidata.org/entity/Q956", "city/beijing"),
        ("geonames:2038349", "city/beijing"),
        ("innograph:city/beijing", "city/beijing"),
        ("geonames:2643743", "city/london-populated-place"),
        ("iso3166-2:GB-LND", "city/london-city-of"),
        ("wikidata:Q84", "city/london-in-census"),
    ],
)
def test_a_person_may_answer_with_what_was_not_proposed(tmp_path: Path, answered: str, found: str) -> None:
    path = tmp_path / "review.tsv"
    asked(path, LONDON)
    answer(path, "innograph:city/london", object_id=answered, predicate_id="skos:exactMatch")
    using = asked(path, LONDON)
    assert place(using, LONDON) == found
    if answered == "wikidata:Q84":
        same = "<http://www.w3.org/2002/07/owl#sameAs> <http://www.wikidata.org/entity/Q84>"
        assert same in described(using.minted(), found)


def test_an_answer_that_names_nothing_refuses_the_rows_of_that_name(tmp_path: Path) -> None:
    path = tmp_path / "review.tsv"
    asked(path, LONDON)
    answer(path, "innograph:city/london", object_id="innograph:city/atlantis", predicate_id="skos:exactMatch")
    refused = aligner(review=path).align(stated(LONDON))
    assert isinstance(refused, Refused)
    assert "atlantis" in refused.reason


def test_indicators_and_units_are_answered_too(tmp_path: Path) -> None:
    path = tmp_path / "review.tsv"
    row = stated(Name("Beijing"), THEATRES, unit=Name("per 10,000 people"))
    money = stated(Name("Beijing"), Name("Budget"), unit=Name("million $"))
    using = aligner(review=path)
    assert short(aligned(using.align(row)).indicator) == "indicator/patents-per-10-000-persons"
    using.align(money)
    using.write_review()
    answer(path, "innograph:indicator/patents-per-10000-people", predicate_id="skos:exactMatch")
    answer(path, "http://qudt.org/vocab/unit/CCY_AUD", predicate_id="skos:exactMatch")
    using = aligner(review=path)
    assert short(aligned(using.align(row)).indicator) == "indicator/patents-per-10000-people"
    record = aligned(using.align(money))
    assert (record.unit, record.multiplier) == ("http://qudt.org/vocab/unit/CCY_AUD", 6)
    answer(path, "innograph:indicator/patents-per-10000-people", predicate_id="skos:closeMatch")
    using = aligner(review=path)
    path_of_new = short(aligned(using.align(row)).indicator)
    assert path_of_new == "indicator/patents-per-10-000-persons"
    assert any("closeMatch" in line for line in described(using.minted(), path_of_new))


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({"predicate_id": "yes"}, "predicate_id 'yes'"),
        ({"predicate_modifier": "no"}, "predicate_modifier 'no'"),
        ({"subject_category": "town"}, "subject_category 'town'"),
    ],
)
def test_an_answer_that_is_none_is_told_with_its_line(
    tmp_path: Path, cells: dict[str, str], word: str
) -> None:
    path = tmp_path / "review.tsv"
    asked(path, LONDON)
    answer(path, "innograph:city/london-ca", **cells)
    with pytest.raises(InputError) as caught:
        aligner(review=path)
    [problem] = caught.value.problems
    assert word in problem.what
    assert problem.mend
    assert problem.line
    assert "london-ca" in path.read_text("utf-8").splitlines()[problem.line - 1]


def test_two_answers_for_one_name_contradict(tmp_path: Path) -> None:
    path = tmp_path / "review.tsv"
    asked(path, LONDON)
    for object_id in ("innograph:city/london", "innograph:city/london-ca"):
        answer(path, object_id, predicate_id="skos:exactMatch")
    with pytest.raises(InputError, match="answered twice"):
        aligner(review=path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a,b\nc,d\n", b"subject_label\tpredicate_id\nx\ty\n"])
def test_a_file_that_is_no_review_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "review.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        aligner(review=path)


def test_an_absent_file_is_no_answer_and_an_empty_one_neither(tmp_path: Path) -> None:
    (tmp_path / "empty.tsv").write_bytes(b"")
    for name in ("absent.tsv", "empty.tsv"):
        using = asked(tmp_path / name, LONDON)
        assert place(using, LONDON) == "city/london-in-census"
        assert len(rows(tmp_path / name)) == 2
