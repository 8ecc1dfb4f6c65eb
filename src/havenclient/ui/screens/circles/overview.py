"""The list of circles, and of invites that the person holds; beside it what a circle is like.

Nothing here counts people or messages against anyone: "2 new" is for the person alone and seen only
in this room. A circle that she rests from has no mark at all.

Limits speak on one small line above the keys: what costs one more key before a circle opens, and
after a visit what may be offered (`visits.Parting`), one at a time. Any of it can be left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.care import boundaries
from havenclient.care.library import said
from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.base import PaletteItem
from havenclient.ui.screens.circles.base import (
    people_words,
    state_words,
    to_check,
)
from havenclient.ui.screens.circles.beside import card, queue
from havenclient.ui.screens.circles.limits_here import (
    LimitLine,
    back_words,
    come_back,
    rest_from,
)
from havenclient.ui.screens.circles.offering import Offering
from havenclient.ui.screens.circles.rows import Rows
from havenclient.ui.screens.circles.ways import CircleWays
from havenclient.ui.styles import style

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.unread import Unread
    from havenclient.circles.views import CircleView, DoorView, PersonView, QueueView

EMPTY = (
    "A circle is two to twelve people who chose each other.\n"
    "Messages are sealed on this computer. The relay holds sealed\n"
    "entries for as long as the circle agreed; it can't read them.\n"
    "\n"
    "Nothing is sent and no relay is asked before you begin.\n"
    "\n"
    "     n  begin a circle       a  accept an invitation"
)
NEW = "new"
DOOR = "door:"
UNANSWERED = "unanswered"
"""The choice's name in the vault; `haven circle unanswered --on` is the same one."""


@dataclass(frozen=True, slots=True)
class Shown:
    circles: list[CircleView]
    people: dict[str, list[PersonView]]
    asked: dict[str, list[str]]
    doors: list[DoorView]
    queue: list[QueueView]
    drafts: frozenset[str]
    back: dict[str, Unread]
    """Circles whose rest is over: what was there meanwhile."""
    helps: dict[str, str]
    """ "Mira is off today. Sam is here." """
    calls: dict[str, list[str]] = field(default_factory=dict)
    """What waits for us in a circle's order: a report, a question, our yes."""
    alone: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Posts that nobody answered, for who chose to see them."""


NOTHING = Shown([], {}, {}, [], [], frozenset(), {}, {})


class CirclesScreen(CircleWays[Shown], Offering[Shown]):
    HELP = (
        "Your circles, and invites that you hold. enter opens one.\n"
        "n begins a circle, a accepts an invitation, d shows who is at the door, + invites.\n"
        "p rests from a circle for a time, l is what you kept for later, w shows or hides posts\n"
        "that nobody answered yet."
    )
    LEFT: tuple[tuple[str, str], ...] = (("enter", "Open"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id="circles.new"),
        Binding("a", "accept", "Accept", id="circles.accept"),
        Binding("i", "people", "People", id="circles.people", show=False),
        Binding("v", "verify", "Verify", id="circles.verify"),
        Binding("d", "door", "Door", id="circles.door"),
        Binding("plus", "invite", "Invite", id="circles.invite"),
        Binding("m", "manage", "Manage", id="circles.manage"),
        Binding("g", "relay", "Relay", id="circles.relay"),
        Binding("r", "retry", "Retry now", id="circles.retry", show=False),
        Binding("p", "rest", "Rest", id="circles.rest"),
        Binding("l", "later", "Later", id="circles.later"),
        Binding("w", "unanswered", "No answer yet", id="circles.unanswered", show=False),
        Binding("o", "open_anyway", "Open anyway", id="circles.anyway"),
        Binding("escape", "back", "Back", id="circles.back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown = NOTHING

    def body(self) -> ComposeResult:
        with Horizontal(id="circles-main"):
            shelf = Rows("circles-list")
            shelf.border_title, shelf.border_subtitle = "Your circles", "enter opens"
            yield shelf
            with Vertical(id="circles-side"):
                with VerticalScroll(id="circle-card", classes="panel", can_focus=False):
                    yield Static(id="circle-card-text")
                with Vertical(id="circle-queue", classes="panel") as queue:
                    queue.border_title = "Waiting to go out"
                    queue.border_subtitle = "r retry now · g relay"
                    yield Static(id="circle-queue-text")
        yield LimitLine()

    def on_mount(self) -> None:
        shelf = self.query_one("#circles-list", OptionList)
        explain(shelf, self.HELP)
        shelf.focus()
        self.set_interval(30, self._after_a_while)

    def _after_a_while(self) -> None:
        if self.haven.session is not None:
            self.desk.after_quiet()
            self.tell_facts()

    # --- looking ----------------------------------------------------------------------------------

    def question(self, circles: Circles) -> Shown:
        views = circles.all()
        people = {view.id: circles.people(view.id) for view in views}
        asked = {view.id: circles.roles_asked(view.id) if people[view.id] else [] for view in views}
        session = self.haven.session
        drafts = frozenset(
            () if session is None else session.ask(lambda j: [one.key for one in j.drafts()])
        )
        from havenclient.circles import days_off, order, unanswered, unread

        rested = self.desk.kept.rested()
        back = {one.id: unread.look(circles.book, one.id) for one in views if one.id in rested}
        helps = {one.id: boundaries.who_is_on(*days_off.who(circles, one.id)) for one in views}
        calls = {one.id: order.calls(circles, one.id) for one in views}
        wanted = self.desk.kept.fact(UNANSWERED)
        alone = {
            one.id: tuple(map(unanswered.line, unanswered.look(circles, one.id)))
            for one in views
            if wanted
        }
        doors, queue = circles.doors(), circles.queue()
        return Shown(views, people, asked, doors, queue, drafts, back, helps, calls, alone)

    def show(self, answer: Shown) -> None:
        self._shown = answer
        shelf = self.query_one("#circles-list", Rows)
        wanted = shelf.current_id
        with self.prevent(OptionList.OptionHighlighted):
            shelf.clear_options()
            shelf.add_options(Option(self._row(one), id=one.id) for one in answer.circles)
            waiting = [door for door in answer.doors if door.state != "in"]
            shelf.add_options(Option(self._door_row(one), id=DOOR + one.id) for one in waiting)
            if answer.circles or waiting:
                more = Text("  + new circle", style(self, "quiet"), no_wrap=True)
                shelf.add_option(Option(more, id=NEW))
            else:
                shelf.add_option(Option(Text(EMPTY, style(self, "foreground")), disabled=True))
            shelf.go_to(wanted)
        self._show_card()
        self._show_queue()
        self.say_limits()

    def own_facts(self) -> tuple[str, ...]:
        until = self.desk.quiet_until
        return (f"quiet until {until}",) if until else ()

    def _row(self, view: CircleView) -> Text:
        quiet = style(self, "quiet")
        people = self._shown.people.get(view.id, [])
        line = Text(no_wrap=True, overflow="ellipsis")
        name = safe_line(view.name, limit=26)
        line.append(f"{name:<27}", style(self, "foreground", bold=True))
        facts = [people_words(view.people) if view.people else view.standing.value]
        line.append(f"{facts[0]:<11}", quiet)
        if view.id in self.desk.pauses:
            sentence = boundaries.pause_sentence(self.desk.pauses[view.id].until)
            return line.append(f"\n    {sentence}\n", quiet)
        line.append(self._news(view), style(self, "lamp"))
        line.append("\n    ")
        small = []
        if view.id in self._shown.back:
            small.append(f"{said('back')} {back_words(self._shown.back[view.id])}")
        if view.knocks:
            small.append("somebody is at the door (d)")
        if view.must_accept:
            small.append("a new agreement to read (m)")
        if self._shown.asked.get(view.id):
            small.append("you are asked to help (m)")
        small += self._shown.calls.get(view.id, [])
        if state_words(view):
            small.append(state_words(view))
        check = to_check(people)
        if check:
            names = ", ".join(safe_line(one.name, limit=14) for one in check[:3])
            small.append(f"{len(check)} to check: {names} (v)")
        elif len(people) > 1:
            small.append("all checked")
        if view.retention_days:
            small.append(f"{view.retention_days} days")
        line.append(" · ".join(small), quiet)
        return line.append("\n")

    def _news(self, view: CircleView) -> str:
        if f"circle:{view.id}" in self._shown.drafts:
            return "draft waiting"
        if view.new and self.desk.quiet_now:
            return f"quiet until {self.desk.quiet_until}"
        return f"{view.new} new" if view.new and view.id not in self._shown.back else ""

    def _door_row(self, door: DoorView) -> Text:
        name = safe_line(door.card.name, limit=26) if door.card else "An invite"
        line = Text(f"{name:<27}", style(self, "foreground", bold=True), no_wrap=True)
        line.append("invitation", style(self, "lamp"))
        return line.append(
            f"\n    {DOOR_WORDS.get(door.state, door.state)}\n", style(self, "quiet")
        )

    @property
    def current(self) -> CircleView | None:
        wanted = self.query_one("#circles-list", Rows).current_id
        return next((one for one in self._shown.circles if one.id == wanted), None)

    def on_option_list_option_highlighted(self) -> None:
        if self.before and (self.current is None or self.current.id != self.before):
            self.before = ""
            self.say_limits()
        self._show_card()
        self.refresh_bindings()

    def blank(self) -> None:
        super().blank()
        self._shown = NOTHING

    # --- the panes --------------------------------------------------------------------------------

    def _show_card(self) -> None:
        view = self.current
        pane = self.query_one("#circle-card")
        if view is None:
            pane.border_title, pane.border_subtitle = "", ""
            self.query_one("#circle-card-text", Static).update(Text(""))
            return
        pane.border_title = Content(safe_line(view.name))
        pane.border_subtitle = "m manage"
        text = card(self, self._shown, view)
        self.query_one("#circle-card-text", Static).update(text)

    def _show_queue(self) -> None:
        self.query_one("#circle-queue-text", Static).update(queue(self, self._shown.queue))

    # --- going on ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("people", "verify", "manage", "rest"):
            return self.current is not None
        if action in ("door", "invite"):
            return self.current is not None and self.current.is_host
        if action == "open_anyway":
            return bool(self.before)
        return super().check_action(action, parameters)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        chosen = event.option.id or ""
        if chosen == NEW:
            self.action_new()
        elif chosen.startswith(DOOR):
            from havenclient.ui.screens.circles.door import DoorScreen

            self.app.push_screen(DoorScreen(chosen.removeprefix(DOOR)))
        elif chosen and chosen != self.before and self.desk.question_before(chosen):
            self.before = chosen
            self.say_limits()
        elif chosen:
            self._open(chosen)

    def action_open_anyway(self) -> None:
        if self.before:
            self._open(self.before)

    def _open(self, circle: str) -> None:
        if self.before:
            self.desk.open_anyway(circle)
            self.before = ""
        if circle in self._shown.back:
            self.desk.ask(lambda _: self.desk.kept.unpause(circle), lambda _: None, group="back")
        self.desk.parting = None
        view = next((one for one in self._shown.circles if one.id == circle), None)
        if self.desk.limits.pace and view is not None and view.new:
            from havenclient.ui.screens.circles.pace import PaceScreen

            self.app.push_screen(PaceScreen(circle))
            return
        from havenclient.ui.screens.circles.conversation import ConversationScreen

        self.app.push_screen(ConversationScreen(circle))

    def action_unanswered(self) -> None:
        """Show or hide posts that nobody answered; only this computer knows the choice."""

        def switch(_: Circles) -> bool:
            wanted = not self.desk.kept.fact(UNANSWERED)
            self.desk.kept.remember(UNANSWERED, "on" if wanted else "")
            return wanted

        def told(wanted: bool) -> None:
            shown = "Posts without an answer for a day stand beside their circle. Nobody is told."
            self.haven.say(shown if wanted else "Not shown any more.")
            self.reload()

        self.desk.ask(switch, told, group="unanswered")

    def action_rest(self) -> None:
        view = self.current
        if view is None:
            return
        self.before = ""
        if view.id in self.desk.pauses:
            come_back(self, view.id)
        else:
            rest_from(self, view.id, view.name)

    def which_circle(self) -> str | None:
        return None if self.current is None else self.current.id

    def action_later(self) -> None:
        from havenclient.ui.screens.circles.later import LaterScreen

        self.app.push_screen(LaterScreen())

    def action_new(self) -> None:
        from havenclient.ui.screens.circles.found import FoundScreen

        self.app.push_screen(FoundScreen())

    def action_accept(self) -> None:
        from havenclient.ui.screens.circles.door import accept

        accept(self)

    def action_retry(self) -> None:
        self.desk.wish(
            lambda circles: circles.retry(),
            lambda _: self.wished("Trying again now."),
            group="retry",
        )

    def action_back(self) -> None:
        if not self.haven.stop_work():
            self.leave_offer()

    def palette(self) -> list[PaletteItem]:
        return [
            ("Begin a circle", "You are its host (n)", self.action_new),
            ("Accept an invitation", "A link, or twelve words (a)", self.action_accept),
            (
                "Rest from this circle",
                "A day, three, a week, or until you return (p)",
                self.action_rest,
            ),
            ("No answer yet", "Posts nobody answered: show or hide (w)", self.action_unanswered),
            ("Kept for later", "The posts that you put aside (l)", self.action_later),
            ("Relay", "What waits, what it can see (g)", self.action_relay),
        ]


DOOR_WORDS = {
    "opening": "asking the relay for its card",
    "offered": "the card is here: enter reads it",
    "knocked": "you knocked; a host lets you in when next online",
    "in": "you are in",
    "refused": "this invite no longer works",
    "expired": "this invite is too old",
}
