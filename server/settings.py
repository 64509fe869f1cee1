"""Every setting of the server, declared once: its name, its environment variable, its default."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def _setting(variable: str, default: Any, about: str) -> Any:
    return field(default=default, metadata={"variable": variable, "about": about})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server can be told. `from_environment` reads the variables; the command line sets them."""

    store: Path = _setting("INNOGRAPH_STORE", Path(".innograph"), "folder of the releases")
    deadline: float = _setting("INNOGRAPH_DEADLINE", 30.0, "seconds that a query may take")
    evaluators: int = _setting("INNOGRAPH_EVALUATORS", 4, "queries that run at the same time")
    spares: int = _setting("INNOGRAPH_SPARES", 2, "evaluators that wait to replace an ended one")
    evaluator_memory: int = _setting("INNOGRAPH_EVALUATOR_MEMORY", 1 << 30, "bytes that a query may use")
    max_query_bytes: int = _setting("INNOGRAPH_MAX_QUERY_BYTES", 1 << 20, "longest query, in bytes")
    max_result_bytes: int = _setting("INNOGRAPH_MAX_RESULT_BYTES", 1 << 30, "largest result, in bytes")
    public_url: str = _setting(
        "INNOGRAPH_PUBLIC_URL", "", "address of the site as its users see it (default: that of the request)"
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Settings from environment variables.

        Raises:
            ValueError: a variable has no sensible value; the message names it.
        """
        values: dict[str, Any] = {}
        for setting in fields(cls):
            variable = setting.metadata["variable"]
            text = environment.get(variable)
            if text:
                kind: Callable[[str], Any] = type(setting.default)
                try:
                    values[setting.name] = kind(text)
                except ValueError:
                    raise ValueError(f"{variable}={text!r}: not {type(setting.default).__name__}") from None
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """The environment variables that say the same."""
        return {s.metadata["variable"]: str(getattr(self, s.name)) for s in fields(self)}
