"""The pages in a real browser: Debian's chromium, driven by Playwright, against a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from harness import SLUG, Site
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# A CI without the browser must fail, not skip.
pytestmark = pytest.mark.skipif(
    not os.path.exists(CHROMIUM) and not os.environ.get("CI"), reason=f"no chromium at {CHROMIUM}"
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RESULT = "/sparql?query=" + quote("SELECT ?s ?p ?o WHERE { ?s ?p ?o } LIMIT 50")
PAGES = (
    "/",
    "/city/beijing.html",
    "/indicator/patents-per-10000-people.html",
    f"/observation/{SLUG}/beijing/technology-contract-value/2023.html",
    f"/claim/{SLUG}/first-in-nature-index-science-cities.html",
    f"/change/{SLUG}/beijing/technology-contract-value/2014-2023.html",
    f"/quotation/{SLUG}/zhang-jihong-on-the-future.html",
    f"/source/{SLUG}.html",
    "/dataset/all.html",
    "/graph/derived.html",
    "/ontology.html",
    "/catalog",
    "/download",
    "/docs/",
    "/docs/tutorial",
    "/docs/notebooks/innovation",
    "/shapes",
    "/shapes/observation-city",
    "/sparql",
    RESULT,
    "/about?iri=" + quote("https://schema.org/Claim"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


def watched(page: Page, site: Site) -> list[str]:
    """What goes wrong on a page from now on: console messages, script errors, requests to others."""
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((site.url, "data:"))
            else troubles.append(f"request: {request.url}")
        ),
    )
    return troubles


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_pages_fit_and_are_quiet(browser: Browser, site: Site, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=True,
    )
    page = context.new_page()
    troubles = watched(page, site)
    for path in PAGES:
        reply = page.goto(site.url + path)
        assert reply
        assert reply.status == 200, path
        room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert room[0] <= room[1], f"{path} scrolls sideways at {width} px: {room}"
    assert troubles == []
    context.close()


def test_dark_mode_is_dark_and_light_mode_light(browser: Browser, site: Site) -> None:
    grounds = {}
    for scheme in ("dark", "light"):
        context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        page = context.new_page()
        page.goto(site.url)
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        grounds[scheme] = sum(int(part) for part in ground[4:-1].split(","))
        context.close()
    assert grounds["dark"] < 150
    assert grounds["light"] > 600


def test_keyboard_alone_leads_through_a_page(browser: Browser, site: Site) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    page.goto(site.url)
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to content"
    box = skip.bounding_box()
    assert box
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.goto(site.url)
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "(s => [s.outlineStyle, parseFloat(s.outlineWidth)])(getComputedStyle(document.activeElement))"
        )
        assert outline[0] != "none", page.evaluate("document.activeElement.outerHTML")
        assert outline[1] >= 2
    page.close()


def test_without_javascript_a_query_is_asked_and_a_result_followed(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site.url}/sparql")
    page.get_by_label("SPARQL query").fill("SELECT ?c WHERE { ?c a <https://schema.org/City> }")
    page.get_by_role("button", name="Run").click()
    assert "1 row" in page.locator(".result").inner_text()
    page.get_by_role("link", name="city/beijing").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Beijing"
    assert page.locator("svg.chart").count() == 4
    page.get_by_role("link", name="中文").click()
    assert page.get_by_role("heading", level=1).inner_text() == "北京市"
    context.close()


def test_an_example_query_runs_from_the_home_page(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    troubles = watched(page, site)
    page.goto(site.url)
    examples = page.locator(".examples a")
    assert examples.count() == 5
    for place in range(5):
        page.goto(site.url)
        examples.nth(place).click()
        assert page.locator(".result table.rows tbody tr").count() > 0
    assert troubles == []
    page.close()


def test_charts_are_named_and_described(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(site.url)
    chart = page.get_by_role("img", name="Chart: Patents per 10,000 people")
    assert chart.count() == 1
    description = chart.locator("desc").text_content()
    assert description == "2014: 48.2; 2023: 262.9"
    bars = chart.locator("rect")
    widths = [float(bars.nth(place).get_attribute("width") or 0) for place in range(bars.count())]
    assert widths[1] / widths[0] == pytest.approx(262.9 / 48.2, rel=0.01)
    page.close()


def test_printed_pages_leave_out_what_paper_cannot_do(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}/source/{SLUG}.html")
    page.emulate_media(media="print")
    assert not page.locator(".top nav").first.is_visible()
    assert page.get_by_text("48.2 per 10,000 people").is_visible()
    page.close()
