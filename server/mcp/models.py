"""What the tools answer: every answer names the release that it is about, and its sources."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

Language = Literal["en", "zh", "ja"]


class Release(BaseModel):
    """The published state of the graph that was asked."""

    number: int
    identity: str = Field(description="never repeats; empty where the store does not tell its state")
    created: str
    sha256: str | None = Field(
        default=None, description="SHA-256 of its canonical N-Quads, where it is known"
    )


class Source(BaseModel):
    """Who states it."""

    iri: str
    label: str
    authors: list[str] = Field(default_factory=list, description="names, as far as the source gives them")
    licence: str | None = Field(
        default=None, description="of the source's figures; null where none is stated"
    )
    url: str | None = None


class Answer(BaseModel):
    """What all answers have."""

    release: Release
    sources: list[Source] = Field(
        description="the sources of what is answered: name them with what you say of it"
    )


class Hit(BaseModel):
    """A thing that was found."""

    iri: str
    label: str
    language: str = Field(default="", description="of the label")
    kind: str = Field(default="", description="what it is: City, Indicator, Claim, …")
    match: str = Field(default="", description="the words that matched, where they are not the label")


class SearchAnswer(Answer):
    """Things by their words, best first."""

    results: list[Hit]
    total: int
    more: bool = Field(description="whether there are more than were compared: add a word")


class Value(BaseModel):
    """A value of a property: an IRI with its label, or a literal."""

    value: str
    label: str = ""
    iri: bool = False
    language: str = ""
    datatype: str = ""


class Property(BaseModel):
    """What is stated by one property."""

    iri: str
    label: str
    values: list[Value]


class Evidence(BaseModel):
    """The words of a source that support something, and where they stand (code points, end exclusive)."""

    quote: str = Field(description="exact words; empty for a row of a table")
    start: int | None = None
    end: int | None = None
    source: str
    place: str = Field(description="the IRI of the place: for a row of a table it ends in #row=N")


class DescribeAnswer(Answer):
    """What is stated of a thing."""

    iri: str
    label: str
    types: list[str]
    properties: list[Property]
    evidence: list[Evidence]
    not_stated: list[str] = Field(description="what its source leaves open, by name")
    mentioned_by: list[Hit] = Field(description="some of the things that link to it")
    page: str = Field(description="the address of its page")


class Indicator(BaseModel):
    """An indicator that the graph has figures of."""

    iri: str
    label: str
    labels: dict[str, str] = Field(description="by language")
    definition: str = ""
    unit: str = ""
    figures: int | None = Field(description="how many figures there are; null where counting took too long")
    first: str = Field(default="", description="the earliest period")
    last: str = Field(default="", description="the latest period")


class IndicatorsAnswer(Answer):
    """The indicators, by name."""

    indicators: list[Indicator]
    more: bool


class Figure(BaseModel):
    """One figure as one source states it."""

    period: str
    value: str = Field(description="the digits as the source writes them")
    multiplier: int = Field(description="power of ten: 9 is billions")
    amount: str = Field(description="the value multiplied out, as a decimal")
    unit: str
    unit_iri: str
    status: str = Field(description="A normal, E estimated, F forecast")
    source: str = Field(description="the IRI of the source")
    observation: str
    evidence: list[Evidence]
    not_stated: list[str] = Field(description="what the source leaves open, by name")


class SeriesAnswer(Answer):
    """The figures of an indicator for a city, by period; two sources may differ about one."""

    city: str
    city_label: str
    indicator: str
    indicator_label: str
    figures: list[Figure]
    more: bool


class Checked(BaseModel):
    """One claim checked: as it was understood, and the observations that it was compared with."""

    verdict: Literal["supported", "refuted", "disputed", "not in the graph", "too vague"]
    claim: dict[str, Any] = Field(description="as understood; of a text also its words and offsets")
    observations: list[dict[str, Any]] = Field(
        description="what it was compared with: value, period, source, whether it agrees, evidence"
    )
    rule: str | None = Field(default=None, description="the rule by which it was compared")
    reason: str | None = Field(default=None, description="why there is no other verdict")
    difference: dict[str, Any] | None = None
    likely_error: dict[str, Any] | None = Field(
        default=None, description="what the error looks like, if it has a usual form"
    )
    missing: list[str] = Field(default_factory=list, description="what would have to be said")
    candidates: dict[str, list[dict[str, str]]] = Field(
        default_factory=dict, description="things that a name may mean: ask which"
    )


class VerifyAnswer(Answer):
    """Claims checked against the graph, in the order in which they were made."""

    answers: list[Checked]


class SparqlAnswer(Answer):
    """The result of a query. Of `columns` and `rows`, `boolean` and `turtle` one kind is there."""

    columns: list[str] | None = None
    rows: list[dict[str, dict[str, Any]]] | None = Field(
        default=None,
        description="terms as in SPARQL 1.1 Query Results JSON; a variable without a value is absent",
    )
    boolean: bool | None = None
    turtle: str | None = None
    truncated: bool = Field(description="whether this is only the beginning: add LIMIT and OFFSET")
    milliseconds: int
