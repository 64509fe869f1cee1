"""Several sources side by side: on the pages, in the example queries, and what their licences ask."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import BASE, SLUG, Site, serving, within
from merged import YEARBOOK, with_second_source
from test_pages import Outline, get

from innograph.loader.paths import DATA

CONTRACTS = "beijing/technology-contract-value"
COMPARISON = f"/comparison/{SLUG}/{CONTRACTS}/2014/{YEARBOOK}/{CONTRACTS}/2014"
TABLE = "city,year,firms\nBeijing,2023,28300\nBeijing,2014,10401\nBeijing,soon,3\n"
MAPPING = """
place = "city"
period = "year"
value = "firms"
indicator = {words = "firms"}
unit = {words = "number"}

[source]
title = "A register"

[indicators.firms]
is = "national-high-tech-enterprises"
"""


@pytest.fixture(scope="module")
def site(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over the article, the yearbook, and a register that was merged from a file."""
    folder = tmp_path_factory.mktemp("compared")
    several = with_second_source(store, folder / "store")
    (folder / "register.csv").write_text(TABLE)
    (folder / "register.toml").write_text(MAPPING)
    arguments = ("--source", "register", "--mapping", folder / "register.toml", folder / "register.csv")
    within("merge", "--store", several, *arguments)
    with serving(several, "--evaluators", 2) as running:
        yield running


def outline(site: Site, path: str, language: str = "en") -> Outline:
    """A page as a reader of a language sees it."""
    reply = get(site, f"{path}{'&' if '?' in path else '?'}lang={language}")
    if reply.status == 303:
        reply = get(site, reply.headers["location"])
    assert reply.status == 200, reply.text
    return Outline(reply.text)


def text(site: Site, path: str, language: str = "en") -> str:
    """The words of a page."""
    return outline(site, path, language).text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "Also stated by other sources",
                "313.71853967038 billion CNY – Yearbook table",
                "differs by 0.04 %",
            ],
        ),
        ("zh", ["其他来源的说法", "31,371,853.967038 万 CNY", "相差 0.04 %"]),
        ("ja", ["他の出典による値", "31,371,853.967038 万 CNY", "0.04 % の差"]),
    ],
)
def test_an_observation_tells_who_else_states_it(site: Site, language: str, said: list[str]) -> None:
    shown = text(site, f"/observation/{SLUG}/{CONTRACTS}/2014", language)
    for words in said:
        assert words in shown


def test_each_verdict_is_told(site: Site) -> None:
    assert "agrees" in text(site, f"/observation/{SLUG}/{CONTRACTS}/2023")
    forecast = text(site, f"/observation/{SLUG}/beijing/new-tech-companies-per-day/2023")
    assert "not comparable: a forecast against a measured figure" in forecast
    # A matching indicator of another source is the same one.
    assert "262.94 per 10,000 people – Yearbook table agrees" in text(
        site, f"/observation/{SLUG}/beijing/patents-per-10000-people/2023"
    )
    assert "differs by 0.01 %" in text(
        site, f"/observation/{SLUG}/beijing/national-high-tech-enterprises/2014"
    )


def test_a_comparison_has_a_page_with_both_figures(site: Site) -> None:
    page = outline(site, COMPARISON)
    for words in (
        "differs by 0.04 %",
        "313.6 billion CNY",
        "313.71853967038 billion CNY",
        "+0.04 %",
        "computed by",
    ):
        assert words in page.text
    for source in (SLUG, YEARBOOK):
        assert any(link.startswith(f"/source/{source}.html") for link in page.links)


@pytest.mark.parametrize(
    "path",
    ["/city/beijing", "/indicator/technology-contract-value", f"/source/{SLUG}", f"/dataset/{YEARBOOK}"],
)
def test_what_sources_state_alike_and_differently_is_listed(site: Site, path: str) -> None:
    page = outline(site, path)
    assert {"conflicts", "corroborations"} <= set(page.ids)
    assert any(link.startswith(COMPARISON) for link in page.links)
    assert "differs by 0.04 %" in page.text


def test_sources_stand_side_by_side(site: Site) -> None:
    shown = text(site, "/compare?indicator=technology-contract-value&city=beijing")
    for words in ("313.6 billion CNY", "313.71853967038 billion CNY", "differs by 0.04 %", "agrees"):
        assert words in shown
    matched = text(site, "/compare?indicator=patents-per-10000-people&city=beijing")
    assert "262.94 per 10,000 people" in matched


def test_a_merge_has_a_report(site: Site) -> None:
    page = outline(site, "/activity/merge/register")
    assert {"merged_files", "refused_rows", "conflicts", "corroborations", "matched_names"} <= set(page.ids)
    for words in ("register.csv", "rows read 3", "rows refused 1", "soon", "differs by 0.01 %"):
        assert words in page.text
    assert "/activity/merge/register.html" in " ".join(outline(site, "/source/register").links)


@pytest.mark.parametrize("language", ["en", "zh", "ja"])
def test_what_licences_ask_is_told_beside_the_data(site: Site, language: str) -> None:
    words = {
        "en": ("Share-alike", "No licence is stated"),
        "zh": ("相同方式共享", "未说明许可"),
        "ja": ("継承", "ライセンスの記載がありません"),
    }
    share_alike, none = words[language]
    assert share_alike in text(site, f"/dataset/{YEARBOOK}", language)
    assert share_alike in text(site, f"/source/{YEARBOOK}", language)
    assert none in text(site, "/source/register", language)
    for everything in ("/catalog", "/dataset/all"):
        shown = text(site, everything, language)
        assert share_alike in shown
        assert none in shown
    # What is ours is given away, and the article's phrases are quotations.
    assert share_alike not in text(site, f"/source/{SLUG}", language)
    assert none not in text(site, f"/dataset/{SLUG}", language)


def test_the_catalogue_tells_what_licences_ask(site: Site) -> None:
    rows = site.rows(f"SELECT ?r {{ <{BASE}dataset/all> <http://purl.org/dc/terms/rights> ?r }}")
    rights = {row["r"].partition(":")[0] for row in rows}
    assert {YEARBOOK, "register"} <= rights


def answer(site: Site, name: str) -> list[dict[str, str]]:
    reply = site.query((DATA / "queries" / name).read_text("utf-8"), "text/csv")
    assert reply.status == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.text)))


def test_queries_tell_where_sources_agree_and_differ(site: Site) -> None:
    found = {(row["what"], row["period"]): row for row in answer(site, "22-where-sources-differ.rq")}
    contracts = found["Annual value of technology contracts", "2014"]
    assert (contracts["verdict"], contracts["percent"]) == ("differs", "0.04")
    assert (contracts["stated"], contracts["otherStated"]) == ("313.6", "31371853.967038")
    assert found["Annual value of technology contracts", "2023"]["verdict"] == "agrees"
    assert found["New tech companies per day", "2023"]["because"] == "a forecast against a measured figure"
    others = {
        (row["indicator"], row["period"], row["stated"]): (row["others"], row["agreeing"])
        for row in answer(site, "21-who-else-states-a-figure.rq")
    }
    assert others["Annual value of technology contracts", "2014", "313.6"] == ("1", "0")
    assert others["National High-Tech Enterprises", "2023", "28300"] == ("1", "1")
    assert others["New tech companies per day", "2014", "146"] == ("0", "0")
