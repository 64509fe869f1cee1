"""The log on standard error: lines for people, or one JSON object a line for programs.

A record may carry `fields`, which JSON shows one by one. No secret gets into a line, wherever it
comes from: formatters know the values of the secret settings and put a placeholder in their place.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from typing import Any

from innograph.server.settings import Settings, secret_variables

SHORTEST_SECRET = 4
HIDDEN = "[secret]"


class _Formatter(logging.Formatter):
    """What both styles share: the time in UTC, and secrets taken out."""

    def __init__(self) -> None:
        super().__init__()
        values = (os.environ.get(variable, "") for variable in secret_variables())
        self._secrets = [value for value in values if len(value) >= SHORTEST_SECRET]

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line (a traceback in text: several)."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = self.line(record, time.replace("+00:00", "Z"))
        for secret in self._secrets:
            line = line.replace(secret, HIDDEN)
        return line

    def line(self, record: logging.LogRecord, time: str) -> str:
        """The line before secrets are taken out."""
        raise NotImplementedError


class JsonFormatter(_Formatter):
    """One JSON object a line."""

    def line(self, record: logging.LogRecord, time: str) -> str:
        """See `_Formatter.line`."""
        content: dict[str, Any] = {"time": time, "level": record.levelname.lower()}
        fields = getattr(record, "fields", None)
        content |= fields if fields is not None else {"message": record.getMessage()}
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return json.dumps(content, ensure_ascii=False)


class TextFormatter(_Formatter):
    """A line for people. What a client sent is quoted, so that it cannot begin a line of its own."""

    def line(self, record: logging.LogRecord, time: str) -> str:
        """See `_Formatter.line`."""
        fields = getattr(record, "fields", None)
        if fields is None:
            message = record.getMessage()
        else:
            message = " ".join(f"{name}={json.dumps(value)}" for name, value in fields.items())
        text = f"{time} {record.levelname} {message}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def configuration(settings: Settings) -> dict[str, Any]:
    """The log's configuration for `logging.config.dictConfig`, in the main process and in HTTP processes."""
    json_style, off = settings.log == "json", settings.log == "off"
    level = settings.log_level or ("info" if json_style else "warning")
    handler: dict[str, Any] = {"class": "logging.NullHandler"}
    if not off:
        handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "ours"}
    style = "JsonFormatter" if json_style else "TextFormatter"
    quiet = {"handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": {"()": f"{__name__}.{style}"}},
        "handlers": {"stderr": handler},
        "loggers": {"innograph": quiet | {"level": level.upper()}, "_granian": dict(quiet)},
    }
