"""The quads that only one of two releases has.

Where only small writes lie between them, each tells the subjects that it touched, so that nothing else is
looked at. Otherwise graphs with different checksums are read side by side. The engine keeps quads in the
order of fingerprints of their terms, which is the same in every store, so two graphs can be walked in step;
where they part, a look-up tells on which side a quad is missing. That holds whatever the order is: it only
costs more look-ups then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from innograph.loader.errors import NoReleaseError
from innograph.loader.releases import Release, Releases

MOST_TOUCHED = 50_000  # subjects beyond which reading whole graphs is faster

GraphName = NamedNode | BlankNode | DefaultGraph


class Changed(NamedTuple):
    """A quad that was added, or removed."""

    added: bool
    quad: Quad


def changes(releases: Releases, before: Release, after: Release) -> Iterator[Changed]:
    """The quads that only one of two releases has, in no order that means anything.

    Raises:
        NoReleaseError: one of them was pruned meanwhile.
    """
    if before.number == after.number:
        return
    old, new = _open(before), _open(after)
    subjects = touched_between(releases, before, after)
    if subjects is not None:
        yield from _of_subjects(old, new, subjects)
        return
    for graph in _graphs(old, new):
        if not _same(before, after, graph):
            yield from _in_step(old, new, graph)


def touched_between(releases: Releases, before: Release, after: Release) -> set[str] | None:
    """The subjects that may differ; None where others than small writes lie between two releases.

    Both are followed to the release that both come from: a parent has a lower number than its child.
    """
    subjects: set[str] = set()
    one, other = before, after
    try:
        while one.number != other.number:
            if one.number < other.number:
                one, other = other, one
            touched, parent = one.touched, one.description.parent
            # A general store has no checksums, and blank nodes as subjects, which are not listed.
            if touched is None or parent is None or not one.description.checksums:
                return None
            subjects.update(touched)
            if len(subjects) > MOST_TOUCHED:
                return None
            one = releases.get(parent)
    except NoReleaseError:  # one in between was pruned
        return None
    return subjects


def _open(release: Release) -> Store:
    try:
        return Store.read_only(str(release.store))
    except OSError:
        if release.store.exists():
            raise
        raise NoReleaseError(f"release {release.number} is not published (any more)") from None


def _of_subjects(old: Store, new: Store, subjects: set[str]) -> Iterator[Changed]:
    for iri in sorted(subjects):
        subject = NamedNode(iri)
        then = set(old.quads_for_pattern(subject, None, None))
        now = set(new.quads_for_pattern(subject, None, None))
        for quad in then - now:
            yield Changed(False, quad)
        for quad in now - then:
            yield Changed(True, quad)


def _graphs(old: Store, new: Store) -> list[GraphName]:
    named = {*old.named_graphs(), *new.named_graphs()}
    return [DefaultGraph(), *sorted(named, key=str)]


def _same(before: Release, after: Release, graph: GraphName) -> bool:
    """Whether the checksums of a graph say that nothing changed in it."""
    if not isinstance(graph, NamedNode):
        return False
    checksum = before.description.checksums.get(graph.value)
    return checksum is not None and checksum == after.description.checksums.get(graph.value)


def _in_step(old: Store, new: Store, graph: GraphName) -> Iterator[Changed]:
    then = iter(old.quads_for_pattern(None, None, None, graph))
    now = iter(new.quads_for_pattern(None, None, None, graph))
    one, other = next(then, None), next(now, None)
    while one is not None and other is not None:
        if one == other:
            one, other = next(then, None), next(now, None)
        elif one not in new:
            yield Changed(False, one)
            one = next(then, None)
        elif other not in old:
            yield Changed(True, other)
            other = next(now, None)
        else:  # both are on both sides, each at another place
            one, other = next(then, None), next(now, None)
    while one is not None:
        if one not in new:
            yield Changed(False, one)
        one = next(then, None)
    while other is not None:
        if other not in old:
            yield Changed(True, other)
        other = next(now, None)
