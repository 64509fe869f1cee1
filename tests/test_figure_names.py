"""Names: which are equal, which are forms of one another, and which are merely alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innograph.ontology.figures.names import EQUAL, FOLDED, SHORTENED, Index, best, normalized, score, slug


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beijing", " BEIJING "),
        ("北京市", "北 京 市"),
        ("Xi'an", "Xi’an"),
        ("Île-de-France", "Île de France"),
        ("Ｔｏｋｙｏ", "Tokyo"),
        ("Gießen", "GIESSEN"),
        ("パリ", "ﾊﾟﾘ"),
        ("Washington, D.C.", "Washington D C"),
    ],
)
def test_typography_makes_no_other_name(one: str, other: str) -> None:
    assert normalized(one) == normalized(other)
    assert score(one, other) == EQUAL


@pytest.mark.parametrize(
    ("one", "other"), [("Zürich", "Zurich"), ("São Paulo", "Sao Paulo"), ("Łódź", "Lodz"), ("Århus", "Arhus")]
)
def test_accents_are_nearly_equal(one: str, other: str) -> None:
    assert score(one, other) == FOLDED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京", "北京市"),
        ("广西", "广西壮族自治区"),
        ("東京", "東京都"),
        ("大阪", "大阪府"),
        ("서울", "서울특별시"),
        ("Guangdong", "Guangdong Province"),
        ("City of London", "London"),
        ("Beijing Shi", "Beijing"),
        ("Province of Québec", "Quebec"),
    ],
)
def test_the_word_for_a_kind_of_area_makes_an_alternative_and_no_equality(one: str, other: str) -> None:
    assert score(one, other) == score(other, one) == SHORTENED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("London", "Londonderry"),
        ("York", "New York"),
        ("京都", "東京都"),
        ("吉林", "吉安"),
        ("Berlin", "Bern"),
    ],
)
def test_other_names_are_less_than_alternatives(one: str, other: str) -> None:
    assert score(one, other) < SHORTENED


def test_a_voiced_letter_is_no_accent() -> None:
    assert score("が", "か") == 0


@given(st.text(max_size=20), st.text(max_size=20))
def test_scores_are_symmetric_and_bounded(one: str, other: str) -> None:
    assert 0 <= score(one, other) == score(other, one) <= 1
    assert (score(one, other) == EQUAL) == (normalized(one) == normalized(other) != "")


@given(st.text(max_size=30))
def test_normalizing_again_changes_nothing(text: str) -> None:
    assert normalized(normalized(text)) == normalized(text)


def test_the_best_comes_first_and_the_empty_name_matches_nothing() -> None:
    assert best("Zurich", ["Munich", "Zürich", "Zürich Oerlikon"])[0] == ("Zürich", FOLDED)
    assert best("", ["Zürich"]) == []
    assert best("Zurich", ["", "-"]) == []


def test_an_index_finds_all_of_a_name_and_what_is_alike() -> None:
    index: Index[str] = Index()
    for label, thing in [
        ("北京市", "municipality"),
        ("北京", "town"),
        ("Beijing", "town"),
        ("Baoding", "other"),
    ]:
        index.add(label, thing)
    assert [(hit.thing, hit.score) for hit in index.find("北京")] == [
        ("town", EQUAL),
        ("municipality", SHORTENED),
    ]
    assert [hit.thing for hit in index.find("北京市")] == ["municipality", "town"]
    assert index.find("Peking") == []
    assert [hit.thing for hit in index.near("Bejing")] == ["town"]
    assert index.near("") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("São Paulo", "sao-paulo"),
        ("技术输出额", "jishushuchue"),
        ("Xi’an", "xian"),
        ("R&D (% of GDP)", "r-d-of-gdp"),
    ],
)
def test_slugs_are_plain(text: str, expected: str) -> None:
    assert slug(text) == expected


@given(st.text(max_size=200))
def test_every_text_has_a_slug_that_an_iri_can_hold(text: str) -> None:
    assert 0 < len(slug(text)) <= 60
    assert set(slug(text)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_long_names_stay_apart() -> None:
    assert slug("a long name " * 20 + "one") != slug("a long name " * 20 + "two")
