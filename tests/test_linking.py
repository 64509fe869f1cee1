"""Link tables: what they hold, and that downloads join with other people's tables by identifiers."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from pathlib import Path

import pandas
import pytest
from harness import BASE, Site, wait_until, within
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from innograph.loader.exporting.links import Link, links, write_links
from innograph.loader.linksets import count_links, linksets, recount_links
from innograph.loader.updates.applying import Delta
from innograph.ontology.authorities import AUTHORITIES
from innograph.ontology.namespaces import OWL, RDFS, SKOS, Names

BEIJING = f"{BASE}city/beijing"
# Rows as GeoNames gives them (https://download.geonames.org/export/dump/, CC BY 4.0): the municipality, and the
# populated place of the same name, which is another thing.
GEONAMES = pandas.DataFrame(
    {"geonameid": ["2038349", "1816670"], "name": ["Beijing", "Beijing"], "feature code": ["ADM1", "PPLC"]}
)


def graph(*triples: tuple[str, NamedNode, str]) -> Store:
    store = Store()
    for s, p, o in triples:
        for name in (NamedNode(f"{BASE}graph/one"), NamedNode(f"{BASE}graph/two"), DefaultGraph()):
            store.add(Quad(NamedNode(s), p, NamedNode(o), name))  # the same is said three times
    return store


def test_links_are_told_once_and_in_order_whatever_their_spelling(tmp_path: Path) -> None:
    store = graph(
        (f"{BASE}city/b", OWL.sameAs, "http://sws.geonames.org/2"),
        (f"{BASE}city/a", OWL.sameAs, "https://sws.geonames.org/1/"),
        (f"{BASE}city/a", OWL.sameAs, "https://www.geonames.org/1/a.html"),
        (f"{BASE}city/a", RDFS.seeAlso, "https://sws.geonames.org/3/"),
        (f"{BASE}city/a", OWL.sameAs, "http://www.wikidata.org/entity/Q1"),
        (f"{BASE}indicator/i", SKOS.exactMatch, "http://www.wikidata.org/entity/Q2"),
        ("http://www.wikidata.org/entity/Q3", OWL.sameAs, "http://www.wikidata.org/entity/Q4"),  # not of ours
        (f"{BASE}city/a", OWL.sameAs, "https://example.org/1"),
    )
    found = list(links(store, AUTHORITIES["geonames"], tmp_path))
    assert found == [
        Link(f"{BASE}city/a", "", "owl:sameAs", "1", "https://sws.geonames.org/1/"),
        Link(f"{BASE}city/a", "", "rdfs:seeAlso", "3", "https://sws.geonames.org/3/"),
        Link(f"{BASE}city/b", "", "owl:sameAs", "2", "https://sws.geonames.org/2/"),
    ]
    others = list(links(store, AUTHORITIES["wikidata"], tmp_path))
    assert [(link.relation, link.identifier) for link in others] == [
        ("owl:sameAs", "Q1"),
        ("skos:exactMatch", "Q2"),
    ]
    text = io.StringIO()
    assert write_links(iter(found), text) == 3
    assert list(csv.reader(io.StringIO(text.getvalue())))[1:] == [list(link) for link in found]


@pytest.mark.parametrize(
    ("name", "identifiers"), [("geonames", ["2038349", "1816670"]), ("wikidata", ["Q956"])]
)
def test_the_command_writes_what_can_be_downloaded(
    store: Path, site: Site, tmp_path: Path, name: str, identifiers: list[str]
) -> None:
    file = tmp_path / "links.csv"
    done = within("export", "--for", name, "--store", store, "-o", file)
    table = pandas.read_csv(file, dtype=str)
    assert done.stderr.startswith(f"{len(table)} links")
    assert table[table["thing"] == BEIJING]["identifier"].tolist() == identifiers
    wait_until(lambda: site.get("/download/1/manifest.json").status == 200)
    assert site.get(f"/download/1/links-{name}.csv").body == file.read_bytes()
    assert f'href="/download/1/links-{name}.csv"' in site.get("/download", Accept="text/html").text
    tabs = within("export", "--for", name, "--store", store, "--format", "tsv").stdout.splitlines()
    assert [line.split("\t") for line in tabs] == list(csv.reader(io.StringIO(file.read_text("utf-8"))))


def test_an_unknown_authority_is_refused(store: Path) -> None:
    refused = within("export", "--for", "nobody", "--store", store, check=False)
    assert refused.returncode == 2
    assert "geonames" in refused.stderr


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonld"])
def test_downloads_join_with_geonames_by_identifier(site: Site, form: str) -> None:
    wait_until(lambda: site.get("/download/1/manifest.json").status == 200)
    if form == "jsonld":
        things = json.loads(gzip.decompress(site.get("/download/1/all.jsonld.gz").body))
        figures, same = _from_json_ld(things)
    else:
        body = io.BytesIO(site.get(f"/download/1/all.{form}").body)
        figures = pandas.read_csv(body) if form == "csv" else pandas.read_parquet(body)
        same = pandas.read_csv(io.BytesIO(site.get("/download/1/links-geonames.csv").body), dtype=str)
        same = same[same["relation"] == "owl:sameAs"]
    joined = GEONAMES.merge(same, left_on="geonameid", right_on="identifier").merge(
        figures, left_on="thing", right_on="city"
    )
    assert len(joined) == 8  # every figure once, and none by the populated place
    assert set(joined["feature code"]) == {"ADM1"}
    assert 853.69 in set(joined["value"])


def _from_json_ld(things: object) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """The observations, and the links to GeoNames, of a JSON-LD file, read as plain JSON."""
    area = "http://purl.org/linked-data/sdmx/2009/dimension#refArea"
    value = "http://purl.org/linked-data/sdmx/2009/measure#obsValue"
    figures: list[dict[str, object]] = []
    same: list[dict[str, str]] = []

    def read(node: object) -> None:
        if isinstance(node, list):
            for one in node:
                read(one)
        elif isinstance(node, dict):
            if area in node and value in node:
                figures.append({"city": node[area][0]["@id"], "value": float(node[value][0]["@value"])})
            for link in node.get("http://www.w3.org/2002/07/owl#sameAs", []):
                identifier = AUTHORITIES["geonames"].identifier(link["@id"])
                if identifier:
                    same.append({"thing": node["@id"], "identifier": identifier})
            read(node.get("@graph", []))

    read(things)
    return pandas.DataFrame(figures), pandas.DataFrame(same).drop_duplicates()


NAMES = Names(BASE)
WHOLE = NAMES.iri("dataset/all")
quads = st.builds(
    Quad,
    st.sampled_from(
        [NamedNode(f"{BASE}city/a"), NamedNode(f"{BASE}city/b"), NamedNode("http://example.org/c")]
    ),
    st.sampled_from([OWL.sameAs, SKOS.exactMatch, SKOS.closeMatch, RDFS.seeAlso]),
    st.sampled_from(
        [
            NamedNode("http://www.wikidata.org/entity/Q1"),
            NamedNode("https://sws.geonames.org/1/"),
            NamedNode("http://qudt.org/vocab/currency/CNY"),
            NamedNode("http://example.org/1"),
            Literal("http://www.wikidata.org/entity/Q1"),
        ]
    ),
    st.sampled_from([NamedNode(f"{BASE}graph/one"), NamedNode(f"{BASE}graph/two")]),
)


@settings(max_examples=60, deadline=None)
@given(st.sets(quads, max_size=12), st.sets(quads, max_size=6), st.data())
def test_links_are_counted_by_difference_as_they_are_in_full(
    held: set[Quad], new: set[Quad], data: st.DataObject
) -> None:
    before, after = Store(), Store()
    before.extend(held)
    described = linksets(count_links(before, NAMES), WHOLE, NAMES)
    before.extend(Quad(t.subject, t.predicate, t.object, NAMES.graph("catalog")) for t in described)
    removed = data.draw(st.sets(st.sampled_from(sorted(held, key=str)))) if held else set()
    after.extend((held - removed) | new)
    delta = Delta(removed - new, new - held)
    assert recount_links(before, after, delta, NAMES) == count_links(after, NAMES)


def test_a_new_link_is_in_the_catalogue_at_once(store: Path, tmp_path: Path) -> None:
    shutil.copytree(store, tmp_path / "store", symlinks=True)
    where = (
        f"<{BASE}indicator/new-tech-companies-per-day> skos:exactMatch <http://www.wikidata.org/entity/Q1>"
    )
    prefix = f"PREFIX skos: <{SKOS}> "
    text = f"{prefix}INSERT DATA {{ GRAPH <{BASE}graph/reference> {{ {where} }} }}"
    within("update", "--store", tmp_path / "store", text)
    counts = {
        row["s"].rpartition("/")[2]: row["n"]
        for row in csv.DictReader(
            io.StringIO(
                within(
                    "query",
                    "--store",
                    tmp_path / "store",
                    "SELECT ?s ?n { ?s a void:Linkset ; void:triples ?n }",
                ).stdout
            )
        )
    }
    assert counts["wikidata-exact"] == counts["wikidata-sameAs"] == counts["geonames-sameAs"] == "1"
    table = within("export", "--for", "wikidata", "--store", tmp_path / "store").stdout
    assert "new-tech-companies-per-day,New tech companies per day,skos:exactMatch,Q1," in table
