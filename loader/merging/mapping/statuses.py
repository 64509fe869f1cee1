"""Flags of observations → SDMX CL_OBS_STATUS, as far as our graph tells them apart: normal, estimated, forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """A status and what its flag adds in words."""

    code: str = "A"
    note: str = ""


NORMAL = Status()
# SDMX CL_OBS_STATUS (version 2.2) and the flags of Eurostat, OECD and the World Bank; then words.
_FLAGS = {
    "": NORMAL,
    "a": NORMAL,
    "e": Status("E"),
    "f": Status("F"),
    "p": Status("A", "provisional"),
    "b": Status("A", "break in the series"),
    "d": Status("A", "definition differs"),
    "r": Status("A", "revised"),
    "u": Status("A", "low reliability"),
    "n": Status("A", "not significant"),
    "i": Status("E", "imputed"),
    "s": Status("E", "estimated by the publisher"),
    "v": Status("A", "not validated"),
    "g": Status("A", "experimental"),
}
_WORDS = {
    "normal": NORMAL,
    "actual": NORMAL,
    "final": NORMAL,
    "official": NORMAL,
    "实际": NORMAL,
    "実績": NORMAL,
    **dict.fromkeys(
        ("estimate", "estimated", "estimation", "geschätzt", "schätzung", "估计", "估计值", "推計", "推定"),
        Status("E"),
    ),
    **dict.fromkeys(
        (
            "forecast",
            "projection",
            "projected",
            "predicted",
            "prognose",
            "prévision",
            "预测",
            "预计",
            "予測",
            "見込み",
        ),
        Status("F"),
    ),
    **dict.fromkeys(
        ("provisional", "preliminary", "vorläufig", "provisoire", "初步", "速報"), Status("A", "provisional")
    ),
    "revised": Status("A", "revised"),
    "imputed": Status("E", "imputed"),
}


def read_status(flag: str, codes: Mapping[str, str]) -> Status:
    """What a flag says: by the mapping's codes first, then by the usual ones, letters also joined ("bp").

    Raises:
        ValueError: nobody says what the flag means.
    """
    flag = flag.strip()
    if flag in codes:
        return Status(codes[flag])
    folded = flag.casefold()
    known = _FLAGS.get(folded) or _WORDS.get(folded)
    if known is not None:
        return known
    letters = [
        (codes.get(letter) and Status(codes[letter])) or _FLAGS.get(letter.casefold()) for letter in flag
    ]
    if len(flag) <= 3 and all(letters):
        found = [status for status in letters if status is not None]
        code = next((status.code for status in found if status.code != "A"), "A")
        return Status(code, "; ".join(status.note for status in found if status.note))
    raise ValueError(
        f'the status {flag!r} is not known: say what it means, as status = {{column = "…", codes = {{"{flag}" = "A"}}}}'
    )
