"""The one HTTP client for SPARQL stores elsewhere: credentials, connections kept, deadlines.

urllib3, because it is synchronous like the threads that use it, hands out bytes as they arrive, never
retries or follows anything unasked, and is what most of Python's HTTP rests on. `build --to` publishes
with it; the server's remote engine asks with it.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from innograph.loader.errors import LoaderError

CONNECT = 5.0  # seconds; a store that cannot be connected to in this time is down
POOL = 64

# The named graph that tells which release a remote store holds; see `innograph.loader.remote_publishing`.
RELEASE_GRAPH = "release"

# Seconds that a server may go on to believe the release that it saw; see `_Publishing.run`.
FRESH = 2.0

Body = bytes | IO[bytes] | None


class StoreError(LoaderError):
    """A remote store that cannot be reached, or that answered what cannot be used."""


class UnreachableError(StoreError):
    """The connection failed; `sent` tells whether the request may have arrived."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class TimeExceededError(StoreError):
    """The store did not answer in time."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A bearer token, or a name and a password (Basic, or Digest where the store asks for it)."""

    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, token: str = "", user: str = "") -> Credentials:
        """Credentials as they are configured: `user` is `name:password`."""
        name, _, password = user.partition(":")
        return cls(token, name, password)


class Authorization:
    """Makes the Authorization header of each request; safe to share between threads.

    A password goes as Basic until a store asks for Digest (RFC 7616), which Virtuoso does on its
    writing addresses.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._lock = threading.Lock()
        self._challenge: dict[str, str] | None = None
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        self._digest = urllib.request.AbstractDigestAuthHandler(passwords)
        self._passwords = passwords

    def header(self, method: str, url: str) -> str | None:
        """The value of the header, or None where there are no credentials."""
        known = self._credentials
        if known.token:
            return f"Bearer {known.token}"
        if not known.user:
            return None
        with self._lock:
            if self._challenge is None:
                return "Basic " + b64encode(f"{known.user}:{known.password}".encode()).decode("ascii")
            self._passwords.add_password(None, url, known.user, known.password)
            request = urllib.request.Request(url, method=method)
            return f"Digest {self._digest.get_authorization(request, self._challenge)}"

    def learn(self, challenge: str | None) -> bool:
        """Take in a WWW-Authenticate header; returns whether it is worth to send the request again."""
        scheme, _, rest = (challenge or "").partition(" ")
        if scheme.lower() != "digest" or not self._credentials.user:
            return False
        items = [item for item in urllib.request.parse_http_list(rest) if item]
        with self._lock:
            self._challenge = urllib.request.parse_keqv_list(items)
        return True


class _Plain(HTTPConnection):
    """A connection whose socket stays known, so that each read can be given the time that is left."""

    wire: socket.socket | None = None

    def connect(self) -> None:
        super().connect()
        self.wire = self.sock


class _Secure(HTTPSConnection):
    wire: socket.socket | None = None

    def connect(self) -> None:
        super().connect()
        self.wire = self.sock


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Secure


class StoreClient:
    """Sends requests to one store; connections are kept and shared between threads."""

    def __init__(self, credentials: Credentials) -> None:
        self._authorization = Authorization(credentials)
        self._connections = _manager()

    def send(
        self,
        method: str,
        url: str,
        body: Body = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        *,
        fresh: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request and return when the header of the answer is there; whoever asks reads and closes.

        `fresh` sends it on a connection of its own: one that was kept may turn out to be closed when
        the request is already on its way, and a write must not be sent twice.

        Raises:
            UnreachableError: the connection failed.
            TimeExceededError: no answer within `timeout` seconds.
        """
        answer = self._once(method, url, body, headers, timeout, fresh)
        if answer.status == 401 and self._learn(answer, url, timeout):
            answer.close()
            if body is not None and not isinstance(body, bytes):
                body.seek(0)
            answer = self._once(method, url, body, headers, timeout, fresh)
        return answer

    def _learn(self, answer: urllib3.BaseHTTPResponse, url: str, timeout: float) -> bool:
        """Whether another kind of authorization is worth a try."""
        challenge = answer.headers.get("WWW-Authenticate")
        if challenge is None and self._authorization.header("GET", url):
            # Virtuoso tells what it wants only to those who bring nothing.
            asked = self._once("GET", url, None, None, timeout, True, anonymous=True)
            challenge = asked.headers.get("WWW-Authenticate")
            asked.close()
        return self._authorization.learn(challenge)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._connections.clear()

    def _once(
        self,
        method: str,
        url: str,
        body: Body,
        headers: Mapping[str, str] | None,
        timeout: float,
        fresh: bool,
        anonymous: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        sent = {"User-Agent": "innograph", **(headers or {})}
        authorization = None if anonymous else self._authorization.header(method, url)
        if authorization:
            sent["Authorization"] = authorization
        if fresh:
            sent["Connection"] = "close"
        connections = _manager() if fresh else self._connections
        try:
            return connections.request(
                method,
                url,
                body=body,
                headers=sent,
                timeout=urllib3.Timeout(connect=min(CONNECT, timeout), read=timeout),
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise UnreachableError(
                f"{origin(url)} cannot be connected to: {_why(error)}", sent=False
            ) from None
        except urllib3.exceptions.TimeoutError:
            raise TimeExceededError(f"{origin(url)} did not answer within {timeout:g} s") from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise UnreachableError(
                f"{origin(url)} broke the connection off: {_why(error)}", sent=True
            ) from None


def allow(answer: urllib3.BaseHTTPResponse, seconds: float) -> None:
    """Give the next read of an answer this much time."""
    wire = getattr(answer.connection, "wire", None)
    if wire is not None:
        with contextlib.suppress(OSError):  # it was read to its end, and is closed
            wire.settimeout(max(seconds, 0.001))


def store_address(url: str) -> str:
    """An address of a store, checked.

    Raises:
        ValueError: it is none; the message tells how to mend it.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no http(s) address")
    if parts.username or parts.password:
        raise ValueError(
            "credentials do not belong into an address: give them as a token or as name:password"
        )
    return url


def graph_address(store: str, graph: str | None) -> str:
    """The address of a graph in a graph store; None is the default graph (Graph Store Protocol, 4.2)."""
    named = "default" if graph is None else "graph=" + quote(graph, safe="")
    return f"{store}{'&' if '?' in store else '?'}{named}"


def origin(url: str) -> str:
    """Scheme and host of an address: all of it that a message may tell."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _manager() -> urllib3.PoolManager:
    manager = urllib3.PoolManager(num_pools=8, maxsize=POOL)
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return manager


def _why(error: BaseException) -> str:
    """The innermost reason, without urllib3's object addresses."""
    while isinstance(error.__cause__ or error.__context__, BaseException):
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return re.sub(r"<[^>]*>(, |: )?", "", str(error)) or type(error).__name__
