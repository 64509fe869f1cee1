"""Which column of a table plays which role, as far as headers and cells tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from innograph.loader.merging.guessing.columns import Column, is_place, is_unit
from innograph.loader.merging.guessing.stated_units import is_a_part
from innograph.loader.merging.guessing.words import is_aggregate, is_other_number, names_countries

# Column names that hold a period, and perhaps an indicator: the first pattern that fits all columns is taken.
_PERIOD_HEADERS = (
    r"(?P<period>(?:19|20)\d\d)年?",
    r"(?P<period>(?:19|20)\d\d)年?(?: \[YR\d{4}\])",
    r"(?P<period>(?:19|20)\d\d[-/]\d\d(?:\d\d)?)",
    r"(?P<period>(?:19|20)\d\d-?[QHSM]\d{1,2}|[QH]\d[ /-]?(?:19|20)\d\d)",
    r"(?P<period>FY ?\d{2,4}(?:[/-]\d{2,4})?)",
    r"(?P<period>(?:平成|令和|昭和)(?:元|\d+)年度?|(?:19|20)\d\d年度)",
    r"(?P<indicator>.+?)[\s_:/,(（-]+(?P<period>(?:19|20)\d\d)年?[)）]?",
    r"(?P<period>(?:19|20)\d\d)年?[\s_:/,-]+(?P<indicator>.+)",
    r"(?P<period>(?:19|20)\d\d)年(?P<indicator>.+)",
)
_SDMX_NAMES = frozenset({"STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "DATAFLOW", "LAST UPDATE"})
_MONTHS = {str(number) for number in range(1, 13)}
_SDMX = {
    "unit": ("UNIT_MEASURE", "UNIT"),
    "multiplier": ("UNIT_MULT", "UNIT_MULTIPLIER"),
    "status": ("OBS_STATUS", "OBS_FLAG"),
    "value": ("OBS_VALUE",),
}


@dataclass
class Guess:
    """The columns of the roles; what stays open is in `questions`."""

    columns: list[Column]
    described: Mapping[str, str]
    place: Column | None = None
    period: Column | None = None
    period_part: Column | None = None
    indicator: Column | None = None
    unit: Column | None = None
    multiplier: Column | None = None
    status: Column | None = None
    note: Column | None = None
    country: Column | None = None
    identifiers: dict[str, Column] = field(default_factory=dict)
    values: list[Column] = field(default_factory=list)
    match: str = ""
    long: bool = False
    dimensions: list[Column] = field(default_factory=list)
    header_places: bool = False
    area: Column | None = None
    stated_period: str = ""
    likely_period: str = ""

    def named(self, name: str) -> Column | None:
        """The column of a name."""
        return next((column for column in self.columns if column.name == name), None)

    def label_of(self, column: Column) -> Column | None:
        """The column that holds the labels of another one's codes: in SDMX-CSV also the one behind it."""
        if (named := self.named(f"{column.name} label")) is not None:
            return named
        if self.described.get("kind") != "SDMX-CSV" or column.index + 1 >= len(self.columns):
            return None
        behind = self.columns[column.index + 1]
        labels = behind.cells and not behind.numeric() and behind.name not in _SDMX_NAMES
        pair = column.name.isupper() and not behind.name.isupper()  # REF_AREA, then "Reference area"
        return behind if labels and pair and _tells(column, behind) else None


def guess_layout(columns: list[Column], described: Mapping[str, str]) -> Guess:
    """The roles of a table's columns."""
    guess = Guess(columns, described)
    _stated(guess)
    free = [column for column in columns if column.cells]
    _identifiers(guess, free)
    if guess.period is None:
        guess.period = _period(free)
        guess.period_part = _part_of_year(free) if guess.period and guess.period.years >= 0.95 else None
    if guess.place is None:
        guess.place = _place(guess, free)
    if guess.country is None:
        guess.country = _country(guess, free)
    country, place = guess.country, guess.place
    if country is not None and country.cells and _are_the_places(country, place, guess):
        guess.country = None  # the places are countries
        if country.is_code():
            guess.identifiers["iso3166-1"] = country
        else:
            guess.place = guess.place or country
    taken = _taken(guess)
    if guess.unit is None:
        guess.unit = _best(
            [c for c in free if c.name not in taken],
            "unit",
            lambda c: c.units if len(c.distinct) <= 60 and not c.roles else 0,
        )
    for role in ("multiplier", "status", "note"):
        if getattr(guess, role) is None:
            named = [
                c
                for c in columns
                if c.roles.get(role, 0) >= 0.6
                and c.name not in _taken(guess)
                and not (role == "note" and c.numeric())
            ]
            setattr(guess, role, named[0] if named else None)
    if guess.multiplier is None:
        guess.multiplier = next((c for c in free if c.powers == 1 and c.name not in _taken(guess)), None)
    if guess.status is None:
        guess.status = next(
            (c for c in free if c.statuses == 1 and len(c.distinct) > 1 and c.name not in _taken(guess)), None
        )
    _values(guess, free)
    if guess.indicator is None:
        guess.indicator = _indicator(guess, free)
    guess.dimensions = _dimensions(guess, free)
    around = [c for c in guess.dimensions if _place_score(c) >= 0.6]
    if guess.place is not None and around:  # the state of a town, without which several are called alike
        guess.area = around[0]
        guess.dimensions.remove(around[0])
    return guess


def _are_the_places(country: Column, place: Column | None, guess: Guess) -> bool:
    """Whether a column of countries says what the places are, not where they are."""
    if place is None:
        return not guess.identifiers
    return _tells(place, country) and _tells(country, place) and place.countries >= 0.5


def _place(guess: Guess, free: list[Column]) -> Column | None:
    """The column of places: of several, the one that says most; the others are around them."""
    for column in guess.identifiers.values():  # as query services name the labels of items
        if (label := guess.named(f"{column.name}Label")) is not None and label in free:
            return label
    best = _best(free, "place", _place_score)
    for other in free if best is not None else ():
        if other is best or other.numeric() or other.scheme or other.periods > 0.5 or other is guess.period:
            continue
        if other.roles.get("place", 0) < 0.5 and other.places < 0.6:
            continue
        assert best is not None
        finer = _tells(other, best) and not _tells(best, other) and _place_score(other) >= 0.3
        more = other.roles.get("place", 0) >= 0.5 and len(other.distinct) > 2 * len(best.distinct)
        if finer or more or (best.countries >= 0.8 > 0.5 > other.countries and len(other.distinct) > 1):
            best = other
    return best


def _country(guess: Guess, free: list[Column]) -> Column | None:
    """The column that says in which country the place of a row is: by its header and by its cells."""
    others = [c for c in free if c is not guess.place and not c.numeric()]
    fitting = [c for c in others if c.countries >= 0.8 and (names_countries(c.name) or c.countries == 1)]
    return max(fitting, key=lambda c: (names_countries(c.name), c.countries, -c.index), default=None)


def _part_of_year(free: list[Column]) -> Column | None:
    """A column of quarters or months beside one of years."""
    for column in free:
        cells = set(column.distinct)
        if (
            column.roles.get("period", 0) >= 0.4
            and len(cells) > 1
            and cells <= {str(number) for number in range(1, 13)}
        ):
            return column
    return None


def _taken(guess: Guess) -> set[str]:
    roles = (
        guess.place,
        guess.period,
        guess.period_part,
        guess.indicator,
        guess.unit,
        guess.multiplier,
        guess.status,
        guess.note,
        guess.country,
    )
    return {c.name for c in (*roles, *guess.values, *guess.identifiers.values()) if c is not None}


def _stated(guess: Guess) -> None:
    """Roles that the format itself gives: SDMX, JSON-stat."""
    roles = {
        name.partition(":")[2]: role for name, role in guess.described.items() if name.startswith("role:")
    }
    for column in guess.columns:
        role = roles.get(column.name)
        if role == "geo":
            guess.place = guess.place or column
        elif role == "time":
            guess.period = guess.period or column
        elif role == "metric":
            guess.indicator = guess.indicator or column
    kind = guess.described.get("kind", "")
    if kind.startswith("SDMX"):
        for role, names in _SDMX.items():
            found = next(
                (c for name in names for c in guess.columns if c.name.upper() == name and c.cells), None
            )
            if role == "value":
                guess.values = [found] if found else []
                guess.long = True
            else:
                setattr(guess, role, found)
    elif kind == "JSON-stat":
        guess.values, guess.long = [c for c in guess.columns if c.name == "value"], True
        for role in ("status", "unit", "multiplier"):
            found = guess.named(role)
            setattr(guess, role, found if found and found.cells else None)


def _identifiers(guess: Guess, free: list[Column]) -> None:
    for column in free:
        if column.scheme == "iso3166-1" or (column.scheme and column is not guess.place):
            if column.scheme == "iso3166-1":
                guess.country = guess.country or column
            else:
                guess.identifiers.setdefault(column.scheme, column)


def _period(free: list[Column]) -> Column | None:
    named = [c for c in free if c.roles.get("period", 0) >= 0.4 and c.periods >= 0.8]
    if named:
        return max(named, key=lambda c: (c.roles["period"], -c.index))
    years = [c for c in free if c.years >= 0.95 and not c.decimals()]
    others = [c for c in free if c.periods >= 0.95 and not c.numeric()]
    return years[0] if years else others[0] if others else None


def _place_score(column: Column) -> float:
    if column.numeric() or column.periods > 0.5:
        return 0.0
    says_else = any(score >= 0.4 for role, score in column.roles.items() if role != "place")
    return column.places * (0.4 if says_else else 1.0) if column.places >= 0.3 else 0.0


def _best(free: list[Column], role: str, evidence: Callable[[Column], float]) -> Column | None:
    """The column for which header and cells speak most; either must speak clearly."""
    scored = []
    for column in free:
        cells = evidence(column)
        header = column.roles.get(role, 0.0)
        if role == "place" and (column.numeric() or column.scheme):
            continue
        if role == "unit" and column.numeric():
            continue
        total = header + cells - (0.3 if column.is_code() else 0.0)
        if header >= 0.4 or cells >= 0.6:
            scored.append((total, -column.index, column))
    return max(scored, key=lambda item: item[:2])[2] if scored else None


def _values(guess: Guess, free: list[Column]) -> None:
    if guess.values:
        return
    taken = _taken(guess) - {c.name for c in guess.values}
    numeric = [
        c
        for c in free
        if c.numeric()
        and c.name not in taken
        and not is_other_number(c.name)
        and not _counts_rows(c)
        and not _says_when(guess, c)
        and c.roles.get("multiplier", 0) < 0.6
    ]
    stated = guess.period is not None and guess.period.roles.get("period", 0) >= 0.4
    headers = [c for c in guess.columns if c.name not in taken and not stated]
    for pattern in _PERIOD_HEADERS:
        fitting = [c for c in headers if re.fullmatch(pattern, c.name)]
        periods = {match["period"] for c in fitting if (match := re.fullmatch(pattern, c.name))}
        if len(periods) >= 2 and sum(1 for c in fitting if c in numeric or not c.cells) >= 0.8 * len(fitting):
            found = [match.groupdict() for c in fitting if (match := re.fullmatch(pattern, c.name))]
            words = {groups.get("indicator", "") for groups in found}
            if all(is_unit(word) and not is_a_part(word) for word in words):
                pattern = pattern.replace("(?P<indicator>", "(?P<unit>")
            guess.values, guess.match = [c for c in fitting if c.cells], pattern
            guess.period = None
            return
    named = [c for c in numeric if c.roles.get("value", 0) >= 0.8]
    if named:
        guess.values, guess.long = named[:1], True
        return
    if guess.place is None and guess.period is not None and len(numeric) > 2:
        places = [c for c in numeric if is_place(c.name)]
        if len(places) >= 0.6 * len(numeric):
            guess.values, guess.header_places = numeric, True
            return
    guess.values = numeric


def _says_when(guess: Guess, column: Column) -> bool:
    """Whether numbers are the years that the column of periods has too, as a code of it."""
    return guess.period is not None and column.years >= 0.95 and _tells(guess.period, column)


def _counts_rows(column: Column) -> bool:
    """The numbers of rows that data frames write before the first column."""
    if not re.fullmatch(r"column \d+|Unnamed: \d+", column.name) or not column.cells[0].isdigit():
        return False
    start = int(column.cells[0])
    return start < 2 and all(cell == str(start + n) for n, cell in enumerate(column.cells[:100]))


def _indicator(guess: Guess, free: list[Column]) -> Column | None:
    taken = _taken(guess)
    words = [
        c
        for c in free
        if c.name not in taken and not c.numeric() and c.periods < 0.5 and not c.name.endswith(" label")
    ]
    named = [c for c in words if c.roles.get("indicator", 0) >= 0.4]
    return max(named, key=lambda c: (c.roles["indicator"] - 0.3 * c.is_code(), -c.index)) if named else None


def _dimensions(guess: Guess, free: list[Column]) -> list[Column]:
    """Columns of words without which several figures of the sample would have one place, period and indicator."""
    key = [c for c in (guess.place, guess.period, guess.period_part, guess.indicator) if c is not None]
    key += [
        column for column in guess.identifiers.values() if guess.place is None or column is not guess.place
    ]
    taken = _taken(guess)
    others = [
        c for c in free if c.name not in taken and not c.name.endswith(" label") and len(c.distinct) > 1
    ]
    labels = [guess.label_of(c) for c in key if c is not None]
    others = [c for c in others if not c.numeric() and not is_other_number(c.name) and c not in labels]
    others = [c for c in others if c.name not in _SDMX_NAMES]
    found: list[Column] = []
    while others and _keys(key + found) < _keys(key + found + others):
        best = max(others, key=lambda column: (_keys([*key, *found, column]), -column.index))
        others.remove(best)
        if _keys(key + found) < _keys([*key, *found, best]):
            found.append(best)
    return sorted(found, key=lambda column: column.index)


def _keys(columns: list[Column]) -> int:
    return len(set(zip(*(column.raw for column in columns), strict=True))) if columns else 1


def _tells(one: Column, other: Column) -> bool:
    """Whether each cell of one column stands with one cell of the other only."""
    return _keys([one, other]) == _keys([one])


def aggregates(column: Column) -> list[str]:
    """The cells of a place column that are a nation or a sum."""
    return [cell for cell in column.distinct if is_aggregate(cell)]
