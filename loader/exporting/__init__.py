"""The files of a release: what people download instead of asking.

A program of its own (`python -m innograph.loader.exporting STORE NUMBER`) writes them once for each
release, in `releases/0007/files/`: the whole graph and each source as N-Quads, Turtle and JSON-LD, their
observations as CSV with CSVW metadata and as Parquet, Croissant metadata, checksums, and `manifest.json`,
which tells whoever serves them what there is. Nothing in a file depends on when it was written.
"""
