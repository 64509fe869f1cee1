"""The W3C's protocol cases (tests/w3c), read from their own manifests as requests and expectations."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rdflib import RDF, RDFS, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

FOLDER = Path(__file__).parent / "w3c"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
# What the prose cases state wrongly, as (in the text, what is meant): their newer forms say the same.
ERRATA = {
    "post__existing_graph": [('"Jane Doe"', '"Jane Doe" .')],
    "get_of_post__existing_graph": [
        ("foaf:businessCard", 'foaf:name "Jane Doe";\n foaf:businessCard'),
        ("John Doe", "Jane Doe"),
    ],
    "post__multipart_formdata": [('"Doe"', '"Doe" .'), ('"Jane"', '"Jane" .')],
}
STATUS = {"OK": "200", "Created": "201", "NoContent": "204", "NotFound": "404"}


@dataclass(frozen=True)
class Step:
    """One request of a case and what must come back.

    `statuses` are prefixes of the status: "2" is any of 2xx. `expected` is Turtle that the answer must be
    isomorphic to.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    statuses: tuple[str, ...]
    boolean: bool | None = None
    format: str | None = None
    location: str | None = None
    content_type: str | None = None
    expected: str | None = None


@dataclass(frozen=True)
class Case:
    """A case: graphs to load first (IRI and file), then requests in their order."""

    name: str
    steps: tuple[Step, ...]
    data: tuple[tuple[str, Path], ...] = field(default=())


def cases(manifest: str) -> list[Case]:
    """The cases of a manifest whose requests are RDF (HTTP Vocabulary in RDF)."""
    path = FOLDER / manifest
    graph = Graph().parse(path, format="turtle")
    [entries] = graph.objects(None, MF.entries)
    return [_case(graph, entry, path.parent) for entry in Collection(graph, entries)]


def _case(graph: Graph, entry: Node, folder: Path) -> Case:
    data = [
        (str(graph.value(node, RDFS.label)), folder / Path(str(graph.value(node, UT.graph))).name)
        for node in graph.objects(entry, UT.graphData)
    ]
    # The manifests write ( [ … ] [ … ] ) around the requests of one connection.
    requests = Collection(graph, graph.value(graph.value(entry, MF.action), HT.requests))
    return Case(str(entry).rpartition("#")[2], tuple(_step(graph, node) for node in requests), tuple(data))


def _step(graph: Graph, node: Node) -> Step:
    answer = graph.value(node, HT.resp)
    statuses = tuple(
        STATUS.get(name, name.removeprefix("StatusCode").rstrip("x"))
        for name in sorted(
            str(value).rpartition("#")[2] for value in graph.objects(answer, MF.expectedStatus)
        )
    )
    wanted = _headers(graph, answer)
    boolean = graph.value(answer, MF.expectedBoolean)
    body, expected = _body(graph, node), _body(graph, answer)
    return Step(
        str(graph.value(node, HT.methodName)),
        str(graph.value(node, HT.absolutePath)),
        _headers(graph, node),
        body,
        statuses,
        boolean=None if boolean is None else bool(boolean.toPython()),  # type: ignore[attr-defined]
        format=_text(graph.value(answer, MF.expectedFormat)),
        location=_text(graph.value(answer, MF.expectedLocation)),
        content_type=wanted.get("content-type"),
        expected=None if expected is None else expected.decode(),
    )


def _text(value: Node | None) -> str | None:
    return None if value is None else str(value)


def _headers(graph: Graph, node: Node | None) -> dict[str, str]:
    listed = graph.value(node, HT.headers)
    if listed is None:
        return {}
    return {
        str(graph.value(header, HT.fieldName)): str(graph.value(header, HT.fieldValue))
        for header in Collection(graph, listed)
    }


def _body(graph: Graph, node: Node | None) -> bytes | None:
    content = graph.value(node, HT.body)
    if content is None:
        return None
    text = graph.value(content, CNT.chars)
    encoding = graph.value(content, CNT.characterEncoding)
    assert isinstance(text, Literal)
    assert encoding is not None
    return str(text).encode(str(encoding))


def prose() -> Iterator[Case]:
    """The older Graph Store cases, whose requests and answers are Markdown; they are one sequence."""
    graph = Graph().parse(FOLDER / "http-rdf-update" / "manifest.ttl", format="turtle")
    [entries] = graph.objects(None, MF.entries)
    for entry in Collection(graph, entries):
        assert (entry, RDF.type, MF.GraphStoreProtocolTest) in graph
        [text] = [str(c) for c in graph.objects(entry, RDFS.comment) if "#### Request" in str(c)]
        assert isinstance(entry, URIRef)
        name = entry.rpartition("#")[2]
        for stated, meant in ERRATA.get(name, []):
            assert stated in text
            text = text.replace(stated, meant)
        yield Case(name, (_prose_step(text),))


def _prose_step(text: str) -> Step:
    _, request, answer = re.split(r"#### (?:Request|Response)\n", text)
    request_line, headers, body = _message(request)
    status_line, wanted, expected = _message(answer)
    method, path, _ = request_line.split()
    location = wanted.get("location")
    return Step(
        method,
        path,
        headers,
        body.encode() if body else None,
        # The prose says 200 or 201 where the protocol allows any success (sections 5.3 to 5.5).
        ("2",) if method in ("PUT", "POST", "DELETE") and status_line[0] == "2" else (status_line[:3],),
        location=location,
        content_type=wanted.get("content-type"),
        expected=expected or None,
    )


def _message(text: str) -> tuple[str, dict[str, str], str]:
    """The first line, the headers and the body of an indented HTTP message."""
    head, _, body = textwrap.dedent(text).strip("\n").strip().partition("\n\n")
    first, *rest = head.split("\n")
    headers = dict(line.split(": ", 1) for line in rest if ": " in line)
    return first, {name.lower(): value for name, value in headers.items()}, body
