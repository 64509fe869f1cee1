"""Aligning: names of places, indicators and units as a file has them → IRIs.

`Aligner` does it for one source. `gazetteer` knows the places that everybody knows, `known` what the graph
has; `places`, `concepts` and `measures` match; `review` keeps what a person decided.
"""

from innograph.loader.merging.aligning.aligner import Aligner
from innograph.loader.merging.aligning.gazetteer import Gazetteer
from innograph.loader.merging.aligning.matches import Candidate, Conversion, Match

__all__ = ["Aligner", "Candidate", "Conversion", "Gazetteer", "Match"]
