"""Every setting of the server, declared once: its name, its environment variable, its default, its meaning.

The command line makes its options of them, `docs/settings.md` its table (`python -m
innograph.server.settings` prints it).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from innograph.ontology.namespaces import DEFAULT_BASE

DEFAULT_STORE = Path(".innograph")
LOG_STYLES = ("text", "json", "off")
LOG_LEVELS = ("debug", "info", "warning", "error")
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"(\d+)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)


def _setting(
    variable: str,
    default: Any,
    about: str,
    *,
    minimum: float | None = None,
    choices: tuple[str, ...] = (),
    size: bool = False,
    secret: bool = False,
) -> Any:
    """A setting: `size` is in bytes and may be written as `64MiB`; a `secret` is no option and never shown."""
    metadata = {
        "variable": variable,
        "about": about,
        "minimum": minimum,
        "choices": choices,
        "size": size,
        "secret": secret,
    }
    return field(default=default, metadata=metadata, repr=not secret)


def _truth(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in words:
        raise ValueError("must be true or false")
    return words[text.lower()]


def _bytes(text: str) -> int:
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError("must be a number of bytes, such as 67108864 or 64MiB")
    return int(match[1]) * _UNITS[match[2].lower()]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server can be told. `from_environment` reads the variables; the command line sets them."""

    store: Path = _setting("INNOGRAPH_STORE", DEFAULT_STORE, "folder of the releases")
    host: str = _setting("INNOGRAPH_HOST", "127.0.0.1", "address to listen on; `0.0.0.0` is every one")
    port: int = _setting("INNOGRAPH_PORT", 8000, "port to listen on", minimum=1)
    public_url: str = _setting(
        "INNOGRAPH_PUBLIC_URL", "", "address of the site as its users see it (default: that of the request)"
    )
    workers: int = _setting(
        "INNOGRAPH_WORKERS",
        2,
        "HTTP processes; each has evaluators and a response cache of its own",
        minimum=1,
    )
    threads: int = _setting(
        "INNOGRAPH_THREADS", 1024, "requests at the same time in each HTTP process", minimum=1
    )
    grace: float = _setting(
        "INNOGRAPH_GRACE",
        8.0,
        "seconds that running answers get to finish when the server is stopped",
        minimum=0,
    )
    scratch: bool = _setting(
        "INNOGRAPH_SCRATCH", False, "serve an empty, throw-away, general store without rules"
    )
    token: str = _setting(
        "INNOGRAPH_TOKEN", "", "bearer token for writes; without one there are none", secret=True
    )
    deadline: float = _setting("INNOGRAPH_DEADLINE", 30.0, "seconds that a query may take", minimum=0.001)
    evaluators: int = _setting(
        "INNOGRAPH_EVALUATORS", 8, "queries at the same time in each HTTP process", minimum=1
    )
    ready_evaluators: int = _setting(
        "INNOGRAPH_READY_EVALUATORS", 4, "evaluators that wait for work in each HTTP process", minimum=1
    )
    evaluator_memory: int = _setting(
        "INNOGRAPH_EVALUATOR_MEMORY", 1 << 30, "memory that a query may use", size=True, minimum=1 << 26
    )
    evaluators_memory: int = _setting(
        "INNOGRAPH_EVALUATORS_MEMORY",
        2 << 30,
        "memory that all queries of an HTTP process may use together: beyond it the largest is ended",
        size=True,
        minimum=1 << 26,
    )
    allow_service: str = _setting(
        "INNOGRAPH_ALLOW_SERVICE",
        "",
        "SPARQL endpoints that SERVICE may ask, separated by commas; an entry that ends in `/` allows what is below it",
    )
    allow_load: str = _setting(
        "INNOGRAPH_ALLOW_LOAD",
        "",
        "addresses that LOAD may read, separated by commas; an entry that ends in `/` allows what is below it",
    )
    write_deadline: float = _setting(
        "INNOGRAPH_WRITE_DEADLINE", 60.0, "seconds that a write may take", minimum=0.001
    )
    writer_memory: int = _setting(
        "INNOGRAPH_WRITER_MEMORY", 4 << 30, "memory that a write may use", size=True, minimum=1 << 26
    )
    max_query_bytes: int = _setting(
        "INNOGRAPH_MAX_QUERY_BYTES", 1 << 20, "longest query", size=True, minimum=1
    )
    max_result_bytes: int = _setting(
        "INNOGRAPH_MAX_RESULT_BYTES", 1 << 30, "largest result", size=True, minimum=1
    )
    max_upload_bytes: int = _setting(
        "INNOGRAPH_MAX_UPLOAD_BYTES", 64 << 20, "largest RDF upload or update", size=True, minimum=1
    )
    cache_bytes: int = _setting(
        "INNOGRAPH_CACHE_BYTES",
        64 << 20,
        "memory for answers kept in each HTTP process; one answer takes at most a 64th; 0 keeps none",
        size=True,
        minimum=0,
    )
    cache_entries: int = _setting(
        "INNOGRAPH_CACHE_ENTRIES", 20_000, "answers kept in each HTTP process", minimum=0
    )
    engine: str = _setting("INNOGRAPH_ENGINE", "", "query address of a store elsewhere that is fronted")
    engine_update: str = _setting("INNOGRAPH_ENGINE_UPDATE", "", "its update address, to pass updates on")
    engine_graphs: str = _setting("INNOGRAPH_ENGINE_GRAPHS", "", "its graph store, to pass graphs on")
    engine_token: str = _setting("INNOGRAPH_ENGINE_TOKEN", "", "bearer token that it wants", secret=True)
    engine_user: str = _setting("INNOGRAPH_ENGINE_USER", "", "`name:password` that it wants", secret=True)
    engine_dataset: str = _setting(
        "INNOGRAPH_ENGINE_DATASET",
        "auto",
        "whether a query without a dataset is left to its default graph or names the published graphs",
        choices=("auto", "store", "graphs"),
    )
    base_iri: str = _setting("INNOGRAPH_BASE_IRI", DEFAULT_BASE, "base of the IRIs in the store elsewhere")
    log: str = _setting(
        "INNOGRAPH_LOG",
        "text",
        "how the log on standard error is written: lines for people, JSON for programs, or nothing",
        choices=LOG_STYLES,
    )
    log_level: str = _setting(
        "INNOGRAPH_LOG_LEVEL",
        "",
        "least serious thing that is logged: a request is `info`, one that failed by a defect of ours `error`;"
        " `debug` adds the beginning of the query (default: `info` with JSON, `warning` with text)",
        choices=LOG_LEVELS,
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Settings from environment variables; a secret also from the file that `VARIABLE_FILE` names.

        Raises:
            ValueError: a variable has no sensible value; the message names it.
        """
        values: dict[str, Any] = {}
        for setting in fields(cls):
            variable = setting.metadata["variable"]
            text = environment.get(variable)
            if not text and setting.metadata["secret"]:
                text = _from_file(variable + "_FILE", environment)
            if text:
                try:
                    values[setting.name] = _read(setting, text)
                except ValueError as error:
                    raise ValueError(f"{variable}={text!r}: {error}") from None
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """The environment variables that say the same."""
        return {s.metadata["variable"]: str(getattr(self, s.name)) for s in fields(self)}


def _read(setting: Field[Any], text: str) -> Any:
    """A setting's value from its text."""
    metadata, default = setting.metadata, _default(setting)
    kind = type(default)
    if metadata["choices"]:
        if text not in metadata["choices"]:
            raise ValueError(f"must be one of {', '.join(metadata['choices'])}")
        return text
    if metadata["size"]:
        value: Any = _bytes(text)
    elif kind is bool:
        return _truth(text)
    elif kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            raise ValueError("must be a whole number" if kind is int else "must be a number") from None
    else:
        return Path(text) if isinstance(default, Path) else text
    if not metadata["minimum"] <= value < float("inf"):
        raise ValueError(f"must be at least {metadata['minimum']}")
    return value


def _default(setting: Field[Any]) -> Any:
    return setting.default


def _from_file(variable: str, environment: Mapping[str, str]) -> str:
    path = environment.get(variable)
    if not path:
        return ""
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise ValueError(f"{variable}={path!r}: {error.strerror}") from None


def secret_variables() -> frozenset[str]:
    """The variables whose values belong neither into a log nor to the processes that evaluate queries."""
    return frozenset(s.metadata["variable"] for s in fields(Settings) if s.metadata["secret"])


def option(setting: Field[Any]) -> str | None:
    """The command-line option of a setting; a secret has none: others would see it in the process list."""
    return None if setting.metadata["secret"] else "--" + setting.name.replace("_", "-")


def shown_default(setting: Field[Any]) -> str:
    """A setting's default as a person writes it."""
    value = _default(setting)
    if setting.metadata["size"]:
        for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20)):
            if value and value % factor == 0:
                return f"{value // factor}{unit}"
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if value is False else str(value)


def table() -> Iterator[str]:
    """The settings as the lines of a Markdown table."""
    yield "| option | variable | default | meaning |"
    yield "|---|---|---|---|"
    for setting in fields(Settings):
        name, default = option(setting), shown_default(setting)
        about = setting.metadata["about"]
        if setting.metadata["choices"]:
            about += f"; one of {', '.join(f'`{choice}`' for choice in setting.metadata['choices'])}"
        if setting.metadata["secret"]:
            about += f"; `{setting.metadata['variable']}_FILE` names a file that holds it"
        yield (
            f"| {f'`{name}`' if name else 'none'} | `{setting.metadata['variable']}` "
            f"| {f'`{default}`' if default else 'none'} | {about} |"
        )


if __name__ == "__main__":
    print("\n".join(table()))
