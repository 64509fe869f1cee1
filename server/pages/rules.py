"""The rules that the graph is held to, read from `shapes/`: what is checked, how severe, how to mend it.

SHACL shapes by subject, rules over named graphs, and the integrity constraints of the RDF Data Cube. Each
rule has a page with its source and, where the repository is at hand, data that breaks it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Response
from pyoxigraph import Dataset, Literal, NamedNode, RdfFormat, Triple, parse

from innograph.ontology.namespaces import PREFIXES, SH
from innograph.server.engine import Snapshot
from innograph.server.pages.language import Words
from innograph.server.pages.links import Links
from innograph.server.pages.rendering import Alternate, Frame, page

PACKAGE = "innograph.shapes"
SHAPES = "https://w3id.org/innograph/shapes#"
FOLDERS = ("graph", "cube")
RDF_FORMATS = (("ttl", "text/turtle"), ("jsonld", "application/ld+json"), ("nt", "application/n-triples"))
# A statement of a file: from its subject to the next one, a comment or an empty line.
_BLOCK = re.compile(r"^shape:([\w-]+)\s+a\s.*?(?=\n(?:\n|#|shape:)|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `source` is its text, `path` what it looks at, `example` data that breaks it."""

    name: str
    message: str
    severity: str
    path: str
    source: str
    file: str
    example: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The rules of one file or folder."""

    anchor: str
    title: str
    rules: tuple[Rule, ...]


@cache
def subjects() -> tuple[Subject, ...]:
    """All rules by subject: SHACL files by name, then the folders of queries."""
    folder = files(PACKAGE)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".ttl"))
    found = [_shacl(name, folder.joinpath(name).read_text("utf-8")) for name in names]
    found += [_queries(name) for name in FOLDERS]
    return tuple(subject for subject in found if subject.rules)


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its name."""
    return {rule.name: rule for subject in subjects() for rule in subject.rules}


@cache
def triples() -> tuple[Triple, ...]:
    """All SHACL shapes as RDF."""
    return tuple(quad.triple for quad in _parsed())


@cache
def edition() -> str:
    """A fingerprint of all rules."""
    return blake2b(repr(subjects()).encode(), digest_size=9).hexdigest()


@cache
def _parsed() -> Dataset:
    folder = files(PACKAGE)
    texts = [e.read_text("utf-8") for e in folder.iterdir() if e.name.endswith(".ttl")]
    return Dataset(quad for text in texts for quad in parse(text, RdfFormat.TURTLE, rename_blank_nodes=True))


def _shacl(name: str, text: str) -> Subject:
    """The shapes of one file that have a message; the file begins with a line about its subject."""
    said: dict[str, dict[NamedNode, Any]] = {}
    for quad in parse(text, RdfFormat.TURTLE):
        if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(SHAPES):
            said.setdefault(quad.subject.value.removeprefix(SHAPES), {})[quad.predicate] = quad.object
    blocks = {match[1]: match[0].strip() for match in _BLOCK.finditer(text)}
    found = []
    for shape, facts in said.items():
        # A constraint in SPARQL has its message beside its query (SHACL, section 5.1).
        query = _local(facts.get(SH.sparql))
        message = facts.get(SH.message) or said.get(query, {}).get(SH.message)
        if message is None or shape not in blocks or SH.select in facts:
            continue
        severity, path = facts.get(SH.severity), facts.get(SH.path)
        found.append(
            Rule(
                shape,
                message.value if isinstance(message, Literal) else "",
                severity.value.rpartition("#")[2] if isinstance(severity, NamedNode) else "Violation",
                _short(path.value) if isinstance(path, NamedNode) else "",
                "\n\n".join(blocks[name] for name in (shape, query) if name in blocks),
                f"shapes/{name}",
                *_example(shape),
            )
        )
    stem = name.removesuffix(".ttl")
    return Subject(
        stem, _opening(text) or stem, tuple(sorted(found, key=lambda rule: text.index(blocks[rule.name])))
    )


def _local(node: object) -> str:
    """The name of a shape or constraint of ours; empty for anything else."""
    return node.value.removeprefix(SHAPES) if isinstance(node, NamedNode) else ""


def _queries(folder: str) -> Subject:
    """The rules of a folder of queries: each begins with its message."""
    entries = sorted(files(PACKAGE).joinpath(folder).iterdir(), key=lambda entry: entry.name)
    found = []
    for entry in entries:
        text = entry.read_text("utf-8") if entry.name.endswith(".rq") else ""
        message = _opening(text)
        if text and not entry.name.startswith("normalize-"):
            name = f"{folder}/{entry.name.removesuffix('.rq')}"
            found.append(
                Rule(
                    name,
                    message,
                    "Violation",
                    "",
                    text.strip(),
                    f"shapes/{folder}/{entry.name}",
                    *_example(name),
                )
            )
    return Subject(folder, folder, tuple(found))


def _opening(text: str) -> str:
    """The comment that a file begins with."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").strip())
    return " ".join(lines)


def _example(name: str) -> tuple[str, str]:
    """Data that breaks a rule and what is then reported, from the tests where the repository is at hand."""
    folder = Path(str(files(PACKAGE))).parent / "tests" / "shapes" / name
    for path in sorted(folder.glob("invalid.*")):
        if path.suffix != ".expected":
            expected = path.with_suffix(".expected")
            report = expected.read_text("utf-8").strip() if expected.exists() else ""
            return path.read_text("utf-8").strip(), report
    return "", ""


def _short(iri: str) -> str:
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(str(namespace)):
            return f"{prefix}:{iri.removeprefix(str(namespace))}"
    return iri


def severities(words: Words) -> dict[str, str]:
    """What comes of breaking a rule, by its severity (SHACL, section 2.1.4)."""
    return {
        "Violation": words.severity_violation,
        "Warning": words.severity_warning,
        "Info": words.severity_info,
    }


def rules_page(snapshot: Snapshot) -> Response:
    """All rules."""

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        frame = Frame(
            title=words.rules,
            crumbs=((words.home, links.to("/")), (words.documentation, links.to("/docs/"))),
            alternates=tuple(Alternate(n, kind, links.to("/shapes", format=n)) for n, kind in RDF_FORMATS),
            identifier=SHAPES.rstrip("#"),
        )
        titles = {"graph": words.rules_graph, "cube": words.rules_cube}
        told = [(s.anchor, titles.get(s.anchor), s) for s in subjects()]
        return "rules.html", frame, {"subjects": told, "count": len(rules()), "severities": severities(words)}

    return page(snapshot.release, build, variant=edition())


def rule_page(snapshot: Snapshot, name: str) -> Response:
    """One rule with its source, and data that breaks it."""
    rule = rules()[name]

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        crumbs = (
            (words.home, links.to("/")),
            (words.documentation, links.to("/docs/")),
            (words.rules, links.to("/shapes")),
        )
        identifier = "" if "/" in name else SHAPES + name
        return (
            "rule.html",
            Frame(title=name, crumbs=crumbs, identifier=identifier),
            {
                "rule": rule,
                "severity": severities(words)[rule.severity],
            },
        )

    return page(snapshot.release, build, variant=edition())
