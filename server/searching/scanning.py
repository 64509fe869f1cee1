"""Search without an index, where the data is in a store elsewhere: a bounded look through its labels."""

from __future__ import annotations

from pyoxigraph import Literal

from innograph.ontology.namespaces import DCTERMS, RDFS, SKOS
from innograph.server.engine import Snapshot
from innograph.server.searching import fields
from innograph.server.searching.index import Found, Hit, snippet
from innograph.server.searching.text import words

_LABELS = " ".join(map(str, (RDFS.label, SKOS.prefLabel, SKOS.altLabel, DCTERMS.title)))


def scan(snapshot: Snapshot, text: str, limit: int) -> Found:
    """The things that have a label with all the words of a text, in the store's own order."""
    question = words(text)
    if not question:
        return Found([], 0, False)
    has = " && ".join(f"CONTAINS(LCASE(STR(?label)), {Literal(word)})" for word in question)
    rows = snapshot.select(
        f"SELECT ?thing ?label WHERE {{ VALUES ?p {{ {_LABELS} }} ?thing ?p ?label FILTER({has}) }}"
        f" LIMIT {limit * 3}"
    )
    hits: dict[str, Hit] = {}
    for row in rows:
        label, iri = row["label"], row["thing"].value
        language = (label.language or "") if isinstance(label, Literal) else ""
        match = snippet(label.value, question)
        hits.setdefault(iri, Hit(iri, "", [(language, label.value)], fields.NAME, match, language))
    return Found(list(hits.values())[:limit], len(hits), len(rows) == limit * 3)
