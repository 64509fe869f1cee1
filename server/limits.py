"""The limits of the endpoint, declared once: the service description and a header state them."""

from __future__ import annotations

from dataclasses import dataclass

from innograph.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: its name in the header, its value, its UN/CEFACT unit code, and what it bounds."""

    name: str
    value: float
    unit_code: str
    about: str


def limits(settings: Settings) -> tuple[Limit, ...]:
    """What a client must keep to."""
    return (
        Limit("deadline", settings.deadline, "SEC", "how long a query may take; timeout= lowers it"),
        Limit("query-bytes", settings.max_query_bytes, "AD", "how long a query request may be"),
        Limit("result-bytes", settings.max_result_bytes, "AD", "how long a result may be"),
        Limit(
            "upload-bytes", settings.max_upload_bytes, "AD", "how long an update or an RDF document may be"
        ),
        Limit("memory-bytes", settings.evaluator_memory, "AD", "how much memory a query may take"),
    )


def header(settings: Settings) -> str:
    """The limits as a dictionary of structured fields (RFC 9651, section 3.2)."""
    return ", ".join(f"{limit.name}={limit.value:.12g}" for limit in limits(settings))
