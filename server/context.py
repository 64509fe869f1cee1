"""What a request needs of its application: the settings and the engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from flask import current_app, request
from werkzeug.exceptions import SecurityError

from innograph.server.engine import Engine
from innograph.server.settings import Settings

_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of an application that its views use."""

    settings: Settings
    engine: Engine

    def address(self, path: str = "") -> str:
        """The public address of a path of this site: `path` has no leading slash.

        Raises:
            SecurityError: the request's Host header is none (RFC 9110, section 7.2): a 400.
        """
        if self.settings.public_url:
            return self.settings.public_url.rstrip("/") + "/" + path
        host = request.headers.get("Host", request.environ["SERVER_NAME"])
        if not _HOST.fullmatch(host):
            raise SecurityError(f"the Host header {host!r} names no host")
        return f"{request.scheme}://{host}/{path}"


def context() -> Context:
    """The context of the application that answers the current request."""
    return cast(Context, current_app.extensions["innograph"])
