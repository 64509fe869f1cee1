"""`/health/live` and `/health/ready`: for whoever starts, watches and restarts the server."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from innograph.server.context import context
from innograph.server.engine.errors import EngineError
from innograph.server.problems import problem

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
def live() -> Response:
    """The process answers."""
    return jsonify(status="live")


@blueprint.get("/ready")
def ready() -> Response:
    """A release is open and can be asked; 503 until then."""
    try:
        snapshot = context().engine.snapshot()
        snapshot.ask("ASK { ?s ?p ?o }")
    except EngineError as error:
        response = problem(503, "Not ready", str(error))
        response.headers["Retry-After"] = "1"
        return response
    return jsonify(status="ready", release=snapshot.release.number, quads=snapshot.release.quads)
