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
        """The person wants to send what stood here when she pressed the key."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="composer")
        self.add_class("panel")
        self._last_key = 0.0
        self._burst = 0

    async def _on_key(self, event: events.Key) -> None:  # TextArea's own handler follows by itself
        self._burst = self._burst + 1 if event.time - self._last_key < BURST_SECONDS else 0
        self._last_key = event.time
        if event.is_printable or not self._sends(event.key):
            return
        event.stop()
        event.prevent_default()
        if event.key == "ctrl+j" and self._burst >= BURST_KEYS:
            self.insert("\n")
        else:
            self.action_send()

    def _sends(self, key: str) -> bool:
        """A binding waits until the key has gone through every parent; what was typed behind it
        stands in the field by then and would be sent with it. So it is looked up here, in order."""
        bound = self.screen.active_bindings.get(key)
        return bound is not None and bound.node is self and bound.binding.action == "send"

    def take_sent(self, text: str) -> None:
        """`text` has been sent. What was typed behind it meanwhile stays, and words that were
        changed meanwhile stay whole: rather seen twice than lost."""
        now = self.text.lstrip("\n")
        rest = now[len(text) :] if now.startswith(text) else now
        self.blank()
        if rest.strip():
            self.load(rest.lstrip("\n"))

    def action_send(self) -> None:
        self.post_message(self.Sent(self.text))
