"""What keeps bad data out: SHACL shapes, rules over named graphs, and the cube's integrity constraints.

`judging.judge` and `fast` mean the same: pyshacl decides what is right, the native engine does it at size
and for small writes, which is why pyshacl is not imported here.
Both take quads as authored, before storage canonicalizes their literals. `graph_rules` and
`cube_constraints` ask a store, because SHACL sees neither named graphs nor whole cubes.
"""

from innograph.loader.validation.batching import fast
from innograph.loader.validation.cube import cube_constraints, cube_constraints_in_place
from innograph.loader.validation.finding import Finding, violates
from innograph.loader.validation.report import report_graph
from innograph.loader.validation.rule_files import graph_rules

__all__ = [
    "Finding",
    "cube_constraints",
    "cube_constraints_in_place",
    "fast",
    "graph_rules",
    "report_graph",
    "violates",
]
