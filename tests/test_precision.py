"""What stated digits leave open, and when two figures agree."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innograph.ontology.figures.precision import Figure, agree, percent, relative_difference


def test_stated_digits_leave_half_a_unit_of_the_last_one_open() -> None:
    figure = Figure("853.69", 9)
    assert figure.value == 853_690_000_000
    assert figure.interval == (853_685_000_000, 853_695_000_000)
    assert Figure("1.50").interval == (Decimal("1.495"), Decimal("1.505"))
    assert Figure("-4").interval == (Decimal("-4.5"), Decimal("-3.5"))


def test_an_exact_count_leaves_nothing_open() -> None:
    assert Figure("28300", exact=True).interval == (28300, 28300)


def test_a_factor_and_an_offset_convert_the_interval_too() -> None:
    hectares = Figure("1.5", factor=Decimal(10_000))
    assert hectares.value == 15_000
    assert hectares.interval == (14_500, 15_500)
    fahrenheit = Figure("32", factor=Decimal(5), offset=Decimal("459.67"))
    assert fahrenheit.value == Decimal("2458.35")
    assert Figure("2", factor=Decimal(-3)).interval == (Decimal("-7.5"), Decimal("-4.5"))


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        (Figure("853.69", 9), Figure("85369394", 4), True),
        (Figure("313.6", 9), Figure("31371853.967038", 4), False),
        (Figure("48.2"), Figure("48.3"), False),  # 48.25 alone would round to both
        (Figure("48.2"), Figure("48.24"), True),
        (Figure("48"), Figure("48.4"), True),
        (Figure("48.0"), Figure("48.4"), False),
        (Figure("17200", exact=True), Figure("17201", exact=True), False),
        (Figure("17200", exact=True), Figure("17200", exact=True), True),
        (Figure("17.2", 3), Figure("17201", exact=True), True),
        (Figure("17.2", 3), Figure("17250", exact=True), True),  # it may have been rounded either way
        (Figure("17.2", 3), Figure("17251", exact=True), False),
    ],
)
def test_figures_agree_where_their_intervals_overlap(a: Figure, b: Figure, verdict: bool) -> None:
    assert agree(a, b) is agree(b, a) is verdict


def test_the_relative_difference_is_in_parts_of_the_stated_figure() -> None:
    difference = relative_difference(Figure("313.6", 9), Figure("31371853.967038", 4))
    assert difference is not None
    assert round(difference, 6) == Decimal("0.000378")
    assert relative_difference(Figure("4"), Figure("3")) == Decimal("-0.25")
    assert relative_difference(Figure("0.0"), Figure("3")) is None


@pytest.mark.parametrize("digits", ["", "1,5", "1.2.3", "1e5", "٣", "NaN", "--1", "."])
def test_what_is_no_plain_decimal_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="not a plain decimal"):
        Figure(digits)


@pytest.mark.parametrize(("digits", "multiplier"), [("9" * 400, 0), ("1", 10**9), ("1", -400)])
def test_what_no_figure_can_be_is_refused(digits: str, multiplier: int) -> None:
    with pytest.raises(ValueError, match="more than 300 digits"):
        Figure(digits, multiplier)


@pytest.mark.parametrize(
    ("relative", "text"),
    [
        ("0.000378", "0.04"),
        ("-0.000378", "0.04"),
        ("0.12", "12"),
        ("0.123456", "12.35"),
        ("10", "1000"),
        ("0.000005", "0.0005"),
        ("0.000096", "0.01"),
        ("0", "0"),
    ],
)
def test_a_difference_is_told_in_percent(relative: str, text: str) -> None:
    assert percent(Decimal(relative)) == text


figures = st.builds(
    lambda number, places, multiplier, exact: Figure(
        format(Decimal(number).scaleb(-places), f".{places}f"), multiplier, exact=exact and not places
    ),
    st.integers(-(10**8), 10**8),
    st.integers(0, 6),
    st.integers(-6, 12),
    st.booleans(),
)


@given(figures, figures, st.integers(1, 10**12))
def test_conversion_changes_no_verdict(a: Figure, b: Figure, factor: int) -> None:
    scaled = [Figure(f.digits, f.multiplier, Decimal(factor) / 8, f.exact) for f in (a, b)]
    assert agree(*scaled) == agree(a, b)


@given(figures, figures)
def test_what_agrees_has_a_number_in_common(a: Figure, b: Figure) -> None:
    (low, high), (other_low, other_high) = a.interval, b.interval
    common = Fraction(min(high, other_high)) - Fraction(max(low, other_low))
    assert agree(a, b) == (common >= 0 if a.exact or b.exact else common > 0)


@given(figures)
def test_every_figure_agrees_with_itself_rounded(figure: Figure) -> None:
    places = figure.decimals // 2
    rounded = format(round(Decimal(figure.digits), places), f".{places}f")
    assert agree(figure, figure)
    assert agree(figure, Figure(rounded, figure.multiplier))
