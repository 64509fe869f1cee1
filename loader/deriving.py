"""Derived facts: what the graph computes from what its sources state.

Each `data/derivations/*.rq` is one SPARQL CONSTRUCT over the union of all graphs; its triples go to
the graph `derived` and never among the observations. SPARQL 1.1 has no n-th root, which compound
growth needs, so `inno:root(x, n)` is a function of ours.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, Store, Triple

from innograph.ontology.namespaces import INNO, XSD

_EXACT = Context(prec=34)
# The derivation that looks across sources; the others depend on one source alone.
COMPARISONS = "comparisons"


def derive(
    store: Store,
    queries: Path,
    base: str,
    *,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
) -> list[Triple]:
    """Run the derivations in a folder over a store, in the order of their names: all, or some by name.

    Raises:
        SyntaxError: a derivation is not SPARQL; the message names the file.
    """
    triples: dict[Triple, None] = {}
    for path in sorted(queries.glob("*.rq")):
        if path.stem in without or (only is not None and path.stem not in only):
            continue
        try:
            constructed = store.query(
                path.read_text("utf-8"),
                base_iri=base,
                use_default_graph_as_union=True,
                custom_functions={INNO.root: root},
            )
        except SyntaxError as error:
            raise SyntaxError(f"{path}: {error}") from None
        triples.update(dict.fromkeys(constructed))  # type: ignore[arg-type]
    return list(triples)


def root(value: Any, degree: Any) -> Literal | None:
    """`inno:root(x, n)`: the n-th root of a positive decimal, to 12 decimal places.

    An unbound result (an error, in SPARQL's sense) where there is none.
    """
    try:
        x, n = Decimal(value.value), Decimal(degree.value)
        if x <= 0 or n <= 0:
            return None
        result = _EXACT.power(x, _EXACT.divide(Decimal(1), n))
        return Literal(format(result.quantize(Decimal("1e-12"), context=_EXACT), "f"), datatype=XSD.decimal)
    except (InvalidOperation, AttributeError):
        return None
