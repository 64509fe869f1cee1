"""Charts as files: what they show, that they say where they are from, and how one of several is chosen."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from harness import BASE, SLUG, Site, serving

from innograph.loader.publishing import Publisher

SVG = "{http://www.w3.org/2000/svg}"
PATENTS = "/indicator/patents-per-10000-people/chart"


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("path", ["/city/beijing", f"/source/{SLUG}", f"/dataset/{SLUG}"])
def test_all_series_of_a_thing_are_in_its_picture(site: Site, path: str) -> None:
    reply = site.get(f"{path}/chart.svg")
    assert (reply.status, reply.media_type) == (200, "image/svg+xml")
    said = texts(reply.text)
    assert {"48.2", "262.9", "313.6 billion", "853.69 billion", "10,400", "28,300", "146", "337"} <= set(said)
    assert len([t for t in said if t.startswith(("2014", "2023"))]) == 8


def test_a_picture_says_title_source_release_and_address(site: Site) -> None:
    said = texts(site.get(f"{PATENTS}.svg?city=beijing").text)
    assert said[0] == "Patents per 10,000 people: Beijing"
    assert "Source: Article on Beijing's innovation, 2014 to 2023" in said
    assert any(re.fullmatch(r"innograph · Release 1 of \d{4}-\d\d-\d\d", text) for text in said)
    address = f"{site.url}/indicator/patents-per-10000-people.html?release=1"
    assert address in "".join(said[-2:])
    assert site.get(address.removeprefix(site.url)).status == 200


def test_a_picture_describes_itself_to_those_who_cannot_see_it(site: Site) -> None:
    root = ET.fromstring(site.get(f"{PATENTS}.svg").text)
    assert root.get("role") == "img"
    assert (root.find(f"{SVG}title").text or "").startswith("Chart: ")  # type: ignore[union-attr]
    assert "2014: 48.2; 2023: 262.9" in (root.find(f"{SVG}desc").text or "")  # type: ignore[union-attr]


def test_a_picture_needs_no_style_that_the_security_policy_forbids(site: Site) -> None:
    svg = site.get(f"{PATENTS}.svg").text
    assert "<style" not in svg
    assert "style=" not in svg
    assert "href" not in svg


def test_a_series_is_chosen_by_what_it_is_of(site: Site) -> None:
    by_slug = site.get("/city/beijing/chart.svg?indicator=patents-per-10000-people").text
    by_iri = site.get(f"/city/beijing/chart.svg?indicator={BASE}indicator/patents-per-10000-people").text
    assert texts(by_slug) == texts(by_iri)
    assert "313.6 billion" not in texts(by_slug)
    unit = site.get("/city/beijing/chart.svg?unit=http://qudt.org/vocab/unit/CCY_CNY").text
    assert "313.6 billion" in texts(unit)
    assert "48.2" not in texts(unit)
    assert site.get("/city/beijing/chart.svg?source=another").status == 404
    assert site.get("/city/beijing/chart.svg?source=a:%3E%22").status == 400


def test_a_png_is_drawn_with_words_in_it(site: Site) -> None:
    reply = site.get(f"{PATENTS}.png")
    assert (reply.status, reply.media_type) == (200, "image/png")
    pixels = matplotlib.image.imread(io.BytesIO(reply.body), format="png")[:, :, :3]
    height, width, _ = pixels.shape
    assert width == 1280
    assert (pixels[:4] == 1).all()
    foot = pixels[-int(height * 0.2) :]
    assert (foot < 0.6).any(), "source, release and address are written below the chart"
    assert np.isclose(pixels, [0x0B / 255, 0x6E / 255, 0x63 / 255], atol=0.01).all(axis=2).sum() > 10_000


@pytest.mark.parametrize(("language", "words"), [("zh", "每万人专利数: 北京市"), ("ja", "出典")])
def test_a_picture_speaks_the_readers_language(site: Site, language: str, words: str) -> None:
    svg = site.get(f"{PATENTS}.svg?city=beijing", Accept_Language=language)
    assert words in svg.text
    assert "Accept-Language" in svg.headers["vary"]
    assert site.get(f"{PATENTS}.png?lang={language}").body != site.get(f"{PATENTS}.png?lang=en").body


@pytest.mark.parametrize("path", [PATENTS.removesuffix("/chart"), "/city/beijing", "/"])
def test_every_chart_on_a_page_leads_to_its_picture(site: Site, path: str) -> None:
    page = site.get(path if path == "/" else f"{path}.html", Accept="text/html").text
    found = [
        href.replace("&amp;", "&") for href in re.findall(r'href="([^"]+/chart\.(?:svg|png)[^"]*)"', page)
    ]
    assert len(found) == 2 * page.count('<svg class="chart"') > 0
    for href in found:
        reply = site.get(href)
        assert reply.status == 200
        if ".svg" in href:
            assert "city=beijing" in href
            assert len(ET.fromstring(reply.text).findall(f"{SVG}g")) == 1


@pytest.mark.parametrize("path", ["/city/nowhere", "/person/zhang-jihong", "/claim-kind/growth", "/a%3Eb"])
def test_where_there_is_nothing_to_draw_it_is_said(site: Site, path: str) -> None:
    assert site.get(f"{path}/chart.svg").status == 404
    assert site.get(f"{path}/chart.png").status == 404


def test_pictures_are_cached_by_release_and_language(site: Site) -> None:
    for form in ("svg", "png"):
        reply = site.get(f"{PATENTS}.{form}")
        assert reply.headers["etag"]
        tag = reply.headers["etag"]
        assert site.get(f"{PATENTS}.{form}", If_None_Match=tag).status == 304
        assert site.get(f"{PATENTS}.{form}?lang=zh", If_None_Match=tag).status == 200


def test_long_series_and_long_names_stay_within_the_picture(tmp_path: Path) -> None:
    root = tmp_path / "store"
    name = "Expenditure on research & development <by> the business enterprise sector " * 3
    rows = "".join(
        f"""<{BASE}observation/s/c/i/{year}> a inno:CityObservation ; d:refArea <{BASE}city/c> ;
        inno:indicator <{BASE}indicator/i> ; d:refPeriod "{year}" ; m:obsValue {year - 1900}.5 .
        """
        for year in range(1950, 2010)
    )
    with Publisher(root).draft(BASE, clone=False) as draft:
        draft.store.update(
            f"""PREFIX inno: <https://w3id.org/innograph/ontology#>
            PREFIX d: <http://purl.org/linked-data/sdmx/2009/dimension#>
            PREFIX m: <http://purl.org/linked-data/sdmx/2009/measure#>
            PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
            INSERT DATA {{ GRAPH <{BASE}graph/s> {{ {rows} <{BASE}indicator/i> rdfs:label "{name}"@en .
            <{BASE}city/c> rdfs:label "非常长的城市名称非常长的城市名称非常长的城市名称非常长的城市名称"@zh }} }}"""
        )
        draft.publish(kind="build", message="a long series")
    with serving(root) as site:
        svg = site.get("/indicator/i/chart.svg").text
        root_element = ET.fromstring(svg)
        titles = [t for t in root_element.findall(f"{SVG}text") if t.get("font-size") == "20"]
        assert len(titles) > 4
        assert (
            "".join(t.text or "" for t in titles)
            .replace(" ", "")
            .startswith("Expenditureonresearch&development<by>")
        )
        assert len(list(root_element.iter(f"{SVG}circle"))) == 60
        assert site.get("/indicator/i/chart.png").status == 200
