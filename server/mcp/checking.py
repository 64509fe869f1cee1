"""The tool `verify_claim`: claims checked as `/verify` checks them."""

from __future__ import annotations

from mcp.server.mcpserver.exceptions import ToolError

from innograph.server.engine import Engine
from innograph.server.mcp.asking import Asking, clean
from innograph.server.mcp.models import Checked, Language, VerifyAnswer
from innograph.server.verifying import OutOfTimeError, Verifier

LONGEST_TEXT = 20_000
LONGEST_FIELD = 400


def check(
    engine: Engine, claim: dict[str, str], text: str, seconds: float, language: Language
) -> VerifyAnswer:
    """Check one claim given in fields, or the claims of a text; `seconds` bounds how long.

    Raises:
        ToolError: neither or both are given, or it took too long.
    """
    given = {
        name: clean(value, name, LONGEST_FIELD) for name, value in claim.items() if value and value.strip()
    }
    if bool(given) == bool(text.strip()):
        raise ToolError("give either a text, or a claim by its place, indicator, period, value and unit")
    asking = Asking(engine, language)
    try:
        verifier = Verifier(asking.snapshot, seconds)
        answers = [verifier.claim(**given)] if given else verifier.text(clean(text, "text", LONGEST_TEXT))
    except OutOfTimeError:
        raise ToolError(f"the claims could not all be checked in {seconds:g} s: send fewer at once") from None
    told = [answer.to_json(language) for answer in answers]
    sources = {one["source"] for answer in told for one in answer["observations"]}
    return VerifyAnswer(
        release=asking.release(),
        sources=asking.sources(sources),
        answers=[Checked(**answer) for answer in told],
    )
