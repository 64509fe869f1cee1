"""The graph as tools for agents: by the package's own client, over standard input and output and over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import jsonschema
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from harness import BASE, SLUG, Site
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from innograph.loader.releases import Releases

SOURCE = f"{BASE}source/{SLUG}"
ASKED: dict[str, dict[str, Any]] = {
    "search": {"text": "专利"},
    "describe": {"iri": "city/beijing"},
    "list_indicators": {},
    "get_series": {"city": "北京市", "indicator": "patents per 10,000 people"},
    "verify_claim": {"text": "In Beijing, patents per 10,000 people were 262.9 in 2023."},
    "sparql": {"query": "SELECT ?o ?v WHERE { ?o sdmx-measure:obsValue ?v } ORDER BY ?v", "limit": 3},
}


def command(store: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "innograph.loader", "mcp", "--store", str(store), *options]


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    """A server over HTTP with a short deadline."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["prlimit", f"--as={12 << 30}", "--", *command(store, "--http", "--port", str(port))],
        env=os.environ | {"INNOGRAPH_DEADLINE": "1"},
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(15)


@asynccontextmanager
async def over_stdio(store: Path) -> AsyncIterator[Client]:
    """A client of a server over pipes, which fails where something else than the protocol is on them."""
    called = command(store)
    strange: list[Exception] = []

    async def note(message: object) -> None:
        if isinstance(message, Exception):
            strange.append(message)

    transport = stdio_client(StdioServerParameters(command=called[0], args=called[1:]))
    async with Client(transport, message_handler=note) as client:
        yield client
    assert not strange


class Calls:
    """A client over HTTP that stays connected, for tests that are not asynchronous."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal = portal
        self._client = client

    def ask(self, ask: Callable[[Client], Awaitable[Any]]) -> Any:
        """What a function of the client gives."""
        return self._portal.call(ask, self._client)

    def __call__(self, name: str, **arguments: Any) -> Any:
        """The structured content of a tool's answer, or the words of its refusal."""
        result = self._portal.call(self._client.call_tool, name, arguments)
        return result.content[0].text if result.is_error else result.structured_content


@pytest.fixture(scope="module")
def call(address: str) -> Iterator[Calls]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(address)) as client:
        yield Calls(portal, client)


async def everything(client: Client) -> dict[str, Any]:
    """The tools with their schemas, and what each answers to a good question."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    found: dict[str, Any] = {}
    for name, arguments in ASKED.items():
        result = await client.call_tool(name, arguments)
        assert not result.is_error, result.content
        jsonschema.validate(arguments, tools[name].input_schema)
        jsonschema.validate(result.structured_content, tools[name].output_schema or {})
        assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]
        hints = tools[name].annotations
        assert hints is not None
        assert hints.read_only_hint
        found[name] = result.structured_content
    assert set(tools) >= set(ASKED)
    return found


def test_both_transports_answer_alike_with_sources_and_release(store: Path, call: Calls) -> None:
    async def stdio() -> Any:
        async with over_stdio(store) as client:
            return await everything(client)

    over_http, over_pipes = call.ask(everything), anyio.run(stdio)
    for answers in (over_http, over_pipes):
        answers["sparql"].pop("milliseconds")
    assert over_http == over_pipes
    described = Releases(store).current().description
    for answer in over_http.values():
        assert answer["release"] == {
            "number": described.number,
            "identity": described.identity,
            "created": described.created,
            "sha256": described.checksum,
        }
        assert [source["iri"] for source in answer["sources"]] == [SOURCE]
        assert answer["sources"][0]["authors"]


def test_a_series_has_figures_with_the_words_behind_them(call: Calls) -> None:
    series = call("get_series", city="Beijing", indicator="technology-contract-value")
    assert "no indicator is called" in series  # an identifier alone is no name
    path = "indicator/technology-contract-value"
    series = call("get_series", city="city/beijing", indicator=path, language="zh")
    assert series["city_label"] == "北京市"
    assert [(f["period"], f["value"], f["multiplier"], f["amount"]) for f in series["figures"]] == [
        ("2014", "313.6", 9, "313600000000"),
        ("2023", "853.69", 9, "853690000000"),
    ]
    for figure in series["figures"]:
        assert any(figure["value"] in evidence["quote"] for evidence in figure["evidence"])
        assert figure["not_stated"]


def test_a_thing_is_described_with_evidence_and_what_is_left_open(call: Calls) -> None:
    iri = f"{BASE}observation/{SLUG}/beijing/patents-per-10000-people/2023"
    thing = call("describe", iri=iri)
    assert thing["evidence"]
    assert thing["not_stated"]
    assert {"value": "262.9"}.items() <= next(
        p for p in thing["properties"] if p["iri"].endswith("valueAsStated")
    )["values"][0].items()
    assert [hit["label"] for hit in call("search", text="Zhang Jihong")["results"]]
    assert [i["label"] for i in call("list_indicators", text="专利")["indicators"]] == [
        "Patents per 10,000 people"
    ]


def test_claims_are_checked_with_the_words_that_decide(call: Calls) -> None:
    claim = {"place": "Beijing", "indicator": "Patents per 10,000 people", "period": "2023"}
    right = call("verify_claim", **claim, value="262.9")["answers"][0]
    wrong = call("verify_claim", **claim, value="2629")["answers"][0]
    assert (right["verdict"], wrong["verdict"]) == ("supported", "refuted")
    assert any("262.9" in evidence["words"] for evidence in right["observations"][0]["evidence"])
    assert "either a text" in call("verify_claim")
    assert "either a text" in call("verify_claim", **claim, text="and a text")


def test_queries_of_every_form_are_answered(call: Calls) -> None:
    assert call("sparql", query="ASK { ?s a inno:CityObservation }")["boolean"] is True
    turtle = call("sparql", query="CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 5")["turtle"]
    assert turtle.count(" a ") == 5
    rows = call("sparql", query="SELECT ?s WHERE { ?s ?p ?o } LIMIT 10", limit=4)
    assert (len(rows["rows"]), rows["truncated"], rows["columns"]) == (4, True, ["s"])
    whole = call("sparql", query="SELECT (1 AS ?one) {}", limit=4)
    assert (whole["rows"][0]["one"]["value"], whole["truncated"]) == ("1", False)
    deep = "ASK {" + "FILTER EXISTS {" * 2_000 + "}" * 2_001
    assert call("sparql", query=deep)["boolean"] is True  # what overflows other stacks
    assert "release 7 is not published" in call("sparql", query="ASK {}", release=7)


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("sparql", {"query": "INSERT DATA { <a:a> <a:b> <a:c> }"}, "only reads"),
        ("sparql", {"query": "PREFIX x: <a:> DELETE WHERE { ?s ?p ?o }"}, "only reads"),
        ("sparql", {"query": "ASK {} ; DROP ALL"}, "malformed query at line 1"),
        ("sparql", {"query": "SELECT * {\n ?s ?p }"}, "line 2"),
        ("sparql", {"query": "SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }"}, "SERVICE"),
        ("sparql", {"query": "SELECT * { SERVICE \\u003Chttp://localhost/> { ?s ?p ?o } }"}, ""),
        ("sparql", {"query": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"}, "1 s"),
        ("sparql", {"query": "#" + "x" * (1 << 20)}, "shorten it"),
        ("sparql", {"query": " \n"}, "empty"),
        ("sparql", {"query": "ASK {}", "timeout": -1}, "greater than 0"),
        ("sparql", {"query": "ASK {}", "limit": 10**9}, "1000"),
        ("sparql", {"query": ["ASK {}"]}, "string"),
        ("describe", {"iri": "http://example.org/> ?p ?o } #"}, "search"),
        ("describe", {"iri": "city/\u0000beijing"}, "control characters"),
        ("describe", {"iri": "x" * 3_000}, "shorten it"),
        ("describe", {"iri": "x" * 100_000}, "4000"),
        ("describe", {"iri": "http://example.org/nothing"}, "says nothing of"),
        ("get_series", {"city": "Beijin", "indicator": "x"}, f"<{BASE}city/beijing>"),
        ("get_series", {"city": '"} DROP ALL #', "indicator": "x"}, "no city is called"),
        ("search", {"text": ""}, "empty"),
        ("search", {"text": "a" * 3_000}, "shorten it"),
        ("search", {"text": "beijing", "language": "xx"}, "language"),
        ("verify_claim", {"place": "\u0007", "value": "1"}, "control characters"),
        ("verify_claim", {"text": "1" * 30_000}, "20000"),
        ("update", {"query": "DROP ALL"}, "Unknown tool"),
    ],
)
def test_hostile_and_mistaken_requests_are_refused_in_words(
    call: Calls, tool: str, arguments: dict[str, Any], words: str
) -> None:
    try:
        refusal = call(tool, **arguments)
    except Exception as error:  # the protocol's own refusal, of a tool that there is not
        refusal = str(error)
    assert isinstance(refusal, str)
    assert words in refusal
    assert "Traceback" not in refusal
    assert call("sparql", query="ASK {}")["boolean"] is True  # and it goes on


def test_half_a_surrogate_pair_and_other_hosts_are_refused(address: str) -> None:
    site = Site(address.removesuffix("/mcp"))
    for text in ("\\ud800", "\\u0001"):
        body = (
            '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search",'
            f' "arguments": {{"text": "{text}"}}}}}}'
        )
        headers = {"Content_Type": "application/json", "Accept": "application/json, text/event-stream"}
        reply = site.request("POST", "/mcp", body, **headers)
        told = reply.json()
        assert reply.status == 400 or told.get("error") or told["result"]["isError"]
    reply = site.request("POST", "/mcp", body, Host="evil.example", **headers)
    assert reply.status in (403, 421)


def test_resources_and_prompts_say_how_to_ask(call: Calls) -> None:
    async def ask(client: Client) -> dict[str, str]:
        listed = (await client.list_resources()).resources
        texts = {}
        for resource in listed:
            content = (await client.read_resource(resource.uri)).contents[0]
            texts[str(resource.uri)] = content.text  # type: ignore[union-attr]
        prompts = [prompt.name for prompt in (await client.list_prompts()).prompts]
        assert prompts == ["answer_with_sources", "check_statement"]
        asked = await client.get_prompt("check_statement", {"statement": "Beijing has 1 patent."})
        assert "Beijing has 1 patent." in asked.messages[0].content.text  # type: ignore[union-attr]
        return texts

    texts = call.ask(ask)
    assert texts["innograph://llms.txt"].startswith("# innograph\n")
    assert "inno:CityObservation" in texts["innograph://vocabulary"]
    assert "sh:SPARQLExecutable" in texts["innograph://catalogue"]
