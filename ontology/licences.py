"""What a licence asks of those who share data, as far as its name or address tells. Nothing is guessed.

A licence is read from its IRI (Creative Commons, Open Data Commons, SPDX, the EU's authority table, national
open data licences) or from its name in words. What is not recognized is *unknown*, and that is a warning of
its own: without a licence nobody may assume to have any rights.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# What can stand in the way of sharing a source's data beside data under CC0, most serious first.
UNKNOWN, NOT_STATED = "unknown", "not-stated"
RESERVED, NO_DERIVATIVES, NON_COMMERCIAL, SHARE_ALIKE = (
    "all-rights-reserved",
    "no-derivatives",
    "non-commercial",
    "share-alike",
)
WARNINGS = {
    NOT_STATED: "No licence is stated: whoever reuses these data needs to ask their publisher.",
    UNKNOWN: "The licence is not one that is recognized: read it before reusing these data.",
    RESERVED: "All rights are reserved: these data may not be shared without permission.",
    NO_DERIVATIVES: "No derivatives: the licence does not allow sharing these data changed or combined.",
    NON_COMMERCIAL: "Non-commercial: the licence does not allow commercial use of these data.",
    SHARE_ALIKE: "Share-alike: what is made from these data must be shared under the same licence.",
}

# Creative Commons, by the letters in its addresses and names: by, by-sa, by-nc-nd, …
_CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/licen[cs]es/(?P<iri>(?:by|sa|nc|nd)(?:-(?:by|sa|nc|nd))*)\b"
    r"|\bcc[\s_-]*(?P<letters>by(?:[\s_-]*(?:sa|nc|nd))*)\b"
    r"|creative\s+commons[\s:,-]+(?P<words>attribution(?:[\s,–-]+(?:share\s*-?alike|non\s*-?commercial|no\s*-?deriv\w*))*)",
    re.I,
)
_ASKED = (
    (re.compile("sa|share", re.I), SHARE_ALIKE),
    (re.compile("nc|commercial", re.I), NON_COMMERCIAL),
    (re.compile("nd|deriv", re.I), NO_DERIVATIVES),
)
# Other licences, by what their addresses and names have in common.
_OTHERS = (
    (r"creativecommons\.org/publicdomain/|\bcc[\s_-]*(0|zero)\b|\bpublic[\s-]domain\b|\bpddl\b", ()),
    (r"\bodc[\s_-]*by\b|opendatacommons\.org/licenses/by\b|open data commons attribution", ()),
    (r"\bodbl\b|open database licen[cs]e", (SHARE_ALIKE,)),
    (r"open[\s-]government[\s-]licen[cs]e|\bogl\b", ()),
    (r"\bdl[\s_-]*de\b|govdata\.de/dl-de|datenlizenz deutschland", ()),
    (r"licence[\s-]ouverte|\betalab\b|open licence\b.*etalab", ()),
    (r"\biodl\b|italian open data licen[cs]e", ()),
    (r"\bcdla[\s_-]*permissive\b", ()),
    (r"\bcdla[\s_-]*sharing\b", (SHARE_ALIKE,)),
    (
        r"\bmit(\s+licen[cs]e)?\b|licenses/MIT\b|\bapache[\s_-]*(licen[cs]e)?[\s,_-]*(version\s*)?2|\bbsd\b",
        (),
    ),
    (r"\b(a|l)?gpl(v?\d)?\b|\bgfdl\b|gnu\.org/licenses", (SHARE_ALIKE,)),
    (r"all[\s-]rights[\s-]reserved", (RESERVED,)),
)
_PATTERNS = [(re.compile(pattern, re.I), warnings) for pattern, warnings in _OTHERS]


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence as stated, and what it asks: keys of `WARNINGS`, most serious first; none where it is open."""

    stated: str
    asks: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the data may be combined with data under CC0 and shared, naming the source."""
        return not self.asks

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to tell whoever shares the data, a sentence for each thing asked."""
        return tuple(WARNINGS[what] for what in self.asks)


def licence_of(stated: str | None) -> Licence:
    """A licence by its IRI or its name; several in one text ask what any of them asks."""
    text = " ".join((stated or "").split())
    if not text:
        return Licence("", (NOT_STATED,))
    # In the EU's authority table and in SPDX's list the same letters stand between other signs.
    words = text.replace("_", " ")
    asks: set[str] = set()
    known = False
    for found in _CREATIVE_COMMONS.finditer(words):
        known = True
        letters = " ".join(filter(None, found.groups()))
        asks |= {what for pattern, what in _ASKED if pattern.search(letters)}
    for pattern, warnings in _PATTERNS:
        if pattern.search(words):
            known = True
            asks |= set(warnings)
    if not known:
        asks = {UNKNOWN}
    return Licence(text, tuple(what for what in WARNINGS if what in asks))


def sharing(stated: list[str | None]) -> tuple[str, ...]:
    """What sharing data under several licences together asks: keys of `WARNINGS`."""
    asks = {what for text in stated for what in licence_of(text).asks}
    return tuple(what for what in WARNINGS if what in asks)
