"""The documentation is true: what it shows is run, and the site serves it as pages that lead somewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from harness import Site, wait_until
from nbclient import NotebookClient
from pyoxigraph import Dataset, RdfFormat, parse
from walkthrough import blocks, commands, stable

from innograph.loader.validation.rule_files import rule_files
from innograph.loader.validation.shapes import rules as shapes

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DEFAULT = "http://127.0.0.1:8000"


def printed(command: list[str], folder: Path, **environment: str) -> list[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = os.environ | {"PATH": path, "PYTHONWARNINGS": "ignore"} | environment
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{command[-1]}\n{done.stderr}"
    return [line.rstrip() for line in done.stdout.splitlines()]


def run_document(name: str, folder: Path, change: dict[str, str], **environment: str) -> int:
    """Do all that a document shows, in order, and hold the output against what is shown."""
    found, ran = blocks(DOCS / f"{name}.md"), 0
    for place, (language, file, content) in enumerate(found):
        for shown, real in change.items():
            content = content.replace(shown, real)
        if file:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(content, "utf-8")
        elif language == "console":
            for command, output in commands(content):
                ran += 1
                actual = printed(["bash", "-ec", command], folder, **environment)
                assert stable(actual) == stable(output), command
        elif language == "python":
            ran += 1
            following, _, output_block = found[place + 1]
            assert following == "text", "what a program prints stands below it"
            assert printed([sys.executable, "-c", content], folder, **environment) == [
                line.rstrip() for line in output_block.splitlines()
            ]
    return ran


def test_the_tutorial_shows_what_happens(site: Site, tmp_path: Path) -> None:
    assert run_document("tutorial", tmp_path, {DEFAULT: site.url}) >= 12


def test_reconciling_shows_what_happens(site: Site, store: Path, tmp_path: Path) -> None:
    wait_until(lambda: site.get("/download/1/manifest.json").status == 200)
    assert run_document("reconciling", tmp_path, {DEFAULT: site.url}, INNOGRAPH_STORE=str(store)) == 3


def test_the_notebook_runs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNOGRAPH_SITE", site.url)
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(DOCS / "notebooks" / "innovation.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs are not kept in the repository"
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert any("image/png" in data for data in shown)
    assert any("853.69 billion yuan" in data.get("text/plain", "") for data in shown)


# As pages.


def test_every_document_is_served(site: Site) -> None:
    index = site.get("/docs/", Accept="text/html").text
    files = [p.relative_to(DOCS).with_suffix("") for p in DOCS.rglob("*") if p.suffix in (".md", ".ipynb")]
    assert len(files) >= 5
    for name in files:
        assert f'href="/docs/{name}"' in index
        page = site.get(f"/docs/{name}", Accept="text/html")
        assert (page.status, page.media_type) == (200, "text/html")
        assert page.text.count("<h1") == 1
        assert site.get(f"/docs/{name}", If_None_Match=page.headers["etag"]).status == 304
        assert len(page.body) < 100_000


def test_no_link_in_the_documentation_is_dead(site: Site) -> None:
    pages = ["/docs/", *re.findall(r'href="(/docs/[^"]+)"', site.get("/docs/").text)]
    for address in pages:
        text = site.get(address, Accept="text/html").text
        main = text[text.index("<main") : text.index("</main>")]
        for link in set(re.findall(r'(?:href|src)="(/[^"]*)"', main)):
            path, _, fragment = link.partition("#")
            target = site.get(path, Accept="text/html")
            assert target.status in (200, 202, 303), f"{address} leads to {link}"
            assert not fragment or f'id="{fragment}"' in target.text, f"{address} leads to {link}"
        for fragment in re.findall(r'href="#([^"]+)"', main):
            assert f'id="{fragment}"' in main, f"{address} leads to #{fragment}"


def test_documents_are_written_safely(site: Site) -> None:
    assert "&lt;graph/ontology&gt;" in site.get("/docs/model").text
    for address in re.findall(r'href="(/docs/[^"]+)"', site.get("/docs/").text):
        page = site.get(address, Accept="text/html").text.partition("<main")[2].partition("</main>")[0]
        assert "<script" not in page
        assert " style=" not in page


def test_documents_keep_their_old_names(site: Site) -> None:
    reply = site.get("/docs/model.md?lang=ja")
    assert (reply.status, reply.headers["location"]) == (301, "/docs/model?lang=ja")


def test_the_notebook_can_be_taken_along(site: Site) -> None:
    reply = site.get("/docs/notebooks/innovation.ipynb")
    assert reply.media_type == "application/x-ipynb+json"
    assert json.loads(reply.body)["nbformat"] == 4
    assert 'href="/docs/notebooks/innovation.ipynb"' in site.get("/docs/notebooks/innovation").text
    assert site.get("/docs/notebooks/innovation.ipynb", If_None_Match=reply.headers["etag"]).status == 304


@pytest.mark.parametrize("name", ["nothing", "../LICENSE.md/x", "__init__.py", "..%2FREADME", "home.gif"])
def test_what_is_no_document_is_not_found(site: Site, name: str) -> None:
    assert site.get(f"/docs/{name}").status in (301, 404)
    if not name.endswith("x"):
        assert site.get(f"/docs/{name}", Accept="application/json").status == 404


# The rules.


def test_every_rule_has_its_page(site: Site) -> None:
    page = site.get("/shapes", Accept="text/html").text
    names = {iri.rpartition("#")[2]: rule.message for iri, rule in shapes().items()}
    for folder in ("graph", "cube"):
        names |= {
            rule.name.removesuffix(".rq"): rule.message
            for rule in rule_files(folder)
            if "normalize" not in rule.name
        }
    assert len(names) > 150
    listed = set(re.findall(r'<tr id="([^"]+)">', page))
    assert listed == set(names)
    for name in list(names)[::10]:
        reply = site.get(f"/shapes/{name}", Accept="text/html")
        assert reply.status == 200
        assert names[name].split(":")[0][:60].replace('"', "&#34;").replace("'", "&#39;") in reply.text
        assert "Data that breaks it" in reply.text
        assert "Then this is reported" in reply.text
    assert len(page.encode()) < 100_000


def test_a_warning_is_told_from_a_refusal(site: Site) -> None:
    assert "Rule · warning" in site.get("/shapes/growth-claim-refuted", Accept="text/html").text
    assert "Rule · refused" in site.get("/shapes/observation-city", Accept="text/html").text


def test_the_rules_are_served_as_rdf(site: Site) -> None:
    reply = site.get("/shapes", Accept="text/turtle")
    assert reply.media_type == "text/turtle"
    served = {quad.subject for quad in Dataset(parse(reply.body, RdfFormat.TURTLE))}
    assert set(shapes()) <= {getattr(node, "value", "") for node in served}
    assert site.get("/shapes", Accept="text/turtle", If_None_Match=reply.headers["etag"]).status == 304
    assert site.get("/shapes?format=jsonld").media_type == "application/ld+json"
    assert site.get("/shapes", Accept="image/png").status == 406


def test_what_is_no_rule_is_not_found(site: Site) -> None:
    assert site.get("/shapes/nothing").status == 404


@pytest.mark.parametrize("path", ["/docs/", "/docs/tutorial", "/shapes", "/shapes/cube/ic-12"])
@pytest.mark.parametrize("language", ["zh", "ja"])
def test_pages_speak_the_readers_language(site: Site, path: str, language: str) -> None:
    page = site.get(f"{path}?lang={language}", Accept="text/html")
    assert f'<html lang="{language}">' in page.text
    assert 'lang="en"' in page.text
