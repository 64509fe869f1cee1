"""Reading: a file in any format → tables of text, streaming where the format allows."""

from innograph.loader.merging.reading.options import Options
from innograph.loader.merging.reading.read import read

__all__ = ["Options", "read"]
