"""What a browser is sent besides pages: built from locked packages, hashed, kept for ever, part of the wheel."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from harness import Site

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "server" / "assets"
STATIC = ROOT / "server" / "pages" / "static"


def test_every_package_is_locked_by_its_hash_and_to_no_registry() -> None:
    lock = json.loads((ASSETS / "package-lock.json").read_text())
    packages = {name: found for name, found in lock["packages"].items() if name}
    assert "node_modules/@zazuko/yasqe" in packages
    for name, found in packages.items():
        assert found["integrity"].startswith("sha512-"), name
        assert "resolved" not in found, name


def test_editor_asks_nobody_for_completions() -> None:
    text = (ASSETS / "editor.js").read_text()
    assert "delete Yasqe.Autocompleters[name]" in text
    for source in (*ASSETS.glob("*.js"), STATIC / "search.js"):
        assert not re.search(r"https?://", source.read_text()), source


def test_pages_name_their_assets_by_hash(site: Site) -> None:
    text = site.get("/sparql", Accept="text/html").text
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert {re.sub(r"\.[0-9a-f]{16}\.", ".", address) for address in addresses} == {
        "/static/style.css",
        "/static/icon.svg",
        "/static/search.js",
        "/static/editor.js",
        "/static/editor.css",
    }
    for address in addresses:
        reply = site.get(address)
        assert reply.status == 200
        assert "immutable" in reply.headers["cache-control"]
        assert reply.media_type in ("text/css", "text/javascript", "image/svg+xml")
    assert site.get("/static/editor.0123456789abcdef.js").headers["cache-control"] == "public, max-age=300"
    assert "/static/editor" not in site.get("/", Accept="text/html").text


def test_the_wheel_holds_the_editor_and_none_of_its_packages(tmp_path: Path) -> None:
    # From a copy, so that nothing is left behind, with npm packages where npm puts them.
    copy = tmp_path / "copy"
    left_out = shutil.ignore_patterns(".*", "node_modules", "build", "dist", "tests", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=left_out)
    package = copy / "server" / "assets" / "node_modules" / "somebody" / "index.js"
    package.parent.mkdir(parents=True)
    package.write_text("export default 1;")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", tmp_path, copy], check=True, timeout=120)
    wheel = next(tmp_path.glob("innograph-*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in ("editor.js", "editor.css", "editor.txt", "search.js", "style.css"):
        assert f"innograph/server/pages/static/{name}" in names
    assert "innograph/server/searching/index.py" in names
    assert not [name for name in names if "/assets/" in name or "node_modules" in name]
    licences = zipfile.ZipFile(wheel).read("innograph/server/pages/static/editor.txt").decode()
    assert "codemirror" in licences
    assert "Permission is hereby granted" in licences
