"""Finding the metadata beside a table, in the places that CSVW (section 5.3) and Frictionless name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from innograph.loader.merging.reading.metadata import Metadata
from innograph.loader.merging.reading.opening import Content

Json = Mapping[str, Any]

_CSVW_KEYS = {
    "title": ("dc:title", "dcterms:title", "dct:title", "schema:name", "rdfs:label"),
    "description": ("dc:description", "dcterms:description", "schema:description", "rdfs:comment"),
    "licence": ("dc:license", "dcterms:license", "dct:license", "schema:license", "dc:rights"),
    "publisher": ("dc:publisher", "dcterms:publisher", "schema:publisher"),
    "issued": ("dc:issued", "dcterms:issued", "schema:datePublished", "dc:modified", "dcterms:modified"),
    "url": ("dcat:landingPage", "foaf:homepage", "schema:url"),
    "source": ("dc:source", "dcterms:source"),
}
_UNIT_KEYS = (
    "qudt:unit",
    "qudt:hasUnit",
    "sdmx-attribute:unitMeasure",
    "schema:unitCode",
    "schema:unitText",
    "unit",
)


def metadata_for(content: Content, columns: Callable[[], tuple[str, ...]]) -> Metadata:
    """The metadata beside a table; `columns` gives the column names of its first row, if they are needed.

    Raises:
        InputError: a metadata file that is no JSON.
    """
    name = content.name
    for candidate in (
        f"{name}-metadata.json",
        f"{PurePosixPath(name).stem}-metadata.json",
        "csv-metadata.json",
    ):
        found = _json(content, candidate)
        if isinstance(found, dict) and (described := _csvw_table(found, name)) is not None:
            return _csvw(found, described)
    stem = PurePosixPath(name).stem
    for candidate in (
        f"{stem}.datapackage.json",
        f"{name}.datapackage.json",
        "datapackage.json",
        "datapackage.jsonld",
    ):
        found = _json(content, candidate)
        if isinstance(found, dict):
            own = candidate.startswith(stem)
            resource = _resource(found, name, own, columns)
            if resource is not None:
                return _frictionless(found, resource)
    return Metadata()


def _json(content: Content, name: str) -> Any:
    text = content.siblings(name)
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise content.problem(
            f"the metadata beside it, {name}, is no JSON: {error}", "mend or remove it"
        ) from error


def is_csvw(found: Json) -> bool:
    """Whether a JSON object is CSVW metadata."""
    return "http://www.w3.org/ns/csvw" in json.dumps(found.get("@context", ""))


def _csvw_table(found: Json, name: str) -> Json | None:
    if not is_csvw(found):
        return None
    tables = found.get("tables", [found])
    named = [table for table in tables if str(table.get("url", "")).rpartition("/")[2] == name]
    return named[0] if named else None


def _csvw(group: Json, table: Json) -> Metadata:
    dialect = {**group.get("dialect", {}), **table.get("dialect", {})}
    schema = table.get("tableSchema") or group.get("tableSchema") or {}
    described = {}
    for key, properties in _CSVW_KEYS.items():
        value = next(
            (found for node in (table, group) for p in properties if (found := _text(node.get(p)))), ""
        )
        if value:
            described[key] = value
    if language := _context_language(group):
        described["language"] = language
    inherited = table.get("null", group.get("null", schema.get("null", "")))
    names, missing_in = [], {}
    for index, column in enumerate(schema.get("columns", [])):
        title = _text(column.get("titles")) or str(column.get("name", f"column {index + 1}"))
        names.append(title)
        if "null" in column:
            missing_in[title] = frozenset(_list(column["null"]))
        for key, properties in (("unit", _UNIT_KEYS), ("description", _CSVW_KEYS["description"])):
            if value := next((found for p in properties if (found := _text(column.get(p)))), ""):
                described[f"{key}:{title}"] = value
        form = column.get("datatype")
        if (
            isinstance(form, dict)
            and isinstance(form.get("format"), dict)
            and "decimalChar" in form["format"]
        ):
            described["decimal"] = str(form["format"]["decimalChar"])
    header = dialect.get("headerRowCount", 1 if dialect.get("header", True) else 0)
    return Metadata(
        described,
        encoding=str(dialect.get("encoding", "")),
        delimiter=str(dialect.get("delimiter", "")),
        quote=str(dialect.get("quoteChar") or ""),
        double_quote=bool(dialect.get("doubleQuote", True)),
        comment=str(dialect.get("commentPrefix") or ""),
        header_rows=int(header) if {"header", "headerRowCount", "skipRows"} & set(dialect) else None,
        skip_rows=int(dialect.get("skipRows", 0)),
        columns=tuple(names),
        missing=frozenset(_list(inherited)),
        missing_in=missing_in,
    )


def _resource(package: Json, name: str, own: bool, columns: Callable[[], tuple[str, ...]]) -> Json | None:
    """The resource of a package that describes a table: by its path, or by its fields where names changed."""
    resources = [found for found in package.get("resources", []) if isinstance(found, dict)]
    for found in resources:
        if str(found.get("path", "")).rpartition("/")[2] == name:
            return found
    if not resources:
        return package if own else None
    fields = tuple(str(field.get("name", "")) for field in _fields(resources[0]))
    return resources[0] if len(resources) == 1 and (own or fields == columns()) else None


def _fields(resource: Json) -> list[Json]:
    schema = resource.get("schema")
    return (
        [found for found in schema.get("fields", []) if isinstance(found, dict)]
        if isinstance(schema, dict)
        else []
    )


def _frictionless(package: Json, resource: Json) -> Metadata:
    dialect = resource.get("dialect") if isinstance(resource.get("dialect"), dict) else {}
    csv = dialect.get("csv", dialect) if isinstance(dialect, dict) else {}
    schema = resource.get("schema") if isinstance(resource.get("schema"), dict) else {}
    described = {}
    for key, value in (
        ("title", resource.get("title") or package.get("title") or package.get("name")),
        ("description", resource.get("description") or package.get("description")),
        ("licence", _licence(resource.get("licenses") or package.get("licenses") or package.get("license"))),
        ("publisher", _publisher(package)),
        ("issued", package.get("created") or (package.get("version") and None)),
        ("url", package.get("homepage") or _first(package.get("sources"), "path", "link", "web")),
        ("source", _first(package.get("sources"), "title", "name")),
    ):
        if text := _text(value):
            described[key] = text
    for field in _fields(resource):
        title = str(field.get("name", ""))
        for key, value in (
            ("unit", field.get("unit")),
            ("title", field.get("title")),
            ("description", field.get("description")),
        ):
            if text := _text(value):
                described[f"{key}:{title}"] = text
        if "decimalChar" in field:
            described["decimal"] = str(field["decimalChar"])
    missing = schema.get("missingValues", []) if isinstance(schema, dict) else []
    headless = csv.get("header") is False
    return Metadata(
        described,
        encoding=str(resource.get("encoding") or ""),
        delimiter=str(csv.get("delimiter") or ""),
        quote=str(csv.get("quoteChar") or ""),
        comment=str(csv.get("commentChar") or ""),
        header_rows=0 if headless else None,
        columns=tuple(str(field.get("name", "")) for field in _fields(resource)),
        missing=frozenset(str(mark.get("value", "") if isinstance(mark, dict) else mark) for mark in missing),
    )


def _publisher(package: Json) -> str:
    for person in package.get("contributors", []) or []:
        if isinstance(person, dict) and "publisher" in (person.get("role"), *(person.get("roles") or ())):
            return _text(person.get("title"))
    return _first(package.get("sources"), "dataPublishedBy") or _text(package.get("publisher"))


def _licence(found: Any) -> str:
    if isinstance(found, list):
        found = found[0] if found else None
    if isinstance(found, dict):
        return str(found.get("path") or found.get("url") or found.get("name") or found.get("id") or "")
    return _text(found)


def _first(found: Any, *keys: str) -> str:
    node = found[0] if isinstance(found, list) and found else found
    return (
        next((text for key in keys if (text := _text(node.get(key)))), "") if isinstance(node, dict) else ""
    )


def _context_language(found: Json) -> str:
    context = found.get("@context")
    parts = context if isinstance(context, list) else [context]
    return next(
        (str(part["@language"]) for part in parts if isinstance(part, dict) and "@language" in part), ""
    )


def _list(found: Any) -> list[str]:
    return [str(item) for item in found] if isinstance(found, list) else [str(found)]


def _text(found: Any) -> str:
    """The text of a CSVW natural language property, a link, or a plain value."""
    if isinstance(found, list):
        return _text(found[0]) if found else ""
    if isinstance(found, dict):
        return _text(
            next(
                (found[key] for key in ("@value", "@id", "schema:name", "name", "en") if key in found),
                next(iter(found.values()), ""),
            )
        )
    return "" if found is None or isinstance(found, bool) else str(found).strip()
