"""What the licences of data ask of those who share them: shown beside the data and their files."""

from __future__ import annotations

from pyoxigraph import NamedNode

from innograph.ontology.licences import licence_of, sharing
from innograph.server.engine import Snapshot
from innograph.server.pages.language import Words
from innograph.server.pages.links import Links, expand
from innograph.server.pages.reading import PROLOGUE, facts_of, first

LICENCE, RIGHTS, SOURCE = expand("dcterms:license"), expand("dcterms:rights"), expand("dcterms:source")
# Words of `words.json` for what a licence asks.
_ASKS = {
    "not-stated": "asks_not_stated",
    "unknown": "asks_unknown",
    "all-rights-reserved": "asks_all_rights_reserved",
    "no-derivatives": "asks_no_derivatives",
    "non-commercial": "asks_non_commercial",
    "share-alike": "asks_share_alike",
}
_SOURCES = PROLOGUE + "SELECT ?dataset WHERE { ?whole void:subset ?dataset . ?dataset a dcat:Dataset }"


def warnings_about(snapshot: Snapshot, iri: str, words: Words, links: Links) -> list[str]:
    """What to know before sharing the data of a source, its cube or the whole graph; nothing of other things."""
    dataset = iri.replace(f"{links.base}source/", f"{links.base}dataset/", 1)
    if dataset == f"{links.base}dataset/all":
        rows = snapshot.select(_SOURCES, whole=NamedNode(dataset))
        return told(sharing(list(licences(snapshot, [row["dataset"].value for row in rows]).values())), words)
    if not dataset.startswith(f"{links.base}dataset/"):
        return []
    return told(sharing(list(licences(snapshot, [dataset]).values())), words)


def licences(snapshot: Snapshot, datasets: list[str]) -> dict[str, str | None]:
    """What the graph states as the licence of the cubes of sources, as an address or in words."""
    facts = facts_of(snapshot, datasets, [LICENCE, SOURCE])
    sources = {term.value for own in facts.values() for term in own.get(SOURCE, [])}
    rights = facts_of(snapshot, sources, [RIGHTS])
    return {
        iri: first(own, LICENCE) or first(rights.get(first(own, SOURCE), {}), RIGHTS) or None
        for iri, own in facts.items()
        if SOURCE in own
    }


def told(asks: tuple[str, ...], words: Words) -> list[str]:
    """What licences ask, in the reader's language."""
    return [words(_ASKS[what]) for what in asks]


def of_licence(stated: str | None, words: Words) -> list[str]:
    """What one licence asks, in the reader's language."""
    return told(licence_of(stated).asks, words)
