"""What a mapping says: which columns hold what, and what the words in them mean. docs/merging.md has the format.

These are the parsed form of a mapping file (`mapping_file.py`); `mapping_rows.py` applies them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.records import NewIndicator
from innograph.ontology.figures.periods import FiscalYear, Period

# Cells that say that there is no figure, in the ways of statistical offices, casefolded.
_MARKS = (
    "- – — − -- --- － ― . .. ... … / : * ** *** x n/a na n.a. nan null none nil #n/a #n/v #null! #value! #div/0! <na> "
    "missing k.a. n.d. nd s.d. s/d 無 无 不详 不詳 暂无"
)
MISSING = frozenset(_MARKS.split()) | {"not available", "no data", "k. a.", "keine angabe"}


@dataclass(frozen=True, slots=True)
class Role:
    """Where a part of an observation comes from: a column, words (a constant), or a template over columns."""

    column: str = ""
    words: str = ""
    template: str = ""

    def __bool__(self) -> bool:
        return bool(self.column or self.words or self.template)

    def columns(self) -> tuple[str, ...]:
        """The columns that it needs."""
        return (self.column,) if self.column else tuple(re.findall(r"\{([^{}]+)\}", self.template))


@dataclass(frozen=True, slots=True)
class PlaceRole:
    """The place of an observation: its words, identifiers by scheme, and hints."""

    name: Role = Role()
    identifiers: tuple[tuple[str, Role], ...] = ()
    country: Role = Role()
    level: Role = Role()
    language: str = ""
    nuts_version: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word of the file means (`[indicators."…"]`, `[units."…"]`, `[places."…"]`).

    `identifiers` as in `Name`; `label` replaces the word; `multiplier` is the power of ten in a unit's
    word; `unit` the unit of an indicator where no column says it; `leave_out` drops rows with the word.
    """

    identifiers: tuple[tuple[str, str], ...] = ()
    label: str = ""
    new: NewIndicator | None = None
    unit: str = ""
    multiplier: int | None = None
    country: str = ""
    level: str = ""
    leave_out: bool = False


@dataclass(frozen=True, slots=True)
class Values:
    """A column of values, or several by a pattern whose named groups give roles ("(?P<period>\\d{4})").

    The other fields are what holds for this column; empty ones are as the mapping's own.
    """

    column: str = ""
    match: re.Pattern[str] | None = None
    indicator: Role = Role()
    unit: Role = Role()
    period: Role = Role()
    place: Role = Role()
    status: Role = Role()
    note: Role = Role()
    multiplier: int | None = None
    round: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Which cells of a column are meant: these words, or what a pattern matches whole."""

    column: str
    words: frozenset[str] = frozenset()
    match: re.Pattern[str] | None = None

    def __call__(self, cell: str | None) -> bool:
        """Whether a cell is meant; an empty one is ""."""
        text = cell or ""
        return text in self.words or (self.match is not None and self.match.fullmatch(text) is not None)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of one kind of table are understood.

    `period_as` is "year" or "month" where dates stand for the one that they lie in.
    """

    tables: tuple[str, ...] = ()
    place: PlaceRole = PlaceRole()
    indicator: Role = Role()
    period: Role = Role()
    unit: Role = Role()
    multiplier: Role = Role()
    status: Role = Role()
    note: Role = Role()
    values: tuple[Values, ...] = ()
    decimal: str = "."
    round: int | None = None
    fiscal: FiscalYear | None = None
    period_as: str = ""
    forecast_after: Period | None = None
    status_codes: Map[str, str] = field(default_factory=dict)
    status_in_value: bool = False
    missing: frozenset[str] = MISSING
    footnotes: tuple[tuple[re.Pattern[str], str], ...] = ()
    fill_down: tuple[str, ...] = ()
    only: tuple[Condition, ...] = ()
    leave_out: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of the source as a whole; "" where nobody says."""

    title: str = ""
    description: str = ""
    licence: str = ""
    publisher: str = ""
    language: str = ""
    url: str = ""
    issued: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping: the source, how its files are read, the layouts of its tables, and the meaning of words.

    `rates` is the section of that name as it is written; whoever converts money understands it. `text`
    is the file, for the record.
    """

    source: Source = Source()
    read: Options = field(default_factory=Options)
    layouts: tuple[Layout, ...] = ()
    indicators: Map[str, Meaning] = field(default_factory=dict)
    units: Map[str, Meaning] = field(default_factory=dict)
    places: Map[str, Meaning] = field(default_factory=dict)
    rates: Map[str, object] = field(default_factory=dict)
    text: str = ""

    def new_indicators(self) -> dict[str, NewIndicator]:
        """What the mapping says of the indicators that it declares to be new, by the file's word."""
        return {word: meaning.new for word, meaning in self.indicators.items() if meaning.new is not None}


@dataclass(slots=True)
class Counts:
    """What became of the rows: a row of a wide table has several values.

    `rows` were read; of their values `stated` are figures, `missing` empty or marked so, `left_out` by the
    mapping, `refused` not understood; `remarks` are rows with nothing but words in their first cell.
    """

    rows: int = 0
    stated: int = 0
    missing: int = 0
    left_out: int = 0
    refused: int = 0
    remarks: int = 0
