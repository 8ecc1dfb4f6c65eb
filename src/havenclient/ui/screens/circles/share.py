"""A piece of a journal entry for a circle, after a preview of exactly what leaves.

The left side is a copy of the entry's text to cut down; the entry itself is not touched. What
leaves is the text on the right and nothing else: no entry id, no time, no mood, unless the person
ticks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

from havenclient.text import safe_line, safe_text
from havenclient.ui.screens.base import long_date
from havenclient.ui.screens.circles.base import CircleScreen, Page, people_words
from havenclient.ui.screens.circles.look import before_posting
from havenclient.ui.styles import style
from havenclient.ui.widgets.dialogs import Ask, AskLine
from havenclient.ui.widgets.editor import Editor

if TYPE_CHECKING:
    from havenclient.care.service import Look
    from havenclient.circles.service import Circles
    from havenclient.circles.views import CircleView
    from havenclient.journal import Entry


class ShareScreen(CircleScreen[list["CircleView"]]):
    ROOM = "journal"
    HELP = (
        "Cut the text down to what you want to give away; the entry stays as it is. The right\n"
        "side shows exactly what leaves. F7 chooses the circle, ^t a content note, ^g adds\n"
        "the day or the mood. ^j shares it, esc goes back and nothing has left."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,alt+enter,ctrl+enter", "share", "Share this", id="share.send"),
        Binding("f7", "circle", "To whom", id="share.circle"),
        Binding("ctrl+g", "extras", "Day, mood", id="share.extras"),
        Binding("ctrl+t", "note", "Note", id="share.note"),
        Binding("escape", "back", "Back", id="share.back"),
    ]

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self._entry = entry
        self._circles: list[CircleView] = []
        self._to: CircleView | None = None
        self._note = entry.note
        self._with_day = self._with_mood = False
        self._busy = False

    def body(self) -> ComposeResult:
        with Horizontal(id="share-main"):
            editor = Editor(self._entry.body, id="share-text")
            editor.add_class("panel")
            editor.border_title = "A copy to cut down"
            editor.border_subtitle = "the entry itself stays as it is"
            yield editor
            with Vertical(id="share-side"):
                with VerticalScroll(id="share-preview", classes="panel", can_focus=False) as pane:
                    pane.border_title = "This leaves, and nothing else"
                    yield Static(id="share-preview-text")
                with Vertical(id="share-facts", classes="panel") as facts:
                    facts.border_title = "To whom"
                    yield Static(id="share-facts-text")

    def on_mount(self) -> None:
        editor = self.query_one(Editor)
        editor.move_cursor((0, 0))
        editor.focus()

    def question(self, circles: Circles) -> list[CircleView]:
        return [
            one for one in circles.all() if one.standing.value == "active" and not one.must_accept
        ]

    def show(self, answer: list[CircleView]) -> None:
        self._circles = answer
        if self._to is None or self._to.id not in {one.id for one in answer}:
            self._to = answer[0] if len(answer) == 1 else None
        self._draw()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._draw()

    def leaving(self) -> str:
        """The very text that is sent."""
        lines = []
        if self._with_day:
            lines.append(f"(written on {long_date(self._entry.written_at.date())})")
        if self._with_mood and self._entry.mood is not None:
            lines.append(f"(mood {self._entry.mood} of 5)")
        return "\n".join([*lines, self.query_one(Editor).text.strip()])

    def _draw(self) -> None:
        preview = Text()
        if self._note:
            preview.append(f"content note: {safe_line(self._note)}\n\n", style(self, "lamp"))
        preview.append(safe_text(self.leaving()), style(self, "foreground"))
        self.query_one("#share-preview-text", Static).update(preview)
        page = Page(self)
        if self._to is None:
            some = (
                "F7 chooses the circle."
                if self._circles
                else "You are in no circle that can be written to."
            )
            page.line(some, "lamp")
        else:
            page.line(safe_line(self._to.name), bold=True)
            page.line(
                f"{people_words(self._to.people)}; you are {safe_line(self._to.pseudonym)} there"
            )
        page.pair("content note", self._note or "none (^t)")
        page.pair("day", "goes along" if self._with_day else "stays here (^g)")
        page.pair("mood", "goes along" if self._with_mood else "stays here (^g)")
        page.line("Once read, it can't be called back from people's memory.", "quiet")
        self.query_one("#share-facts-text", Static).update(page.text)
        self.query_one("#share-facts").border_title = Content("To whom")

    def action_circle(self) -> None:
        by_id = {one.id: one for one in self._circles}
        if not by_id:
            self.haven.say("You are in no circle yet. F5 begins or enters one.")
            return

        def chosen(ident: str | None) -> None:
            self._to = by_id.get(ident or "", self._to)
            self._draw()

        answers = tuple((one.id, safe_line(one.name)) for one in self._circles)
        self.app.push_screen(
            Ask("To which circle?", "Everybody in it can read the piece.", answers), chosen
        )

    def action_extras(self) -> None:
        def chosen(answer: str | None) -> None:
            if answer == "day":
                self._with_day = not self._with_day
            elif answer == "mood":
                self._with_mood = not self._with_mood
            self._draw()

        answers = [("day", "keep the day here" if self._with_day else "let the day go along")]
        if self._entry.mood is not None:
            answers.append(
                ("mood", "keep the mood here" if self._with_mood else "let the mood go along")
            )
        text = "Unless you say so, neither leaves this computer."
        self.app.push_screen(Ask("Day and mood", text, (*answers, ("no", "as it is"))), chosen)

    def action_note(self) -> None:
        def given(words: str | None) -> None:
            if words is not None:
                self._note = safe_line(words) or None
                self._draw()

        text = "With a note it arrives folded; everybody opens it when they like. Empty is none."
        self.app.push_screen(AskLine("Content note", text, value=self._note or ""), given)

    def action_share(self) -> None:
        to, text, note = self._to, self.leaving(), self._note
        if to is None:
            self.action_circle()
            return
        if not self.query_one(Editor).text.strip():
            self.haven.say("There is nothing to share.")
            return
        if self._busy:
            return

        self.desk.ask(
            lambda circles: before_posting(circles, text),
            lambda look: self._ask_sure(to, text, note, look),
            group="look",
        )

    def _ask_sure(self, to: CircleView, text: str, note: str | None, look: Look) -> None:
        """What the look found stands in the question that is asked anyway."""

        def sure(answer: str | None) -> None:
            if answer == "yes":
                self._busy = True
                self._send(to, text, note)

        lines = text.count("\n") + 1
        count = "1 line" if lines == 1 else f"{lines} lines"
        words = f"{count}, exactly as the right side shows, to {people_words(to.people)}."
        found = [*look.doubts, *([look.advice] if look.advice else [])]
        if found:
            words += "\n\n" + " ".join(found)
        answers = (("yes", f"share it with {safe_line(to.name)}"), ("no", "not yet"))
        self.app.push_screen(Ask("Share this piece?", words, answers), sure)

    def _send(self, to: CircleView, text: str, note: str | None) -> None:
        moment = self.desk.held_until()

        def say(circles: Circles) -> int:
            from havenclient.circles import held
            from havenclient.circles.service import Words

            return held.say(circles, to.id, Words(text, note=note), moment=moment)

        def done(_: int) -> None:
            if self.app.screen is self:
                self.app.pop_screen()
            later = f" It goes out at {self.desk.quiet_until}." if moment else ""
            self.wished(f"Shared with {safe_line(to.name)}.{later}")

        def failed(error: object) -> None:
            self._busy = False
            self.haven.say_error(error)  # type: ignore[arg-type]

        self.desk.wish(say, done, group="share", failed=failed)
