"""The writing half of a conversation: a draft that is kept, the look before posting, sending.

A mixin of the screen. Words leave the field only when they are saved and queued; before that a look
on this computer asks once about what could tell who the writer is, and whether it is advice. What
stands in the frame of the field (to whom, answering what, of which kind) and the one calm line
above it are said here too.

Never: a message's way to the relay, or what the reading half shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static, TextArea

from havenclient.circles.cards import TEMPLATE
from havenclient.circles.content import Kind
from havenclient.circles.kinds import compose_hint, reply_hint
from havenclient.errors import HavenError
from havenclient.journal import Draft
from havenclient.text import safe_line
from havenclient.ui.screens.circles.base import Answer
from havenclient.ui.screens.circles.composer import Composer
from havenclient.ui.screens.circles.horizon import Horizon
from havenclient.ui.screens.circles.keeping import Keeping
from havenclient.ui.screens.circles.look import before_posting
from havenclient.ui.screens.circles.manner import Manner, unpacked
from havenclient.ui.screens.circles.talk import Talk

if TYPE_CHECKING:
    from havenclient.care.service import Look
    from havenclient.circles.views import CircleView, MessageView


class Writing(Keeping[Answer]):
    def __init__(self, circle: str) -> None:
        super().__init__()
        self.circle = circle
        self.manner = Manner()
        self.reply_to = self.editing = None
        self.horizon = Horizon()
        self._dirty = False
        self._sending = False
        self._looked_at = ""
        """Words that were looked at and not sent: ^j sends just these as they are."""
        self._found = ""
        self._like_advice = False

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
            who = "someone" if self.reply_to.unnamed else safe_line(self.reply_to.sender, limit=20)
            title = f"Answer to {who}, for all of {name}"
        composer.border_title = Content(title)
        composer.border_subtitle = Content(" · ".join(self._hints()))
        locked = self._why_silent()
        composer.read_only = bool(locked)
        if locked and self.focused is composer:
            self.query_one(Talk).focus()
        composer.placeholder = locked or "Write when you like. enter is a new line, ^j sends."
        self._tell_hint()
        if self.horizon.waiting and not self.has_class("-wide"):
            words = self.horizon.held_words(self.desk.quiet_until)
            self.haven.say(words + ".", "esc, then  u  shows them")

    def _hints(self) -> list[str]:
        narrow = not self.has_class("-wide")
        note = self.manner.note
        hints = ["^j send", f"^t note: {safe_line(note, limit=20) if note else 'none'}"]
        if self.desk.held_until():
            hints.insert(0, f"goes out at {self.desk.quiet_until}")
        elif not narrow:
            hints.insert(1, "enter new line")
        if self.editing is None:
            kind = safe_line(self.manner.words, limit=24 if narrow else 60)
            hints.append(f"^g kind: {kind}" if kind else "^g kind")
        return hints

    def _tell_hint(self) -> None:
        """One calm line above the field; nothing where there is nothing to say."""
        hint, kind = "", self.manner.kind
        if self._found:
            hint = self._found
        elif self.editing is not None:
            hint = ""
        elif self.reply_to is not None:
            hint = reply_hint(self.reply_to, kind)
        elif kind is Kind.ADVICE and not self.manner.lacks_source:
            hint = reply_hint_to_advice()
        else:
            hint = compose_hint(kind)
        line = self.query_one("#talk-hint", Static)
        line.update(Content(hint))
        line.display = bool(hint) and not self._why_silent()

    def _why_silent(self) -> str:
        view = self.circle_view
        if view is None:
            return ""
        if view.standing.value != "active":
            return view.health + "\nesc, then m: what you can do."
        if view.must_accept:
            return "There is a new agreement. esc, then m reads and accepts it."
        return ""

    def manner_chosen(self) -> None:
        self._dirty = True
        self._found, self._like_advice = "", False
        self._tell_composer()
        self.query_one(Composer).focus()

    def begin_card(self) -> None:
        composer = self.query_one(Composer)
        if not composer.text.strip():
            composer.load(TEMPLATE)
            composer.move_cursor((0, len(TEMPLATE.partition("\n")[0])))

    def action_kind(self) -> None:
        """After a look that found something like advice, straight to where it is from."""
        if self._like_advice and self.editing is None:
            self.ask_source()
        else:
            super().action_kind()

    # --- sending ----------------------------------------------------------------------------------

    def on_composer_sent(self, event: Composer.Sent) -> None:
        event.stop()
        self._wants_to_send(event.text)

    def _wants_to_send(self, words: str) -> None:
        composer = self.query_one(Composer)
        text = words.strip("\n")
        if not text.strip():
            self.haven.say("There is nothing to send yet.")
            return
        if self._sending or composer.read_only:
            return
        if self.manner.lacks_source and self.editing is None:
            self.ask_source(then=lambda: self._wants_to_send(composer.text))
            return
        self._sending = True
        if text == self._looked_at:
            self._send(text)
        else:
            self.desk.ask(
                lambda circles: before_posting(circles, text),
                lambda look: self._looked(text, look),
                group="look",
                failed=self._not_said,
            )

    def _looked(self, text: str, look: Look) -> None:
        """Something could tell who she is, or others may take it as advice: asked once."""
        labelled = self.manner.kind is Kind.ADVICE or self.editing is not None
        advice = "" if labelled else look.advice
        if not look.doubts and not advice:
            self._send(text)
            return
        self._sending = False
        self._looked_at = text
        self._like_advice = bool(advice)
        says = [*look.doubts, "^j again sends it as it is."]
        if advice:
            says = [*look.doubts, f"It may be advice. {advice}"]
            says.append("^g says where it is from, ^j sends it as it is.")
        self._found = " ".join(says)
        self._tell_hint()

    def _send(self, text: str) -> None:
        self._looked_at = ""
        self.desk.wish(
            self.spoken(text), lambda _: self._said(text), group="say", failed=self._not_said
        )

    def _said(self, text: str) -> None:
        """It is kept and queued: only now the field is emptied."""
        self._sending = False
        if self.desk.held_until():
            self.haven.say(
                f"Held: it goes out at {self.desk.quiet_until}.", "esc, then  s  send now"
            )
        else:
            self.haven.say("")
        self.query_one(Composer).take_sent(text)
        self.manner, self.reply_to, self.editing = Manner(), None, None
        self._found, self._like_advice = "", False
        self.horizon.new_from = None
        self._dirty = False
        self.back_to_newest()
        self.haven.ask(lambda j: j.drop_draft(self.draft_key), lambda _: None, group=self.draft_key)
        self._tell_composer()

    def _not_said(self, error: HavenError) -> None:
        self._sending = False
        self.haven.say_error(error)

    # --- the draft --------------------------------------------------------------------------------

    @property
    def draft_key(self) -> str:
        return f"circle:{self.circle}"

    @property
    def writing(self) -> bool:
        return bool(self.query_one(Composer).text.strip())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._dirty = True
        if self._found and self.query_one(Composer).text.strip("\n") != self._looked_at:
            self._found, self._like_advice = "", False
            self._tell_hint()
        if self.writing:
            self.horizon.began_writing()
        elif self.horizon.waiting:
            self.reload()

    def _restore(self, draft: Draft | None) -> None:
        composer = self.query_one(Composer)
        if draft is None or composer.text:
            return
        with self.prevent(TextArea.Changed):
            composer.load(draft.body)
        self.manner, answers, rewords = unpacked(draft.note, draft.tags)
        for no, rewording in ((answers, False), (rewords, True)):
            if no is not None:
                self._restore_other(no, rewording=rewording)
        if self.horizon.newest:
            self.horizon.began_writing()
        self._tell_composer()
        self.haven.say("Your draft is back where you left it.")

    def _restore_other(self, no: int, *, rewording: bool) -> None:
        """The message that the draft answers, or puts in other words."""

        def found(view: MessageView) -> None:
            if self.reply_to is not None or self.editing is not None or view.deleted:
                return
            if rewording and view.mine:
                self.editing = view
            elif not rewording:
                self.reply_to = view
            self._tell_composer()

        self.desk.ask(
            lambda circles: circles.message(self.circle, no),
            found,
            group="answered",
            failed=lambda _: (
                None
            ),  # it expired meanwhile: the words stay, as a message of their own
        )

    def current_draft(self) -> Draft:
        text = self.query_one(Composer).text
        answers = None if self.reply_to is None else self.reply_to.no
        rewords = None if self.editing is None else self.editing.no
        return Draft(
            self.draft_key,
            text,
            self.haven.launch.clock.now(),
            tags=self.manner.packed(answers, rewords),
            note=self.manner.note,
        )

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


def reply_hint_to_advice() -> str:
    from havenclient.care.library import said

    return said("advice")
