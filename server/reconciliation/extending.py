"""Values of properties for things that were matched (section "Data Extension Service")."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from pyoxigraph import Literal, NamedNode

from innograph.ontology.namespaces import XSD
from innograph.server.engine import Snapshot, Term
from innograph.server.pages.language import Words, best
from innograph.server.pages.reading import PROLOGUE, values_of
from innograph.server.reconciliation.describing import names_of
from innograph.server.reconciliation.properties import (
    CHUNK,
    VALUES_MOST,
    Kind,
    Property,
    figures,
    known,
    places,
    resolved,
)
from innograph.server.reconciliation.requests import Extension, Wanted, bad
from innograph.server.reconciliation.types import BY_ID, expanded

CELL = 100  # values of one property of one thing
PERIOD, LANGUAGE, SHOW = "period", "language", "show"
ALL, NUMBER, TEXT = "all", "number", "text"
_INTEGERS = {XSD.integer.value, XSD.int.value, XSD.long.value, XSD.nonNegativeInteger.value}
_NUMBERS = {XSD.decimal.value, XSD.double.value, XSD.float.value}
_FIGURES = PROLOGUE + (
    "SELECT DISTINCT ?thing ?period ?stated ?power ?unit ?source ?observation WHERE"
    " {{ VALUES ?thing {{ {things} }}"
    " ?observation sdmx-dimension:refArea ?thing . ?observation inno:indicator {indicator} ."
    " ?observation sdmx-dimension:refPeriod ?period ; inno:valueAsStated ?stated ;"
    " sdmx-attribute:unitMult ?power ; sdmx-attribute:unitMeasure ?unit ; prov:wasDerivedFrom ?source }}"
    " LIMIT {most}"
)

Cell = list[dict[str, Any]]


def settings(words: Words) -> list[dict[str, Any]]:
    """What can be set for each property that is fetched."""
    return [
        {
            "name": PERIOD,
            "label": words.setting_period,
            "type": "text",
            "default": "",
            "help_text": words.setting_period_help,
        },
        {
            "name": SHOW,
            "label": words.setting_show,
            "type": "select",
            "default": NUMBER,
            "help_text": words.setting_show_help,
            "choices": [
                {"value": NUMBER, "name": words.setting_show_number},
                {"value": TEXT, "name": words.setting_show_text},
            ],
        },
        {
            "name": LANGUAGE,
            "label": words.setting_language,
            "type": "text",
            "default": "",
            "help_text": words.setting_language_help,
        },
    ]


def extend(snapshot: Snapshot, asked: Extension, words: Words) -> dict[str, Any]:
    """The data extension response.

    Raises:
        ProtocolError: a property or a setting makes no sense.
    """
    base = snapshot.release.base
    iris = {identifier: expanded(identifier, base) for identifier in asked.ids}
    things = sorted({iri for iri in iris.values() if iri})
    meta: list[dict[str, Any]] = []
    rows: dict[str, dict[str, Cell]] = {identifier: {} for identifier in asked.ids}
    indicators = {found.id: found for found in figures(snapshot, words)} if asked.properties else {}
    for wanted in asked.properties:
        found = resolved(wanted.id, base)
        if found.kind is Kind.FIGURES:
            path = str(expanded(wanted.id, base)).removeprefix(base)
            found = indicators.get(path, found)
        meta.append({"id": wanted.id, "name": found.called(words), **_of(found, words)})
        cells = _cells(snapshot, found, things, wanted, words) if things else {}
        for identifier, iri in iris.items():
            rows[identifier][wanted.id] = cells.get(iri or "", [])[:CELL]
    return {"meta": meta, "rows": rows}


def _of(found: Property, words: Words) -> dict[str, Any]:
    kind = BY_ID.get(found.of)
    return {"type": {"id": kind.id, "name": words(kind.word)}} if kind else {}


def _cells(
    snapshot: Snapshot, found: Property, things: list[str], wanted: Wanted, words: Words
) -> dict[str, Cell]:
    if found.kind is Kind.FIGURES:
        return _figures(snapshot, found, things, wanted, words)
    if found.kind is Kind.COORDINATES:
        return {
            iri: [{"str": f"{lat:.10g}, {long:.10g}"} for lat, long in pairs]
            for iri, pairs in places(snapshot, things).items()
        }
    values = known(snapshot, found, things)
    iris = {term.value for terms in values.values() for term in terms if isinstance(term, NamedNode)}
    names = names_of(snapshot, iris, words) if found.kind is Kind.ANY else {}
    language = wanted.settings.get(LANGUAGE, "").strip().lower()
    return {
        iri: [
            cell
            for term in _spoken(terms, language or words.language)
            if (cell := _cell(found, term, names)) is not None
        ]
        for iri, terms in values.items()
    }


def _spoken(terms: list[Term], language: str) -> list[Term]:
    """Values in one language, where they are in several; `all` leaves every one."""
    ordered = sorted(terms, key=str)
    texts = [term for term in ordered if isinstance(term, Literal) and term.language]
    if language == ALL or not texts:
        return ordered
    chosen = best(texts, language)
    tongue = (chosen.language if chosen else "").lower()
    return [
        term
        for term in ordered
        if not isinstance(term, Literal) or not term.language or term.language.lower() == tongue
    ]


def _cell(found: Property, term: Term, names: dict[str, str]) -> dict[str, Any] | None:
    if found.kind is Kind.AUTHORITY:
        identifier = found.authority.identifier(term.value, bare=False)
        return {"str": identifier} if identifier else None
    if isinstance(term, NamedNode):
        # A thing of ours that can be matched, too; anything else is its address.
        return {"id": term.value, "name": names[term.value]} if term.value in names else {"str": term.value}
    kind = term.datatype.value
    if kind in _INTEGERS or kind in _NUMBERS:
        try:
            return _number(Decimal(term.value))
        except InvalidOperation:
            return {"str": term.value}
    if kind == XSD.dateTime.value:
        return {"date": term.value}
    if kind == XSD.date.value:
        return {"date": f"{term.value[:10]}T00:00:00Z"}
    return {"str": term.value}


def _number(value: Decimal) -> dict[str, Any]:
    if not value.is_finite() or abs(value.adjusted()) > 300:
        return {"str": str(value)}
    return {"int": int(value)} if value == value.to_integral_value() else {"float": float(value)}


def _figures(
    snapshot: Snapshot, found: Property, things: list[str], wanted: Wanted, words: Words
) -> dict[str, Cell]:
    """The figures of an indicator: of the latest period, of one, or of all, as numbers or with their units."""
    show = wanted.settings.get(SHOW, "") or NUMBER
    if show not in (NUMBER, TEXT):
        raise bad(f"the setting {SHOW!r} is {NUMBER} or {TEXT}")
    period = wanted.settings.get(PERIOD, "").strip()
    rows: dict[str, list[dict[str, Term]]] = {}
    for place in range(0, len(things), CHUNK):
        values = values_of(things[place : place + CHUNK])
        query = _FIGURES.format(things=values, indicator=found.path, most=VALUES_MOST)
        for row in snapshot.select(query):
            rows.setdefault(row["thing"].value, []).append(row)
    mentioned = {row[key].value for own in rows.values() for row in own for key in ("unit", "source")}
    names = names_of(snapshot, mentioned, words) if show == TEXT else {}
    cells: dict[str, Cell] = {}
    for iri, own in rows.items():
        own.sort(key=lambda row: (_period(row), row["observation"].value))
        latest = _period(own[-1])
        chosen = [row for row in own if period == ALL or _period(row) == (period or latest)]
        cells[iri] = [_shown(row, names, show) for row in chosen]
    return cells


def _period(row: dict[str, Term]) -> str:
    """A period as people write it: of an interval, the end of its IRI."""
    return row["period"].value.rstrip("/").rpartition("/")[2]


def _shown(row: dict[str, Term], names: dict[str, str], show: str) -> dict[str, Any]:
    try:
        amount = Decimal(row["stated"].value).scaleb(int(row["power"].value))
    except (InvalidOperation, ValueError):
        return {"str": row["stated"].value}
    if show == NUMBER:
        return _number(amount)
    unit, source = (names.get(row[key].value, row[key].value) for key in ("unit", "source"))
    return {"str": f"{format(amount, 'f')} {unit} ({_period(row)}; {source})"}
