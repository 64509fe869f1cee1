"""Responses without content."""

from __future__ import annotations

from flask import Response


def empty(status: int) -> Response:
    """An answer that is only its status: it has no content, so no type of one."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    response.headers["Cache-Control"] = "no-store"
    return response


def options(allow: str) -> Response:
    """What may be done at an address (RFC 9110, section 9.3.7)."""
    response = empty(204)
    response.headers["Allow"] = allow
    return response
