"""Where an IRI leads: to a page of ours, to what we say of somebody else's thing, or away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from pyoxigraph import NamedNode

from innograph.ontology.namespaces import INNO, PREFIXES

# What the grammar of SPARQL keeps out of an IRI reference (SPARQL 1.1 Query, production 139).
_FORBIDDEN = re.compile(r'[\x00-\x20<>"{}|^`\\]')
SAFE = "/:@!$&'()*+,;=~%-._"
VOCABULARY = str(INNO).rstrip("#")
# What our addresses answer without being the document of a stored thing.
PLACES = {"catalog": "/catalog", "sparql": "/sparql", "reconcile": "/reconcile"}


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses on this site. `carried` are the parameters that a reader keeps (language, release)."""

    base: str
    carried: dict[str, str] = field(default_factory=dict)

    def to(self, path: str, **parameters: str) -> str:
        """A path of this site with parameters, and with those that the reader keeps."""
        if not parameters and not self.carried:  # most links of a page
            return path
        path, hash_, fragment = path.partition("#")
        query = urlencode({**self.carried, **parameters})
        return path + ("?" + query if query else "") + hash_ + fragment

    def to_all(self, path: str, pairs: Sequence[tuple[str, str]]) -> str:
        """A path of this site with parameters of which some may be repeated."""
        query = urlencode([*self.carried.items(), *pairs])
        return path + ("?" + query if query else "")

    def page(self, iri: str) -> str:
        """The page about an IRI: at its own path where it is ours, else at `/about`."""
        if iri == VOCABULARY or iri.startswith(str(INNO)):
            return self.to("/ontology.html" + iri[len(VOCABULARY) :])
        if self.ours(iri):
            relative = iri[len(self.base) :]
            return self.to(PLACES.get(relative) or f"/{quote(relative, safe=SAFE)}.html")
        return self.about(iri)

    def about(self, iri: str) -> str:
        """The page that lists what the graph says of any IRI."""
        return self.to("/about", iri=iri)

    def ours(self, iri: str) -> bool:
        """Whether an IRI is dereferenced at a path of this site."""
        return iri.startswith(self.base) and "#" not in iri and len(iri) > len(self.base)

    def query(self, text: str, **parameters: str) -> str:
        """The query page with a query, evaluated."""
        return self.to("/sparql", query=text, **parameters)

    def short(self, iri: str) -> str:
        """An IRI as a prefixed name, as a path below the base, or whole."""
        for prefix, namespace in PREFIXES.items():
            if iri.startswith(str(namespace)) and "/" not in iri[len(str(namespace)) :]:
                return f"{prefix}:{iri[len(str(namespace)) :]}"
        return iri[len(self.base) :] if self.ours(iri) else iri


def is_iri(text: str) -> bool:
    """Whether a text can stand between angle brackets in a query of ours."""
    try:
        NamedNode(text)
    except ValueError:
        return False
    return not _FORBIDDEN.search(text)


def expand(name: str) -> str:
    """The IRI of a prefixed name of our prefixes."""
    prefix, _, local = name.partition(":")
    return f"{PREFIXES[prefix]}{local}"
