"""The site in a real browser: Debian's chromium, driven by Playwright, against a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from harness import SLUG, Site, wait_until
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# A CI without the browser must fail, not skip.
pytestmark = pytest.mark.skipif(
    not os.path.exists(CHROMIUM) and not os.environ.get("CI"), reason=f"no chromium at {CHROMIUM}"
)
AXE = Path(__file__).parents[1] / "server" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
# Everything that WCAG 2.2 asks at levels A and AA, and what axe-core calls best practices.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 844}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FIGURES = """PREFIX inno: <https://w3id.org/innograph/ontology#>
PREFIX sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#>
SELECT ?name ?value WHERE { ?figure inno:indicator ?name ; sdmx-measure:obsValue ?value }"""
RESULT = "/sparql?query=" + quote(FIGURES)
WRONG = "/sparql?query=" + quote("SELECT *\nWHERE {\n  ?s ?p \n}")
INDICATOR = "patents-per-10000-people"
# A page of every kind: those for classes (`kinds.py`), and those that are not about one thing.
THINGS = (
    "/city/beijing.html",
    f"/indicator/{INDICATOR}.html",
    f"/observation/{SLUG}/beijing/technology-contract-value/2023.html",
    f"/observation/{SLUG}/beijing/technology-contract-value/2023/evidence/1.html",
    f"/claim/{SLUG}/first-in-nature-index-science-cities.html",
    f"/change/{SLUG}/beijing/technology-contract-value/2014-2023.html",
    f"/quotation/{SLUG}/zhang-jihong-on-the-future.html",
    "/person/zhang-jihong.html",
    f"/source/{SLUG}.html",
    f"/dataset/{SLUG}.html",
    "/dataset/all.html",
    "/graph/derived.html",
    "/scheme/indicators.html",
    "/structure/city-indicator.html",
    "/ontology.html",
    "/about?iri=" + quote("https://schema.org/Claim"),
)
PLACES = (
    "/",
    "/download",
    "/docs/",
    "/docs/tutorial",
    "/docs/notebooks/innovation",
    "/shapes",
    "/openapi",
    "/shapes/observation-city",
    "/catalog",
    "/search?q=beijing",
    "/search",
    "/compare",
    f"/compare?indicator={INDICATOR}",
    "/sparql",
    RESULT,
    WRONG,
    "/nothing/here",
)
PAGES = (*PLACES, *THINGS)
STATUS = {WRONG: 400, "/nothing/here": 404}
EDITOR = (RESULT, WRONG, "/sparql")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def ready(site: Site) -> Site:
    """The shared server, when it can be searched."""
    wait_until(lambda: site.get("/search?q=x&format=json").status == 200)
    return site


def watched(page: Page, site: Site) -> list[str]:
    """What goes wrong on a page from now on: console messages, script errors, requests to others."""
    troubles: list[str] = []

    def told(text: str, url: str) -> None:
        # That a page is an error page is said to the console too.
        if not any(url == site.url + path for path in STATUS):
            troubles.append(f"console: {text} ({url})")

    page.on("console", lambda message: told(message.text, message.location["url"]))
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


def violations(page: Page, only: Sequence[str] = ()) -> list[str]:
    """What axe-core finds wrong with a page, and where: by all rules, or by some."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    asked = {"type": "rule", "values": only} if only else {"type": "tag", "values": TAGS}
    found: list[dict[str, Any]] = page.evaluate(
        "asked => axe.run({runOnly: asked, resultTypes: ['violations']}).then(found => found.violations)",
        asked,
    )
    return [f"{v['id']}: {v['help']}: {[node['html'][:120] for node in v['nodes'][:3]]}" for v in found]


def too_wide(page: Page) -> list[str]:
    """Whether a page scrolls sideways."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"scrolls sideways: {wide} px in {room}"] if wide > room else []


def test_pages_are_accessible_fit_and_are_quiet(browser: Browser, ready: Site) -> None:
    """On a phone in the dark all rules; on a desk in the light those that depend on how things look."""
    context = browser.new_context(viewport=PHONE, color_scheme="dark")
    page = context.new_page()
    troubles = watched(page, ready)
    wrong: dict[str, list[str]] = {}
    for path in PAGES:
        reply = page.goto(ready.url + path)
        assert reply
        assert reply.status == STATUS.get(path, 200), path
        if path in EDITOR:
            page.wait_for_selector(".CodeMirror")
        found = [*too_wide(page), *violations(page)]
        page.set_viewport_size(DESK)
        page.emulate_media(color_scheme="light")
        found += [*too_wide(page), *violations(page, LOOKS)]
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark")
        if found:
            wrong[path] = found
    assert wrong == {}
    assert troubles == []
    context.close()


def test_pages_are_light(browser: Browser, ready: Site) -> None:
    """The document under 100 kB; all that a first visit transfers under 50 kB, the editor left out."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[int] = []
    session.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    for path in PAGES:
        if path in EDITOR:
            continue
        received.clear()
        reply = page.goto(ready.url + path, wait_until="load")
        assert reply
        assert len(reply.body()) < 100_000, path
        assert received
        assert sum(received) < 50_000, (path, received)
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


def outlined(page: Page) -> bool:
    """Whether what has the focus shows it."""
    style = page.evaluate(
        """() => {
          const s = getComputedStyle(document.activeElement.closest('.CodeMirror') || document.activeElement);
          return [s.outlineStyle, parseFloat(s.outlineWidth)];
        }"""
    )
    return bool(style[0] != "none" and style[1] >= 2)


@pytest.mark.parametrize("path", ["/", RESULT, f"/compare?indicator={INDICATOR}", "/search?q=beijing"])
def test_keyboard_alone_leads_through_a_page(browser: Browser, ready: Site, path: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 844})
    page.goto(ready.url + path)
    if path in EDITOR:
        page.wait_for_selector(".CodeMirror")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to content"
    box = skip.bounding_box()
    assert box
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.goto(ready.url + path)
    seen = []
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        assert outlined(page), page.evaluate("document.activeElement.outerHTML")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    else:
        pytest.fail(f"the focus never left the page: {seen[-5:]}")
    assert len(seen) > 12
    page.close()


def test_without_javascript_a_query_is_asked_and_a_result_followed(browser: Browser, ready: Site) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{ready.url}/sparql")
    page.get_by_label("SPARQL query").fill("SELECT ?c WHERE { ?c a <https://schema.org/City> }")
    page.get_by_role("button", name="Run").click()
    assert "1 row" in page.locator(".result").inner_text()
    page.get_by_role("link", name="city/beijing").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Beijing"
    assert page.locator("svg.chart").count() == 4
    page.get_by_role("link", name="中文").click()
    assert page.get_by_role("heading", level=1).inner_text() == "北京市"
    page.get_by_role("searchbox").fill("龘")
    page.get_by_role("searchbox").press("Enter")
    assert "没有" in page.locator("main").inner_text()
    page.get_by_role("searchbox").fill("每万人专利")
    page.get_by_role("button", name="搜索").click()
    page.locator(".hits a").first.click()
    page.get_by_role("link", name="比较", exact=True).click()
    assert page.locator("svg.chart").count() == 1
    context.close()


def test_without_javascript_a_result_is_a_table_a_chart_or_raw(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + RESULT)
    table, chart, raw = (
        page.locator("table.results"),
        page.locator(".chart-view svg"),
        page.locator(".raw pre"),
    )
    for name, shown in (("Table", table), ("Chart", chart), ("Raw", raw)):
        page.get_by_role("radio", name=name).check()
        for one in (table, chart, raw):
            assert one.is_visible() == (one is shown), name
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


def test_suggestions_come_while_typing_and_lead_to_the_thing(browser: Browser, ready: Site) -> None:
    page = browser.new_page()
    troubles = watched(page, ready)
    page.goto(ready.url)
    box = page.get_by_role("combobox", name="Search")
    box.press_sequentially("beij")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Beijing")
    assert violations(page) == []
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    box.press("Escape")
    expect(options).to_have_count(0)
    assert box.get_attribute("aria-expanded") == "false"
    box.fill("特許")
    expect(options.first).to_contain_text("特許")
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url(f"**/indicator/{INDICATOR}.html")
    box.fill("zhang")
    expect(options.first).to_contain_text("Zhang Jihong")
    options.first.click()
    page.wait_for_url("**/person/zhang-jihong.html")
    box.fill("beijing")
    box.press("Enter")  # without a suggestion that is chosen it is a search
    page.wait_for_url("**/search?q=beijing")
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
    assert not page.locator("form.search").is_visible()
    assert page.get_by_text("48.2 per 10,000 people").is_visible()
    page.close()
