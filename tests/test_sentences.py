"""The rules for sentences: what they find in the annotated sentences and in the article itself, and their parts."""

from __future__ import annotations

import csv
import io
import os
import sys
from pathlib import Path

import pytest
from harness import SLUG
from hypothesis import given, settings
from hypothesis import strategies as st

from innograph.loader.sources.proposing import propose
from innograph.ontology.figures.sentences import quantities, rates, reading, text, times
from innograph.ontology.figures.sentences.hedges import Comparator
from innograph.ontology.figures.sentences.lexicon import Lexicon
from innograph.ontology.figures.sentences.records import (
    FigureClaim,
    GrowthClaim,
    NotUnderstood,
    RankClaim,
    Relation,
)
from innograph.ontology.namespaces import Names
from innograph.server.verifying import Verifier

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks" / "verify"))
import sentences as annotated
import verdicts

ARTICLE = pytest.mark.skipif(
    not os.environ.get("INNOGRAPH_ARTICLE"),
    reason="INNOGRAPH_ARTICLE names no file: set it to the article's text",
)


@pytest.fixture(scope="module")
def lexicon(store: Path) -> Lexicon:
    return Verifier.open(store).known.lexicon


def test_precision_and_recall(lexicon: Lexicon) -> None:
    assert len(annotated.SENTENCES.read_text("utf-8").splitlines()) > 100
    scores = {language: annotated.measure(lexicon, language) for language in ("en", "zh", "ja")}
    for score in scores.values():
        assert score.precision >= 0.97, score.errors
        assert score.recall >= 0.93, score.errors


def test_verdicts_on_claims_of_strangers(store: Path) -> None:
    """None is supported or refuted that must not be; few that can be judged are missed."""
    tally = verdicts.measure({"published": Verifier.open(store)})
    assert tally.lines > 280
    assert not tally.wrong, tally.errors
    assert tally.missed <= 8, tally.errors


@ARTICLE
def test_the_article_itself(lexicon: Lexicon) -> None:
    article = Path(os.environ["INNOGRAPH_ARTICLE"]).read_text("utf-8")
    found = reading.read(article, lexicon).found
    figures = {(annotated.notation(one)) for one in found if isinstance(one, FigureClaim)}
    assert figures == {
        "B P 2014 = 48.2",
        "B P 2023 = 262.9",
        "B T 2014 = 313600000000",
        "B T 2023 = 853690000000",
        "B N 2014 = 10400",
        "B N 2023 = 28300",
        "B D 2014 = 146",
        "B D 2023 = 337",
    }
    growth = {
        annotated.notation(one)
        for one in found
        if isinstance(one, GrowthClaim) and one.relation is not Relation.LARGE
    }
    assert growth == {"B P 2014..2023 ratio > 5", *(f"B {name} 2014..2023 up" for name in "TND")}
    vague = [one for one in found if isinstance(one, GrowthClaim) and one.relation is Relation.LARGE]
    assert [article[one.start : one.end].split()[0] for one in vague] == ["increase", "increase"]
    ranks = {(one.ranking.words, one.rank, one.period) for one in found if isinstance(one, RankClaim)}
    assert ranks == {("Nature Index Science Cities", 1, ""), ("Highly Cited Researchers", 1, "2023")}
    for one in found:
        assert 0 <= one.start < one.end <= len(article)


@ARTICLE
def test_the_article_drafts_its_own_rows() -> None:
    article = Path(os.environ["INNOGRAPH_ARTICLE"]).read_text("utf-8")
    data = Path(__file__).parents[1] / "data"
    proposed = propose(article, data, Names())
    authored = list(
        csv.DictReader(io.StringIO((data / "sources" / SLUG / "observations.csv").read_text("utf-8")))
    )
    columns = ("city", "indicator", "period", "value", "unit", "multiplier")
    assert [[str(getattr(row, name)) for name in columns] for row in proposed.rows] == [
        [row[name] for name in columns] for row in authored
    ]
    for row in proposed.rows:
        assert len(row.anchors) == 3
        for start, end, quote in row.anchors:
            assert article[start:end] == quote


@pytest.mark.parametrize(
    ("written", "digits", "multiplier", "kind", "comparator"),
    [
        ("853.69 billion yuan", "853.69", 9, "money", "is"),
        ("CNY 853.69bn", "853.69", 9, "money", "is"),
        ("¥853.69bn", "853.69", 9, "money", "is"),
        ("RMB853.69 billion", "853.69", 9, "money", "is"),
        ("8,536.9亿元", "8536.9", 8, "money", "is"),
        ("8536億9000万元", "85369000", 4, "money", "is"),
        ("１０，４００家", "10400", 0, "count", "is"),
        ("28.3 thousand", "28.3", 3, "", "is"),
        ("2.83万家", "2.83", 4, "count", "is"),
        ("1万400社", "10400", 0, "count", "is"),
        ("8500多亿元", "8500", 8, "money", "over"),
        ("300余家", "300", 0, "count", "over"),
        ("more than 28,000", "28000", 0, "", "over"),
        ("28,000以上", "28000", 0, "", "at least"),
        ("约8500亿元", "8500", 8, "money", "about"),
        ("百分之二十", "20", 0, "percent", "is"),
        ("八千五百三十六点九亿元", "8536.9", 8, "money", "is"),
        ("三成", "3", 1, "percent", "is"),
        ("12.5 per cent", "12.5", 0, "percent", "is"),
        ("3个百分点", "3", 0, "points", "is"),
        ("a million", "1", 6, "", "is"),
        ("more than fivefold", "", 0, "", ""),
        ("-5.2%", "-5.2", 0, "percent", "is"),
        ("5G", "", 0, "", ""),
        ("COVID-19", "", 0, "", ""),
        ("853,69", "", 0, "", ""),
        ("10-year", "", 0, "", ""),
    ],
)
def test_numbers_in_text(written: str, digits: str, multiplier: int, kind: str, comparator: str) -> None:
    folded = text.fold(written)
    assert len(folded) == len(written)
    found = quantities.scan(folded, text.Span(0, len(folded)), (), {})
    if not digits:
        assert not [one for one in found if one.kind != quantities.TIMES]
        return
    assert [(one.digits, one.multiplier, one.kind, one.comparator) for one in found] == [
        (digits, multiplier, kind, Comparator(comparator))
    ]


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("in 2014", "2014", ""),
        ("2014年", "2014", ""),
        ("2023年末", "2023", ""),
        ("between 2014 and 2023", "2014", "2023"),
        ("from 2014 to 2023", "2014", "2023"),
        ("2014–2023", "2014", "2023"),
        ("2014-23", "2014", "2023"),
        ("2014年から2023年まで", "2014", "2023"),
        ("2014年至2023年", "2014", "2023"),
        ("Q1 2023", "2023-Q1", ""),
        ("2023年第一季度", "2023-Q1", ""),
        ("the first half of 2023", "2023-H1", ""),
        ("2023年上半年", "2023-H1", ""),
        ("March 2023", "2023-03", ""),
        ("2023年3月", "2023-03", ""),
        ("31 December 2023", "2023-12-31", ""),
        ("December 31, 2023", "2023-12-31", ""),
        ("FY2014/15", "FY2014-2015", ""),
        ("last year", "", ""),
        ("2023年1-9月", "", ""),
        ("the first nine months of 2023", "", ""),
        ("过去十年", "", ""),
    ],
)
def test_periods_in_text(written: str, first: str, last: str) -> None:
    folded = text.fold(written)
    found = times.scan(folded, text.Span(0, len(folded)), japanese=False)
    assert [(when.first, when.last) for when in found] == [(first, last)]


def test_a_fiscal_year_of_japan_is_no_calendar_year() -> None:
    whole = text.Span(0, 6)
    assert times.scan("2023年度", whole, japanese=True)[0].first == "FY2023-2024-04"
    assert times.scan("2023年度", whole, japanese=False)[0].first == "2023"


@pytest.mark.parametrize(
    ("written", "of", "amount"),
    [
        ("per 10,000 people", "person", 10_000),
        ("for every ten thousand residents", "person", 10_000),
        ("per capita", "person", 1),
        ("a day", "day", 1),
        ("每万人", "person", 10_000),
        ("每百万人口", "person", 1_000_000),
        ("人口1万人当たりの", "person", 10_000),
        ("1日当たり", "day", 1),
        ("日均", "day", 1),
    ],
)
def test_denominators(written: str, of: str, amount: int) -> None:
    folded = text.fold(written)
    assert [(one.of, one.amount) for one in rates.scan(folded, 0, len(folded))] == [(of, amount)]


def test_what_is_not_understood_is_said(lexicon: Lexicon) -> None:
    told = reading.read(
        "Beijing's exports hit 600 billion yuan in 2023, and it may have 5,000,00 firms.", lexicon
    )
    words = {one.words for one in told.found if hasattr(one, "why")}
    assert words == {"600 billion yuan", "5,000,00"}


def test_the_subject_is_carried_over_only_where_it_is_certain(lexicon: Lexicon) -> None:
    claim = "Technology contracts reached 853.69 billion yuan in 2023."

    def place(before: str) -> str:
        return next(
            one for one in reading.read(f"{before} {claim}", lexicon).found if isinstance(one, FigureClaim)
        ).place.iri

    assert place("Beijing had a good year.").endswith("city/beijing")
    assert not place("Beijing and Shanghai had a good year.")
    assert not place("Things went well.")


WORDS = (
    "Beijing 北京 Shanghai's 's patents technology contracts 技术合同 成交额 特許 per 10,000 people 每万人 "
    "1万人当たり 2014 2023 年 in between from to and 从 增至 から に 48.2 853.69 8,536.9 亿元 billion yuan ¥ % "
    'percent fivefold doubled 倍 翻一番 rose fell 增长 more than about 约 以上 not never 不是 will , . 。 ， " ( ) '
    "first 第一 Nature Index Science Cities respectively 😀 \u0301 ﷽ ㎢"
)
PIECES = [*WORDS.split(" "), " ", "\n"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["", " "]))
def test_any_text_is_read(lexicon: Lexicon, pieces: list[str], gap: str) -> None:
    given_text = gap.join(pieces)
    for one in reading.read(given_text, lexicon).found:
        assert 0 <= one.start < one.end <= len(given_text)
        if isinstance(one, NotUnderstood):
            assert given_text[one.start : one.end] == one.words
        if isinstance(one, FigureClaim):
            assert any(character.isalnum() for character in given_text[one.start : one.end])
            for span in one.anchors:
                assert 0 <= span.start < span.end <= len(given_text)
