"""The native engine's verdicts are the judge's, on random good and broken facts, whatever the batches."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, parse

from innograph.loader.validation import Finding, fast
from innograph.loader.validation.judging import judge
from innograph.loader.validation.shapes import shapes_turtle
from innograph.ontology.namespaces import PREFIXES, Names

NAMES = Names()
WORLD = Path(__file__).parent / "shapes" / "world.ttl"
TURTLE_PREFIXES = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())

# For each property, values of which the first is good; the others are what people and programs write.
# fmt: off
OBSERVATION = {
    "a": [
        "qb:Observation, inno:CityObservation",
        "inno:CityObservation",
        "inno:CityObservation, schema:Claim",
    ],
    "qb:dataSet": ["<dataset/story>", "<dataset/none>", '"story"', "<source/story>"],
    "sdmx-dimension:refArea": [
        "<city/aburg>",
        "<city/bville>",
        "<city/none>",
        '"Aburg"@en',
        "<indicator/firms>",
    ],
    "inno:indicator": [
        "<indicator/firms>",
        "<indicator/sales>",
        "<indicator/share>",
        "<indicator/growth>",
        "<none>",
    ],
    "sdmx-dimension:refPeriod": [
        '"2020"^^xsd:gYear', '"2020-02"^^xsd:gYearMonth', '"2020-02-29"^^xsd:date', '"2999"^^xsd:gYear',
        '"1850"^^xsd:gYear', '"2020"', "2020", '"2020Z"^^xsd:gYear', '"2021-02-29"^^xsd:date',
        '"2020-00"^^xsd:gYearMonth', '"20"^^xsd:gYear', '"-0044"^^xsd:gYear', "<period/none>", "<city/aburg>",
    ],
    "sdmx-measure:obsValue": [
        "120.0", '"120"^^xsd:decimal', "-120.0", "100.1", "1001.0", "120", "1.2e2", '"1e2"^^xsd:decimal',
        '"120"', '"many"^^xsd:decimal', '"NaN"^^xsd:double', '"+.5"^^xsd:decimal', '""^^xsd:decimal', "true",
    ],
    "inno:valueAsStated": ['"120"', '"120.0"', '"1,001"', '"about 120"', '"many"', '""', "120", '"120"@en'],
    "sdmx-attribute:decimals": [
        "0", "1", "-1", '"00"^^xsd:integer', '"0"', "0.0", '"-5"^^xsd:nonNegativeInteger', '"x"^^xsd:integer',
    ],
    "sdmx-attribute:unitMeasure": ["unit:NUM", "unit:PERCENT", "unit:CCY_CNY", "<unit/none>", '"firms"'],
    "sdmx-attribute:unitMult": ["0", "9", "-3", "0.0", '"9"', '"x"^^xsd:integer'],
    "sdmx-attribute:obsStatus": [
        "sdmx-code:obsStatus-A",
        "sdmx-code:obsStatus-F",
        '"A"',
        "sdmx-code:obsStatus-Q",
    ],
    "prov:wasDerivedFrom": ["<source/story>", "<source/none>", '"a story"'],
    "inno:evidence": ["<evidence/1>", "<table.csv#row=2>", "<evidence/none>", '"see page 1"'],
}
GROWTH_CLAIM = {
    "a": ["schema:Claim, inno:GrowthClaim", "inno:GrowthClaim", "schema:Claim"],
    "rdfs:label": ['"A claim"@en', '"主张"@zh', '"A claim"', '" "@en'],
    "schema:author": ["<person/author>", "<person/none>", '"the author"'],
    "schema:appearance": ["<source/story>", "<source/none>"],
    "prov:wasDerivedFrom": ["<source/story>", "<source/none>"],
    "inno:claimKind": ["<claim-kind/growth>", "<claim-kind/none>", '"growth"'],
    "schema:about": ["<city/aburg>", "<city/none>", '"Aburg"'],
    "inno:evidence": ["<evidence/1>", "<evidence/none>"],
    "inno:fromObservation": ["<observation/story/aburg/firms/2014>", "<o/1>", "<o/2>", "<city/aburg>"],
    "inno:toObservation": ["<observation/story/aburg/firms/2023>", "<o/1>", "<o/2>", '"2023"'],
    "inno:factorAbove": ["2", "2.5", "3", "0", '"two"', "1e0", '"x"^^xsd:decimal', "-1.0"],
}

POSITION = {
    "a": ["oa:TextPositionSelector", "oa:TextQuoteSelector", "oa:TextPositionSelector, oa:SpecificResource"],
    "oa:exact": ['"12 firms"', '"北京"', '""', '"12 firms"@en', "12", "<city/aburg>"],
    "oa:start": ["30", "38", "-1", "30.0", "3e1", '"30"', '"x"^^xsd:integer', '"+030"^^xsd:integer', "99"],
    "oa:end": ["38", "30", "0", '"38"', '"38"^^xsd:int', '"x"^^xsd:integer', "38.0", "999"],
    "oa:hasSelector": ["<p/1>", "<p/2>", "<p/none>", '"here"'],
    "oa:hasSource": ["<source/story>", "<source/none>", '"a story"'],
}
AREA = {
    "a": ["schema:City", "schema:City, skos:Concept", "inno:Change", "schema:Quotation", "qudt:CurrencyUnit"],
    "rdfs:label": ['"A town"@en', '"A town"', '"A town"@en-GB', '"A town"@en, "A city"@en', '""@en'],
    "owl:sameAs": ["<elsewhere>", "<city/bville>", '"Q1"'],
    "rdfs:seeAlso": ["<other>", "<elsewhere>", "<city/bville>"],
    "geo:lat": ["39.9", "90.0", "90.1", "-91.0", "39", "3.9e1", '"39.9"', '"x"^^xsd:decimal'],
    "geo:long": ["116.4", "180.00", "180.1", "-200.5", '"116°"'],
    "skos:prefLabel": ['"A town"@en', '"A town"@zh', '"A town"', "5"],
    "skos:altLabel": ['"Town"@en', '"A town"@en', '"Town"'],
    "qudt:currencyCode": ['"CNY"', '"yuan"', '"CNY"@en', '"CNY", "USD"'],
    "inno:difference": ["1.5", "1", "1e0", '"x"'],
    "inno:notStated": ["schema:url", "inno:none", "rdfs:label", '"url"'],
}
KINDS = {"o": OBSERVATION, "claim": GROWTH_CLAIM, "p": POSITION, "area": AREA}
# fmt: on


@cache
def world() -> tuple[Quad, ...]:
    return tuple(parse(path=WORLD, base_iri=NAMES.base))


def described(values: dict[str, list[str]], broken: int) -> st.SearchStrategy[str]:
    """Turtle of one node: most properties good, up to `broken` of them replaced, repeated or left out."""
    bad = st.dictionaries(
        st.sampled_from(sorted(values)),
        st.lists(st.integers(0, 15), max_size=2),
        max_size=broken,
    )

    def write(chosen: dict[str, list[int]]) -> str:
        lines = []
        for prop, options in values.items():
            picks = chosen.get(prop, [0])
            lines += [f"{prop} {options[pick % len(options)]}" for pick in picks]
        return " ;\n    ".join(lines or ["rdfs:comment 'nothing is left'@en"])

    return bad.map(write)


@st.composite
def facts(draw: st.DrawFn) -> str:
    nodes = []
    for kind, values in KINDS.items():
        texts = draw(st.lists(described(values, 4), min_size=1, max_size=3))
        nodes += [f"<{kind}/{number}> {text} ." for number, text in enumerate(texts)]
    return "\n".join(nodes)


def verdicts(findings: list[Finding]) -> set[tuple[str, ...]]:
    """What the engines are compared by, and the values that they name."""
    return {
        (finding.focus, finding.rule, finding.severity, finding.component or "", finding.value or "")
        for finding in findings
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(turtle=facts(), batch=st.sampled_from([1, 2, 200]))
def test_both_validators_find_the_same(turtle: str, batch: int) -> None:
    quads = [*world(), *parse(TURTLE_PREFIXES + turtle, RdfFormat.TURTLE, base_iri=NAMES.base)]
    assert verdicts(fast(quads, batch=batch)) == verdicts(judge(quads))


def test_each_value_alone_is_judged_alike() -> None:
    """Every value above, good or bad, in a fact that is otherwise good."""
    turtle = TURTLE_PREFIXES
    for kind, values in KINDS.items():
        for prop, options in values.items():
            for number, option in enumerate(options):
                fact = {name: good[0] for name, good in values.items()} | {prop: option}
                lines = " ; ".join(f"{name} {value}" for name, value in fact.items())
                turtle += f"<{kind}/{prop.replace(':', '-')}/{number}> {lines} .\n"
    quads = [*world(), *parse(turtle, RdfFormat.TURTLE, base_iri=NAMES.base)]
    found = judge(quads)
    assert fast(quads) == found
    assert len({finding.rule for finding in found}) > 30


def test_shapes_look_only_forward() -> None:
    """What makes batches right: from a focus node along its own properties, never to what points at it."""
    text = shapes_turtle()
    assert "inversePath" not in text
    queries = re.findall(r'sh:select "+(.*?)"+ [.;]', text, re.DOTALL)
    assert len(queries) == text.count('sh:select "')
    for query in queries:
        before = re.findall(r"(\S+)\s+\$this", query)
        assert set(before) <= {"SELECT", "{"}, query
        assert "^" not in re.sub(r'"[^"]*"', "", query), query


def test_batches_do_not_change_the_verdicts() -> None:
    """Many facts, some of them broken, in small and large batches and several threads."""
    turtle = TURTLE_PREFIXES
    for number in range(60):
        skipped = list(OBSERVATION)[number % len(OBSERVATION)] if number % 3 == 0 else ""
        parts = [f"{prop} {values[0]}" for prop, values in OBSERVATION.items() if prop != skipped]
        turtle += f"<o/{number}> {' ; '.join(parts)} .\n"
    quads = [*world(), *parse(turtle, RdfFormat.TURTLE, base_iri=NAMES.base)]
    whole = fast(quads, batch=10_000)
    assert len({finding.focus for finding in whole}) == 18  # of 20; the two without a type are no facts
    for batch in (1, 7, 50):
        assert fast(quads, batch=batch, workers=3) == whole
