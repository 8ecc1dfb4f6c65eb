"""My plan for hard moments: seven headings, read in ten seconds, written in one's own words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.care.plan import BETTER_TOGETHER, headings
from havenclient.care.sheets import Sheet
from havenclient.errors import HavenError
from havenclient.journal import Draft
from havenclient.new_file import write_new_file
from havenclient.paths import typed_path
from havenclient.text import safe_line, safe_text
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.screens.care.base import CareScreen
from havenclient.ui.styles import style
from havenclient.ui.widgets.bars import KeyBar
from havenclient.ui.widgets.choices import Choices
from havenclient.ui.widgets.dialogs import AskLine
from havenclient.ui.widgets.editor import Editor

if TYPE_CHECKING:
    from havenclient.ui.haven import Haven


class WriteText(ModalScreen[str | None]):
    """A few lines below a heading. ^s keeps them, esc leaves them as a draft under `key`, and so
    does a lock: words about a hard moment are not written twice."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep", id="write.keep"),
        Binding("escape", "no", "Back", id="write.no"),
    ]
    HELP = "Write as much as you like, or nothing. ^s keeps it; esc goes back, and it waits here."

    def __init__(self, title: str, text: str, key: str) -> None:
        super().__init__()
        self._title, self._text, self._key = title, text, key
        self._drafted = False

    @property
    def haven(self) -> Haven:
        return cast("Haven", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel dialog write-box") as box:
            box.border_title = "My plan"
            box.border_subtitle = "^s keeps it"
            yield Static(self._title, markup=False, classes="dialog-text")
            yield Editor(self._text)
        yield KeyBar((("f2", "Safety"),))

    def on_mount(self) -> None:
        self.query_one(Editor).focus()
        self.set_interval(self.haven.settings.writing.autosave_seconds, self._keep_draft)

    def pending_draft(self) -> Draft | None:
        """What is newer than the kept words and than the last draft, also for a lock."""
        text = self.query_one(Editor).text
        if text == self._text:
            return None
        return Draft(self._key, text, self.haven.launch.clock.now())

    def _keep_draft(self) -> None:
        session, draft = self.haven.session, self.pending_draft()
        if draft is None or session is None or session.read_only:
            return
        self._text, self._drafted = draft.body, True
        self.haven.ask(
            lambda journal: journal.save_draft(draft), lambda _: None, group=f"draft {self._key}"
        )

    def action_keep(self) -> None:
        text = self.query_one(Editor).text
        self.query_one(Editor).blank()
        self.dismiss(text)

    def action_no(self) -> None:
        self._keep_draft()
        if self._drafted:
            self.haven.say("Kept as a draft. enter brings it back.")
        self.query_one(Editor).blank()
        self.dismiss(None)


class PlanScreen(CareScreen):
    HEADING = "My plan"
    HELP = "enter writes below a heading. x writes it to a file to print; that is not encrypted."
    LEFT: tuple[tuple[str, str], ...] = (("enter", "Write"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "export", "To a file", id="plan.export"),
        Binding("escape", "back", "Back", id="plan.back"),
    ]

    def body(self) -> ComposeResult:
        with Vertical(classes="panel", id="plan-box") as box:
            box.border_title = "My plan for hard moments"
            yield Choices(id="plan-parts", markup=False)
            yield Static(BETTER_TOGETHER, id="plan-hint", classes="quiet")

    def on_mount(self) -> None:
        self.status("kept in your journal only")
        self._texts: tuple[str, ...] = ()
        self._load()

    def _load(self) -> None:
        self.care(lambda care: care.plan.texts(), self._show)

    def _show(self, texts: tuple[str, ...]) -> None:
        self._texts = texts
        options = self.query_one(OptionList)
        kept = options.highlighted or 0
        options.clear_options()
        for number, (heading, text) in enumerate(zip(headings(), texts, strict=True), 1):
            row = Text().append(f"{number}  {heading}", style(self, "foreground", bold=True))
            row.append(f"\n   {safe_text(text).replace(chr(10), chr(10) + '   ')}" if text else "")
            options.add_option(Option(row, id=str(number)))
        options.highlighted = kept
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        number = int(event.option.id or "1")
        key = f"plan:{number}"

        def written(text: str | None) -> None:
            if text is not None:
                self.care(lambda care: care.plan.write(number, text), lambda _: kept())

        def kept() -> None:
            self.haven.ask(
                lambda journal: journal.drop_draft(key), lambda _: None, group=f"draft {key}"
            )
            self._load()

        def write(draft: Draft | None) -> None:
            text = self._texts[number - 1] if draft is None else draft.body
            self.app.push_screen(WriteText(headings()[number - 1], text, key), written)

        self.haven.ask(lambda journal: journal.draft(key), write, group="draft load")

    def action_export(self) -> None:
        self.care(lambda care: care.plan.sheet(), lambda sheet: ask_target(self, sheet))


def ask_target(screen: CareScreen, sheet: Sheet) -> None:
    """Ask for a file and write the sheet into it; its ending says how."""
    if not sheet.parts:
        screen.haven.say("There is nothing to write yet.")
        return
    text = (
        "Written as plain text, not encrypted. The ending says how: .txt, .md, or .html, which "
        "prints well. To which file?"
    )

    def written(target: Path) -> str:
        form = {".md": "markdown", ".html": "html", ".htm": "html"}.get(target.suffix, "text")
        return sheet.written(form)

    ask_file(screen, "To a file", text, "haven-sheet.html", written)


def ask_file(
    screen: HavenScreen, title: str, text: str, name: str, written: Callable[[Path], str]
) -> None:
    """Ask where to, and write a new file that only its owner can read."""

    def given(path: str | None) -> None:
        if not path or not path.strip():
            return
        target = typed_path(path.strip())
        try:
            write_new_file(target, written(target).encode())
        except HavenError as error:
            screen.haven.say_error(error)
        else:
            screen.haven.say(f"Written, not encrypted, to {safe_line(str(target), limit=200)}")

    screen.app.push_screen(AskLine(title, text, value=name), given)
