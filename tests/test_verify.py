"""Claims checked: the table of claims with their answers, from Python, the command line and HTTP."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from harness import BASE, Site, within
from pyoxigraph import RdfFormat, Store, parse

from innograph.loader.releases import Releases
from innograph.server.engine import ReleaseInfo
from innograph.server.engine.snapshot import LocalSnapshot
from innograph.server.verifying import Verdict, Verifier
from innograph.server.verifying.command import verify as command

DATA = Path(__file__).parent / "data"
CLAIMS = list(csv.DictReader(io.StringIO((DATA / "claims.csv").read_text("utf-8"))))
FIELDS = ("place", "indicator", "period", "value", "unit")
CLAIM = "/verify?place=Beijing&indicator=technology-contract-value&period=2023&value=853.69&unit=billion+CNY"


@pytest.fixture(scope="module")
def verifiers(store: Path) -> dict[str, Verifier]:
    """Verifiers over the published graph, and over it with two more sources."""
    published = Verifier.open(store)
    merged = Store()
    path = Releases(store).current().store
    merged.extend(Store.read_only(str(path)))
    merged.load(path=DATA / "market-sides.ttl", format=RdfFormat.TURTLE, base_iri=BASE)
    release = ReleaseInfo(2, "", BASE, "", len(merged))
    return {"published": published, "merged": Verifier(LocalSnapshot(release, merged, union=True))}


def test_there_are_enough_claims() -> None:
    assert len(CLAIMS) >= 60
    assert {row["verdict"] for row in CLAIMS} == {verdict.value for verdict in Verdict}


@pytest.mark.parametrize("row", CLAIMS, ids=lambda row: f"{row['verdict']}-{row['why']}")
def test_a_claim_gets_its_answer(row: dict[str, str], verifiers: dict[str, Verifier]) -> None:
    answer = verifiers[row["graph"]].claim(**{name: row[name] for name in FIELDS})
    told = answer.to_json()
    likely = told["likely_error"]["kind"] if told["likely_error"] else ""
    assert (told["verdict"], likely) == (row["verdict"], row["likely_error"]), told
    assert told["rule"] or told["reason"]
    if told["verdict"] in ("supported", "refuted", "disputed"):
        assert told["observations"]
        assert told["difference"]
        for one in told["observations"]:
            assert one["evidence"]
            assert one["source_title"]


def test_an_area_and_its_settlement_of_one_name(verifiers: dict[str, Verifier]) -> None:
    """ "Beijing" is the one of which there are such figures, and the area where there are of neither."""
    verifier = verifiers["merged"]
    told = [
        verifier.claim(place="Beijing", indicator=name, period="2023", value="1", unit=unit).to_json()
        for name, unit in (("technology-contract-value", "CNY"), ("GDP", "CNY"))
    ]
    assert [one["claim"]["place"] for one in told] == [f"{BASE}city/beijing"] * 2
    in_text = verifier.text("Beijing topped the Highly Cited Researchers List in 2023.")
    assert [one.verdict for one in in_text] == [Verdict.SUPPORTED]


def test_how_far_off_is_told_in_every_language(verifiers: dict[str, Verifier]) -> None:
    (answer,) = verifiers["merged"].text(
        "Beijing's technology contracts were worth 313.6 billion yuan in 2014."
    )
    off = answer.off()
    assert answer.verdict is Verdict.DISPUTED
    assert off is not None
    assert answer.difference is not None
    assert answer.difference["value"] == -118_539_670.38
    assert all("118,539,670" in off.told(language) for language in ("en", "zh", "ja"))
    (vague,) = verifiers["published"].text(
        "Outside Beijing, technology contracts reached 1 billion yuan in 2023."
    )
    assert vague.reason is not None
    assert ["outside" in vague.reason.told(language) for language in ("en", "zh", "ja")] == [True] * 3


def test_a_range_and_a_growth_by_year_in_fields(verifiers: dict[str, Verifier]) -> None:
    def told(indicator: str, period: str, value: str) -> dict[str, Any]:
        return (
            verifiers["published"]
            .claim(place="北京", indicator=indicator, period=period, value=value)
            .to_json()
        )

    within = told("national-high-tech-enterprises", "2023", "2.8万-2.9万")
    assert (within["verdict"], within["claim"]["value"], within["claim"]["value_to"]) == (
        "supported",
        28_000,
        29_000,
    )
    assert within["difference"]["value"] == 0
    above = told("national-high-tech-enterprises", "2023", "30,000-40,000")
    assert (above["verdict"], above["difference"]["value"]) == ("refuted", 1_700)
    assert told("technology-contract-value", "2014-2023", "11.77% per year")["verdict"] == "supported"
    assert told("technology-contract-value", "2014-2023", "14% per year")["verdict"] == "refuted"


def test_a_claim_is_told_as_understood(verifiers: dict[str, Verifier]) -> None:
    told = (
        verifiers["merged"]
        .claim(place="北京", indicator="年度技术合同额", period="2014", value="3136", unit="亿元")
        .to_json()
    )
    claim = told["claim"]
    assert claim["place"] == f"{BASE}city/beijing"
    assert claim["indicator"] == f"{BASE}indicator/technology-contract-value"
    assert (claim["value"], claim["period"]) == (313_600_000_000, "2014")
    assert claim["unit"] == "http://qudt.org/vocab/unit/CCY_CNY"
    agrees = {one["source"]: one["agrees"] for one in told["observations"]}
    assert agrees == {f"{BASE}source/beijing-innovation-2014-2023": True, f"{BASE}source/market": False}
    words = {place.get("words", place["iri"]) for one in told["observations"] for place in one["evidence"]}
    assert {"313.6 billion yuan", f"{BASE}source/market/push.csv#row=12"} <= words


def test_what_is_ambiguous_is_asked_back(verifiers: dict[str, Verifier]) -> None:
    told = (
        verifiers["merged"]
        .claim(place="Springfield", indicator="companies", period="2023", value="10")
        .to_json()
    )
    assert told["missing"] == ["place", "indicator"]
    assert {one["iri"] for one in told["candidates"]["place"]} == {
        f"{BASE}city/springfield-illinois",
        f"{BASE}city/springfield-missouri",
    }
    assert len(told["candidates"]["indicator"]) == 2


def test_the_scale_of_an_error_is_told(verifiers: dict[str, Verifier]) -> None:
    told = (
        verifiers["published"]
        .claim(
            place="Beijing", indicator="technology-contract-value", period="2023", value="8536.9", unit="万元"
        )
        .to_json()
    )
    assert told["likely_error"]["factor"] == 10_000
    assert "万" in told["likely_error"]["words"]
    assert told["difference"]["relative"] == pytest.approx(-0.9999)


def test_a_text_is_told_with_offsets(verifiers: dict[str, Verifier]) -> None:
    text = "😀 北京2023年技术合同成交额8536.9亿元。天津有40万家企业。"
    answers = [answer.to_json() for answer in verifiers["published"].text(text)]
    claim = answers[0]["claim"]
    assert answers[0]["verdict"] == "supported"
    assert text[claim["start"] : claim["end"]] == claim["words"] == "北京2023年技术合同成交额8536.9亿元"
    rest = answers[1]["claim"]
    assert (answers[1]["verdict"], text[rest["start"] : rest["end"]]) == ("too vague", "40万家")


def test_csv_from_the_command_line(store: Path, tmp_path: Path) -> None:
    table = tmp_path / "claims.csv"
    rows = ("place,indicator,period,value,unit", "北京,每万人专利数,2023,262.9,", "Beijing,patents,2023,1,")
    table.write_text("\ufeff" + "\r\n".join(rows))
    done = within("verify", "--store", store, "--csv", table, "--json")
    assert [answer["verdict"] for answer in json.loads(done.stdout)] == ["supported", "too vague"]

    def run(*arguments: object, given: str = "") -> Result:
        return CliRunner().invoke(command, ["--store", str(store), *map(str, arguments)], input=given)

    text = "Beijing had 10,400 national high-tech enterprises in 2023."
    for refuted in (run("--text", text), run("--text", "-", given=text)):
        assert refuted.exit_code == 1
        assert "It is the figure of 2014" in refuted.output
        assert "“28,300” (700–706)" in refuted.output
    assert run("--place", "Beijing", "--value", "1").exit_code == 0
    assert run().exit_code == 2
    table.write_text("city,what\nBeijing,patents\n")
    wrong = run("--csv", table)
    assert wrong.exit_code == 2
    assert "no column place, indicator, period, value, unit" in wrong.output


def test_answers_over_http(site: Site) -> None:
    reply = site.get(CLAIM, Accept="application/json")
    assert reply.status == 200
    assert [answer["verdict"] for answer in reply.json()] == ["supported"]
    etag = reply.headers["etag"]
    assert site.get(CLAIM, Accept="application/json", If_None_Match=etag).status == 304
    assert site.get("/verify").status == 400
    page = site.get("/verify", Accept="text/html").text
    assert page.count("<form") >= 3
    assert 'href="/verify"' in site.get("/", Accept="text/html").text


def test_an_answer_is_a_claim_review(site: Site) -> None:
    for accept, form in (("application/ld+json", RdfFormat.JSON_LD), ("text/turtle", RdfFormat.TURTLE)):
        reply = site.get(CLAIM, Accept=accept)
        assert reply.media_type == accept
        graph = Store()
        graph.extend(parse(reply.body, format=form))
        found = list(
            graph.query(
                """PREFIX schema: <https://schema.org/> PREFIX inno: <https://w3id.org/innograph/ontology#>
                SELECT ?verdict ?rating WHERE { ?review a schema:ClaimReview ; schema:itemReviewed/a schema:Claim ;
                  schema:reviewRating/schema:alternateName ?rating ; inno:verdict ?verdict ; schema:author ?author }"""
            )
        )
        assert [(row["verdict"].value, row["rating"].value) for row in found] == [
            (f"{BASE}verdict/supported", "supported")
        ]
        assert not any(quad.subject.__class__.__name__ == "BlankNode" for quad in graph)


def test_claims_are_posted(site: Site) -> None:
    table = "place,indicator,period,value,unit\nBeijing,technology-contract-value,2014,853.69,billion CNY\n"
    reply = site.request("POST", "/verify", table, Content_Type="text/csv", Accept="application/json")
    assert [answer["likely_error"]["period"] for answer in reply.json()] == ["2023"]
    assert reply.headers["cache-control"] == "no-store"
    text = "2023年の北京の特許は1万人当たり262.9件"
    reply = site.request("POST", "/verify", text.encode(), Content_Type="text/plain; charset=utf-8")
    assert [answer["verdict"] for answer in reply.json()] == ["supported"]
    body = "text=Beijing+had+28%2C300+national+high-tech+enterprises+in+2023."
    form = {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    for language, verdict in (("en", "Supported"), ("zh", "得到支持"), ("ja", "支持される")):
        page = site.request("POST", f"/verify?lang={language}", body, **form).text
        assert f'<span class="mark">{verdict}</span>' in page


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * 20_001, "text/plain", 413),
        (b"\xff", "text/plain", 400),
        (b"a,b\n1,2\n", "text/csv", 400),
        (b"{}", "application/json", 415),
        (b"place,indicator,period,value,unit\n" + b"Beijing,patents,2023,1,\n" * 1_001, "text/csv", 400),
        (b"x" * (1 << 20) + b"x", "text/csv", 413),
    ],
    ids=["long", "not UTF-8", "columns", "kind", "rows", "large"],
)
def test_what_cannot_be_checked_is_refused_in_words(site: Site, body: bytes, kind: str, status: int) -> None:
    reply = site.request("POST", "/verify", body, Content_Type=kind)
    assert reply.status == status
    assert len(reply.json()["detail"]) > 20


@pytest.mark.parametrize(
    "unit", ["1", "亿", "北京", "from 1 to ", "rose 1% ", "一二三四五", "per 10,000 ", '"', "2014年"]
)
def test_hostile_texts_cost_little(unit: str, verifiers: dict[str, Verifier]) -> None:
    line = (unit * 1_000)[:990]
    answers = verifiers["published"].text("\n".join([line] * 5))
    assert len(answers) <= 201
