"""How a relay is, in a few lines: sums over all logs, nothing about any one of them."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

from havenclient.relay.days import today
from havenclient.relay.operate import data as place


def day_text(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def status_lines(data: Path) -> list[tuple[str, str]]:
    with place.opened(data) as db:
        logs, entries, size = db.execute(
            "SELECT count(*), total(entries), total(size) FROM logs"
        ).fetchone() or (0, 0, 0)
        due = db.execute("SELECT count(*) FROM logs WHERE next_prune <= ?", (today(),)).get
        good, bad = db.execute(
            "SELECT total(revoked = 0), total(revoked) FROM codes"
        ).fetchone() or (0, 0)
        version = int(db.pragma("user_version"))
    files = sum(each.stat().st_size for each in data.glob("relay.db*"))
    free = shutil.disk_usage(data).free
    return [
        ("relay", "running" if place.running(data) else "not running"),
        ("logs", str(logs)),
        ("entries", str(int(entries))),
        ("entry bytes", f"{size / 2**20:.1f} MiB"),
        ("files", f"{files / 2**20:.1f} MiB"),
        ("free on the disk", f"{free / 2**20:.0f} MiB"),
        ("logs to be pruned", str(due)),
        ("admission codes", f"{int(good)} in use, {int(bad)} revoked"),
        ("store version", str(version)),
    ]
