"""A visit to a circle: what a cap lets in, the quiet line, keeping a post for later, leaving.

A mixin of the screens in which posts are read. It holds nothing of the posts; what lasts is in the
vault, what belongs to this visit in `visits.Visit`. Every line names the key that goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from havenclient.care.caps import Capped, within_cap
from havenclient.text import safe_line
from havenclient.ui.screens.circles.base import Answer, CircleScreen
from havenclient.ui.screens.circles.limits_here import LimitLine, keep_for_later, rest_from

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView, MessageView
    from havenclient.ui.visits import Visit

AWAKE = 120.0
"""Seconds without a key after which time no longer counts as reading."""


class Visiting(CircleScreen[Answer]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "later", "Later", id="talk.later"),
        Binding("p", "rest", "Rest", id="talk.rest", show=False),
        Binding("d", "stay", "Stay", id="talk.stay", show=False),
        Binding("w", "close_gently", "Close gently", id="talk.close_gently", show=False),
    ]
    circle: str
    _visit: Visit | None = None

    @property
    def visit(self) -> Visit:
        if self._visit is None:
            self._visit = self.desk.enter(self.circle)
        return self._visit

    @property
    def circle_view(self) -> CircleView | None:
        raise NotImplementedError

    @property
    def post(self) -> MessageView | None:
        """The post that is being read."""
        raise NotImplementedError

    # --- the caps ---------------------------------------------------------------------------------

    def cap(self, circles: Circles) -> Capped:
        """In a job thread: what is new in this visit, and what of it waits."""
        from havenclient.circles import unread

        visit, desk = self.visit, self.desk
        fresh = unread.look(circles.book, self.circle, visit.since)
        visit.since = fresh.since
        return within_cap(
            fresh, visit.let_in, allowed=visit.allowed(desk.limits), minutes_up=desk.minutes_up
        )

    def read_on(self) -> bool:
        """The key at a cap. False: it comes a little later, as the person chose."""
        opens = self.desk.read_on(self.visit)
        if opens is not None:
            self.say_visit()
            return False
        return True

    # --- one line ---------------------------------------------------------------------------------

    @property
    def capped(self) -> Capped:
        raise NotImplementedError

    @property
    def way_out(self) -> str:
        """What goes before a key while another thing has the focus ("esc, then  ")."""
        return ""

    def say_visit(self) -> None:
        """The cap if it holds something back, else the quiet line after a while, once."""
        line, visit = self.query_one(LimitLine), self.visit
        if self.capped.waiting:
            opens = visit.opens
            if opens is not None and opens > self.desk.now:
                line.say(f"{self.capped.words} You chose to wait: it opens at {opens:%H:%M}.")
            else:
                line.say(self.capped.words, f"{self.way_out}u read on")
        elif not visit.noted and (sentence := visit.session_line(self.desk.limits)):
            line.say(sentence, f"{self.way_out}d stay   w close gently")
        else:
            line.say("")
        self.refresh_bindings()

    def visit_time(self, seconds: float, *, reading: bool) -> None:
        """Called every so many seconds; only awake reading is counted, for the person alone."""
        idle = self.haven.guard.idle_seconds()
        if self.app.screen is self and idle < AWAKE and reading:
            self.desk.spend(seconds, self.circle)
        visit = self.visit
        if visit.opens is not None and self.desk.now >= visit.opens:
            self.desk.read_on(visit)
            self.reload()
        self.say_visit()

    def on_descendant_focus(self) -> None:
        if self.is_mounted and self.haven.session is not None:
            self.say_visit()  # the way out of the writing field is part of what it says

    @property
    def asks_to_stay(self) -> bool:
        line = self.query_one(LimitLine) if self.is_mounted else None
        return line is not None and "d stay" in line.keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("stay", "close_gently"):
            return self.asks_to_stay
        return super().check_action(action, parameters)

    def action_stay(self) -> None:
        self.visit.noted = True
        self.say_visit()

    def action_close_gently(self) -> None:
        self.visit.noted = True
        self.visit.heavy = True  # so that putting it down is offered, however short it was
        self.leave_circle()

    # --- other ways -------------------------------------------------------------------------------

    def action_later(self) -> None:
        keep_for_later(self, self.circle, self.post)

    def action_rest(self) -> None:
        view = self.circle_view
        if view is not None:
            rest_from(self, self.circle, view.name)

    def leave_circle(self) -> None:
        """Back to the list; what may be offered after a visit stands there."""
        view = self.circle_view
        self.desk.leave(self.circle, "" if view is None else safe_line(view.name))
        self.app.pop_screen()
