"""What names of a file were taken for, as mappings of SSSOM in the source's graph.

(Simple Standard for Sharing Ontological Mappings: https://mapping-commons.github.io/sssom/)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from innograph.loader.merging.aligning.matches import ACCEPTED, CERTAIN, NEW, UNCERTAIN, Match
from innograph.loader.merging.describing import activity_of
from innograph.ontology.namespaces import OWL, PROV, RDF, RDFS, SKOS, SSSOM, XSD, Names

TOLD = 10_000  # matches that the graph tells
_JUSTIFICATIONS = {
    CERTAIN: "LexicalMatching",
    ACCEPTED: "ManualMappingCuration",
    UNCERTAIN: "LexicalMatching",
    NEW: "UnspecifiedMatching",
}


def matched(matches: Iterable[Match], slug: str, names: Names) -> Iterator[Triple]:
    """The mappings: each a name as it is stated, what stands for it, how it was found, and how sure that is."""
    activity = activity_of(slug, names)
    for match, _ in zip(matches, range(TOLD), strict=False):
        name = match.name
        said = repr((match.kind, name.label, name.identifiers, name.country, name.level))
        node = NamedNode(f"{activity.value}/match/{hashlib.sha256(said.encode()).hexdigest()[:16]}")
        stated = name.label or ", ".join(f"{scheme} {value}" for scheme, value in name.identifiers)
        yield Triple(node, RDF.type, SSSOM.Mapping)
        yield Triple(node, RDFS.label, Literal(f"{stated} → {match.label or match.iri}", language="en"))
        yield Triple(node, SSSOM.subject_label, Literal(stated))
        yield Triple(node, SSSOM.subject_category, Literal(match.kind))
        yield Triple(node, OWL.annotatedProperty, SKOS.exactMatch)
        yield Triple(node, OWL.annotatedTarget, NamedNode(match.iri))
        yield Triple(
            node,
            SSSOM.mapping_justification,
            NamedNode(f"https://w3id.org/semapv/vocab/{_JUSTIFICATIONS[match.certainty]}"),
        )
        yield Triple(node, SSSOM.confidence, Literal(f"{match.score:.2f}", datatype=XSD.decimal))
        yield Triple(node, SSSOM.comment, Literal(f"{match.certainty}: {match.how}"))
        yield Triple(node, PROV.wasGeneratedBy, activity)
