"""Spreadsheets (xlsx, xlsm, xlsb, xls, ods) by python-calamine: every sheet that has a table.

It reads what other readers trip over: a wrong sheet dimension, a reference to a drawing that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, load_workbook

from innograph.loader.merging.reading import grids
from innograph.loader.merging.reading.opening import Content, check_archive
from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.records import Table


def read_sheets(content: Content, options: Options) -> Iterator[Table]:
    """The table of each sheet; empty sheets and those of one column are left out.

    Raises:
        InputError: the file is broken, protected by a password, or has no table.
    """
    if content.head(4).startswith(b"PK"):
        check_archive(content)
    try:
        with content.telling():
            book: CalamineWorkbook = load_workbook(str(content.file()))
            found = [_table(content, book.get_sheet_by_name(name), options) for name in book.sheet_names]
    except PasswordError as error:
        raise content.problem("is protected by a password", "save it without one") from error
    except CalamineError as error:
        raise content.problem(
            f"is no spreadsheet that can be read: {error}", "open it and save it again as xlsx"
        ) from error
    tables = [table for table in found if table is not None]
    if not tables:
        raise content.problem("has no sheet with a table of two columns", "is it the right file?")
    yield from tables


def _table(content: Content, sheet: CalamineSheet, options: Options) -> Table | None:
    rows = _rows(sheet, options.decimal)
    found = grids.table(content, sheet.name, rows, options, {"sheet": sheet.name})
    return found and replace(found, rows=grids.fitted(found.rows, len(found.columns)))


def _rows(sheet: CalamineSheet, decimal: str) -> Iterator[grids.Row]:
    if sheet.start is None:
        return
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield number, tuple([text(cell, decimal) for cell in cells])


def text(value: Any, decimal: str = ".") -> str | None:
    """A typed cell as text: numbers by their shortest digits, days and times by ISO 8601."""
    if isinstance(value, str):
        return grids.cell(value)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value, decimal)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def number_text(value: float, decimal: str = ".") -> str | None:
    """The shortest digits that are this float; whole ones without a point, never with an exponent."""
    if value != value or value in (float("inf"), float("-inf")):
        return None
    if value == int(value) and abs(value) < 1e16:
        return str(int(value))
    digits = repr(value)
    if "e" in digits:
        digits = format_exponent(digits)
    return digits.replace(".", decimal) if decimal != "." else digits


def format_exponent(digits: str) -> str:
    """A number with an exponent as plain digits."""
    from decimal import Decimal

    return format(Decimal(digits), "f")
