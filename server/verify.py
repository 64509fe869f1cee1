"""`/verify`: claims checked against the graph, as a page, as JSON, and as schema:ClaimReview."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from innograph.ontology.namespaces import Names
from innograph.server import caching, negotiation, openapi
from innograph.server.context import context
from innograph.server.engine import Snapshot
from innograph.server.engine.errors import DeadlineError, NotAcceptableError
from innograph.server.negotiation import HTML, Format
from innograph.server.pages import asked_snapshot
from innograph.server.pages.language import chosen_language
from innograph.server.protocol import FORM, ProtocolError, media_type, text
from innograph.server.writing import rdf_response

# What reads sentences is imported when something is asked: it takes a quarter of the server's start.
if TYPE_CHECKING:
    from innograph.server.verifying import Answer

blueprint = Blueprint("verify", __name__)

JSON = Format("json", "application/json", ("text/json",))
LINKED = Format("jsonld", "application/ld+json", names=("json-ld",))
FORMATS = (JSON, HTML, LINKED, *(form for form in negotiation.TRIPLES if form.name != "jsonld"))
MULTIPART = "multipart/form-data"
MAX_BODY = 1 << 20
LONGEST_PART = 20_000
_ABOUT = {
    "place": "a label in any language, a slug, an IRI, a Wikidata or GeoNames number",
    "indicator": "a label in any language, a slug or an IRI",
    "period": "2023, 2023-Q1, 2023-03 …; a span (2014-2023) for growth",
    "value": "853.69, '853.69 billion yuan', 'about 28,000', 'more than fivefold' …",
    "unit": "CNY, 亿元, 'billion yuan', 'per 10,000 people', % …",
}
COLUMNS = tuple(_ABOUT)
_OURS = (
    openapi.parameter(
        "format", {"enum": [form.name for form in FORMATS]}, "the format of the answer, whatever Accept says"
    ),
    openapi.RELEASE,
)
_ANSWERS: dict[str, Any] = {
    "200": {
        "description": "for each claim its verdict, the claim as understood, the observations compared and their words",
        "content": openapi.content([form.media_type for form in FORMATS]),
    }
}
_FIELDS: dict[str, Any] = dict.fromkeys((*COLUMNS, "text", "csv"), openapi.STRING)


@blueprint.route("/verify", methods=["GET", "POST"])
@openapi.documented(
    get={
        "parameters": (
            *(openapi.parameter(name, openapi.STRING, about) for name, about in _ABOUT.items()),
            openapi.parameter("text", openapi.STRING, "a sentence or short text, instead of the fields"),
            *_OURS,
        ),
        "responses": _ANSWERS,
    },
    post={
        "summary": "Check the claims of a CSV, of a text, or of one claim's fields.",
        "parameters": _OURS,
        "body": openapi.body(["text/csv", "text/plain"], form={"type": "object", "properties": _FIELDS}),
        "responses": _ANSWERS,
    },
)
def verify() -> Response:
    """Check a claim (place, indicator, period, value, unit), or the claims in a text."""
    from innograph.server.pages.verifying import verify_page

    form = _form()
    posted = request.method == "POST"
    given = _posted() if posted else {name: request.args.get(name, "") for name in (*COLUMNS, "text")}
    snapshot = asked_snapshot()
    asked = any(given.values())
    if not asked and (posted or form is not HTML):
        raise ProtocolError(400, "Bad request", f"give a claim ({', '.join(COLUMNS)}), or a text")
    if form is HTML:
        response = verify_page(snapshot, given, lambda: _answers(snapshot, given) if asked else [])
    else:
        response = _response(snapshot, given, form, posted)
    if posted:
        response.headers.pop("ETag", None)
        response.headers["Cache-Control"] = "no-store"
    return response


def _form() -> Format:
    wanted, accept = request.args.get("format"), request.headers.get("Accept")
    form = negotiation.by_name(FORMATS, wanted) if wanted else negotiation.choose(FORMATS, accept)
    if form is None:
        raise NotAcceptableError(f"this is served as one of {', '.join(form.media_type for form in FORMATS)}")
    return form


def _posted() -> Mapping[str, str]:
    """What a request sends: a CSV, a text, or a form with the fields of one claim, `text` or `csv`."""
    request.max_content_length = MAX_BODY
    request.max_form_memory_size = MAX_BODY
    if request.content_encoding:
        raise ProtocolError(415, "Unsupported media type", "send the body without Content-Encoding")
    kind = media_type(request.content_type)
    if kind in (FORM, MULTIPART):
        given = {name: request.form.get(name, "") for name in (*COLUMNS, "text", "csv")}
        file = request.files.get("csv")
        if file is not None and (content := file.read()):
            given["csv"] = text(content)
        return given
    if kind in ("text/csv", "text/plain"):
        return {"csv" if kind == "text/csv" else "text": text(request.get_data())}
    names = f"text/csv, text/plain, {FORM} or {MULTIPART}"
    raise ProtocolError(
        415,
        "Unsupported media type",
        f"claims are sent as {names}, not as {kind or 'a body without Content-Type'}",
    )


def _answers(snapshot: Snapshot, given: Mapping[str, str]) -> list[Answer]:
    from innograph.server.verifying import OutOfTimeError, Verifier
    from innograph.server.verifying.fields import UnreadableError

    if len(given.get("text", "")) > LONGEST_PART:
        raise ProtocolError(
            413, "Content too large", f"a text has at most {LONGEST_PART:,} characters: send it in parts"
        )
    if (
        sum(bool(part) for part in (given.get("csv"), given.get("text"), any(given.get(n) for n in COLUMNS)))
        > 1
    ):
        raise ProtocolError(400, "Bad request", "give one of these: the fields of a claim, a text, or a CSV")
    try:
        verifier = Verifier(snapshot, context().settings.deadline)
        if given.get("csv"):
            return verifier.csv(given["csv"])
        if given.get("text"):
            return verifier.text(given["text"])
        return [verifier.claim(**{name: given.get(name, "") for name in COLUMNS})]
    except UnreadableError as error:
        raise ProtocolError(400, "Bad request", str(error)) from None
    except OutOfTimeError as error:
        raise DeadlineError(str(error)) from None


def _response(snapshot: Snapshot, given: Mapping[str, str], form: Format, posted: bool) -> Response:
    from innograph.server.verifying.reviews import document, triples

    release, language = snapshot.release, chosen_language()
    address = context().address("verify")
    tag = ""
    if not posted:
        tag = caching.etag(release, "verify", form.name, request.full_path, language, address)
        if unchanged := caching.not_modified(tag):
            return unchanged
        pairs = [(name, given[name]) for name in (*COLUMNS, "text") if given[name]]
        address = f"{address}?{urlencode([*pairs, ('release', release.number)])}"
    answers = _answers(snapshot, given)
    if form not in (JSON, LINKED):
        return rdf_response(triples(document(answers, address, Names(release.base))), release, form)
    content: Any = (
        [answer.to_json(language) for answer in answers]
        if form is JSON
        else document(answers, address, Names(release.base))
    )
    response = Response(json.dumps(content, ensure_ascii=False) + "\n", content_type=form.content_type)
    response.headers["Innograph-Release"] = str(release.number)
    response.vary.add("Accept-Language")
    return caching.tagged(response, tag)
