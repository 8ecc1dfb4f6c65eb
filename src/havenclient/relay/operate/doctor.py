"""Looks at everything that commonly goes wrong with a relay, and says what to do about each."""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from havenclient.errors import HavenError
from havenclient.relay.days import Days, today
from havenclient.relay.operate import data as place
from havenclient.relay.settings import Settings, address, load
from havenclient.relay.sqlite.database import FILE
from havenclient.relay.sqlite.prune import newest_day

SLOW_SYNC_MS = 20


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    good: bool
    advice: str = ""


def _look(what: str, advice: str) -> Finding:
    return Finding(what, good=False, advice=advice)


def _either(good: bool, well: str, ill: str, advice: str) -> Finding:
    """A finding is a fact in both cases; nobody should have to negate a sentence."""
    return Finding(well, good=True) if good else _look(ill, advice)


def examine(data: Path, settings_file: Path | None) -> list[Finding]:
    """Findings in the order in which one would fix them."""
    findings: list[Finding] = []
    try:
        settings = load(settings_file)
        findings.append(Finding("the settings can be read", good=True))
    except HavenError as error:
        findings.append(_look(f"settings: {error.message}", "correct the settings file"))
        settings = Settings()
    checks: list[Callable[[], Iterator[Finding]]] = [
        lambda: _directory(data),
        lambda: _disk(data, settings),
        lambda: _database(data),
        lambda: _net(settings),
        lambda: _files(settings),
    ]
    for check in checks:
        try:
            findings += check()
        except HavenError as error:
            findings.append(_look(error.message, "; ".join(error.hints)))
        except OSError as error:
            findings.append(Finding(f"the system refused a check: {error.strerror}", good=False))
    return findings


def _directory(data: Path) -> Iterator[Finding]:
    if not data.is_dir():
        yield _look("there is no such data directory", "start the relay once, or check --data")
        return
    open_to_others = data.stat().st_mode & 0o077
    yield _either(
        not open_to_others,
        "only its owner can read the data directory",
        "others on this machine can read the data directory",
        "chmod 700 the directory",
    )
    yield _either(
        place.running(data),
        "a relay is running on it",
        "no relay is running on it",
        "start it: haven-relay serve",
    )


def _disk(data: Path, settings: Settings) -> Iterator[Finding]:
    if not data.is_dir():
        return
    free = shutil.disk_usage(data).free // 2**20
    yield Finding(
        f"{free} MiB are free",
        free >= settings.limits.free_mib,
        "free some space: new logs are refused now, and appends soon",
    )
    probe = data / ".sync-probe"
    try:
        probe.unlink(missing_ok=True)
        with os.fdopen(place.make_file(probe), "wb") as handle:
            times = []
            for _ in range(10):
                began = time.perf_counter()
                handle.write(bytes(4096))
                handle.flush()
                os.fsync(handle.fileno())
                times.append(time.perf_counter() - began)
    finally:
        probe.unlink(missing_ok=True)
    worst = sorted(times)[len(times) // 2] * 1000
    yield Finding(
        f"the disk syncs in {worst:.1f} ms",
        worst < SLOW_SYNC_MS,
        "every acknowledged entry waits for this; a local SSD is better than a network disk",
    )


def _database(data: Path) -> Iterator[Finding]:
    if not (data / FILE).is_file():
        yield _look("there is no database yet", "start the relay once")
        return
    with place.opened(data) as db:
        newest = db.execute("SELECT max(last_day) FROM logs").get or 0
        yield _either(
            newest <= today(),
            "the clock is not behind the newest entry's day",
            "the clock is behind: entries came on a later day than today",
            "set it right and keep it so (NTP): life spans are counted by it",
        )
        days = Days(lambda by: newest_day(db, by))
        yield _either(
            days.removal() is not None,
            "the clock is not far past the newest entry's day",
            f"the clock seems wrong ({days.ahead:+d} days): nothing is removed for now",
            "set it right; if it is, a running relay believes it after a day",
        )
        line = db.execute("PRAGMA quick_check(1)").get
    yield _either(
        line == "ok",
        "the database passes a quick check",
        "the database fails a quick check",
        "haven-relay verify, then restore the newest backup",
    )
    backups = list(data.glob("before-*"))
    yield _either(
        not backups,
        "no forgotten copies lie in the data directory",
        "old copies lie in the data directory",
        "files named before-… hold old ciphertext; remove them once you don't need them",
    )


def _net(settings: Settings) -> Iterator[Finding]:
    host, _ = address(settings.net.listen)
    local = host in ("127.0.0.1", "::1", "localhost")
    yield _either(
        local or bool(settings.net.tls_certificate),
        "the public address is local (behind a proxy) or speaks TLS",
        "the public address can be reached from outside and speaks no TLS",
        "put a proxy with TLS in front (deploy/), or set net.tls_certificate",
    )
    if settings.net.operator:
        host, _ = address(settings.net.operator)
        yield _either(
            host in ("127.0.0.1", "::1", "localhost"),
            "the operator's address is local",
            "the operator's address can be reached from outside",
            "metrics are for you alone: listen on 127.0.0.1",
        )
    if settings.net.tls_certificate:
        yield from _certificate(Path(settings.net.tls_certificate), Path(settings.net.tls_key))


def _certificate(path: Path, key: Path) -> Iterator[Finding]:
    from cryptography import x509

    from havenclient.relay.operate.tls import require_pair

    require_pair(path, key)
    ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    left = ends - datetime.now(UTC)
    good = f"is good for {left.days} days" if left.days >= 0 else "has run out"
    yield Finding(
        f"the certificate {good}",
        left.days > 14,
        "renew it, then restart the relay: it reads the files when it starts",
    )


def _files(settings: Settings) -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)  # the relay raises the soft limit to it
    wanted = min(settings.net.connections, settings.limits.readers) + 100
    free = hard == resource.RLIM_INFINITY
    yield Finding(
        "any number of files may be open" if free else f"{hard} files may be open at once",
        free or hard >= wanted,
        f"each connection is one: raise the limit to {wanted} (LimitNOFILE= in the unit)",
    )
