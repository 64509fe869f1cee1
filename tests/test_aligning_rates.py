"""Exchange rates: only stated ones, in their stated direction, kept with the row that states them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from aligned import NAMES, aligned, gazetteer, plain, reference, stated
from pyoxigraph import Quad

from innograph.loader.errors import InputError
from innograph.loader.merging.aligning import Aligner
from innograph.loader.merging.aligning.rates import Rates
from innograph.loader.merging.records import Name
from innograph.loader.validation import fast, graph_rules

FOLDER = Path(__file__).with_name("data") / "merging"
SAID: dict[str, object] = {
    "file": "exchange-rates.csv",
    "key": "Country",
    "period": "Date",
    "value": "Exchange rate",
    "base": "USD",
    "period_as": "year",
    "title": "Yearly averages",
}


def rates(folder: Path = FOLDER, **changed: object) -> Rates:
    said = {key: value for key, value in (SAID | changed).items() if value is not None}
    return Rates.read(said, [folder], gazetteer())


def test_rates_are_units_for_one_of_the_base_or_inverted_where_the_mapping_says_so(tmp_path: Path) -> None:
    yuan = rates().rate("CNY", "2023")
    assert yuan is not None
    assert (yuan.digits, yuan.inverted, yuan.value) == ("7.0809", False, Decimal("7.0809"))
    (tmp_path / "exchange-rates.csv").write_text(
        "Date,Country,Exchange rate\n2014-01-01,Euro,1.3285\n2014-01-01,China,6.1620\n"
    )
    series = rates(tmp_path, inverted=["Euro"])
    euro = series.rate("EUR", "2014")
    assert euro is not None
    assert (euro.digits, euro.inverted, euro.row) == ("1.3285", True, 2)
    assert abs(euro.value * Decimal("1.3285") - 1) < Decimal("1e-14")
    assert series.convert(Decimal(2), "EUR", "USD", "2014") == Decimal("2.6570")
    labels = {
        t.object.value for t in series.triples({("EUR", "2014")}, "x", NAMES) if "label" in str(t.predicate)
    }
    assert "USD for one EUR, 2014: 1.3285" in labels


def test_money_converts_by_the_rate_of_its_period_and_not_otherwise() -> None:
    series = rates()
    dollars = series.convert(Decimal("853.69"), "CNY", "USD", "2023")
    assert dollars is not None
    assert 119 < dollars < 122
    there = series.convert(Decimal("100"), "EUR", "CNY", "2014")
    assert there is not None
    back = series.convert(there, "CNY", "EUR", "2014")
    assert back is not None
    assert abs(back - 100) < Decimal("1e-10")
    assert series.convert(Decimal(1), "CNY", "USD", "2015") is None
    assert series.convert(Decimal(1), "GBP", "USD", "2014") is None
    assert series.convert(Decimal("1.50"), "CNY", "CNY", "2015") == Decimal("1.50")


def test_a_country_that_changed_its_money_in_the_period_has_no_rate() -> None:
    series = rates()
    assert series.rate("VEB", "2007") is not None
    assert series.rate("VEB", "2008") is series.rate("VEF", "2008") is None


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"file": "absent.csv"}, "no such file"),
        ({"key": "Currency"}, "no column Currency"),
        ({"base": "dollars"}, "base"),
        ({"value": None}, "value is missing"),
        ({"direction": "up"}, "direction is unknown"),
        ({"inverted": ["Eurozone"]}, "Eurozone"),
        ({"inverted": "Euro"}, "list"),
        ({"period_as": "decade"}, "period_as"),
    ],
)
def test_a_section_that_cannot_be_used_is_refused(changed: dict[str, object], word: str) -> None:
    with pytest.raises(InputError) as caught:
        rates(**changed)
    assert word in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ("2014-01-01,China,none\n", "no number above 0"),
        ("2014-01-01,China,-6\n", "no number above 0"),
        ("2014-01-01,China,6.1\n2014-06-01,China,6.2\n", "two rates"),
        ("soon,China,6.1\n", "soon"),
        ("2014-01-01,Atlantis,6.1\n", "no key"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, rows: str, word: str) -> None:
    (tmp_path / "exchange-rates.csv").write_text(f"Date,Country,Exchange rate\n{rows}")
    with pytest.raises(InputError) as caught:
        rates(tmp_path)
    assert word in str(caught.value)


def test_a_merge_keeps_the_rates_of_its_money_and_a_query_converts_by_them() -> None:
    using = Aligner(plain(), NAMES, "one", gazetteer=gazetteer(), rates=(SAID, [FOLDER]))
    contracts = Name("x", (("innograph", "technology-contract-value"),))
    for year in ("2014", "2015", "2023"):
        aligned(using.align(stated(Name("Beijing"), contracts, year, "3000", Name("亿元"))))
    store = reference()
    store.extend(Quad(*triple, NAMES.graph("one")) for triple in using.minted())
    assert [f for f in (*fast(store), *graph_rules(store)) if f.severity == "Violation"] == []
    rows = store.query(
        """PREFIX schema: <https://schema.org/> PREFIX prov: <http://www.w3.org/ns/prov#>
        PREFIX sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
        SELECT (STR(?period) AS ?year) (300000000000 / ?rate AS ?dollars) ?row {
            ?exchange a schema:ExchangeRateSpecification ; schema:currency "USD" ;
                sdmx-dimension:refPeriod ?period ; prov:wasDerivedFrom ?row ;
                schema:currentExchangeRate [ schema:price ?rate ; schema:priceCurrency "CNY" ]
        } ORDER BY ?year""",
        use_default_graph_as_union=True,
    )
    found = [(row["year"].value, Decimal(row["dollars"].value), row["row"].value) for row in rows]  # type: ignore[union-attr,index]
    assert [year for year, _, _ in found] == ["2014", "2023"]
    assert 48 < found[0][1] / 10**9 < 49
    assert found[0][2].endswith("#row=" + str(rates().rate("CNY", "2014").row))  # type: ignore[union-attr]
