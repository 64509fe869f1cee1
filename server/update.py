"""`/update`: the update operation of the SPARQL 1.1 Protocol (section 2.2)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from innograph.server import openapi
from innograph.server.authorization import require_token
from innograph.server.context import context
from innograph.server.engine import Update
from innograph.server.protocol import UPDATE_METHODS, parameters, update_operation
from innograph.server.responses import empty, options

blueprint = Blueprint("update", __name__)


METHODS = ["GET", "POST", "QUERY", "PUT", "PATCH", "DELETE", "OPTIONS"]


@blueprint.route("/update", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
@openapi.documented(
    post={
        "token": True,
        "parameters": (
            openapi.parameter("using-graph-uri", openapi.IRIS, "what USING would name"),
            openapi.parameter("using-named-graph-uri", openapi.IRIS, "what USING NAMED would name"),
        ),
        "body": openapi.body(
            ["application/sparql-update"],
            form={"type": "object", "properties": {"update": openapi.STRING}, "required": ["update"]},
        ),
        "responses": {"204": {"description": "done; the header Innograph-Release names the release"}},
    }
)
def update() -> Response:
    """Do an update; the answer is empty and names the release that holds it."""
    if request.method == "OPTIONS":
        return options(UPDATE_METHODS)
    if request.method == "POST":
        require_token()
    request.max_content_length = context().settings.max_upload_bytes
    body = request.get_data() if request.method == "POST" else b""
    url = parameters(request.query_string)
    operation = update_operation(request.method, url, request.content_type, body)
    release = context().engine.update(Update(operation.text, operation.using, operation.using_named))
    response = empty(204)
    response.headers["Innograph-Release"] = str(release.number)
    return response
