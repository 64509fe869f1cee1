"""SERVICE asks endpoints on the allow list, and no others: two real servers, one federated query."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Site, serving

CITIES = "SELECT ?city { SERVICE <%s> { ?city a <https://schema.org/City> } }"


@pytest.fixture(scope="module")
def federating(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of its own that may ask the published graph."""
    store = tmp_path_factory.mktemp("federating") / "unused"
    with serving(store, "--scratch", INNOGRAPH_ALLOW_SERVICE=f"{site.url}/sparql") as running:
        yield running


def test_an_allowed_endpoint_is_asked(site: Site, federating: Site) -> None:
    assert federating.rows(CITIES % f"{site.url}/sparql") == [
        {"city": "https://w3id.org/innograph/city/beijing"}
    ]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/sparql",
        "http://localhost:{port}/sparql",
        "http://[::1]:{port}/sparql",
        "http://0x7f000001:{port}/sparql",
        "http://2130706433:{port}/sparql",
        "http://0:{port}/sparql",
        "{site}/sparql/",
        "{site}/sparql?query=x",
        "{site}/sparql/../health",
        "{site}@127.0.0.1:{port}/sparql",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("silent", ["", "SILENT "])
def test_no_other_address_is_called_in_whatever_spelling(
    site: Site, federating: Site, address: str, silent: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(0.05)
        asked = address.format(port=inside.getsockname()[1], site=site.url)
        reply = federating.query(f"SELECT * {{ SERVICE {silent}<{asked}> {{ ?s ?p ?o }} }}")
        assert reply.status in (400, 403)
        with pytest.raises(TimeoutError):
            inside.accept()


def test_an_endpoint_that_only_the_data_names_is_not_called(federating: Site) -> None:
    reply = federating.query("SELECT * { BIND(<http://127.0.0.1:9/> AS ?e) SERVICE ?e { ?s ?p ?o } }")
    assert reply.status == 403
    assert "a variable" in reply.json()["detail"]


def test_by_default_nothing_is_asked(site: Site) -> None:
    assert site.query(CITIES % f"{site.url}/sparql").status == 403


def test_what_is_loaded_is_allowed_too(site: Site, store: Path, tmp_path: Path) -> None:
    settings = {"INNOGRAPH_TOKEN": "t", "INNOGRAPH_ALLOW_LOAD": f"{site.url}/city/"}
    with serving(tmp_path / "unused", "--scratch", **settings) as loading:
        headers = {"Authorization": "Bearer t", "Content_Type": "application/sparql-update"}
        assert (
            loading.request("POST", "/update", f"LOAD <{site.url}/city/beijing.ttl>", **headers).status == 204
        )
        assert loading.request("POST", "/update", f"LOAD <{site.url}/sparql>", **headers).status == 403
        assert len(loading.rows("SELECT ?p { <https://w3id.org/innograph/city/beijing> ?p ?o }")) > 5
