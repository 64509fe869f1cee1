"""Kill -9 of the whole process group at a random moment loses no acknowledged write and serves no half of one.

A hundred times: a server starts over the store that the last crash left, clients write, everything is
killed, and the store is read without any repair.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import BASE, SLUG, Site, serving, wait_until
from pyoxigraph import NamedNode, Store

from innograph.loader.releases import Releases

KILLS, LANES = 100, 4
TOKEN = "a-token-for-tests"
PERSON = NamedNode("https://schema.org/Person")
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def write(site: Site, name: str) -> bool:
    """Add a person with three facts in one update; whether that was acknowledged."""
    person = f"<{BASE}person/{name}>"
    facts = f'a <{PERSON.value}> ; <http://www.w3.org/2000/01/rdf-schema#label> "{name}"@en'
    text = f'INSERT DATA {{ GRAPH <{BASE}graph/{SLUG}> {{ {person} {facts} ; <https://schema.org/jobTitle> "x"@en }} }}'
    with contextlib.suppress(OSError, ValueError):
        reply = site.request(
            "POST", "/update", text, Authorization=f"Bearer {TOKEN}", Content_Type="application/sparql-update"
        )
        return reply.status == 204
    return False


def facts_of_people(root: Path) -> dict[str, int]:
    """How many facts the store has of each person that was written, read without repair."""
    release = Releases(root).current()
    store = Store.read_only(str(release.store))
    people = [quad.subject for quad in store.quads_for_pattern(None, TYPE, PERSON)]
    counted = {str(p.value): sum(1 for _ in store.quads_for_pattern(p, None, None)) for p in people}  # type: ignore[union-attr]
    assert len(store) == release.description.quads
    return {iri.rpartition("/")[2]: count for iri, count in counted.items() if "/crash-" in iri}


def crash(root: Path, lane: int, turn: int, moment: float, acknowledged: set[str]) -> None:
    """One server's life: some clients write until everything is killed at the moment."""
    with serving(root, INNOGRAPH_TOKEN=TOKEN, INNOGRAPH_READY_EVALUATORS="1") as site:
        stop = threading.Event()
        before = len(acknowledged)

        def client(number: int) -> None:
            count = 0
            while not stop.is_set():
                name = f"crash-{lane}-{turn}-{number}-{count}"
                if write(site, name):
                    acknowledged.add(name)
                count += 1

        clients = [threading.Thread(target=client, args=[n]) for n in range(2)]
        for thread in clients:
            thread.start()
        if turn % 4:  # three times of four in the midst of writing, once at any moment
            wait_until(lambda: len(acknowledged) > before)
        time.sleep(moment)
        os.killpg(site.group, signal.SIGKILL)
        stop.set()
        for thread in clients:
            thread.join()


def lane(root: Path, number: int, seed: int) -> int:
    """A share of the crashes, one after the other over one store; returns how many writes were acknowledged."""
    moments = random.Random(seed)
    acknowledged: set[str] = set()
    for turn in range(KILLS // LANES):
        crash(root, number, turn, moments.uniform(0.0, 0.3), acknowledged)
        present = facts_of_people(root)
        assert acknowledged <= present.keys(), "an acknowledged write is lost"
        assert set(present.values()) <= {3}, "half of a write is served"
    return len(acknowledged)


def test_a_hundred_crashes_lose_nothing_and_show_nothing_half(store: Path, tmp_path: Path) -> None:
    roots = [Path(shutil.copytree(store, tmp_path / f"lane-{n}", symlinks=True)) for n in range(LANES)]
    with ThreadPoolExecutor(LANES) as lanes:
        counts = list(lanes.map(lane, roots, range(LANES), range(LANES)))
    assert all(counts), "writes were acknowledged in every lane"
    for root in roots:
        kept = {f"{number:04d}" for number in Releases(root).state().published}
        assert len({entry.name for entry in (root / "releases").iterdir()} - kept) <= 1, "at most one orphan"
