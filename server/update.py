"""`/update`: the update operation of the SPARQL 1.1 Protocol (section 2.2)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from innograph.server.authorization import require_token
from innograph.server.context import context
from innograph.server.engine import Update
from innograph.server.protocol import parameters, update_operation

blueprint = Blueprint("update", __name__)


@blueprint.route("/update", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def update() -> Response:
    """Do an update; the answer is empty and names the release that holds it."""
    if request.method == "POST":
        require_token()
    request.max_content_length = context().settings.max_upload_bytes
    body = request.get_data() if request.method == "POST" else b""
    url = parameters(request.query_string)
    operation = update_operation(request.method, url, request.content_type, body)
    release = context().engine.update(Update(operation.text, operation.using, operation.using_named))
    response = Response(status=204)
    response.headers["Innograph-Release"] = str(release.number)
    response.headers["Cache-Control"] = "no-store"
    return response
