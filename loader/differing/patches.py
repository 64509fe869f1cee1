"""A difference as a patch: RDF Patch, whose lines are N-Quads behind an `A` (add) or a `D` (delete).

Whoever holds the one release as N-Quads makes the other of it with tools that read lines; the header has
the checksums by which to see that it is the right one, before and afterwards
(https://afs.github.io/rdf-delta/rdf-patch.html).
"""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal

from innograph.loader.differing.telling import Line
from innograph.loader.releases import Description


def head(before: Description, after: Description) -> Iterator[bytes]:
    """The header: which release the patch makes of which, with their checksums where these are known."""
    told = [
        ("id", after.identity),
        ("prev", before.identity),
        ("release", str(after.number)),
        ("prev-release", str(before.number)),
        ("sha256", after.checksum),
        ("prev-sha256", before.checksum),
    ]
    for word, value in told:
        if value:
            yield f"H {word} {Literal(value)} .\n".encode()
    yield b"TX .\n"


def line(changed: Line) -> bytes:
    """One line of the patch."""
    return (b"A " if changed.added else b"D ") + changed.text


TAIL = b"TC .\n"
