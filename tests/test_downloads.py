"""The files of a release: what they hold, how they are served, and how the catalogue tells of them."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from csvw import CSVW
from harness import BASE, SLUG, Site, serving, wait_until
from pyoxigraph import Dataset, Quad, RdfFormat, Store, parse

from innograph.loader.exporting.sorting import sorted_lines
from innograph.loader.publishing import Publisher
from innograph.loader.releases import Releases

OBSERVATIONS = """PREFIX inno: <https://w3id.org/innograph/ontology#> PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX qb: <http://purl.org/linked-data/cube#> PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX d: <http://purl.org/linked-data/sdmx/2009/dimension#> PREFIX m: <http://purl.org/linked-data/sdmx/2009/measure#>
PREFIX a: <http://purl.org/linked-data/sdmx/2009/attribute#>
SELECT * WHERE { ?observation a inno:CityObservation ; d:refArea ?city ; inno:indicator ?indicator ;
  d:refPeriod ?period ; m:obsValue ?value ; inno:valueAsStated ?value_as_stated ; a:unitMult ?multiplier ;
  a:unitMeasure ?unit ; a:obsStatus ?status ; prov:wasDerivedFrom ?source ; qb:dataSet ?dataset }"""
EVIDENCE = """PREFIX inno: <https://w3id.org/innograph/ontology#> PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT ?o ?quote ?start ?end WHERE { ?o a inno:CityObservation ; inno:evidence ?e . ?e oa:hasSelector ?q, ?p .
  ?q oa:exact ?quote . ?p oa:start ?start ; oa:end ?end } ORDER BY ?o ?start"""
OPEN = """PREFIX inno: <https://w3id.org/innograph/ontology#>
SELECT ?o ?open WHERE { ?o a inno:CityObservation ; inno:notStated ?open } ORDER BY ?o ?open"""


@pytest.fixture(scope="module")
def files(store: Path) -> Path:
    """The folder with the files of the published release."""
    write(store, 1)
    return Releases(store).get(1).path / "files"


def write(store: Path, number: int) -> None:
    command = [sys.executable, "-m", "innograph.loader.exporting", str(store), str(number)]
    subprocess.run(command, check=True, timeout=60)


def quads(path: Path, form: RdfFormat) -> set[Quad]:
    with gzip.open(path, "rb") as file:
        return set(parse(io.BytesIO(file.read()), form))


def test_the_rdf_files_hold_the_whole_graph(store: Path, files: Path) -> None:
    stored = set(Store.read_only(str(Releases(store).get(1).store)))
    assert quads(files / "all.nq.gz", RdfFormat.N_QUADS) == stored
    assert quads(files / "all.jsonld.gz", RdfFormat.JSON_LD) == stored
    turtle = quads(files / "all.ttl.gz", RdfFormat.TURTLE)
    assert {quad.triple for quad in turtle} == {quad.triple for quad in stored}


def test_a_sources_files_hold_its_graph(store: Path, files: Path) -> None:
    stored = {
        q
        for q in Store.read_only(str(Releases(store).get(1).store))
        if q.graph_name.value.endswith(f"graph/{SLUG}")
    }
    assert stored
    assert quads(files / f"{SLUG}.nq.gz", RdfFormat.N_QUADS) == stored
    assert quads(files / f"{SLUG}.jsonld.gz", RdfFormat.JSON_LD) == stored
    assert {q.triple for q in quads(files / f"{SLUG}.ttl.gz", RdfFormat.TURTLE)} == {q.triple for q in stored}


def test_the_unpacked_n_quads_have_the_checksum_of_the_graph(store: Path, files: Path) -> None:
    described = Releases(store).get(1).description
    for name, checksum in (("all", described.checksum), (SLUG, described.checksums[f"{BASE}graph/{SLUG}"])):
        text = gzip.decompress((files / f"{name}.nq.gz").read_bytes())
        assert hashlib.sha256(text).hexdigest() == checksum


@pytest.mark.parametrize("name", ["all", SLUG])
def test_the_csv_reads_back_as_the_observations(site: Site, files: Path, name: str) -> None:
    read = CSVW(str(files / f"{name}.csv-metadata.json"), validate=True)
    assert read.is_valid
    [table] = read.tables
    rows = {row["observation"]: row for row in table.iterdicts()}
    stored = {row["observation"]: row for row in site.rows(OBSERVATIONS)}
    assert rows.keys() == stored.keys()
    for iri, row in rows.items():
        expected: dict[str, Any] = dict(stored[iri])
        assert row["value"] == Decimal(expected.pop("value"))
        assert row["multiplier"] == int(expected.pop("multiplier"))
        assert row["amount"] == row["value"].scaleb(row["multiplier"])
        assert expected.pop("status").endswith(f"#obsStatus-{row['status']}")
        assert {key: row[key] for key in expected} == expected
    phrases = [(r["o"], r["quote"], int(r["start"]), int(r["end"])) for r in site.rows(EVIDENCE)]
    assert phrases == [
        (iri, *phrase)
        for iri, row in sorted(rows.items())
        for phrase in zip(row["quote"], row["start"], row["end"], strict=True)
    ]
    left_open = [(r["o"], r["open"]) for r in site.rows(OPEN)]
    assert left_open == [(iri, term) for iri, row in sorted(rows.items()) for term in row["not_stated"]]


def test_the_metadata_makes_the_rdf_of_the_observations(site: Site, files: Path) -> None:
    described = CSVW(str(files / "all.csv-metadata.json"), validate=True).to_json(minimal=True)
    by_iri = {row["@id"]: row for row in described}
    for stored in site.rows(OBSERVATIONS):
        row = by_iri[stored["observation"]]
        assert row["http://purl.org/linked-data/sdmx/2009/dimension#refArea"] == stored["city"]
        assert row["http://purl.org/linked-data/sdmx/2009/attribute#obsStatus"] == stored["status"]
        assert row["http://purl.org/linked-data/sdmx/2009/dimension#refPeriod"] == stored["period"]
        assert f"{BASE}ontology#CityObservation" in row["rdf:type"]


def test_parquet_keeps_every_type(files: Path) -> None:
    table = pq.read_table(files / "all.parquet")
    rows = table.to_pylist()
    assert len(rows) == 8
    assert all(before["observation"] < after["observation"] for before, after in pairwise(rows))
    money = next(row for row in rows if row["value_as_stated"] == "853.69")
    assert money["amount"] == 853_690_000_000.0
    assert money["quote"][-1] == "853.69 billion yuan"
    assert money["end"][-1] - money["start"][-1] == len("853.69 billion yuan")
    assert table.schema.field("quote").metadata[b"description"].startswith(b"The phrases")


def test_writing_again_gives_the_same_bytes(store: Path, files: Path, tmp_path: Path) -> None:
    copy = tmp_path / "store"
    shutil.copytree(store, copy, symlinks=True, ignore=shutil.ignore_patterns("files"))
    write(copy, 1)
    again = Releases(copy).get(1).path / "files"
    assert {p.name: p.read_bytes() for p in again.iterdir()} == {
        p.name: p.read_bytes() for p in files.iterdir()
    }
    write(copy, 1)  # and once more does nothing
    assert [p.name for p in again.parent.iterdir() if "written" in p.name] == []


def test_what_a_crash_left_is_removed(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "store"
    shutil.copytree(store, copy, symlinks=True, ignore=shutil.ignore_patterns("files"))
    left = Releases(copy).get(1).path / "files-being-written"
    left.mkdir()
    (left / "all.csv").write_text("half of i")
    write(copy, 1)
    assert not left.exists()
    assert (Releases(copy).get(1).path / "files" / "all.csv").read_text().startswith("observation,")


def test_a_phrase_may_hold_the_separator(tmp_path: Path) -> None:
    root = tmp_path / "store"
    fact = f"{BASE}observation/s/c/i/2020"
    with Publisher(root).draft(BASE, clone=False) as draft:
        draft.store.update(
            f"""PREFIX inno: <https://w3id.org/innograph/ontology#> PREFIX oa: <http://www.w3.org/ns/oa#>
            PREFIX d: <http://purl.org/linked-data/sdmx/2009/dimension#>
            INSERT DATA {{ GRAPH <{BASE}graph/s> {{ <{fact}> a inno:CityObservation ; inno:valueAsStated "1.50" ;
            inno:indicator <{BASE}indicator/i> ; d:refArea <{BASE}city/c> ; d:refPeriod "2020" ;
            inno:evidence <{fact}/evidence/1> . <{fact}/evidence/1> oa:hasSelector <{fact}/q>, <{fact}/p> .
            <{fact}/q> oa:exact "1.50 | 2.00" . <{fact}/p> oa:start 3 ; oa:end 14 }} }}"""
        )
        draft.publish(kind="build", message="a phrase with a bar")
    write(root, 1)
    files = Releases(root).get(1).path / "files"
    [table] = CSVW(str(files / "all.csv-metadata.json")).tables
    [row] = table.iterdicts()
    assert row["quote"] == ["1.50 | 2.00"]
    assert row["value_as_stated"] == "1.50"
    assert row["not_stated"] == []


def test_a_graph_without_observations_has_no_tables(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with Publisher(root).draft(BASE, clone=False) as draft:
        draft.store.update(f"INSERT DATA {{ GRAPH <{BASE}graph/s> {{ <{BASE}a> <{BASE}b> 1 }} }}")
        draft.publish(kind="build", message="no figures")
    write(root, 1)
    manifest = json.loads((Releases(root).get(1).path / "files" / "manifest.json").read_text())
    assert [[f["format"] for f in scope["files"]] for scope in manifest["scopes"]] == [
        ["nq", "ttl", "jsonld"]
    ] * 2


def test_more_lines_than_a_run_are_sorted(tmp_path: Path) -> None:
    lines = [f"{n * 7919 % 5000:05}\n".encode() for n in range(5000)]
    assert list(sorted_lines(iter(lines), tmp_path, run=7)) == sorted(lines)
    assert list(tmp_path.iterdir()) == []


def test_the_program_says_what_is_wrong(store: Path) -> None:
    command = [sys.executable, "-m", "innograph.loader.exporting", str(store), "99"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "release 99 is not published" in done.stderr
    assert "Traceback" not in done.stderr


# Over HTTP.


def test_every_file_arrives_as_the_manifest_says(site: Site) -> None:
    manifest = site.get("/download/1/manifest.json").json()
    served = [file for scope in manifest["scopes"] for file in scope["files"]]
    plain = {"nq", "ttl", "jsonld", "csv", "csv.gz", "csvw", "parquet"}
    assert {file["format"] for file in served} == plain | {"links-geonames", "links-wikidata"}
    sums = site.get("/download/1/SHA256SUMS").text
    for file in served:
        reply = site.get(f"/download/1/{file['name']}", Accept_Encoding="gzip")
        assert reply.status == 200
        assert len(reply.body) == file["bytes"] == int(reply.headers["content-length"])
        assert hashlib.sha256(reply.body).hexdigest() == file["sha256"]
        assert f"{file['sha256']}  {file['name']}\n" in sums
        assert reply.headers["etag"] == f'"{file["sha256"]}"'
        assert "content-encoding" not in reply.headers
        assert "immutable" in reply.headers["cache-control"]


def test_a_broken_off_download_goes_on(site: Site) -> None:
    whole = site.get("/download/1/all.nq.gz")
    tag, total = whole.headers["etag"], len(whole.body)
    assert whole.headers["accept-ranges"] == "bytes"
    rest = site.get("/download/1/all.nq.gz", Range="bytes=1000-", If_Range=tag)
    assert rest.status == 206
    assert rest.headers["content-range"] == f"bytes 1000-{total - 1}/{total}"
    assert whole.body[:1000] + rest.body == whole.body
    assert site.get("/download/1/all.nq.gz", Range="bytes=-5").body == whole.body[-5:]
    changed = site.get("/download/1/all.nq.gz", Range="bytes=1000-", If_Range='"another"')
    assert (changed.status, changed.body) == (200, whole.body)
    beyond = site.get("/download/1/all.nq.gz", Range=f"bytes={total}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{total}")
    assert site.get("/download/1/all.nq.gz", If_None_Match=tag).status == 304
    head = site.request("HEAD", "/download/1/all.nq.gz")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(total))


def test_the_newest_files_have_lasting_links(site: Site) -> None:
    reply = site.get("/download/latest/all.csv")
    assert (reply.status, reply.headers["location"]) == (302, "/download/1/all.csv")
    assert reply.headers["cache-control"] == "public, no-cache"


def test_the_csv_leads_to_its_metadata(site: Site) -> None:
    link = site.get("/download/1/all.csv").headers["link"]
    assert link == '<all.csv-metadata.json>; rel="describedby"; type="application/csvm+json"'
    assert site.get("/download/1/all.csv-metadata.json").json()["url"] == "all.csv"


@pytest.mark.parametrize(
    "path", ["/download/1/nothing.csv", "/download/1/..%2Frelease.json", "/download/9/all.csv"]
)
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    reply = site.get(path)
    assert (reply.status, reply.media_type) == (404, "application/problem+json")


def test_the_catalogue_tells_of_every_file(site: Site) -> None:
    reply = site.get("/catalog", Accept="text/turtle")
    graph = Dataset(parse(reply.body, RdfFormat.TURTLE))
    manifest = site.get("/download/1/manifest.json").json()
    told = {
        (quad.predicate.value.rpartition("#")[2], quad.subject.value, quad.object.value) for quad in graph
    }
    for scope in manifest["scopes"]:
        for file in scope["files"]:
            address = f"{site.url}/download/1/{file['name']}"
            assert ("distribution", scope["dataset"], address) in told
            assert ("byteSize", address, str(file["bytes"])) in told
            assert ("checksumValue", f"{address}#sha256", file["sha256"]) in told
    assert ("dataDump", f"{BASE}dataset/all", f"{site.url}/download/1/all.nq.gz") in {
        (p.rpartition("#")[2] or p, s, o) for p, s, o in told
    }
    assert site.get("/.well-known/void", Accept="text/turtle").text.count("dcat:downloadURL") > 10
    assert site.get("/catalog", Accept="text/turtle", If_None_Match=reply.headers["etag"]).status == 304


def test_stored_data_knows_nothing_of_files(site: Site) -> None:
    assert site.rows("SELECT ?s WHERE { ?s <http://www.w3.org/ns/dcat#distribution> ?o }") == []


@pytest.mark.parametrize(
    "page", ["/download", f"/dataset/{SLUG}.html", f"/source/{SLUG}.html", "/dataset/all.html"]
)
@pytest.mark.parametrize("language", ["en", "zh", "ja"])
def test_pages_lead_to_the_files(site: Site, page: str, language: str) -> None:
    reply = site.get(f"{page}?lang={language}", Accept="text/html")
    name = "all" if "all" in page or page == "/download" else SLUG
    assert reply.status == 200
    assert f'href="/download/1/{name}.parquet"' in reply.text
    assert site.get(f"{page}?lang={language}", If_None_Match=reply.headers["etag"]).status == 304


CROISSANT = """
import sys
import mlcroissant
from etils import epath
from mlcroissant._src.core import constants

site, folder = sys.argv[1:]
constants.DOWNLOAD_PATH = epath.Path(folder)
for name in ("all", "beijing-innovation-2014-2023"):
    loaded = mlcroissant.Dataset(f"{site}/download/1/{name}.croissant.json")
    assert not loaded.metadata.issues.warnings, loaded.metadata.issues.report()
    typed, plain = (list(loaded.records(name)) for name in ("observations", "observations-csv"))
    money = next(r for r in typed if r["observations/value_as_stated"] == b"853.69")
    print(len(typed), len(plain), money["observations/end"][-1])
constants.DOWNLOAD_PATH = epath.Path(folder) / "again"
wrong = mlcroissant.Dataset(f"{folder}/wrong.json")
for records in ("observations", "observations-csv"):
    try:
        list(wrong.records(records))
    except Exception as error:
        print("refused", "0" * 64 in f"{error}{error.__cause__}")
"""


def test_search_engines_are_told_of_the_files(site: Site) -> None:
    manifest = site.get("/download/1/manifest.json").json()
    for scope, page in (
        ("all", "/download"),
        (SLUG, f"/dataset/{SLUG}.html"),
        (SLUG, f"/source/{SLUG}.html"),
    ):
        text = site.get(page, Accept="text/html").text
        [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
        told = {d["contentUrl"]: d.get("sha256") for d in json.loads(block)["distribution"]}
        files = next(s["files"] for s in manifest["scopes"] if s["name"] == scope)
        for file in files:
            if file["format"] != "csvw":
                assert told[f"{site.url}/download/1/{file['name']}"] == file["sha256"]


def test_every_table_on_a_page_is_there_as_csv_and_json(site: Site) -> None:
    page = site.get("/city/beijing.html", Accept="text/html").text
    found = re.findall(r'href="(/sparql[^"]+format=(csv|json))"', page)
    assert len(found) == 2 * page.count('<table class="rows') > 4
    for href, form in found:
        reply = site.get(href.replace("&amp;", "&"))
        assert reply.status == 200
        rows = reply.text.splitlines()[1:] if form == "csv" else reply.json()["results"]["bindings"]
        assert rows


def test_croissant_is_loaded_and_its_checksums_hold(site: Site, tmp_path: Path) -> None:
    described = site.get("/download/1/all.croissant.json").json()
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    for file in described["distribution"]:
        file["sha256"] = "0" * 64  # so that the verification is seen to be one
    (tmp_path / "wrong.json").write_text(json.dumps(described))
    command = [sys.executable, "-c", CROISSANT, site.url, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["8 8 591", "8 8 591", "refused True", "refused True"]


def test_a_new_release_gets_files_of_its_own(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "store"
    shutil.copytree(store, copy, symlinks=True)
    with serving(copy) as site:
        assert site.get("/download/1/all.csv").status == 200
        with Publisher(copy).draft(BASE, clone=True) as draft:
            draft.publish(kind="update", message="the same once more")
        assert site.get("/download/latest/all.csv").headers["location"] == "/download/2/all.csv"
        assert site.get("/download/2/all.csv").body == site.get("/download/1/all.csv").body
        assert f"{site.url}/download/2/all.csv" in site.get("/catalog", Accept="text/turtle").text


def test_while_files_are_being_written_it_is_said(store: Path, tmp_path: Path) -> None:
    """A release that claims to be big is not waited for; the lock is held so that it stays unwritten."""
    copy = tmp_path / "store"
    shutil.copytree(store, copy, symlinks=True, ignore=shutil.ignore_patterns("files"))
    description = Releases(copy).get(1).path / "release.json"
    content = json.loads(description.read_text())
    description.write_text(json.dumps(content | {"quads": 10_000_000}))
    with serving(copy) as site:
        with (copy / "exporting.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            reply = site.get("/download/1/all.csv")
            assert (reply.status, reply.headers["retry-after"]) == (503, "5")
            page = site.get("/download", Accept="text/html")
            assert (page.status, page.headers["cache-control"]) == (202, "no-store")
            assert "being written" in page.text
            assert site.get(f"/dataset/{SLUG}.html").status == 200
            catalogue = site.get("/catalog", Accept="text/turtle")
            assert "downloadURL" not in catalogue.text
        wait_until(lambda: site.get("/download/1/all.csv").status == 200)
        later = site.get("/catalog", Accept="text/turtle", If_None_Match=catalogue.headers["etag"])
        assert later.status == 200
        assert "downloadURL" in later.text


def test_a_throw_away_store_has_no_files() -> None:
    with serving(Path("unused"), "--scratch") as site:
        assert site.get("/download/1/all.csv").status == 404
        assert "keeps no files" in site.get("/download", Accept="text/html").text
