"""What can be done with a message of a conversation: a mixin of its screen."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widgets import OptionList

from havenclient.errors import UsageError
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path
from havenclient.text import safe_line
from havenclient.ui.screens.circles.base import Answer, size_words
from havenclient.ui.screens.circles.composer import Composer
from havenclient.ui.screens.circles.manner import Manner, Mannered
from havenclient.ui.screens.circles.talk import Talk
from havenclient.ui.screens.circles.whole import WholeMessage
from havenclient.ui.widgets.dialogs import Ask, AskLine

if TYPE_CHECKING:
    from havenclient.circles.service import Circles
    from havenclient.circles.views import AttachmentView, MessageView


class MessageDeeds(Mannered[Answer]):
    circle: str
    reply_to: MessageView | None
    opened: set[int]
    """Rows of folded messages that the person has opened, for now."""
    always: set[str]
    """Senders whose folded messages open by themselves, for this visit."""

    def _tell_composer(self) -> None:
        raise NotImplementedError

    def spoken(self, text: str) -> Callable[[Circles], object]:
        """What sending means right now: a message, an answer, or other words for an old one."""
        circle, manner, moment = self.circle, self.manner, self.desk.held_until()
        editing = self.editing
        if editing is not None:
            no = editing.no
            note = None if manner.note == editing.note else manner.note or ""
            return lambda circles: circles.edit(circle, no, text, note=note)
        answers = None if self.reply_to is None else self.reply_to.no

        def say(circles: Circles) -> object:
            from havenclient.circles import held
            from havenclient.circles.service import Words

            words = Words(
                text,
                note=manner.note,
                kind=manner.kind,
                source=manner.source,
                source_link=manner.link,
                reply_to=answers,
            )
            return held.say(circles, circle, words, moment=moment)

        return say

    def _message(self) -> MessageView | None:
        view = self.query_one(Talk).current
        if view is None or view.kind != "message" or view.deleted or view.waits:
            self.haven.say("Choose a message first.")
            return None
        return view

    # --- reading ----------------------------------------------------------------------------------

    def action_unfold(self) -> None:
        talk = self.query_one(Talk)
        view = talk.current
        if view is None or view.mine or view.waits:
            return
        if view.folded:
            self.opened.add(view.no)
            self.haven.say("Shown for now. space folds it again.")
        elif view.no in self.opened:
            self.opened.discard(view.no)
        else:
            self.always.discard(view.sender)
        self.reload()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        talk = self.query_one(Talk)
        view = talk.current
        if view is None or view.waits:
            return
        if view.folded:
            self._ask_to_open(view)
        else:
            self.app.push_screen(WholeMessage(view, talk))

    def _ask_to_open(self, view: MessageView) -> None:
        who = safe_line(view.sender, limit=20)

        def chosen(answer: str | None) -> None:
            if answer == "once":
                self.opened.add(view.no)
            elif answer == "always":
                self.always.add(view.sender)
            self.reload()

        self.app.push_screen(
            Ask(
                "Folded",
                safe_line(view.folded_because, limit=200) + "\nYou choose when to read it.",
                (
                    ("once", "show this one"),
                    ("always", f"show what comes folded from {who}, until Haven is locked"),
                    ("no", "not now"),
                ),
            ),
            chosen,
        )

    # --- answering --------------------------------------------------------------------------------

    def action_reply(self) -> None:
        if (view := self._message()) is not None:
            self.leave_reply()
            self.reply_to = view
            self._tell_composer()
            self.query_one(Composer).focus()

    def leave_reply(self) -> None:
        """Back to a fresh message; other words for an old one are dropped, an answer's are kept."""
        if self.editing is not None:
            self.query_one(Composer).blank()
            self.manner = Manner()  # the old message's note is not the next one's
        self.reply_to = self.editing = None
        self._tell_composer()

    def action_react(self) -> None:
        if (view := self._message()) is None:
            return
        from havenclient.circles.content import SUPPORT_WORDS

        def chosen(word: str | None) -> None:
            if word in SUPPORT_WORDS:
                self.desk.wish(
                    lambda circles: circles.react(self.circle, view.no, word),
                    lambda _: self.wished("Said."),
                    group="react",
                )

        answers = tuple((word, word) for word in SUPPORT_WORDS)
        text = "It stands under the message with your name. Nobody counts them."
        self.app.push_screen(Ask("A word of support", text, answers), chosen)

    def action_edit(self) -> None:
        if (view := self._message()) is None or not view.mine:
            return
        if self.query_one(Composer).text.strip() and self.editing is None:
            self.haven.say("There is a draft in the writing field. Send or clear it first.")
            return
        self.editing, self.reply_to = view, None
        self.manner = Manner(view.note)
        self.query_one(Composer).load(view.text)
        self._tell_composer()
        self.query_one(Composer).focus()

    def action_delete(self) -> None:
        if (view := self._message()) is None or not view.mine:
            return

        def sure(answer: str | None) -> None:
            if answer == "yes":
                self.desk.wish(
                    lambda circles: circles.delete(self.circle, view.no),
                    lambda _: self.wished("Taken back."),
                    group="delete",
                )

        text = "It goes from every Haven of this circle that reads on. People may have copies."
        answers = (("yes", "take it back"), ("no", "leave it"))
        self.app.push_screen(Ask("Take your message back", text, answers), sure)

    # --- where something is not right -------------------------------------------------------------

    def action_order_step(self) -> None:
        from havenclient.ui.screens.circles.step import StepScreen

        view = self.query_one(Talk).current
        if view is None or view.kind != "message" or view.mine:
            self.haven.say("Choose a message of somebody else's first.")
        elif view.unnamed:
            self.haven.say("A host passed this question on for somebody. m, then l has the steps.")
        elif view.deleted:
            from havenclient.ui.screens.circles.report import ReportScreen

            self.app.push_screen(ReportScreen(self.circle, view.no))
        else:
            self.app.push_screen(StepScreen(self.circle, view.sender, view.no))

    # --- files ------------------------------------------------------------------------------------

    def action_attach(self) -> None:
        def given(path: str | None) -> None:
            if path and path.strip():
                self._send_file(typed_path(path.strip()))

        text = "Which file? A sealed copy of up to 8 MiB goes to the circle, with its name."
        self.app.push_screen(AskLine("Send a file", text), given)

    def _send_file(self, file: Path) -> None:
        from havenclient.circles.attachments import MAX_SIZE

        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        note = self.manner.note

        def send(circles: Circles) -> object:
            from havenclient.circles.service import Words

            try:
                if file.stat().st_size > MAX_SIZE:
                    raise UsageError("files of up to 8 MiB can be sent")
                data = file.read_bytes()
            except OSError as error:
                raise UsageError(f"that file can't be read: {error.strerror}") from None
            return circles.attach(self.circle, file.name, kind, data, Words(note=note))

        self.desk.wish(send, lambda _: self.wished("The file is on its way."), group="attach")

    def action_fetch(self) -> None:
        view = self.query_one(Talk).current
        if view is not None and view.folded and not view.waits:
            self._ask_to_open(view)
            return
        if view is None or not view.attachments:
            self.haven.say("That message has no file.")
            return
        one = view.attachments[0]
        if len(view.attachments) == 1:
            self._ask_where(view, one)
            return
        by_index = {str(each.index): each for each in view.attachments}

        def chosen(index: str | None) -> None:
            if index in by_index:
                self._ask_where(view, by_index[index])

        answers = tuple((key, safe_line(each.name)) for key, each in by_index.items())
        self.app.push_screen(Ask("Fetch a file", "Which one?", answers), chosen)

    def _ask_where(self, view: MessageView, one: AttachmentView) -> None:
        def given(path: str | None) -> None:
            if path and path.strip():
                self._fetch(view, one, typed_path(path.strip()))

        text = (
            f"{size_words(one.size)}. It is fetched now and written unsealed, for every program\n"
            "to read. Haven never opens it. To which path?"
        )
        name = safe_line(one.name).replace("/", "_").lstrip(".")
        self.app.push_screen(AskLine("Fetch a file", text, value=f"~/{name}"), given)

    def _fetch(self, view: MessageView, one: AttachmentView, target: Path) -> None:
        def run(engine: object) -> Path:
            _, data = engine.fetch_attachment(self.circle, view.no, one.index)  # type: ignore[attr-defined]
            write_new_file(target, data)
            return target

        def done(path: Path) -> None:
            self.haven.say(f"Written, unsealed, to {safe_line(str(path), limit=80)}")

        self.desk.carry("Fetching the file", run, done)
