"""Every setting of the server, declared once: its name, its environment variable, its default."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from innograph.ontology.namespaces import DEFAULT_BASE

DEFAULT_STORE = Path(".innograph")


def _setting(variable: str, default: Any, about: str) -> Any:
    return field(default=default, metadata={"variable": variable, "about": about})


def _truth(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server can be told. `from_environment` reads the variables; the command line sets them."""

    store: Path = _setting("INNOGRAPH_STORE", DEFAULT_STORE, "folder of the releases")
    deadline: float = _setting("INNOGRAPH_DEADLINE", 30.0, "seconds that a query may take")
    evaluators: int = _setting("INNOGRAPH_EVALUATORS", 4, "queries that run at the same time")
    spares: int = _setting("INNOGRAPH_SPARES", 4, "evaluators that wait to replace an ended one")
    evaluator_memory: int = _setting("INNOGRAPH_EVALUATOR_MEMORY", 1 << 30, "bytes that a query may use")
    max_query_bytes: int = _setting("INNOGRAPH_MAX_QUERY_BYTES", 1 << 20, "longest query, in bytes")
    max_result_bytes: int = _setting("INNOGRAPH_MAX_RESULT_BYTES", 1 << 30, "largest result, in bytes")
    max_upload_bytes: int = _setting("INNOGRAPH_MAX_UPLOAD_BYTES", 64 << 20, "largest RDF upload, in bytes")
    token: str = _setting("INNOGRAPH_TOKEN", "", "bearer token for writes; without one there are none")
    write_deadline: float = _setting("INNOGRAPH_WRITE_DEADLINE", 60.0, "seconds that a write may take")
    writer_memory: int = _setting("INNOGRAPH_WRITER_MEMORY", 4 << 30, "bytes that a write may use")
    scratch: bool = _setting("INNOGRAPH_SCRATCH", False, "whether the store is a general one without rules")
    engine: str = _setting("INNOGRAPH_ENGINE", "", "query address of a store elsewhere that is fronted")
    engine_update: str = _setting("INNOGRAPH_ENGINE_UPDATE", "", "its update address, to pass updates on")
    engine_graphs: str = _setting("INNOGRAPH_ENGINE_GRAPHS", "", "its graph store, to pass graphs on")
    engine_token: str = _setting("INNOGRAPH_ENGINE_TOKEN", "", "bearer token that it wants")
    engine_user: str = _setting("INNOGRAPH_ENGINE_USER", "", "name:password that it wants")
    engine_dataset: str = _setting(
        "INNOGRAPH_ENGINE_DATASET", "auto", "what a query without a dataset asks: auto, store or graphs"
    )
    base_iri: str = _setting("INNOGRAPH_BASE_IRI", DEFAULT_BASE, "base of the IRIs in the store elsewhere")
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
                if kind is bool:
                    kind = _truth
                try:
                    values[setting.name] = kind(text)
                except ValueError:
                    raise ValueError(f"{variable}={text!r}: not {type(setting.default).__name__}") from None
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """The environment variables that say the same."""
        return {s.metadata["variable"]: str(getattr(self, s.name)) for s in fields(self)}
