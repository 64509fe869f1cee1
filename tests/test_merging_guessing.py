"""A draft of a mapping says what the file says, asks what it leaves open, and is a mapping."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from innograph.loader.merging.guessing import certain, guess, questions
from innograph.loader.merging.mapping import Counts
from innograph.loader.merging.mapping_file import parse_mapping
from innograph.loader.merging.mapping_rows import mapped
from innograph.loader.merging.reading import read
from innograph.loader.merging.records import Refused, Stated

DATA = Path(__file__).parent / "data" / "merging"
SAMPLES = DATA / "samples"


def drafted(path: Path, text: str, name: str = "a.csv") -> str:
    file = path / name
    file.write_text(text, "utf-8")
    return guess([file])


def merged(draft: str, *paths: Path) -> list[Stated]:
    """What a draft gives, which must be all that the file says."""
    mapping, counts = parse_mapping(draft), Counts()
    found = [
        record for path in paths for t in read(path, mapping.read) for record in mapped(t, mapping, counts)
    ]
    assert not [record for record in found if isinstance(record, Refused)]
    return [record for record in found if isinstance(record, Stated)]


def asked(draft: str) -> str:
    return "\n".join(questions(draft))


# Real files


@pytest.mark.parametrize("name", ["MarketPush.csv", "MarketPull.csv", "RDIntense.csv"])
def test_a_long_table_is_certain(name: str) -> None:
    draft = guess([SAMPLES / name])
    said = tomllib.loads(draft)
    assert certain(draft)
    assert (said["period"], said["indicator"], said["value"], said["unit"]) == (
        "year",
        "variables",
        "value",
        "units",
    )
    assert said["place"] == "province"  # four of them do not yet make it the provinces of China
    assert said["leave_out"] == {"province": ["全国"]}
    multipliers = {word: unit.get("multiplier", 0) for word, unit in said["units"].items()}
    assert multipliers in ({"项": 0, "万元": 4}, {"亿元": 8, "%": 0})
    assert merged(draft, SAMPLES / name)


def test_provinces_of_china_are_regions(tmp_path: Path) -> None:
    provinces = ("北京", "天津", "河北", "山西", "上海", "江苏")
    draft = drafted(
        tmp_path,
        "地区,年份,人口（万人）\n" + "".join(f"{place},2014,{5 + n}\n" for n, place in enumerate(provinces)),
    )
    said = tomllib.loads(draft)
    assert said["place"] == {"column": "地区", "country": "CN", "level": "region", "language": "zh"}
    assert (said["period"], said["values"][0]["unit"]) == ("年份", "万人")
    assert certain(draft)


def test_a_projection_is_the_forecast_of_its_twin() -> None:
    draft = guess([SAMPLES / "owid-city-populations.csv"])
    said = tomllib.loads(draft)
    first, second = said["values"]
    assert (second["status"], second["indicator"]) == ("F", first["column"])
    assert (said["place"], said["period"]) == ("Entity", "Year")
    assert said["source"]["publisher"].startswith("United Nations")
    assert len(questions(draft)) == 2  # in what unit? the file does not say that these are millions


def test_units_are_read_from_headers_or_asked() -> None:
    draft = guess([SAMPLES / "owid-c40-city-emissions.csv"])
    units = {values["column"]: values.get("unit") for values in tomllib.loads(draft)["values"]}
    assert units["Transport emissions per capita (tCO2)"] == "tCO2"
    assert units["Population density"] is None
    assert len(questions(draft)) == 3


def test_countries_and_a_nation_among_them() -> None:
    said = tomllib.loads(guess([SAMPLES / "owid-patent-rates" / "patent-and-publication-rates.csv"]))
    assert said["leave_out"] == {"Entity": ["World"]}


def test_dates_that_may_be_years_are_asked_about() -> None:
    draft = guess([SAMPLES / "exchange-rates" / "annual.csv"])
    assert "are years meant?" in asked(draft)
    assert "Only AUD" in draft  # what the metadata says of the column
    assert tomllib.loads(draft)["source"]["licence"].endswith("pddl/1.0/")


def test_identifiers_are_found_and_a_missing_period_is_asked() -> None:
    draft = guess([SAMPLES / "cities.csv"])
    said = tomllib.loads(draft)
    assert said["place"]["identifiers"] == {"geonames": "geonameid"}
    assert said["place"]["country"] == {"column": "countrycode"}
    assert [values["column"] for values in said["values"]] == ["population"]  # no coordinates, no codes
    assert "which column says when?" in asked(draft)


def test_a_nested_survey_gets_a_layout_for_each_table() -> None:
    draft = guess([SAMPLES / "innovationserhebung.json"])
    said = {table["name"][0]: table for table in tomllib.loads(draft)["tables"]}
    assert said["base_line_interactive"]["period"] == "x"
    assert "which column names the places?" in asked(draft)


def test_sdmx_says_its_roles_itself() -> None:
    path = DATA / "sdmx" / "generic.xml"
    draft = guess([path])
    assert certain(draft)
    first, second = merged(draft, path)
    assert (first.place.label, first.period, first.digits, first.status, second.status) == (
        "CN_BJ",
        "2014",
        "48.20",
        "A",
        "F",
    )
    assert first.unit.identifiers == (("innograph", "per-10000-people"),)


def test_json_stat_says_its_roles_itself(tmp_path: Path) -> None:
    cube = {
        "version": "2.0",
        "class": "dataset",
        "label": "Patents",
        "id": ["area", "when", "what"],
        "size": [2, 2, 1],
        "role": {"time": ["when"], "geo": ["area"], "metric": ["what"]},
        "dimension": {
            "area": {
                "category": {"index": ["DE-BE", "DE-HH"], "label": {"DE-BE": "Berlin", "DE-HH": "Hamburg"}}
            },
            "when": {"category": {"index": ["2013", "2014"]}},
            "what": {
                "category": {
                    "label": {"P": "Patents"},
                    "unit": {"P": {"decimals": 1, "label": "per 10,000 people"}},
                }
            },
        },
        "value": [1, 2, None, 4],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(cube), "utf-8")
    draft = guess([path])
    assert certain(draft)
    records = merged(draft, path)
    assert [record.digits for record in records] == ["1.0", "2.0", "4.0"]
    assert (records[0].place.label, records[0].place.identifiers) == ("Berlin", (("iso3166-2", "DE-BE"),))
    assert (records[0].indicator.label, records[0].unit.label) == ("Patents", "per 10,000 people")


def test_what_stands_far_down_is_seen(tmp_path: Path) -> None:
    lines = [
        f"city-{n},2014,{kind},1,{unit}\n"
        for kind, unit in (("a", "km2"), ("b", "万元"))
        for n in range(3000)
    ]
    said = tomllib.loads(drafted(tmp_path, "city,year,indicator,value,unit\n" + "".join(lines)))
    assert set(said["units"]) == {"km2", "万元"}


# Shapes of tables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("city,2014,2015\nBeijing,1,2\nParis,1,2\n", {"match": r"(?P<period>(?:19|20)\d\d)年?"}),
        (
            "city,Q1 2014,Q2 2014\nBeijing,1,2\nParis,1,2\n",
            {"match": r"(?P<period>(?:19|20)\d\d-?[QHSM]\d{1,2}|[QH]\d[ /-]?(?:19|20)\d\d)"},
        ),
        (
            "city,GDP 2014,GDP 2015\nBeijing,1,2\n",
            {"match": r"(?P<indicator>.+?)[\s_:/,(-]+(?P<period>(?:19|20)\d\d)\)?"},
        ),
        ("year,Beijing,Paris,Tokyo\n2014,1,2,3\n2015,1,2,3\n", {"match": "(?!(?:year)$)(?P<place>.+)"}),
        ("city,year,Budget (Mio. EUR)\nParis,2014,5\n", {"column": "Budget (Mio. EUR)", "unit": "Mio. EUR"}),
        ("city,year,area in km2\nParis,2014,5\n", {"column": "area in km2", "unit": "km2"}),
        ("city,year,Share (%)\nParis,2014,5\n", {"column": "Share (%)", "unit": "%"}),
        ("city,year,growth\nParis,2014,5 %\nRome,2014,6 %\n", {"column": "growth", "unit": "%"}),
    ],
)
def test_wide_tables(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    assert tomllib.loads(drafted(tmp_path, text))["values"] == [expected]


@pytest.mark.parametrize(
    ("text", "role", "expected"),
    [
        ("Stadt;Jahr;Quartal;Wert\nBonn;2014;1;1,5\nBonn;2014;2;2,5\n", "period", {"template": "{Jahr}-Q{Quartal}"}),
        ("Stadt;Jahr;Wert\nBonn;2014;1.234,5\nKöln;2014;2,5\n", "value", {"column": "Wert", "decimal": ","}),
        ("city,time,indicator,value,flag\nA,2014,x,1,p\nB,2014,x,2,e\n", "status", "flag"),
        ("REF_AREA,TIME_PERIOD,OBS_VALUE,UNIT_MULT,DATAFLOW\nCN,2014,1,6,x\n", "multiplier", "UNIT_MULT"),
        ("Country Name,Country Code,Year,Value\nChina,CHN,2014,1\nFrance,FRA,2014,2\n", "place",
         {"column": "Country Name", "identifiers": {"iso3166-1": "Country Code"}, "level": "country"}),
    ],
)  # fmt: skip
def test_roles(tmp_path: Path, text: str, role: str, expected: object) -> None:
    assert tomllib.loads(drafted(tmp_path, text))[role] == expected


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("city,year,sex,value\nA,2014,m,1\nA,2014,f,2\n", 'what does "sex" tell apart (m, f)?'),
        ("city,year,value\nA,2014/15,1\nB,2015/16,2\n", "in which month do fiscal years start"),
        ("city,date,value\nA,03/04/2014,1\nB,05/06/2014,2\n", "which number is the month"),
        ("city,year,people\nA,2014,1.234\nB,2014,2.345\n", "part thousands"),
        ("city;year;people\nA;2014;1,234\nB;2014;2,345\n", "part decimals"),
        ("city,year,people\nA,2014,5\nA,2050,6\n", "later forecasts?"),
        ("geo,time,value\nDE1,2014,5\nDE2,2014,6\n", "which version of NUTS"),
        ("a,b,value\nx,y,5\nz,w,6\n", "which column names the places?"),
        ("city,year,indicator,value,flag\nA,2014,x,1,q\nB,2014,x,2,w\n", 'codes = {"q" = "A", "w" = "A"}'),
        ("city,year,indicator,value,unit\nA,2014,x,1,frobs\nB,2014,x,2,frobs\n", "[units.frobs]"),
    ],
)
def test_what_is_open_is_asked(tmp_path: Path, text: str, question: str) -> None:
    draft = drafted(tmp_path, text)
    assert question in asked(draft)
    tomllib.loads(draft)


def test_names_in_two_rows_are_joined(tmp_path: Path) -> None:
    below = tomllib.loads(drafted(tmp_path, "city,2014,2015\n,万元,万元\nA,1,2\nB,1,2\nC,2,4\n"))
    assert below["read"]["header"] == [1, 2]
    assert below["values"] == [{"match": r"(?P<period>(?:19|20)\d\d)[\s_:/,-]+(?P<unit>.+)"}]
    above = tomllib.loads(
        drafted(
            tmp_path, ",2014,,2015,\ncity,GDP (亿元),Jobs,GDP (亿元),Jobs\nA,1,2,3,4\nB,1,2,3,4\nC,5,6,7,8\n"
        )
    )
    assert above["read"]["header"] == [1, 2]
    assert above["indicators"] == {"GDP (亿元)": {"unit": "亿元"}}


def test_an_encoding_that_was_found_out_is_stated(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("都道府県,年,値,単位\n東京都,2014,13,百万円\n大阪府,2014,8,百万円\n".encode("shift_jis"))
    said = tomllib.loads(guess([path]))
    assert said["read"]["encoding"] == "cp932"
    assert said["units"]["百万円"] == {"is": "unit:CCY_JPY", "multiplier": 6}


def test_an_indicator_that_is_like_one_of_ours_is_not_taken_for_it(tmp_path: Path) -> None:
    draft = drafted(tmp_path, "city,year,indicator,value\nBeijing,2014,Patents per 10000 people,5\n")
    assert '# is = "patents-per-10000-people"' in draft
    assert "indicators" not in tomllib.loads(draft)


def test_strange_names_stay_toml(tmp_path: Path) -> None:
    draft = drafted(tmp_path, '"city ""x"" \\ [1]",year,"a\'b # c"\nParis,2014,5\nRome,2014,6\n')
    said = tomllib.loads(draft)
    assert said["place"] == 'city "x" \\ [1]'
    assert said["values"][0]["column"] == "a'b # c"
