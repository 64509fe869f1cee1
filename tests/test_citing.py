"""How things are cited: as text, BibTeX and CSL-JSON, with the release, and nothing guessed."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from citeproc.source.bibtex import BibTeX
from harness import BASE, SLUG, Site, serving

from innograph.loader.publishing import Publisher
from innograph.loader.releases import Releases

OBSERVATION = f"observation/{SLUG}/beijing/technology-contract-value/2023"
THINGS = (
    "dataset/all",
    f"dataset/{SLUG}",
    f"source/{SLUG}",
    "indicator/patents-per-10000-people",
    "city/beijing",
    OBSERVATION,
)
HEADLINE = "Beijing’s Technological Innovation: Progress Towards Global Leadership"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a source that states all of itself, in letters that formats treat as signs."""
    root = tmp_path_factory.mktemp("odd") / "store"
    with Publisher(root).draft(BASE, clone=False) as draft:
        draft.store.update(
            f"""PREFIX schema: <https://schema.org/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
            INSERT DATA {{ GRAPH <{BASE}graph/full> {{
            <{BASE}source/full> a schema:NewsArticle ; schema:headline "R&D <up> 50% in {{Osaka}} & 大阪_~"@en ;
              schema:author <{BASE}person/a>, <{BASE}person/b> ; schema:datePublished "2021-03-04" ;
              schema:publisher <{BASE}organization/o> ; schema:url <https://news.example/a%20b?x=1&y=2> .
            <{BASE}person/a> rdfs:label "Ann de la Cruz"@en . <{BASE}person/b> rdfs:label "山田 太郎"@ja .
            <{BASE}organization/o> rdfs:label "The News & Co."@en .
            <{BASE}source/bare> a schema:Article ; rdfs:label "Bare"@en }} }}"""
        )
        draft.publish(kind="build", message="a source that states everything")
    with serving(root) as running:
        yield running


@pytest.mark.parametrize("path", THINGS)
def test_a_citation_names_release_date_checksum_and_address(store: Path, site: Site, path: str) -> None:
    release = Releases(store).get(1).description
    text = site.get(f"/{path}.cite.txt").text
    address = f"{site.url}/{quote(path)}.html?release=1"
    assert address in text
    assert "release 1" in text
    assert release.created[:10] in text
    if not path.startswith("source/"):
        assert release.checksum is not None
        assert release.checksum in text
    [item] = site.get(f"/{path}.csl.json").json()
    assert item["id"].endswith("-1")
    bibtex = site.get(f"/{path}.bib").text
    assert address in bibtex.replace("\\", "")
    page = site.get(f"/{path}.html", Accept="text/html").text
    assert 'id="cite"' in page
    for ending in ("bib", "csl.json", "cite.txt"):
        assert f'href="/{path}.{ending}?release=1"' in page
    assert site.get(address.removeprefix(site.url)).status == 200


def test_a_source_that_leaves_author_and_date_open_is_cited_so(site: Site) -> None:
    text = site.get(f"/source/{SLUG}.cite.txt").text
    assert text.startswith(f"Unnamed author (n.d.). “{HEADLINE}”. Recorded in innograph, release 1 of ")
    assert text.endswith("70a839b6c0ee06583513319f964e6f62fc8a3f312f3683402f37f474b6dd36ee.\n")
    [item] = site.get(f"/source/{SLUG}.csl.json").json()
    assert item["type"] == "article"
    assert item["author"] == [{"literal": "Unnamed author"}]
    assert not {"issued", "URL", "publisher"} & item.keys()
    assert "year = {n.d.}" in site.get(f"/source/{SLUG}.bib").text


def test_an_observation_names_its_figure_and_who_states_it(site: Site) -> None:
    text = site.get(f"/{OBSERVATION}.cite.txt").text
    assert "“Annual value of technology contracts: Beijing, 2023: 853.69 billion CNY”" in text
    assert f"Stated by: Unnamed author (n.d.), “{HEADLINE}”." in text


def test_no_date_is_said_in_the_readers_language(site: Site) -> None:
    texts = {lang: site.get(f"/source/{SLUG}.cite.txt?lang={lang}").text for lang in ("en", "zh", "ja")}
    assert len(set(texts.values())) == 3
    assert "n.d." not in texts["zh"] + texts["ja"]


def test_what_a_source_states_is_cited(odd: Site) -> None:
    text = odd.get("/source/full.cite.txt").text
    assert text.startswith("Ann de la Cruz and 山田 太郎 (2021-03-04). “R&D <up> 50% in {Osaka} & 大阪_~”.")
    assert "The News & Co." in text
    assert "https://news.example/a%20b?x=1&y=2" in text
    [item] = odd.get("/source/full.csl.json").json()
    assert item["type"] == "article-newspaper"
    assert item["issued"] == {"date-parts": [[2021, 3, 4]]}
    assert odd.get("/source/bare.cite.txt").text.startswith("Unnamed author (n.d.). “Bare”.")
    page = odd.get("/source/full.html", Accept="text/html").text
    assert "R&amp;D &lt;up&gt; 50% in {Osaka}" in page
    assert "R&D <up>" not in page


# Not a source without a date: this reader takes a year for a number, though BibTeX prints `n.d.` as it is.
@pytest.mark.parametrize("path", [path for path in THINGS if not path.startswith("source/")])
def test_bibtex_is_read_by_a_library(site: Site, path: str) -> None:
    [item] = site.get(f"/{path}.csl.json").json()
    [(key, read)] = _read(site.get(f"/{path}.bib").text)
    assert key == item["id"]
    assert str(read["title"]) == item["title"]


def test_bibtex_escapes_what_tex_reads_as_signs(odd: Site) -> None:
    text = odd.get("/source/full.bib").text
    assert (
        r"title = {{R\&D <up> 50\% in \textbraceleft{}Osaka\textbraceright{} \& 大阪\_\textasciitilde{}}}"
        in text
    )
    assert "author = {{Ann de la Cruz} and {山田 太郎}}" in text
    assert "month = mar" in text


def _read(text: str) -> list[tuple[str, dict[str, object]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reader knows no `version`
        return list(BibTeX(io.StringIO(text)).items())


@pytest.mark.parametrize("path", ["unit/per-10000-people", "city/nowhere", "person/zhang-jihong", "x"])
def test_what_nobody_cites_has_no_citation(site: Site, path: str) -> None:
    assert site.get(f"/{path}.bib").status == 404


def test_citations_are_cached_by_release_and_language(site: Site) -> None:
    reply = site.get("/city/beijing.bib")
    assert "Accept-Language" in reply.headers["vary"]
    assert site.get("/city/beijing.bib", If_None_Match=reply.headers["etag"]).status == 304
    other = site.get("/city/beijing.bib", Accept_Language="ja", If_None_Match=reply.headers["etag"])
    assert other.status == 200
