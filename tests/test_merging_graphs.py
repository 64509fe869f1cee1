"""RDF merged as it is: foreign cubes, facts in our terms, any format, and answers of endpoints."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner
from harness import Site
from hypothesis import given, settings
from hypothesis import strategies as st
from merging import BASE, NAMES, assert_whole, copied, graph_of, opened
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize
from walkthrough import follow

from innograph.loader import building
from innograph.loader.changing import write
from innograph.loader.cli import main
from innograph.loader.errors import InputError, InvalidError, LoaderError
from innograph.loader.merging.graphs import GraphOptions, MergedGraph, merge_graph, read_graph_mapping
from innograph.loader.merging.graphs.naming import AlikeError, canonicalized, without_blank_nodes
from innograph.loader.merging.graphs.reading import is_graph, names_graph, read_graphs
from innograph.loader.merging.graphs.remote import Asked, EndpointError, Limits, fetch
from innograph.loader.merging.merge import unmerge
from innograph.loader.merging.tables import File
from innograph.loader.publishing import Publisher
from innograph.loader.requests import Mode, Update
from innograph.loader.validation import fast
from innograph.loader.validation.judging import judge
from innograph.ontology.namespaces import INNO, PROV, RDF, RDFS, SCHEMA, VOID

CUBE = sorted((Path(__file__).parent / "data" / "working-age-cube").glob("*.gz"))
SLUG = "made-up"
PREFIXES = """
@prefix inno: <https://w3id.org/innograph/ontology#> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix qb: <http://purl.org/linked-data/cube#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sdmx-attribute: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix sdmx-code: <http://purl.org/linked-data/sdmx/2009/code#> .
@prefix sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#> .
@prefix sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#> .
@prefix unit: <http://qudt.org/vocab/unit/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
# Two facts in our terms, as somebody else may state them, about a city and an indicator of ours.
FACTS = (
    PREFIXES
    + f"<https://e.org/cube> a qb:DataSet ; qb:structure <{BASE}structure/city-indicator> ."
    + "".join(
        f"""
<https://e.org/{year}> a qb:Observation, inno:CityObservation ; qb:dataSet <https://e.org/cube> ;
  sdmx-dimension:refArea <{BASE}city/beijing> ; inno:indicator <{BASE}indicator/national-high-tech-enterprises> ;
  sdmx-dimension:refPeriod "{year}"^^xsd:gYear ; sdmx-measure:obsValue "{value}"^^xsd:decimal ;
  inno:valueAsStated "{value}" ; sdmx-attribute:decimals 0 ; sdmx-attribute:unitMeasure unit:NUM ;
  sdmx-attribute:unitMult 0 ;
  sdmx-attribute:obsStatus sdmx-code:obsStatus-A ; prov:wasDerivedFrom <{BASE}source/{SLUG}> ;
  inno:evidence <https://e.org/table.csv#row={year}> ."""
        for year, value in ((2014, 10400), (2023, 28000))
    )
)


def written(folder: Path, text: str, name: str = "some.ttl") -> File:
    path = folder / name
    path.write_text(text, "utf-8")
    return File(path, name)


def merged(publisher: Publisher, *files: File, **options: object) -> MergedGraph:
    return merge_graph(publisher, SLUG, list(files), GraphOptions(**options))  # type: ignore[arg-type]


def cube(*drop: str) -> tuple[list[File], GraphOptions]:
    return [File(path, path.name) for path in CUBE], GraphOptions(drop=drop)


# Foreign cubes.


def test_a_foreign_cube_keeps_its_structure(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    before = publisher.releases.current().description
    files, options = cube("csvw")
    done = merge_graph(publisher, SLUG, files, options)
    assert done.release is not None
    assert (done.read.statements, done.read.dropped, done.read.named) == (
        6101,
        {"http://www.w3.org/ns/csvw#": 2842},
        0,
    )
    [found] = done.said.cubes
    assert (found.observations, found.ours) == (226, False)
    assert [d.rpartition("#")[2] for d in found.dimensions] == ["measureType", "refArea"]
    told = list(done.warnings())
    assert len(told) == 2
    assert told[1].startswith("No licence is stated")
    assert told[0].startswith("226 values of http://purl.org/linked-data/sdmx/2009/dimension#refArea")
    assert_whole(done.release)
    here = graph_of(done.release)
    assert done.read.triples <= {quad.triple for quad in here}
    assert {quad.object.value for quad in here if quad.predicate == RDFS.comment} == {  # type: ignore[union-attr]
        "2842 statements of http://www.w3.org/ns/csvw# were left out."
    }
    files_used = [q for q in here if q.predicate == PROV.used]
    assert len(files_used) == 3
    assert not merge_graph(publisher, SLUG, files, options).changed

    # What others write stays valid beside labels without a language.
    label = f'<{BASE}city/x> a <{SCHEMA}City> ; <{RDFS.label.value}> "X"@en'
    update = f"INSERT DATA {{ GRAPH <{BASE}graph/reference> {{ {label} }} }}"
    [outcome] = write(publisher, [Update(update)], Mode(BASE))
    assert outcome.error is None

    # A build keeps it, and derives anew from a second one's facts.
    second = merge_graph(publisher, "second", [written(tmp_path, FACTS.replace(SLUG, "second"))])
    assert second.release is not None
    kept, _ = building.build(publisher.root, building.Inputs(BASE))
    assert graph_of(kept) == here
    derived = graph_of(second.release, "derived")
    assert len(derived) > len(graph_of(done.release, "derived"))
    assert graph_of(kept, "derived") == derived
    assert unmerge(publisher, "second").description.checksum == done.release.description.checksum
    gone = unmerge(publisher, SLUG)
    assert (gone.description.checksum, gone.description.graphs) == (before.checksum, before.graphs)


def test_bookkeeping_is_kept_and_told_where_nobody_drops_it(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    files, options = cube()
    done = merge_graph(publisher, SLUG, files, options)
    assert done.release is not None
    assert done.read.named == 483
    told = list(done.warnings())
    assert told[0].startswith("2841 statements are a tool's bookkeeping")
    assert told[1].startswith("479 statements name addresses of somebody's own disk")
    assert not any(
        isinstance(t, BlankNode) for quad in graph_of(done.release) for t in (quad.subject, quad.object)
    )


def test_a_cube_that_breaks_its_constraints_is_refused(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    triples = read_graphs(CUBE, BASE, BASE, ["csvw"]).triples
    twice = next(t for t in triples if t.predicate.value.endswith("refArea"))
    other = next(t for t in triples if t.predicate == twice.predicate and t != twice)
    quads = [Quad(*t) for t in triples if t != twice] + [Quad(twice.subject, twice.predicate, other.object)]
    (tmp_path / "bad.nt").write_bytes(serialize(quads, format=RdfFormat.N_TRIPLES) or b"")
    with pytest.raises(InvalidError) as refused:
        merged(publisher, File(tmp_path / "bad.nt", "bad.nt"))
    assert {finding.rule for finding in refused.value.findings if finding.severity == "Violation"} == {
        "cube/ic-12.rq"
    }
    assert publisher.releases.current().number == 1
    assert [path.name for path in (publisher.root / "releases").iterdir()] == ["0001"]


# Facts in our terms, and what is not.


def test_facts_in_our_terms_are_derived_from_and_compared(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    done = merged(publisher, written(tmp_path, FACTS))
    assert done.release is not None
    assert (done.said.facts, done.said.cubes[0].ours) == (2, True)
    assert_whole(done.release)
    release = opened(done.release)
    inputs = {
        q.subject
        for q in release.quads_for_pattern(None, PROV.wasDerivedFrom, NamedNode("https://e.org/2023"))
    }
    kinds = {q.object for s in inputs for q in release.quads_for_pattern(s, RDF.type, None)}
    assert {INNO.Change, INNO.Comparison} <= kinds
    assert unmerge(publisher, SLUG).description.checksum == publisher.releases.get(1).description.checksum


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("sdmx-attribute:unitMult 0 ;", "", "observation-multiplier"),
        (f"{BASE}city/beijing", "https://e.org/nowhere", "observation-city-defined"),
        ('"2014"^^xsd:gYear', '"2023"^^xsd:gYear', "graph/duplicate-key.rq"),
        ("inno:valueAsStated", "inno:valueAsSaid", "graph/unknown-term.rq"),
    ],
)
def test_facts_in_our_terms_are_held_to_our_rules(
    store: Path, tmp_path: Path, old: str, new: str, rule: str
) -> None:
    assert old in FACTS
    with pytest.raises(InvalidError) as refused:
        merged(copied(store, tmp_path), written(tmp_path, FACTS.replace(old, new)), dry_run=True)
    assert any(finding.rule.endswith(rule) for finding in refused.value.findings)


def test_indicators_that_others_describe_are_taken_into_the_code_list(store: Path, tmp_path: Path) -> None:
    others = (
        FACTS.replace(f"{BASE}indicator/national-high-tech-enterprises", "https://e.org/firms")
        + """
@prefix qudt: <http://qudt.org/schema/qudt/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
inno:indicator qb:codeList <https://e.org/list> .
<https://e.org/list> a skos:ConceptScheme ; <http://purl.org/dc/terms/title> "Indicators"@en .
<https://e.org/firms> a skos:Concept ; skos:inScheme <https://e.org/list> ; qudt:hasUnit unit:NUM ;
  skos:prefLabel "Firms"@en ; skos:definition "Firms of a city."@en .
"""
    )
    done = merged(copied(store, tmp_path), written(tmp_path, others), dry_run=True)
    assert (done.indicators, done.said.facts) == (1, 2)


def test_rdf_that_says_nothing_known_is_kept_and_told(store: Path, tmp_path: Path) -> None:
    publisher = copied(store, tmp_path)
    text = '<https://e.org/a> <https://e.org/b> "c" , << >> .'.replace(" , << >>", "") + (
        '\n<https://e.org/a> <https://e.org/b> <<( <https://e.org/a> <https://e.org/b> "c" )>> .'
    )
    done = merged(publisher, written(tmp_path, text), dry_run=True)
    assert (done.release, done.changed, done.said.nothing_known) == (None, True, True)
    assert [line.split()[0] for line in done.warnings()] == ["1", "No", "nothing"]
    assert publisher.releases.current().number == 1


def test_a_source_tells_of_itself_and_a_mapping_tells_more(store: Path, tmp_path: Path) -> None:
    text = """
    @prefix dcterms: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
    <https://e.org/d> a <http://www.w3.org/ns/dcat#Dataset> ; dcterms:title "Daten"@de, "Data"@en ;
      dcterms:license <https://e.org/licence> ; dcterms:publisher <https://e.org/p> ; dcterms:issued "2020-02-03" .
    <https://e.org/p> <http://www.w3.org/2000/01/rdf-schema#label> "Somebody" .
    <https://e.org/t> a <https://e.org/Tool> ; dcterms:title "tool" .
    """
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[source]\nurl = "https://e.org/"\ntitle = "Our title"\n[graph]\ndrop = ["https://e.org/T"]\n'
    )
    options = read_graph_mapping(mapping)
    done = merge_graph(copied(store, tmp_path), SLUG, [written(tmp_path, text)], options)
    assert done.release is not None
    assert done.read.dropped == {"https://e.org/T": 1}
    said = {(q.predicate, q.object) for q in graph_of(done.release) if q.subject == NAMES.source(SLUG)}
    assert (SCHEMA.name, Literal("Our title", language="und")) in said
    assert (SCHEMA.license, NamedNode("https://e.org/licence")) in said
    assert (SCHEMA.url, NamedNode("https://e.org/")) in said
    assert not any(predicate == INNO.notStated for predicate, _ in said)
    mapping.write_text("[graph]\ndropped = []\n")
    with pytest.raises(InputError, match="dropped is not a key"):
        read_graph_mapping(mapping)


def test_shapes_pass_over_what_is_foreign_and_only_that(store: Path) -> None:
    label, graph = (
        Triple(NamedNode("https://e.org/x"), RDFS.label, Literal("no language")),
        NamedNode("https://e.org/g"),
    )
    for foreign in (False, True):
        marks = [Quad(graph, RDF.type, INNO.ForeignGraph, graph)] if foreign else []
        for reached in (False, True):
            ours = (
                [Quad(NamedNode("https://e.org/o"), INNO.indicator, label.subject, graph)] if reached else []
            )
            quads = [Quad(*label, graph), *marks, *ours]
            expected = {"https://w3id.org/innograph/shapes#label"} if reached or not foreign else set()
            for findings in (fast(quads), judge(quads)):
                assert {f.rule for f in findings if f.rule.endswith("#label")} == expected


# Reading.

BLANK = """
_:a <https://e.org/p> _:b . _:b <https://e.org/p> _:a, <https://e.org/x> . <https://e.org/x> <https://e.org/p> 1 .
"""


@pytest.mark.parametrize("form", ["nt", "ttl", "nq", "trig", "rdf", "jsonld", "n3", "gz", "zst", "zip"])
def test_every_format_says_the_same(tmp_path: Path, form: str) -> None:
    quads = list(parse(BLANK, RdfFormat.TURTLE))
    packed = form in ("gz", "zst", "zip")
    kind = RdfFormat.from_extension("ttl" if packed else form)
    assert kind is not None
    path = tmp_path / f"data.{form}"
    content = serialize(quads, format=kind) or b""
    if form == "gz":
        path.write_bytes(gzip.compress(content))
    elif form == "zst":
        path.write_bytes(zstandard.compress(content))
    elif form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("folder/data.ttl", content)
            archive.writestr("LICENCE", "free")
    else:
        path.write_bytes(content)
    read = read_graphs([path], BASE, BASE + "node/")
    expected = without_blank_nodes({q.triple for q in quads}, BASE + "node/")
    assert (read.triples, read.named) == expected
    bare = tmp_path / "without-suffix"
    bare.write_bytes(path.read_bytes())
    assert is_graph(path)
    assert form == "n3" or is_graph(bare)
    assert names_graph(f"https://e.org/data.{form}?a=b") == (not packed)


def test_named_graphs_become_one(tmp_path: Path) -> None:
    triple = '<https://e.org/s> <https://e.org/p> "1"'
    text = f"{triple} <https://e.org/g> .\n{triple} _:h .\n"
    path = written(tmp_path, text, "some").path
    read = read_graphs([path], BASE, BASE)
    assert (read.statements, len(read.triples), len(read.graphs)) == (2, 1, 2)


@settings(deadline=None)
@given(st.permutations(range(6)), st.lists(st.tuples(*[st.integers(0, 5)] * 2), max_size=9))
def test_blank_nodes_are_named_whatever_their_labels(order: list[int], links: list[tuple[int, int]]) -> None:
    link = NamedNode("https://e.org/p")

    def graph(labels: list[int]) -> set[Triple]:
        return {Triple(BlankNode(f"b{labels[s]}"), link, BlankNode(f"b{labels[o]}")) for s, o in links}

    one, two = (set(canonicalized(graph(labels))) for labels in (list(range(6)), order))
    assert one == two
    assert len(one) == len(set(links))


def test_graphs_made_to_take_for_ever_are_refused() -> None:
    link, nodes = NamedNode("https://e.org/p"), [BlankNode(f"b{n}") for n in range(12)]
    alike = {Triple(one, link, other) for one in nodes for other in nodes if one != other}
    with pytest.raises(AlikeError, match="give them IRIs"):
        without_blank_nodes(alike, BASE, seconds=0.5)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("<a> <b> .", "a.ttl", r"a.ttl:1: TURTLE syntax|a.ttl:1: Turtle syntax"),
        ('{"@context": "https://e.org/c", "@id": "a"}', "a.jsonld", "syntax"),
        ("a,b\n1,2\n", "a.csv", "is no RDF"),
        ("", "a.txt", "is no RDF"),
    ],
)
def test_what_is_no_rdf_is_refused(tmp_path: Path, text: str, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_graphs([written(tmp_path, text, name).path], BASE, BASE)


@pytest.mark.parametrize(
    ("slug", "drop", "message"),
    [
        ("beijing-innovation-2014-2023", (), "was not merged"),
        ("No Slug", (), "is no name"),
        ("derived", (), "is no name"),
        (SLUG, ("nothing",), "unknown prefix"),
    ],
)
def test_what_cannot_be_merged_is_refused(
    store: Path, tmp_path: Path, slug: str, drop: tuple[str, ...], message: str
) -> None:
    with pytest.raises(LoaderError, match=message):
        merge_graph(copied(store, tmp_path), slug, [written(tmp_path, BLANK)], GraphOptions(drop=drop))


# The command, and endpoints.


def test_the_guide_to_merging_rdf_is_true(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(store, tmp_path)
    assert len(follow(Path(__file__).parents[1] / "docs" / "merging-rdf.md", tmp_path, monkeypatch)) == 3


def command(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["merge", *map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.output


def test_an_endpoint_is_asked_and_its_answer_merged(store: Path, tmp_path: Path, site: Site) -> None:
    root = copied(store, tmp_path).root
    query = tmp_path / "query.rq"
    query.write_text(f"CONSTRUCT {{ ?d ?p ?o }} WHERE {{ ?d a <{VOID.Linkset.value}> ; ?p ?o }}")
    options = ("--store", root, "--source", SLUG, "--endpoint", f"{site.url}/sparql", "--query", query)
    code, told = command(*options, "--json")
    assert code == 0, told
    report = json.loads(told)
    assert (report["release"], report["changed"]) == (2, True)
    release = Publisher(root).releases.get(2)
    assert_whole(release)
    here = graph_of(release)
    assert (NAMES.iri(f"source/{SLUG}/query"), SCHEMA.text, Literal(query.read_text())) in {
        tuple(q.triple) for q in here
    }
    assert (NAMES.iri(f"source/{SLUG}/query"), VOID.sparqlEndpoint, NamedNode(f"{site.url}/sparql")) in {
        tuple(q.triple) for q in here
    }
    assert "nothing has changed" in command(*options)[1]


def test_the_command_takes_graphs_and_tells_what_does_not_fit(store: Path, tmp_path: Path) -> None:
    root = copied(store, tmp_path).root
    graph, table = written(tmp_path, FACTS).path, written(tmp_path, "a,b\n1,2\n", "a.csv").path
    options = ("--store", root, "--source", SLUG)
    assert command(*options, "--dry-run", graph)[1].endswith("nothing was published\n")
    for wrong in (
        (graph, table),
        (graph, "--strict"),
        ("--drop", "csvw", table),
        (),
        ("--endpoint", "https://e.org/"),
    ):
        assert command(*options, *wrong)[0] == 2, wrong
    assert command("--store", root, graph)[0] == 2
    assert "release 2" in command(*options, graph)[1]


class _Hostile(http.server.BaseHTTPRequestHandler):
    """Answers each path in another wrong way."""

    def do_POST(self) -> None:
        kind, status = "application/n-triples", 200
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            return
        if self.path == "/page":
            kind = "text/html"
        if self.path == "/broken":
            status = 500
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if self.path == "/cut":
            self.send_header("Content-Length", "1000")
        self.end_headers()
        line = b'<https://e.org/s> <https://e.org/p> "1" .\n'
        if self.path == "/slow":
            self.wfile.write(line)
            self.wfile.flush()
            self.server.stop.wait(20)  # type: ignore[attr-defined]
            return
        try:
            for _ in range(10_000 if self.path == "/endless" else 1):
                self.wfile.write(line)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hostile) as server:
        server.daemon_threads = True
        server.stop = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.stop.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/moved", "redirects to http://127.0.0.1:.*/elsewhere"),
        ("/page", "text/html, which is no RDF"),
        ("/broken", "answers 500"),
        ("/cut", "broke its answer off"),
        ("/slow", "stopped in the middle"),
        ("/endless", "more than 100,000 bytes"),
    ],
)
def test_answers_that_cannot_be_used_are_refused(
    hostile: str, tmp_path: Path, path: str, message: str
) -> None:
    with pytest.raises(EndpointError, match=message):
        fetch(Asked(hostile + path, "CONSTRUCT WHERE { ?s ?p ?o }"), tmp_path, Limits(0.5, 5, 100_000))


@pytest.mark.parametrize(
    ("endpoint", "query", "message"),
    [
        ("http://e.org/sparql", "CONSTRUCT WHERE { ?s ?p ?o }", "not encrypted"),
        ("ftp://e.org", "CONSTRUCT WHERE { ?s ?p ?o }", "no http"),
        ("https://me:secret@e.org/", "CONSTRUCT WHERE { ?s ?p ?o }", "credentials"),
        ("https://e.org/", "# CONSTRUCT\nSELECT * { ?s ?p 'CONSTRUCT' }", "the query is SELECT"),
        ("https://e.org/", "", "the query is none"),
        ("http://127.0.0.1:9/", "DESCRIBE <x:y>", "cannot be connected to"),
    ],
)
def test_what_should_not_be_asked_is_not(tmp_path: Path, endpoint: str, query: str, message: str) -> None:
    with pytest.raises(LoaderError, match=message):
        fetch(Asked(endpoint, query), tmp_path)
