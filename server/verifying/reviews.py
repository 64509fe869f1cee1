"""Answers as schema:ClaimReview, in JSON-LD that is also the source of the other RDF formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from pyoxigraph import RdfFormat, Triple, parse

from innograph.ontology.namespaces import PREFIXES, Names
from innograph.server.verifying.answers import Answer, Verdict

Object = dict[str, Any]
_CONTEXT: Object = {
    "@vocab": PREFIXES["schema"],
    "inno": PREFIXES["inno"],
    "prov": PREFIXES["prov"],
    "verdict": {"@id": "inno:verdict", "@type": "@id"},
    "reading": {"@id": "inno:reading", "@language": "en"},
    "wasDerivedFrom": {"@id": "prov:wasDerivedFrom", "@type": "@id"},
    "author": {"@type": "@id"},
    "about": {"@type": "@id"},
}
# How true, from worst 1 to best 5, as readers of ClaimReview expect; what is not decided has no rating.
_RATINGS = {Verdict.SUPPORTED: 5, Verdict.DISPUTED: 3, Verdict.REFUTED: 1}


def document(answers: Sequence[Answer], address: str, names: Names) -> Object:
    """The reviews as one JSON-LD object; their IRIs are below the `address` that was asked."""
    graph = [review(answer, address, names, place) for place, answer in enumerate(answers, 1)]
    return {
        "@context": {
            name: str(value) if not isinstance(value, dict) else value for name, value in _CONTEXT.items()
        },
        "@graph": graph,
    }


def review(answer: Answer, address: str, names: Names, place: int) -> Object:
    """One answer as a schema:ClaimReview, every node of it with an IRI."""
    claim = answer.claim
    told = json.dumps({"claim": claim, "place": place}, sort_keys=True, ensure_ascii=False)
    iri = f"{address}#review-{blake2b(told.encode(), digest_size=8).hexdigest()}"
    words = str(claim.get("words") or ", ".join(v for v in claim.get("given", {}).values() if v))
    about = [claim[key] for key in ("place", "indicator", "ranking") if claim.get(key)]
    slug = answer.verdict.value.replace(" ", "-")
    rating: Object = {"@id": f"{iri}-rating", "@type": "Rating", "alternateName": answer.verdict.value}
    if answer.verdict in _RATINGS:
        rating |= {"ratingValue": _RATINGS[answer.verdict], "worstRating": 1, "bestRating": 5}
    found: Object = {
        "@id": iri,
        "@type": "ClaimReview",
        "claimReviewed": words,
        "itemReviewed": {"@id": f"{iri}-claim", "@type": "Claim", "text": words}
        | ({"about": about} if about else {}),
        "author": names.iri("agent/innograph").value,
        "reviewRating": rating,
        "verdict": names.iri(f"verdict/{slug}").value,
    }
    lines = [line.told() for line in (answer.reason, answer.rule, answer.likely) if line is not None]
    if lines:
        found["reading"] = " ".join(lines)
    derived = sorted({one.iri for one in answer.compared})
    if derived:
        found["wasDerivedFrom"] = derived
    return found


def triples(found: Object) -> list[Triple]:
    """The triples of such a document."""
    content = json.dumps(found).encode()
    return [
        Triple(quad.subject, quad.predicate, quad.object) for quad in parse(content, format=RdfFormat.JSON_LD)
    ]
