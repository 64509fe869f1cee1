"""Observations as tidy rows: the `.csv` and `.json` documents of a city, an indicator, a source, a dataset."""

from __future__ import annotations

import csv
import io
import itertools
import json
from decimal import Decimal

from pyoxigraph import NamedNode

from innograph.ontology.namespaces import PREFIXES
from innograph.server.engine import Snapshot, Term
from innograph.server.pages.links import expand
from innograph.server.pages.reading import facts_of

COLUMNS = (
    "city",
    "city_label",
    "indicator",
    "indicator_label",
    "period",
    "value",
    "multiplier",
    "amount",
    "unit",
    "unit_label",
    "status",
    "source",
    "observation",
    "quote",
    "start",
    "end",
)
MAX_ROWS = 100_000
LOOKED_AT = 200_000  # things that are asked whether they are observations
BATCH = 500
PROPERTIES = {
    "city": "sdmx-dimension:refArea",
    "indicator": "inno:indicator",
    "period": "sdmx-dimension:refPeriod",
    "amount": "sdmx-measure:obsValue",
    "value": "inno:valueAsStated",
    "multiplier": "sdmx-attribute:unitMult",
    "unit": "sdmx-attribute:unitMeasure",
    "status": "sdmx-attribute:obsStatus",
    "source": "prov:wasDerivedFrom",
}

_PROLOGUE = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
_HAS_ROWS = (
    _PROLOGUE
    + """ASK { { ?observation sdmx-dimension:refArea ?thing . ?observation a inno:CityObservation }
  UNION { ?observation inno:indicator ?thing . ?observation a inno:CityObservation }
  UNION { ?observation prov:wasDerivedFrom ?thing . ?observation a inno:CityObservation }
  UNION { ?observation qb:dataSet ?thing . ?observation a inno:CityObservation }
  UNION { ?thing a inno:CityObservation } }"""
)
_OBSERVATIONS = (
    _PROLOGUE
    + f"""SELECT DISTINCT ?observation WHERE {{
  {{ ?observation sdmx-dimension:refArea ?thing }} UNION {{ ?observation inno:indicator ?thing }}
  UNION {{ ?observation prov:wasDerivedFrom ?thing }} UNION {{ ?observation qb:dataSet ?thing }}
  UNION {{ BIND(?thing AS ?observation) }}
}} LIMIT {LOOKED_AT}"""
)
_PERIODS = "SELECT ?period WHERE { VALUES ?period { %s } } ORDER BY ?period"
_QUOTES = (
    _PROLOGUE
    + """SELECT ?observation ?quote ?start ?end WHERE {
  VALUES ?observation { %s }
  ?observation inno:evidence ?evidence . ?evidence oa:hasSelector ?q, ?p . ?q oa:exact ?quote .
  ?p oa:start ?start ; oa:end ?end } ORDER BY ?observation ?start"""
)
_LABELS = (
    _PROLOGUE
    + """SELECT ?thing ?label WHERE { VALUES ?thing { %s } ?thing rdfs:label|skos:prefLabel ?label
  FILTER(LANGMATCHES(LANG(?label), "en")) }"""
)


def has_rows(snapshot: Snapshot, thing: NamedNode) -> bool:
    """Whether a thing has observations: it is one, or a city, an indicator, a source or a dataset of some."""
    return snapshot.ask(_HAS_ROWS, thing=thing)


def rows(snapshot: Snapshot, thing: NamedNode) -> list[dict[str, str | int | float | None]]:
    """The observations of a thing as tidy rows of `COLUMNS`, ordered by city, indicator and period.

    `value` keeps the digits as stated; `amount` is the value with its multiplier applied. Of several
    phrases of evidence the row has the one that holds the figure.
    """
    found = _found(snapshot, thing)
    quotes = _quotes(snapshot, [row["observation"].value for row in found])
    labels = _labels(snapshot, {row[key].value for row in found for key in ("city", "indicator", "unit")})
    table: list[dict[str, str | int | float | None]] = []
    for row in found:
        value, multiplier = row["value"].value, int(row["multiplier"].value)
        quote = _figure(quotes.get(row["observation"].value, []), value)
        table.append(
            {
                "city": row["city"].value,
                "city_label": labels.get(row["city"].value),
                "indicator": row["indicator"].value,
                "indicator_label": labels.get(row["indicator"].value),
                "period": row["period"].value,
                "value": value,
                "multiplier": multiplier,
                "amount": _number(Decimal(row["amount"].value).scaleb(multiplier)),
                "unit": row["unit"].value,
                "unit_label": labels.get(row["unit"].value),
                "status": row["status"].value.rpartition("-")[2],
                "source": row["source"].value,
                "observation": row["observation"].value,
                "quote": quote[0] if quote else None,
                "start": quote[1] if quote else None,
                "end": quote[2] if quote else None,
            }
        )
    return table


def _found(snapshot: Snapshot, thing: NamedNode) -> list[dict[str, Term]]:
    """The rows in their order: the observations are found first, then read one after the other.

    As one query the engine would join all observations that there are, and look up each term again whenever it
    compares two rows.
    """
    listed = [row["observation"] for row in snapshot.select(_OBSERVATIONS, thing=thing)]
    things = [term.value for term in listed if isinstance(term, NamedNode)]
    kind, class_ = expand("rdf:type"), expand("inno:CityObservation")
    names = {name: expand(prefixed) for name, prefixed in PROPERTIES.items()}
    found: list[dict[str, Term]] = []
    for batch in range(0, len(things), BATCH):
        facts = facts_of(snapshot, things[batch : batch + BATCH], [kind, *names.values()])
        for iri, own in facts.items():
            if any(term.value == class_ for term in own.get(kind, ())):
                this: Term = NamedNode(iri)
                every = itertools.product(*(own.get(predicate, ()) for predicate in names.values()))
                found.extend({"observation": this, **dict(zip(names, terms, strict=True))} for terms in every)
    periods = " ".join({str(row["period"]) for row in found})
    order = {row["period"]: place for place, row in enumerate(snapshot.select(_PERIODS % periods))}
    found.sort(
        key=lambda row: (
            row["city"].value,
            row["indicator"].value,
            order[row["period"]],
            row["source"].value,
            row["observation"].value,
        )
    )
    return found[:MAX_ROWS]


def as_csv(table: list[dict[str, str | int | float | None]]) -> bytes:
    """Rows as CSV (RFC 4180) with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode()


def as_json(table: list[dict[str, str | int | float | None]]) -> bytes:
    """Rows as a JSON array of objects, which `pandas.read_json` reads as it is."""
    return json.dumps(table, ensure_ascii=False, indent=1).encode() + b"\n"


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _figure(quotes: list[tuple[str, int, int]], digits: str) -> tuple[str, int, int] | None:
    """The phrase that holds the figure, or else the first."""
    plain = digits.partition(".")[0]
    holding = [q for q in quotes if digits in q[0].replace(",", "") or plain in q[0].replace(",", "")]
    exact = [q for q in holding if digits in q[0].replace(",", "")]
    best = exact or holding or quotes
    return best[-1] if best else None


def _quotes(snapshot: Snapshot, observations: list[str]) -> dict[str, list[tuple[str, int, int]]]:
    found: dict[str, list[tuple[str, int, int]]] = {}
    for batch in range(0, len(observations), BATCH):
        values = " ".join(f"<{iri}>" for iri in observations[batch : batch + BATCH])
        for row in snapshot.select(_QUOTES % values):
            quote = (row["quote"].value, int(row["start"].value), int(row["end"].value))
            found.setdefault(row["observation"].value, []).append(quote)
    return found


def _labels(snapshot: Snapshot, things: set[str]) -> dict[str, str]:
    if not things:
        return {}
    values = " ".join(f"<{iri}>" for iri in sorted(things))
    return {row["thing"].value: row["label"].value for row in snapshot.select(_LABELS % values)}
