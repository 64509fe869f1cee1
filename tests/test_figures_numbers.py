"""Numbers and multiplying words as files and people write them; digits are kept as stated."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innograph.ontology.figures.multipliers import split_multiplier
from innograph.ontology.figures.numbers import Number, parse_number


@pytest.mark.parametrize(
    ("written", "digits", "multiplier", "words"),
    [
        ("853.69", "853.69", 0, ""),
        ("1,234.50", "1234.50", 0, ""),
        ("12,34,567", "1234567", 0, ""),
        ("1'234 567", None, 0, ""),
        ("1 234 567", "1234567", 0, ""),
        ("８５３．６９", "853.69", 0, ""),
        ("−5", "-5", 0, ""),
        ("(1,234)", "-1234", 0, ""),
        ("-0.0", "0.0", 0, ""),
        (".5", "0.5", 0, ""),
        ("00123", "123", 0, ""),
        ("1.5E+06", "1.5", 6, ""),
        ("3.1371853967038E7", "31371853.967038", 0, ""),
        ("1.5e-5", "0.000015", 0, ""),
        ("853.69 billion yuan", "853.69", 9, "yuan"),
        ("CNY 853.69bn", "853.69", 9, "CNY"),
        ("¥853.69bn", "853.69", 9, "¥"),
        ("US$5m", "5", 6, "US$"),
        ("5 m", "5", 0, "m"),
        ("8,536.9亿元", "8536.9", 8, "元"),
        ("3亿5000万円", "35000", 4, "円"),
        ("1兆2000億円", "12000", 8, "円"),
        ("1万2345", "12345", 0, ""),
        ("5百万円", "5", 6, "円"),
        ("500万千瓦时", "500", 4, "千瓦时"),
        ("28.3 thousand firms", "28.3", 3, "firms"),
        ("28.3k", "28.3", 3, ""),
        ("5 thousand million", "5", 9, ""),
        ("5 Mrd. €", "5", 9, "€"),
        ("12.3 %", "12.3", 0, "%"),
        ("百分之12.3", "12.3", 0, "%"),
        ("60.5 km²", "60.5", 0, "km2"),
        ("$5 per day", "5", 0, "$ per day"),
        ("5 per 10,000 people", "5", 0, "per 10,000 people"),
    ],
)
def test_numbers(written: str, digits: str | None, multiplier: int, words: str) -> None:
    if digits is None:
        with pytest.raises(ValueError, match="separators"):
            parse_number(written)
    else:
        assert parse_number(written) == Number(digits, multiplier, words)


@pytest.mark.parametrize(
    ("written", "digits"),
    [("1.234,56", "1234.56"), ("1 234,5", "1234.5"), ("0,5", "0.5"), ("1.234.567", "1234567")],
)
def test_decimal_commas(written: str, digits: str) -> None:
    assert parse_number(written, decimal=",").digits == digits
    with pytest.raises(ValueError, match='decimal = ","'):
        parse_number(written)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("n/a", "not a number"),
        ("...", "not a number"),
        ("-", "not a number"),
        ("NaN", "not a number"),
        ("<5", "bound"),
        ("~5", "bound"),
        ("5-10", "more than one number"),
        ("1234*", "footnote"),
        ("1234¹", "footnote"),  # NFKC would make it 12341
        ("12③", "footnote"),
        ("12,34", "separators"),
        ("1,2345", "separators"),
        ("1e400", "exponent"),
    ],
)
def test_what_is_no_plain_number_is_refused(written: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_number(written)


@pytest.mark.parametrize(
    ("unit", "power", "rest"),
    [
        ("万元", 4, "元"),
        ("亿元（人民币）", 8, "元(人民币)"),
        ("单位：万元", 4, "元"),
        ("百万美元", 6, "美元"),
        ("万千瓦时", 4, "千瓦时"),
        ("千米", 0, "千米"),
        ("每万人", 0, "每万人"),
        ("million US$", 6, "US$"),
        ("US$ million", 6, "US$"),
        ("EUR (millions)", 6, "EUR"),
        ("Mio. EUR", 6, "EUR"),
        ("milliers d'euros", 3, "euros"),
        ("thousands of persons", 3, "persons"),
        ("in thousands", 3, ""),
        ("1,000 persons", 3, "persons"),
        ("10^6 m3", 6, "m3"),
        ("per million people", 0, "per million people"),
        ("cases per 100,000", 0, "cases per 100,000"),
        ("%", 0, "%"),
        ("m", 0, "m"),
    ],
)
def test_multipliers_in_units(unit: str, power: int, rest: str) -> None:
    assert split_multiplier(unit) == (power, rest)


@settings(max_examples=60)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_formatted_numbers_are_read_back(value: Decimal) -> None:
    for text, sign in (
        (f"{value:,f}", "."),
        (f"{value:,f}".translate(str.maketrans(",.", ".,")), ","),
        (f"{value:E}", "."),
    ):
        assert parse_number(text, decimal=sign).value == value


@settings(max_examples=60)
@given(st.text(max_size=16) | st.from_regex(r"[-+()0-9.,万亿 kme%]{1,12}", fullmatch=True))
def test_any_text_is_a_number_or_a_value_error(text: str) -> None:
    try:
        found = parse_number(text)
    except ValueError:
        return
    assert Decimal(found.digits).is_finite()
