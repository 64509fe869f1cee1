"""The query editor: what it completes, and in a real browser what it does with a query and its result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from harness import BASE, Site
from playwright.sync_api import Browser, Page, expect
from test_browser import browser, pytestmark, violations, watched  # noqa: F401  # the browser is a fixture

ONTOLOGY = f"{BASE}ontology#"
CITIES = "SELECT ?c WHERE { ?c a <https://schema.org/City> }"
FIGURES = """PREFIX inno: <https://w3id.org/innograph/ontology#>
PREFIX sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#>
SELECT ?indicator ?value WHERE { ?figure inno:indicator ?indicator ; sdmx-measure:obsValue ?value }
ORDER BY ?indicator ?value"""


def test_terms_to_complete_are_those_of_the_graph(site: Site) -> None:
    reply = site.get("/sparql/terms")
    assert reply.status == 200
    assert reply.media_type == "application/json"
    assert site.get("/sparql/terms", If_None_Match=reply.headers["etag"]).status == 304
    found = json.loads(reply.body)
    assert found["prefixes"]["inno"] == ONTOLOGY
    terms = {iri: (label, count) for iri, label, count in found["terms"]}
    assert terms[f"{ONTOLOGY}CityObservation"] == ("city observation", 8)
    assert terms["http://purl.org/linked-data/sdmx/2009/measure#obsValue"][1] >= 8
    query = f"""PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
    SELECT ?t {{ ?t rdfs:isDefinedBy <{BASE}ontology> ; a ?kind
      FILTER(?kind IN (owl:Class, owl:ObjectProperty, owl:DatatypeProperty)) }}"""
    defined = {row["t"] for row in site.rows(query)}
    assert len(defined) > 15
    assert defined <= set(terms)
    japanese = json.loads(site.get("/sparql/terms?lang=ja").body)
    assert {iri: label for iri, label, _ in japanese["terms"]}["https://schema.org/City"] == "都市"


@pytest.fixture
def editor(browser: Browser, site: Site) -> Iterator[Page]:  # noqa: F811
    """A page with the editor; nothing may go wrong on it but what a test expects."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page = context.new_page()
    troubles = watched(page, site)
    page.goto(f"{site.url}/sparql")
    page.wait_for_selector(".CodeMirror")
    yield page
    # That a request was refused (4xx, 5xx) is said to the console by the browser itself.
    assert [t for t in troubles if "Failed to load resource" not in t] == []
    context.close()


def write(page: Page, text: str) -> None:
    """Put a text in place of the query, as somebody who pastes it."""
    page.locator(".CodeMirror-code").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)


def value(page: Page) -> str:
    return str(page.evaluate("document.getElementById('query').value"))


def ask(page: Page, text: str) -> None:
    write(page, text)
    with page.expect_response(lambda response: "/sparql" in response.url and "terms" not in response.url):
        page.get_by_role("button", name="Run").click()
    page.wait_for_selector("#outcome:not([aria-busy]) .result")


def test_a_query_runs_without_leaving_the_page(editor: Page) -> None:
    editor.evaluate("window.stayed = true")
    ask(editor, CITIES)
    assert editor.locator("table.results tbody tr").count() == 1
    assert editor.get_by_role("link", name="city/beijing").get_attribute("href") == "/city/beijing.html"
    assert editor.evaluate("window.stayed") is True
    assert "1 row" in editor.locator("#status").inner_text()
    address = editor.url
    assert parse_qs(urlsplit(address).query)["query"] == [CITIES]
    ask(editor, "ASK { ?s ?p ?o }")
    assert editor.locator(".result .big").inner_text() == "Yes"
    editor.go_back()
    editor.wait_for_selector("table.results")
    assert editor.url == address
    assert value(editor) == CITIES


def test_the_address_of_a_result_is_a_link_to_share(editor: Page, site: Site) -> None:
    write(editor, CITIES)
    editor.get_by_role("button", name="Copy link").click()
    expect(editor.locator("#status")).to_contain_text("clipboard")
    address = editor.evaluate("navigator.clipboard.readText()")
    assert address == f"{site.url}/sparql?{urlencode({'query': CITIES})}"
    editor.goto(address)
    assert editor.locator("table.results tbody tr").count() == 1


def test_the_keyboard_runs_a_query_and_leaves_the_editor(editor: Page) -> None:
    write(editor, CITIES)
    editor.keyboard.press("Control+Enter")
    editor.wait_for_selector("table.results")
    editor.locator(".CodeMirror-code").click()
    assert editor.locator(".CodeMirror-focused").count() == 1
    editor.keyboard.press("Tab")
    assert editor.evaluate("document.activeElement.textContent") == "Run"
    editor.keyboard.press("Shift+Tab")
    assert editor.locator(".CodeMirror-focused").count() == 1
    assert value(editor) == CITIES


def test_names_are_completed_and_their_prefix_declared(editor: Page) -> None:
    write(editor, "SELECT * WHERE { ?s a }")
    editor.keyboard.press("ArrowLeft")
    editor.keyboard.type("inno:cityob", delay=60)  # as fast as people type
    hint = editor.locator(".CodeMirror-hint-active")
    expect(hint).to_contain_text("inno:CityObservation")
    expect(hint).to_contain_text("city observation")
    editor.keyboard.press("Enter")
    assert value(editor) == f"PREFIX inno: <{ONTOLOGY}>\nSELECT * WHERE {{ ?s a inno:CityObservation}}"
    editor.get_by_role("button", name="Run").click()
    expect(editor.locator(".result")).to_contain_text("8 rows")


def test_a_term_is_found_by_the_words_of_its_label(editor: Page) -> None:
    write(editor, "SELECT * WHERE { ?s  }")
    editor.keyboard.press("ArrowLeft")
    editor.keyboard.press("ArrowLeft")
    editor.keyboard.type("growth", delay=60)
    hint = editor.locator(".CodeMirror-hint", has_text="inno:annualGrowthRate")
    expect(hint).to_be_visible()
    hint.click()
    assert f"PREFIX inno: <{ONTOLOGY}>\nSELECT * WHERE {{ ?s inno:annualGrowthRate" in value(editor)


def test_an_error_is_told_in_words_at_its_line(editor: Page) -> None:
    ask(editor, "SELECT *\nWHERE {\n  ?s ?p \n}")
    assert "line" in editor.locator(".result .wrong").inner_text().lower()
    sign = editor.locator(".wrong-sign")
    assert sign.count() == 1
    assert sign.get_attribute("title")
    assert editor.locator(".CodeMirror .wrong-line").count() == 1
    assert violations(editor) == []
    write(editor, CITIES)
    expect(sign).to_have_count(0)


def test_what_is_not_sparql_is_told_while_typing(editor: Page) -> None:
    write(editor, "SELECT * WHERE {\n ?s ?p ?o } ORDER LIMIT")
    expect(editor.locator("#status")).to_contain_text("Line 2 is not SPARQL")
    expect(editor.locator("#status")).to_contain_text("BY")


def test_a_query_that_takes_too_long_says_so_and_can_be_stopped(editor: Page, site: Site) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    write(editor, slow)
    editor.get_by_role("button", name="Run").click()
    expect(editor.locator("#status")).to_contain_text("it may take 30 s")
    editor.get_by_role("button", name="Stop").click()
    expect(editor.locator("#status")).to_have_text("Stopped.")
    expect(editor.get_by_role("button", name="Run")).to_be_visible()
    editor.goto(f"{site.url}/sparql?{urlencode({'query': slow, 'timeout': '0.2'})}")
    assert "Deadline exceeded" in editor.locator(".result h2").inner_text()


def test_a_table_is_sorted_by_any_column_and_back(editor: Page) -> None:
    ask(editor, FIGURES)
    cells = editor.locator("table.results tbody td.number")
    plain = cells.all_inner_texts()
    numbers = [float(text.replace(",", "")) for text in plain]
    by_value = editor.locator("th").get_by_role("button", name="value")
    for order in (sorted(numbers), sorted(numbers, reverse=True), numbers):
        by_value.click()
        assert [float(text.replace(",", "")) for text in cells.all_inner_texts()] == order
    by_value.click()
    assert editor.locator("th[aria-sort=ascending]").inner_text().startswith("value")
    editor.locator("th").get_by_role("button", name="indicator").click()
    assert editor.locator("th[aria-sort]").count() == 1


def test_a_chart_shows_the_numbers_of_a_result(editor: Page) -> None:
    ask(editor, FIGURES)
    editor.get_by_role("radio", name="Chart").check()
    chart = editor.get_by_role("img", name="Chart: value")
    expect(chart).to_be_visible()
    assert "Patents per 10,000 people: 262.9" in (chart.locator("desc").text_content() or "")
    bars = chart.locator("rect")
    assert bars.count() == 8
    assert violations(editor) == []
    ask(editor, "SELECT ?c WHERE { ?c a <https://schema.org/City> }")
    assert editor.get_by_role("radio", name="Chart").count() == 0


def test_results_are_downloaded_in_their_formats(editor: Page) -> None:
    ask(editor, CITIES)
    with editor.expect_download() as started:
        editor.evaluate(
            "document.querySelector('.result a[href*=\"format=csv\"]').setAttribute('download', 'r.csv')"
        )
        editor.get_by_role("link", name=".csv", exact=True).click()
    assert started.value.path().read_text().splitlines() == ["c", f"{BASE}city/beijing"]


def test_a_long_query_goes_by_post(editor: Page) -> None:
    long = CITIES + "\n" + "\n".join(f"# {'x' * 70}" for _ in range(120))
    with editor.expect_request(lambda request: request.method == "POST") as sent:
        ask(editor, long)
    assert sent.value.url.endswith("/sparql")
    assert editor.locator("table.results tbody tr").count() == 1
