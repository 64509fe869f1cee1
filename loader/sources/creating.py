"""A new source's folder from its text: what is known of it is written, what is not is said to be not stated.

The text itself is not copied. Nothing that is there is overwritten: the folder appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TypeVar

from pyoxigraph import Literal, NamedNode

from innograph.loader.catalog import RESERVED
from innograph.loader.errors import LoaderError
from innograph.loader.period_terms import period_term
from innograph.loader.sources.drafting import Proposal, draft_table
from innograph.loader.sources.languages import detect, tag
from innograph.loader.turtle import read_turtle
from innograph.ontology.namespaces import DEFAULT_BASE, RDF, Names

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
COLUMNS = "city,indicator,period,value,unit,multiplier,status,quote,start,end,not_stated"
T = TypeVar("T")
_TEMPLATES = files("innograph.loader.sources").joinpath("templates")


class UnknownError(LoaderError):
    """Something that the text does not tell and that only its reader knows; `option` is how to give it."""

    def __init__(self, message: str, option: str) -> None:
        super().__init__(message)
        self.option = option


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an article beside its text; empty is what it does not state."""

    slug: str = ""
    title: str = ""
    language: str = ""
    url: str = ""
    author: str = ""
    publisher: str = ""
    published: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Created:
    """The folder that was made, and what was found out for it."""

    folder: Path
    slug: str
    title: str
    language: str
    sha256: str
    length: int
    files: tuple[str, ...]


def create(
    text: Path, about: About, data: Path, base: str = DEFAULT_BASE, proposals: tuple[Proposal, ...] = ()
) -> Created:
    """Make the folder of a source in a data folder. Proposed rows go to a file of their own, unread by builds.

    Raises:
        UnknownError: the slug, the title or the language can only be asked for.
        LoaderError: the folder is there, the text is not UTF-8, or something given is malformed.
    """
    content, words = read_text(text)
    title = about.title.strip() or first_line(words)
    if not title:
        raise UnknownError(f"{text}: its first line is no title", "--title")
    slug = about.slug or slug_of(about.title) or slug_of(text.stem)
    _check_slug(slug)
    language = about.language or detect(words)
    if not language:
        raise UnknownError(f"{text}: its language is not certain", "--language")
    folder = data / "sources" / slug
    if folder.exists():
        raise LoaderError(f"{folder} is there already: nothing was changed; choose another --slug")
    sha256 = hashlib.sha256(content).hexdigest()
    known = _Known(about, slug, title, _checked(tag, language), data, Names(base))
    values = {"slug": slug, "author": known.author, "language": language}
    written = {
        "source.ttl": known.source(sha256, len(words)),
        "observations.csv": COLUMNS + "\n",
        "observations.csv-metadata.json": _template("observations.csv-metadata.json").substitute(
            slug=slug, title=json.dumps(f"Figures of the article “{title}”", ensure_ascii=False)
        ),
        "claims.ttl": _template("claims.ttl").substitute(values),
    }
    if proposals:
        written["observations.draft.csv"] = draft_table(proposals)
    _write(folder, written)
    return Created(folder, slug, title, language, sha256, len(words), tuple(written))


def read_text(path: Path) -> tuple[bytes, str]:
    """A text as it is hashed, and as its code points are counted.

    Raises:
        LoaderError: it is not UTF-8, or empty.
    """
    content = path.read_bytes()
    try:
        words = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LoaderError(
            f"{path}: not UTF-8 at byte {error.start}; convert it first, for example with iconv -t UTF-8"
        ) from None
    if not words.strip():
        raise LoaderError(f"{path}: the text is empty")
    return content, words


def first_line(words: str) -> str:
    """The title that a text begins with; empty where its first line is rather a paragraph."""
    line = next((line.strip() for line in words.splitlines() if line.strip("\ufeff \t#")), "")
    line = line.lstrip("\ufeff# ").strip()
    return line if len(line) <= 200 and not line.endswith((".", "。")) else ""


def slug_of(title: str) -> str:
    """A slug from the words of a title; empty where they have no Latin letters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"['’]", "", plain)
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join(words[:8]) if any(c.isalpha() for c in "".join(words)) else ""


class _Known:
    """What is known of an article, as RDF."""

    def __init__(self, about: About, slug: str, title: str, language: str, data: Path, names: Names) -> None:
        self.about, self.slug, self.title, self.language = about, slug, title, language
        self.author = f"person/author-of-{slug}"
        person = f"person/{slug_of(about.author)}"
        self._shared = bool(slug_of(about.author)) and names.iri(person) in _described(data, names)
        if self._shared:
            self.author = person

    def source(self, sha256: str, length: int) -> str:
        """The text of source.ttl."""
        unknown = [f"schema:{name}" for name, value in self._properties() if not value]
        stated = [f"    schema:{name} {value} ;\n" for name, value in self._properties() if value]
        return _template("source.ttl").substitute(
            slug=self.slug,
            title_line=" ".join(self.title.split()),
            label=Literal(f"Article “{self.title}”", language="en"),
            headline=Literal(self.title, language=self.language),
            figures=Literal(f"Figures of the article “{self.title}”", language="en"),
            language=self.language,
            author=self.author,
            stated="".join(stated),
            length=length,
            not_stated=f" ;\n    inno:notStated {', '.join(unknown)}" if unknown else "",
            sha256=sha256,
            agents="".join(self._agents()),
        )

    def _properties(self) -> Iterator[tuple[str, str]]:
        about = self.about
        yield "datePublished", str(_checked(period_term, about.published)) if about.published else ""
        yield "license", str(_checked(_link, about.licence)) if about.licence else ""
        yield "publisher", f"<organization/publisher-of-{self.slug}>" if about.publisher else ""
        yield "url", str(_checked(_link, about.url)) if about.url else ""

    def _agents(self) -> Iterator[str]:
        """The author and the publisher: described here, so that they come and go with the source."""
        name = self.about.author.strip()
        if not name:
            label = Literal(f"unnamed author of the article “{self.title}”", language="en")
            yield (
                f"<{self.author}> a schema:Person, prov:Agent, inno:UnknownAgent ;\n"
                f"    rdfs:label {label} ;\n    inno:notStated schema:name .\n\n"
            )
        elif not self._shared:
            yield _agent(self.author, "Person", name, self.language)
        if self.about.publisher:
            publisher = f"organization/publisher-of-{self.slug}"
            yield _agent(publisher, "Organization", self.about.publisher.strip(), self.language)


def _agent(path: str, kind: str, name: str, language: str) -> str:
    labels = ", ".join(str(Literal(name, language=tag)) for tag in dict.fromkeys(("en", language)))
    return (
        f"<{path}> a schema:{kind}, prov:Agent ;\n"
        f"    rdfs:label {labels} ;\n    schema:name {Literal(name, language=language)} .\n\n"
    )


def _described(data: Path, names: Names) -> set[NamedNode]:
    """What the reference data describes."""
    triples = (
        t for path in sorted((data / "reference").glob("*.ttl")) for t in read_turtle(path, names.base)
    )
    return {t.subject for t in triples if t.predicate == RDF.type and isinstance(t.subject, NamedNode)}


def _check_slug(slug: str) -> None:
    if not slug:
        raise UnknownError("neither the title nor the file's name gives a slug", "--slug")
    if not SLUG.fullmatch(slug):
        raise LoaderError(f"{slug!r} is no slug: use small letters and digits, parted by single hyphens")
    if slug in RESERVED:
        raise LoaderError(f"{slug!r} names something else already: choose another --slug")


def _link(text: str) -> NamedNode:
    if not text.startswith(("http://", "https://")):
        raise ValueError(f"{text!r} is no address: write https://…")
    return NamedNode(text)


def _checked(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise LoaderError(str(error)) from None


def _template(name: str) -> Template:
    return Template(_TEMPLATES.joinpath(name).read_text("utf-8"))


def _write(folder: Path, written: dict[str, str]) -> None:
    """Make the folder with its files: under another name first, so that it is never there by halves."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    draft.mkdir()
    try:
        for name, text in written.items():
            (draft / name).write_bytes(text.encode())
        os.rename(draft, folder)
    except OSError:
        if folder.exists():
            raise LoaderError(f"{folder} is there already: nothing was changed") from None
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
