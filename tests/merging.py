"""Made-up material for merges: records in our terms, as reading, mapping and aligning give them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from innograph.loader.canonical import canonical_sha256, graph_sha256
from innograph.loader.counting import Counts, count
from innograph.loader.deriving import derive
from innograph.loader.merging.describing import Description, Input
from innograph.loader.merging.records import Aligned, Refused
from innograph.loader.paths import DATA
from innograph.loader.publishing import Publisher
from innograph.loader.releases import Release
from innograph.ontology.namespaces import RDF, RDFS, SCHEMA, UNIT, Names

NAMES = Names()
BASE = NAMES.base
FIRMS = f"{BASE}indicator/national-high-tech-enterprises"
CONTRACTS = f"{BASE}indicator/technology-contract-value"
BEIJING = f"{BASE}city/beijing"
YUAN, NUMBER = UNIT.CCY_CNY.value, UNIT.NUM.value


def figure(place: str, period: object, digits: str, row: int, **others: object) -> Aligned:
    """A record; what is not given is a normal count of firms in the table `cities.csv`."""
    given = {
        "indicator": FIRMS,
        "unit": NUMBER,
        "table": "cities.csv",
        "multiplier": 0,
        "status": "A",
    } | others
    return Aligned(place=place, period=str(period), digits=digits, row=row, **given)  # type: ignore[arg-type]


def city(number: int) -> str:
    """A made-up city."""
    return f"{BASE}city/made-up-{number}"


def figures(cities: int, years: Iterable[int] = range(2000, 2010), seed: int = 1) -> list[Aligned]:
    """Counts of firms for cities and years, in no order."""
    chance = random.Random(seed)
    found = [(city(number), year) for number in range(cities) for year in years]
    chance.shuffle(found)
    return [
        figure(place, year, str(chance.randrange(1000)), row) for row, (place, year) in enumerate(found, 2)
    ]


@dataclass
class Made:
    """Material of given records."""

    items: list[Aligned | Refused] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=lambda: {"title": "Made-up figures"})
    extra: list[Triple] = field(default_factory=list)
    describes: bool = True
    slug: str = "made-up"

    def records(self, release: Store, names: Names) -> Iterator[Aligned | Refused]:
        yield from self.items

    def described(self) -> Description:
        return Description(self.slug, (Input("cities.csv", 1, "0" * 64),), self.about, 'place = "city"')

    def minted(self) -> Iterator[Triple]:
        places = {item.place for item in self.items if isinstance(item, Aligned) and self.describes} - {
            BEIJING
        }
        for place in sorted(places):
            yield Triple(NamedNode(place), RDF.type, SCHEMA.City)
            yield Triple(NamedNode(place), RDFS.label, Literal(place.rpartition("/")[2], language="en"))
        yield from self.extra

    def read(self) -> tuple[int, int]:
        return len(self.items), 0


def copied(store: Path, folder: Path) -> Publisher:
    """A store of its own with the release of another."""
    shutil.copytree(store, folder / "store", symlinks=True)
    return Publisher(folder / "store")


def opened(release: Release) -> Store:
    """A release's store."""
    return Store.read_only(str(release.store))


def assert_whole(release: Release) -> None:
    """What a release tells of itself, and what is derived in it, is what doing it from scratch gives."""
    store, told = opened(release), release.description
    sizes = {g.value: len(list(store.quads_for_pattern(None, None, None, g))) for g in store.named_graphs()}  # type: ignore[union-attr]
    assert told.graphs == dict(sorted(sizes.items()))
    assert told.checksums == {graph: graph_sha256(store, graph) for graph in sorted(sizes)}
    assert told.checksum == canonical_sha256(store)
    bare = Store()
    bare.extend(q for q in store if q.graph_name not in (NAMES.graph("catalog"), NAMES.graph("derived")))
    derived = {Quad(*triple, NAMES.graph("derived")) for triple in derive(bare, DATA / "derivations", BASE)}
    bare.extend(derived)
    assert set(store.quads_for_pattern(None, None, None, NAMES.graph("derived"))) == set(
        bare.quads_for_pattern(None, None, None, NAMES.graph("derived"))
    )
    assert Counts.read(store, NAMES.iri("dataset/all")) == count(bare, None)
    for slug in ("made-up", "beijing-innovation-2014-2023"):
        if bare.contains_named_graph(NAMES.graph(slug)):
            assert Counts.read(store, NAMES.dataset(slug)) == count(bare, NAMES.graph(slug))


def graph_of(release: Release, name: str = "made-up") -> set[Quad]:
    """The quads of a named graph."""
    return set(opened(release).quads_for_pattern(None, None, None, NAMES.graph(name)))
