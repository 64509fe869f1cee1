"""The first source: every fact of it is there, with its words at their place in the text."""

import csv
import hashlib
import os
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from innograph.ontology.namespaces import DCTERMS, DEFAULT_BASE, INNO, RDF, SCHEMA, SPDX

ROOT = Path(__file__).parents[1]
SLUG = "beijing-innovation-2014-2023"
FOLDER = ROOT / "data" / "sources" / SLUG

AUTHOR = f"person/author-of-{SLUG}"
NATURE = "organization/nature"
ZHANG = "person/zhang-jihong"

# Number of the fact, what kind it is, who says it, and the places that must support it.
FACTS = """
0   assessment       author 0-70
1   assessment       author 90-110 149-219 189-217
2   assessment       author 233-286
3   purpose          author 290-345
4   assessment       author 348-371 382-403
5   observation      author 382-403 419-444 480-484
6   observation      author 382-403 419-444 488-493
7   growth           author 382-403 455-473
8   observation      author 382-403 499-535 550-568
9   observation      author 382-403 499-535 572-591
10  growth           author 382-403 536-544
11  observation      author 382-403 621-679 690-696
12  observation      author 382-403 621-679 700-706
13  growth           author 382-403 680-689
14  observation      author 382-403 716-766 782-785
15  observation      author 382-403 716-766 789-792
16  growth           author 382-403 767-785
17  assessment       author 817-867
18  ranking          nature 869-922 935-984 989-1014
19  description      author 886-922
20  ranking          author 1029-1086 1078-1086
21  assessment       author 1088-1180
22  assessment       author 1210-1270
23  purpose          author 1280-1309
24  policy-support   author 1320-1360 1369-1406
25  policy-support   author 1320-1360 1408-1423
26  policy-support   author 1320-1360 1429-1456
27  emerging-cluster author 1458-1493
28  emerging-cluster author 1495-1518 1527-1565
29  emerging-cluster author 1495-1518 1567-1604
30  emerging-cluster author 1495-1518 1606-1636
31  emerging-cluster author 1495-1518 1642-1666
32  quotation        zhang  1669-1697 1700-1964
33  commitment       zhang  1737-1839
34  commitment       zhang  1844-1861 1871-1963
35  prediction       author 1966-2008 2012-2061 2086-2113
36  opinion          author 2153-2176
37a growth           author 382-403 2182-2248
37b growth           author 382-403 2182-2248
38  opinion          author 2264-2307
39  intention        author 2309-2339 2361-2422
"""

FIGURES = {
    "5": ("patents-per-10000-people", "2014", "48.2", "per-10000-people", "0"),
    "6": ("patents-per-10000-people", "2023", "262.9", "per-10000-people", "0"),
    "8": ("technology-contract-value", "2014", "313.6", "unit:CCY_CNY", "9"),
    "9": ("technology-contract-value", "2023", "853.69", "unit:CCY_CNY", "9"),
    "11": ("national-high-tech-enterprises", "2014", "10400", "unit:NUM", "0"),
    "12": ("national-high-tech-enterprises", "2023", "28300", "unit:NUM", "0"),
    "14": ("new-tech-companies-per-day", "2014", "146", "unit:PER-DAY", "0"),
    "15": ("new-tech-companies-per-day", "2023", "337", "unit:PER-DAY", "0"),
}


@dataclass
class Fact:
    """A resource of the source as it is authored."""

    iri: str
    number: str = ""
    properties: dict[NamedNode, list[str]] = field(default_factory=lambda: defaultdict(list))
    row: dict[str, str] = field(default_factory=dict)
    anchors: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The claim's kind, or what else the resource is."""
        if self.row:
            return "observation"
        if SCHEMA.Quotation.value in self.properties[RDF.type]:
            return "quotation"
        (kind,) = self.properties[INNO.claimKind]
        return kind.removeprefix(f"{DEFAULT_BASE}claim-kind/")

    @property
    def speaker(self) -> str:
        """Who claims it; a figure's claimant is the author of its source."""
        if self.row:
            return AUTHOR
        (speaker,) = self.properties[SCHEMA.author] + self.properties[SCHEMA.spokenByCharacter]
        return speaker.removeprefix(DEFAULT_BASE)


@cache
def resources() -> dict[str, Fact]:
    """Everything that the source's folder describes, by IRI below the base."""
    found: dict[str, Fact] = {}
    for path in sorted(FOLDER.glob("*.ttl")):
        for quad in parse(path=str(path), format=RdfFormat.TURTLE, base_iri=DEFAULT_BASE):
            assert isinstance(quad.subject, NamedNode)
            assert isinstance(quad.object, NamedNode | Literal)
            iri = quad.subject.value.removeprefix(DEFAULT_BASE)
            fact = found.setdefault(iri, Fact(iri))
            if quad.predicate == INNO.anchor:
                place, _, phrase = quad.object.value.partition(" ")
                start, end = place.split("-")
                fact.anchors[int(start), int(end)] = phrase
            else:
                fact.properties[quad.predicate].append(quad.object.value)
    with (FOLDER / "observations.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            iri = f"observation/{SLUG}/{row['city']}/{row['indicator']}/{row['period']}"
            fact = found.setdefault(iri, Fact(iri))
            fact.row = row
            places = zip(row["start"].split("|"), row["end"].split("|"), strict=True)
            for (start, end), phrase in zip(places, row["quote"].split("|"), strict=True):
                fact.anchors[int(start), int(end)] = phrase
    return found


def numbered() -> dict[str, Fact]:
    """The facts by their numbers."""
    facts: dict[str, Fact] = {}
    for fact in resources().values():
        for identifier in fact.properties[DCTERMS.identifier]:
            number = identifier.removeprefix("fact ")
            assert number not in facts, f"two resources are fact {number}"
            facts[number] = fact
    return facts


@pytest.fixture(scope="module")
def article() -> str:
    """The text of the article, which is no part of the project."""
    place = os.environ.get("INNOGRAPH_ARTICLE")
    if not place:
        pytest.skip("INNOGRAPH_ARTICLE does not name the article's text")
    return Path(place).read_text("utf-8")


ROWS = [line.split() for line in FACTS.split("\n") if line]


def test_no_fact_is_missing_or_unknown() -> None:
    assert set(numbered()) == {row[0] for row in ROWS}


def test_every_claim_quotation_and_figure_is_a_numbered_fact() -> None:
    stated = {iri for iri in resources() if iri.startswith(("claim/", "quotation/", "observation/"))}
    assert {fact.iri for fact in numbered().values()} == stated


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"fact-{row[0]}")
def test_fact_has_its_kind_speaker_and_places(row: list[str]) -> None:
    number, kind, speaker, *places = row
    fact = numbered()[number]
    assert fact.kind == kind
    assert fact.speaker == {"author": AUTHOR, "nature": NATURE, "zhang": ZHANG}[speaker]
    assert {f"{start}-{end}" for start, end in fact.anchors} >= set(places)


@pytest.mark.parametrize("number", FIGURES)
def test_figure_is_as_stated(number: str) -> None:
    row = numbered()[number].row
    cells = tuple(row[column] for column in ("indicator", "period", "value", "unit", "multiplier"))
    assert cells == FIGURES[number]


def test_growth_claims_compare_the_figures_that_they_name() -> None:
    compared = {"7": ("5", "6"), "10": ("8", "9"), "13": ("11", "12"), "16": ("14", "15"),
                "37a": ("5", "6"), "37b": ("8", "9")}  # fmt: skip
    facts = numbered()
    for number, (earlier, later) in compared.items():
        claim = facts[number]
        assert claim.properties[INNO.fromObservation] == [DEFAULT_BASE + facts[earlier].iri]
        assert claim.properties[INNO.toObservation] == [DEFAULT_BASE + facts[later].iri]
    factors = {number: facts[number].properties[INNO.factorAbove] for number in compared}
    assert factors == {"7": ["5"], "10": ["1"], "13": ["1"], "16": ["1"], "37a": [], "37b": []}


def test_the_commitments_are_part_of_the_quotation() -> None:
    facts = numbered()
    for number in ("33", "34"):
        assert facts[number].properties[SCHEMA.isPartOf] == [DEFAULT_BASE + facts["32"].iri]


def test_a_phrase_is_as_long_as_its_place() -> None:
    for fact in resources().values():
        for (start, end), phrase in fact.anchors.items():
            assert len(phrase) == end - start, (fact.iri, phrase)


def test_the_quotation_is_its_evidence() -> None:
    quotation = numbered()["32"]
    assert quotation.properties[SCHEMA.text] == [quotation.anchors[1700, 1964]]


def test_phrases_stand_where_they_are_said_to(article: str) -> None:
    for fact in resources().values():
        for (start, end), phrase in fact.anchors.items():
            assert article[start:end] == phrase, fact.iri


def test_the_source_is_this_text(article: str) -> None:
    source = resources()[f"source/{SLUG}"]
    checksum = resources()[f"source/{SLUG}/checksum"]
    assert checksum.properties[SPDX.checksumValue] == [hashlib.sha256(article.encode()).hexdigest()]
    assert source.properties[INNO.textLength] == [str(len(article))]
    assert source.properties[SCHEMA.headline] == [article[0:70]]


def test_no_prose_is_copied_beyond_the_phrases(article: str) -> None:
    """No 40 characters of the article stand in the project, unless they lie within one anchor.

    Or nearly: the blanks or the comma beside a phrase may also be what separates it in our own file.
    """
    width, beside = 40, 2
    text = plain(article)
    windows = {(at, at + width): text[at : at + width] for at in range(len(text) - width + 1)}
    spans = {place for fact in resources().values() for place in fact.anchors}
    allowed = {
        window
        for (first, last), window in windows.items()
        if any(
            start - beside <= last - len(window.lstrip()) and first + len(window.rstrip()) <= end + beside
            for start, end in spans
        )
    }
    project = "\n".join(plain(path.read_text("utf-8")) for path in texts())
    assert {window for window in windows.values() if window in project} <= allowed


def plain(text: str) -> str:
    """The text with straight quotes and plain blanks, character for character."""
    return re.sub(r"\s", " ", text.translate(str.maketrans("’‘“”", "''\"\"")))


def texts() -> list[Path]:
    """The project's own text files."""
    suffixes = {".csv", ".html", ".json", ".md", ".py", ".rq", ".ttl"}
    folders = ("data", "docs", "loader", "ontology", "server", "shapes", "tests")
    files = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return [ROOT / "README.md", *(path for path in files if path.suffix in suffixes)]
