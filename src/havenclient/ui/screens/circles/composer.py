"""The writing field of a conversation: enter is a new line, ^j sends, and a paste never sends.

Terminals with bracketed paste hand a paste over as one event. In those without, pasted line ends
may arrive as ^j keys; so a ^j in the middle of a burst of keys, faster than anybody types, is a new
line and not a wish to send.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from havenclient.ui.widgets.editor import Editor

BURST_SECONDS = 0.005
"""Keys closer together than this come out of a buffer."""
BURST_KEYS = 8
"""So many of them in a row are a paste and not a slow connection that caught up."""


class Composer(Editor):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,alt+enter,ctrl+enter", "send", "Send", id="send"),
    ]
    HELP = (
        "Write to the circle. ^j (or alt+enter) sends, enter is a new line, a paste never sends.\n"
        "^t adds a content note, so that people can fold it; ^g says what kind of message it is,\n"
        "and where advice is from. Nobody sees that you are writing.\n"
        "What you write is kept as an encrypted draft. esc goes to the messages."
    )

    class Sent(Message):
        """The person wants to send what stands here."""

    def __init__(self) -> None:
        super().__init__(id="composer")
        self.add_class("panel")
        self._last_key = 0.0
        self._burst = 0

    async def _on_key(self, event: events.Key) -> None:  # TextArea's own handler follows by itself
        self._burst = self._burst + 1 if event.time - self._last_key < BURST_SECONDS else 0
        self._last_key = event.time
        if event.key == "ctrl+j" and self._burst >= BURST_KEYS:
            event.stop()
            event.prevent_default()
            self.insert("\n")

    def action_send(self) -> None:
        self.post_message(self.Sent())
