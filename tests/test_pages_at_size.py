"""Pages of things with many facts, on a deployment of its own base: bounded, paged, drawn whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from harness import Reply, Site, serving

MAX_BYTES = 100_000
ONE = """<observation/s/{city}/{indicator}/{year}> a inno:CityObservation ;
  d:refArea <city/{city}> ; inno:indicator <indicator/{indicator}> ; d:refPeriod "{year}"^^xsd:gYear ;
  m:obsValue {value} ; inno:valueAsStated "{value}" ; a:unitMult 0 ; a:unitMeasure <unit/things> ;
  prov:wasDerivedFrom <source/s> ; inno:evidence <source/s/table.csv#row={row}> .
"""
PUBLIC = "https://data.example.org"
HEAD = f"""@base <{PUBLIC}/> .
@prefix a: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix d: <http://purl.org/linked-data/sdmx/2009/dimension#> .
@prefix inno: <https://w3id.org/innograph/ontology#> .
@prefix m: <http://purl.org/linked-data/sdmx/2009/measure#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<city/long> a <https://schema.org/City> ; rdfs:label "Longtown"@en .
<city/many> a <https://schema.org/City> ; rdfs:label "Manyton"@en .
<city/huge> a <https://schema.org/City> ; rdfs:label "Hugeville"@en .
<city/東京> a <https://schema.org/City> ; rdfs:label "東京都"@ja .
<city/with%20space> a <https://schema.org/City> ; rdfs:label "With space"@en .
<source/s> a <https://schema.org/Article> ; rdfs:label "A table"@en .
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over 100 figures of one city, 2,600 of another, and a dozen short series of a third."""
    folder = tmp_path_factory.mktemp("large")
    lines, row = [HEAD], 0
    for city, indicators, years in (("long", 2, 50), ("huge", 26, 100), ("many", 12, 3)):
        for indicator in range(indicators):
            for year in range(1900, 1900 + years):
                row += 1
                name = f"i{indicator}"
                lines.append(ONE.format(city=city, indicator=name, year=year, value=year - 1899.5, row=row))
    file = folder / "large.ttl"
    file.write_text("".join(lines))
    with serving(folder / "store", "--scratch", "--load", file, INNOGRAPH_PUBLIC_URL=PUBLIC) as site:
        yield site


def get(site: Site, path: str) -> Reply:
    reply = site.get(path, Accept="text/html")
    assert reply.status == 200, reply.text
    assert len(reply.body) < MAX_BYTES
    return reply


def test_a_long_series_is_a_line_drawn_whole(large: Site) -> None:
    text = get(large, "/city/long.html").text
    assert text.count('class="line"') == 2
    assert [path.count("L") for path in re.findall(r'class="line" d="([^"]+)"', text)] == [49, 49]
    assert "40 of 100" in text
    assert 'href="/city/long.csv"' in text


def test_what_is_listed_is_told_whole_whether_it_is_drawn_or_not(large: Site) -> None:
    text = get(large, "/city/many.html").text
    assert text.count('class="chart"') == 8
    assert [text.count(f">{year}</td>") for year in (1900, 1901, 1902)] == [12, 12, 12]
    assert len(set(re.findall(r'href="(/observation/s/many/[^"]+)"', text))) == 36


def test_a_long_list_goes_on_over_pages(large: Site) -> None:
    shown: set[str] = set()
    path = "/city/long.html"
    for _ in range(3):
        text = get(large, path).text
        shown.update(re.findall(r'href="(/observation/[^"]+)"', text))
        following = re.search(r'href="([^"]+)" rel="next"', text)
        path = following[1] if following else ""
    assert path == ""
    assert len(shown) == 100
    assert 'class="line"' not in text


def test_what_is_too_much_to_order_is_still_paged(large: Site) -> None:
    first = get(large, "/city/huge.html").text
    assert "more than 2,000" in first
    assert 'class="line"' not in first
    found = [
        set(re.findall(r'href="(/observation/[^"]+)"', get(large, f"/city/huge.html?page={n}").text))
        for n in (1, 2, 60)
    ]
    assert [len(page) for page in found] == [40, 40, 40]
    assert found[0].isdisjoint(found[1])
    get(large, "/city/huge.html?page=nonsense")
    get(large, "/city/huge.html?page=99999")


def test_a_row_of_a_table_is_evidence_by_its_number(large: Site) -> None:
    text = get(large, "/observation/s/long/i0/1900.html").text
    assert "row 1 of" in text
    row = re.search(r'href="(/about\?iri=[^"]+row%3D1)"', text)
    assert row
    get(large, row[1])


def test_names_beyond_ascii_have_pages_and_links(large: Site) -> None:
    listed = get(large, "/about?iri=https://schema.org/City").text
    for path in ("/city/%E6%9D%B1%E4%BA%AC.html", "/city/with%20space.html"):
        assert f'href="{path}"' in listed
        reply = get(large, path)
        assert f'<{PUBLIC}{path}>; rel="canonical"' in reply.headers["link"]
        assert f'href="{path.replace(".html", ".ttl")}"' in reply.text
    assert 'lang="ja">東京都</h1>' in get(large, "/city/%E6%9D%B1%E4%BA%AC.html").text
    assert large.get("/nothing%0Ahere", Accept="text/html").status == 404


def test_pages_work_on_another_base_and_without_a_catalogue(large: Site) -> None:
    for path in ("/", "/catalog", "/sparql", "/city/long.html", "/about?iri=https://schema.org/City"):
        text = get(large, path).text
        assert f'<a href="{PUBLIC}' not in text
        assert f'<link rel="canonical" href="{PUBLIC}{path.partition("?")[0]}' in text
    assert "Longtown" in get(large, "/about?iri=https://schema.org/City").text
