"""Constraints in SPARQL, asked once of all their targets, find what the engine finds for each target."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from pyoxigraph import RdfFormat, Store, parse
from test_validators_agree import KINDS, NAMES, TURTLE_PREFIXES, facts, verdicts, world

from innograph.loader.validation import fast
from innograph.loader.validation.constraints import constraints, validate_batch
from innograph.loader.validation.shapes import shapes_turtle


def both(turtle: str) -> tuple[set[tuple[str, ...]], set[tuple[str, ...]]]:
    """The verdicts on facts as a store keeps them: of the engine, and with the constraints asked at once."""
    store = Store()
    store.extend([*world(), *parse(TURTLE_PREFIXES + turtle, RdfFormat.TURTLE, base_iri=NAMES.base)])
    document = "".join({f"{quad.triple} .\n": None for quad in store})
    return verdicts(fast(store)), verdicts(validate_batch(document, store))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(turtle=facts())
def test_they_find_the_same_in_random_facts(turtle: str) -> None:
    engine, at_once = both(turtle)
    assert at_once == engine


def test_they_find_the_same_for_each_value() -> None:
    turtle = ""
    for kind, values in KINDS.items():
        for prop, options in values.items():
            for number, option in enumerate(options):
                fact = {name: good[0] for name, good in values.items()} | {prop: option}
                lines = " ; ".join(f"{name} {value}" for name, value in fact.items())
                turtle += f"<{kind}/{prop.replace(':', '-')}/{number}> {lines} .\n"
    engine, at_once = both(turtle)
    assert at_once == engine
    told = {rule for _, rule, *_ in engine}
    assert len(told & {constraint.shape for constraint in constraints()}) > 5


def test_every_constraint_is_asked() -> None:
    assert len(constraints()) == shapes_turtle().count("sh:SPARQLConstraint ;")
