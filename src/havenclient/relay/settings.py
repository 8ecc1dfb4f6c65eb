"""Settings: one schema, from which come the file, the environment, the comments and the checks.

A field's metadata holds its sentence and its bounds. The order of precedence is command line,
environment (`HAVEN_RELAY_<SECTION>_<NAME>`), file, default. Settings are values; nobody looks
them up in a global.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from havenclient import wire
from havenclient.errors import UsageError

ENV: Final = "HAVEN_RELAY_"


def _int(default: int, low: int, high: int, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc, "low": low, "high": high})


def _text(default: str, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


def _flag(doc: str, *, default: bool) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class Net:
    """Where the relay listens."""

    listen: str = _text("127.0.0.1:8765", "Public address, host:port. Port 0 takes a free one.")
    operator: str = _text(
        "127.0.0.1:8766",
        "Address of /healthz and /metrics, for you alone; empty switches it off.",
    )
    tls_certificate: str = _text("", "PEM file, if the relay itself speaks TLS (no proxy).")
    tls_key: str = _text("", "PEM file with the certificate's key.")
    connections: int = _int(20_000, 10, 1_000_000, "Open connections at once.")
    head_seconds: int = _int(10, 1, 600, "A request's headers must be whole after this long.")
    idle_seconds: int = _int(75, 1, 3600, "An idle connection is kept this long.")


@dataclass(frozen=True, slots=True)
class Relay:
    """Who may create logs, and how long entries live."""

    admission: bool = _flag(
        "Creating a log needs an admission code (`haven-relay admit`).", default=False
    )
    card: str = _text("", "A few words of yours to everybody who uses the relay (GET /v1/relay).")
    retention_days: int = _int(30, 1, 3650, "Default life span of entries.")
    retention_days_max: int = _int(90, 1, 3650, "Longest that a client may choose.")
    closing_retention_days: int = _int(400, 1, 3650, "Default life span of closing entries.")
    closing_retention_days_max: int = _int(800, 1, 3650, "Longest that a client may choose.")
    leap_days: int = _int(
        45,
        0,
        3650,
        "A clock further than this past the newest entry removes nothing for a day; 0 believes it.",
    )


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Sizes and rates. A rate of 0 means no limit."""

    entry_bytes: int = _int(
        wire.MAX_ENTRY_BYTES, 1024, wire.MAX_ENTRY_BYTES, "Largest entry, in bytes."
    )
    entries_per_log: int = _int(100_000, 10, wire.MAX_SEQ, "Entries kept of one log.")
    mib_per_log: int = _int(512, 1, 1 << 20, "MiB kept of one log.")
    committers_percent: int = _int(10, 1, 50, "Share of both that only closings may use.")
    appends_per_minute: int = _int(1200, 0, 1 << 30, "Appends to one log.")
    closings_per_minute: int = _int(30, 0, 1 << 30, "Closings of one log's slices.")
    creations_per_minute: int = _int(120, 0, 1 << 30, "New logs, all together.")
    readers_per_log: int = _int(256, 1, 1 << 20, "Live readers of one log.")
    readers: int = _int(10_000, 1, 1 << 20, "Live readers, all together.")
    free_mib: int = _int(
        256, 0, 1 << 20, "Below this much free disk no new logs; below half of it no appends."
    )
    queued_mib: int = _int(32, 1, 1 << 16, "Bytes waiting for the disk before 503.")
    bodies_mib: int = _int(128, 1, 1 << 16, "Bytes of half-received bodies before 503.")
    body_seconds: int = _int(60, 1, 3600, "A body must be whole after this long.")
    heartbeat_seconds: int = _int(25, 1, 40, "Pause between signs of life to live readers.")
    stall_seconds: int = _int(30, 1, 600, "A live reader that takes nothing this long is cut off.")


@dataclass(frozen=True, slots=True)
class Settings:
    net: Net = field(default_factory=Net)
    relay: Relay = field(default_factory=Relay)
    limits: LimitSettings = field(default_factory=LimitSettings)


_SECTIONS: Final[tuple[tuple[str, type[Any]], ...]] = (
    ("net", Net),
    ("relay", Relay),
    ("limits", LimitSettings),
)


def load(
    path: Path | None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Read and check settings; `overrides` are `{"net.listen": …}` from the command line."""
    raw: dict[str, Any] = {}
    if path is not None:
        try:
            raw = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise UsageError("the settings file is not there") from None
        except (OSError, UnicodeDecodeError):
            raise UsageError("the settings file can't be read") from None
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"the settings file is not TOML: {error}") from None
    env = os.environ if environment is None else environment
    known = {name for name, _ in _SECTIONS}
    for name in raw:
        if name not in known or not isinstance(raw[name], dict):
            raise UsageError(f"unknown section in the settings: {name}")
    _no_unknown_variables(env)
    made = {
        name: _section(name, kind, raw.get(name, {}), env, overrides or {})
        for name, kind in _SECTIONS
    }
    settings = Settings(**made)
    _check_together(settings)
    return settings


def _no_unknown_variables(env: Mapping[str, str]) -> None:
    """A variable that names no setting is a slip of the pen, as it is in the file."""
    known = {
        f"{ENV}{name}_{each.name}".upper() for name, kind in _SECTIONS for each in fields(kind)
    }
    sections = tuple(f"{ENV}{name}_".upper() for name, _ in _SECTIONS)
    # Others may begin with HAVEN_RELAY_ and mean something else: Kubernetes makes …_SERVICE_HOST
    # for a service of that name. A setting's name behind a wrong section is a slip all the same.
    names = tuple(f"_{each.name}".upper() for _, kind in _SECTIONS for each in fields(kind))
    for variable in env:
        slip = variable.startswith(ENV) and variable.endswith(names)
        if (slip or variable.startswith(sections)) and variable not in known:
            raise UsageError(f"unknown setting in the environment: {variable}")


def _section(
    name: str,
    kind: type[Any],
    raw: Mapping[str, Any],
    env: Mapping[str, str],
    overrides: Mapping[str, Any],
) -> Any:
    values: dict[str, Any] = {}
    by_name = {each.name: each for each in fields(kind)}
    for key in raw:
        if key not in by_name:
            raise UsageError(f"unknown setting: {name}.{key}")
    for key, each in by_name.items():
        full = f"{name}.{key}"
        variable = f"{ENV}{name}_{key}".upper()
        if overrides.get(full) is not None:
            values[key] = _checked(full, each, overrides[full])
        elif variable in env:
            values[key] = _checked(full, each, _from_text(full, each, env[variable]))
        elif key in raw:
            values[key] = _checked(full, each, raw[key])
    return kind(**values)


def _from_text(full: str, each: Field[Any], text: str) -> Any:
    if isinstance(each.default, bool):
        if text.lower() not in ("true", "false"):
            raise UsageError(f"{full} must be true or false")
        return text.lower() == "true"
    if isinstance(each.default, int):
        try:
            return int(text)
        except ValueError:
            raise UsageError(f"{full} must be a whole number") from None
    return text


def _checked(full: str, each: Field[Any], value: Any) -> Any:
    if type(value) is not type(each.default):
        kinds = {bool: "true or false", int: "a whole number", str: "text in quotes"}
        raise UsageError(f"{full} must be {kinds[type(each.default)]}")
    if isinstance(value, int) and not isinstance(value, bool):
        low, high = each.metadata["low"], each.metadata["high"]
        if not low <= value <= high:
            raise UsageError(f"{full} must be from {low} to {high}")
    if isinstance(value, str) and len(value) > 4096:
        raise UsageError(f"{full} is too long")
    return value


def _check_together(settings: Settings) -> None:
    r, net = settings.relay, settings.net
    if not r.retention_days <= r.retention_days_max:
        raise UsageError("relay.retention_days is above relay.retention_days_max")
    if not r.closing_retention_days <= r.closing_retention_days_max:
        raise UsageError("relay.closing_retention_days is above its maximum")
    if r.closing_retention_days < r.retention_days:
        raise UsageError("closing entries must live at least as long as the others")
    if bool(net.tls_certificate) != bool(net.tls_key):
        raise UsageError("net.tls_certificate and net.tls_key go together")
    for text in (net.listen, *filter(None, [net.operator])):
        address(text)


def address(text: str) -> tuple[str, int]:
    """`host:port`; IPv6 hosts in brackets."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535 or not host:
        raise UsageError("an address must be host:port, such as 127.0.0.1:8765")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return host, int(port)


def commented() -> str:
    """The settings file that `haven-relay init` writes: each setting, its sentence, its default."""
    lines = [
        "# Settings of a Haven relay. Everything is optional; a commented line shows the default.",
        f"# Each may also come from the environment: {ENV}NET_LISTEN=127.0.0.1:8765 and so on.",
    ]
    for name, kind in _SECTIONS:
        lines += ["", f"[{name}]  # {(kind.__doc__ or '').splitlines()[0]}"]
        for each in fields(kind):
            doc = each.metadata["doc"]
            if "low" in each.metadata:
                doc += f" ({each.metadata['low']} to {each.metadata['high']})"
            lines += [f"# {doc}", f"# {each.name} = {_toml(each.default)}"]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
