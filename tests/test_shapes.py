"""Every rule, by example: the folders below `tests/shapes/` are the documentation.

`tests/shapes/<rule>/invalid.<what>.ttl` breaks a rule, and `invalid.<what>.expected` beside it is what the
validator says; `valid.<what>.ttl` breaks none. Rules over named graphs are below `graph/`, integrity
constraints of cubes below `cube/`. Each file is loaded beside `world.ttl`, a small valid graph. To add a
rule's example, write the `.ttl` (or `.trig`), run these tests with `INNOGRAPH_APPROVE=1`, and read what was
written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, Quad, Store, parse

from innograph.loader.validation import (
    Finding,
    cube_constraints,
    cube_constraints_in_place,
    fast,
    graph_rules,
    report_graph,
    violates,
)
from innograph.loader.validation.judging import judge
from innograph.loader.validation.rule_files import rule_files
from innograph.loader.validation.shapes import SHAPES_NAMESPACE, rules
from innograph.ontology.namespaces import PREFIXES, SH, Names

FOLDER = Path(__file__).with_name("shapes")
CASES = sorted(
    path for path in FOLDER.rglob("*") if path.suffix in {".ttl", ".trig"} and path.parent != FOLDER
)
NAMES = Names()
STANDARD = {str(namespace): prefix for prefix, namespace in PREFIXES.items()}


@cache
def world(names: Names) -> tuple[Quad, ...]:
    return tuple(read(FOLDER / "world.ttl", names))


def read(path: Path, names: Names) -> list[Quad]:
    """The quads of a file; those of a Turtle file belong to the graph of the source `story`."""
    story = names.graph("story")
    quads = parse(path=path, base_iri=names.base)
    if path.suffix == ".trig":
        return list(quads)
    return [Quad(quad.subject, quad.predicate, quad.object, story) for quad in quads]


@cache
def findings_of(path: Path, names: Names = NAMES) -> list[Finding]:
    """What the validator of a file's folder says about the file in the world."""
    quads = [*world(names), *read(path, names)]
    family = path.relative_to(FOLDER).parts[0]
    ask: dict[str, Callable[[Store], list[Finding]]] = {"graph": graph_rules, "cube": cube_constraints}
    if family not in ask:
        return judge(quads)
    store = Store()
    store.extend(quads)
    return ask[family](store)


def told(findings: Iterable[Finding], names: Names = NAMES) -> str:
    """Findings as the `.expected` files have them."""
    return "".join(
        f"{finding.severity}: {short(finding.focus, names)}\n"
        f"  rule: {short(finding.rule, names)}\n"
        + (f"  path: {short(finding.path, names)}\n" if finding.path else "")
        + (f"  value: {short(finding.value, names)}\n" if finding.value else "")
        + f"  {finding.message}\n"
        for finding in findings
    )


def short(text: str, names: Names) -> str:
    """IRIs below the base as in the files, those of standard vocabularies with their prefixes."""
    text = text.replace(names.base + "shapes#", "shape:").replace(SHAPES_NAMESPACE, "shape:")
    for iri, prefix in STANDARD.items():
        text = text.replace(iri, f"{prefix}:")
    return "_:node" if text.startswith("_:") else text.replace(names.base, "")


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_rule_says_what_is_expected(path: Path) -> None:
    findings = findings_of(path)
    expected = path.with_suffix(".expected")
    if path.name.startswith("valid."):
        assert told(findings) == ""
        return
    if os.environ.get("INNOGRAPH_APPROVE"):
        expected.write_text(told(findings), encoding="utf-8")
    assert findings, "this file should break its rule"
    assert told(findings) == expected.read_text(encoding="utf-8")
    assert any(rule_folder(finding) == str(path.parent.relative_to(FOLDER)) for finding in findings)


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_batch_is_told_the_same(path: Path) -> None:
    store = Store()
    store.extend([*world(NAMES), *read(path, NAMES)])
    document = "".join(f"{quad.triple} .\n" for quad in store)
    assert graph_rules(store, document) == graph_rules(store)
    copied = cube_constraints(store)
    assert cube_constraints_in_place(store) == copied


def rule_folder(finding: Finding) -> str:
    return finding.rule.removeprefix(SHAPES_NAMESPACE).removesuffix(".rq")


def test_every_rule_has_data_that_breaks_it() -> None:
    files = [*rule_files("graph"), *(rule for rule in rule_files("cube") if "normalize" not in rule.name)]
    every = {shape.removeprefix(SHAPES_NAMESPACE) for shape in rules()}
    every |= {rule.name.removesuffix(".rq") for rule in files}
    broken = {str(path.parent.relative_to(FOLDER)) for path in CASES if path.name.startswith("invalid.")}
    assert every - broken == set()


def test_there_are_the_21_integrity_constraints() -> None:
    titles = [rule.message.split(".")[0] for rule in rule_files("cube") if "normalize" not in rule.name]
    assert titles == [f"IC-{number}" for number in range(1, 22)]


def test_the_world_is_valid() -> None:
    store = Store()
    store.extend(world(NAMES))
    assert judge(world(NAMES)) + graph_rules(store) + cube_constraints(store) == []


def test_every_message_says_how_to_mend_it() -> None:
    messages = [rule.message for rule in rules().values()]
    messages += [rule.message for folder in ("graph", "cube") for rule in rule_files(folder)]
    vague = [message for message in messages if ": " not in message or not message.endswith(".")]
    assert vague == []
    assert len(set(messages)) == len(messages)


def test_rules_do_not_depend_on_the_base() -> None:
    elsewhere = Names("https://data.example.org/kg/")
    for path in CASES:
        if path.relative_to(FOLDER).parts[0] in {"graph", "cube"}:
            assert told(findings_of(path, elsewhere), elsewhere) == told(findings_of(path))
        else:
            there = fast([*world(elsewhere), *read(path, elsewhere)])
            here = fast([*world(NAMES), *read(path, NAMES)])
            assert sorted(told([one], elsewhere) for one in there) == sorted(told([one]) for one in here)


@pytest.mark.parametrize(
    "path",
    [path for path in CASES if path.relative_to(FOLDER).parts[0] not in {"graph", "cube"}],
    ids=lambda path: str(path.relative_to(FOLDER)),
)
def test_the_fast_validator_says_what_the_judge_says(path: Path) -> None:
    assert fast([*world(NAMES), *read(path, NAMES)]) == findings_of(path)


def test_every_finding_can_be_reported_as_rdf() -> None:
    for path in CASES:
        findings = findings_of(path)
        results = [triple for triple in report_graph(findings) if triple.predicate == SH.result]
        assert len(results) == len(findings)


def test_a_report_is_rdf_without_blank_nodes() -> None:
    findings = findings_of(FOLDER / "observation-city" / "invalid.missing.ttl")
    triples = report_graph(findings)
    assert not any(
        isinstance(node, BlankNode) for triple in triples for node in (triple.subject, triple.object)
    )
    focus = [triple.object for triple in triples if triple.predicate == SH.focusNode]
    assert focus == [NAMES.observation("story", "aburg", "firms", "2020")]
    conforms = [triple.object for triple in triples if triple.predicate == SH.conforms]
    assert isinstance(conforms[0], Literal)
    assert (conforms[0].value == "false") == violates(findings)
