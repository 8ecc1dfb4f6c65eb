"""What may be shown now: the horizon of a conversation. Pure decisions, no widget, no clock.

While a person writes, and in quiet hours, what others say stays below the horizon and is counted,
so that one calm line can say how many wait. The cap that she set for a visit, or for her day, holds
back new posts in the same way (care.caps). Own words, Haven's own lines and answers to
her never wait for a cap or an hour; older pages that somebody turned to are not held back either.

Owns: what waits, and where the line "new since" stands. Never: a message's words, or a limit of its
own (the caller says when it is quiet, whether somebody writes, and what the person chose).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from havenclient.care.caps import Capped

if TYPE_CHECKING:
    from havenclient.circles.views import MessageView


@dataclass(slots=True)
class Horizon:
    newest: int = 0
    """The newest row that was shown at the newest end."""
    waiting: int = 0
    """How many of others' messages wait, as of the last `within`."""
    line: int | None = None
    """Row up to which others' messages are shown while the person writes."""
    anyway: bool = False
    """She asked to see what waits, quiet hours or not."""
    capped: Capped = field(default_factory=Capped)
    new_from: int | None = None
    """Row of the first message since the last visit here."""
    new_since: int | None = None
    """Unix seconds of the last message before it."""

    def began_writing(self) -> None:
        """From now on nothing moves below her hands."""
        if self.line is None:
            self.line = self.newest

    def show_all(self) -> None:
        """She wants to see what waits; what comes after it waits again while she writes on."""
        self.anyway = True
        self.line = None

    def within(
        self, views: list[MessageView], *, writing: bool, quiet_since: int | None
    ) -> list[MessageView]:
        """Those of the newest page that may be shown. `quiet_since`: unix seconds at which quiet
        hours began, None outside them."""
        since = None if self.anyway else quiet_since
        if not writing:
            self.line = None
        line, to_me = self.line, self.capped.to_me

        def waits(view: MessageView) -> bool:
            if view.mine or view.kind != "message":
                return False
            if line is not None and view.no > line:
                return True
            late = since is not None and view.at >= since and view.no > self.newest
            return late and view.no not in to_me

        self.waiting = sum(waits(view) for view in views)
        return [view for view in views if not waits(view)]

    def mark_new(self, views: Sequence[MessageView], new: int, *, first: bool) -> None:
        """Where the line "new since" stands: before what came since the last visit here."""
        if not new or (not first and self.new_from is not None):
            return
        theirs = [n for n, view in enumerate(views) if view.kind == "message" and not view.mine]
        held = self.waiting + len(self.capped.waiting)
        fresh = theirs[-max(0, new - held) :] if new > held else []
        if fresh:
            self.new_from = views[fresh[0]].no
            self.new_since = views[fresh[0] - 1].at if fresh[0] else None

    def shown(self, views: Sequence[MessageView], *, writing: bool) -> None:
        """These stand at the newest end now."""
        self.newest = max((view.no for view in views), default=0)
        if writing:
            self.began_writing()

    @property
    def holds(self) -> bool:
        """Whether anything waits, for whatever reason."""
        return bool(self.waiting or self.capped.waiting)

    def held_words(self, quiet_until: str) -> str:
        """`quiet_until`: the time of day until which it is quiet; empty outside quiet hours."""
        if not self.waiting:
            return self.capped.words
        if quiet_until and not self.anyway:
            count = "1 message" if self.waiting == 1 else f"{self.waiting} messages"
            return f"{count} until {quiet_until}"
        return f"{self.waiting} came while you wrote"
