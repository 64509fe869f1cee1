"""The data that is measured on: made once for each size, published as a release of ours, shared by all servers."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Store, serialize

from benchmarks import generate
from innograph.loader.authored import read_authored
from innograph.loader.catalog import catalog, counted
from innograph.loader.paths import DATA, ONTOLOGY
from innograph.loader.publishing import Publisher
from innograph.loader.releases import Releases
from innograph.ontology.namespaces import DEFAULT_BASE, Names


@dataclass(frozen=True)
class Prepared:
    """A store folder with one release of the authored graph and `size` synthetic observations; as N-Quads too."""

    size: int
    root: Path
    quads: Path

    @property
    def release(self) -> Path:
        """The Oxigraph store of the release, which any Oxigraph opens."""
        return Path(Releases(self.root).current().store)


def prepared(size: int, work: Path) -> Prepared:
    """Make the data of a size, or take what an earlier run left in the folder `work`."""
    root, quads = work / f"store-{size}", work / f"observations-{size}.nq"
    work.mkdir(parents=True, exist_ok=True)
    if not quads.exists():
        print(f"generating {size:,} observations", file=sys.stderr)
        partial = quads.with_suffix(".part")
        with partial.open("wb") as output:
            serialize(read_authored(Names(DEFAULT_BASE), DATA, ONTOLOGY).quads(), output, RdfFormat.N_QUADS)
            generate.write(size, output)
        partial.rename(quads)
    if Releases(root).state().current is None:
        print(f"loading {size:,} observations", file=sys.stderr)
        names = Names(DEFAULT_BASE)
        with Publisher(root).draft(DEFAULT_BASE, clone=False) as draft:
            draft.store.bulk_load(path=str(quads), format=RdfFormat.N_QUADS)
            _describe(draft.store, names)
            draft.publish(kind="build", message=f"{size} synthetic observations", compact=True)
    return Prepared(size, root, quads)


def _describe(store: Store, names: Names) -> None:
    graph = names.graph("catalog")
    described = list(catalog(store, names, counted(store, names), DATA / "queries"))
    store.extend(Quad(t.subject, t.predicate, t.object, graph) for t in described)


@contextlib.contextmanager
def stated_again(data: Prepared, cities: int) -> Iterator[Prepared]:
    """The data with one more table, which states figures of its own for some cities, in a folder of its own."""
    release = Releases(data.root).current()
    quads = list(generate.stated_again(range(cities)))
    graphs = {**release.description.graphs, quads[0].graph_name.value: len(quads)}  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(dir=data.root.parent) as folder:  # on one disk, for hard links
        with Publisher(Path(folder)).draft(DEFAULT_BASE, clone=Path(release.store)) as draft:
            draft.store.bulk_extend(quads)
            draft.publish(kind="build", message=f"{data.size} and {len(quads)} more", graphs=graphs)
        yield Prepared(data.size, Path(folder), data.quads)
