"""The writing half of a conversation: a draft that is kept, the look before posting, sending.

A mixin of the screen. Words leave the field only when they are saved and queued; before that a look
on this computer asks once about what could tell who the writer is. What stands in the frame of the
field (to whom, answering what, with which note) is said here too.

Never: a message's way to the relay, or what the reading half shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import TextArea

from havenclient.errors import HavenError
from havenclient.journal import Draft
from havenclient.text import safe_line
from havenclient.ui.screens.circles.base import Answer
from havenclient.ui.screens.circles.composer import Composer
from havenclient.ui.screens.circles.deeds import MessageDeeds
from havenclient.ui.screens.circles.horizon import Horizon
from havenclient.ui.screens.circles.talk import Talk

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView


def before_posting(circles: Circles, text: str) -> tuple[str, ...]:
    """The look before words leave (care.leaks): on this computer only, a maybe, never a refusal."""
    from havenclient.care.service import Care

    look = Care(circles.book.db, circles.book.clock).before_posting(text)
    return (*look.doubts, look.advice) if look.advice else look.doubts


class Writing(MessageDeeds[Answer]):
    def __init__(self, circle: str) -> None:
        super().__init__()
        self.circle = circle
        self.note = None
        self.reply_to = self.editing = None
        self.horizon = Horizon()
        self._dirty = False
        self._sending = False
        self._looked_at = ""

    @property
    def circle_view(self) -> CircleView | None:
        """The circle as it was looked at last."""
        raise NotImplementedError

    def back_to_newest(self) -> None:
        raise NotImplementedError

    # --- the frame --------------------------------------------------------------------------------

    def _tell_composer(self) -> None:
        """What the frame of the writing field says: to whom, answering what, what waits."""
        composer = self.query_one(Composer)
        view = self.circle_view
        name = safe_line(view.name) if view else ""
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
        if self.horizon.waiting and not self.has_class("-wide"):
            words = self.horizon.held_words(self.desk.quiet_until)
            self.haven.say(words + ".", "esc, then  u  shows them")

    def _why_silent(self) -> str:
        view = self.circle_view
        if view is None:
            return ""
        if view.standing.value != "active":
            return view.health + "\nesc, then m: what you can do."
        if view.must_accept:
            return "There is a new agreement. esc, then m reads and accepts it."
        return ""

    # --- the draft, and sending -------------------------------------------------------------------

    @property
    def draft_key(self) -> str:
        return f"circle:{self.circle}"

    @property
    def writing(self) -> bool:
        return bool(self.query_one(Composer).text.strip())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._dirty = True
        if self.writing:
            self.horizon.began_writing()
        elif self.horizon.waiting:
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
        self.horizon.new_from = None
        self._dirty = False
        self.back_to_newest()
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
        if self.horizon.newest:
            self.horizon.began_writing()
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
