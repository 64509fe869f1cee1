"""The documentation is true: what it shows is run, and the site serves it as pages that lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from harness import Site, wait_until
from nbclient import NotebookClient
from pyoxigraph import Dataset, RdfFormat, parse

from innograph.loader.validation.rule_files import rule_files
from innograph.loader.validation.shapes import rules as shapes

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
DEFAULT = "http://127.0.0.1:8000"
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBERS = re.compile(r"\d+(?= quads| graphs|: )")


def blocks(name: str) -> list[tuple[str, str, str]]:
    """The fenced blocks of a document: language, file name, content."""
    text = (DOCS / f"{name}.md").read_text("utf-8")
    return [(match[1], match[2] or "", match[3]) for match in FENCE.finditer(text)]


def commands(console: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it is said to print."""
    lines = iter(console.splitlines())
    command, output = "", []
    for line in lines:
        if line.startswith("$ "):
            if command:
                yield command, output
            command, output = line[2:], []
            while not _complete(command):
                command += "\n" + next(lines)
        else:
            output.append(line)
    yield command, output


def _complete(command: str) -> bool:
    try:
        return bool(shlex.split(command))
    except ValueError:
        return False


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
    found, ran = blocks(name), 0
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
                assert _stable(actual) == _stable(output), command
        elif language == "python":
            ran += 1
            following, _, output_block = found[place + 1]
            assert following == "text", "what a program prints stands below it"
            assert printed([sys.executable, "-c", content], folder, **environment) == [
                line.rstrip() for line in output_block.splitlines()
            ]
    return ran


def _stable(lines: list[str]) -> list[str]:
    """Lines without the counts that grow with the project's own data."""
    return [NUMBERS.sub("N", line) if "quads" in line else line for line in lines]


def test_the_tutorial_shows_what_happens(site: Site, tmp_path: Path) -> None:
    assert run_document("tutorial", tmp_path, {DEFAULT: site.url}) >= 12


def test_reconciling_shows_what_happens(site: Site, store: Path, tmp_path: Path) -> None:
    wait_until(lambda: site.get("/download/1/manifest.json").status == 200)
    assert run_document("reconciling", tmp_path, {DEFAULT: site.url}, INNOGRAPH_STORE=str(store)) == 3


def test_an_article_is_added_as_described(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    change = {f"innograph {name}": f"innograph {name} --data data" for name in ("check", "build")}
    store = str(tmp_path / "store")
    assert run_document("adding-an-article", tmp_path, change, INNOGRAPH_STORE=store) == 6


def test_what_the_article_leaves_out_is_refused(tmp_path: Path) -> None:
    """The description says what a check finds: it does."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for language, file, content in blocks("adding-an-article"):
        if file and language != "csv":
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(content.replace("schema:author <person/ada-example> ;", ""), "utf-8")
    command = [sys.executable, "-m", "innograph.loader", "check", "--data", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "shapes#claim-claimant" in done.stdout


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
