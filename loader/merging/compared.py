"""Where a merged source and another one state the same thing: what a report tells first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyoxigraph import Store

from innograph.ontology.namespaces import Names

TOLD = 1_000
_QUERY = """
PREFIX inno: <https://w3id.org/innograph/ontology#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sdmx-attribute: <http://purl.org/linked-data/sdmx/2009/attribute#>
SELECT ?label ?verdict ?difference ?reason ?own ?other ?stated ?times ?theirs ?theirTimes ?source WHERE {
  ?comparison inno:observation ?own , ?other ; inno:verdict ?verdict ; rdfs:label ?label .
  FILTER(STRSTARTS(STR(?own), "%(own)s") && !STRSTARTS(STR(?other), "%(own)s"))
  ?own inno:valueAsStated ?stated ; sdmx-attribute:unitMult ?times .
  ?other inno:valueAsStated ?theirs ; sdmx-attribute:unitMult ?theirTimes ; prov:wasDerivedFrom ?source .
  OPTIONAL { ?comparison inno:relativeDifference ?difference }
  OPTIONAL { ?comparison inno:reason ?reason }
}
ORDER BY (?verdict = <%(base)sverdict/agrees>) ?label ?own ?other
LIMIT %(limit)d
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two figures for one city, indicator and period: ours of the merged source, and another's.

    `verdict` and `reason` are slugs; `difference` is relative, in decimal digits, where there is one. A
    figure is its digits and the power of ten by which they count.
    """

    label: str
    verdict: str
    difference: str
    reason: str
    own: str
    other: str
    figure: tuple[str, int]
    theirs: tuple[str, int]
    source: str


def compared(store: Store, slug: str, names: Names) -> list[Compared]:
    """The comparisons of a source, conflicts first; at most a thousand."""
    own = names.iri(f"observation/{slug}/").value
    query = _QUERY % {"own": own, "base": names.base, "limit": TOLD}
    rows: Any = store.query(query, use_default_graph_as_union=True)
    return [
        Compared(
            row["label"].value,
            _slug(row["verdict"]),
            row["difference"].value if row["difference"] else "",
            _slug(row["reason"]) if row["reason"] else "",
            row["own"].value,
            row["other"].value,
            (row["stated"].value, int(row["times"].value)),
            (row["theirs"].value, int(row["theirTimes"].value)),
            row["source"].value,
        )
        for row in rows
    ]


def _slug(term: Any) -> str:
    return str(term.value).rpartition("/")[2]
