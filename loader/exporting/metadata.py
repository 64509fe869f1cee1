"""What describes the tables: CSVW metadata for people of the Web of data, Croissant for machine learning."""

from __future__ import annotations

from typing import Any

from innograph.loader.exporting.tables import COLUMNS, Column
from innograph.ontology.namespaces import INNO, QB, RDF, XSD

PERIOD_TYPES = {XSD.gYear.value: "gYear", XSD.gYearMonth.value: "gYearMonth", XSD.date.value: "date"}
# What readers of Croissant call the formats (section "Resources").
CROISSANT_TYPES = {"csv": "text/csv", "parquet": "application/x-parquet"}
# The context of Croissant 1.1 (section "Prefixes and context"): what validators expect word for word.
CROISSANT_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def csvw(
    name: str, title: str, licence: str | None, separator: str, period_types: set[str]
) -> dict[str, Any]:
    """The metadata of a CSV file (CSVW, "Metadata Vocabulary for Tabular Data", section 5.3).

    It makes of each row the triples of its observation that one cell can make; evidence and what is not
    stated are lists, which cells give as they are.
    """
    period = PERIOD_TYPES.get(next(iter(period_types)), "string") if len(period_types) == 1 else "string"
    described: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": name,
        "dc:title": title,
        "dialect": {"header": True, "encoding": "utf-8", "delimiter": ","},
        "tableSchema": {
            "aboutUrl": "{+observation}",
            "primaryKey": ["observation"],
            "columns": [*(_column(c, separator, period) for c in COLUMNS), *_types()],
        },
    }
    if licence:
        described["dc:license"] = {"@id": licence}
    return described


def _column(column: Column, separator: str, period: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.about,
        "datatype": period if column.name == "period" else column.datatype,
    }
    if column.required:
        described["required"] = True
    if column.separated:
        described |= {"separator": separator, "ordered": True}
    if column.property is None:
        described["suppressOutput"] = True
    else:
        described["propertyUrl"] = column.property.value
    if column.iri:
        described["valueUrl"] = column.iri
    return described


def _types() -> list[dict[str, Any]]:
    """The classes of an observation, as virtual columns (section 5.6)."""
    return [
        {"name": name, "virtual": True, "propertyUrl": RDF.type.value, "valueUrl": iri.value}
        for name, iri in (("type", QB.Observation), ("innograph_type", INNO.CityObservation))
    ]


def croissant(
    scope: str, title: str, licence: str | None, release: int, created: str, files: list[dict[str, Any]]
) -> dict[str, Any]:
    """Croissant 1.1 metadata of the tables among `files` (entries of the manifest).

    Addresses are relative: beside the files it can be used as it is; whoever serves it makes them whole.
    """
    tables = [file for file in files if file["format"] in ("csv", "parquet")]
    described: dict[str, Any] = {
        "@context": CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "name": f"innograph-{scope}",
        "description": f"{title}: each observation with its unit, its source and the words that support it.",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "url": "./",
        "version": f"{release}.0.0",
        "datePublished": created[:10],
        "citeAs": f"The innograph contributors ({created[:4]}). {title}. innograph, release {release}.",
        "creator": {"@type": "sc:Organization", "name": "The innograph contributors"},
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file["name"],
                "name": file["name"],
                "description": f"{title} as {'CSV' if file['format'] == 'csv' else 'Parquet'}",
                "contentUrl": file["name"],
                "contentSize": f"{file['bytes']} B",
                "encodingFormat": CROISSANT_TYPES[file["format"]],
                "sha256": file["sha256"],
            }
            for file in tables
        ],
        "recordSet": [_record_set(file) for file in tables],
    }
    if licence:
        described["license"] = licence
    return described


def _record_set(file: dict[str, Any]) -> dict[str, Any]:
    """The records of one table: readers of Parquet get every type, those of CSV get text for lists.

    The digits as stated are left out of the CSV's: readers take them for numbers.
    """
    typed = file["format"] == "parquet"
    name = "observations" if typed else "observations-csv"
    columns = [c for c in COLUMNS if typed or c.name != "value_as_stated"]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"One record for each observation, read from {file['name']}.",
        "key": {"@id": f"{name}/observation"},
        "field": [_field(column, name, file["name"], typed) for column in columns],
    }


def _field(column: Column, records: str, table: str, typed: bool) -> dict[str, Any]:
    repeated = column.separated and typed
    described: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{records}/{column.name}",
        "name": column.name,
        "description": column.about,
        "dataType": "sc:Text" if column.separated and not typed else column.croissant,
        "source": {"fileObject": {"@id": table}, "extract": {"column": column.name}},
    }
    if repeated:
        described["repeated"] = True
    if column.property is not None:
        described["equivalentProperty"] = column.property.value
    return described
