"""`/reconcile` over real HTTP: every answer against the specification's schemas, and asked as OpenRefine asks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from harness import BASE, Reply, Site, serving
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

SCHEMAS = Path(__file__).parent / "data" / "reconciliation-0.2"
FORM = "application/x-www-form-urlencoded"
BEIJING = f"{BASE}city/beijing"
PATENTS = "indicator/patents-per-10000-people"


@cache
def validator(name: str) -> Draft7Validator:
    """The validator of one of the specification's schemas."""
    contents = [json.loads(path.read_text("utf-8")) for path in SCHEMAS.glob("*.json")]
    resources = [(c["$id"], Resource(contents=c, specification=DRAFT7)) for c in contents]
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return Draft7Validator(
        schema, registry=Registry().with_resources(resources), format_checker=Draft7Validator.FORMAT_CHECKER
    )


def valid(name: str, reply: Reply) -> Any:
    """The content of a JSON answer that a schema admits."""
    assert reply.status == 200, reply.text
    assert reply.media_type == "application/json"
    assert reply.headers["access-control-allow-origin"] == "*"
    content = reply.json()
    validator(name).validate(content)
    return content


def post(site: Site, path: str = "/reconcile", **fields: Any) -> Reply:
    """Send a form; what is no text is sent as JSON."""
    plain = {name: v if isinstance(v, str) else json.dumps(v) for name, v in fields.items()}
    return site.request("POST", path, urlencode(plain), Content_Type=FORM)


def reconciled(site: Site, query: dict[str, Any], path: str = "/reconcile") -> list[dict[str, Any]]:
    """The candidates of one query."""
    batch = {"q0": query}
    validator("reconciliation-query-batch").validate(batch)
    found: list[dict[str, Any]] = valid("reconciliation-result-batch", post(site, path, queries=batch))["q0"][
        "result"
    ]
    return found


@pytest.mark.parametrize("path", ["/reconcile", "/reconcile/", "/reconcile?lang=ja", "/reconcile?release=1"])
def test_the_manifest_is_valid_and_its_addresses_answer(site: Site, path: str) -> None:
    manifest = valid("manifest", site.get(path))
    assert manifest["versions"] == ["0.2"]
    assert manifest["identifierSpace"] == BASE
    for template in (manifest["view"]["url"], manifest["preview"]["url"]):
        address = template.replace("{{id}}", quote(BEIJING, safe="")).removeprefix(site.url)
        reply = site.get(address, Accept="text/html")
        if reply.status == 303:
            reply = site.get(reply.headers["location"])
        assert (reply.status, reply.media_type) == (200, "text/html")
    for kind, service in manifest["suggest"].items():
        address = service["service_url"] + service["service_path"]
        suggested = site.get(f"{address.removeprefix(site.url)}?prefix=c").json()["result"]
        flyout = service["flyout_service_url"] + service["flyout_service_path"]
        for one in suggested or [{"id": BEIJING}]:
            reply = site.get(flyout.replace("${id}", quote(one["id"], safe="")).removeprefix(site.url))
            assert (kind, reply.status, reply.json()["id"]) == (kind, 200, one["id"])
    assert site.get(manifest["documentation"].removeprefix(site.url), Accept="text/html").status == 200
    names = [kind["name"] for kind in manifest["defaultTypes"]]
    assert names[0] == ("都市" if "ja" in path else "City")


def test_a_batch_is_answered_key_by_key_by_get_and_by_post(site: Site) -> None:
    batch = {
        "q0": {"query": "Beijing", "type": "schema:City", "limit": 3, "type_strict": "should"},
        "": {"query": "每万人专利数"},
        "ключ": {"query": "Zhang Jihong", "type": ["schema:Person", "schema:Organization"]},
        "none": {"query": "Qwertz"},
        "id": {"properties": [{"pid": "owl:sameAs", "v": {"id": "http://www.wikidata.org/entity/Q956"}}]},
    }
    validator("reconciliation-query-batch").validate(batch)
    answer = valid("reconciliation-result-batch", post(site, queries=batch))
    assert (
        valid("reconciliation-result-batch", site.get(f"/reconcile?queries={quote(json.dumps(batch))}"))
        == answer
    )
    assert answer.keys() == batch.keys()
    first = {key: found["result"][:1] for key, found in answer.items()}
    assert first["q0"][0]["id"] == first["id"][0]["id"] == BEIJING
    assert first[""][0]["id"] == f"{BASE}{PATENTS}"
    assert first["ключ"][0]["id"] == f"{BASE}person/zhang-jihong"
    assert first["none"] == []
    assert [found[0]["match"] for found in first.values() if found] == [True] * 4
    assert valid("reconciliation-result-batch", post(site, queries={})) == {}


def test_names_come_in_the_language_asked_for(site: Site) -> None:
    for path, name in (("/reconcile?lang=zh", "北京市"), ("/reconcile?lang=en", "Beijing")):
        assert reconciled(site, {"query": "Beijing"}, path)[0]["name"] == name


def test_as_openrefine_does_it(site: Site) -> None:
    """The requests of OpenRefine's source: recon-manager.js, GuessTypesOfColumnCommand, StandardReconConfig,
    add-column-by-reconciliation.js and ReconciledDataExtensionJob, in the order of its work."""
    # 1. "Add standard service": CORS first, JSONP where that fails.
    manifest = valid("manifest", site.get("/reconcile", Origin="http://127.0.0.1:3333"))
    # 2. Guess the type of the column from its first ten cells: types must be objects with `id`.
    cells = ["Beijing", "北京", "Peking University", "", "Shanghai"]
    batch = {f"q{n}": {"query": cell, "limit": 3} for n, cell in enumerate(filter(None, cells))}
    answer = valid("reconciliation-result-batch", post(site, queries=batch))
    guessed = {t["id"] for found in answer.values() for one in found["result"] for t in one["type"]}
    assert "schema:City" in guessed
    # 3. The user picks the type, and a property for another column.
    city = next(kind for kind in manifest["defaultTypes"] if kind["id"] == "schema:City")
    suggested = site.get(
        "/reconcile/suggest/property?prefix=count&schema=schema%3ACity&key=&callback=jQuery3_1&_=1"
    )
    assert suggested.text.startswith("/**/jQuery3_1(")
    assert '"id": "country"' in suggested.text
    # 4. Reconcile the column: ten cells a batch, each with what the other column says.
    batch = {
        f"q{n}": {
            "query": cell,
            "type": city["id"],
            "type_strict": "should",
            "properties": [{"pid": "country", "v": "China"}],
        }
        for n, cell in enumerate(filter(None, cells))
    }
    answer = valid("reconciliation-result-batch", post(site, queries=batch))
    assert [found["result"][0]["match"] if found["result"] else None for found in answer.values()] == [
        True,
        True,
        None,
        None,
    ]
    match = answer["q0"]["result"][0]
    # 5. The preview in a frame of OpenRefine's own page.
    preview = site.get(
        manifest["preview"]["url"].replace("{{id}}", quote(match["id"], safe="")).removeprefix(site.url)
    )
    assert "frame-ancestors *" in preview.headers["content-security-policy"]
    # 6. "Add columns from reconciled values": the type goes into the address as it is.
    proposal = manifest["extend"]["propose_properties"]
    address = (proposal["service_url"] + proposal["service_path"]).removeprefix(site.url)
    offered = valid("data-extension-property-proposal", site.get(f"{address}?type={city['id']}"))
    assert {"wikidata", "geonames", "country", PATENTS} <= {one["id"] for one in offered["properties"]}
    assert len(valid("data-extension-property-proposal", site.get(f"{address}?type="))["properties"]) > len(
        offered["properties"]
    )
    wanted = {
        "ids": [match["id"]],
        "properties": [
            {"id": "wikidata"},
            {"id": "country", "settings": {}},
            {"id": PATENTS, "settings": {"period": "all", "show": "number", "language": ""}},
            {"id": "indicator/technology-contract-value", "settings": {"period": "2014"}},
            {"id": "indicator/national-high-tech-enterprises", "settings": {"show": "text"}},
        ],
    }
    validator("data-extension-query").validate(wanted)
    extended = valid("data-extension-response", post(site, extend=wanted))
    assert [column["id"] for column in extended["meta"]] == [one["id"] for one in wanted["properties"]]
    assert extended["meta"][2]["name"] == "Patents per 10,000 people"
    assert extended["rows"][match["id"]] == {
        "wikidata": [{"str": "Q956"}],
        "country": [{"id": "http://www.wikidata.org/entity/Q148", "name": "China"}],
        PATENTS: [{"float": 48.2}, {"float": 262.9}],
        "indicator/technology-contract-value": [{"int": 313_600_000_000}],
        "indicator/national-high-tech-enterprises": [
            {"str": "28300 number (2023; Article on Beijing's innovation, 2014 to 2023)"}
        ],
    }
    assert (
        valid("data-extension-response", site.get(f"/reconcile?extend={quote(json.dumps(wanted))}"))
        == extended
    )
    # 7. What came as a value can be asked for in turn.
    assert reconciled(site, {"query": extended["rows"][BEIJING]["country"][0]["id"]})[0]["match"] is True


@pytest.mark.parametrize(
    ("schema", "path", "prefix", "first"),
    [
        ("suggest-entities-response", "/reconcile/suggest/entity", "beij", BEIJING),
        ("suggest-entities-response", "/reconcile/suggest/entity", "特許", f"{BASE}{PATENTS}"),
        ("suggest-entities-response", "/reconcile/suggest/entity", BEIJING, BEIJING),
        ("suggest-types-response", "/reconcile/suggest/type", "city", "schema:City"),
        ("suggest-types-response", "/reconcile/suggest/type", "指标", "scheme/indicators"),
        ("suggest-types-response", "/reconcile/suggest/type", "qudt:Unit", "qudt:Unit"),
        ("suggest-properties-response", "/reconcile/suggest/property", "GeoN", "geonames"),
        ("suggest-properties-response", "/reconcile/suggest/property", "patents per", PATENTS),
        ("suggest-properties-response", "/reconcile/suggest/property", "schema:contained", "country"),
    ],
)
def test_suggestions_are_valid_and_can_be_paged(
    site: Site, schema: str, path: str, prefix: str, first: str
) -> None:
    found = valid(schema, site.get(f"{path}?{urlencode({'prefix': prefix})}"))["result"]
    assert found[0]["id"] == first
    rest = valid(schema, site.get(f"{path}?{urlencode({'prefix': prefix, 'cursor': 1})}"))["result"]
    assert rest[: len(found) - 1] == found[1:]
    assert valid(schema, site.get(f"{path}?{urlencode({'prefix': prefix, 'cursor': 999})}"))["result"] == []


def test_pages_of_properties_do_not_overlap(site: Site) -> None:
    seen: list[str] = []
    while found := valid(
        "suggest-properties-response", site.get(f"/reconcile/suggest/property?prefix=&cursor={len(seen)}")
    )["result"]:
        seen += [one["id"] for one in found]
    proposal = "data-extension-property-proposal"
    assert seen == [one["id"] for one in valid(proposal, site.get("/reconcile/properties"))["properties"]]
    assert len(valid(proposal, site.get("/reconcile/properties?limit=3"))["properties"]) == 3
    assert len(set(seen)) == len(seen)


def test_the_preview_can_be_framed_and_needs_nothing_else(site: Site) -> None:
    for language, name in (("en", "Beijing"), ("zh", "北京市")):
        reply = site.get(f"/reconcile/preview?id={quote(BEIJING, safe='')}&lang={language}")
        policy = reply.headers["content-security-policy"]
        assert "frame-ancestors *" in policy
        assert "default-src 'none'" in policy
        assert "x-frame-options" not in reply.headers
        assert f"<title>{name}</title>" in reply.text
        assert "Q956" in reply.text
        assert "262.9" in reply.text
        assert "<script" not in reply.text
    assert "frame-ancestors 'none'" in site.get("/city/beijing.html").headers["content-security-policy"]
    assert site.get("/reconcile/preview?id=city/nowhere").status == 404
    assert site.get("/reconcile/preview").status == 400


def test_jsonp_is_a_script_and_nothing_else(site: Site) -> None:
    reply = site.get("/reconcile?callback=a.b_1.$c")
    assert reply.media_type == "text/javascript"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.text.startswith("/**/a.b_1.$c({")
    validator("manifest").validate(json.loads(reply.text[len("/**/a.b_1.$c(") : -3]))
    for callback in ("alert(1)", "a b", "1a", "a..b", "a;b", "", "a" * 101, "a</script>"):
        refused = site.get(f"/reconcile?{urlencode({'callback': callback})}")
        assert (refused.status, refused.media_type) == (400, "application/problem+json")


def test_answers_are_kept_until_the_next_release(site: Site) -> None:
    path = f"/reconcile?{urlencode({'queries': json.dumps({'q': {'query': 'Beijing'}})})}"
    for asked in (
        path,
        "/reconcile",
        "/reconcile/suggest/entity?prefix=b",
        f"/reconcile/preview?id={BEIJING}",
    ):
        reply = site.get(asked)
        assert "public" in reply.headers["cache-control"]
        assert "Accept-Language" in reply.headers["vary"]
        assert site.get(asked, If_None_Match=reply.headers["etag"]).status == 304
        assert site.get(asked, Accept_Language="ja").headers["etag"] != reply.headers["etag"]
    head = site.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert "no-store" in post(site, queries={"q": {"query": "Beijing"}}).headers["cache-control"]


def test_other_sites_may_ask(site: Site) -> None:
    preflight = site.request(
        "OPTIONS",
        "/reconcile",
        Origin="http://refine.example",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="content-type",
    )
    assert preflight.status == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert site.request("OPTIONS", "/reconcile").headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status"),
    [
        ("POST", "/reconcile", "", FORM, 400),
        ("POST", "/reconcile", "query=Beijing", FORM, 400),
        ("POST", "/reconcile", "queries=%FF", FORM, 400),
        ("POST", "/reconcile", "queries=" + quote('{"q0": {"query": "a\x00b"}}'), FORM, 400),
        ("POST", "/reconcile", "queries={}&queries={}", FORM, 400),
        ("POST", "/reconcile", "queries={}&extend={}", FORM, 400),
        ("POST", "/reconcile", '{"q0": {"query": "Beijing"}}', "application/json", 415),
        ("POST", "/reconcile", "queries={}", "", 415),
        ("POST", "/reconcile", "queries=" + "a" * (1 << 20), FORM, 413),
        ("POST", "/reconcile", "queries=" + "[" * 100_000, FORM, 400),
        (
            "POST",
            "/reconcile",
            "queries=" + quote('{"q":{"query":"a","properties":[{"pid":"no such: thing","v":"a"}]}}'),
            FORM,
            400,
        ),
        ("POST", "/reconcile", "extend=" + quote('{"ids":["a"],"properties":[{"id":"<x>"}]}'), FORM, 400),
        (
            "POST",
            "/reconcile",
            "extend="
            + json.dumps({"ids": ["a"], "properties": [{"id": PATENTS, "settings": {"show": "x"}}]}),
            FORM,
            400,
        ),
        ("PUT", "/reconcile", "queries={}", FORM, 405),
        ("GET", "/reconcile?queries=x", None, "", 400),
        ("GET", "/reconcile?extend=[]", None, "", 400),
        ("GET", "/reconcile/suggest/entity?cursor=-1", None, "", 400),
        ("GET", "/reconcile/suggest/entity?cursor=1.5", None, "", 400),
        ("GET", "/reconcile/suggest/entity?prefix=" + "a" * 501, None, "", 413),
        ("GET", "/reconcile/suggest/nothing?prefix=a", None, "", 404),
        ("GET", "/reconcile/properties?limit=0", None, "", 400),
        ("GET", "/reconcile/properties?limit=1.5", None, "", 400),
        ("GET", "/reconcile/flyout/type?id=nothing", None, "", 404),
        ("GET", "/reconcile/flyout/property?id=nothing", None, "", 400),
        ("GET", "/reconcile/flyout/entity?id=<script>", None, "", 400),
        ("GET", "/reconcile?release=999", None, "", 404),
    ],
)
def test_what_makes_no_sense_is_a_problem(
    site: Site, method: str, path: str, body: str | None, kind: str, status: int
) -> None:
    headers = {"Content_Type": kind} if kind else {}
    reply = site.request(method, quote(path, safe="/?=&%[]"), body, **headers)
    assert (reply.status, reply.media_type) == (status, "application/problem+json")
    assert reply.json()["detail"]


def test_what_others_wrote_is_shown_as_text(site: Site) -> None:
    named = "/reconcile/flyout/property?" + urlencode({"id": "https://example.org/<b>"})
    assert site.get(named).status == 400  # no IRI
    reply = site.get("/reconcile/flyout/property?" + urlencode({"id": "https://example.org/a&b'c"}))
    assert (
        reply.json()["html"]
        == "<p><strong>https://example.org/a&amp;b&#39;c</strong></p><p>https://example.org/a&amp;b&#39;c</p>"
    )


def test_a_store_that_is_not_ours_is_reconciled_too(tmp_path: Path) -> None:
    """A general store, whose index is built when it is first asked for."""
    file = tmp_path / "things.ttl"
    file.write_text(
        "<https://example.org/x> a <https://schema.org/City> ;"
        ' <http://www.w3.org/2000/01/rdf-schema#label> "X-Town"@en .'
    )
    with serving(tmp_path / "unused", "--scratch", "--load", file) as general:
        valid("manifest", general.get("/reconcile"))
        (found,) = reconciled(general, {"query": "x-town", "type": "schema:City"})
        assert (found["id"], found["match"]) == ("https://example.org/x", True)
