"""What comparisons say, in words: "agrees", "differs by 0.04 %", "not comparable: different currencies"."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from innograph.ontology.figures.precision import percent
from innograph.server.pages.links import expand
from innograph.server.pages.reading import Facts, first
from innograph.server.pages.values import Part, Values

OBSERVATION, VERDICT, REASON = (expand(f"inno:{name}") for name in ("observation", "verdict", "reason"))
DIFFERENCE, SOURCE = expand("inno:relativeDifference"), expand("prov:wasDerivedFrom")
# What must be read of a comparison to tell it.
COMPARISON_NEEDS = {OBSERVATION, VERDICT, REASON, DIFFERENCE}


def observations_of(facts: Mapping[str, Facts]) -> set[str]:
    """The observations that comparisons among things compare."""
    return {term.value for own in facts.values() for term in own.get(OBSERVATION, [])}


def outcome(own: Facts, values: Values) -> str:
    """The verdict of a comparison, with the size of the difference or the reason."""
    verdict, words = first(own, VERDICT).rpartition("/")[2], values.words
    if verdict == "differs" and (size := _percent(own)):
        return words("differs_by", percent=size)
    if verdict == "not-comparable" and REASON in own:
        return words("not_comparable", reason=values.name(first(own, REASON)))
    return values.name(first(own, VERDICT)).value


def stated(own: Facts, facts: Mapping[str, Facts], values: Values, thing: str) -> list[Part]:
    """What the sources of a comparison state, each linked to its observation; the page's thing left out."""
    found = []
    for iri in sorted(term.value for term in own.get(OBSERVATION, [])):
        about = facts.get(iri, {})
        if iri != thing and about:
            figure = values.observed(iri, about)
            source = values.name(first(about, SOURCE)).value
            found.append(Part(values.words("stated_by", figure=figure.text, source=source), figure.href))
    return found


def _percent(own: Facts) -> str:
    try:
        return percent(Decimal(first(own, DIFFERENCE)))
    except InvalidOperation:
        return ""
