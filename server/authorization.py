"""Who may write: whoever has the token (RFC 6750). Without a token nobody may."""

from __future__ import annotations

from hmac import compare_digest

from flask import request

from innograph.server.context import context
from innograph.server.protocol import ProtocolError


def require_token() -> None:
    """Let a request with the bearer token pass; the comparison takes the same time for every other one.

    Raises:
        ProtocolError: 403 where writing is off, 401 without the token or with another.
    """
    token = context().settings.token
    if not token:
        raise ProtocolError(
            403, "Read only", "writing is off here: the server was started without INNOGRAPH_TOKEN"
        )
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
        challenge = 'Bearer realm="innograph"' + (', error="invalid_token"' if given else "")
        raise ProtocolError(
            401,
            "Unauthorized",
            "writing needs the header Authorization: Bearer TOKEN",
            {"WWW-Authenticate": challenge},
        )
