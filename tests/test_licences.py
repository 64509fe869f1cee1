"""What licences ask, by their addresses and their names."""

from __future__ import annotations

import pytest

from innograph.ontology.licences import WARNINGS, licence_of, sharing

OPEN: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("stated", "asks"),
    [
        ("https://creativecommons.org/publicdomain/zero/1.0/", OPEN),
        ("https://creativecommons.org/licenses/by/4.0/", OPEN),
        ("http://creativecommons.org/licenses/by/3.0/igo", OPEN),
        ("https://creativecommons.org/licenses/by-sa/4.0/", ("share-alike",)),
        ("http://creativecommons.org/licenses/by-nc-nd/3.0/de/", ("no-derivatives", "non-commercial")),
        ("CC BY 4.0", OPEN),
        ("CC-BY-4.0", OPEN),
        ("CC BY-SA 4.0 (content), MIT (code)", ("share-alike",)),
        ("cc-by-nc-sa-3.0", ("non-commercial", "share-alike")),
        ("Creative Commons Attribution 4.0 International", OPEN),
        ("Creative Commons Attribution-ShareAlike 4.0", ("share-alike",)),
        ("Creative Commons Attribution-NonCommercial-NoDerivatives", ("no-derivatives", "non-commercial")),
        ("CC0", OPEN),
        ("CC0-1.0", OPEN),
        ("Public Domain", OPEN),
        ("https://opendatacommons.org/licenses/odbl/1-0/", ("share-alike",)),
        ("ODbL-1.0", ("share-alike",)),
        ("Open Data Commons Open Database License", ("share-alike",)),
        ("https://opendatacommons.org/licenses/by/1-0/", OPEN),
        ("ODC-BY", OPEN),
        ("ODC-PDDL-1.0", OPEN),
        ("https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", OPEN),
        ("OGL-UK-3.0", OPEN),
        ("https://www.govdata.de/dl-de/by-2-0", OPEN),
        ("Licence Ouverte 2.0", OPEN),
        ("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", OPEN),
        ("http://publications.europa.eu/resource/authority/licence/CC_BYSA_4_0", ("share-alike",)),
        ("https://spdx.org/licenses/CC-BY-SA-4.0", ("share-alike",)),
        ("MIT", OPEN),
        ("© 2020. All rights reserved.", ("all-rights-reserved",)),
        ("see the website", ("unknown",)),
        ("https://example.org/terms", ("unknown",)),
        ("by", ("unknown",)),
        ("summit", ("unknown",)),
        ("", ("not-stated",)),
        (None, ("not-stated",)),
        ("  \n", ("not-stated",)),
    ],
)
def test_a_licence_is_known_by_its_address_or_name(stated: str | None, asks: tuple[str, ...]) -> None:
    found = licence_of(stated)
    assert found.asks == asks
    assert found.open == (asks == OPEN)
    assert found.warnings == tuple(WARNINGS[what] for what in asks)


def test_data_together_ask_what_any_of_them_asks() -> None:
    assert sharing(["CC0", "CC BY-SA 4.0", None, "CC BY-NC"]) == (
        "not-stated",
        "non-commercial",
        "share-alike",
    )
    assert sharing(["CC0", "CC BY"]) == OPEN
