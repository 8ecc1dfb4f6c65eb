"""A conversation: the messages, what waits for you, and the field to write in.

New messages never move what somebody reads or writes: while there are words in the writing field,
or in quiet hours, what arrives stays below the *horizon* and one calm line says how many wait.
There is no presence and no sign of writing, in either direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from havenclient.care.caps import Capped
from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.base import PaletteItem, today
from havenclient.ui.screens.care.tips import tip
from havenclient.ui.screens.circles.base import (
    Page,
    mark_of,
    people_words,
    state_words,
    to_check,
)
from havenclient.ui.screens.circles.composer import Composer
from havenclient.ui.screens.circles.head import HeadLine
from havenclient.ui.screens.circles.limits_here import LimitLine
from havenclient.ui.screens.circles.manner import Manner
from havenclient.ui.screens.circles.talk import WINDOW, Leaf, Talk
from havenclient.ui.screens.circles.visiting import Visiting
from havenclient.ui.screens.circles.ways import CircleWays
from havenclient.ui.screens.circles.writing import Writing

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView, MessageView, PersonView

LOOK_EVERY = 5.0
LONG_VISIT = 20 * 60
"""Seconds in a circle after which a first tip on breaks fits."""


@dataclass(frozen=True, slots=True)
class Shown:
    circle: CircleView
    people: list[PersonView]
    views: list[MessageView]
    before: int | None
    new: int
    at_oldest: bool
    capped: Capped


class ConversationScreen(CircleWays[Shown], Visiting[Shown], Writing[Shown]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "write", "Write", id="talk.write"),
        Binding("space", "unfold", "Show folded", id="talk.unfold", show=False),
        Binding("r", "reply", "Reply", id="talk.reply"),
        Binding("full_stop", "react", "React", id="talk.react"),
        Binding("exclamation_mark", "order_step", "Not right?", id="talk.order"),
        Binding("c", "check", "Check this", id="talk.check"),
        Binding("K", "keep", "Keep a card", id="talk.keep", show=False),
        Binding("q", "quote", "Quote", id="talk.quote", show=False),
        Binding("e", "edit", "Edit", id="talk.edit"),
        Binding("delete,backspace", "delete", "Take back", id="talk.delete", show=False),
        Binding("o", "fetch", "Fetch the file", id="talk.fetch", show=False),
        Binding("f", "attach", "Send a file", id="talk.attach", show=False),
        Binding("u", "show_held", "Show new", id="talk.show"),
        Binding("s", "send_held", "Send now", id="talk.send_held"),
        Binding("v", "verify", "Verify", id="talk.verify"),
        Binding("i", "people", "People", id="talk.people"),
        Binding("h", "ladder", "What happened", id="talk.log", show=False),
        Binding("a", "unnamed", "Ask unnamed", id="talk.unnamed", show=False),
        Binding("m", "manage", "Manage", id="talk.manage", show=False),
        Binding("g", "relay", "Relay", id="talk.relay", show=False),
        Binding("ctrl+t", "note", "Note", id="note"),
        Binding("ctrl+g", "kind", "Kind", id="talk.kind"),
        Binding("escape", "back", "List", id="talk.back"),
    ]

    def __init__(self, circle: str, *, at: tuple[int, int | None] | None = None) -> None:
        """`at`: a row to go to, and the row before which its page ends (None: the newest page)."""
        super().__init__(circle)
        self.opened, self.always = set(), set()
        self._shown: Shown | None = None
        self._before: list[int | None] = [None]
        """Cursors of the pages from the newest end to the one that is shown."""
        self._goal: tuple[str, int] | None = None
        self._tipped: set[str] = set()
        if at is not None:
            self._goal = ("at", at[0])
            self._before += [at[1]] if at[1] is not None else []

    def body(self) -> ComposeResult:
        yield HeadLine(self.circle)
        with Horizontal(id="talk-main"):
            with Vertical(id="talk-left"):
                yield Talk()
                yield Static(id="talk-hint", markup=False)
                yield Composer()
            with Vertical(id="talk-side"):
                with Vertical(id="talk-people", classes="panel") as people:
                    people.border_title, people.border_subtitle = "People", "i people"
                    yield Static(id="talk-people-text")
                with Vertical(id="talk-held", classes="panel") as held:
                    held.border_title = "Held for you"
                    yield Static(id="talk-held-text")
        yield LimitLine()

    def on_mount(self) -> None:
        talk = self.query_one(Talk)
        talk.today = today(self)
        explain(talk, Talk.HELP)
        talk.border_subtitle = "↑ ↓ message · space show · r reply · . react · ! not right?"
        self.haven.ask(lambda j: j.draft(self.draft_key), self._restore, group=self.draft_key)
        self.query_one(Composer).focus()
        self._tell_composer()
        self.set_interval(LOOK_EVERY, self._after_a_while)

    # --- looking ----------------------------------------------------------------------------------

    def question(self, circles: Circles) -> Shown:
        before, capped = self._before[-1], self.cap(circles)
        view = circles.get(self.circle)
        stop = before if before is not None else capped.first
        views = self._opened_page(circles, stop)
        at_oldest = len(views) < WINDOW
        if before is None and stop is not None:
            known = {one.no for one in views}
            newest = self._opened_page(circles, None)
            views += [v for v in newest if v.no not in known and capped.comes_through(v)]
        people = circles.people(self.circle)
        return Shown(view, people, views, before, view.new, at_oldest, capped)

    def _opened_page(self, circles: Circles, before: int | None) -> list[MessageView]:
        """A page as the person has opened it; what comes folded holds no words at all."""
        opened, always = set(self.opened), set(self.always)
        views = circles.messages(self.circle, before=before, limit=WINDOW, opened=opened)
        more = {one.no for one in views if one.folded and one.sender in always}
        if more:
            more |= opened
            views = circles.messages(self.circle, before=before, limit=WINDOW, opened=more)
        return views

    def show(self, answer: Shown) -> None:
        if answer.before != self._before[-1]:
            return  # the person went on meanwhile; another answer is on its way
        first = self._shown is None
        self._shown = answer
        talk = self.query_one(Talk)
        talk.border_title = Content(safe_line(answer.circle.name))
        views, horizon = answer.views, self.horizon
        horizon.capped = answer.capped
        horizon.anyway |= self.desk.opened_late(self.circle)
        self.visit.let_in.update(answer.capped.let_in)
        self.visit.heavy |= bool(self.opened)
        if answer.before is None:
            quiet_since = self.desk.quiet_began()
            views = horizon.within(views, writing=self.writing, quiet_since=quiet_since)
            horizon.mark_new(views, answer.new, first=first)
        leaf = Leaf(
            views,
            at_newest=answer.before is None,
            at_oldest=answer.at_oldest,
            new_from=horizon.new_from,
            new_since=horizon.new_since,
            held=horizon.holds,
        )
        talk.set_leaf(leaf, wanted=self._wanted(views))
        if answer.before is None:
            horizon.shown(views, writing=self.writing)
            self._mark_read(answer)
        self._show_side(answer)
        self.query_one(HeadLine).look()
        self._tell_composer()
        self.say_visit()
        self._tips(answer.views)

    def _tips(self, views: list[MessageView]) -> None:
        """The tips that belong here, after what else is said; each once for a person."""
        due = {"limits": ""}
        if any(v.talk == "advice" and not (v.mine or v.folded) for v in views):
            due["check"] = "c on it"
        if self.visit.seconds >= LONG_VISIT:
            due["break"] = "p in the list of circles"
        fresh = [name for name in due if name not in self._tipped]
        self._tipped.update(fresh)
        for turn, name in enumerate(fresh):
            tip(self, name, after=4 + 13 * turn, where=due[name])

    def _wanted(self, views: list[MessageView]) -> int | None:
        """After a page was turned: the message next to where the person was."""
        goal, self._goal = self._goal, None
        if goal is None:
            return None
        way, no = goal
        places = {view.no: n for n, view in enumerate(views)}
        if no not in places:
            return None
        step = {"older": -1, "newer": 1}.get(way, 0)
        return views[min(len(views) - 1, max(0, places[no] + step))].no

    def _mark_read(self, answer: Shown) -> None:
        session = self.haven.session
        looking = self.app.screen is self and not self.horizon.waiting
        if not (answer.new and looking) or session is None or session.read_only:
            return
        stop = answer.capped.first

        def mark(circles: Circles) -> None:
            from havenclient.circles import unread

            if stop is None:
                circles.mark_read(self.circle)
            else:
                unread.mark_before(circles.book, self.circle, stop)

        self.desk.ask(mark, lambda _: None, group="read")

    def on_talk_older_wanted(self) -> None:
        views = self.query_one(Talk).leaf.views
        self._goal = ("older", views[0].no)
        self._before.append(views[len(views) // 2].no)
        self.reload()

    def on_talk_newer_wanted(self) -> None:
        self._goal = ("newer", self.query_one(Talk).leaf.views[-1].no)
        if len(self._before) > 1:
            self._before.pop()
        self.reload()

    def on_talk_newest_wanted(self) -> None:
        self._before = [None]
        self.reload()

    def back_to_newest(self) -> None:
        self._before = [None]
        self.query_one(Talk).highlighted = None

    @property
    def circle_view(self) -> CircleView | None:
        return None if self._shown is None else self._shown.circle

    @property
    def post(self) -> MessageView | None:
        return self.query_one(Talk).current

    @property
    def capped(self) -> Capped:
        return self.horizon.capped

    @property
    def way_out(self) -> str:
        return "esc, then  " if self.focused is self.query_one(Composer) else ""

    def blank(self) -> None:
        super().blank()
        self.query_one(Talk).forget()
        self._shown = self.reply_to = self.editing = None
        self.manner = Manner()

    # --- around -----------------------------------------------------------------------------------

    def own_facts(self) -> tuple[str, ...]:
        if self._shown is None:
            return ()
        view = self._shown.circle
        check = len(to_check(self._shown.people))
        people = people_words(view.people) if view.people else view.standing.value
        if check:
            people += f", {check} to check"
        return (safe_line(view.name, limit=40), people, state_words(view))

    def _show_side(self, answer: Shown) -> None:
        page = Page(self)
        for person in answer.people:
            words, look = mark_of(person)
            page.text.append(f"{safe_line(person.name, limit=11):<12}")
            page.line(words.replace(", check (v)", ": v"), look)
        page.line()
        hours = self.desk.limits.quiet_hours
        page.line(f"quiet {hours}" if hours else "no quiet time", "quiet")
        if answer.circle.retention_days:
            page.line(f"kept {answer.circle.retention_days} days on the relay", "quiet")
        page.line("m  agreement, settings", "quiet")
        self.query_one("#talk-people-text", Static).update(page.text)
        held = Page(self)
        if self.horizon.holds:
            held.line(self.horizon.held_words(self.desk.quiet_until), "lamp").line(
                "It waits without a sound.", "quiet"
            )
            held.line("esc, then u shows it", "bright-line")
        else:
            held.line("Nothing waits.", "quiet").line()
            held.line("Haven shows nobody as", "quiet").line("typing or online.", "quiet")
        self.query_one("#talk-held-text", Static).update(held.text)

    def _after_a_while(self) -> None:
        if self.haven.session is None:
            return
        self.keep_draft()
        writing = self.writing and self.focused is self.query_one(Composer)
        self.visit_time(LOOK_EVERY, reading=not writing)
        self.desk.after_quiet()
        self.tell_facts()
        self._tips([])

    # --- moving about -----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "show_held":
            return self.horizon.holds
        if action == "send_held":
            return self.is_mounted and any(
                view.state == "held" for view in self.query_one(Talk).leaf.views
            )
        if action in ("edit", "delete"):
            view = self.query_one(Talk).current if self.is_mounted else None
            return view is not None and view.mine and not view.deleted
        return super().check_action(action, parameters)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.refresh_bindings()

    def action_write(self) -> None:
        self.query_one(Composer).focus()

    def action_show_held(self) -> None:
        if not self.horizon.waiting and not self.read_on():
            return
        self.horizon.show_all()
        self._before = [None]
        self.haven.say("")
        self.reload()

    def action_send_held(self) -> None:
        self.desk.wish(
            lambda circles: circles.release(self.circle),
            lambda _: self.wished("Sent now."),
            group="release",
        )

    def action_back(self) -> None:
        if self.haven.stop_work():
            return
        if self.focused is self.query_one(Composer):
            if self.reply_to is not None or self.editing is not None:
                self.leave_reply()
            else:
                self.query_one(Talk).focus()
            return
        self.keep_draft()
        self.leave_circle()

    def palette(self) -> list[PaletteItem]:
        return [
            ("Answer this message", "For all of the circle (r)", self.action_reply),
            ("A word of support", "Under this message (.)", self.action_react),
            ("Check this", "A claim: the library, your notes on it (c)", self.action_check),
            ("Keep as a card", "What helped, without a name (K)", self.action_keep),
            ("Quote this message", "Its kind and source stay with it (q)", self.action_quote),
            ("Kind of message", "Question, advice, just listen … (ctrl+g)", self.action_kind),
            ("Content note", "Lets people fold what you write (ctrl+t)", self.action_note),
            ("Send a file", "Up to 8 MiB, sealed (f)", self.action_attach),
            ("What could help", "A kind sentence, tell helpers (!)", self.action_order_step),
            ("What happened here", "Steps, and whose yes is missing (h)", self.action_ladder),
            ("Reports", "Yours, and for who helps those to you", self.action_reports),
            ("Ask unnamed", "A host asks the circle for you (a)", self.action_unnamed),
            ("People of this circle", "Marks, roles, safety words (i)", self.action_people),
            ("Keep for later", "On your own shelf, with its fold (l)", self.action_later),
            ("Rest from this circle", "For as long as you like (p)", self.action_rest),
            ("This circle", "Agreement, name, leaving (m)", self.action_manage),
        ]
