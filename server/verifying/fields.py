"""A claim given in fields (place, indicator, period, value, unit) as the claim of a sentence would be."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from innograph.ontology.figures.numbers import parse_number
from innograph.ontology.figures.periods import parse_period
from innograph.ontology.figures.sentences import quantities, rates, times
from innograph.ontology.figures.sentences.described import rate_of
from innograph.ontology.figures.sentences.lexicon import INDICATOR, PLACE
from innograph.ontology.figures.sentences.marks import factors
from innograph.ontology.figures.sentences.quantities import MONEY, NAMED, PERCENT, TIMES, Amount
from innograph.ontology.figures.sentences.records import PLAIN, FigureClaim, GrowthClaim, Named, Relation
from innograph.ontology.figures.sentences.text import Span, fold
from innograph.ontology.namespaces import PREFIXES
from innograph.server.verifying.answers import Message, message, roles
from innograph.server.verifying.knowledge import Knowledge

COLUMNS = ("place", "indicator", "period", "value", "unit")
LONGEST_FIELD = 400
MOST_ROWS = 1_000
_WIKIDATA = "http://www.wikidata.org/entity/"
_LEAST = 0.75
_YEARLY = re.compile(r"\bper (?:year|annum)\b|\ba year\b|\bannual(?:ly)?\b|\bp\.a\.|\bcagr\b|年均|年率|每年")
_IDLE = re.compile(
    r"[+\s()]|growth|increase|more|annual(?:ly)?|per annum|p\.a\.|cagr|总计|合计|年均|年率|每年|a year"
)


class UnreadableError(ValueError):
    """Claims that cannot be read: says what is wrong, where, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Given:
    """A claim as it was given in fields, and the claim that was read from it or why none was."""

    fields: Mapping[str, str]
    claim: FigureClaim | GrowthClaim | None
    problem: Message | None = None
    missing: tuple[str, ...] = ()
    row: int = 0


def rows(text: str) -> Iterator[Mapping[str, str]]:
    """The rows of a CSV of claims, by column.

    Raises:
        UnreadableError: it has no such columns, or too many rows.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=False)
    try:
        head = [name.strip().lower() for name in next(reader, [])]
        lacking = [name for name in COLUMNS if name not in head]
        if lacking:
            raise UnreadableError(
                f"the CSV has no column {', '.join(lacking)}: its first line must be {','.join(COLUMNS)}"
            )
        count = 0
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            count += 1
            if count > MOST_ROWS:
                raise UnreadableError(f"more than {MOST_ROWS:,} claims: send them in parts")
            cells = dict(zip(head, row, strict=False))
            yield {name: cells.get(name, "").strip() for name in COLUMNS}
    except csv.Error as error:
        raise UnreadableError(f"line {reader.line_num} of the CSV cannot be read: {error}") from None


def read(fields: Mapping[str, str], known: Knowledge, row: int = 0) -> Given:
    """The claim of some fields. Names are found by identifier or by label, never by a guess."""
    cells = {name: (fields.get(name) or "").strip()[:LONGEST_FIELD] for name in COLUMNS}
    place, indicator = find(cells["place"], PLACE, known), find(cells["indicator"], INDICATOR, known)
    found = _amount(cells["value"], cells["unit"], known)
    if isinstance(found, Message):
        return Given(cells, None, found, ("value",) if found.key == "bad_value" else ("unit",), row)
    if found is None:
        return Given(cells, None, message("missing", what=roles(["value"])), ("value",), row)
    amount, per, relation = found
    words = cells["period"]
    if since_until := _span(words):
        growing = relation or (
            Relation.PERCENT if amount.kind == PERCENT and not _is_percent(indicator, known) else None
        )
        if growing:
            claim = GrowthClaim(
                0,
                0,
                place,
                PLAIN,
                indicator,
                growing,
                amount,
                *since_until,
                words,
                falls=amount.digits.startswith("-"),
            )
            if claim.falls:
                claim = replace(claim, amount=replace(amount, digits=amount.digits[1:]))
            return Given(cells, claim, row=row)
    elif relation:
        return Given(cells, GrowthClaim(0, 0, place, PLAIN, indicator, relation, amount), row=row)
    if per is None:
        per = _per_of(cells["indicator"], indicator, known)
    period = _period(words)
    return Given(cells, FigureClaim(0, 0, place, PLAIN, indicator, amount, period, words, per), row=row)


def find(text: str, kind: str, known: Knowledge) -> Named:
    """The thing that a text names: by IRI, by slug, by Wikidata or GeoNames number, or by label."""
    if not text:
        return Named(missing=kind)
    things = known.lexicon.things
    for iri in _identifiers(text, kind, known):
        if iri in things and things[iri].kind == kind:
            return Named(text, (iri,))
        equal = [
            other
            for other in sorted(known.same.get(iri, ()))
            if other in things and things[other].kind == kind
        ]
        if equal:
            return Named(text, tuple(equal[:1]))
    exact = [hit for hit in known.indexes[kind].find(text) if hit.score >= 0.95]
    best = [hit.thing for hit in exact if hit.score == exact[0].score]
    if len(best) == 1:
        return Named(text, (best[0],))
    if best:
        return Named(text, tuple(best))
    if kind == INDICATOR and (named := _in_words(text, known)) is not None:
        return named
    near = [hit.thing for hit in known.indexes[kind].near(text, 8, _LEAST)]
    if near:
        return Named(text, tuple(dict.fromkeys(near)), certain=False)
    return Named(text, (), unknown=True)


def _identifiers(text: str, kind: str, known: Knowledge) -> list[str]:
    if any(character in text for character in ' <>"{}|^`\\'):
        return []
    found = [
        text,
        f"{known.names.base}{kind if kind != PLACE else 'city'}/{text}",
        f"{known.names.base}{text}",
    ]
    bare = re.sub(r"^(?:wikidata:|wd:|https?://www\.wikidata\.org/(?:wiki|entity)/)", "", text)
    if re.fullmatch(r"Q\d+", bare):
        found.append(_WIKIDATA + bare)
    number = (
        re.sub(r"^(?:geonames:|https?://(?:www|sws)\.geonames\.org/)", "", text).rstrip("/").partition("/")[0]
    )
    if number.isdigit():
        found.append(f"https://sws.geonames.org/{number}/")
    return found


def _in_words(text: str, known: Knowledge) -> Named | None:
    """An indicator by the words of its label, as a sentence would name it."""
    folded = fold(text)
    whole = Span(0, len(folded))
    mentions = known.lexicon.named(INDICATOR, folded, whole, rates.scan(folded, 0, len(folded)))
    if not mentions:
        return None
    best = max(mentions, key=lambda mention: mention.weight)
    return Named(text, best.iris, certain=best.whole and len(mentions) == 1, missing=best.missing)


def _amount(
    value: str, unit: str, known: Knowledge
) -> tuple[Amount, tuple[str, int] | None, Relation | None] | Message | None:
    """The number of a claim with its unit, its denominator, and the growth that it states, if any."""
    if not value:
        return None
    folded = fold(value)
    found = _scanned(folded, known)
    if found is None:
        try:
            number = parse_number(value)
        except ValueError as error:
            return message("bad_value", words=str(error))
        if number.unit_words and not unit:
            return message("bad_unit", unit=number.unit_words)
        found = Amount(0, len(value), 0, number.digits, number.multiplier)
    if len(found.digits) > quantities.LONGEST or abs(found.multiplier) > quantities.LONGEST:
        return message("bad_value", words=value[:60])
    per, relation = _rate(folded), None
    if unit:
        read = _unit(found, unit, known)
        if isinstance(read, Message):
            return read
        found, per = read[0], read[1] or per
    if found.kind == TIMES:
        relation = Relation.RATIO
    elif found.kind == PERCENT and _YEARLY.search(folded):
        per, relation = None, Relation.ANNUAL
    elif found.kind == PERCENT and re.search(r"^\+|growth|increase|增|増", folded):
        relation = Relation.PERCENT
    return found, per, relation


def _scanned(folded: str, known: Knowledge) -> Amount | None:
    """The only number of a value, where the rules for sentences read all of it."""
    whole = Span(0, len(folded))
    taken = rates.scan(folded, 0, len(folded))
    amounts = sorted(
        [*factors(folded, whole), *quantities.scan(folded, whole, taken, known.lexicon.units)],
        key=lambda amount: amount.at,
    )
    amounts = quantities.ranges(amounts, folded, whole, ())
    if len(amounts) != 1:
        return None
    rest = list(folded)
    for span in (*taken, amounts[0]):
        rest[span.start : span.end] = " " * (span.end - span.start)
    left = _IDLE.sub("", "".join(rest))
    return None if left else amounts[0]


def _rate(folded: str) -> tuple[str, int] | None:
    found = rates.scan(folded, 0, len(folded))
    return (found[0].of, found[0].amount) if found else None


def _unit(amount: Amount, text: str, known: Knowledge) -> tuple[Amount, tuple[str, int] | None] | Message:
    """An amount in the unit of the unit column: an IRI, a prefixed name, a slug, or words with multipliers."""
    prefix, _, local = text.partition(":")
    iris = [
        text,
        f"{PREFIXES[prefix]}{local}" if prefix in PREFIXES and local else "",
        f"{known.names.base}unit/{text}",
    ]
    unit, power = next((found for iri in iris if iri and (found := known.units.by_iri(iri))), None), 0
    if unit is None:
        folded = fold(text)
        scanned = _scanned(f"1 {folded}" if folded[0].isascii() else f"1{folded}", known)
        if scanned is not None and scanned.digits == "1" and (scanned.kind or scanned.multiplier):
            kind, units = (scanned.kind, scanned.units) if scanned.kind else (amount.kind, amount.units)
            more = replace(amount, kind=kind, units=units, multiplier=amount.multiplier + scanned.multiplier)
            return more, _rate(folded)
        readings = known.units.read(text)
        if not readings:
            rate = _rate(folded)
            return (amount, rate) if rate else message("bad_unit", unit=text)
        if len(readings) > 1 and any(one.unit.currency for one in readings):
            codes = tuple(one.unit.currency for one in readings if one.unit.currency)
            return replace(
                amount, kind=MONEY, units=codes, multiplier=amount.multiplier + readings[0].power
            ), None
        if len(readings) > 1:
            return message("ambiguous_unit", unit=text, units=", ".join(one.unit.label() for one in readings))
        unit, power = readings[0].unit, readings[0].power
    more = replace(amount, multiplier=amount.multiplier + power)
    if unit.currency and not rate_of(unit):
        return replace(more, kind=MONEY, units=(unit.currency,)), None
    if unit.iri.endswith("/PERCENT"):
        return replace(more, kind=PERCENT), None
    return replace(more, kind=NAMED, units=(unit.iri,)), rate_of(unit)


def _span(text: str) -> tuple[str, str] | None:
    """Two years of a span: "2014-2023", "2014/2023", "from 2014 to 2023"."""
    folded = fold(text.replace("--", "-"))
    if match := re.fullmatch(r"((?:19|20)\d\d)/((?:19|20)\d\d)", folded):
        return match[1], match[2]
    whens = times.scan(folded, Span(0, len(folded)), japanese=False)
    if len(whens) == 1 and whens[0].span:
        return whens[0].first, whens[0].last
    return None


def _period(text: str) -> str:
    """A period in canonical words, or as given where only the judge can tell."""
    if not text:
        return ""
    folded = fold(text)
    whens = times.scan(folded, Span(0, len(folded)), japanese="年度" in text)
    if len(whens) == 1 and (whens[0].start, whens[0].end) == (0, len(folded.rstrip())) and not whens[0].last:
        return "" if not whens[0].first else whens[0].first
    try:
        return parse_period(text).text
    except ValueError:
        return text


def _per_of(text: str, indicator: Named, known: Knowledge) -> tuple[str, int] | None:
    """The denominator that the indicator's words state, where the thing found has one."""
    own = next(
        (known.lexicon.things[iri].unit_rate for iri in indicator.iris if iri in known.lexicon.things), None
    )
    stated = _rate(fold(text))
    return stated if own and stated and stated[0] == own[0] else own


def _is_percent(indicator: Named, known: Knowledge) -> bool:
    return any(known.lexicon.things[iri].percent for iri in indicator.iris if iri in known.lexicon.things)
