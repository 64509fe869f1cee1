"""Rows that were refused: however many there are, in order, as a graph tells them and as a table to mend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import IO

from innograph.loader.exporting.sorting import sorted_lines
from innograph.loader.merging.batches.spilling import ROWS
from innograph.loader.merging.records import Refused


class Rejects:
    """Collects refused rows in a file below `folder`; `count` is how many there are."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._path = folder / name
        self._file: IO[bytes] = self._path.open("wb")
        self.count = 0

    def add(self, row: Refused) -> None:
        """Remember a row; its cells are read again where they are wanted."""
        said = {name: value for name, value in asdict(row).items() if name != "cells"}
        table = json.dumps(row.table, ensure_ascii=False)
        line = f"{table}\t{row.row:0{ROWS}}\t{json.dumps(said, ensure_ascii=False)}\n"
        self._file.write(line.encode())
        self.count += 1

    def __iter__(self) -> Iterator[Refused]:
        """All, in order of tables and rows."""
        self._file.flush()
        with self._path.open("rb") as file:
            for line in sorted_lines(file, self._folder):
                yield Refused(**json.loads(line.split(b"\t", 2)[2]))

    def first(self, number: int) -> list[Refused]:
        """The first of them."""
        return list(islice(self, number))

    def close(self) -> None:
        """Nothing more is added."""
        self._file.close()
