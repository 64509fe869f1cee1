"""The vocabulary: whole, used, labelled, and plain."""

import csv
import re
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from innograph.ontology.namespaces import DEFAULT_BASE, INNO, OWL, RDF, RDFS

ROOT = Path(__file__).parents[1]
ONTOLOGY = NamedNode(str(INNO).removesuffix("#"))
TURTLE = sorted(path for folder in ("data", "ontology", "shapes") for path in (ROOT / folder).rglob("*.ttl"))
VOCABULARY = ROOT / "ontology" / "innograph.ttl"
# Authoring shorthand: the loader writes it out as evidence, so it is in no graph and is no term.
SHORTHAND = {"anchor"}


def quads(path: Path) -> list[Quad]:
    return list(parse(path=str(path), format=RdfFormat.TURTLE, base_iri=DEFAULT_BASE))


def local_names(path: Path) -> set[str]:
    """The `inno:` terms that occur in the triples of a Turtle file."""
    terms = {term for quad in quads(path) for term in (quad.subject, quad.predicate, quad.object)}
    return {
        term.value.removeprefix(str(INNO))
        for term in terms
        if isinstance(term, NamedNode) and term.value.startswith(str(INNO))
    }


def mentioned(path: Path) -> set[str]:
    """The `inno:` terms that a query, a program or a page of documentation names."""
    text = path.read_text("utf-8")
    names = re.findall(r"\binno:(\w+)|\bINNO\.(\w+)|\bINNO\[\"(\w+)\"\]", text)
    return {name for groups in names for name in groups if name}


def left_open() -> set[str]:
    """The `inno:` terms that observation tables name as not stated: those without a prefix."""
    names: set[str] = set()
    for path in (ROOT / "data" / "sources").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table):
                names.update(name for name in row["not_stated"].split("|") if name and ":" not in name)
    return names


def defined() -> set[str]:
    return {
        quad.subject.value.removeprefix(str(INNO))
        for quad in quads(VOCABULARY)
        if isinstance(quad.subject, NamedNode)
        and quad.subject != ONTOLOGY
        and quad.predicate == RDFS.isDefinedBy
        and quad.object == ONTOLOGY
    }


def used() -> set[str]:
    """Every term in use outside of the vocabulary's own files."""
    names = left_open()
    for path in TURTLE:
        if path.parent != VOCABULARY.parent:
            names |= local_names(path)
    for folder in ("data", "loader", "server", "shapes"):
        for suffix in ("*.rq", "*.py", "*.html"):
            for path in (ROOT / folder).rglob(suffix):
                names |= mentioned(path)
    return names - SHORTHAND


def test_every_used_term_is_defined() -> None:
    assert used() - defined() == set()


def test_every_defined_term_is_used() -> None:
    assert defined() - used() == set()


def test_the_documentation_names_only_defined_terms() -> None:
    assert mentioned(ROOT / "docs" / "model.md") - SHORTHAND - defined() == set()


def test_alignments_are_of_defined_terms() -> None:
    assert local_names(ROOT / "ontology" / "alignments.ttl") <= defined()


@pytest.mark.parametrize("name", sorted(defined()))
def test_term_is_labelled_and_defined(name: str) -> None:
    about = [quad for quad in quads(VOCABULARY) if quad.subject == INNO[name]]
    labels = [quad.object for quad in about if quad.predicate == RDFS.label]
    comments = [quad.object for quad in about if quad.predicate == RDFS.comment]
    assert sorted(label.language or "" for label in labels if isinstance(label, Literal)) == [
        "en",
        "ja",
        "zh",
    ]
    assert [comment.language for comment in comments if isinstance(comment, Literal)] == ["en"]
    assert any(quad.predicate == RDF.type for quad in about)


def test_labels_tell_terms_apart() -> None:
    labels = [quad.object for quad in quads(VOCABULARY) if quad.predicate == RDFS.label]
    assert len(set(labels)) == len(labels)


def test_the_vocabulary_describes_itself() -> None:
    about = {quad.predicate.value.rpartition("/")[2].rpartition("#")[2] for quad in quads(VOCABULARY)
             if quad.subject == ONTOLOGY}  # fmt: skip
    assert about >= {
        "creator", "description", "license", "preferredNamespacePrefix", "preferredNamespaceUri", "title",
        "type", "versionIRI", "versionInfo",
    }  # fmt: skip
    assert Quad(ONTOLOGY, RDF.type, OWL.Ontology) in quads(VOCABULARY)


@pytest.mark.parametrize("path", TURTLE, ids=lambda path: str(path.relative_to(ROOT)))
def test_turtle_has_no_blank_nodes(path: Path) -> None:
    found = quads(path)
    assert found
    # Shapes may use lists: they are not stored.
    if path.is_relative_to(ROOT / "shapes"):
        return
    assert not [
        quad for quad in found if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)
    ]
