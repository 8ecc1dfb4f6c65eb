"""An entry's versions: every one that was ever saved, and a way to make one the newest again."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from havenclient.journal import Entry, Version
from havenclient.text import safe_line
from havenclient.ui.look import look_of
from havenclient.ui.screens.base import HavenScreen
from havenclient.ui.styles import style
from havenclient.ui.widgets.choices import Choices
from havenclient.ui.widgets.how import show_tags
from havenclient.ui.widgets.reading import page

ORIGINS = {
    "edit": "edited",
    "quick": "a quick note",
    "import": "imported",
    "restore": "brought back",
}


def came_about(version: Version) -> str:
    """How a version came to be, as a person says it."""
    if version.number == 1 and version.origin == "edit":
        return "written"
    return ORIGINS.get(version.origin) or safe_line(version.origin)


class HistoryScreen(HavenScreen):
    ROOM = "journal"
    HELP = "Every version of this entry. enter or r makes one the newest again; none is lost."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "restore", "Make newest", id="history.restore"),
        Binding("escape", "back", "Back", id="history.back"),
    ]

    def __init__(self, entry_id: str) -> None:
        super().__init__()
        self._entry_id = entry_id
        self._versions: dict[str, Version] = {}

    def body(self) -> ComposeResult:
        with Horizontal(id="history-main"):
            versions = Choices(id="versions", classes="panel", markup=False)
            versions.border_title = "Versions"
            versions.border_subtitle = "r makes newest"
            yield versions
            with VerticalScroll(classes="panel", id="version-page") as reading:
                reading.border_title = "Text"
                yield Static(id="version-text")

    def on_mount(self) -> None:
        entry_id = self._entry_id
        self.haven.ask(lambda journal: journal.history(entry_id), self._show, group="history")

    def _show(self, versions: list[Version]) -> None:
        self._versions = {str(version.number): version for version in versions}
        options = self.query_one(OptionList)
        options.add_options(Option(self._row(one), id=str(one.number)) for one in versions)
        options.highlighted = 0
        options.focus()
        self.status(f"{len(versions)} versions, none is lost" if len(versions) > 1 else "1 version")

    def _row(self, version: Version) -> Text:
        saved = version.saved_at.astimezone()
        row = Text(f"{version.number:>3}  ", style(self, "lamp", bold=True), no_wrap=True)
        row.append(f"{saved:%d %b %Y %H:%M}", style(self, "foreground"))
        words = "1 word" if version.words == 1 else f"{version.words} words"
        row.append(f"\n     {words} · {came_about(version)}", style(self, "quiet"))
        return row

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        version = self._versions.get(event.option.id or "")
        if version is None:
            return
        reading = self.query_one("#version-page")
        reading.border_title = f"Version {version.number}"
        facts = [f"mood {version.mood}" if version.mood else "", show_tags(version.tags)]
        if version.note:
            facts.append(f"content note: {safe_line(version.note)}")
        reading.border_subtitle = Content(" · ".join(fact for fact in facts if fact))
        self.query_one("#version-text", Static).update(page(version.body, look_of(self)))

    def on_option_list_option_selected(self) -> None:
        self.action_restore()

    def action_restore(self) -> None:
        options = self.query_one(OptionList)
        if options.highlighted is None:
            return
        if options.highlighted == 0:
            self.haven.say("That is the newest one already.")
            return
        number = int(options.get_option_at_index(options.highlighted).id or "0")
        entry_id = self._entry_id
        self.haven.ask(
            lambda journal: journal.restore_version(entry_id, number),
            self._restored,
            group="history",
        )

    def _restored(self, entry: Entry) -> None:
        self.app.pop_screen()
        self.haven.entries_changed()
        self.haven.say(f"Done: it is version {entry.version} now. The others are still there.")

    def action_back(self) -> None:
        self.app.pop_screen()
