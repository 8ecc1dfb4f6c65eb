"""One relay, spoken to over HTTP (docs/relay-api.md). A small door to the network, and its errors.

Owns the mapping from calls to requests and from answers to values or typed errors. Never decides
what an error means for a circle (`sending.py` does), never looks into an entry, never logs.

Each client is one connection pool: circles of one person never share a connection, and under Tor
each has its own SOCKS identity, so that a relay can't see that two circles belong together.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import httpx

from havenclient import wire
from havenclient.sync import answers
from havenclient.sync.answers import (
    NOT_A_RELAY,
    READ_SECONDS,
    TOO_SLOW,
    UNREACHABLE,
    Answer,
    RelayRefused,
    RelayUnreachable,
)
from havenclient.wire import Problem

CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Route:
    """How to get to a relay: what the person set for it."""

    base: str
    proxy: str | None = None
    """A SOCKS address, `socks5h://127.0.0.1:9050`; names are resolved at its other end."""
    identity: str = ""
    """Told to the SOCKS proxy as user name: Tor takes another way for another identity."""
    ca_file: str | None = None
    """The person's own certificate authority, instead of the system's."""
    pinned_key: str | None = None
    """SHA-256 of the relay's public key, hex: any other key is refused."""
    admission: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an entry landed."""

    seq: int
    slice: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Page:
    slice: int
    closed: bool
    first: int
    last: int
    entries: tuple[tuple[int, bytes], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LiveEntry:
    seq: int
    entry: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LiveClosed:
    slice: int


class RelayClient:
    """Calls of one relay over one connection pool. Every call may raise RelayRefused or
    RelayUnreachable; both are NetworkErrors with a sentence for the person."""

    def __init__(self, route: Route, *, transport: httpx.BaseTransport | None = None) -> None:
        self.route = route
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        # The same few headers from every client: nothing that tells versions or systems apart.
        headers = {"User-Agent": "haven", "Accept-Encoding": "identity"}
        try:
            self._http = httpx.Client(
                base_url=route.base,
                headers=headers,
                timeout=timeout,
                transport=transport,
                proxy=_proxy(route),
                verify=_verify(route),
                follow_redirects=False,
                trust_env=False,
                # A cookie would tell one reader from another, over every way that she takes.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                limits=httpx.Limits(max_connections=4, keepalive_expiry=60),
            )
        except httpx.InvalidURL as error:
            raise RelayUnreachable("that relay's address can't be used") from error
        except (OSError, ssl.SSLError) as error:
            raise RelayUnreachable("the certificate authority's file can't be read") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # --- calls ------------------------------------------------------------------------------------

    def relay(self) -> dict[str, Any]:
        """What the relay says of itself: limits, retention bounds, operator's card."""
        return self._ask("GET", wire.RELAY_PATH).json()

    def create(
        self,
        log_id: bytes,
        access_hash: bytes,
        committers: tuple[bytes, ...],
        retention_days: int,
        closing_days: int,
    ) -> None:
        body = {
            "access_hash": wire.b64(access_hash),
            "committer_hashes": [wire.b64(h) for h in committers],
            "retention_days": retention_days,
            "closing_retention_days": closing_days,
        }
        headers = {}
        if self.route.admission:
            headers[wire.ADMISSION] = self.route.admission
        self._ask("PUT", wire.log_path(log_id), json=body, headers=headers)

    def append(self, log_id: bytes, token: bytes, key: bytes, entry: bytes) -> Slot:
        answer = self._ask(
            "POST",
            wire.entries_path(log_id),
            content=entry,
            headers=_auth(token) | {wire.IDEMPOTENCY_KEY: wire.b64(key)},
        )
        return _slot(answer)

    def close_slice(
        self,
        log_id: bytes,
        token: bytes,
        committer: bytes,
        slice_number: int,
        key: bytes,
        entry: bytes,
        next_access: bytes,
        committers: tuple[bytes, ...],
    ) -> Slot:
        headers = _auth(token) | {
            wire.IDEMPOTENCY_KEY: wire.b64(key),
            wire.COMMITTER: wire.b64(committer),
            wire.NEXT_ACCESS: wire.b64(next_access),
            wire.NEXT_COMMITTERS: ", ".join(wire.b64(h) for h in committers),
            "If-Match": f'"{slice_number}"',
        }
        return _slot(self._ask("POST", wire.slices_path(log_id), content=entry, headers=headers))

    def delete(self, log_id: bytes, token: bytes, committer: bytes) -> None:
        headers = _auth(token) | {wire.COMMITTER: wire.b64(committer)}
        self._ask("DELETE", wire.log_path(log_id), headers=headers)

    def read(self, log_id: bytes, token: bytes, *, after: int, limit: int = 1000) -> Page:
        answer = self._ask(
            "GET",
            wire.entries_path(log_id),
            params={"after": str(after), "limit": str(limit)},
            headers=_auth(token),
        )
        try:
            entries = tuple(wire.decode_entries(answer.body))
            page = Page(
                slice=int(answer.headers[wire.SLICE]),
                closed=answer.headers[wire.SLICE_STATE] == wire.STATE_CLOSED,
                first=int(answer.headers[wire.SLICE_FIRST]),
                last=int(answer.headers[wire.SLICE_LAST]),
                entries=entries,
            )
        except (wire.WireError, KeyError, ValueError) as error:
            raise answer.refused() from error
        seqs = [seq for seq, _ in entries]
        if seqs != sorted(set(seqs)) or (seqs and seqs[0] <= after):
            raise answer.refused()
        return page

    def events(
        self, log_id: bytes, token: bytes, *, after: int, heartbeat: float
    ) -> Iterator[LiveEntry | LiveClosed | None]:
        """The slice, live. Yields None at every heartbeat, so that the caller can look whether she
        should stop. Ends when the relay ends the stream; RelayUnreachable when it falls silent."""
        timeout = httpx.Timeout(2 * heartbeat + 1, connect=CONNECT_SECONDS)
        headers = _auth(token) | {"Last-Event-ID": str(after), "Accept": wire.EVENTS_TYPE}
        request = self._http.build_request(
            "GET", wire.events_path(log_id), headers=headers, timeout=timeout
        )
        try:
            answer = self._http.send(request, stream=True)
            try:
                if answer.status_code != 200:
                    raise _refusal(answers.read(answer))
                yield from _events(answers.lines(answer))
            finally:
                answer.close()
        except (httpx.HTTPError, httpx.StreamError, OSError, ValueError) as error:
            raise RelayUnreachable(UNREACHABLE) from error

    # --- the way there and back -------------------------------------------------------------------

    def _ask(self, method: str, path: str, **more: Any) -> Answer:
        try:
            with self._http.stream(method, path, **more) as coming:
                answer = answers.read(coming)
        except httpx.TimeoutException as error:
            raise RelayUnreachable(TOO_SLOW) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise RelayUnreachable(UNREACHABLE) from error
        if answer.status not in (200, 201, 204):
            raise _refusal(answer)
        return answer


def _auth(token: bytes) -> dict[str, str]:
    return {"Authorization": "Bearer " + wire.b64(token)}


def _proxy(route: Route) -> httpx.Proxy | None:
    if route.proxy is None:
        return None
    url = httpx.URL(route.proxy)
    if route.identity:
        # Tor's IsolateSOCKSAuth: another user name, another circuit.
        return httpx.Proxy(url, auth=(route.identity, "haven"))
    return httpx.Proxy(url)


def _verify(route: Route) -> ssl.SSLContext | bool:
    if not route.base.startswith("https"):
        return False
    if route.pinned_key is None:
        return ssl.create_default_context(cafile=route.ca_file)
    return _Pinned(bytes.fromhex(route.pinned_key), route.ca_file)


class _Pinned(ssl.SSLContext):
    """Connections to one public key only. The pin stands in for the certificate authorities: a
    relay with a certificate of its own making can be pinned; with a CA file both must fit."""

    def __new__(cls, pin: bytes, ca_file: str | None) -> Self:
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, pin: bytes, ca_file: str | None) -> None:
        self._pin = pin
        if ca_file is None:
            self.check_hostname = False
            self.verify_mode = ssl.CERT_NONE
        else:
            self.load_verify_locations(ca_file)

    def wrap_socket(self, *args: Any, **more: Any) -> ssl.SSLSocket:
        """The connection, once the handshake proved that the other side holds the pinned key;
        nothing has been sent on it before."""
        made = super().wrap_socket(*args, **more)
        certificate = made.getpeercert(binary_form=True)
        if certificate is None or not hmac.compare_digest(key_pin(certificate), self._pin):
            made.close()
            raise ssl.SSLCertVerificationError("another key than the pinned one")
        return made


def key_pin(certificate: bytes) -> bytes:
    """SHA-256 over the SubjectPublicKeyInfo of a DER certificate (as in RFC 7469)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    key = load_der_x509_certificate(certificate).public_key()
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).digest()


def _slot(answer: Answer) -> Slot:
    value = answer.json()
    seq, number = value.get("seq"), value.get("slice")
    if not isinstance(seq, int) or not isinstance(number, int) or seq < 1:
        raise answer.refused()
    return Slot(seq, number, answer.status == 200)


def _refusal(answer: Answer) -> RelayRefused:
    """The refusal as an error with words of our own: a relay's words are not shown."""
    problem: Problem | None = None
    detail: dict[str, Any] = {}
    with suppress(ValueError, RelayRefused):
        detail = answer.json()
        problem = Problem(str(detail.get("type")))
    words = _WORDS.get(problem) if problem is not None else None
    return RelayRefused(
        problem,
        answer.status,
        words or f"the relay answered with an error ({answer.status})",
        retry_after=answer.retry_after,
        detail=detail,
    )


_WORDS = {
    Problem.NOT_FOUND: "the relay does not know this log, or the key to it is another",
    Problem.SLICE_CLOSED: "the circle has moved on meanwhile",
    Problem.SLICE_MOVED: "another host was faster",
    Problem.GONE: "the relay has deleted these entries because of their age",
    Problem.TOO_LARGE: "this is too large for the relay",
    Problem.KEY_REUSED: "a copy of this vault has already written here",
    Problem.RETENTION: "the relay does not keep entries for that long",
    Problem.ADMISSION_NEEDED: "this relay asks for an admission code",
    Problem.ADMISSION_REFUSED: "the relay does not accept this admission code",
    Problem.SLOW_DOWN: "the relay asks to slow down",
    Problem.TOO_MANY_READERS: "too many are reading this log at once",
    Problem.LOG_FULL: "this log is full on the relay",
    Problem.RELAY_FULL: "the relay has no room left",
    Problem.RELAY_BUSY: "the relay is busy",
    Problem.STORE_FAILED: "the relay can't store anything at the moment",
    Problem.TIMEOUT: "the connection is too slow for the relay",
}


_FIELDS = ("event", "id", "data")


def _events(lines: Iterator[str]) -> Iterator[LiveEntry | LiveClosed | None]:
    """Server-sent events (WHATWG), the two kinds that a relay sends."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name in _FIELDS:
            fields[name] = value.removeprefix(" ")
        elif line:  # a comment, or what nobody agreed on: somebody is there, no more
            yield None
        elif fields:
            event = _event(fields)
            fields = {}
            if event is not None:
                yield event


def _event(fields: dict[str, str]) -> LiveEntry | LiveClosed | None:
    try:
        if fields.get("event") == wire.EVENT_ENTRY:
            return LiveEntry(answers.number(fields["id"]), wire.unb64(fields["data"]))
        if fields.get("event") == wire.EVENT_CLOSED:
            return LiveClosed(-1)
    except (wire.WireError, KeyError, ValueError) as error:
        raise RelayRefused(None, 200, NOT_A_RELAY) from error
    return None


__all__ = [
    "LiveClosed",
    "LiveEntry",
    "Page",
    "RelayClient",
    "RelayRefused",
    "RelayUnreachable",
    "Route",
    "Slot",
    "key_pin",
]
