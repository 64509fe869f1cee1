"""The MCP server: its tools, resources and prompts."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated
from urllib.parse import urlsplit

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import Field
from pyoxigraph import NamedNode

from innograph.ontology.namespaces import INNO, Names
from innograph.server import negotiation
from innograph.server.describing import describe_vocabulary
from innograph.server.engine import Engine
from innograph.server.llms import llms_text
from innograph.server.mcp import checking, querying
from innograph.server.mcp.asking import Asking
from innograph.server.mcp.models import (
    DescribeAnswer,
    IndicatorsAnswer,
    Language,
    SearchAnswer,
    SeriesAnswer,
    SparqlAnswer,
    VerifyAnswer,
)
from innograph.server.mcp.things import Things
from innograph.server.searching.keeping import Keeper
from innograph.server.settings import Settings
from innograph.server.writing import write

INSTRUCTIONS = """\
A knowledge graph of facts about innovation in cities. Every figure, claim and quotation has the exact words of
the source that support it. Use `search` to find things, `list_indicators` and `get_series` for figures,
`verify_claim` to check one, `describe` for everything about one thing, `sparql` for the rest (the resource
innograph://llms.txt says how facts are modelled). When you state a figure, name its source and quote the words in
`evidence`; say what `not_stated` leaves open. Two sources may differ: report both. If the graph has no answer,
say so."""
READ_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
TURTLE = next(form for form in negotiation.GRAPH if form.name == "ttl")

Lang = Annotated[Language, Field(description="language of labels, where there is a label in it")]
Iri = Annotated[str, Field(description="an IRI, or its path below the base: city/beijing", max_length=4000)]
Name = Annotated[str, Field(description="a name in any language, an IRI, or a path", max_length=4000)]


def mcp_server(engine: Engine, settings: Settings) -> MCPServer[None]:
    """The server over an engine."""
    server: MCPServer[None] = MCPServer(
        "innograph",
        title="innograph: facts about innovation in cities",
        instructions=INSTRUCTIONS,
        version=version("innograph"),
        website_url=settings.public_url or None,
        log_level="ERROR",
    )
    things = Things(engine, Keeper(settings.store), settings.public_url)

    @server.tool(title="Search", annotations=READ_ONLY)
    def search(
        text: Annotated[str, Field(description="words in any language", max_length=4000)],
        limit: Annotated[int, Field(ge=1, le=100)] = 10,
        language: Lang = "en",
    ) -> SearchAnswer:
        """Find things (cities, indicators, claims, people, figures, …) by their words."""
        return things.search(text, limit, language)

    @server.tool(title="Describe a thing", annotations=READ_ONLY)
    def describe(iri: Iri, language: Lang = "en") -> DescribeAnswer:
        """Everything that is stated of a thing, the words that support it, and what is left open."""
        return things.describe(iri, language)

    @server.tool(title="List indicators", annotations=READ_ONLY)
    def list_indicators(
        text: Annotated[str, Field(description="words that its label holds", max_length=4000)] = "",
        language: Lang = "en",
    ) -> IndicatorsAnswer:
        """The indicators that there are figures of, with definition, unit, and the periods covered."""
        return things.list_indicators(text, language)

    @server.tool(title="Get a series of figures", annotations=READ_ONLY)
    def get_series(city: Name, indicator: Name, language: Lang = "en") -> SeriesAnswer:
        """The figures of an indicator for a city, each with its source and the exact words behind it."""
        return things.get_series(city, indicator, language)

    @server.tool(title="Check a claim", annotations=READ_ONLY)
    def verify_claim(
        place: Name = "",
        indicator: Name = "",
        period: Annotated[
            str, Field(description="2023, 2023-Q1, 2023-03; a span for growth", max_length=4000)
        ] = "",
        value: Annotated[str, Field(description="853.69, or 853.69 billion yuan", max_length=4000)] = "",
        unit: Annotated[str, Field(description="CNY, 亿元, per 10,000 people, %", max_length=4000)] = "",
        text: Annotated[str, Field(description="or a sentence with claims", max_length=20_000)] = "",
        language: Lang = "en",
    ) -> VerifyAnswer:
        """Check a figure, a growth or a rank against the sources: is it right, who says so, in which words?

        Give a claim by its fields, or a text. What is ambiguous is asked back with candidates.
        """
        claim = {"place": place, "indicator": indicator, "period": period, "value": value, "unit": unit}
        return checking.check(engine, claim, text, settings.deadline, language)

    @server.tool(title="Ask in SPARQL", annotations=READ_ONLY)
    def sparql(
        query: Annotated[
            str, Field(description="SELECT, ASK, CONSTRUCT or DESCRIBE; usual prefixes may be left out")
        ],
        limit: Annotated[int, Field(ge=1, le=querying.ROWS, description="most rows to answer")] = 100,
        timeout: Annotated[
            float | None, Field(gt=0, description="seconds; the server has a limit too")
        ] = None,
        release: Annotated[int | None, Field(ge=1, description="an older release")] = None,
    ) -> SparqlAnswer:
        """Ask the graph in SPARQL 1.1, reading only."""
        return querying.run(engine, query, limit, timeout, settings.max_query_bytes, release)

    _resources(server, engine, settings)
    _prompts(server)
    return server


def _resources(server: MCPServer[None], engine: Engine, settings: Settings) -> None:
    def address(path: str = "") -> str:
        site = settings.public_url or engine.snapshot().release.base
        return site.rstrip("/") + "/" + path

    @server.resource("innograph://llms.txt", title="What is here", mime_type="text/markdown")
    def llms() -> str:
        """What the graph holds, how facts are modelled, example queries."""
        return llms_text(Asking(engine).snapshot, address)

    @server.resource("innograph://vocabulary", title="The vocabulary", mime_type=TURTLE.media_type)
    def vocabulary() -> str:
        """The terms of `inno:` in Turtle, with labels and definitions."""
        term = NamedNode(str(INNO).rstrip("#"))
        return write(describe_vocabulary(Asking(engine).snapshot, term), TURTLE, term).decode()

    @server.resource("innograph://catalogue", title="The catalogue", mime_type=TURTLE.media_type)
    def catalogue() -> str:
        """DCAT and VoID in Turtle: datasets, counts, licences, and example queries as sh:SPARQLExecutable."""
        snapshot = Asking(engine).snapshot
        graph = Names(snapshot.release.base).graph("catalog")
        triples = snapshot.construct("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }", g=graph)
        return write(triples, TURTLE).decode()


def _prompts(server: MCPServer[None]) -> None:
    @server.prompt(title="Answer with sources")
    def answer_with_sources(question: str) -> str:
        """Answer a question about innovation in cities from the graph alone."""
        return (
            f"Answer this question from the innograph tools alone: {question}\n\n"
            "Name the source of every figure, quote the words that support it, and say which release you asked."
            " Say what the source leaves open. If the graph has no answer, say so and do not guess."
        )

    @server.prompt(title="Check a statement")
    def check_statement(statement: str) -> str:
        """Check a statement about a city's innovation figures against the graph."""
        return (
            f"Check this statement against the innograph tools: {statement}\n\n"
            "Find each place, indicator, period and figure in it; compare with the figures of `get_series`,"
            " units and multipliers included (万 is 10^4, 亿 is 10^8), or let `verify_claim` do it. For each figure"
            " say whether the sources support it, refute it, differ, or say nothing, and quote their words."
        )


def security(host: str, public_url: str) -> TransportSecuritySettings | None:
    """Which Host and Origin headers are answered over HTTP.

    None leaves it to the library, which guards loopback addresses against DNS rebinding.
    """
    name = urlsplit(public_url).netloc
    if not name:
        return None
    hosts = [name, "127.0.0.1:*", "localhost:*", "[::1]:*"]
    origins = [public_url.rstrip("/"), "http://127.0.0.1:*", "http://localhost:*", "http://[::1]:*"]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=origins
    )
