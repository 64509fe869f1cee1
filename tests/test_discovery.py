"""What programs find by themselves: typed links, llms.txt, an API catalogue, and example queries that answer."""

from __future__ import annotations

import re
from collections import defaultdict
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from harness import BASE, SLUG, Site, wait_until
from pyoxigraph import NamedNode, RdfFormat, parse

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
SH, SCHEMA = "http://www.w3.org/ns/shacl#", "https://schema.org/"
LANDING = {
    f"dataset/{SLUG}": "https://schema.org/Dataset",
    f"source/{SLUG}": "https://schema.org/Article",
    "city/beijing": "https://schema.org/City",
    "indicator/patents-per-10000-people": "",
    f"observation/{SLUG}/beijing/patents-per-10000-people/2023": "",
    f"claim/{SLUG}/patents-sharply-increased": "https://schema.org/Claim",
}


def header_links(value: str) -> dict[str, set[tuple[str, str]]]:
    """The targets and media types of a Link header by relation (RFC 8288, section 3)."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for target, rest in re.findall(r"<([^>]*)>((?:; *\w+=\"[^\"]*\")*)", value):
        given = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        for relation in given["rel"].split():
            found[relation].add((target, given.get("type", "")))
    return found


class _Head(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link":
            self.links[given["rel"]].add((given["href"], given.get("type", "")))


@pytest.mark.parametrize("path", LANDING)
def test_landing_pages_have_signposts_in_header_and_html(site: Site, path: str) -> None:
    reply = site.get(f"/{path}.html")
    links, head = header_links(reply.headers["link"]), _Head()
    head.feed(reply.text)
    assert links["cite-as"] == {(BASE + path, "")}
    kinds = {target for target, _ in links["type"]}
    assert "https://schema.org/AboutPage" in kinds
    assert not LANDING[path] or LANDING[path] in kinds
    for target, kind in links["describedby"]:
        described = site.get(target.removeprefix(site.url))
        assert (described.status, described.media_type) == (200, kind)
        assert header_links(described.headers["link"])["describes"] == {(f"/{path}.html", "text/html")}
    assert {kind for _, kind in links["describedby"]} >= {"text/turtle", "application/ld+json"}
    for relation in ("cite-as", "describedby", "type", "item", "license", "author"):
        assert head.links[relation] == links[relation], relation


def test_items_are_the_content_and_licences_are_those_that_are_stated(site: Site) -> None:
    def links(path: str) -> dict[str, set[tuple[str, str]]]:
        return header_links(site.request("HEAD", path).headers["link"])

    dataset = links(f"/dataset/{SLUG}.html")
    assert "text/csv" in {kind for _, kind in dataset["item"]}
    for target, kind in dataset["item"]:
        file = site.request("HEAD", target.removeprefix(site.url))
        assert (file.status, file.media_type) == (200, kind)
    assert dataset["license"] == {(CC0, "")}
    # The article states no licence, whatever ours is for the figures taken from it.
    article = links(f"/source/{SLUG}.html")
    assert not article["license"]
    assert article["author"] == {(f"{BASE}person/author-of-{SLUG}", "")}
    assert links("/city/beijing.html")["license"] == {(CC0, "")}
    home = links("/")
    assert home["cite-as"] == {(f"{BASE}dataset/all", "")}
    assert {target for target, _ in home["help"]} == {f"{site.url}/llms.txt"}
    assert links("/catalog?format=html")["item"] >= {(f"{BASE}dataset/{SLUG}", "")}


def test_every_example_query_of_the_catalogue_answers(site: Site) -> None:
    triples = list(parse(site.get("/.well-known/void", Accept="text/turtle").body, RdfFormat.TURTLE))
    said = defaultdict(dict)
    for triple in triples:
        said[triple.subject.value].setdefault(triple.predicate.value, []).append(triple.object.value)
    executable = NamedNode(f"{SH}SPARQLExecutable")
    examples = [t.subject.value for t in triples if t.object == executable]
    assert len(examples) >= 20
    for example in examples:
        own = said[example]
        assert own["http://www.w3.org/2000/01/rdf-schema#label"]
        assert f"{site.url}/sparql" in own[f"{SCHEMA}target"]
        [text] = [own[f"{SH}{form}"][0] for form in ("select", "ask", "construct") if f"{SH}{form}" in own]
        target = f"{site.url}/sparql".removeprefix(site.url)
        reply = site.get(f"{target}?{urlencode({'query': text})}", Accept="application/sparql-results+json")
        assert reply.status == 200, (example, reply.text)
        may_be_none = re.search("^# rows: may be none$", text, re.MULTILINE)
        found = reply.json()
        assert may_be_none or found.get("boolean") or found["results"]["bindings"], example


def test_void_partitions_say_what_queries_count(site: Site) -> None:
    rows = site.rows(
        """PREFIX void: <http://rdfs.org/ns/void#> SELECT ?class ?n WHERE {
        ?set void:classPartition ?part . ?part void:class ?class ; void:entities ?n
        FILTER(STRENDS(STR(?set), "dataset/all")) }"""
    )
    counted = {row["class"]: row["n"] for row in rows}
    kind = "https://w3id.org/innograph/ontology#CityObservation"
    [total] = site.rows(f"SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE {{ ?s a <{kind}> }}")
    assert counted[kind] == total["n"]


def test_llms_txt_has_the_form_of_its_specification_and_leads_to_what_is_there(site: Site) -> None:
    reply = site.get("/llms.txt")
    assert (reply.status, reply.media_type) == (200, "text/plain")
    text = reply.text
    assert text.startswith("# innograph\n\n> ")
    before, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    assert "```sparql" in before
    assert [section.partition("\n")[0] for section in sections] == [
        "Endpoints",
        "Tools",
        "Example queries",
        "Optional",
    ]
    linked = re.compile(r"- \[[^\]]+\]\(([^)]+)\)(: .+)?")
    for section in sections:
        for line in filter(None, section.partition("\n")[2].splitlines()):
            match = linked.fullmatch(line)
            assert match, line
            path = match[1].removeprefix(site.url)
            wait_until(lambda path=path: site.get(path).status != 503)  # the search index is being built
            answer = site.get(path, Accept="text/html, */*;q=0.8")
            assert answer.status == 200, (path, answer.status)
    query = re.search("```sparql\n(.*?)```", before, re.DOTALL)
    assert query
    assert site.rows(query[1])


def test_the_api_catalogue_leads_to_descriptions(site: Site) -> None:
    reply = site.get("/.well-known/api-catalog")
    assert reply.media_type == "application/linkset+json"
    for context in reply.json()["linkset"]:
        assert context["anchor"].startswith(site.url)
        for relation in ("service-desc", "service-doc", "describedby", "help"):
            for link in context.get(relation, []):
                described = site.get(link["href"].removeprefix(site.url), Accept=link["type"])
                assert (described.status, described.media_type) == (200, link["type"])
