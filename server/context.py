"""What a request needs of its application: the settings and the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app, request

from innograph.server.engine import Engine
from innograph.server.exports import Exports
from innograph.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of an application that its views use."""

    settings: Settings
    engine: Engine
    exports: Exports

    def address(self, path: str = "") -> str:
        """The public address of a path of this site: `path` has no leading slash."""
        return (self.settings.public_url or request.url_root).rstrip("/") + "/" + path


def context() -> Context:
    """The context of the application that answers the current request."""
    return cast(Context, current_app.extensions["innograph"])
