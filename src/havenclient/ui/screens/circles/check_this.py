"""Check this: a claim from a message, what the library here says near it, and a line on my list.

The claim is a copy that may be cut down; the message stays as it is, and nobody hears that it was
checked. What is kept (the claim, where it is from, what was found out) goes to the list for a
professional, without a name and without the circle. That the library says something or nothing is
no verdict, and the screen says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from havenclient.care.library import Page
from havenclient.care.related import related, sentences
from havenclient.circles.kinds import source_words
from havenclient.text import safe_text
from havenclient.ui.explain import explain
from havenclient.ui.screens.care.base import CareScreen
from havenclient.ui.widgets.editor import Editor

if TYPE_CHECKING:
    from havenclient.care.ask_list import Asked
    from havenclient.care.library import Exercise
    from havenclient.circles.views import MessageView

NOTHING = "The library here says nothing near these words."
NO_VERDICT = "Found or not: neither is a verdict. A professional can say more about you."


class CheckThis(CareScreen):
    ROOM, HEADING = "circles", ""
    HELP = (
        "Cut the claim down to what you want to check; F7 takes the message's next sentence.\n"
        "Below: where it is from, and what you found out. ^j puts it on your list to ask a\n"
        "professional. The list on the other side is Haven's own library; enter opens a page."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,alt+enter,ctrl+enter", "keep", "On my list", id="check-this.keep"),
        Binding("f7", "next_sentence", "Next sentence", id="check-this.next"),
        Binding("escape", "back", "Back", id="check-this.back"),
    ]

    def __init__(self, view: MessageView, chosen: str = "") -> None:
        """`chosen`: what was selected on the screen; used if it stands in the message."""
        super().__init__()
        self._sentences = sentences(safe_text(view.text)) or (safe_text(view.text),)
        self._at = 0
        one_line = " ".join(chosen.split())
        inside = bool(one_line) and one_line in " ".join(safe_text(view.text).split())
        self._claim = one_line if inside else self._sentences[0]
        self._source = safe_text(source_words(view.source, view.source_link), multiline=False)
        self._items: dict[str, Page | Exercise] = {}
        self._kept: dict[str, Asked] = {}
        """What stands on the list already, by its claim."""

    def body(self) -> ComposeResult:
        with Horizontal(id="check-main"):
            with Vertical(id="check-claim", classes="panel") as box:
                box.border_title = "What was said"
                yield Editor(self._claim, id="check-words")
                yield Static("Where it is from", classes="form-label")
                yield Input(self._source, id="check-source", placeholder="read, heard, a link …")
                yield Static("What I found out", classes="form-label")
                yield Input(id="check-verdict", placeholder="nothing yet, and that is fine")
                yield Static(id="check-known", classes="quiet", markup=False)
            with Vertical(id="check-library", classes="panel") as shelf:
                shelf.border_title, shelf.border_subtitle = "In the library here", "enter opens"
                yield OptionList(id="check-found", markup=False)
                yield Static(NO_VERDICT, id="check-no-verdict", classes="quiet", markup=False)

    def on_mount(self) -> None:
        self.status("stays on this computer")
        editor = self.query_one(Editor)
        explain(editor, self.HELP)
        editor.border_subtitle = "F7 next sentence"
        editor.move_cursor((0, 0))
        editor.focus()
        self._look()
        self.care(lambda care: care.questions.all(), self._known)

    # --- looking ----------------------------------------------------------------------------------

    @property
    def claim(self) -> str:
        return " ".join(self.query_one(Editor).text.split())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._look()
        self._tell_known()

    def _look(self) -> None:
        found = related(self.claim)
        self._items = {one.id: one for one in found}
        options = self.query_one("#check-found", OptionList)
        options.clear_options()
        for one in found:
            what = "page" if isinstance(one, Page) else f"exercise, {one.length}"
            options.add_option(Option(f"{one.title}\n  {what}; {one.origin.evidence}", id=one.id))
        if not found:
            options.add_option(Option(NOTHING, disabled=True))
        elif options.highlighted is None:
            options.highlighted = 0

    def _known(self, lines: tuple[Asked, ...]) -> None:
        self._kept = {" ".join(one.text.split()): one for one in lines if one.kind == "check"}
        self._tell_known()

    def _tell_known(self) -> None:
        """A claim that was checked before comes back with what was found out."""
        one = self._kept.get(self.claim)
        words = ""
        if one is not None:
            words = f"On your list since {one.added.astimezone():%d %b}. ^j notes what is new."
            for name, text in (("source", one.source), ("verdict", one.verdict)):
                field = self.query_one(f"#check-{name}", Input)
                if not field.value:
                    field.value = safe_text(text, multiline=False)
        self.query_one("#check-known", Static).update(words)

    def action_next_sentence(self) -> None:
        self._at = (self._at + 1) % len(self._sentences)
        editor = self.query_one(Editor)
        editor.load(self._sentences[self._at])
        editor.move_cursor((0, 0))
        editor.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id in self._items:
            from havenclient.ui.screens.care.library import LibraryScreen

            self.app.push_screen(LibraryScreen(event.option.id or ""))

    # --- keeping ----------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def action_keep(self) -> None:
        claim = self.claim
        if not claim:
            self.haven.say("There is no claim to keep.")
            return
        source = self.query_one("#check-source", Input).value
        verdict = self.query_one("#check-verdict", Input).value

        def done(_: object) -> None:
            self.blank()
            if self.app.screen is self:
                self.app.pop_screen()
            self.haven.say("On your list.", "F2, then l: Ask a professional")

        self.care(lambda care: care.questions.check(claim, source=source, verdict=verdict), done)

    def blank(self) -> None:
        self._sentences, self._claim, self._source = ("",), "", ""
        self._kept = {}
        self._items = {}
        with self.prevent(TextArea.Changed, Input.Changed):
            self.query_one(Editor).blank()
            for field in self.query(Input):
                field.value = ""
        self.query_one("#check-found", OptionList).clear_options()

    def action_back(self) -> None:
        self.blank()
        self.app.pop_screen()
