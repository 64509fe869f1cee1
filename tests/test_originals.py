"""Where a source has a known address, each phrase links into it, and the interface is told as a page too."""

from __future__ import annotations

import pytest
from harness import Site

from innograph.server.pages.reading import Words
from innograph.server.pages.tables import original


@pytest.mark.parametrize(
    ("address", "phrase", "link"),
    [
        ("https://e.org/a", "262.9", "https://e.org/a#:~:text=262.9"),
        (
            "https://e.org/a#top",
            "self-reliance, & more",
            "https://e.org/a#:~:text=self%2Dreliance%2C%20%26%20more",
        ),
        ("https://e.org/a", "“北京”", "https://e.org/a#:~:text=%E2%80%9C%E5%8C%97%E4%BA%AC%E2%80%9D"),
        ("", "262.9", ""),
        ("ftp://e.org/a", "262.9", ""),
        ("https://e.org/a", "", ""),
    ],
)
def test_a_phrase_links_to_its_place_in_the_source(address: str, phrase: str, link: str) -> None:
    assert original(Words("evidence", "source", phrase, address=address)) == link


def test_the_interface_is_a_page_too(site: Site) -> None:
    page = site.get("/openapi", Accept="text/html")
    assert page.status == 200
    for path in site.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
