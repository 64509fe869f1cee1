"""`python -m innograph.loader.differing STORE M N`: write what changed from release M to release N."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from innograph.loader.differing.files import keep
from innograph.loader.errors import LoaderError


def main(root: str, before: str, after: str) -> None:
    """Write the difference, giving way to whoever answers requests; exit 1 with a sentence on failure."""
    os.nice(10)
    try:
        keep(Path(root), int(before), int(after))
    except (LoaderError, OSError) as error:
        sys.exit(f"the difference from release {before} to {after} could not be written: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
