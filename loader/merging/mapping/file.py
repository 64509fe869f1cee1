"""Reading a mapping file (TOML), with errors that name the key, the line and what is known instead."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from innograph.loader.errors import InputError, Problem
from innograph.loader.merging.mapping import (
    MISSING,
    Condition,
    Layout,
    Mapping,
    Meaning,
    PlaceRole,
    Role,
    Source,
    Values,
)
from innograph.loader.merging.mapping.checks import Checks
from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.records import NewIndicator
from innograph.ontology.figures.multipliers import split_multiplier
from innograph.ontology.figures.periods import FiscalYear, parse_period

SCHEMES = (
    "wikidata",
    "geonames",
    "iso3166-1",
    "iso3166-2",
    "unlocode",
    "nuts",
    "iso4217",
    "ucum",
    "qudt",
    "innograph",
)
_ROLE = ("column", "words", "template")
LAYOUT_KEYS = (
    *(
        "place",
        "indicator",
        "period",
        "value",
        "values",
        "unit",
        "multiplier",
        "status",
        "note",
        "forecast_after",
    ),
    *("missing", "footnotes", "fill_down", "only", "leave_out"),
)
_SECTIONS = ("source", "read", "indicators", "units", "places", "rates", "tables")
_STATUSES = ("A", "E", "F")


def read_mapping(path: Path) -> Mapping:
    """A mapping from its file.

    Raises:
        InputError: it cannot be read, is no TOML, or says something that is not understood.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            [Problem(path, f"the mapping cannot be read: {error}", "give a TOML file in UTF-8")]
        ) from error
    return parse_mapping(text, path)


def parse_mapping(text: str, path: Path = Path("mapping.toml")) -> Mapping:
    """A mapping from its text; `path` is what errors call it.

    Raises:
        InputError: it is no TOML, or says something that is not understood.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        raise InputError(
            [Problem(path, f"is no TOML: {error}", "mend it; quote words and patterns", line, column)]
        ) from None
    return _Reader(text, path).mapping(found)


class _Reader(Checks):
    """Reads the sections of one mapping."""

    def mapping(self, found: dict[str, Any]) -> Mapping:
        self.known("", found, (*_SECTIONS, *LAYOUT_KEYS))
        tables = found.get("tables", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.fail("tables", "is no list of tables", "write [[tables]], one for each kind of table")
        shared = {key: value for key, value in found.items() if key in LAYOUT_KEYS}
        value = found.get("value")
        decimal = self.text_of("value.decimal", value.get("decimal", ".")) if isinstance(value, dict) else "."
        layouts = []
        for index, table in enumerate(tables):
            self.known(f"tables[{index + 1}]", table, ("name", *LAYOUT_KEYS))
            layouts.append(
                self.layout({**shared, **table}, tuple(self.texts("name", table.get("name", "*"))))
            )
        words = {name: self.section(name, found) for name in ("indicators", "units", "places")}
        return Mapping(
            source=Source(**self.strings("source", found, Source.__dataclass_fields__)),
            read=self.options(self.section("read", found), decimal),
            layouts=tuple(layouts) or (self.layout(shared, ()),),
            indicators={
                word: self.meaning("indicators", word, said) for word, said in words["indicators"].items()
            },
            units={word: self.meaning("units", word, said) for word, said in words["units"].items()},
            places={word: self.meaning("places", word, said) for word, said in words["places"].items()},
            rates=self.section("rates", found),
            text=self.text,
        )

    def options(self, found: dict[str, Any], decimal: str) -> Options:
        self.known("read", found, ("encoding", "delimiter", "quote", "header", "skip_after_header", "tables"))
        header = found.get("header", [])
        rows = header if isinstance(header, list) else [header]
        return Options(
            encoding=self.text_of("read.encoding", found.get("encoding", "")),
            delimiter=self.text_of("read.delimiter", found.get("delimiter", "")),
            quote=self.text_of("read.quote", found.get("quote", '"')),
            header=tuple(self.integer("read.header", row) for row in rows),
            skip_after_header=self.integer("read.skip_after_header", found.get("skip_after_header", 0)),
            decimal=decimal,
            tables=tuple(self.texts("read.tables", found.get("tables", []))),
        )

    def role(self, key: str, value: Any, bare: str = "column", extra: tuple[str, ...] = ()) -> Role:
        """A role: a string is a column (in [[values]]: words), a table says which of the three it is."""
        if isinstance(value, dict):
            self.known(key, value, (*_ROLE, *extra))
            given = {name: self.text_of(f"{key}.{name}", value[name]) for name in _ROLE if name in value}
            if len(given) > 1:
                self.fail(key, f"has {' and '.join(given)}", "give one of column, words and template")
            return Role(**given)
        return Role(**{bare: self.text_of(key, value)})

    def place(self, value: Any) -> PlaceRole:
        if not isinstance(value, dict):
            return PlaceRole(self.role("place", value))
        extra = ("identifiers", "country", "level", "language", "nuts_version")
        identifiers = value.get("identifiers", {})
        if not isinstance(identifiers, dict):
            self.fail("place.identifiers", "is no table", 'write identifiers = {geonames = "column"}')
        self.known("place.identifiers", identifiers, SCHEMES)
        return PlaceRole(
            self.role("place", value, extra=extra),
            tuple(
                (scheme, self.role(f"place.identifiers.{scheme}", column))
                for scheme, column in identifiers.items()
            ),
            self.role("place.country", value.get("country", ""), bare="words"),
            self.role("place.level", value.get("level", ""), bare="words"),
            self.text_of("place.language", value.get("language", "")),
            self.text_of("place.nuts_version", value.get("nuts_version", "")),
        )

    def layout(self, found: dict[str, Any], tables: tuple[str, ...]) -> Layout:
        value = found.get("value", {})
        values = [self.values(index, given) for index, given in enumerate(self.tables_of("values", found), 1)]
        if isinstance(value, dict):
            self.known("value", value, ("column", "decimal", "round"))
        column = (
            self.text_of("value.column", value.get("column", ""))
            if isinstance(value, dict)
            else self.text_of("value", value)
        )
        if column:
            values.append(Values(column=column))
        if not values:
            self.fail(
                "value",
                "is not given",
                'name the column of the figures: value = "…", or [[values]] for several columns',
            )
        decimal = value.get("decimal", ".") if isinstance(value, dict) else "."
        if decimal not in (".", ","):
            self.fail("value.decimal", f"is {decimal!r}", 'write "." or ","')
        period = found.get("period", "")
        status = found.get("status", "")
        codes = status.get("codes", {}) if isinstance(status, dict) else {}
        for code in codes.values():
            if code not in _STATUSES:
                self.fail("status.codes", f"has {code!r}", "use A (normal), E (estimated) or F (forecast)")
        multiplier = found.get("multiplier", 0)
        period_as = period.get("as", "") if isinstance(period, dict) else ""
        if period_as not in ("", "year", "month"):
            self.fail("period.as", f"is {period_as!r}", 'write "year" or "month"')
        return Layout(
            tables,
            place=self.place(found.get("place", "")),
            indicator=self.role("indicator", found.get("indicator", "")),
            period=self.role("period", period, extra=("fiscal_start", "named_by", "as")),
            unit=self.role("unit", found.get("unit", "")),
            multiplier=self.role(
                "multiplier", multiplier, bare="words" if isinstance(multiplier, int) else "column"
            ),
            status=self.role("status", status, extra=("codes", "in_value")),
            note=self.role("note", found.get("note", "")),
            values=tuple(values),
            decimal=decimal,
            round=self.integer("value.round", value["round"])
            if isinstance(value, dict) and "round" in value
            else None,
            fiscal=self.fiscal(period) if isinstance(period, dict) and "fiscal_start" in period else None,
            period_as=period_as,
            forecast_after=self.checked("forecast_after", parse_period, found["forecast_after"])
            if "forecast_after" in found
            else None,
            status_codes={flag: str(code) for flag, code in codes.items()},
            status_in_value=isinstance(status, dict) and status.get("in_value") is True,
            missing=frozenset(mark.casefold() for mark in self.texts("missing", found["missing"]))
            if "missing" in found
            else MISSING,
            footnotes=self.footnotes(found.get("footnotes", [])),
            fill_down=tuple(self.texts("fill_down", found.get("fill_down", []))),
            only=self.conditions("only", found),
            leave_out=self.conditions("leave_out", found),
        )

    def values(self, index: int, found: dict[str, Any]) -> Values:
        where = f"values[{index}]"
        roles = ("indicator", "unit", "period", "place", "status", "note")
        self.known(where, found, ("column", "match", "multiplier", "round", *roles))
        if ("column" in found) == ("match" in found):
            self.fail(
                where,
                "needs a column or a match",
                "write column = \"…\", or match = '(?P<period>\\d{4})' for several",
            )
        return Values(
            column=self.text_of(f"{where}.column", found.get("column", "")),
            match=self.pattern(f"{where}.match", found["match"]) if "match" in found else None,
            multiplier=self.integer(f"{where}.multiplier", found["multiplier"])
            if "multiplier" in found
            else None,
            round=self.integer(f"{where}.round", found["round"]) if "round" in found else None,
            **{
                role: self.role(f"{where}.{role}", found[role], bare="words")
                for role in roles
                if role in found
            },
        )

    def fiscal(self, period: dict[str, Any]) -> FiscalYear:
        start = self.text_of("period.fiscal_start", period["fiscal_start"])
        named_by = self.text_of("period.named_by", period.get("named_by", ""))
        return self.checked("period.fiscal_start", lambda text: FiscalYear.parse(text, named_by), start)

    def footnotes(self, found: Any) -> tuple[tuple[re.Pattern[str], str], ...]:
        """Marks, each with what it means or nothing; "#" in a mark stands for a number."""
        marks = found if isinstance(found, dict) else dict.fromkeys(self.texts("footnotes", found), "")
        return tuple(
            (
                re.compile(r"\s*" + re.escape(mark).replace(r"\#", r"\d+")),
                self.text_of(f"footnotes.{mark}", meaning),
            )
            for mark, meaning in marks.items()
            if mark
        )

    def conditions(self, name: str, found: dict[str, Any]) -> tuple[Condition, ...]:
        conditions = []
        for column, said in self.section(name, found).items():
            if isinstance(said, dict):
                self.known(f"{name}.{column}", said, ("match",))
                conditions.append(
                    Condition(column, match=self.pattern(f"{name}.{column}.match", said.get("match", "")))
                )
            else:
                conditions.append(Condition(column, frozenset(self.texts(f"{name}.{column}", said))))
        return tuple(conditions)

    def meaning(self, section: str, word: str, said: Any) -> Meaning:
        where = f'{section}."{word}"'
        if not isinstance(said, dict):
            self.fail(where, "is no section", f'write [{where}] and below it is = "…" or new = {{…}}')
        keys = {
            "indicators": ("unit", "multiplier", "new"),
            "units": ("multiplier",),
            "places": ("country", "level"),
        }
        self.known(where, said, ("is", "label", "leave_out", *keys[section], *SCHEMES))
        identifiers = [
            (scheme, self.text_of(f"{where}.{scheme}", said[scheme])) for scheme in SCHEMES if scheme in said
        ]
        if "is" in said:
            identifiers.insert(0, _ours(self.text_of(f"{where}.is", said["is"])))
        if "is" in said and "new" in said:
            self.fail(where, "is ours and new at once", "keep one of is and new")
        multiplier = self.integer(f"{where}.multiplier", said["multiplier"]) if "multiplier" in said else None
        if section == "units" and identifiers and multiplier is None:
            multiplier = split_multiplier(word)[
                0
            ]  # "万元" is ten thousand, also where only its unit is stated
        return Meaning(
            tuple(identifiers),
            label=self.text_of(f"{where}.label", said.get("label", "")),
            new=self.new(f"{where}.new", said["new"]) if "new" in said else None,
            unit=self.text_of(f"{where}.unit", said.get("unit", "")),
            multiplier=multiplier,
            country=self.text_of(f"{where}.country", said.get("country", "")),
            level=self.text_of(f"{where}.level", said.get("level", "")),
            leave_out=said.get("leave_out") is True,
        )

    def new(self, where: str, said: Any) -> NewIndicator:
        if not isinstance(said, dict):
            self.fail(where, "is no table", 'write new = {label = "…", definition = "…"}')
        self.known(where, said, ("slug", "label", "definition", "kind", "close_match", "exact_match"))
        labels = self.languages(f"{where}.label", said.get("label", {}))
        if not labels:
            self.fail(where, "has no label", 'write label = "…" (English), or label = {en = "…", zh = "…"}')
        return NewIndicator(
            labels,
            self.languages(f"{where}.definition", said.get("definition", {})),
            self.text_of(f"{where}.kind", said.get("kind", "")),
            tuple(self.texts(f"{where}.close_match", said.get("close_match", []))),
            tuple(self.texts(f"{where}.exact_match", said.get("exact_match", []))),
            self.text_of(f"{where}.slug", said.get("slug", "")),
        )

    def languages(self, where: str, said: Any) -> tuple[tuple[str, str], ...]:
        given = said if isinstance(said, dict) else {"en": said}
        return tuple(
            (language, self.text_of(f"{where}.{language}", text)) for language, text in given.items() if text
        )


def _ours(text: str) -> tuple[str, str]:
    """The identifier that `is` gives: a unit of QUDT, or a slug or an IRI of ours."""
    if text.startswith(("unit:", "http://qudt.org/vocab/")):
        return "qudt", re.sub(r"^(?:unit:|http://qudt\.org/vocab/(?:unit|currency)/)", "", text)
    return "innograph", re.sub(r"^(?:indicator|city|unit|place)/", "", text)
