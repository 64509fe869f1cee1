"""The pages as a reader's browser gets them: over HTTP, from a real server on a built store."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from harness import BASE, SLUG, Reply, Site

from innograph.server.pages.charts import Point, chart
from innograph.server.pages.figures import Unit, figure
from innograph.server.pages.language import LANGUAGES, Text, Words, translations

OBSERVATION = f"/observation/{SLUG}/beijing/patents-per-10000-people/2014"
PAGES = Path(__file__).parent.parent / "server" / "pages"
MAX_BYTES = 100_000


def get(site: Site, path: str, **headers: str) -> Reply:
    """Ask as a browser does."""
    return site.get(path, **{"Accept": "text/html", **headers})


def ask(site: Site, query: str, **parameters: str) -> Reply:
    """Ask a query as a browser does."""
    return get(site, "/sparql?" + urlencode({"query": query, **parameters}))


class Outline(HTMLParser):
    """What a test wants to know of a page: links, ids, headings, its IRI, its visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.language = ""
        self.words: list[str] = []
        self._silent = 0
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert "style" not in found, "a style attribute breaks the content security policy"
        assert not any(name.startswith("on") for name in found), "a handler breaks the policy"
        if tag in ("a", "link", "form"):
            self.links.append(found.get("href") or found.get("action") or "")
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "html":
            self.language = found.get("lang") or ""
        self._silent += tag in ("script", "style", "textarea")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "textarea")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def local(link: str) -> str:
    """The address that a link leads to on this site, as a reader without preferences sees it."""
    parts = urlsplit(link)
    if parts.netloc or not link.startswith("/"):
        return ""
    pairs = [pair for pair in parse_qsl(parts.query) if pair[0] not in ("lang", "release")]
    return parts.path + ("?" + urlencode(pairs) if pairs else "")


def shape(link: str) -> str:
    """What links have in common that differ only in the thing they are about."""
    parts = urlsplit(link)
    if parts.path == "/sparql":
        return re.sub("<[^>]*>", "<>", dict(parse_qsl(parts.query)).get("query", "")) + parts.query[-12:]
    return parts.path.split("/")[1] + parts.path.rpartition(".")[2]


@pytest.fixture(scope="module")
def crawled(site: Site) -> dict[str, Reply]:
    """Every page that links from the home page lead to; of other formats and queries, one of each shape."""
    found: dict[str, Reply] = {}
    shapes: set[str] = set()
    frontier = ["/"]
    with ThreadPoolExecutor(4) as pool:
        while frontier:
            answers = pool.map(lambda path: get(site, path, Accept="text/html, */*;q=0.5"), frontier)
            found.update(zip(frontier, answers, strict=True))
            new: dict[str, None] = {}
            for path in frontier:
                answer = found[path]
                if not answer.headers["content-type"].startswith("text/html") or path.startswith("/sparql?"):
                    continue
                for link in map(local, Outline(answer.text).links):
                    page = link.endswith(".html") or link.startswith("/about?") or "?" not in link
                    page = page or bool(re.search(r"\.html\?page=\d+$", link))
                    page = page and not re.search(r"\.(ttl|nt|jsonld|rdf|csv|json)$", link)
                    if not link or link in found or (not page and shape(link) in shapes):
                        continue
                    shapes.add(shape(link))
                    new[link] = None
            frontier = list(new)
    return found


def pages(crawled: dict[str, Reply]) -> dict[str, Reply]:
    return {
        path: answer
        for path, answer in crawled.items()
        if answer.headers["content-type"].startswith("text/html") and not path.startswith("/sparql?")
    }


def test_no_link_is_dead(crawled: dict[str, Reply]) -> None:
    assert {path: answer.text[:300] for path, answer in crawled.items() if answer.status != 200} == {}
    assert len(crawled) > 300


def test_every_resource_is_reached_from_the_home_page(site: Site, crawled: dict[str, Reply]) -> None:
    shown = set()
    for answer in pages(crawled).values():
        shown.update(re.findall(r"<dt>IRI</dt><dd>(?:<a [^>]*>)?<code>([^<]*)</code>", answer.text))
    terms = Outline(crawled["/ontology.html"].text).ids
    shown |= {f"{BASE}ontology#{term}" for term in terms}
    subjects = {row["s"] for row in site.rows("SELECT DISTINCT ?s WHERE { ?s ?p ?o }")}
    assert len(subjects) > 500
    assert subjects - shown == set()


def test_every_term_of_the_vocabulary_has_an_anchor(site: Site, crawled: dict[str, Reply]) -> None:
    query = f"SELECT ?t {{ ?t <http://www.w3.org/2000/01/rdf-schema#isDefinedBy> <{BASE}ontology> }}"
    terms = {row["t"] for row in site.rows(query)}
    assert len(terms) > 20
    anchors = Outline(crawled["/ontology.html"].text).ids
    assert {term.partition("#")[2] for term in terms} <= set(anchors)


def test_pages_are_small(crawled: dict[str, Reply]) -> None:
    assert {p: len(a.body) for p, a in pages(crawled).items() if len(a.body) >= MAX_BYTES} == {}


def test_pages_are_well_ordered(crawled: dict[str, Reply]) -> None:
    for path, answer in pages(crawled).items():
        outline = Outline(answer.text)
        assert outline.headings.count(1) == 1, path
        assert outline.headings[0] == 1, path
        steps = zip(outline.headings, outline.headings[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps), (path, outline.headings)
        assert len(outline.ids) == len(set(outline.ids)), (path, outline.ids)
        assert outline.language == "en", path


def test_each_fact_shows_the_words_that_support_it(site: Site, crawled: dict[str, Reply]) -> None:
    rows = site.rows(
        """PREFIX inno: <https://w3id.org/innograph/ontology#> PREFIX oa: <http://www.w3.org/ns/oa#>
        SELECT ?fact ?exact ?start ?end { ?fact inno:evidence ?e . ?e oa:hasSelector ?q, ?p .
          ?q oa:exact ?exact . ?p oa:start ?start ; oa:end ?end }""",
    )
    assert len(rows) > 50
    texts = cache(lambda path: Outline(crawled[path].text).text)
    for row in rows:
        text = texts(f"/{row['fact'].removeprefix(BASE)}.html")
        assert " ".join(row["exact"].split()) in text, row
        assert f"characters {row['start']} to {row['end']} of" in text, row


def test_each_fact_says_what_is_not_stated(site: Site, crawled: dict[str, Reply]) -> None:
    rows = site.rows(
        """PREFIX inno: <https://w3id.org/innograph/ontology#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT ?fact ?label { ?fact inno:notStated ?p . ?p rdfs:label ?label FILTER(LANG(?label) = "en") }""",
    )
    assert len(rows) > 50
    for row in rows:
        text = Outline(crawled[f"/{row['fact'].removeprefix(BASE)}.html"].text).text
        assert row["label"] in text.partition("What is not stated")[2], row


def test_home_page_tells_the_four_indicators(crawled: dict[str, Reply]) -> None:
    text = crawled["/"].text
    assert text.count('class="chart"') == 4
    for written in ("48.2 per 10,000 people", "853.69 billion CNY", "28,300", "337 per day", "“"):
        assert written in Outline(text).text + "“"
    assert f'href="{OBSERVATION}.html"' in text
    for exact in ("313.6 billion yuan", "262.9", "between 2014 and 2023"):
        assert f"<q>{exact}</q>" in text


def test_two_points_are_bars_and_never_a_line(crawled: dict[str, Reply]) -> None:
    for path in ("/", "/city/beijing.html", "/indicator/patents-per-10000-people.html"):
        assert 'class="bar' in crawled[path].text
        assert 'class="line"' not in crawled[path].text


def test_observation_page_says_value_source_and_claimant(crawled: dict[str, Reply]) -> None:
    text = Outline(crawled[f"{OBSERVATION}.html"].text).text
    assert "Patents per 10,000 people: Beijing, 2014" in text
    assert "claimed by unnamed author" in text
    for link in (".ttl", ".jsonld", ".nt", ".rdf", ".csv", ".json"):
        assert f'href="{OBSERVATION}{link}"' in crawled[f"{OBSERVATION}.html"].text


def test_derived_values_say_that_they_are_computed_and_how(crawled: dict[str, Reply]) -> None:
    changes = [path for path in crawled if re.fullmatch(r"/change/.*\.html", path)]
    assert len(changes) == 4
    for path in changes:
        text = Outline(crawled[path].text).text
        assert "Computed by this graph" in text
        assert "The later value divided by the earlier one" in text
        assert "computed by" in text


def test_source_page_lays_out_the_facts(crawled: dict[str, Reply]) -> None:
    text = crawled[f"/source/{SLUG}.html"].text
    headings = re.findall(r"<h2[^>]*>([^<]*)", text)
    wanted = ["What is not stated", "Figures", "Claims", "Quotations", "What it leaves open"]
    assert [h.strip() for h in headings if h.strip() in wanted] == wanted
    assert "Zhang Jihong" in text


@pytest.mark.parametrize(
    ("language", "label"),
    [("en", "Patents per 10,000 people"), ("zh", "每万人专利数"), ("ja", "人口1万人当たりの特許件数")],
)
def test_reader_chooses_the_language(site: Site, language: str, label: str) -> None:
    path = "/indicator/patents-per-10000-people.html"
    asked = get(site, path, Accept_Language=f"{language}-XX,{language};q=0.9")
    switched = get(site, f"{path}?lang={language}", Accept_Language="en")
    for answer in (asked, switched):
        outline = Outline(answer.text)
        assert outline.language == language
        assert f">{label}</h1>" in answer.text
        assert answer.headers["content-language"] == language
        assert "Accept-Language" in answer.headers["vary"]
    assert f"lang={language}" in "".join(Outline(switched.text).links)


def test_words_in_another_language_are_marked(site: Site) -> None:
    text = get(site, f"/source/{SLUG}.html?lang=ja").text
    assert '<q lang="en">48.2</q>' in text
    assert re.search(r'<a [^>]*lang="en">Zhang Jihong</a>', text)


def test_pages_are_revalidated_by_release_and_language(site: Site) -> None:
    for path in (
        "/",
        "/catalog",
        f"{OBSERVATION}.html",
        "/sparql",
        "/ontology.html",
        "/about?iri=https://schema.org/City",
    ):
        first = get(site, path)
        assert first.headers["etag"], path
        assert get(site, path, If_None_Match=first.headers["etag"]).status == 304, path
        assert get(site, path, Accept_Language="ja").headers["etag"] != first.headers["etag"], path


def test_static_files_are_cached_for_ever_under_their_hash(site: Site) -> None:
    address = re.search(r'href="(/static/style\.[0-9a-f]+\.css)"', get(site, "/").text)
    assert address
    answer = get(site, address[1])
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in get(site, "/static/style.css").headers["cache-control"]
    assert get(site, "/static/none.css").status == 404


def test_pages_announce_other_formats_and_their_own_address(site: Site) -> None:
    answer = get(site, f"{OBSERVATION}.html?lang=zh")
    assert f'<{OBSERVATION}.ttl?lang=zh>; rel="alternate"; type="text/turtle"' in answer.headers["link"]
    assert f'<link rel="canonical" href="{site.url}{OBSERVATION}.html">' in answer.text


def test_datasets_describe_themselves_to_search_engines(site: Site) -> None:
    for path in ("/", "/catalog", f"/source/{SLUG}.html", f"/dataset/{SLUG}.html"):
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', get(site, path).text)
        assert found, path
        data = json.loads(found[1])
        assert data["@type"] == "Dataset"
        assert data["license"].startswith("https://creativecommons.org/")
        for file in data["distribution"]:
            assert get(site, file["contentUrl"].removeprefix(site.url), Accept="*/*").status == 200


def test_permalink_keeps_the_release_on_every_link(site: Site) -> None:
    answer = get(site, "/city/beijing.html?release=1")
    assert answer.status == 200
    onward = [link for link in Outline(answer.text).links if link.startswith("/indicator/")]
    assert onward
    assert all("release=1" in link for link in onward)
    assert get(site, "/city/beijing.html?release=999").status == 404
    assert get(site, "/?release=999").status == 404


def test_others_things_have_a_page_of_what_is_said_of_them(site: Site) -> None:
    unit = get(site, "/about?" + urlencode({"iri": "http://qudt.org/vocab/unit/CCY_CNY"}))
    assert unit.status == 200
    assert "853.69 billion CNY" in unit.text
    assert get(site, "/about?iri=https://example.org/nothing").status == 404
    assert get(site, "/about?iri=" + quote("x> } DROP")).status == 400
    assert get(site, "/about").status == 400


def test_query_page_shows_results_with_labels(site: Site) -> None:
    query = "SELECT ?s WHERE { ?s a <https://schema.org/City> }"
    answer = ask(site, query)
    assert answer.status == 200
    assert '<a href="/city/beijing.html">city/beijing</a> <small>Beijing</small>' in answer.text
    assert "1 row ·" in Outline(answer.text).text
    assert (
        get(site, "/sparql?" + urlencode({"query": query}), If_None_Match=answer.headers["etag"]).status
        == 304
    )


def test_query_page_marks_the_line_of_an_error(site: Site) -> None:
    answer = ask(site, "SELECT *\nWHERE {\n  ?s ?p \n}")
    assert answer.status == 400
    assert re.search(r"<mark>\s*(\?s \?p|})\s*</mark>", answer.text)
    assert "Line " in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_query_page_answers_ask_and_construct(site: Site) -> None:
    asked = ask(site, "ASK { ?s ?p ?o }")
    assert '<p class="big">Yes</p>' in asked.text
    built = ask(site, "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 3")
    assert built.status == 200
    assert "<pre" in built.text
    nothing = ask(site, "SELECT * { <urn:x> ?p ?o }")
    assert "nothing matches" in nothing.text


def test_query_page_stops_at_a_thousand_rows_and_says_so(site: Site) -> None:
    for limit in ("LIMIT 1500", ""):
        query = f"SELECT ?a ?b WHERE {{ ?a a ?x . ?b a ?y }} {limit}"
        answer = ask(site, query)
        assert answer.status == 200
        assert "Only the first 1,000 rows" in Outline(answer.text).text
        assert answer.text.count("<tr>") == 1_001


def test_query_page_refuses_what_the_endpoint_refuses(site: Site) -> None:
    query = "SELECT * { SERVICE <https://example.org/sparql> { ?s ?p ?o } }"
    answer = ask(site, query)
    assert answer.status == 403
    assert "Not allowed" in answer.text
    late = get(
        site,
        "/sparql?"
        + urlencode(
            {"query": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "timeout": "0.3"}
        ),
    )
    assert late.status == 503
    assert late.headers["retry-after"]
    assert "Deadline exceeded" in late.text


def test_text_of_a_query_is_never_markup(site: Site) -> None:
    hostile = "<script>alert(1)</script></textarea>\"'&"
    query = f"SELECT ({json.dumps(hostile)} AS ?x) (<http://x.example/{quote(hostile)}> AS ?y) {{}}"
    text = ask(site, query).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>" not in get(site, "/" + quote(hostile)).text
    javascript = ask(site, "SELECT (<javascript:alert(1)> AS ?x) {}").text
    assert 'href="javascript' not in javascript


def test_errors_are_pages_for_browsers_and_problems_for_programs(site: Site) -> None:
    page = get(site, "/nothing/here")
    assert page.status == 404
    assert "<nav" in page.text
    problem = get(site, "/nothing/here", Accept="application/json")
    assert json.loads(problem.text)["status"] == 404
    assert Outline(get(site, "/nothing/here?lang=zh").text).language == "zh"


def test_every_word_of_the_interface_is_in_every_language_and_used() -> None:
    code = "".join(p.read_text() for p in (*PAGES.parent.rglob("*.py"), *PAGES.glob("templates/*.html")))
    for key, forms in translations().items():
        assert set(forms) == set(LANGUAGES), key
        fields = {frozenset(re.findall(r"{(\w+)}", form)) for form in forms.values()}
        assert len(fields) == 1, key
        assert re.search(rf"""(t\.|words\.|["']){key}\b""", code), f"{key} is used nowhere"


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "853.69 billion CNY"), ("zh", "8,536.9 亿 CNY"), ("ja", "8,536.9 億 CNY")],
)
def test_figures_keep_their_digits_in_every_language(language: str, written: str) -> None:
    assert figure("853.69", 9, Unit(Text("yuan", "en"), "CNY"), Words(language)) == written


def test_figures_without_a_word_for_their_power() -> None:
    words = Words("en")
    assert figure("10400", 0, Unit(Text("number", "en"), counting=True), words) == "10,400"
    assert figure("1.50", 0, None, words) == "1.50"
    assert figure("-3", 2, None, words) == "−300"
    assert figure("5", -3, None, words) == "5 × 10^-3"


def test_charts_draw_only_what_can_be_compared() -> None:
    def points(*values: str) -> list[Point]:
        return [Point(str(2000 + 5 * n), Decimal(value), value) for n, value in enumerate(values)]

    bars = chart("c", "x", points("1", "4"))
    assert bars
    assert bars.path == ""
    assert bars.marks[0].width * 4 == pytest.approx(bars.marks[1].width, rel=0.01)
    line = chart("c", "x", [*points("1", "2", "4"), Point("2001", Decimal(3), "3")])
    assert line
    assert line.path.count("L") == 3
    assert line.marks[1].x - line.marks[0].x < line.marks[2].x - line.marks[1].x
    assert chart("c", "x", points("1")) is None
    assert chart("c", "x", points("1", "-4")) is None
    assert chart("c", "x", points("0", "0")) is None


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_the_contrast_of_wcag(scheme: str) -> None:
    style = (PAGES / "static" / "style.css").read_text()
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[:2]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    pairs = [(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("paper", "card", "wash")]
    pairs += [("open", "open-wash"), ("soft", "open-wash"), ("wrong", "paper"), ("accent-ink", "accent")]
    pairs += [("mark-ink", "mark")]
    for ink, ground in pairs:
        dim, bright = sorted((luminance(colours[ink]), luminance(colours[ground])))
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, (scheme, ink, ground)
