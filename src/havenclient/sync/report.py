"""What a round did, as its parts write it down."""

from __future__ import annotations

from dataclasses import dataclass, field

from havenclient.circles import events as ev


@dataclass(slots=True)
class Report:
    """What one round did, for a line on a screen. Counts and circle names, no content."""

    sent: int = 0
    received: int = 0
    knocks: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    """By circle (its name) or relay: why it will be tried again."""
    events: list[tuple[int, ev.Event]] = field(default_factory=list)
    """(circle row, event), in order."""
