"""Facts in our terms about somebody else's indicators: these are taken into our code list.

Every deployment has a code list of its own for `inno:indicator`, and a value must be in each list that
is known (Data Cube, IC-19). So what another deployment says of our property's code list is left out, and
the indicators that its facts use belong to ours too.
"""

from __future__ import annotations

from pyoxigraph import NamedNode, Triple

from innograph.ontology.namespaces import INNO, QB, RDF, SKOS


def adopted(triples: set[Triple], scheme: NamedNode) -> tuple[set[Triple], int]:
    """The triples with their indicators in `scheme`, our code list; and how many indicators that concerns.

    Only indicators that the triples themselves describe: others are ours, or are missing.
    """
    concepts = {t.subject for t in triples if t.predicate == RDF.type and t.object == SKOS.Concept}
    used = {t.object for t in triples if t.predicate == INNO.indicator} & concepts
    theirs = {t for t in triples if t.subject == INNO.indicator and t.predicate == QB.codeList}
    belonging = {Triple(indicator, SKOS.inScheme, scheme) for indicator in used}  # type: ignore[arg-type]
    return (triples - theirs) | belonging, len(belonging - triples)
