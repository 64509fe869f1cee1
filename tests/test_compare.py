"""Cities and periods side by side: the table, the plots, what can be chosen, on a deployment of its own base."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from harness import BASE, Site, serving

from innograph.server.pages.plots import SERIES, Series, Value, breadth, fitting, plot

PUBLIC = "https://data.example.org"
HEAD = f"""@base <{PUBLIC}/> .
@prefix a: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix d: <http://purl.org/linked-data/sdmx/2009/dimension#> .
@prefix inno: <https://w3id.org/innograph/ontology#> .
@prefix m: <http://purl.org/linked-data/sdmx/2009/measure#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<indicator/patents> a skos:Concept ; skos:inScheme <scheme/indicators> ; rdfs:label "Patents"@en .
<source/s> rdfs:label "Yearbook"@en . <source/other> rdfs:label "Other book"@en .
"""
ONE = """<observation/{source}/{city}/patents/{year}> a inno:CityObservation ; d:refArea <city/{city}> ;
  inno:indicator <indicator/patents> ; d:refPeriod "{year}"^^xsd:gYear ; m:obsValue {value} ;
  inno:valueAsStated "{value}" ; a:unitMult 0 ; a:unitMeasure <unit/things> ; prov:wasDerivedFrom <source/{source}> .
"""
CITIES = [f"c{n}" for n in range(8)]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Eight cities over ten years, one of them told by two sources."""
    folder = tmp_path_factory.mktemp("compared")
    lines = [HEAD]
    for place, city in enumerate(CITIES):
        lines.append(f'<city/{city}> a <https://schema.org/City> ; rdfs:label "Town {place}"@en .\n')
        lines += [
            ONE.format(source="s", city=city, year=year, value=(place + 1) * (year - 2000))
            for year in range(2010, 2020)
        ]
    lines.append(ONE.format(source="other", city="c0", year=2012, value=13))
    file = folder / "figures.ttl"
    file.write_text("".join(lines))
    with serving(folder / "store", "--scratch", "--load", file, INNOGRAPH_PUBLIC_URL=PUBLIC) as site:
        yield site


def get(site: Site, path: str, status: int = 200) -> str:
    reply = site.get(path, Accept="text/html")
    assert reply.status == status, reply.text
    return reply.text


def test_cities_and_periods_stand_side_by_side(compared: Site) -> None:
    text = get(compared, "/compare?indicator=patents&city=c1&city=c3&period=2010&period=2019")
    rows = re.findall(r'<th scope="row">(\d+)</th>(.*?)</tr>', text)
    assert [year for year, _ in rows] == ["2010", "2019"]
    assert [re.findall(r'href="/observation/s/(c\d)/patents/(\d+)\.html"', row) for _, row in rows] == [
        [("c1", "2010"), ("c3", "2010")],
        [("c1", "2019"), ("c3", "2019")],
    ]
    assert "<desc" in text
    assert "Town 1: 2010: 20; 2019: 38. Town 3: 2010: 40; 2019: 76" in text
    assert text.count('type="checkbox" name="city"') == len(CITIES)
    assert len(re.findall(r'name="city" value="c\d" checked', text)) == 2
    assert len(re.findall(r'name="period" value="\d+" checked', text)) == 2


def test_long_series_are_lines_named_at_their_ends(compared: Site) -> None:
    text = get(compared, "/compare?indicator=patents")
    paths = re.findall(r'class="line s\d" d="([^"]+)"', text)
    assert [path.count("L") for path in paths][1:] == [9] * (len(paths) - 1)
    assert (
        "more figures are not drawn" in text
    )  # one city has two sources, so there are more lines than colours
    assert "Town 0 (Yearbook)" in text
    assert "Town 0 (Other book)" in text


def test_the_same_is_asked_as_a_query(compared: Site) -> None:
    text = get(compared, "/compare?indicator=patents&city=c2")
    link = re.search(r'<dt>Query</dt><dd><a href="([^"]+)"', text)
    assert link
    result = compared.get(link[1].replace("&amp;", "&") + "&format=csv")
    assert result.status == 200
    assert len(result.text.splitlines()) == 11


def test_a_comparison_is_reached_from_the_things_it_compares(site: Site) -> None:
    indicator = get(site, "/indicator/patents-per-10000-people.html")
    assert 'href="/compare?indicator=patents-per-10000-people"' in indicator
    city = get(site, "/city/beijing.html")
    assert 'href="/compare?city=beijing"' in city
    chosen = get(site, "/compare?city=beijing")
    assert chosen.count('href="/compare?indicator=') == 4
    assert 'href="/compare?indicator=patents-per-10000-people&amp;city=beijing"' in chosen
    assert get(site, "/compare").count('href="/compare?indicator=') == 4


def test_what_is_not_there_is_said(site: Site) -> None:
    assert "knows no indicator" in get(site, "/compare?indicator=nothing", 404)
    assert "knows no city" in get(site, "/compare?indicator=patents-per-10000-people&city=atlantis", 404)
    assert "neither an IRI" in get(site, "/compare?indicator=%3Cx%3E%20%7B", 400)
    empty = get(site, "/compare?indicator=patents-per-10000-people&period=1800")
    assert "No source states a figure" in empty
    whole = get(site, f"/compare?indicator={BASE}indicator/patents-per-10000-people&city={BASE}city/beijing")
    assert "2014: 48.2; 2023: 262.9" in whole


def test_plots_draw_what_can_be_told_apart() -> None:
    def series(name: str, *amounts: int) -> Series:
        return Series(name, [Value(str(2000 + n), Decimal(a), str(a)) for n, a in enumerate(amounts)])

    assert plot("p", "x", []) is None
    assert plot("p", "x", [series("a", 0, 0)]) is None
    bars = plot("p", "x", [series("a", -2, 4)])
    assert bars
    widths = [float(w) for w in re.findall(r'width="([\d.]+)"', bars.content)]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01)
    many = plot("p", "x", [series(f"n{n}", 1, 2, 3, 4) for n in range(SERIES + 2)])
    assert many
    assert many.content.count("<path") == SERIES
    assert many.left_out == 8
    hostile = plot("p", "x", [series("<script>", 1, 2)])
    assert hostile
    assert "<script>" not in hostile.content


def test_names_are_cut_to_the_room_they_have() -> None:
    assert fitting("short", 100) == "short"
    for text in ("a rather long name of a thing", "每万人口的专利拥有数量"):
        cut = fitting(text, 80)
        assert cut.endswith("…")
        assert breadth(cut) <= 90
        assert text.startswith(cut[:-1])
