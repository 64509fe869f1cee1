"""The rules of the SPARQL 1.1 Protocol as pure functions over a request's values (section 2).

Nothing here knows Flask or an engine: method, query string, media type and body go in, an operation
or a `ProtocolError` comes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
QUERY_METHODS = "GET, HEAD, OPTIONS, POST, QUERY"
UPDATE_METHODS = "OPTIONS, POST"
VERSIONS = ("1.0", "1.1", "1.2-basic", "1.2")


class ProtocolError(Exception):
    """A request that the protocol does not allow; `status` is its HTTP status."""

    def __init__(self, status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Parameters:
    """Request parameters in their order, each name any number of times."""

    pairs: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a parameter."""
        return [value for key, value in self.pairs if key == name]

    def one(self, name: str) -> str | None:
        """The single value of a parameter, or None.

        Raises:
            ProtocolError: it was given more than once.
        """
        values = self.all(name)
        if len(values) > 1:
            raise ProtocolError(
                400, "Bad request", f"parameter {name!r} was given {len(values)} times: give it once"
            )
        return values[0] if values else None

    def positive(self, name: str) -> float | None:
        """The single value of a parameter as a positive number, or None.

        Raises:
            ProtocolError: it is none.
        """
        text = self.one(name)
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            number = 0.0
        if not 0 < number < float("inf"):
            raise ProtocolError(400, "Bad request", f"{name}={text!r} is not a positive number")
        return number

    def release(self) -> int | None:
        """The number of the release that is asked, or None for the current one.

        Raises:
            ProtocolError: it is no number of a release.
        """
        text = self.one("release")
        if text is None:
            return None
        if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
            raise ProtocolError(400, "Bad request", f"release={text!r} is no number of a release")
        return int(text)


class QueryOperation(NamedTuple):
    """A query operation (section 2.1): `default_graphs` and `named_graphs` are None where none is named."""

    text: str
    default_graphs: tuple[str, ...] | None
    named_graphs: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class UpdateOperation:
    """An update operation (section 2.2): `using` and `using_named` are None where no dataset is named."""

    text: str
    using: tuple[str, ...] | None
    using_named: tuple[str, ...] | None


def parameters(encoded: bytes) -> Parameters:
    """Read URL-encoded parameters: of a query string or of a form.

    Raises:
        ProtocolError: they are not UTF-8.
    """
    try:
        pairs = parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise ProtocolError(400, "Bad request", "the parameters are not URL-encoded UTF-8") from None
    return Parameters(tuple(pairs))


def media_type(content_type: str | None) -> str:
    """The media type of a Content-Type header, without parameters, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()


def media_parameters(content_type: str | None) -> dict[str, str]:
    """The parameters of a Content-Type header, names in lower case, values unquoted."""
    pairs = (part.partition("=") for part in (content_type or "").split(";")[1:])
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def text(body: bytes) -> str:
    """A body as text.

    Raises:
        ProtocolError: it is not UTF-8.
    """
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError(400, "Bad request", f"the body is not UTF-8 at byte {error.start}") from None


def query_operation(
    method: str, url: Parameters, content_type: str | None, body: bytes
) -> QueryOperation | None:
    """The query that a request to the query endpoint asks, or None for a bare GET.

    QUERY (RFC 10008) is what a POST is (SPARQL 1.2 Protocol, section 2.1).

    Raises:
        ProtocolError: with 400, 405 or 415 as sections 2.1 and 2.2 say.
    """
    if method in ("GET", "HEAD"):
        _no_update(url)
        query = url.one("query")
        if query is None:
            if url.all("default-graph-uri") or url.all("named-graph-uri"):
                raise ProtocolError(
                    400, "Bad request", "a dataset without a query: add the parameter 'query'"
                )
            return None
        return QueryOperation(query, *_dataset(url))
    if method not in ("POST", "QUERY"):
        raise method_not_allowed(method, QUERY_METHODS)
    _no_update(url)
    kind = media_type(content_type)
    if kind == FORM:
        form = parameters(body)
        _no_update(form)
        if url.all("query"):
            raise ProtocolError(400, "Bad request", "the query belongs into the form, not into the address")
        query = form.one("query")
        if query is None:
            raise ProtocolError(400, "Bad request", "the form has no field 'query'")
        return QueryOperation(query, *_dataset(Parameters(url.pairs + form.pairs)))
    if kind == QUERY:
        if url.all("query"):
            raise ProtocolError(400, "Bad request", "two queries: one in the address and one in the body")
        return QueryOperation(_direct(content_type, body), *_dataset(url))
    raise _unsupported("a query", (QUERY, FORM), kind)


def update_operation(method: str, url: Parameters, content_type: str | None, body: bytes) -> UpdateOperation:
    """The update that a request to the update endpoint asks.

    Raises:
        ProtocolError: with 400, 405 or 415 as section 2.2 says.
    """
    if method != "POST":
        raise method_not_allowed(method, UPDATE_METHODS)
    kind = media_type(content_type)
    if url.all("update") or url.all("query"):
        raise ProtocolError(400, "Bad request", "the update belongs into the body, not into the address")
    if kind == FORM:
        form = parameters(body)
        if form.all("query"):
            raise ProtocolError(400, "Bad request", "a query is sent to /sparql")
        update = form.one("update")
        if update is None:
            raise ProtocolError(400, "Bad request", "the form has no field 'update'")
        return UpdateOperation(update, *_using(Parameters(url.pairs + form.pairs)))
    if kind == UPDATE:
        return UpdateOperation(_direct(content_type, body), *_using(url))
    raise _unsupported("an update", (UPDATE, FORM), kind)


def method_not_allowed(method: str, allowed: str) -> ProtocolError:
    """The 405 of a method, with the ones that are allowed (RFC 9110, section 15.5.6)."""
    return ProtocolError(
        405, "Method not allowed", f"{method} is not an operation here: {allowed} are", {"Allow": allowed}
    )


def _unsupported(what: str, offered: tuple[str, ...], kind: str) -> ProtocolError:
    names = " or ".join(offered)
    return ProtocolError(
        415,
        "Unsupported media type",
        f"{what} is sent as {names}, not as {kind or 'a body without Content-Type'}",
        {"Accept-Post": ", ".join(offered)},
    )


def _direct(content_type: str | None, body: bytes) -> str:
    """The text of a body that is the operation itself: UTF-8 is the only charset (section 2.1.3)."""
    given = media_parameters(content_type)
    charset = given.get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise ProtocolError(415, "Unsupported media type", f"the charset is UTF-8, not {charset}")
    _version([given["version"]] if "version" in given else [])
    return text(body)


def _no_update(found: Parameters) -> None:
    if found.all("update"):
        raise ProtocolError(400, "Bad request", "an update is sent to /update, by POST")


Dataset = tuple[tuple[str, ...] | None, tuple[str, ...] | None]


def _dataset(found: Parameters) -> Dataset:
    _not_meant(found, "using-graph-uri", "using-named-graph-uri", instead="default-graph-uri")
    return _graphs(found, "default-graph-uri", "named-graph-uri")


def _using(found: Parameters) -> Dataset:
    _not_meant(found, "default-graph-uri", "named-graph-uri", instead="using-graph-uri")
    return _graphs(found, "using-graph-uri", "using-named-graph-uri")


def _not_meant(found: Parameters, *names: str, instead: str) -> None:
    # To ignore it would be to ask, or worse to change, other graphs than the client meant.
    for name in names:
        if found.all(name):
            raise ProtocolError(400, "Bad request", f"{name} has no meaning here: use {instead}")


def _graphs(found: Parameters, default_name: str, named_name: str) -> Dataset:
    _version(found.all("version"))
    default, named = found.all(default_name), found.all(named_name)
    if not default and not named:
        return None, None
    return tuple(default), tuple(named)


def _version(announced: list[str]) -> None:
    """Check the version that a request announces (SPARQL 1.2 Protocol, section 2)."""
    if len(announced) > 1:
        raise ProtocolError(400, "Bad request", "parameter 'version' was given more than once: give it once")
    for version in announced:
        if version not in VERSIONS:
            raise ProtocolError(400, "Bad request", f"version {version!r}: this is SPARQL {VERSIONS[-1]}")
