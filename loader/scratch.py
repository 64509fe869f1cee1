"""The first release of a general store: empty, or with the content of some files.

python -m innograph.loader.scratch --store DIR --base IRI [FILE ...]
"""

from __future__ import annotations

from pathlib import Path

import click
from pyoxigraph import RdfFormat

from innograph.loader.publishing import Publisher


@click.command()
@click.option("--store", "root", type=click.Path(path_type=Path), required=True)
@click.option("--base", required=True, help="The base IRI of relative IRIs, and of the site.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def main(root: Path, base: str, files: tuple[Path, ...]) -> None:
    """Publish a release of files as they are; triples go to the default graph, quads to their graphs."""
    with Publisher(root).draft(base, clone=False) as draft:
        for file in files:
            form = RdfFormat.from_extension(file.suffix.lstrip("."))
            if form is None:
                raise click.UsageError(
                    f"{file}: not a file name of an RDF format (.ttl .nt .nq .trig .rdf .jsonld)"
                )
            try:
                draft.store.bulk_load(path=str(file), format=form, base_iri=file.absolute().as_uri())
            except SyntaxError as error:
                raise click.ClickException(f"{file}:{error.lineno}:{error.offset}: {error.msg}") from None
        draft.publish(
            kind="scratch", message=", ".join(file.name for file in files) or "empty", compact=bool(files)
        )


if __name__ == "__main__":
    main()
