"""Pictures stand still: what a screen does every few seconds of real time does not happen in them.

A picture is taken when all work is done, which takes half a second on a quick machine and ten on a
busy one. A screen that keeps a draft after five seconds would look different on the second.
"""

from __future__ import annotations

from typing import Any

import pytest
from textual.message_pump import MessagePump
from textual.timer import Timer

SLOW = 1.0
"""Seconds: what repeats faster is part of a picture's making (a cursor), what is slower is not."""


def stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on slow intervals and timers are made, but never fire."""
    interval, timer = MessagePump.set_interval, MessagePump.set_timer

    def still_interval(self: MessagePump, seconds: float, *args: Any, **named: Any) -> Timer:
        if seconds >= SLOW:
            named["pause"] = True
        return interval(self, seconds, *args, **named)

    def still_timer(self: MessagePump, seconds: float, *args: Any, **named: Any) -> Timer:
        if seconds >= SLOW:
            named["pause"] = True
        return timer(self, seconds, *args, **named)

    monkeypatch.setattr(MessagePump, "set_interval", still_interval)
    monkeypatch.setattr(MessagePump, "set_timer", still_timer)
