"""What passes from one step of a merge to the next. Everything streams: no step holds a whole file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """One table as it was read: text in columns, with the digits that the file has.

    `rows` gives each row once, in the file's order, with its number as RFC 7111 (section 2.1) counts
    it: the first line is row 1, a header included; where a format has no header line, the nth record is
    row n. An empty cell is None; a row of a CSV that is too short or too long is passed as it is. `name`
    tells tables of one file apart (a sheet, a member of an archive; "" where there is one). `described` is what the
    file or the metadata beside it says about the whole (title, licence, publisher, language, issued …).
    """

    name: str
    columns: tuple[str, ...]
    rows: Iterator[tuple[int, tuple[str | None, ...]]]
    described: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Name:
    """Something that a file names: by a label, by identifiers (scheme → value), or both.

    Schemes: wikidata, geonames, iso3166-1, iso3166-2, unlocode, nuts (with `nuts-version`), iso4217,
    ucum, qudt, innograph (a slug or an IRI of ours). `country` is a hint for places: an ISO 3166-1 code
    or a name. `level` says what kind of place is meant: "country", "region" (a first-level division: a
    province, a state, a municipality that is one), "city" (the administrative unit), "populated-place"
    (the settlement, as GeoNames has it), or "" where the file does not say.
    """

    label: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    country: str = ""
    language: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class NewIndicator:
    """An indicator that a mapping declares to be new: it is described, and never matched with another.

    `labels` and `definitions` are (language, text); `kind` is a slug of the scheme of indicator kinds
    (stock, flow, rate, ratio), "" where nobody says; `close` and `exact` are IRIs or slugs of concepts.
    `slug` names it; "" makes one of its label.
    """

    labels: tuple[tuple[str, str], ...]
    definitions: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    close: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """One observation in the file's own words, as the mapping understands its row.

    `digits` is a plain decimal ("-1234.50") with the file's own precision; `multiplier` the power of
    ten that the file or the mapping states for it; `status` a code of SDMX CL_OBS_STATUS.
    """

    table: str
    row: int
    place: Name
    indicator: Name
    period: str
    digits: str
    unit: Name
    multiplier: int = 0
    status: str = "A"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that says nothing we can take: why, and what would mend it."""

    table: str
    row: int
    reason: str
    mend: str
    cells: tuple[str | None, ...] = ()
    column: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Aligned:
    """One observation in our terms. The first four fields are its key: records sort by series.

    `place`, `indicator` and `unit` are IRIs; `period` is a year, a month, a day or the IRI of an
    interval; value = digits × 10^multiplier in `unit`.
    """

    place: str
    indicator: str
    unit: str
    period: str
    table: str
    row: int
    digits: str
    multiplier: int
    status: str
    note: str = ""
