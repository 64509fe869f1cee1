"""What `/llms.txt` says (llmstxt.org): a site for language models and agents, in one page of Markdown.

What is here, how it is modelled, how to ask for it. Made of the graph itself, so that it cannot be out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from pyoxigraph import Literal

from innograph.ontology.namespaces import PREFIXES
from innograph.server.engine import Snapshot
from innograph.server.pages.examples import Example, examples
from innograph.server.pages.links import Links
from innograph.server.pages.reading import PROLOGUE

EXAMPLE_CLAIM = "In 2023, Beijing had 262.9 patents per 10,000 people."
LISTED = 60  # cities and indicators that are named
SHORT = (
    "inno",
    "qb",
    "sdmx-dimension",
    "sdmx-measure",
    "sdmx-attribute",
    "schema",
    "skos",
    "oa",
    "prov",
    "rdfs",
)
_INDICATORS = (
    PROLOGUE
    + """SELECT DISTINCT ?thing ?label WHERE { ?thing skos:inScheme ?scheme ; skos:prefLabel ?label
  FILTER(?scheme = ?indicators && LANG(?label) = "en") } ORDER BY ?label"""
    + f" LIMIT {LISTED}"
)
_CITIES = (
    PROLOGUE
    + """SELECT DISTINCT ?thing ?label WHERE { ?thing a schema:City ; rdfs:label ?label
  FILTER(LANG(?label) = "en") } ORDER BY ?label"""
    + f" LIMIT {LISTED}"
)
MODEL = """\
- A figure is an `inno:CityObservation` (a `qb:Observation`): `sdmx-dimension:refArea` the city, `inno:indicator`,
  `sdmx-dimension:refPeriod` (an `xsd:gYear`, `xsd:gYearMonth`, `xsd:date`, or the IRI of an interval),
  `sdmx-measure:obsValue` times ten to the power of `sdmx-attribute:unitMult`, in `sdmx-attribute:unitMeasure`.
  `inno:valueAsStated` has the digits as the source writes them, `prov:wasDerivedFrom` names the source.
- Evidence: `inno:evidence` leads to the exact words (`oa:exact`) and their place (`oa:start`, `oa:end`) in the source
  (`oa:hasSource`), or to a row of a table.
- A claim is a `schema:Claim` with its claimant (`schema:author`); a quotation a `schema:Quotation` with its speaker.
- What a source leaves open is said: `inno:notStated` points at the property.
- Derived: `inno:Change` between two figures of a series, `schema:ClaimReview` of a growth claim. Never an observation.
- The default graph is the union of all named graphs; each source has a named graph of its own.
- Two sources may differ about a figure: both are here. Always name the source with a figure, and quote its words."""


def llms_text(snapshot: Snapshot, address: Callable[[str], str]) -> str:
    """The page; `address` makes the whole address of a path of the site."""
    return "\n".join(_lines(snapshot, address)) + "\n"


def _lines(snapshot: Snapshot, address: Callable[[str], str]) -> Iterator[str]:
    release = snapshot.release
    yield "# innograph"
    yield ""
    yield (
        "> A knowledge graph of facts about innovation in cities: what sources state, each figure, claim and"
        " quotation with the exact words that support it, who says so, and what is left unsaid."
    )
    yield ""
    told = f"release {release.number} of {release.created[:10]}, " if release.identity else ""
    yield f"State: {told}{release.quads:,} statements. `?release=N` asks an older one."
    yield ""
    yield "How facts are modelled:"
    yield ""
    yield MODEL
    yield ""
    yield "Prefixes: " + ", ".join(f"`{prefix}:` <{PREFIXES[prefix]}>" for prefix in SHORT) + "."
    yield ""
    scheme = snapshot.release.base + "scheme/indicators"
    indicators = _named(snapshot, _INDICATORS.replace("?indicators", f"<{scheme}>"))
    cities = _named(snapshot, _CITIES)
    for title, found in (("Indicators", indicators), ("Cities", cities)):
        if found:
            more = ", and more" if len(found) == LISTED else ""
            yield f"{title}: " + "; ".join(f"{label} <{iri}>" for iri, label in found) + more + "."
            yield ""
    queries = examples(snapshot)
    if queries:
        yield "A query to begin with:"
        yield ""
        yield "```sparql"
        yield queries[0].text.strip()
        yield "```"
        yield ""
    base = release.base
    shown = next((iri[len(base) :] for iri, _ in (*cities, *indicators) if iri.startswith(base)), "catalog")
    yield from _places(address, shown)
    if queries:
        yield "## Example queries"
        yield ""
        links = Links(release.base)
        for example in queries:
            yield _example(example, links, address)
        yield ""
    yield "## Optional"
    yield ""
    yield f"- [Documentation]({address('docs/')}): the tutorial, the model by example, operation"
    yield f"- [The model]({address('docs/model')}): every kind of fact by example"
    yield f"- [For agents]({address('docs/agents')}): the MCP server, its tools and limits"


def _places(address: Callable[[str], str], shown: str) -> Iterator[str]:
    yield "## Endpoints"
    yield ""
    places = [
        (
            "SPARQL",
            "sparql",
            "`?query=` by GET, or POST; `format=json`, `csv`, `ttl`; without a query the description",
        ),
        (
            "Search",
            "search?q=innovation&format=json",
            "things by their names and words, in English, Chinese or Japanese",
        ),
        (
            "Verify",
            f"verify?{urlencode({'text': EXAMPLE_CLAIM})}",
            "checks claims: `?text=`, or one claim by `?place=&indicator=&period=&value=&unit=`",
        ),
        (
            "Figures of a thing",
            f"{shown}.json",
            "tidy rows; also `.csv`; for a city, indicator, source, dataset",
        ),
        ("A thing", f"{shown}.ttl", "its description: `.ttl`, `.jsonld`, `.nt`, `.rdf`, `.html`"),
        ("Catalogue", "catalog?format=ttl", "DCAT and VoID: datasets, counts, licences, example queries"),
        ("Vocabulary", "ontology.ttl", "the terms of `inno:`"),
        ("Releases", "releases", "published states, their checksums, and what changed: `/releases/M..N`"),
        ("Downloads", "download", "whole releases and sources: N-Quads, Turtle, JSON-LD, CSV, Parquet"),
        ("HTTP interface", "openapi.json", "every address, in OpenAPI 3.1"),
    ]
    for name, path, about in places:
        yield f"- [{name}]({address(path)}): {about}"
    yield ""
    yield "## Tools"
    yield ""
    yield (
        f"- [MCP server]({address('docs/agents')}): `innograph mcp` (stdio, or `--http`) has the tools search,"
        " describe, list_indicators, get_series, verify_claim and sparql"
    )
    yield ""


def _example(example: Example, links: Links, address: Callable[[str], str]) -> str:
    page = address(links.page(example.iri).lstrip("/"))
    about = f": {example.about}" if example.about else ""
    return f"- [{example.title}]({page}){about}"


def _named(snapshot: Snapshot, query: str) -> list[tuple[str, str]]:
    rows = snapshot.select(query)
    return [(row["thing"].value, row["label"].value) for row in rows if isinstance(row["label"], Literal)]
