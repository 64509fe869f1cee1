"""What a person may say about how a file is to be read, where looking at it is not enough."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Options:
    """Empty values are found out from the file.

    `header` are the rows that hold the column names, as they are counted in the file (several are joined
    with " / "). `decimal` is the decimal sign of the file's text: cells that are numbers in themselves
    (Excel, Parquet, JSON) are written with it, so that one rule reads both. `limit` bounds the bytes that
    come out of an archive or over the network. `tables` are patterns (`fnmatch`) of the tables to read.
    """

    encoding: str = ""
    delimiter: str = ""
    quote: str = '"'
    header: tuple[int, ...] = ()
    skip_after_header: int = 0
    decimal: str = "."
    tables: tuple[str, ...] = ()
    limit: int = 8 * GIB
