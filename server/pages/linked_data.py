"""schema.org descriptions of datasets, which search engines read (JSON-LD in a data block)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from innograph.server.context import context
from innograph.server.engine import ReleaseInfo
from innograph.server.exports import Scope
from innograph.server.pages.links import Links, expand
from innograph.server.pages.reading import Facts
from innograph.server.pages.values import Values

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
CITY, INDICATOR = expand("sdmx-dimension:refArea"), expand("inno:indicator")
PERIOD = expand("sdmx-dimension:refPeriod")
SOURCE = expand("prov:wasDerivedFrom")


def dataset_data(
    iri: str,
    own: Facts,
    facts: Mapping[str, Facts],
    values: Values,
    release: ReleaseInfo,
    files: Scope | None,
) -> dict[str, Any] | None:
    """The description of a dataset's or a source's figures; None for anything else.

    `files` are those to download, as far as they are written.
    """
    links = values.links
    if not links.ours(iri) or not iri[len(links.base) :].startswith(("dataset/", "source/")):
        return None
    observed = [f for i, f in facts.items() if i != iri and PERIOD in f and INDICATOR in f]
    if not observed:
        return None
    path = iri[len(links.base) :]
    periods = sorted({term.value for f in observed for term in f[PERIOD]})

    def names(predicate: str) -> list[str]:
        found = {term.value for f in observed for term in f.get(predicate, [])}
        return sorted(values.name(name).value for name in found)

    stated = own.get(expand("dcterms:license"))
    licence = stated[0].value if stated else files.licence if files else None
    data: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{iri}#figures" if path.startswith("source/") else iri,
        "name": values.name(iri).value,
        "description": f"Figures about innovation in {', '.join(names(CITY))}, each with the exact words"
        f" of the source that support it: {'; '.join(names(INDICATOR))}.",
        "url": context().address(path + ".html"),
        "creator": {"@type": "Organization", "name": "The innograph contributors"},
        "variableMeasured": names(INDICATOR),
        "spatialCoverage": names(CITY),
        "temporalCoverage": f"{periods[0]}/{periods[-1]}",
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": kind,
                "contentUrl": context().address(f"{path}.{name}"),
            }
            for name, kind in (("csv", "text/csv"), ("json", "application/json"), ("ttl", "text/turtle"))
        ]
        + _downloads(files, release),
        "version": str(release.number),
        "dateModified": release.created,
        "identifier": iri,
        "includedInDataCatalog": {"@type": "DataCatalog", "url": context().address("catalog")},
    }
    if licence:
        data["license"] = licence
    sources = own.get(SOURCE, [])
    if sources:
        data["isBasedOn"] = [term.value for term in sources]
    return data


def _downloads(files: Scope | None, release: ReleaseInfo) -> list[dict[str, str]]:
    """Files that never change, with their checksums."""
    return [
        {
            "@type": "DataDownload",
            "name": file.name,
            "encodingFormat": file.media_type,
            "contentUrl": context().address(f"download/{release.number}/{file.name}"),
            "contentSize": f"{file.bytes} B",
            "sha256": file.sha256,
        }
        for file in (files.files if files else ())
        if file.format != "csvw"
    ]


def whole_data(
    release: ReleaseInfo, links: Links, description: str, files: Scope | None = None
) -> dict[str, Any]:
    """The description of the whole graph."""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{links.base}dataset/all",
        "name": "innograph: facts about innovation in cities",
        "description": description,
        "url": context().address(),
        "license": CC0,
        "version": str(release.number),
        "dateModified": release.created,
        "creator": {"@type": "Organization", "name": "The innograph contributors"},
        "isAccessibleForFree": True,
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": "application/sparql-results+json",
                "contentUrl": context().address("sparql"),
            },
            *_downloads(files, release),
        ],
    }
