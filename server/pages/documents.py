"""The documents of `docs/` as pages: Markdown in the site's layout, notebooks cell by cell."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from flask import Response

from innograph.server.engine import Snapshot
from innograph.server.pages.language import Words
from innograph.server.pages.links import Links
from innograph.server.pages.rendering import Frame, page

if TYPE_CHECKING:
    from markdown_it.token import Token

PACKAGE = "innograph.docs"
# What to read first; the others follow by name.
FIRST = (
    "tutorial",
    "merging-tutorial",
    "notebooks/innovation",
    "reconciling",
    "adding-an-article",
    "merging",
    "merging-rdf",
    "model",
    "architecture",
)
# Where the site shows what is in the repository.
REPOSITORY = {"shapes": "/shapes", "ontology": "/ontology.html", "README.md": "/"}
# What a file beside the documents is sent as; any other (a Dockerfile, say) as text.
MEDIA_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".ipynb": "application/x-ipynb+json"}
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its title, its first paragraph as text, its content as HTML, its headings."""

    name: str
    title: str
    lede: str
    html: str
    headings: tuple[tuple[str, str], ...]  # anchor and text
    version: str
    notebook: str = ""


@cache
def documents() -> dict[str, Document]:
    """Every document by its name, in the order in which to read them."""
    found = {}
    for name, entry in _entries(files(PACKAGE), ""):
        if name.endswith(".md"):
            found[name.removesuffix(".md")] = _document(name.removesuffix(".md"), entry.read_text("utf-8"))
        elif name.endswith(".ipynb"):
            text = entry.read_text("utf-8")
            found[name.removesuffix(".ipynb")] = _document(
                name.removesuffix(".ipynb"), markdown_of(text), name
            )
    order = {name: place for place, name in enumerate(FIRST)}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


@cache
def attachment(name: str) -> tuple[bytes, str, str] | None:
    """A picture, notebook or text beside the documents: its content, media type and fingerprint."""
    for found, entry in _entries(files(PACKAGE), ""):
        if found == name and not name.endswith((".py", ".md")):
            content = entry.read_bytes()
            kind = MEDIA_TYPES.get("." + name.rpartition(".")[2], TEXT)
            return content, kind, blake2b(content, digest_size=9).hexdigest()
    return None


def _entries(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += (
                _entries(entry, f"{prefix}{entry.name}/") if not entry.name.startswith(("_", ".")) else []
            )
        else:
            found.append((prefix + entry.name, entry))
    return found


def markdown_of(notebook: str) -> str:
    """A notebook's cells as Markdown: its words, and its code in fences."""
    parts = []
    for cell in json.loads(notebook)["cells"]:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
    return "\n\n".join(parts)


def _document(name: str, text: str, notebook: str = "") -> Document:
    from markdown_it import MarkdownIt  # for the few pages that need it: it takes a while to import

    parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    tokens = parser.parse(text)
    title, headings = name, []
    for place, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        words = _plain(tokens[place + 1])
        if token.tag == "h1" and title == name:
            title = words
        else:
            token.attrSet("id", anchor(words))
            if token.tag == "h2":
                headings.append((anchor(words), words))
    lede = next(
        (_plain(tokens[n + 1]) for n, token in enumerate(tokens) if token.type == "paragraph_open"), ""
    )
    shown = _without_title(tokens)
    for token in shown:
        if "text-align:right" in str(token.attrs.pop("style", "")):  # the security policy allows no style
            token.attrSet("class", "number")
        for child in token.children or []:
            _relink(child, name)
    html = parser.renderer.render(shown, parser.options, {})
    # What may be wider than the page is scrolled by itself, by keyboard too.
    html = html.replace("<pre>", '<pre tabindex="0">')
    html = html.replace("<table>", '<div class="wide"><table class="rows results">')
    html = html.replace("</table>", "</table></div>")
    version = blake2b(text.encode(), digest_size=9).hexdigest()
    return Document(name, title, lede, html, tuple(headings), version, notebook)


def _plain(inline: Token) -> str:
    """The text of an inline token without its marks."""
    return "".join(
        " " if child.type == "softbreak" else child.content for child in inline.children or []
    ).strip()


def _without_title(tokens: list[Token]) -> list[Token]:
    """The tokens after the first heading, which the page shows itself."""
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[3:]
    return tokens


def anchor(words: str) -> str:
    """The anchor of a heading, as repositories make it: lower case, dashes for spaces."""
    return re.sub(r"[^\w\- ]", "", words.lower()).strip().replace(" ", "-")


def _relink(token: Token, name: str) -> None:
    """Links between documents lead to their pages, those into the repository to what the site has of it.

    Where it has nothing, the link ends.
    """
    key = {"link_open": "href", "image": "src"}.get(token.type)
    target = str(token.attrGet(key) or "") if key else ""
    if not target or re.match(r"[a-z]+:|/|#", target):
        return
    folder = name.rpartition("/")[0]
    steps = [step for step in folder.split("/") if step]
    path, hash_, fragment = target.partition("#")
    for step in path.split("/"):
        if step == ".." and not steps:
            place = REPOSITORY.get(path.rpartition("../")[2].rstrip("/"))
            token.attrs = {"href": place} if place else {}  # an anchor without an address is no link
            return
        if step == "..":
            steps.pop()
        elif step != ".":
            steps.append(step)
    whole = "/".join(steps)
    if token.type == "link_open":
        whole = re.sub(r"\.md$", "", whole)
    token.attrSet(key or "", f"/docs/{whole}{hash_}{fragment}")


def index_page(snapshot: Snapshot) -> Response:
    """What there is to read."""

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        frame = Frame(title=words.documentation, crumbs=((words.home, links.to("/")),))
        listed = [(d, links.to(f"/docs/{d.name}")) for d in documents().values()]
        return "documents.html", frame, {"documents": listed}

    return page(snapshot.release, build, variant=_edition())


def document_page(snapshot: Snapshot, name: str) -> Response:
    """One document."""
    document = documents()[name]

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        crumbs = ((words.home, links.to("/")), (words.documentation, links.to("/docs/")))
        return "document.html", Frame(title=document.title, crumbs=crumbs), {"document": document}

    return page(snapshot.release, build, variant=document.version)


@cache
def _edition() -> tuple[str, ...]:
    return tuple(document.version for document in documents().values())
