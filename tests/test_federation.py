"""SERVICE asks endpoints on the allow list, and no others: two real servers, one federated query."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from engines.stores import Addresses, oxigraph
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


# With the endpoint of somebody else: Oxigraph's own server, with what GeoNames says of two things named
# Beijing (https://download.geonames.org/export/dump/, CC BY 4.0). They meet by the identifier.

THEIRS = """
<https://sws.geonames.org/2038349/> <https://www.geonames.org/ontology#featureCode> "ADM1" .
<https://sws.geonames.org/1816670/> <https://www.geonames.org/ontology#featureCode> "PPLC" .
"""
OUR_PART = """?observation <http://purl.org/linked-data/sdmx/2009/dimension#refArea> ?city ;
  <https://w3id.org/innograph/ontology#valueAsStated> ?stated .
  ?city <http://www.w3.org/2002/07/owl#sameAs> ?entity ."""
THEIR_PART = "?entity <https://www.geonames.org/ontology#featureCode> ?code ."
FIGURES = {"48.2", "262.9", "313.6", "853.69", "10400", "28300", "146", "337"}


@pytest.fixture(scope="module")
def theirs() -> Iterator[Addresses]:
    with oxigraph() as found:
        address = found.graphs.partition("/store")
        reply = Site(address[0]).request(
            "PUT", "/store?default", THEIRS, Content_Type="application/n-triples"
        )
        assert reply.status in (201, 204)
        yield found


def test_another_endpoint_asks_ours(site: Site, theirs: Addresses) -> None:
    query = f"SELECT ?code ?stated {{ {THEIR_PART} SERVICE <{site.url}/sparql> {{ {OUR_PART} }} }}"
    reply = Site(theirs.query.removesuffix("/query")).get(
        "/query?" + urlencode({"query": query}), Accept="application/sparql-results+json"
    )
    assert reply.status == 200, reply.text
    found = [(row["code"]["value"], row["stated"]["value"]) for row in reply.json()["results"]["bindings"]]
    assert sorted(found) == sorted(("ADM1", stated) for stated in FIGURES)


def test_ours_asks_another_endpoint(store: Path, theirs: Addresses) -> None:
    query = f"SELECT ?code ?stated {{ {OUR_PART} SERVICE <{theirs.query}> {{ {THEIR_PART} }} }}"
    with serving(store, INNOGRAPH_ALLOW_SERVICE=theirs.query) as asking:
        found = [(row["code"], row["stated"]) for row in asking.rows(query)]
        assert sorted(found) == sorted(("ADM1", stated) for stated in FIGURES)
        assert asking.query("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }").status == 403
