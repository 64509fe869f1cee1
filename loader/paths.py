"""Where the project's own authored files are."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

ONTOLOGY = Path(str(files("innograph.ontology")))
DATA = Path(str(files("innograph.data")))
