"""`python -m innograph.loader.exporting STORE NUMBER`: write the files of one release."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from innograph.loader.errors import LoaderError
from innograph.loader.exporting.files import export


def main(root: str, number: str) -> None:
    """Write the files, giving way to whoever answers requests; exit 1 with a sentence on failure."""
    os.nice(10)
    try:
        export(Path(root), int(number))
    except (LoaderError, OSError) as error:
        sys.exit(f"the files of release {number} could not be written: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
