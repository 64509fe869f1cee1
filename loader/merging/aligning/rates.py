"""Exchange rates that a mapping names: stated by somebody, kept as what they state, for a period each.

Money is never converted but by such a series, and no converted value is ever an observation. What a merge
keeps beside its figures are the rates of their currencies and periods, as `schema:ExchangeRateSpecification`
with the row that states each: queries multiply (docs/merging.md has one).

    [rates]
    file = "annual.csv"          # any table, beside the files to merge
    key = "Country"              # the column that names a currency, or the country whose it is
    period = "Date"
    value = "Exchange rate"      # units of the currency for one of the base
    base = "USD"
    inverted = ["Euro"]          # keys whose rate is units of the base for one of the currency: look at the
                                 # numbers, since descriptions are wrong about it
    period_as = "year"           # dates stand for the year that they begin
    title = "…"                  # what the series is called, and where it is from
    url = "https://…"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path

from babel.numbers import get_territory_currencies
from pyoxigraph import Literal, NamedNode, Triple

from innograph.loader.errors import InputError, Problem
from innograph.loader.merging.aligning.gazetteer import Gazetteer
from innograph.loader.merging.reading import Options, read
from innograph.ontology.figures import currencies
from innograph.ontology.figures.periods import Period, parse_period
from innograph.ontology.namespaces import DCTERMS, PROV, RDF, RDFS, SCHEMA, SDMX_DIMENSION, XSD, Names

_KEYS = {"file", "key", "period", "value", "base"}
_MORE = {"inverted", "period_as", "title", "url"}
_PRECISION = Context(prec=15)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many units of `currency` one unit of `base` was worth in a period, and the row that states it.

    `digits` are those of the file; `inverted` says that they are of `base` for one `currency`.
    """

    currency: str
    base: str
    period: Period
    digits: str
    inverted: bool
    row: int

    @property
    def value(self) -> Decimal:
        """Units of the currency for one of the base, to 15 significant digits where it was inverted."""
        stated = Decimal(self.digits)
        return _PRECISION.divide(Decimal(1), stated) if self.inverted else stated


@dataclass
class Rates:
    """One stated series. `rate` is None where the series has none: nothing is interpolated or carried on."""

    base: str
    file: str
    title: str
    url: str
    _rates: dict[tuple[str, str], Rate] = field(default_factory=dict)

    @classmethod
    def read(cls, said: Mapping[str, object], folders: Sequence[Path], gazetteer: Gazetteer) -> Rates:
        """The series of a mapping's `[rates]` section; its file is looked for in `folders`.

        Raises:
            InputError: the section or the file says what cannot be used; every place is named.
        """
        words = _words(said)
        path = next((f / words["file"] for f in folders if (f / words["file"]).is_file()), None)
        if path is None:
            looked = ", ".join(str(folder) for folder in folders)
            raise InputError(
                [
                    Problem(
                        Path(words["file"]),
                        f"there is no such file of rates in {looked}",
                        "check [rates] file",
                    )
                ]
            )
        rates = cls(words["base"], path.name, words.get("title", ""), words.get("url", ""))
        inverted = said.get("inverted", [])
        rates._read(path, words, set(inverted) if isinstance(inverted, list) else set(), gazetteer)
        return rates

    def rate(self, currency: str, period: str) -> Rate | None:
        """The rate of a currency in a period (canonical text, "2014")."""
        return self._rates.get((currency, period))

    def convert(self, value: Decimal, currency: str, into: str, period: str) -> Decimal | None:
        """A value in another currency, by the rates of its period; None where the series has not both."""
        if currency == into:
            return value
        found = []
        for code in (currency, into):
            rate = self.rate(code, period)
            if code != self.base and rate is None:
                return None
            found.append(rate.value if rate else Decimal(1))
        return _PRECISION.divide(value * found[1], found[0])

    def triples(self, pairs: set[tuple[str, str]], source: str, names: Names) -> Iterator[Triple]:
        """The rates of (currency, period) pairs, as the graph of a source keeps them."""
        used = [rate for pair in sorted(pairs) if (rate := self._rates.get(pair)) is not None]
        if not used:
            return
        series = names.iri(f"rate/{source}")
        yield Triple(series, RDF.type, PROV.Entity)
        yield Triple(series, RDFS.label, Literal(self.title or f"Exchange rates: {self.file}", language="en"))
        yield Triple(series, DCTERMS.identifier, Literal(self.file))
        if self.url:
            yield Triple(series, SCHEMA.url, NamedNode(self.url))
        for rate in used:
            this = names.iri(f"rate/{source}/{rate.currency}-{rate.base}/{rate.period.text}")
            price = names.iri(f"rate/{source}/{rate.currency}-{rate.base}/{rate.period.text}/price")
            one, of = (rate.currency, rate.base) if rate.inverted else (rate.base, rate.currency)
            label = f"{of} for one {one}, {rate.period.label()}: {rate.digits}"
            yield Triple(this, RDF.type, SCHEMA.ExchangeRateSpecification)
            yield Triple(this, RDFS.label, Literal(label, language="en"))
            yield Triple(this, SCHEMA.currency, Literal(one))
            yield Triple(this, SCHEMA.currentExchangeRate, price)
            yield Triple(this, SDMX_DIMENSION.refPeriod, rate.period.term(names))
            yield Triple(this, DCTERMS.isPartOf, series)
            yield Triple(this, PROV.wasDerivedFrom, NamedNode(f"{series.value}#row={rate.row}"))
            yield Triple(price, RDF.type, SCHEMA.UnitPriceSpecification)
            yield Triple(price, RDFS.label, Literal(label, language="en"))
            yield Triple(price, SCHEMA.price, Literal(rate.digits, datatype=XSD.decimal))
            yield Triple(price, SCHEMA.priceCurrency, Literal(of))
            yield from rate.period.triples(names)

    def _read(
        self, path: Path, words: Mapping[str, str], inverted: set[object], gazetteer: Gazetteer
    ) -> None:
        problems: list[Problem] = []
        unused = {str(key) for key in inverted}
        for table in read(path, Options()):
            missing = [words[role] for role in ("key", "period", "value") if words[role] not in table.columns]
            if missing:
                has = ", ".join(table.columns)
                raise InputError(
                    [Problem(path, f"there is no column {', '.join(missing)}", f"[rates] may name: {has}")]
                )
            places = [table.columns.index(words[role]) for role in ("key", "period", "value")]
            for number, cells in table.rows:
                key, when, digits = (cells[place] or "" for place in places)
                unused.discard(key)
                if not key or not digits:
                    continue
                try:
                    period = parse_period(when)
                    if words.get("period_as") == "year":
                        period = parse_period(str(period.start.year))
                    self._add(key, period, digits, key in inverted, number, gazetteer)
                except ValueError as error:
                    what, _, mend = str(error).partition(": ")
                    problems.append(Problem(path, what, mend or "mend the cell", number))
        if unused:
            what = f"[rates] inverted names {', '.join(sorted(unused))}, which is no key of the file"
            problems.append(Problem(path, what, "write the keys as the file has them"))
        if not problems and not self._rates:
            what = f"no key of {words['key']} is a currency, or a country with one currency in its period"
            problems.append(Problem(path, what, "name the column of codes or countries as [rates] key"))
        if problems:
            raise InputError(problems[:20])

    def _add(
        self, key: str, period: Period, digits: str, inverted: bool, row: int, gazetteer: Gazetteer
    ) -> None:
        code = _currency(key, period, gazetteer)
        if not code:
            return  # then there is no rate, rather than one of another currency
        try:
            positive = Decimal(digits) > 0
        except InvalidOperation:
            positive = False
        if not positive:
            raise ValueError(f"the rate {digits!r} of {key} is no number above 0: mend the cell, or empty it")
        rate = Rate(code, self.base, period, digits, inverted, row)
        before = self._rates.setdefault((code, period.text), rate)
        if before is not rate and before.value != rate.value:
            raise ValueError(
                f"{code} has two rates in {period.text} (rows {before.row} and {row}): "
                "name a series with one rate for each currency and period"
            )


def _words(said: Mapping[str, object]) -> dict[str, str]:
    where = Path("[rates]")
    unknown = sorted(set(said) - _KEYS - _MORE)
    if unknown:
        known = ", ".join(sorted(_KEYS | _MORE))
        raise InputError([Problem(where, f"the key {', '.join(unknown)} is unknown", f"use {known}")])
    missing = sorted(_KEYS - set(said))
    if missing:
        raise InputError(
            [Problem(where, f"the key {', '.join(missing)} is missing", "say what the file's columns are")]
        )
    words = {key: str(value) for key, value in said.items() if key != "inverted"}
    if not currencies.labels(words["base"]):
        what = f"base {words['base']!r} is no currency"
        raise InputError([Problem(where, what, 'give its ISO 4217 code ("USD")')])
    if not isinstance(said.get("inverted", []), list) or words.get("period_as", "year") != "year":
        what = 'inverted is a list of keys, and period_as is "year" or absent'
        raise InputError([Problem(where, what, "mend the section")])
    return words


def _currency(key: str, period: Period, gazetteer: Gazetteer) -> str:
    """The currency that a key names: by its code or name, or the one that its country had in the period.

    "" when it is none, or several (a country that changed its money within the period).
    """
    codes = currencies.find(key)
    if not codes and (country := gazetteer.country_code(key)):
        codes = list(dict.fromkeys(get_territory_currencies(country, period.start, period.end)))
    return codes[0] if len(codes) == 1 else ""
