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
from textual.widgets import OptionList, Static, TextArea

from havenclient.errors import HavenError
from havenclient.journal import Draft
from havenclient.text import safe_line
from havenclient.ui.explain import explain
from havenclient.ui.screens.base import PaletteItem, today
from havenclient.ui.screens.circles.base import (
    Page,
    mark_of,
    people_words,
    state_words,
    to_check,
)
from havenclient.ui.screens.circles.composer import Composer
from havenclient.ui.screens.circles.deeds import MessageDeeds
from havenclient.ui.screens.circles.talk import WINDOW, Leaf, Talk

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView, MessageView, PersonView

AWAKE = 120.0
"""Seconds without a key after which time no longer counts as time in circles."""
LOOK_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Shown:
    circle: CircleView
    people: list[PersonView]
    views: list[MessageView]
    before: int | None
    new: int


def before_posting(circles: Circles, text: str) -> tuple[str, ...]:
    """The look before words leave (care.leaks): on this computer only, a maybe, never a refusal."""
    from havenclient.care.service import Care

    look = Care(circles.book.db, circles.book.clock).before_posting(text)
    return (*look.doubts, look.advice) if look.advice else look.doubts


class ConversationScreen(MessageDeeds[Shown]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "write", "Write", id="talk.write"),
        Binding("space", "unfold", "Show folded", id="talk.unfold", show=False),
        Binding("r", "reply", "Reply", id="talk.reply"),
        Binding("full_stop", "react", "React", id="talk.react"),
        Binding("e", "edit", "Edit", id="talk.edit"),
        Binding("delete,backspace", "delete", "Take back", id="talk.delete", show=False),
        Binding("o", "fetch", "Fetch the file", id="talk.fetch", show=False),
        Binding("f", "attach", "Send a file", id="talk.attach", show=False),
        Binding("u", "show_held", "Show new", id="talk.show"),
        Binding("s", "send_held", "Send now", id="talk.send_held"),
        Binding("v", "verify", "Verify", id="talk.verify"),
        Binding("i", "people", "People", id="talk.people"),
        Binding("m", "manage", "Manage", id="talk.manage", show=False),
        Binding("g", "relay", "Relay", id="talk.relay", show=False),
        Binding("ctrl+t", "note", "Note", id="note"),
        Binding("escape", "back", "List", id="talk.back"),
    ]

    def __init__(self, circle: str) -> None:
        super().__init__()
        self.circle = circle
        self.note: str | None = None
        self.reply_to: MessageView | None = None
        self.editing: MessageView | None = None
        self.opened, self.always = set(), set()
        self._shown: Shown | None = None
        self._before: list[int | None] = [None]
        """Cursors of the pages from the newest end to the one that is shown."""
        self._goal: tuple[str, int] | None = None
        self._horizon: int | None = None
        """Row up to which others' messages are shown while the person writes."""
        self._newest = 0
        self._new_from: int | None = None
        self._new_since: int | None = None
        self._waiting = 0
        self._dirty = False
        self._sending = False
        self._looked_at = ""
        self._show_quiet = False

    def body(self) -> ComposeResult:
        with Horizontal(id="talk-main"):
            with Vertical(id="talk-left"):
                yield Talk()
                yield Composer()
            with Vertical(id="talk-side"):
                with Vertical(id="talk-people", classes="panel") as people:
                    people.border_title, people.border_subtitle = "People", "i people"
                    yield Static(id="talk-people-text")
                with Vertical(id="talk-held", classes="panel") as held:
                    held.border_title = "Held for you"
                    yield Static(id="talk-held-text")

    def on_mount(self) -> None:
        talk = self.query_one(Talk)
        talk.today = today(self)
        explain(talk, Talk.HELP)
        talk.border_subtitle = "↑ ↓ message · space show · r reply · . react"
        self.haven.ask(lambda j: j.draft(self.draft_key), self._restore, group=self.draft_key)
        self.query_one(Composer).focus()
        self._tell_composer()
        self.set_interval(LOOK_EVERY, self._after_a_while)

    # --- looking ----------------------------------------------------------------------------------

    def question(self, circles: Circles) -> Shown:
        before = self._before[-1]
        view = circles.get(self.circle)
        return Shown(
            view,
            circles.people(self.circle),
            self._opened_page(circles, before),
            before,
            view.new,
        )

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
        views = self._within_horizon(answer.views)
        if answer.before is None:
            self._mark_new(views, answer.new, first=first)
        leaf = Leaf(
            views,
            at_newest=answer.before is None,
            at_oldest=len(answer.views) < WINDOW,
            new_from=self._new_from,
            new_since=self._new_since,
        )
        talk.set_leaf(leaf, wanted=self._wanted(views))
        if answer.before is None:
            self._newest = max((view.no for view in views), default=0)
            self._mark_read(answer)
        self._show_side(answer)
        self._tell_composer()

    def _within_horizon(self, views: list[MessageView]) -> list[MessageView]:
        """What may be shown now. Counts what waits."""
        quiet_since = None if self._show_quiet else self.desk.quiet_began()
        horizon = self._horizon if self.writing else None
        if horizon is None and self._horizon is not None:
            self._horizon = None

        def waits(view: MessageView) -> bool:
            if view.mine or view.kind != "message":
                return False
            if horizon is not None and view.no > horizon:
                return True
            return quiet_since is not None and view.at >= quiet_since and view.no > self._newest

        if self._before[-1] is not None:
            return views
        self._waiting = sum(waits(view) for view in views)
        return [view for view in views if not waits(view)]

    def _mark_new(self, views: list[MessageView], new: int, *, first: bool) -> None:
        """Where the line "new since" stands: before what came since the last visit here."""
        if not new or (not first and self._new_from is not None):
            return
        theirs = [n for n, view in enumerate(views) if view.kind == "message" and not view.mine]
        fresh = theirs[-max(0, new - self._waiting) :] if new > self._waiting else []
        if fresh:
            self._new_from = views[fresh[0]].no
            self._new_since = views[fresh[0] - 1].at if fresh[0] else None

    def _wanted(self, views: list[MessageView]) -> int | None:
        """After a page was turned: the message next to where the person was."""
        goal, self._goal = self._goal, None
        if goal is None:
            return None
        way, no = goal
        places = {view.no: n for n, view in enumerate(views)}
        if no not in places:
            return None
        step = -1 if way == "older" else 1
        return views[min(len(views) - 1, max(0, places[no] + step))].no

    def _mark_read(self, answer: Shown) -> None:
        session = self.haven.session
        looking = self.app.screen is self and not self._waiting
        if answer.new and looking and session is not None and not session.read_only:
            self.desk.ask(
                lambda circles: circles.mark_read(self.circle), lambda _: None, group="read"
            )

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

    def blank(self) -> None:
        super().blank()
        self.query_one(Talk).forget()
        self._shown = self.reply_to = self.editing = self.note = None

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
        rules = self.haven.settings.boundaries
        page.line(f"quiet {rules.quiet_hours}" if rules.quiet_hours else "no quiet time", "quiet")
        if answer.circle.retention_days:
            page.line(f"kept {answer.circle.retention_days} days on the relay", "quiet")
        page.line("m  agreement, settings", "quiet")
        self.query_one("#talk-people-text", Static).update(page.text)
        held = Page(self)
        if self._waiting:
            held.line(self._held_words(), "lamp").line("It waits without a sound.", "quiet")
            held.line("esc, then u shows it", "bright-line")
        else:
            held.line("Nothing waits.", "quiet").line()
            held.line("Haven shows nobody as", "quiet").line("typing or online.", "quiet")
        self.query_one("#talk-held-text", Static).update(held.text)

    def _held_words(self) -> str:
        count = "1 message" if self._waiting == 1 else f"{self._waiting} messages"
        if self.desk.quiet_now and not self._show_quiet:
            return f"{count} until {self.desk.quiet_until}"
        return f"{self._waiting} came while you wrote"

    def _tell_composer(self) -> None:
        """What the frame of the writing field says: to whom, answering what, what waits."""
        composer = self.query_one(Composer)
        shown = self._shown
        name = safe_line(shown.circle.name) if shown else ""
        title = f"To {name}"
        if self.editing is not None:
            title = "Your message in other words"
        elif self.reply_to is not None:
            title = f"Answer to {safe_line(self.reply_to.sender, limit=20)}, for all of {name}"
        composer.border_title = Content(title)
        note = f"^t note: {safe_line(self.note, limit=20) if self.note else 'none'}"
        hints = ["^j send", "enter new line", note]
        if self.desk.quiet_now:
            hints.insert(0, f"goes out at {self.desk.quiet_until}")
        composer.border_subtitle = Content(" · ".join(hints))
        locked = self._why_silent()
        composer.read_only = bool(locked)
        if locked and self.focused is composer:
            self.query_one(Talk).focus()
        composer.placeholder = locked or "Write when you like. enter is a new line, ^j sends."
        if self._waiting and not self.has_class("-wide"):
            self.haven.say(self._held_words() + ".", "esc, then  u  shows them")

    def _why_silent(self) -> str:
        if self._shown is None:
            return ""
        view = self._shown.circle
        if view.standing.value != "active":
            return view.health + "\nesc, then m: what you can do."
        if view.must_accept:
            return "There is a new agreement. esc, then m reads and accepts it."
        return ""

    # --- writing ----------------------------------------------------------------------------------

    @property
    def draft_key(self) -> str:
        return f"circle:{self.circle}"

    @property
    def writing(self) -> bool:
        return bool(self.query_one(Composer).text.strip())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._dirty = True
        if self.writing and self._horizon is None:
            self._horizon = self._newest
        elif not self.writing and self._waiting:
            self.reload()

    def on_composer_sent(self) -> None:
        composer = self.query_one(Composer)
        text = composer.text.strip("\n")
        if not text.strip():
            self.haven.say("There is nothing to send yet.")
            return
        if self._sending or composer.read_only:
            return
        self._sending = True
        if text == self._looked_at:
            self._send(text)
        else:
            self.desk.ask(
                lambda circles: before_posting(circles, text),
                lambda doubts: self._looked(text, doubts),
                group="look",
                failed=self._not_said,
            )

    def _looked(self, text: str, doubts: tuple[str, ...]) -> None:
        """Something could tell who she is: asked once; ^j again sends it as it is."""
        if not doubts:
            self._send(text)
            return
        self._sending = False
        self._looked_at = text
        self.haven.say(doubts[0], "^j again sends it as it is")

    def _send(self, text: str) -> None:
        self._looked_at = ""
        self.desk.wish(self.spoken(text), self._said, group="say", failed=self._not_said)

    def _said(self, _: object) -> None:
        """It is kept and queued: only now the field is emptied."""
        self._sending = False
        if self.desk.quiet_now:
            self.desk.held_for_quiet()
            self.haven.say(
                f"Held: it goes out at {self.desk.quiet_until}.", "esc, then  s  send now"
            )
        self.query_one(Composer).blank()
        self.note = self.reply_to = self.editing = None
        self._new_from = None
        self._dirty = False
        self._before = [None]
        self.query_one(Talk).highlighted = None
        self.haven.ask(lambda j: j.drop_draft(self.draft_key), lambda _: None, group=self.draft_key)
        self._tell_composer()

    def _not_said(self, error: HavenError) -> None:
        self._sending = False
        self.haven.say_error(error)

    def _restore(self, draft: Draft | None) -> None:
        composer = self.query_one(Composer)
        if draft is None or composer.text:
            return
        with self.prevent(TextArea.Changed):
            composer.load(draft.body)
        self.note = draft.note
        self._horizon = self._newest or None
        self._tell_composer()
        self.haven.say("Your draft is back where you left it.")

    def current_draft(self) -> Draft:
        text = self.query_one(Composer).text
        return Draft(self.draft_key, text, self.haven.launch.clock.now(), note=self.note)

    def pending_draft(self) -> Draft | None:
        return self.current_draft() if self._dirty and self.is_mounted and self.writing else None

    def keep_draft(self) -> None:
        session = self.haven.session
        if not self._dirty or session is None or session.read_only:
            return
        self._dirty = False
        draft, drop = self.current_draft(), not self.writing
        self.haven.ask(
            lambda j: j.drop_draft(draft.key) if drop else j.save_draft(draft),
            lambda _: None,
            group=self.draft_key,
        )

    def _after_a_while(self) -> None:
        if self.haven.session is None:
            return
        self.keep_draft()
        idle = self.haven.guard.idle_seconds()
        if self.app.screen is self and idle < AWAKE:
            self.desk.spend(LOOK_EVERY)
        self.desk.after_quiet()
        self.tell_facts()

    # --- moving about -----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "show_held":
            return bool(self._waiting)
        if action == "send_held":
            return self.desk_is_quiet and any(
                view.state == "held" for view in self.query_one(Talk).leaf.views
            )
        if action in ("edit", "delete"):
            view = self.query_one(Talk).current if self.is_mounted else None
            return view is not None and view.mine and not view.deleted
        return True

    @property
    def desk_is_quiet(self) -> bool:
        return self.haven.session is not None and self.is_mounted and self.desk.quiet_now

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.refresh_bindings()

    def action_write(self) -> None:
        self.query_one(Composer).focus()

    def action_show_held(self) -> None:
        self._horizon = None
        self._show_quiet = True
        self._before = [None]
        if self.writing:
            self._horizon = (
                max((view.no for view in self._shown.views), default=0) if self._shown else None
            )
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
        self.app.pop_screen()

    def palette(self) -> list[PaletteItem]:
        return [
            ("Answer this message", "For all of the circle (r)", self.action_reply),
            ("A word of support", "Under this message (.)", self.action_react),
            ("Content note", "Lets people fold what you write (ctrl+t)", self.action_note),
            ("Send a file", "Up to 8 MiB, sealed (f)", self.action_attach),
            ("People of this circle", "Marks, roles, safety words (i)", self.action_people),
            ("This circle", "Agreement, name, leaving (m)", self.action_manage),
        ]
