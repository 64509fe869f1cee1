"""How much a run measures."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """Sizes in observations; rounds of each measurement; seconds of load; where data is kept meanwhile."""

    sizes: tuple[int, ...]
    rounds: int
    seconds: int
    work: Path
    peers: bool = True  # whether the slow peers take part (rdflib-endpoint, Virtuoso, Jena)

    def has(self, module: str) -> bool:
        """Whether a Python package is installed here and wanted."""
        return self.peers and importlib.util.find_spec(module) is not None

    def has_program(self, name: str) -> bool:
        """Whether a program is on this machine."""
        return shutil.which(name) is not None
