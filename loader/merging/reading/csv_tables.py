"""CSV and its relatives: encoding and delimiter found out, rows numbered as RFC 7111 counts them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from innograph.loader.merging.reading import eurostat, grids
from innograph.loader.merging.reading.metadata import Metadata
from innograph.loader.merging.reading.opening import Content
from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.reading.texts import encoding_of, lines
from innograph.loader.merging.records import Table

_DELIMITERS = "\t;|,"


@dataclass(frozen=True)
class Dialect:
    """How the text of a table is cut into cells (CSVW calls it a dialect, section 5.9)."""

    encoding: str
    delimiter: str
    quote: str = '"'
    double_quote: bool = True
    comment: str = ""


def read_csv(content: Content, options: Options, metadata: Metadata) -> Iterator[Table]:
    """The table of a CSV, if it has two rows of more than one cell.

    Raises:
        InputError: neither encoding nor delimiter can be found out, or a row cannot be read.
    """
    encoding = options.encoding or metadata.encoding or encoding_of(content)
    quote = metadata.quote or options.quote
    delimiter = options.delimiter or metadata.delimiter or delimiter_of(content, encoding, quote)
    dialect = Dialect(encoding, delimiter, quote, metadata.double_quote, metadata.comment)
    if metadata.header_rows is not None and not options.header:
        first = metadata.skip_rows + 1
        options = replace(options, header=tuple(range(first, first + metadata.header_rows)))
    described = {**metadata.described, "encoding": encoding, "delimiter": delimiter}
    rows = _rows(content, dialect)
    if metadata.header_rows == 0 and metadata.columns:
        name = tuple(metadata.columns)
        yield Table("", name, (row for row in rows if row[0] > metadata.skip_rows and any(row[1])), described)
        return
    found = grids.table(content, "", rows, options, described)
    if found is None:
        raise content.problem(
            f"has no two columns when read as {encoding} with {delimiter!r} between cells",
            'is it a table? state its delimiter, such as delimiter = ";" under [read] in the mapping',
        )
    found = eurostat.unfolded(found)
    yield metadata.renamed(found)


def delimiter_of(content: Content, encoding: str, quote: str) -> str:
    """The delimiter that cuts the first rows most evenly; where several do, the one that text has least often."""
    sample = list(islice(lines(content, encoding), grids.LOOK_AHEAD))
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(
                len(row) for row in csv.reader(sample, delimiter=delimiter, quotechar=quote) if len(row) > 1
            )
            total = sum(1 for line in sample if line.strip())
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        score = (round(min(1.0, count / total), 1), width if width > 2 else 0)
        if score[0] > best_score[0] or (score[0] == best_score[0] and best_score[1] == 0 < score[1]):
            best, best_score = delimiter, score
    return best


def _rows(content: Content, dialect: Dialect) -> Iterator[grids.Row]:
    number = 0
    reader = csv.reader(
        lines(content, dialect.encoding),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        doublequote=dialect.double_quote,
        escapechar=None if dialect.double_quote else "\\",
    )
    try:
        for cells in reader:
            number += 1
            if dialect.comment and cells and cells[0].startswith(dialect.comment):
                continue
            yield number, tuple([cell.strip() or None for cell in cells])
    except csv.Error as error:
        raise content.problem(
            f"cannot be cut into cells: {error}",
            f"look for a {dialect.quote} that is opened and not closed",
            number + 1,
        ) from error
