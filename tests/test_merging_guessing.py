"""A draft of a mapping says what the file says, asks what it leaves open, and is a mapping."""

from __future__ import annotations

import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from innograph.loader.errors import InputError
from innograph.loader.merging.guessing import certain, guess, questions
from innograph.loader.merging.mapping import Counts
from innograph.loader.merging.mapping.file import parse_mapping
from innograph.loader.merging.mapping.rows import mapped
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
    assert units["Transport emissions per capita (tCO2)"] == "tCO2 per capita"
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


def test_what_stands_above_the_header_is_shown_and_may_state_the_unit(tmp_path: Path) -> None:
    lines = [
        "数据库：分省年度数据",
        "指标：地区生产总值",
        "单位：亿元",
        "地区,2023年,2022年",
        "北  京,1.5,2",
        "上海,3,4",
        "注：初步核算",
    ]
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join(lines).encode("gb18030"))
    draft = guess([path])
    assert "# above the header: 指标：地区生产总值" in draft
    assert tomllib.loads(draft)["values"] == [{"match": r"(?P<period>(?:19|20)\d\d)年?", "unit": "亿元"}]
    assert asked(draft).startswith('indicator = {words = "地区生产总值"}')
    records = merged(
        draft.replace('# ? indicator = {words = "…"}', 'indicator = {words = "地区生产总值"}'), path
    )
    assert [(r.place.label, r.period, r.digits) for r in records[:2]] == [
        ("北京", "2023", "1.5"),
        ("北京", "2022", "2"),
    ]


def test_sdmx_csv_of_eurostat_and_of_the_oecd(tmp_path: Path) -> None:
    eurostat = (
        "DATAFLOW,freq,indic_ur,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\nE:U(1.0),A,DE1001V,DE001C,2014,5,p\n"
    )
    said = tomllib.loads(drafted(tmp_path, eurostat))
    assert (said["place"], said["indicator"], said["status"]) == ("geo", "indic_ur", "OBS_FLAG")
    oecd = (
        "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,Reference area,MEASURE,Measure,UNIT_MEASURE,Unit of measure,"
        "TIME_PERIOD,OBS_VALUE\n"
        "DATAFLOW,OECD:D(1.0),I,FRA,France,PAT,Patents,PS,Persons,2014,5\n"
        "DATAFLOW,OECD:D(1.0),I,DEU,Germany,PAT,Patents,PS,Persons,2014,6\n"
    )
    said = tomllib.loads(drafted(tmp_path, oecd))
    assert said["place"] == {
        "column": "Reference area",
        "identifiers": {"iso3166-1": "REF_AREA"},
        "level": "country",
    }
    assert (said["indicator"], said["unit"]) == ("Measure", "Unit of measure")


def test_the_row_numbers_of_a_data_frame_are_no_figures(tmp_path: Path) -> None:
    said = tomllib.loads(drafted(tmp_path, ",city,year,jobs\n0,Paris,2014,5\n1,Rome,2014,6\n"))
    assert [values["column"] for values in said["values"]] == ["jobs"]


def test_the_world_banks_archive(tmp_path: Path) -> None:
    figures = (
        '"Data Source","World Development Indicators",\n\n"Country Name","Country Code","Indicator Name",'
        '"1960","1961",\n"China","CHN","Population","5","6",\n"France","FRA","Population","","8",\n'
    )
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("API.csv", "\ufeff" + figures)
        archive.writestr("Metadata.csv", '"Country Code","Region"\n"CHN","Asia"\n"FRA","Europe"\n')
    draft = guess([tmp_path / "a.zip"])
    (said,) = tomllib.loads(draft)["tables"]
    assert said["name"] == ["API.csv"]
    assert said["place"]["identifiers"] == {"iso3166-1": "Country Code"}
    assert said["indicator"] == "Indicator Name"
    assert len(questions(draft)) == 1  # the unit
    assert "no column of theirs holds figures: Metadata.csv" in draft
    assert [record.digits for record in merged(draft, tmp_path / "a.zip")] == ["5", "6", "8"]


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
            {"match": r"(?P<indicator>.+?)[\s_:/,(（-]+(?P<period>(?:19|20)\d\d)年?[)）]?"},
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
    assert below["values"] == [{"match": r"(?P<period>(?:19|20)\d\d)年?[\s_:/,-]+(?P<unit>.+)"}]
    above = tomllib.loads(
        drafted(
            tmp_path, ",2014,,2015,\ncity,GDP (亿元),Jobs,GDP (亿元),Jobs\nA,1,2,3,4\nB,1,2,3,4\nC,5,6,7,8\n"
        )
    )
    assert above["read"]["header"] == [1, 2]
    assert above["indicators"] == {"GDP (亿元)": {"unit": "亿元"}, "Jobs": {}}


def test_an_encoding_that_was_found_out_is_stated(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("都道府県,年,値,単位\n東京都,2014,13,百万円\n大阪府,2014,8,百万円\n".encode("shift_jis"))
    said = tomllib.loads(guess([path]))
    assert said["read"]["encoding"] == "cp932"
    assert said["units"]["百万円"] == {"is": "unit:CCY_JPY", "multiplier": 6}


def test_an_indicator_that_is_like_one_of_ours_is_not_taken_for_it(tmp_path: Path) -> None:
    draft = drafted(tmp_path, "city,year,indicator,value\nBeijing,2014,Patents per 10000 people,5\n")
    assert '# is = "patents-per-10000-people"' in draft
    assert tomllib.loads(draft)["indicators"] == {"Patents per 10000 people": {"unit": "per 10000 people"}}


def test_strange_names_stay_toml(tmp_path: Path) -> None:
    draft = drafted(tmp_path, '"city ""x"" \\ [1]",year,"a\'b # c"\nParis,2014,5\nRome,2014,6\n')
    said = tomllib.loads(draft)
    assert said["place"] == 'city "x" \\ [1]'
    assert said["values"][0]["column"] == "a'b # c"


# As publishers write


def said_of(path: Path, text: str) -> dict[str, Any]:
    return tomllib.loads(drafted(path, text))


def test_a_country_says_where_a_city_is_whichever_column_comes_first(tmp_path: Path) -> None:
    for header, row in (("city,country", "London,Canada"), ("Country,City", "Canada,London")):
        last = "Paris,France" if header.startswith("city") else "France,Paris"
        draft = drafted(tmp_path, f"{header},year,startups (number)\n{row},2020,5\n{last},2020,6\n")
        place, country = sorted(header.split(","), key=lambda name: name.casefold() != "city")
        assert tomllib.loads(draft)["place"] == {"column": place, "country": {"column": country}}
        assert {(s.place.label, s.place.country) for s in merged(draft, tmp_path / "a.csv")} == {
            ("London", "Canada"),
            ("Paris", "France"),
        }


def test_each_indicator_has_the_unit_of_its_own_words(tmp_path: Path) -> None:
    draft = drafted(
        tmp_path,
        "Country Name,Country Code,Indicator Name,2020,2021\n"
        "Germany,DEU,R&D expenditure (% of GDP),3.1,3.2\nGermany,DEU,GDP (current US$),4,5\n"
        'Japan,JPN,"Patent applications, residents",7,8\nArab World,ARB,GDP (current US$),2,3\n'
        "Data from database: Indicators,,,,\n",
    )
    said = tomllib.loads(draft)
    assert said["indicators"] == {
        "R&D expenditure (% of GDP)": {"unit": "% of GDP"},
        "GDP (current US$)": {"unit": "current US$"},
        "Patent applications, residents": {},
    }
    assert "Patent applications, residents" in asked(draft)
    assert said["leave_out"]["Country Code"] == ["ARB"]


def test_a_column_of_words_may_be_the_multiplier_or_the_status(tmp_path: Path) -> None:
    said = said_of(
        tmp_path,
        "GEO,REF_DATE,UOM,SCALAR_FACTOR,VALUE,Type\n"
        "Toronto,2020,CAD,millions ,415.1,Estimate\nToronto,2035,CAD,units,430.2,Projection\n",
    )
    assert (said["multiplier"], said["status"]) == ("SCALAR_FACTOR", "Type")


def test_a_title_s_dimensions_are_no_unit(tmp_path: Path) -> None:
    draft = drafted(
        tmp_path,
        "R&D by state: Länder, Jahre;;\nAusgaben (Tsd. EUR);;\n;2019;2020\nBayern;5;6\nHessen;7;8\nBerlin;7;8\n",
    )
    assert tomllib.loads(draft)["values"][0]["unit"] == "Tsd. EUR"


def test_a_year_again_as_a_code_is_no_figure(tmp_path: Path) -> None:
    said = said_of(
        tmp_path, "Geography,calendar-years,Time,jobs (number)\nLeeds,2019,2019,5\nLeeds,2020,2020,6\n"
    )
    assert [values["column"] for values in said["values"]] == ["jobs (number)"]


def test_the_state_tells_towns_of_one_name_apart(tmp_path: Path) -> None:
    towns = [("Salem", "Oregon"), ("Portland", "Oregon"), ("Bend", "Oregon"), ("Fresno", "California")]
    towns += [("Salem", "California"), ("Oakland", "California"), ("Anaheim", "California")]
    rows = "".join(f"{town},{state},2020,{n}\n" for n, (town, state) in enumerate(towns))
    said = said_of(tmp_path, "NAME,STATE,year,patents (number)\n" + rows)
    assert said["place"] == {"template": "{NAME}, {STATE}"}


def test_units_beside_figures_may_differ(tmp_path: Path) -> None:
    draft = drafted(tmp_path, "city,year,investment\nParis,2020,€1.2bn\nLondon,2020,£340m\n")
    assert certain(draft)
    assert [(s.digits, s.unit.label, s.multiplier) for s in merged(draft, tmp_path / "a.csv")] == [
        ("1.2", "€", 9),
        ("340", "£", 6),
    ]


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Emissions per capita (tCO2)", "tCO2 per capita"),
        ("GDP per capita (US$)", "US$ per capita"),
        ("人均GDP（元）", "元 per capita"),
        ("GDP (US$ per capita)", "US$ per capita"),
        ("Share per capita (%)", "%"),
        ("Patents (number)", "number"),
    ],
)
def test_words_before_a_unit_divide_it(tmp_path: Path, header: str, unit: str) -> None:
    assert said_of(tmp_path, f"city,year,{header}\nParis,2020,5\nRome,2020,6\n")["values"] == [
        {"column": header, "unit": unit}
    ]


def test_the_name_of_a_sheet_may_be_the_period(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for year in (2020, 2021):
            archive.writestr(f"{year}.csv", f"city,startups (number)\nLyon,{year - 2000}\nNice,4\n")
    draft = guess([path])
    assert certain(draft)
    assert {(s.period, s.digits) for s in merged(draft, path) if s.place.label == "Lyon"} == {
        ("2020", "20"),
        ("2021", "21"),
    }
    draft = drafted(tmp_path, "Cities in 2019\n\ncity,startups (number)\nLyon,3\nNice,4\n")
    assert 'period = {words = "2019"}' in asked(draft)


def test_marks_and_notes_of_publishers_are_no_rows(tmp_path: Path) -> None:
    draft = drafted(
        tmp_path,
        "City,Year,patents (number),Source,Note\nLyon,2020†,12*,A,\nNice,2020,4[a],A,\n"
        '\n"id","Footnote"\n"1","Revised."\n',
    )
    assert certain(draft)
    assert [(s.digits, s.period, s.note) for s in merged(draft, tmp_path / "a.csv")] == [
        ("12", "2020", "footnote *"),
        ("4", "2020", "footnote [a]"),
    ]


def test_a_header_alone_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row below"):
        drafted(tmp_path, "city,year,value\n")
