"""What a merge says of itself in its graph: the source, its cube, the files, the activity, what was refused.

Nothing here tells when the merge was done: the same input gives the same graph, and the release that
holds it tells the time. The activity is pointed at, and points at no long list, since everything that
an observation reaches is present where it is validated.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from innograph.loader.merging.batches.observing import Observing
from innograph.loader.merging.records import Refused
from innograph.ontology.namespaces import (
    DCAT,
    DCTERMS,
    INNO,
    PROV,
    QB,
    RDF,
    RDFS,
    SCHEMA,
    SH,
    SPDX,
    XSD,
    Names,
)

TOLD = 1_000  # refused rows that the graph tells; how many there were in all is told with them
_DATES = (
    (re.compile(r"\d{4}"), XSD.gYear),
    (re.compile(r"\d{4}-(0[1-9]|1[0-2])"), XSD.gYearMonth),
    (re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"), XSD.date),
)


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was merged: its name, and what tells its bytes from others."""

    name: str
    size: int
    sha256: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows were read, and what became of what they state."""

    read: int = 0
    accepted: int = 0
    skipped: int = 0
    repeated: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Description:
    """What is known of a source; `about` has title, language, licence, publisher, url, issued, description.

    What is not there is said to be not stated. `mapping` is the text by which the files were read.
    """

    slug: str
    inputs: tuple[Input, ...]
    about: Mapping[str, str] = field(default_factory=dict)
    mapping: str = ""

    def title(self) -> str:
        """The stated title, or else the names of the files."""
        return self.about.get("title") or ", ".join(input_.name for input_ in self.inputs)


def source(described: Description, names: Names) -> Iterator[Triple]:
    """The source as a data set that somebody published, and its cube. All that observations refer to."""
    about, this, cube = described.about, names.source(described.slug), names.dataset(described.slug)
    language = about.get("language") or "und"  # BCP 47: undetermined
    missing = []
    yield Triple(this, RDF.type, SCHEMA.Dataset)
    yield Triple(this, RDF.type, PROV.Entity)
    yield Triple(this, RDFS.label, _english(f"Data set: {described.title()}"))
    yield Triple(this, SCHEMA.name, Literal(described.title(), language=language))
    if about.get("description"):
        yield Triple(this, SCHEMA.description, Literal(about["description"], language=language))
    if about.get("language"):
        yield Triple(this, SCHEMA.inLanguage, Literal(about["language"]))
    licence = _iri(about.get("licence", ""))
    for predicate, term in (
        (SCHEMA.license, licence),
        (SCHEMA.url, _iri(about.get("url", ""))),
        (SCHEMA.datePublished, _date(about.get("issued", ""))),
    ):
        if term is None:
            missing.append(predicate)
        else:
            yield Triple(this, predicate, term)
    if about.get("licence") and licence is None:
        # In words only: no licence that a program could know.
        yield Triple(this, DCTERMS.rights, Literal(about["licence"], language=language))
    publisher = about.get("publisher", "")
    if publisher:
        agent = names.iri(f"organization/publisher-of-{described.slug}")
        yield Triple(agent, RDF.type, SCHEMA.Organization)
        yield Triple(agent, RDF.type, PROV.Agent)
        yield Triple(agent, RDFS.label, Literal(publisher, language=language))
        yield Triple(this, SCHEMA.publisher, agent)
    else:
        missing.append(SCHEMA.publisher)
        agent = names.iri(f"organization/author-of-{described.slug}")
        yield Triple(agent, RDF.type, SCHEMA.Organization)
        yield Triple(agent, RDF.type, PROV.Agent)
        yield Triple(agent, RDF.type, INNO.UnknownAgent)
        yield Triple(agent, RDFS.label, _english(f"unnamed author of {described.title()}"))
        yield Triple(agent, INNO.notStated, SCHEMA.name)
    yield Triple(this, SCHEMA.author, agent)
    for predicate in missing:
        yield Triple(this, INNO.notStated, predicate)
    yield Triple(cube, RDF.type, QB.DataSet)
    yield Triple(cube, RDFS.label, _english(f"Figures merged from {described.title()}"))
    yield Triple(cube, QB.structure, names.iri("structure/city-indicator"))
    yield Triple(cube, PROV.wasDerivedFrom, this)
    yield Triple(cube, PROV.wasGeneratedBy, activity_of(described.slug, names))
    if licence is None:
        yield Triple(cube, INNO.notStated, DCTERMS.license)
    else:
        yield Triple(cube, DCTERMS.license, licence)
    yield from _files(described, names)
    yield from _activity(described, names)


def outcome(
    described: Description, counted: Counted, refused: Iterable[Refused], names: Names
) -> Iterator[Triple]:
    """What became of the rows: counts, and the first of those refused as a SHACL report.

    (SHACL, section 3.6; a result's focus node is the row.)
    """
    this, observing = activity_of(described.slug, names), Observing(described.slug, names)
    for predicate, count in (
        (INNO.rowsRead, counted.read),
        (INNO.observationsAccepted, counted.accepted),
        (INNO.valuesMissing, counted.skipped),
        (INNO.rowsRepeated, counted.repeated),
        (INNO.rowsRefused, counted.refused),
    ):
        yield Triple(this, predicate, _integer(count))
    if not counted.refused:
        return
    report = NamedNode(f"{this.value}/refused")
    yield Triple(report, RDF.type, SH.ValidationReport)
    yield Triple(report, RDFS.label, _english(f"Rows refused from {described.title()}"))
    yield Triple(report, SH.conforms, Literal("false", datatype=XSD.boolean))
    yield Triple(report, PROV.wasGeneratedBy, this)
    for number, row in enumerate(refused, 1):
        result = NamedNode(f"{report.value}/{number}")
        yield Triple(report, SH.result, result)
        yield Triple(result, RDF.type, SH.ValidationResult)
        yield Triple(result, SH.focusNode, NamedNode(f"{observing.file(row.table)}#row={row.row}"))
        yield Triple(result, SH.resultSeverity, SH.Violation)
        yield Triple(
            result, SH.resultMessage, _english(f"{row.reason}: {row.mend}" if row.mend else row.reason)
        )
        if row.column:
            yield Triple(result, DCTERMS.subject, Literal(row.column))


def activity_of(slug: str, names: Names) -> NamedNode:
    """The merge, as an activity."""
    return names.iri(f"activity/merge/{slug}")


def _activity(described: Description, names: Names) -> Iterator[Triple]:
    this = activity_of(described.slug, names)
    yield Triple(this, RDF.type, PROV.Activity)
    yield Triple(this, RDFS.label, _english(f"Merging {described.title()}"))
    yield Triple(this, PROV.wasAssociatedWith, names.iri("agent/innograph"))
    yield Triple(this, SCHEMA.softwareVersion, Literal(version("innograph")))
    for input_ in described.inputs:
        yield Triple(this, PROV.used, _file(described.slug, input_, names))
    if described.mapping:
        mapping = names.iri(f"source/{described.slug}/mapping")
        yield Triple(this, PROV.used, mapping)
        yield Triple(mapping, RDF.type, PROV.Entity)
        yield Triple(mapping, RDFS.label, _english(f"Mapping of {described.title()}"))
        yield Triple(mapping, SCHEMA.text, Literal(described.mapping))
        yield from _checksum(mapping, hashlib.sha256(described.mapping.encode()).hexdigest())


def _files(described: Description, names: Names) -> Iterator[Triple]:
    for input_ in described.inputs:
        file = _file(described.slug, input_, names)
        yield Triple(names.source(described.slug), DCAT.distribution, file)
        yield Triple(file, RDF.type, DCAT.Distribution)
        yield Triple(file, RDF.type, PROV.Entity)
        yield Triple(file, RDFS.label, _english(input_.name))
        yield Triple(file, SCHEMA.name, Literal(input_.name))
        yield Triple(file, DCAT.byteSize, Literal(str(input_.size), datatype=XSD.nonNegativeInteger))
        if input_.url:
            yield Triple(file, DCAT.accessURL, NamedNode(input_.url))
        yield from _checksum(file, input_.sha256)


def _file(slug: str, input_: Input, names: Names) -> NamedNode:
    return NamedNode(f"{names.source(slug).value}/{quote(input_.name, safe='~')}")


def _checksum(of: NamedNode, sha256: str) -> Iterator[Triple]:
    node = NamedNode(f"{of.value}/checksum")
    yield Triple(of, SPDX.checksum, node)
    yield Triple(node, RDF.type, SPDX.Checksum)
    yield Triple(node, RDFS.label, _english("SHA-256"))
    yield Triple(node, SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
    yield Triple(node, SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary))


def _iri(text: str) -> NamedNode | None:
    if not re.match(r"https?://", text):
        return None
    try:
        return NamedNode(text)
    except ValueError:
        return None


def _date(text: str) -> Literal | None:
    return next((Literal(text, datatype=kind) for form, kind in _DATES if form.fullmatch(text)), None)


def _english(text: str) -> Literal:
    return Literal(text, language="en")


def _integer(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
