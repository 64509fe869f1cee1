"""The published states of the graph, for readers.

A store is a folder. `releases/0007/` is one release: an immutable Oxigraph store in `store/` and its
description in `release.json`. Which releases exist, and which one is current, is one small file in
`states/`; the link `current` names it and is replaced atomically, so a folder that the state does not
name was never published. Every change makes a state with a name of its own, so a reader sees by the
link alone whether anything changed. Readers need nothing else and take no lock.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from innograph.loader.errors import NoReleaseError
from innograph.loader.readlink import readlink

STATE_LINK = "current"
DESCRIPTION_FILE = "release.json"
TOUCHED_FILE = "touched.txt"


@dataclass(frozen=True, slots=True)
class State:
    """Which releases are published; `last` is the highest number ever given out.

    `history` tells since when (ISO 8601) which release was the current one, oldest first.
    """

    current: int | None = None
    published: tuple[int, ...] = ()
    pinned: tuple[int, ...] = ()
    last: int = 0
    history: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> str:
        """The text of a state file."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_json(cls, text: str) -> State:
        """Read what `to_json` wrote."""
        raw = json.loads(text)
        history = tuple((since, number) for since, number in raw.get("history", ()))
        return cls(raw["current"], tuple(raw["published"]), tuple(raw["pinned"]), raw["last"], history)


@dataclass(frozen=True, slots=True)
class Description:
    """What `release.json` says of a release.

    `identity` never repeats: ETags are made of it. `checksum` and `checksums` (by graph IRI) are SHA-256
    of canonical forms; None and absent where nobody has computed them yet.
    """

    number: int
    identity: str
    created: str
    kind: str
    message: str
    base: str
    parent: int | None
    quads: int
    graphs: dict[str, int] = field(default_factory=dict)
    checksum: str | None = None
    checksums: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def to_json(self) -> str:
        """The text of `release.json`."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Release:
    """One published release: `path` is its folder."""

    number: int
    path: Path

    @property
    def store(self) -> Path:
        """The Oxigraph store; open it with `pyoxigraph.Store.read_only`."""
        return self.path / "store"

    @property
    def touched(self) -> list[str] | None:
        """The IRIs of the subjects that differ from the parent's, after a small write; else None."""
        try:
            return (self.path / TOUCHED_FILE).read_text("utf-8").splitlines()
        except FileNotFoundError:
            return None

    @cached_property
    def description(self) -> Description:
        """What `release.json` says.

        Raises:
            NoReleaseError: the release was pruned meanwhile.
        """
        try:
            raw: dict[str, Any] = json.loads((self.path / DESCRIPTION_FILE).read_text("utf-8"))
        except FileNotFoundError:
            raise NoReleaseError(f"release {self.number} is not published (any more)") from None
        return Description(**raw)


class Releases:
    """The releases of one store folder, for readers. Cheap to ask on every request."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.link = root / STATE_LINK  # names the current state
        self._link = os.fsencode(self.link)
        self._seen: tuple[str, State] | None = None
        self._known: dict[int, Release] = {}

    def state(self) -> State:
        """What is published now; reads a state only when the link names another than last time."""
        while True:
            try:
                name = readlink(self._link)
            except FileNotFoundError:
                return State()
            except OSError:  # a copy of the store that followed links: the state itself stands here
                name = STATE_LINK
                self._seen = None
            seen = self._seen
            if seen is not None and seen[0] == name:
                return seen[1]
            try:
                state = State.from_json((self.root / name).read_text("utf-8"))
            except FileNotFoundError:  # it was replaced between the two looks
                continue
            self._known = {number: self._known.get(number) or self._at(number) for number in state.published}
            self._seen = (name, state)
            return state

    def current(self) -> Release:
        """The release that is served.

        Raises:
            NoReleaseError: nothing has been published yet.
        """
        state = self.state()
        if state.current is None:
            raise NoReleaseError(f"nothing is published in {self.root}: run `innograph build`")
        return self._known.get(state.current) or self.get(state.current)

    def get(self, number: int) -> Release:
        """A release by its number.

        Raises:
            NoReleaseError: no such release is published.
        """
        published = self.state().published
        release = self._known.get(number)
        if release is None or number not in published:
            kept = ", ".join(map(str, published)) or "none"
            raise NoReleaseError(f"release {number} is not published; published are: {kept}")
        return release

    def all(self) -> list[Release]:
        """Every published release, oldest first."""
        return [self.get(number) for number in self.state().published]

    def current_at(self, moment: datetime) -> Release:
        """The release that was the current one at a moment, as far as it is still published.

        Before the first one it is the first, as RFC 7089 (section 4.5.3) wants. Seconds count: what HTTP
        tells of a release's time is cut to them.

        Raises:
            NoReleaseError: nothing has been published yet.
        """
        history = self._history()
        if not history:
            return self.current()
        then = [release for since, release in history if since.replace(microsecond=0) <= moment]
        return then[-1] if then else history[0][1]

    def _history(self) -> list[tuple[datetime, Release]]:
        """Since when each release was current; one of which that is not told, since it was created."""
        state = self.state()
        told = [(since, number) for since, number in state.history if number in state.published]
        known = {number for _, number in told}
        untold = [self.get(number) for number in state.published if number not in known]
        told += [(release.description.created, release.number) for release in untold]
        found = ((datetime.fromisoformat(since), self.get(number)) for since, number in told)
        return sorted(found, key=lambda entry: (entry[0], entry[1].number))

    def folder(self, number: int) -> Path:
        """Where a release of this number lives."""
        return self.root / "releases" / f"{number:04d}"

    def _at(self, number: int) -> Release:
        return Release(number, self.folder(number))
