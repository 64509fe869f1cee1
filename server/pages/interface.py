"""The HTTP interface as a page: what `/openapi.json` says, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from innograph.server.engine import Snapshot
from innograph.server.pages.language import Words
from innograph.server.pages.links import Links
from innograph.server.pages.rendering import Alternate, Frame, page


def interface_page(snapshot: Snapshot, description: Mapping[str, Any]) -> Response:
    """Every path with its methods, what they do, and what they take."""
    operations = [
        (path, method.upper(), operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]

    def build(words: Words, links: Links) -> tuple[str, Frame, dict[str, Any]]:
        frame = Frame(
            title=words.interface,
            crumbs=((words.home, links.to("/")), (words.documentation, links.to("/docs/"))),
            alternates=(Alternate("json", "application/json", "/openapi.json"),),
        )
        return "interface.html", frame, {"operations": operations}

    return page(snapshot.release, build, variant=len(operations))
