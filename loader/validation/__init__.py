"""x."""

from innograph.loader.validation.finding import Finding
from innograph.loader.validation.graph_rules import graph_rules
from innograph.loader.validation.judge import judge


def cube_constraints(store):
    return []
