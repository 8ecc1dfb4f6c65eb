"""Before a circle opens and after it was left: one small line on the list of circles, and its keys.

Before: the sentence of quiet hours or of a rest, which costs one key more. After: what may be
offered (`visits.Parting`), one at a time: lighter, same or heavier; if the last visits left her
heavier, four choices; and a minute to put it down. Any of it can be left with esc, and is not
offered again for the same visit.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from havenclient.care.boundaries import Feeling
from havenclient.care.library import said
from havenclient.ui.screens.circles.base import Answer, CircleScreen
from havenclient.ui.screens.circles.limits_here import LimitLine, rest_from

FEELINGS = {"lighter": Feeling.LIGHTER, "same": Feeling.SAME, "heavier": Feeling.HEAVIER}
OFFERS = {
    "feeling": "L lighter   S the same   H heavier   esc not now",
    "heavier": "P pause it   D smaller dose   T a professional   K keep as it is",
    "wind_down": "W one minute   esc not now",
}


class Offering(CircleScreen[Answer]):
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, f"feel('{name}')", name, id=f"circles.{name}", show=False)
            for key, name in (("L", "lighter"), ("S", "same"), ("H", "heavier"))
        ),
        *(
            Binding(key, f"change('{name}')", name, id=f"circles.change_{name}", show=False)
            for key, name in (("P", "pause"), ("D", "dose"), ("T", "talk"), ("K", "keep"))
        ),
        Binding("W", "wind_down", "Put it down", id="circles.wind_down", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.before = ""
        """The circle that one more key opens."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("feel", "change", "wind_down"):
            return self._offered({"feel": "feeling", "change": "heavier"}.get(action, action))
        return True

    def say_limits(self) -> None:
        """What costs a key before a circle opens, or what is offered after a visit."""
        line = self.query_one(LimitLine)
        leaving = self.desk.parting
        if self.before and (question := self.desk.question_before(self.before)):
            rest = "   p come back" if self.before in self.desk.pauses else ""
            line.say(question, f"enter open{rest}   esc not now")
        elif leaving is not None and leaving.step:
            words = "feelings" if leaving.step == "feeling" else leaving.step
            line.say(said(words), OFFERS[leaving.step])
        else:
            line.say("")
        self.refresh_bindings()

    def _offered(self, step: str) -> bool:
        leaving = self.desk.parting if self.haven.session is not None else None
        return not self.before and leaving is not None and leaving.step == step

    def action_feel(self, name: str) -> None:
        leaving = self.desk.parting
        if leaving is None:
            return

        def kept(last: list[Feeling]) -> None:
            leaving.felt(last)
            self.say_limits()
            if not leaving.step:
                self.haven.say("Noted, for you alone.")

        self.desk.feel(FEELINGS[name], kept)

    def action_change(self, name: str) -> None:
        """The four choices after visits that left her heavier; each of them is fine."""
        leaving = self.desk.parting
        if leaving is None:
            return
        leaving.leave()
        self.say_limits()
        if name == "pause":
            rest_from(self, leaving.circle, leaving.name)
        elif name == "dose":
            from havenclient.ui.screens.care.limits import LimitsScreen

            self.app.push_screen(LimitsScreen("posts"))
        elif name == "talk":
            from havenclient.ui.screens.care.library import LibraryScreen

            self.app.push_screen(LibraryScreen("what-kind"))
        else:
            self.haven.say("It stays as it is.")

    def action_wind_down(self) -> None:
        from havenclient.ui.screens.care.player import PlayerScreen

        if self.desk.parting is not None:
            self.desk.parting.leave()
        self.say_limits()
        self.app.push_screen(PlayerScreen("after_reading"))

    def leave_offer(self) -> None:
        """esc: not now."""
        if self.before:
            self.before = ""
        elif self.desk.parting is not None:
            self.desk.parting.leave()
        self.say_limits()
