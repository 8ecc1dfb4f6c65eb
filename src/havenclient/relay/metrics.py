"""Counters, and their OpenMetrics text. Sums over all logs; nothing about any one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from havenclient.relay.rules import Accepted, Append, Wish

OPENMETRICS_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Metrics:
    __slots__ = (
        "appends",
        "bytes",
        "closings",
        "created",
        "deleted",
        "problems",
        "read_entries",
        "repeats",
    )

    def __init__(self) -> None:
        self.appends = 0
        self.closings = 0
        self.repeats = 0
        self.bytes = 0
        self.read_entries = 0
        self.created = 0
        self.deleted = 0
        self.problems: Counter[int] = Counter()

    def accepted(self, wish: Wish, answer: Accepted) -> None:
        if answer.repeated:
            self.repeats += 1
        elif isinstance(wish, Append):
            self.appends += 1
            self.bytes += len(wish.body)
        else:
            self.closings += 1
            self.bytes += len(wish.body)

    def text(self, gauges: Iterable[tuple[str, str, float]]) -> str:
        """OpenMetrics 1.0; `gauges` are (name, help, value) as of now."""
        lines: list[str] = []
        for name, help_, value in (
            ("haven_relay_appends", "Entries appended.", self.appends),
            ("haven_relay_closings", "Slices closed.", self.closings),
            ("haven_relay_repeats", "Repeated requests answered again.", self.repeats),
            ("haven_relay_accepted_bytes", "Bytes of accepted entries.", self.bytes),
            ("haven_relay_read_entries", "Entries handed to readers' pages.", self.read_entries),
            ("haven_relay_created_logs", "Logs created.", self.created),
            ("haven_relay_deleted_logs", "Logs deleted by a committer.", self.deleted),
        ):
            lines += [
                f"# TYPE {name} counter",
                f"# HELP {name} {help_}",
                f"{name}_total {value}",
            ]
        lines += [
            "# TYPE haven_relay_problems counter",
            "# HELP haven_relay_problems Requests answered with a problem, by status.",
        ]
        lines += [
            f'haven_relay_problems_total{{status="{status}"}} {count}'
            for status, count in sorted(self.problems.items())
        ]
        for name, help_, level in gauges:
            lines += [f"# TYPE {name} gauge", f"# HELP {name} {help_}", f"{name} {level:g}"]
        return "\n".join([*lines, "# EOF", ""])
